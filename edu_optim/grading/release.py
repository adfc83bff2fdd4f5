"""Make the notebook that students get: built anew from nothing but what they may see."""

import json
from pathlib import Path

from .marks import SHORTEST, solution_lines, squeezed
from .rehearse import RehearsalError, rehearse
from .values import MIME, readable

PUBLIC_SEED = 1
PICTURE = "image/png"
NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDEST = 100  # characters of a value in a comment


class ReleaseError(ValueError):
    """An assignment whose solutions do not give what its visible checks are to show."""


def release(assignment, out, seed=PUBLIC_SEED, seconds=60):
    """Write the notebook for students.

    It keeps the cells' ids, and is stored executed. Below each visible check stands what a right answer shows with the
    public seed: as its output, and as a comment, which is still there when the student has run the cell. All other
    outputs are those of the released cells themselves, run where no solution is.

    Parameters
    ----------
    assignment : Assignment
    out : str or path-like
        A folder, made if need be. The notebook has the source's name.
    seed : int
        The public one; the grader draws others.
    seconds : float
        How long a cell may take.

    Returns
    -------
    pathlib.Path
        The notebook.

    Raises
    ------
    ReleaseError
        If a visible check fails with the solutions in place, or the folder is the source's own.
    """
    path = Path(out) / assignment.path.name
    if path.resolve() == assignment.path.resolve():
        raise ReleaseError(f"{path} is the source itself: give another folder")
    notebook = released(assignment, seed, seconds)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8", newline="\n")
    return path


def released(assignment, seed=PUBLIC_SEED, seconds=60):
    """The notebook for students as nbformat has it; see `release`."""
    runs = {run.name: run for run in _run(assignment, assignment.reference(seed=seed), seconds)
            if run.role == "check" and not assignment.checks[run.name].hidden}
    for name, run in runs.items():
        if run.error:
            cell = assignment.checks[name].cell
            place = next(number for number, one in enumerate(assignment.cells, 1) if one is cell)
            raise ReleaseError(f"{assignment.path}: cell {place}: check {name!r} fails with the solutions in place: "
                               f"{run.error}. Run the notebook from its beginning in Jupyter to see where")
    cells = assignment.released(seed)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    told = {name: public_outputs(run) for name, run in runs.items()}
    for count, (cell, run) in enumerate(zip(code, _run(assignment, code, seconds)), 1):
        check = runs.get(run.name) if run.role == "check" else None
        cell.update(execution_count=count, outputs=told[run.name] if check else own_outputs(run))
        if check and check.values:
            cell["source"] = f"{cell['source'].rstrip()}\n{expectation(check.values, seed)}"
    for cell in cells:
        cell["source"] = cell["source"].splitlines(keepends=True)
    # A text, since an editor that saves the notebook would make 1.0 an integer.
    expected = json.dumps({name: run.values for name, run in runs.items()})
    _refuse_told(assignment, told, expected)
    return {"cells": cells, "nbformat": 4, "nbformat_minor": 5,
            "metadata": {**NOTEBOOK, "edu_optim": {"title": assignment.title, "seed": seed, "expected": expected}}}


def _run(assignment, cells, seconds):
    try:
        return rehearse(cells, seconds=seconds)
    except RehearsalError as error:
        raise ReleaseError(f"{assignment.path}: {error}") from None


def _refuse_told(assignment, *parts):
    """Raise ReleaseError if a line of a solution stands in what running it has put out."""
    told = "".join(json.dumps(parts).replace("\\", "").split())
    for answer in assignment.answers.values():
        stub = {squeezed(line) for line in answer.stub.split("\n")}
        for line in solution_lines(answer.solution):
            wanted = squeezed(json.dumps(line)[1:-1]).replace("\\", "")
            if len(wanted) >= SHORTEST and squeezed(line) not in stub and wanted in told:
                raise ReleaseError(f"{assignment.path}: what the checks put out holds the line {line[:60]!r} of the "
                                   f"solution of {answer.name!r}: show values, not the text of code")


def public_outputs(run):
    """The outputs of a check that students may see: values and pictures.

    Text may come from a solution's own print, so it is kept only where an author shows no value and students would
    have nothing to compare with.
    """
    kept = [MIME, "text/plain"] if run.values else ["text/plain"]
    outputs = []
    for output in run.outputs:
        data = output.get("data", {})
        if PICTURE in data:
            data = {PICTURE: data[PICTURE]}
        elif kept[0] in data:
            data = {name: data[name] for name in kept}
        elif output.get("name") == "stdout" and not run.values:
            outputs.append({"output_type": "stream", "name": "stdout", "text": output["text"]})
            continue
        else:
            continue
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    return outputs


def own_outputs(run):
    """The outputs of a cell that no solution had a part in: texts and pictures; errors and warnings are left out."""
    outputs = []
    for output in run.outputs:
        data = {name: output["data"][name] for name in ("text/plain", PICTURE) if name in output.get("data", {})}
        if data:
            outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
        elif output.get("name") == "stdout":
            outputs.append({"output_type": "stream", "name": "stdout", "text": output["text"]})
    return outputs


def expectation(values, seed):
    """What a right answer shows, as comments.

    Examples
    --------
    >>> print(expectation({"x": 0.5, "w": {"shape": [2], "values": [1.0, 2.0]}}, 1))
    # With seed = 1 a right answer shows:
    #   x = 0.5
    #   w = [1, 2]
    """
    lines = [f"{name} = {readable(value)}" for name, value in values.items()]
    lines = [line if len(line) <= WIDEST else line[:WIDEST - 4] + " ..." for line in lines]
    return "\n".join([f"# With seed = {seed} a right answer shows:", *(f"#   {line}" for line in lines)])
