"""Magics that arrange a notebook, in a kernel that has nothing to arrange."""

import pytest
from authors import EXAMPLE, code
from fake_kernel import FakeKernel

pytest.importorskip("nbval")

from edu_optim.grading import preamble, source
from edu_optim.grading.grade import grade
from edu_optim.grading.rehearse import rehearse
from edu_optim.grading.submission import Submission

SHOW = "from edu_optim.grading import show\nshow('x', x)"


def test_an_answer_goes_on_below_a_magic_that_only_arranges():
    arranging = ["%matplotlib no_such_backend\nx = 1", "%load_ext no_such_extension\nx = 1", "%no_such_magic 3\nx = 1",
                 "%pylab no_such_backend\nx = 1"]
    others = ["%config NoSuchThing.y = 3\nx = 1", "%matplotlib inline\nx = 1", "%time x = 1",
              "x = 1\n%time y = x + 1\nx = y - 1"]
    cells = [cell for source in arranging + others for cell in ("x = 0", source, SHOW)]
    runs = rehearse([code(source, role="setup") for source in (preamble.SOURCE, *cells)])
    assert [run.error for run in runs] == [None] * len(runs)
    assert [run.values for run in runs if run.values] == [{"x": 1}] * len(arranging + others)
    assert [any("does nothing here" in output.get("text", "") for output in run.outputs) for run in runs[2::3]] == [
        *[True] * len(arranging), *[False] * len(others)]


def test_a_magic_that_runs_code_still_fails():
    runs = rehearse([code(source, role="setup") for source in (preamble.SOURCE, "%run no_such_file.py", "%time 1 / 0")])
    assert [bool(run.error) for run in runs] == [False, True, True]


@pytest.mark.parametrize("name", ["forgive_magics", "inspect"])
def test_nothing_is_left_behind(name):
    names = {}
    exec(preamble.SOURCE, names)  # outside a kernel it does nothing
    assert name not in names


@pytest.mark.parametrize("instead", ["show = print", "seed = 'mine'", "def show(*_, **__): print('right')"])
def test_a_show_or_seed_of_the_students_own_costs_nothing(instead):
    opened, exercise = [], source.read(EXAMPLE)
    answers = {name: f"{answer.solution}\n{instead}" for name, answer in exercise.answers.items()}
    assert grade(exercise, Submission("ada", answers), 3, lambda: FakeKernel(opened)).total == 5.5
    assert len(opened) == 3 and all(sources[0] == preamble.SOURCE for sources in opened)


def test_an_unknown_cell_magic_costs_no_answer():
    cells = ["%%no_such_magic -r 3\nx = 1", SHOW, "%%no_such_magic\n%time x = 2", SHOW, "%%time\nx = 3", SHOW,
             "%%no_such_magic\n1 / 0"]
    runs = rehearse([code(source, role="setup") for source in (preamble.SOURCE, *cells)])
    assert [run.values for run in runs if run.values] == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert [bool(run.error) for run in runs] == [*[False] * 7, True]
