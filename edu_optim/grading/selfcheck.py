"""A student's own check: the whole notebook anew, and what its visible checks show beside what a right answer shows.

There is no key here and no points are given: the values are those that the release shows anyway.
"""

import json
from typing import NamedTuple

from .opened import opened
from .rehearse import RehearsalError, rehearse
from .values import MISSING, VALUE, Tolerance, difference, readable

CLOSE = Tolerance(1e-2)  # the author may allow more than the usual tolerance, which the release does not tell


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
    """

    check: str
    right: bool
    text: str


def selfcheck(path, release=None, seconds=60):
    """Run a student's notebook from its beginning, with the seed of the release, and compare its visible checks.

    Each check counts as the student's notebook has it, with whatever the answers before it made; a check that was
    deleted is not there.

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
    notebook = _read(path)
    form = _read(release) if release else notebook
    seed, expected = _promised(form, path, release)
    known = {key: _ours(cell) for cell in form["cells"] for key in (cell["id"], cell["source"].strip())}
    cells = [{"source": f"seed = {seed}", "metadata": {}}]
    for cell in notebook["cells"]:
        ours = _ours(cell) or known.get(cell["id"]) or known.get(cell["source"].strip(), {})
        if cell["cell_type"] == "code" and ours.get("role") != "seed":
            again = f"seed = {seed}\n" if ours.get("role") == "check" else ""
            cells.append({"source": again + cell["source"], "metadata": {"edu_optim": ours}})
    try:
        runs = rehearse(cells, seconds=seconds)
    except RehearsalError as error:
        raise SelfCheckError(f"{path}: {error}") from None
    runs = {run.name: run for run in runs if run.role == "check"}
    return [_outcome(name, values, runs.get(name)) for name, values in expected.items()]


def _outcome(name, expected, run):
    if run is None:
        return Outcome(name, False, "its cell is not in this notebook, or an editor dropped what it was known by: copy "
                                    "it from the notebook you were handed, or give that too: --release FILE")
    if run.error:
        unanswered = run.error.startswith("NotImplementedError")
        return Outcome(name, False, run.error.partition(": ")[2] if unanswered else f"it raised {run.error}")
    if not expected:
        return Outcome(name, False, "it shows no value to compare; only the grader can tell")
    for shown, value in expected.items():
        if shown not in run.values:
            return Outcome(name, False, f"{shown}: {MISSING}")
        yours = run.values[shown]
        text = difference(value, yours)
        if text == VALUE and difference(value, yours, CLOSE) is None:
            text = "close, but not within 1e-6"
        if text:
            return Outcome(name, False, f"{shown}: {text}: yours is {readable(yours):.200}, a right answer gives "
                                        f"{readable(value):.200}")
    return Outcome(name, True, "right")


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


def _ours(cell):
    ours = cell["metadata"].get("edu_optim")
    return ours if isinstance(ours, dict) else {}
