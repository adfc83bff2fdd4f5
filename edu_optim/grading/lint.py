"""What an author should put right before releasing: things that can be graded, but would be graded unfairly."""

from .declared import FIELDS, Remark
from .dependence import bound_names, subjects
from .marks import SHORTEST, answer_name, solution_lines, squeezed
from .measured import measured
from .source import SourceError, read


def lint(path, run=True, seconds=60):
    """List what is wrong with an assignment.

    Parameters
    ----------
    path : str or path-like
        The source notebook.
    run : bool
        Whether to run it too, in a kernel that nothing guards: three times, and each misconception twice.
    seconds : float
        How long a cell may take.

    Returns
    -------
    list of Remark
        Empty if all is well.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    try:
        assignment = read(path)
    except SourceError as error:
        return list(error.remarks)
    remarks = [*_fields(assignment), *_marks(assignment), *_seeds(assignment), *_points(assignment),
               *leaks(assignment)]
    if run:
        remarks += measured(assignment, seconds)
    return sorted(remarks, key=lambda remark: (remark.cell or 0, remark.line or 0))


def _fields(assignment):
    for number, cell in enumerate(assignment.cells, 1):
        ours = cell["metadata"].get("edu_optim", {})
        for name in ours if isinstance(ours, dict) else ():
            if name not in FIELDS:
                yield Remark(number, None, f"the metadata {name!r} mean nothing: take them out; there are "
                                           f"{', '.join(FIELDS)}")


def _marks(assignment):
    for answer in assignment.answers.values():
        if answer_name(answer.cell["source"]) is None:
            yield Remark(_place(assignment, answer.cell), 1, f"the first line is not # ANSWER {answer.name}: write it "
                         "there. Some editors lose the metadata, and then nothing else tells which answer this is")


def _seeds(assignment):
    for number, cell in enumerate(assignment.cells, 1):
        if cell["cell_type"] == "code" and cell["metadata"]["edu_optim"]["role"] not in ("seed", "note") and \
                "seed" in bound_names(cell["source"]):
            yield Remark(number, None, "seed gets a value here, and so would be the same for every student. For trying "
                         "things out give it one in a cell that says nothing but seed = 1: the grader drops it")


def _points(assignment):
    if not any(check.points for check in assignment.checks.values()):
        yield Remark(None, None, 'all checks together give 0 points: write "points": 1, say, in their metadata')
    found, order = subjects(assignment.reference()), list(assignment.answers)
    about = {name for one in found.values() for name in one.about}
    for name, one in found.items():
        if lower := one.lent_below(order):
            yield Remark(_place(assignment, assignment.checks[name].cell), None, (
                f'"answers" of check {name!r} leave out {lower[-1]!r}, which it uses and which stands below: a wrong '
                f"{one.about[-1]} could call its solution. Add {lower[-1]!r} to them, or do not use it here"))
    for answer in assignment.answers.values():
        if answer.name not in about:
            yield Remark(_place(assignment, answer.cell), None, f"no check is about answer {answer.name!r}: add one "
                         "below it that shows what it gives, or write into the metadata of one that there is "
                         f'"answers": ["{answer.name}"]')


def leaks(assignment):
    """List the cells of the release that say what they should not: lines of a solution or of a hidden check, and
    texts of misconceptions, in what the author wrote for students to read."""
    cells = assignment.released(0)
    public = {squeezed(line) for cell in cells for line in cell["source"].split("\n")}
    done = {squeezed(line) for cell in cells if cell["cell_type"] == "code" for line in cell["source"].split("\n")}
    heads = {line for line in done if line.startswith("def")}
    secrets = {}
    for answer in assignment.answers.values():
        stub = {squeezed(line) for line in answer.stub.split("\n")}
        for line in solution_lines(answer.solution):
            if squeezed(line) not in stub:
                secrets[line] = f"the solution of {answer.name!r}"
    for check in assignment.checks.values():
        if check.hidden:
            secrets[check.name] = "the name of a hidden check"
            secrets |= {line: "a line of a hidden check" for line in check.cell["source"].split("\n")
                        if squeezed(line) not in done  # what visible cells do too is no secret
                        and not any(squeezed(line) in head for head in heads)}  # nor is a call by the names asked for
        for wrong in check.misconceptions:
            secrets[wrong.text] = f"the misconception {wrong.name!r}"
    remarks = []
    for secret, what in secrets.items():
        wanted = squeezed(secret)
        if len(wanted) < SHORTEST or not any(wanted in line for line in public):
            continue
        for cell in cells:
            lines = [squeezed(line) for line in cell["source"].split("\n")]
            number = next((i for i, line in enumerate(lines, 1) if wanted in line), None)
            if number:
                place = next((i for i, c in enumerate(assignment.cells, 1) if c["id"] == cell["id"]), None)
                remarks.append(Remark(place, number, f"students would read {what} here: {secret.strip()[:60]!r}. "
                                      "Word it otherwise, or take it out"))
    return remarks


def _place(assignment, cell):
    return next(i for i, other in enumerate(assignment.cells, 1) if other is cell)
