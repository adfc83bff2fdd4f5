"""An assignment in parts, and the two lists of cells made from it: what students get, and what is run."""

import ast
import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from .declared import Misconception
from .dependence import parsed
from .marks import marked, stub
from .values import MISSING, Tolerance, difference


@dataclass(frozen=True)
class Answer:
    """What a student writes.

    Attributes
    ----------
    name : str
    cell : dict
        With the solution.
    """

    name: str
    cell: dict = field(repr=False)

    @property
    def solution(self):
        """str: the source with the solution in it."""
        return marked(self.name, self.cell["source"])

    @property
    def stub(self):
        """str: the source as it is released."""
        return stub(self.name, self.solution)


@dataclass(frozen=True)
class Check:
    """What is shown about an answer.

    Attributes
    ----------
    name : str
    points : int or float
    hidden : bool
        Whether students never see it.
    tolerance : dict of str to Tolerance
        By the name of what is shown; ``"*"`` stands for all others.
    misconceptions : tuple of Misconception
    answers : tuple of str
        The answers it is about, where the metadata say so; mostly none.
    cell : dict
    """

    name: str
    points: float
    hidden: bool
    tolerance: dict
    misconceptions: tuple[Misconception, ...]
    answers: tuple[str, ...]
    cell: dict = field(repr=False)

    def allowed(self, shown):
        """The Tolerance for what is shown under a name."""
        return self.tolerance.get(shown) or self.tolerance.get("*") or Tolerance()

    def difference(self, expected, got):
        """Why the values shown are not the expected ones, or None; both as `values.shown` gives them.

        Further values are passed over: a student's own functions may show some.
        """
        if not expected:
            return MISSING
        for name, value in expected.items():
            if name not in got:
                return MISSING
            text = difference(value, got[name], self.allowed(name))
            if text:
                return text
        return None


@dataclass(frozen=True)
class Assignment:
    """A source notebook that can be graded.

    Attributes
    ----------
    path : pathlib.Path
    title : str
    cells : list of dict
        All cells, without outputs; ``cell["metadata"]["edu_optim"]["role"]`` of a code cell is ``"setup"``,
        ``"answer"``, ``"check"`` or ``"seed"`` (the author's own, of which only the place counts). A cell of any type
        may be a ``"note"``: the author's, neither released nor run.
    answers : dict of str to Answer
    checks : dict of str to Check
    """

    path: Path
    title: str
    cells: list = field(repr=False)
    answers: dict
    checks: dict

    def released(self, seed):
        """List the cells students get: no solutions, no hidden checks, no metadata but role, name and points.

        The seed stands in a cell of its own: where the author's does, else before all other code.
        """
        cells = []
        place = next((cell for cell in self.cells if _role(cell) == "seed"),
                     next(cell for cell in self.cells if cell["cell_type"] == "code" and _role(cell) != "note"))
        for cell in self.cells:
            if cell is place:
                cells.append(_seed_cell(seed, cell["id"] if _role(cell) == "seed" else "seed"))
            role = _role(cell)
            if role in ("seed", "note") or (role == "check" and self.checks[_name(cell)].hidden):
                continue
            public = {"cell_type": cell["cell_type"], "id": cell["id"], "metadata": {}, "source": cell["source"]}
            seen = _attached(cell)
            if seen:
                public["attachments"] = seen
            if role == "answer":
                public["metadata"] = {"deletable": False, "edu_optim": {"role": role, "name": _name(cell)}}
                public["source"] = self.answers[_name(cell)].stub
            elif role == "check":
                points = self.checks[_name(cell)].points
                public["metadata"] = {"deletable": False, "editable": False,
                                      "edu_optim": {"role": role, "name": _name(cell), "points": points}}
            elif role == "setup":
                public["metadata"] = {"edu_optim": {"role": role}}
            cells.append(public)
        return cells

    def reference(self, answers=None, seed=None):
        """List the code cells, the author's seed left out.

        Parameters
        ----------
        answers : dict of str to str, optional
            Sources that stand in place of the solutions of the same name.
        seed : int, optional
            Defines it in a first cell and again before each check, with `show`, whatever an answer made of them.
        """
        answers = answers or {}
        cells = [] if seed is None else [_seed_cell(seed, "seed")]
        for cell in self.cells:
            if cell["cell_type"] == "code" and _role(cell) not in ("seed", "note"):
                cells += self._placed(cell, answers, seed)
        return cells

    def before_check(self, seed):
        """The source of a cell to run before each check; see `restored`."""
        return restored([cell["source"] for cell in self.cells if _role(cell) == "setup"], seed)

    def misconceived(self, seed=None):
        """List cells that may follow `reference` in the same kernel, to have each misconception's wrong values.

        They are its code, what stands between the answer and the check, and the check, whose metadata say
        ``"misconception": name``; then the same with the solution, which puts things right again.
        """
        cells = []
        for check in self.checks.values():
            for wrong in check.misconceptions:
                for source in (wrong.code, self.answers[wrong.answer].solution):
                    part = [copied for cell in self._between(wrong.answer, check)
                            for copied in self._placed(cell, {wrong.answer: source}, seed)]
                    if source is wrong.code:
                        part[-1]["metadata"]["edu_optim"]["misconception"] = wrong.name
                    else:
                        part.pop()  # the check
                    cells += part
        for number, cell in enumerate(cells):
            cell["id"] = f"misconceived-{number}"
        return cells

    def _between(self, answer, check):
        """An answer's cell, the setups after it, and the check."""
        ends = self.answers[answer].cell, check.cell
        code = [cell for cell in self.cells if _role(cell) == "setup" or any(cell is end for end in ends)]
        first, last = (next(i for i, cell in enumerate(code) if cell is end) for end in ends)
        return code[first:last + 1]

    def _placed(self, cell, answers, seed):
        cell = copy.deepcopy(cell)
        if _role(cell) == "answer":
            cell["source"] = answers.get(_name(cell), self.answers[_name(cell)].solution)
        if _role(cell) == "check" and seed is not None:
            return [_seed_cell(seed, f"seed-{cell['id']}") | {"source": self.before_check(seed)}, cell]
        return [cell]


def restored(setups, seed):
    """The source that defines anew what an answer may have put something else in the place of.

    That is the seed; and `show`, if one of these cells of the setup imports it: ``from pylab import *`` brings another.

    Examples
    --------
    >>> restored(["import numpy as np\\nfrom edu_optim.grading import show"], 3)
    'from edu_optim.grading import show\\nseed = 3'
    """
    imported = any(isinstance(node, ast.ImportFrom) and node.module == "edu_optim.grading" and any(
        (one.name, one.asname) == ("show", None) for one in node.names)
        for setup in setups for node in ast.walk(parsed(setup)))
    return f"from edu_optim.grading import show\nseed = {seed}" if imported else f"seed = {seed}"


def _role(cell):
    return cell["metadata"].get("edu_optim", {}).get("role")


def _name(cell):
    return cell["metadata"]["edu_optim"]["name"]


def _seed_cell(seed, name):
    return {"cell_type": "code", "id": name, "metadata": {"edu_optim": {"role": "seed"}}, "source": f"seed = {seed}"}


def _attached(cell):
    """The attachments that a cell's text refers to: of several that a reference begins with, the longest."""
    attached, seen = cell.get("attachments", {}), {}
    for rest in cell["source"].split("attachment:")[1:]:
        names = (name for name in attached for spelled in {name, quote(name)} if re.match(
            re.escape(spelled) + r"""([\s)"'>]|$)""", rest))
        if name := max(names, key=len, default=None):
            seen[name] = attached[name]
    return seen
