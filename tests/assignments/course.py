"""The assignments of the course, and how an answer to one of them is judged: in this process, or by the real grader."""

import functools
import itertools
import re
from pathlib import Path

from fake_kernel import FakeKernel

from edu_optim.grading import source
from edu_optim.grading.guessing import flat
from edu_optim.grading.marks import answer_name
from edu_optim.grading.values import Tolerance, difference, shown

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "notebooks" / "lecturer" / "sources"
RELEASED = ROOT / "notebooks" / "assignments"
OTHER_WORDS = Path(__file__).with_name("other_words")

NAMES = sorted(path.stem for path in SOURCES.glob("*.ipynb"))
MARGIN = 100  # tolerances between two values that must not be taken for each other
STUDENTS = [f"student-{number:02d}" for number in range(1, 21)]

# A right answer of somebody who looks closely: text, warnings and a value of their own beside what is asked.
LOUD = """
import sys, warnings
print("it works")
print("careful", file=sys.stderr)
warnings.warn("a warning of my own")
show("mine", [1.0, 2.0])
"""


@functools.cache
def assignment(name):
    """An assignment of the course, read from its source."""
    return source.read(SOURCES / f"{name}.ipynb")


def solutions(name):
    """The right answers by name, as the source has them."""
    return {answer.name: answer.solution for answer in assignment(name).answers.values()}


def stubs(name):
    """The answers by name, as they are released."""
    return {answer.name: answer.stub for answer in assignment(name).answers.values()}


def solutions_in_other_words(name):
    """Right answers that are written otherwise: ``{answer: source}`` for each file ``other_words/<name>*.py``.

    A file is a sequence of answers, each from its line ``# ANSWER q1`` to the next. What stands before the first
    (a docstring, imports) is for readers and linters, and belongs to none. An answer that a file leaves out is the
    source's own.
    """
    found = {}
    for path in sorted(OTHER_WORDS.glob(f"{name}*.py")):
        parts = re.split(r"^(?=# ANSWER )", path.read_text("utf-8"), flags=re.M)[1:]
        answers = {answer_name(part): part.rstrip() for part in parts}
        unknown = answers.keys() - solutions(name).keys()
        assert not unknown and len(answers) == len(parts), f"{path.name}: no such answer, or twice: {unknown or parts}"
        found[path.stem] = {**solutions(name), **answers}
    return found


def right_answers(name):
    """All ways in which the right answers are written, by a word for each."""
    loud = {answer: text + LOUD for answer, text in solutions(name).items()}
    return {"solutions": solutions(name), "loud": loud, **solutions_in_other_words(name)}


def judge(name, answers, seed=1, sandboxed=False):
    """The Result of answers.

    Parameters
    ----------
    name : str
        Of the assignment.
    answers : dict of str to str
        The sources by answer; those left out are not answered.
    seed : int
        What the checks find as ``seed``.
    sandboxed : bool
        Whether in the real grader's kernels (seconds each) or in this process.
    """
    from edu_optim.grading.grade import grade
    from edu_optim.grading.sandbox import Kernel
    from edu_optim.grading.submission import Submission

    return grade(assignment(name), Submission("somebody", answers), seed, Kernel if sandboxed else FakeKernel)


def lost(result):
    """The checks that gave no points, with what was said of each: ``{check: (reason, feedback)}``."""
    assert result.state == "graded", result.why
    return {check: (judged.reason, judged.feedback) for check, judged in result.checks.items() if not judged.ok}


def full(name):
    """All points there are."""
    return sum(check.points for check in assignment(name).checks.values())


def misconceptions(name):
    """List all misconceptions as (check, misconception)."""
    return [(check, wrong) for check in assignment(name).checks.values() for wrong in check.misconceptions]


def one_of_each_answer(name):
    """List the misconceptions in groups that hold at most one for each answer, to be judged at once: a slip in one
    answer must not matter to another."""
    found = {}
    for _, wrong in misconceptions(name):
        found.setdefault(wrong.answer, {})[wrong.name] = wrong
    groups = itertools.zip_longest(*(named.values() for named in found.values()))
    return [[wrong for wrong in group if wrong] for group in groups]


def due(name, wrong):
    """What a misconception is to cost: ``{check: (reason, feedback)}`` of the checks that know it by its name."""
    return {check.name: ("another result than expected", one.text) for check, one in misconceptions(name)
            if (one.name, one.answer) == (wrong.name, wrong.answer)}


def values(name, seed):
    """What each check shows: ``{check: {who: values}}``, where who is "" for the solution, else the misconception."""
    whole, found = assignment(name), {}
    with FakeKernel() as kernel:
        for cell in whole.reference(seed=seed) + whole.misconceived(seed):
            ran, ours = kernel.run(cell["source"]), cell["metadata"]["edu_optim"]
            if ours.get("role") == "check" and not (ran.error and "misconception" in ours):
                assert ran.error is None, f"{ours['name']} with seed {seed}: {ran.error}"
                who = ours.get("misconception", "")
                found.setdefault(ours["name"], {}).setdefault(who, shown(ran.outputs))
    return found


def told_apart(check, one, other):
    """Whether two results of a check lie further apart than `MARGIN` tolerances."""
    def far(name):
        tolerance = Tolerance(*(MARGIN * part for part in check.allowed(name).of(flat(one[name]))))
        return name not in other or difference(one[name], other[name], tolerance)

    return any(map(far, one))
