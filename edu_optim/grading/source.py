"""An assignment as its author keeps it: one notebook with solutions, checks and wrong solutions in it."""

import ast
import copy
import json
import re
from pathlib import Path

from .assignment import Answer, Assignment, Check
from .declared import Misconception, Remark, check_fields, refuse_misplaced, refuse_role_of_text
from .dependence import parsed
from .marks import MarkError, answer_name, read_mark, refuse_marks, solution_numbers, stub
from .own_notebook import opened
from .stranger import ours

__all__ = ["Answer", "Assignment", "Check", "Misconception", "Remark", "SourceError", "read"]

ROLES = ("setup", "answer", "check", "note")
_SEED = re.compile(r"(\s*#.*\n|\s*\n)*seed *= *\d+ *(#.*)?\s*")


class SourceError(ValueError):
    """An assignment that cannot be graded. `remarks` says where and why, and so does the message."""

    def __init__(self, path, remarks):
        super().__init__("\n".join([f"{path} cannot be graded:", *(f"  {remark}" for remark in remarks)]))
        self.remarks = tuple(remarks)


def read(path):
    """Read an assignment's source.

    Parameters
    ----------
    path : str or path-like
        A notebook. Every code cell may have metadata ``{"edu_optim": {"role": ..., "name": ...}}`` with a role of
        `ROLES`; a check has ``points`` too, and may have ``hidden``, ``tolerance``, ``misconceptions`` and ``answers``.

    Returns
    -------
    Assignment

    Raises
    ------
    SourceError
        If it cannot be graded; names every fault with its cell and line.
    FileNotFoundError
        If there is no such file.
    """
    path = Path(path)
    twice = _repeated_ids(path)
    if twice:
        raise SourceError(path, twice)
    notebook = opened(path)
    if notebook is None:
        raise SourceError(path, [Remark(None, None, "it is no notebook: open it in Jupyter and save it")])
    cells = [_plain(cell) for cell in notebook.cells]
    remarks, answers, checks = [], {}, {}
    for number, cell in enumerate(cells, 1):
        try:
            _refuse_broken(cell["source"])
            _take(cell, answers, checks)
        except MarkError as error:
            remarks.append(Remark(number, error.line, error.text))
    if not remarks and not checks:
        remarks.append(Remark(None, None, 'no cell has the role "check", so there would be no points'))
    if remarks:
        raise SourceError(path, remarks)
    public = [c["source"] for c in cells if c["cell_type"] == "markdown" and ours(c).get("role") != "note"]
    heading = re.search(r"^# +(.+)$", "\n".join(public), re.M)
    return Assignment(path, heading[1].strip() if heading else path.stem, cells, answers, checks)


def _plain(cell):
    """A cell without outputs, with the role written down that its source shows."""
    plain = {"cell_type": cell.cell_type, "id": cell.id, "source": cell.source,
             "metadata": copy.deepcopy(dict(cell.metadata))}
    if "attachments" in cell:
        plain["attachments"] = copy.deepcopy(dict(cell.attachments))
    if plain["cell_type"] == "code":
        own = plain["metadata"].setdefault("edu_optim", {})
        if isinstance(own, dict) and own.get("role", "setup") == "setup":
            answer = "role" not in own and answer_name(plain["source"])
            own["role"] = "seed" if _SEED.fullmatch(plain["source"]) else "answer" if answer else "setup"
    return plain


def _repeated_ids(path):
    """Remarks about ids that stand there twice: whoever opens it would make up others, and each time new ones."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        ids = [cell.get("id") for cell in cells]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []  # which is said elsewhere
    return [Remark(number, None, f"it has the id {one!r}, as cell {ids.index(one) + 1} has, and answers are known by "
                                 "their ids: cut it, paste it back and save, which gives it another")
            for number, one in enumerate(ids, 1) if one is not None and ids.index(one) < number - 1]


def _refuse_broken(source):
    """Raise MarkError for what no file can hold."""
    for number, line in enumerate(source.split("\n"), 1):
        if any("\ud800" <= letter <= "\udfff" for letter in line):
            raise MarkError(number, f"{line!a:.80} holds half a letter, which no file can: type it anew")


def _take(cell, answers, checks):
    """Add an answer or check to those there are; MarkError if it cannot be graded."""
    refuse_misplaced(cell["metadata"])
    own = ours(cell)
    role = own.get("role")
    if role == "note":
        return
    if cell["cell_type"] != "code":
        refuse_role_of_text(own)
        refuse_marks(cell["source"])
        return
    if role not in (*ROLES, "seed"):
        raise MarkError(1, f"the role {role!r} is not known: there are {', '.join(ROLES)}")
    if role == "answer":
        _take_answer(cell, own, answers)
        return
    for number, line in enumerate(cell["source"].split("\n"), 1):
        if read_mark(number, line):
            raise MarkError(number, f"a solution stands in a cell of the role {role!r}, which would be released as it "
                                    "is: only answers have solutions. Move it below # ANSWER q1, say")
    if role == "check":
        given = check_fields(own, list(answers))
        if given["name"] in checks:
            raise MarkError(1, f"there are two checks {given['name']!r}: give one of them another name")
        checks[given["name"]] = Check(**given, cell=cell)


def _take_answer(cell, own, answers):
    """Add an answer to those there are; MarkError if it cannot be released or graded."""
    first = answer_name(cell["source"])
    name = own.setdefault("name", first)
    if first not in (None, name):
        raise MarkError(1, f"its first line says ANSWER {first}, its metadata say {name!r}: make them the same")
    if not isinstance(name, str) or answer_name(f"# ANSWER {name}") != name:
        raise MarkError(1, f"the answer's name {name!r} is not letters, digits, _, - and dots: write # ANSWER q1, "
                           "say, in its first line")
    if name in answers or name.casefold() in map(str.casefold, answers):
        raise MarkError(1, f"there are two answers {name!r}: give one of them another name")
    answers[name] = Answer(name, cell)
    stub(name, cell["source"])
    inside = solution_numbers(cell["source"])
    for node in ast.walk(parsed(cell["source"])):
        if isinstance(node, ast.Call) and _shows(node) and node.lineno in inside:
            raise MarkError(node.lineno, "the solution calls show, so that every check of it would expect this value, "
                                         "and the release would tell it: use print, or show it in a check")


def _shows(call):
    """Whether a call is one of `show`, by itself or, as not in plt.show(), of a module with a name and a value."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "show" and len(call.args) + len(call.keywords) > 1
    return isinstance(call.func, ast.Name) and call.func.id == "show"
