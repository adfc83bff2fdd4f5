"""What a check put out against what it should have: values by tolerance; where the author shows none, texts, as nbval
compares them.

`ValueCell` is nbval's own item, taught to read values. In a session of pytest it tests a notebook whose checks show
values (``pytest -p edu_optim.grading.plugin --nbval``); here it has no session, only the outputs. Nbval promises none
of these names, so its minor version is pinned.
"""

from types import SimpleNamespace

from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, coalesce_streams, nocolors

from .values import MISSING, VALUE, shown


class ValueCell(IPyNbCell):
    """A cell of a notebook, compared by the values it shows; ``difference`` says why it is not equal."""

    difference = None
    check = None

    @classmethod
    def outside_a_session(cls, check):
        """An item that can compare outputs for a `Check`, and nothing else: pytest makes none without parents."""
        item = cls.__new__(cls)
        item.check, item.colors = check, nocolors
        item.parent = SimpleNamespace(sanitize_patterns={}, skip_compare=("metadata", "output_type", "name"))
        return item

    def compare_outputs(self, test, ref, skip_compare=None):
        """Whether outputs equal the reference's; `comparison_traceback` says why not."""
        due = shown(ref)
        if due:
            self.difference = self.differing(due, shown(test))
            self.comparison_traceback = [self.difference or ""]
            return self.difference is None
        equal = super().compare_outputs(test, ref, skip_compare)
        self.difference = None if equal else VALUE
        return equal

    def format_output_compare(self, key, left, right):
        """Describe a difference, where there is a session to show it."""
        if self.check is None:
            super().format_output_compare(key, left, right)

    def differing(self, due, got):
        """Why values are not those due, or None."""
        return (self.check or self._declared()).difference(due, got)

    def _declared(self):
        """The check that the cell's metadata declare, as far as values matter."""
        from .assignment import Check
        from .declared import tolerances

        tolerance = tolerances(self.name, self.cell.metadata.get("edu_optim", {}).get("tolerance", {}))
        return Check(self.name, 0, False, tolerance, (), (), {})


def difference(check, expected, outputs):
    """Why the outputs of a check are not what was expected, or None if they are.

    Parameters
    ----------
    check : source.Check
    expected, outputs : list of dict
        Of the reference, and of a stranger's kernel.

    Returns
    -------
    str or None
        One of `values.DIFFERENCES`.
    """
    due, got = (expected, outputs) if shown(expected) else (_texts(expected), _texts(outputs))
    item = ValueCell.outside_a_session(check)
    if not due:
        return MISSING
    return None if item.compare_outputs(got, due) else item.difference


def _texts(outputs):
    """The texts among outputs, as nbval takes them; nothing else of a stranger's is touched, however deep it is."""
    kept = []
    for output in outputs:
        stream, data = output.get("output_type") == "stream", output.get("data")
        text = output.get("text") if stream else data.get("text/plain") if isinstance(data, dict) else None
        if isinstance(text, str) and (not stream or output.get("name") == "stdout"):
            kept.append(NotebookNode(output_type="stream", name="stdout", text=text) if stream else
                        NotebookNode(output_type="display_data", data=NotebookNode({"text/plain": text})))
    return coalesce_streams(kept)
