"""Two answers to the same question, one below the other: what one gains or loses by the other, and by its solution."""

import pytest
from authors import DRAW, SETUP, answer, check, written
from fake_kernel import FakeKernel

pytest.importorskip("nbval")

from edu_optim.grading import source
from edu_optim.grading.grade import grade
from edu_optim.grading.submission import Submission

RIGHT = {"q1": "# ANSWER q1\ndef q1(x): return sum(x)", "q2": "# ANSWER q2\ndef q2(x): return np.sum(x)"}
WRONG = {name: f"# ANSWER {name}\ndef {name}(x): return 0.5" for name in RIGHT}
FLAG = ("q2 gets c2, h2 only with the solution of q1, which a solution can do without: look whether it does more than "
        "call it")


@pytest.fixture
def assigned(tmp_path):
    """An assignment of which both solutions sum, each in a way of its own."""
    def make(**ours):
        second = answer("q2", "np.sum(x)")
        second["metadata"]["edu_optim"].update(ours)
        shows = {name: f"{DRAW}show('y', {name}(x))" for name in RIGHT}
        return source.read(written(
            tmp_path, SETUP, answer("q1", "sum(x)"), check("c1", shows["q1"]), second, check("c2", shows["q2"]),
            check("h1", shows["q1"], hidden=True), check("h2", shows["q2"], hidden=True)))

    return make


def got(assignment, opened=None, **answers):
    """The checks that pass, and the flags; answers that are not given are missing."""
    result = grade(assignment, Submission("ada", answers), 3, lambda: FakeKernel(opened))
    assert result.state == "graded"
    return {name for name, one in result.checks.items() if one.ok}, result.flags


@pytest.mark.parametrize("second", [WRONG, {}])
def test_a_wrong_answer_gains_nothing_from_the_solution_below_it(assigned, second):
    thief = "# ANSWER q1\ndef q1(x): return q2(x)"
    assert got(assigned(), q1=thief, **{k: v for k, v in second.items() if k == "q2"}) == (set(), ())


def test_a_right_answer_that_others_below_disturb_keeps_its_hidden_check(assigned):
    vandal = RIGHT["q2"] + "\nq1 = None"
    assert got(assigned(), q1=RIGHT["q1"], q2=vandal) == ({"c1", "h1", "c2", "h2"}, ())


@pytest.mark.parametrize("call", ["q1(x)", "globals()['q1'](x)", "eval('q' + '1')(x)"])
def test_an_answer_that_only_calls_another_is_flagged_where_that_is_the_solution(assigned, call):
    thin = f"# ANSWER q2\ndef q2(x): return {call}"
    assert got(assigned(), q1=WRONG["q1"], q2=thin) == ({"c2", "h2"}, (FLAG,))
    assert got(assigned(independent=True), q1=WRONG["q1"], q2=thin) == (set(), ())
    assert got(assigned(independent=True), q1=RIGHT["q1"], q2=thin) == ({"c1", "h1", "c2", "h2"}, ())


def test_nothing_is_flagged_where_a_solution_needs_another_or_an_answer_stands_alone(assigned, tmp_path):
    assert got(assigned(), q1="# ANSWER q1\nnp = None", q2=RIGHT["q2"]) == ({"c2", "h2"}, ())
    calling = source.read(written(tmp_path, SETUP, answer("q1", "sum(x)"), check("c1"), answer("q2", "1 + q1(x)"),
                                  check("c2", DRAW + "show('y', q2(x))")))
    assert got(calling, q1=WRONG["q1"], q2="# ANSWER q2\ndef q2(x): return q1(x) + 1") == ({"c2"}, ())


TRAP = """# ANSWER q1
import sys
def q1(x):
    if sys._getframe(1).f_code.co_name != "<module>": end("time", 15)
    return sum(x)"""


def test_an_answer_that_hangs_only_when_another_calls_it_costs_the_other_nothing(assigned):
    caller = "# ANSWER q2\ndef q2(x):\n    q1(x)\n    return np.sum(x)"
    assert got(assigned(), q1=TRAP, q2=caller)[0] == {"c1", "h1", "c2", "h2"}


def test_what_hangs_alone_is_not_tried_again(assigned):
    opened = []
    assert got(assigned(), opened, q2="# ANSWER q2\nend('time', 15)") == (set(), ())
    assert len(opened) == 2  # the reference, visible
    assert got(assigned(), opened, q2="# ANSWER q2\nend('time', 0.1)") == (set(), ())
    assert len(opened) == 5  # he may only have come last


def test_of_what_runs_beside_solutions_only_one_bit_is_told(assigned):
    """A student's code could have read them there."""
    said = set()
    for what in ("return True", "return x", "end('memory')", "1 / 0", "global show; show = print"):
        spy = f"# ANSWER q2\ndef q2(x):\n    if q1(x) != 0.5:\n        {what}\n    return 0.5"
        result = grade(assigned(), Submission("ada", {"q1": WRONG["q1"], "q2": spy}), 3, FakeKernel)
        said.add(tuple((one.reason, one.feedback, one.output) for one in result.checks.values()))
    assert len(said) == 1


def test_an_answer_that_calls_the_solution_below_it_is_flagged(tmp_path):
    both = source.read(written(
        tmp_path, SETUP, answer("q1", "sum(x)"), answer("q2", "np.sum(x)"), check("c2", DRAW + "show('y', q2(x))"),
        check("h1", DRAW + "show('y', [q1(x), q2(x)])", hidden=True, answers=["q1"])))
    thief = "# ANSWER q1\ndef q1(x): return q2(x)"
    for below in ({}, {"q2": WRONG["q2"]}):
        gained, flags = got(both, q1=thief, **below)
        assert gained == {"h1"}
        assert flags == ("q1 gets h1 only with the solution of q2, which stands below it: look whether it does more "
                         "than call it",)
    assert got(both, **RIGHT) == ({"h1", "c2"}, ())


@pytest.mark.parametrize(("above", "name"), [("import math", "math"), ("def total(x): return sum(x)", "total")])
def test_what_a_right_answer_takes_from_the_cell_of_a_wrong_one_is_flagged(tmp_path, above, name):
    calling = source.read(written(tmp_path, SETUP, answer("q1", "sum(x)"), check("c1"), answer("q2", "1 + q1(x)"),
                                  check("c2", DRAW + "show('y', q2(x))")))
    second = f"# ANSWER q2\ndef q2(x): return {'math.fsum' if name == 'math' else name}([np.float64(1), q1(x)])"
    flag = (f"q2 fails c2 with the solution of q1 and takes {name} from the student's own q1: look whether it is right "
            "but for that")
    assert got(calling, q1=f"{WRONG['q1']}\n{above}", q2=second) == (set(), (flag,))
    assert got(calling, q1=f"{WRONG['q1']}\n{above}", q2=WRONG["q2"]) == (set(), ())
    assert got(calling, q1=f"{RIGHT['q1']}\n{above}", q2=second) == ({"c1", "c2"}, ())


def test_an_answer_that_no_table_of_names_takes_costs_nothing(assigned):
    odd = "# ANSWER q2\nnonlocal y\ndef q2(x): return " + "-" * 900 + "x"
    assert got(assigned(), q1=WRONG["q1"], q2=odd) == (set(), ())
