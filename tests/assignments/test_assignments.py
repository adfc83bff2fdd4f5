"""Every assignment of the course: right answers get all points, each slip exactly its own feedback, nothing nothing.

The short tier judges in this process and with few seeds; the slow one with twenty, and in the grader's own kernels.
"""

import itertools
import json
import os
import time

import course
import nbformat
import pytest
from sandboxes import needs_sandbox

pytest.importorskip("nbval")

from edu_optim.grading import lint as linting
from edu_optim.grading.grade import seed_for
from edu_optim.grading.release import PUBLIC_SEED, released
from edu_optim.grading.selfcheck import selfcheck

pytestmark = pytest.mark.filterwarnings("ignore:a warning of my own")
FEW, TWENTY = range(1, 3), range(101, 121)
BOTH_TIERS = pytest.mark.parametrize("seeds", [pytest.param(FEW, id="few"),
                                               pytest.param(TWENTY, id="twenty", marks=pytest.mark.slow)])
EVERY = pytest.mark.parametrize("name", course.NAMES)
EVERY_WORDING = pytest.mark.parametrize(("name", "wording"), [
    (name, wording) for name in course.NAMES for wording in course.right_answers(name)])
EVERY_MISCONCEPTION = pytest.mark.parametrize(("name", "wrong"), [
    pytest.param(name, wrong, id=f"{name}-{wrong.answer}-{wrong.name}") for name in course.NAMES
    for wrong in {(one.answer, one.name): one for _, one in course.misconceptions(name)}.values()])


@EVERY_WORDING
@BOTH_TIERS
def test_right_answers_get_all_points_however_they_are_written(name, wording, seeds):
    for seed in seeds:
        result = course.judge(name, course.right_answers(name)[wording], seed)
        assert course.lost(result) == {}, f"seed {seed}"
        assert result.total == course.full(name)


@EVERY
def test_every_assignment_is_solved_in_other_words_too(name):
    written = course.solutions_in_other_words(name)
    changed = {answer for answers in written.values() for answer in answers
               if answers[answer] != course.solutions(name)[answer]}
    assert changed == course.solutions(name).keys()


@EVERY
@BOTH_TIERS
def test_misconceptions_are_told_so_and_lose_just_the_checks_that_know_them(name, seeds):
    for seed in seeds[:1] if seeds is FEW else seeds:
        for together in course.one_of_each_answer(name):
            answers = {**course.solutions(name), **{wrong.answer: wrong.code for wrong in together}}
            due = {check: said for wrong in together for check, said in course.due(name, wrong).items()}
            assert course.lost(course.judge(name, answers, seed)) == due, (seed, [wrong.name for wrong in together])


@pytest.mark.slow
@EVERY_MISCONCEPTION
def test_each_alone_loses_the_same(name, wrong):
    answers = {**course.solutions(name), wrong.answer: wrong.code}
    assert course.lost(course.judge(name, answers)) == course.due(name, wrong)


@EVERY
@BOTH_TIERS
def test_no_two_results_of_a_check_can_be_taken_for_each_other(name, seeds):
    for seed in seeds:
        for check, found in course.values(name, seed).items():
            check = course.assignment(name).checks[check]
            assert found.keys() == {"", *(wrong.name for wrong in check.misconceptions)}, (check, seed)
            for one, two in itertools.combinations(found, 2):
                assert course.told_apart(check, found[one], found[two]), (check, seed, one, two)


@EVERY
def test_an_untouched_release_gets_nothing(name):
    result = course.judge(name, course.stubs(name))
    assert result.total == 0
    assert {reason for reason, _ in course.lost(result).values()} == {"not answered"}


@pytest.mark.slow
@EVERY
def test_each_answer_alone_keeps_its_points(name):
    solutions, stubs = course.solutions(name), course.stubs(name)
    alone = [course.judge(name, {**stubs, answer: solutions[answer]}).total for answer in solutions]
    assert all(alone) and sum(alone) == pytest.approx(course.full(name))


@EVERY
def test_a_check_shows_at_least_three_numbers_which_differ_from_seed_to_seed(name):
    one, two = (course.values(name, seed) for seed in (1, 2))
    for check in one:
        numbers = [{x for value in shown[check][""].values() for x in course.flat(value) if isinstance(x, float)}
                   for shown in (one, two)]
        assert all(len(found) >= 3 for found in numbers) and numbers[0] != numbers[1], check


@EVERY
def test_eight_to_twelve_checks_some_of_them_hidden(name):
    checks = course.assignment(name).checks.values()
    assert 8 <= len(checks) <= 12
    assert 0 < sum(check.hidden for check in checks) < len(checks) / 2
    assert sum(check.points for check in checks if check.misconceptions) >= course.full(name) / 2


# ---- what is stored


def sources(cells):
    return [(cell["id"], cell["cell_type"], "".join(cell["source"]).split("\n# With seed = ")[0]) for cell in cells]


@EVERY
def test_the_source_is_stored_executed(name):
    notebook = nbformat.read(course.SOURCES / f"{name}.ipynb", 4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("edu_optim", {}).get("role") != "note":
            assert cell.execution_count and not [o for o in cell.outputs if o.output_type == "error"], cell.id


@EVERY
def test_the_committed_release_is_made_from_its_source(name):
    committed = json.loads((course.RELEASED / f"{name}.ipynb").read_text("utf-8"))
    assert sources(committed["cells"]) == sources(course.assignment(name).released(PUBLIC_SEED))
    promised = json.loads(committed["metadata"]["edu_optim"]["expected"])
    now = course.values(name, PUBLIC_SEED)
    for check in course.assignment(name).checks.values():
        assert check.hidden or check.difference(now[check.name][""], promised.pop(check.name)) is None, check.name
    assert promised == {}


@pytest.mark.slow
@EVERY
def test_the_committed_release_is_what_releasing_gives(name):
    def rounded(thing):
        """What another machine stores too: numbers to six digits, no pictures."""
        if isinstance(thing, dict):
            return {key: rounded(json.loads(value) if key == "expected" else value) for key, value in thing.items()
                    if key != "image/png"}
        if isinstance(thing, list):
            return [rounded(one) for one in thing]
        return float(f"{thing:.6g}") if isinstance(thing, float) else thing

    committed = json.loads((course.RELEASED / f"{name}.ipynb").read_text("utf-8"))
    assert rounded(committed) == rounded(released(course.assignment(name)))


@EVERY
def test_nothing_to_put_right_in_the_source(name):
    assert linting.lint(course.SOURCES / f"{name}.ipynb", run=False) == []


@pytest.mark.slow
@EVERY
def test_nothing_to_put_right_when_it_is_run(name):
    assert linting.lint(course.SOURCES / f"{name}.ipynb") == []


# ---- in real kernels


def handed_in(name, answers):
    """The committed release with these answers in it."""
    notebook = json.loads((course.RELEASED / f"{name}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        ours = cell["metadata"].get("edu_optim", {})
        if ours.get("role") == "answer":
            cell["source"] = answers[ours["name"]]
    return json.dumps(notebook)


@pytest.mark.slow
@EVERY
def test_a_student_who_is_right_is_told_so_in_seconds(name, tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text(handed_in(name, course.solutions(name)), encoding="utf-8")
    started = time.monotonic()
    assert [outcome for outcome in selfcheck(path) if not outcome.right] == []
    assert time.monotonic() - started < 20 * 3  # the machine may be busy


@pytest.mark.slow
@needs_sandbox
@EVERY
def test_students_who_are_right_get_all_points_from_the_real_grader(name):
    """Five of them; EDU_OPTIM_CLASS asks for more, up to twenty, each of whom takes some seconds."""
    wordings = itertools.cycle(course.right_answers(name).values())
    for student, answers in zip(course.STUDENTS[:int(os.environ.get("EDU_OPTIM_CLASS", "5"))], wordings):
        result = course.judge(name, answers, seed_for(2026, student), sandboxed=True)
        assert (course.lost(result), result.total) == ({}, course.full(name)), student


@pytest.mark.slow
@needs_sandbox
@EVERY
def test_the_real_grader_says_the_same_of_misconceptions(name):
    together = course.one_of_each_answer(name)[0]  # a wrong answer in every question that has one
    answers = {**course.solutions(name), **{wrong.answer: wrong.code for wrong in together}}
    due = {check: said for wrong in together for check, said in course.due(name, wrong).items()}
    assert course.lost(course.judge(name, answers, 7, sandboxed=True)) == due
