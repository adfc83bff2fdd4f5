"""A student's own check: the answers anew, as the grader finds them, and what the visible checks show beside what a
right answer shows.

There is no key here and no points are given: the values are those that the release shows anyway.
"""

import json
import re
from typing import NamedTuple

from .assignment import restored
from .dependence import subjects
from .finding import Form, answers_among
from .marks import answer_name, postponed
from .own_notebook import opened
from .rehearse import RehearsalError, rehearse
from .stranger import ours
from .values import MISSING, VALUE, Tolerance, difference, readable

CLOSE = Tolerance(1e-4)  # the author may allow more than the usual tolerance, which the release does not tell


class SelfCheckError(ValueError):
    """A notebook that cannot be checked; the message says why, and what to do."""


class Outcome(NamedTuple):
    """How a visible check went.

    Attributes
    ----------
    check : str
    right : bool
    text : str
        What to tell the student.
    answered : bool
        Whether there is anything to judge.
    """

    check: str
    right: bool
    text: str
    answered: bool = True


def selfcheck(path, release=None, seconds=60):
    """Run the answers of a student's notebook, with the seed of the release, and compare its visible checks.

    As in the grader, cells of the student's own are left out; `remarks` says so. Setup and checks are those of the
    release, if that is given, else those in the student's notebook.

    Parameters
    ----------
    path : str or path-like
        The student's notebook.
    release : str or path-like, optional
        The notebook as it was released, for one that lost its metadata in some editor.
    seconds : float
        How long a cell may take.

    Returns
    -------
    list of Outcome
        One for each visible check of the release, in its order.

    Raises
    ------
    SelfCheckError
        If it is no notebook of an assignment, or cannot be run.
    FileNotFoundError
        If there is no such file.
    """
    notebook, handed_out = _both(path, release)
    seed, expected = _promised(handed_out, path, release)
    answers, _ = answers_among(notebook["cells"], _form(handed_out, release))
    code = [cell for cell in handed_out["cells"] if cell["cell_type"] == "code"]
    again = restored([cell["source"] for cell in code if ours(cell).get("role") == "setup"], seed)
    cells = [{"source": f"seed = {seed}", "metadata": {}}]
    for cell in code:
        role, name = ours(cell).get("role"), _answer_of(cell)
        if name:
            own = {"edu_optim": {"role": "answer", "name": name}}
            cells.append({"source": answers.pop(name, ""), "metadata": own})  # all of it in the first of its cells
        elif role in ("setup", "check"):
            first = f"{again}\n" if role == "check" else ""
            cells.append({"source": first + cell["source"], "metadata": {"edu_optim": ours(cell)}})
    try:
        runs = rehearse(cells, seconds=seconds)
    except RehearsalError as error:
        raise SelfCheckError(f"{path}: {error}") from None
    sources = [cell["source"] for cell in cells]
    broken = "".join(f"; the cell of {run.name} raised {run.error}{_line(run.outputs, sources)}"
                     for run in runs if run.role == "answer" and run.error)
    runs = {run.name: run for run in runs if run.role == "check"}
    return [_outcome(name, values, runs.get(name), sources, broken) for name, values in expected.items()]


def remarks(path, release=None):
    """What the grader would remark on a student's notebook, and which answers `selfcheck` cannot judge, as a tuple of
    texts; for the parameters see there.
    """
    notebook, handed_out = _both(path, release)
    answers, found = answers_among(notebook["cells"], _form(handed_out, release))
    whole = [{**cell, "source": answers.get(_answer_of(cell), cell["source"])} for cell in handed_out["cells"]]
    seen = {answer for subject in subjects(whole).values() for answer in subject.about}
    known = dict.fromkeys(filter(None, map(_answer_of, handed_out["cells"])))
    blank = {name for name in known if name not in answers or postponed(answers[name])}
    return *found, *(f"no visible check looks at {name}" + (", which is not answered yet" if name in blank else "")
                     for name in known if name not in seen)


def _both(path, release):
    """The student's notebook, and what is known of the one that was handed out."""
    notebook = _read(path)
    return notebook, _read(release) if release else notebook


def _form(handed_out, release):
    if release:
        return Form.of(handed_out["cells"])
    form, stubs = Form.of([cell for cell in handed_out["cells"] if ours(cell)]), {}
    for cell in handed_out["cells"]:
        if name := _answer_of(cell):
            stubs[name] = cell["source"] if postponed(cell["source"]) else stubs.get(name, "")
    return Form(stubs, form.ids, form.given, form.others)


def _answer_of(cell):
    own = ours(cell)
    name = own.get("name") if own.get("role") == "answer" else None
    return name if isinstance(name, str) else None if "role" in own else answer_name(cell["source"])


def _outcome(name, expected, run, sources, broken):
    if run is None:
        return Outcome(name, False, "its cell is not in this notebook, or an editor dropped what it was known by: copy "
                                    "it from the notebook you were handed, or give that too: --release FILE")
    if run.error:
        if run.error.startswith("NotImplementedError"):
            return Outcome(name, False, run.error.partition(": ")[2], answered=False)
        return Outcome(name, False, f"it raised {run.error}{_line(run.outputs, sources)}{broken}")
    if not expected:
        return Outcome(name, False, "it shows no value to compare; only the grader can tell")
    told = [f"{shown}: {text}" for shown, value in expected.items()
            if (text := _told(value, run.values[shown]) if shown in run.values else MISSING)]
    return Outcome(name, not told, "; ".join(told) or "right")


def _told(due, came):
    """What to say of a value beside the one that a right answer shows, or None if they agree."""
    why = difference(due, came)
    if why != VALUE:
        return why and f"{why}: {_side_by_side(due, came)}"
    if difference(due, came, CLOSE) is None:
        return f"close, but not within 1e-6: {_side_by_side(due, came)}"
    if not isinstance(due, dict) or len(due.get("shape", [])) == 0:
        return f"{why}: {_side_by_side(due, came)}"
    pairs = [*zip(_parts(due), _parts(came))]
    first = next(number for number, pair in enumerate(pairs) if difference(*pair))
    part = "number" if len(due["shape"]) == 1 else "row"
    same = f"{part}s 1 to {first} agree, " if first > 1 else f"{part} 1 agrees, " if first else ""
    return f"{why}: {same}{part} {first + 1} of {len(pairs)} does not: {_side_by_side(*pairs[first])}"


def _parts(stated):
    """The rows of an encoded array, or its numbers."""
    shape, values = stated["shape"][1:], stated["values"]
    if not shape:
        return values
    size = len(values) // stated["shape"][0]
    return [{"shape": shape, "values": values[i:i + size]} for i in range(0, len(values), size)]


def _side_by_side(due, came):
    return f"yours is {readable(came):.200}, a right answer gives {readable(due):.200}"


def _line(outputs, sources):
    """The last line of a cell that the traceback passes through: not of a library, which the student did not write."""
    trace = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(line for output in outputs for line in output.get("traceback", ())))
    places = re.findall(r"^\s*Cell In ?\[(\d+)\],? line:? ?(\d+)", trace, re.MULTILINE)
    if not places:
        return ""
    cell, line = map(int, places[-1])  # what IPython prints beside a comprehension is not always the line it names
    return f" in the line: {sources[cell - 1].splitlines()[line - 1].strip():.100}"


def _promised(form, path, release):
    """The public seed and what the visible checks show with it, from a release's metadata."""
    try:
        ours = form["metadata"]["edu_optim"]
        return int(ours["seed"]), dict(json.loads(ours["expected"]))
    except (KeyError, TypeError, ValueError):
        what = release or path
        raise SelfCheckError(f"{what} does not say what its checks are to show: it is no assignment, or an editor "
                             "dropped that. Give the notebook you were handed too: --release FILE") from None


def _read(path):
    notebook = opened(path)
    if notebook is None:
        raise SelfCheckError(f"{path} is no notebook: open it in Jupyter, save it, and try again")
    return notebook
