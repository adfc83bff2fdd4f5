"""What an author is told before releasing: each slip on its own, and nothing about a good assignment."""

import math

import pytest
from authors import ANSWER, DRAW, EXAMPLE, SETUP, answer, check, code, text, written

import edu_optim
from edu_optim.grading.assignment import Check
from edu_optim.grading.guessing import ENOUGH, bits
from edu_optim.grading.lint import lint
from edu_optim.grading.reach import out_of_reach
from edu_optim.grading.source import read
from edu_optim.grading.values import Tolerance, encoded

TEMPLATE = f"{edu_optim.__path__[0]}/data/assignment.ipynb"


def made(rtol=1e-6):
    return Check("c1", 1, False, {"*": Tolerance(rtol)}, (), (), {})


@pytest.mark.parametrize("values, guessable", [
    ({"ok": True}, True),
    ({"ok": "OK"}, True),
    ({"n": 17}, True),
    ({"x": 0.5}, True),
    ({"x": 1 / 3}, False),
    ({"x": 100.0}, True),
    ({"x": [0.0] * 50}, True),
    ({"x": [True, False] * 50}, True),
    ({"x": list(range(100))}, False),
    ({"x": math.inf, "y": math.nan}, True),
    ({"x": "the second moment, by its square root"}, False),
])
def test_what_can_be_guessed(values, guessable):
    stated = {name: encoded(name, value) for name, value in values.items()}
    assert (bits(stated, made()) < ENOUGH) == guessable


def test_a_loose_tolerance_makes_guessing_easy_and_so_does_what_is_known():
    assert bits({"x": 1 / 3}, made(1e-2)) < ENOUGH <= bits({"x": 1 / 3}, made(0.0))
    assert bits({"x": 1 / 3, "y": 2 / 3}, made(), {"x": 1 / 3, "y": 0.1}) == bits({"y": 2 / 3}, made())
    wide = Check("c1", 1, False, {"*": Tolerance(1e-6, 1e6)}, (), (), {})
    assert bits({"x": encoded("x", [1 / 3, 2 / 3, 4 / 7])}, wide) == 0
    one, two = encoded("x", [1 / 3, 2 / 3]), encoded("x", [1 / 3 + 1e-12, 4 / 7])
    assert bits({"x": one}, made(), {"x": two}) == pytest.approx(bits({"x": 2 / 3}, made()), abs=0.01)


@pytest.mark.parametrize("path", [EXAMPLE, TEMPLATE])
def test_a_good_assignment_gets_no_remark(path):
    assert lint(path) == []


def test_a_source_that_cannot_be_graded_is_not_run(tmp_path):
    (remark,) = lint(written(tmp_path, SETUP, code("# ANSWER q1\nx = 1"), check()))
    assert (remark.cell, remark.line) == (2, 1)


def test_slips_that_the_source_shows(tmp_path):
    wrong = {"name": "thrice", "text": "this is three times what it is to be", "code": ANSWER.format("q2", "3 * x")}
    path = written(
        tmp_path, text("Do not write `return x + x + 0 * x`.\n\nthis is three times what it is to be"), SETUP,
        code("seed, other = 1, 2"),
        code(ANSWER.format("q1", "x + x + 0 * x").split("\n", 1)[1], role="answer", name="q1", point=3),
        answer("q2"), answer("q3"), check("c2", DRAW + "show('y', q2(x))", points=0, misconceptions=[wrong]),
        check("really secret", DRAW + "show('y', q2(x))", points=0, hidden=True), code("# really secret is the third"))
    remarks = [(remark.cell, remark.line, remark.text) for remark in lint(path, run=False)]
    for cell, line, words in [
            (None, None, "0 points"), (1, 1, "the solution of 'q1'"), (1, 3, "the misconception 'thrice'"),
            (3, None, "seed gets a value"), (4, None, "the metadata 'point'"),
            (4, 1, "the first line is not # ANSWER q1"), (4, None, "no check is about answer 'q1'"),
            (6, None, "no check is about answer 'q3'"), (9, 1, "the name of a hidden check")]:
        assert [remark for remark in remarks if remark[:2] == (cell, line) and words in remark[2]], words
    assert len(remarks) == 9


def test_slips_that_running_it_shows(tmp_path):
    def misconception(name, wrong):
        return {"name": name, "text": f"{name}?", "code": ANSWER.format("q1", wrong)}

    slips = {
        "shows no value": check("none", DRAW + "q1(x)"),
        "can be guessed": check("right", DRAW + "show('ok', bool((q1(x) == 2 * x).all()))", hidden=True),
        "shows nothing that an answer has a part in": check("idle", DRAW + "q1(x)\nshow('s', float(seed) * 1.2345678)"),
        "is worth 0 bits": check("wide", tolerance={"y": {"atol": 1e6}}, hidden=True),
        "allows for 0.9 times the largest": check("loose", DRAW + "show('x', q1(x))\nshow('y', x[0] + q1(x))",
                                               tolerance={"y": {"rtol": 0.9}}),
        "which it never shows: it shows 'y'": check("misnamed", tolerance={"mm2": {"rtol": 1e-3}}),
        "the same for every seed, and": check("constant", (
            "show('s', float(seed) * 1.2345678)\nshow('y', q1(np.array([0.12345, 6.78901])))")),
        "the same for every seed": check("fixed", "show('y', q1(np.array([0.12345, 6.78901])))"),
        "its tolerance is less than 100 times": check("tight", (
            "draw = np.random.RandomState(seed)\nA = draw.normal(size=(60, 60))\n"
            "show('y', q1(np.linalg.solve(A, draw.normal(size=60))))"), tolerance={"y": {"rtol": 1e-15, "atol": 0}}),
        "y is 0 up to rounding": check("zero", DRAW + "show('x', q1(x))\nshow('y', float(q1(x[0]) - 2 * x[0]))"),
        "it fails: ZeroDivisionError": check("broken", DRAW + "show('x', q1(x))\n1 / 0"),
        "kind or shape": check("unsteady", (
            DRAW + "import os\nshow('y', q1(x)[:2 + (os.environ['OMP_NUM_THREADS'] > '1')])")),
        "'same' gives the right values": check("same", misconceptions=[misconception("same", "x + x * (1 + 1e-7)")]),
        "'one' and 'two' give the same": check("twins", misconceptions=[
            misconception("one", "3 * x"), misconception("two", "x + 2 * x"), misconception("three", "4 * x")]),
        "'raises' gives nothing to know it by": check("raising", misconceptions=[misconception("raises", "1 / 0")]),
    }
    remarks = lint(written(tmp_path, SETUP, answer(), check(), *slips.values()))
    print(*remarks, sep="\n")
    for number, (words, slip) in enumerate(slips.items(), 4):
        found = [remark for remark in remarks if remark.cell == number]
        assert any(words in remark.text for remark in found), words
        assert len(found) == 1 + ("wide" in slip["metadata"]["edu_optim"]["name"]), words
    assert {remark.line for remark in remarks if "allows for 0.9 times" in remark.text} == {3}
    assert len(remarks) == len(slips) + 1


def test_an_assignment_that_ends_its_kernel_is_a_remark(tmp_path):
    (remark,) = lint(written(tmp_path, SETUP, answer(), code("import os; os._exit(1)"), check()))
    assert "the kernel ended" in remark.text


@pytest.mark.parametrize("source, idle", [
    ("show('x', draw(seed))\nshow('y', q1(2))", {"x"}),
    ("x = draw(seed)\ny = q1(x)\nshow('x', x)", set()),  # q1 may have changed it
    ("for k in range(3):\n    show('y', y)\n    y = q1(k)", set()),
    ("for k in range(3):\n    show('n', k)", {"n"}),
    ("show('z', late())", set()),
    ("show('w', made)\nshow('shape', np.shape(made))", set()),
    ("for name in 'ab':\n    show(name, 1.0)", set()),
])
def test_what_no_answer_has_a_part_in(tmp_path, source, idle):
    """A set-up may call an answer that stands below it, and keep what an answer above it made."""
    path = written(tmp_path, SETUP, code("def draw(n): return n"), code("def late(): return q1(3)"), answer(),
                   code("made = q1(2)"), check("c1", source))
    assignment = read(path)
    assert out_of_reach(assignment.cells, assignment.checks["c1"].cell) == idle


def test_a_line_of_a_hidden_check_in_what_students_read(tmp_path):
    secret = "show('secret', q1(x * 4711))"
    path = written(tmp_path, text(f"Try this:\n    {secret}"), SETUP, answer(), check(),
                   code(f"# {secret}"), check("c2", DRAW + secret, hidden=True))
    assert [(one.cell, one.line) for one in lint(path, run=False)] == [(1, 2), (5, 1)]
    assert all("a line of a hidden check" in one.text for one in lint(path, run=False))


def test_a_hidden_check_may_call_an_answer_by_the_names_that_were_asked_for(tmp_path):
    """Its head says as much: `def multiples(x, width)`."""
    two = answer("multiples", "x * width")
    two["source"] = two["source"].replace("(x)", "(x, width)")
    source = "def none(x, width):\n    multiples(x, width)\nshow('y', multiples(x, float(seed)))"
    path = written(tmp_path, SETUP, two, text("`multiples(x, width)` is an array."),
                   check("c1", DRAW + "show('y', multiples(x, 2))"), check("c2", DRAW + source, hidden=True))
    assert lint(path, run=False) == []


def test_a_check_that_uses_an_answer_below_those_it_is_about(tmp_path):
    both = DRAW + "show('y', [q1(x), q2(x)])"
    (remark,) = lint(written(tmp_path, SETUP, answer("q1", "x + x"), answer("q2"), check("c1", both, answers=["q1"]),
                             check("c2", DRAW + "show('y', q2(x))")), run=False)
    assert (remark.cell, "leave out 'q2'" in remark.text) == (4, True)
    assert lint(written(tmp_path, SETUP, answer("q1", "x + x"), answer("q2"), check("c1", both, answers=["q2"]),
                        check("c2", DRAW + "show('y', q1(x))")), run=False) == []
