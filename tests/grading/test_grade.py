"""The judge: what gives points, what a fatal answer costs, what is said and what is not; without a real kernel."""

import contextlib
import signal
from dataclasses import replace

import hostile
import pytest
from authors import EXAMPLE
from fake_kernel import FakeKernel
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("nbval")

from edu_optim.grading import batch, chain, comparison, source
from edu_optim.grading import grade as judge
from edu_optim.grading import result as results
from edu_optim.grading.feedback import page
from edu_optim.grading.grade import grade, seed_for
from edu_optim.grading.submission import Form, Submission, understood
from edu_optim.grading.values import MIME

EXERCISE = source.read(EXAMPLE)
RIGHT = {name: answer.solution for name, answer in EXERCISE.answers.items()}
STUBS = {name: answer.stub for name, answer in EXERCISE.answers.items()}
UNCORRECTED = EXERCISE.checks["c3"].misconceptions[0]


def judged(opened=None, seed=3, seconds=300, **answers):
    """The Result of right answers but for those given; None leaves one out."""
    answers = {name: text for name, text in {**RIGHT, **answers}.items() if text is not None}
    return grade(EXERCISE, Submission("ada", answers), seed, lambda: FakeKernel(opened), seconds)


def reasons(result):
    return {name: check.reason for name, check in result.checks.items() if not check.ok}


def test_right_answers_get_all_points_in_three_kernels():
    opened = []
    result = judged(opened)
    assert (result.state, result.total, reasons(result)) == ("graded", 5.5, {})
    assert len(opened) == 3  # the reference, visible checks, hidden checks
    assert (result.sandbox, result.versions, result.seed) == ("fake", {"python": "3"}, 3)


def test_a_students_kernel_never_sees_solutions_or_both_kinds_of_checks():
    opened = []
    judged(opened, **{name: RIGHT[name] + "\n# mine" for name in RIGHT})
    _, visible, hidden = (set(sources) for sources in opened)
    checks = {name: check.cell["source"] for name, check in EXERCISE.checks.items()}
    assert not (visible | hidden) & set(RIGHT.values())
    assert {name for name, text in checks.items() if text in visible} == {"c1", "c3", "c4"}
    assert {name for name, text in checks.items() if text in hidden} == {"c2"}


def test_a_release_as_it_is_gets_nothing_and_runs_nothing():
    opened = []
    result = judged(opened, **STUBS)
    assert result.total == 0 and set(reasons(result).values()) == {"not answered"} and len(reasons(result)) == 4
    assert opened == []


@pytest.mark.parametrize("text", [None, "", "# ANSWER q2\n# no idea", STUBS["q2"] + "  \n\n"])
def test_no_answer_is_not_answered(text):
    result = judged(q2=text)
    assert (result.total, reasons(result)) == (4, {"c3": "not answered"})


def test_a_wrong_answer_does_not_sink_the_next():
    result = judged(q1="# ANSWER q1\ndef momentum(*_, beta=0): return np.ones(6)\nnp = None\nseed = 'mine'")
    assert result.total == 2.5
    assert reasons(result).keys() == {"c1", "c2"}


def test_a_helper_of_an_earlier_answer_may_be_used():
    result = judged(q1=RIGHT["q1"] + "\ndef minus(a, b): return a - b",
                    q3="# ANSWER q3\ndef after(n, lr): return minus(1, n * lr)")
    assert reasons(result) == {}


@pytest.mark.parametrize(("reason", "said"), [("time", "time limit"), ("cpu", "time limit"),
                                              ("memory", "memory limit"), ("output", "output limit"),
                                              ("kernel ended", "kernel ended")])
@pytest.mark.parametrize("where", ["# ANSWER q2\nend({!r})", "# ANSWER q2\ndef adam(*_): end({!r})"])
def test_a_fatal_answer_costs_only_its_own_question(reason, said, where):
    result = judged(q2=where.format(reason))
    assert (result.total, reasons(result)) == (4, {"c3": said})


def test_what_an_answer_does_to_a_later_one_is_not_the_later_ones_fault():
    opened = []
    result = judged(opened, q1=RIGHT["q1"] + """
real = np
class Np:
    drawn = 0
    def __getattr__(self, name):
        Np.drawn += name == "random"
        if Np.drawn > 1:
            end("kernel ended")
        return getattr(real, name)
np = Np()""")
    assert (result.total, reasons(result)) == (5.5, {})
    assert len(opened) == 6  # beside the usual three: once more without q2, and q2 with the solution of q1 and without
    assert result.flags == ()


def test_no_cell_begins_after_the_time_is_over():
    result = judged(seconds=-1)
    assert {name: check.cause or check.reason for name, check in result.checks.items()} == dict.fromkeys(
        result.checks, "time limit")
    assert result.state == "graded"


def test_a_known_mistake_is_named():
    result = judged(q2=UNCORRECTED.code)
    assert result.checks["c3"].reason == "another result than expected"
    assert result.checks["c3"].feedback == UNCORRECTED.text
    assert judged(q2="def adam(x, g, lr): return np.array(g)").checks["c3"].feedback == ""


@pytest.mark.parametrize(("code", "reason"), [
    ("raise ValueError('x')", "raised ValueError"),
    ("raise type('Secret', (Exception,), {})('x')", "raised an error"),
    ("raise type('ValueError', (Exception,), {})('x')", "raised ValueError"),
    ("raise type('print', (Exception,), {})('x')", "raised an error"),
    ("raise SystemExit(0)", "raised SystemExit"),
])
def test_only_pythons_own_errors_are_named(code, reason):
    assert reasons(judged(q2=f"# ANSWER q2\ndef adam(*_): {code}")) == {"c3": reason}


@pytest.mark.parametrize(("code", "cause"), [
    ("raise KeyError(1)", "raised KeyError"), ("end('memory')", "memory limit"), ("return 1", "raised TypeError"),
    ("return np.ones(5)", "another result than expected: another shape"), ("return np.ones((4, 3))", "another result"),
    ("global show; show = print; return np.ones((4, 3))", "no result was shown")])
def test_a_hidden_check_says_one_bit_and_the_lecturer_learns_why(code, cause):
    result = judged(q1=f"# ANSWER q1\ndef momentum(*_, beta=0): {code}\nmomentum.__name__ = 'me'")
    hidden = result.checks["c2"]
    assert (hidden.reason, hidden.feedback, hidden.output) == ("another result than expected", "", "")
    assert hidden.cause.startswith(cause)


def test_what_the_author_says_of_a_known_mistake_is_told_of_a_hidden_check_too(monkeypatch):
    known = EXERCISE.checks["c1"].misconceptions
    monkeypatch.setitem(EXERCISE.checks, "c2", replace(EXERCISE.checks["c2"], misconceptions=known))
    assert judged(q1=known[0].code).checks["c2"].feedback == known[0].text


def test_output_is_kept_for_visible_checks_only():
    shout = "# ANSWER q1\ndef momentum(*_, beta=0):\n    print('A' * 5000)\n    return np.ones(6)"
    result = judged(q1=shout)
    assert result.checks["c1"].output.startswith("AAA") and len(result.checks["c1"].output) < 2100
    assert result.checks["c2"].output == "" and result.checks["c2"].hidden


def test_what_an_answer_raises_is_said():
    result = judged(q2="# ANSWER q2\ndef adam(:")
    assert reasons(result) == {"c3": "raised SyntaxError"}
    assert result.errors["q2"].startswith("SyntaxError")


@pytest.mark.parametrize("broken", ["raise OSError('no bwrap')", "reference"])
def test_a_broken_grader_is_no_zero(broken, monkeypatch):
    if broken == "reference":
        monkeypatch.setitem(EXERCISE.checks["c1"].cell, "source", "1 / 0")
        result = judged()
    else:
        @contextlib.contextmanager
        def nothing():
            raise OSError("no bwrap")
            yield

        result = grade(EXERCISE, Submission("ada", RIGHT), 3, nothing)
    assert (result.state, result.total, result.checks) == ("grader failed", None, {})
    assert "no bwrap" in result.why or "ZeroDivisionError" in result.why


def test_seeds_differ_by_course_assignment_name_and_answers_and_by_nothing_else():
    seeds = {seed_for(course, name, source, answers) for course in (1, 2**127, 3) for name in ("ada", "bob", "")
             for source in (b"", b"a solution") for answers in ({}, {"q1": "x"}, {"q1": "x\ud800"}, {"q2": "x"})}
    assert len(seeds) == 72 and all(0 <= seed < 2**31 for seed in seeds)
    assert seed_for(1, "M\u00fcller") == seed_for(1, "Mu\u0308ller")
    assert seed_for(1, "ada", b"", {"q1": "x", "q2": "y"}) == seed_for(1, "ada", b"", {"q2": "y", "q1": "x"})


def test_a_worker_is_bounded_and_draws_a_seed_that_no_page_tells(monkeypatch):
    resource = pytest.importorskip("resource")
    seen = {}

    def grade(assignment, submission, seed, open_kernel):
        seen.update(seed=seed, memory=resource.getrlimit(resource.RLIMIT_AS)[0], left=signal.getitimer(0)[0])
        return results.Result(submission.name, results.GRADED, {"c1": results.Judged(True, 1, 1)}, seed=seed)

    monkeypatch.setattr(judge, "grade", grade)
    setting = batch.Setting(EXAMPLE.read_bytes(), 2**127, "none", {})
    result = results.Result.from_json(batch.work(setting, Submission("ada", RIGHT)))
    assert 0 < seen["memory"] <= 4 * 2**30 and 0 < seen["left"] <= 2 * judge.SECONDS
    assert result.seed == seen["seed"] == seed_for(2**127, "ada", EXAMPLE.read_bytes(), RIGHT)
    assert str(result.seed) not in page(result, "Adam")


# ---- comparison


def value(name, number):
    return {"output_type": "display_data", "metadata": {}, "data": {MIME: {"name": name, "value": number}}}


def text(content, name="stdout"):
    return {"output_type": "stream", "name": name, "text": content}


@pytest.mark.parametrize(("due", "got", "same"), [
    ([value("a", 1.0)], [value("a", 1.0 + 1e-9)], True),
    ([value("a", 1.0)], [text("noise"), value("a", 1.0), value("b", 2)], True),
    ([value("a", 1.0)], [value("a", 1.1)], False),
    ([value("a", 1.0)], [value("a", True)], False),
    ([value("a", 1.0)], [value("a", 2.0), value("a", 1.0)], True),
    ([value("a", 1.0)], [text("1.0")], False),
    ([value("a", 1.0)], [], False),
    ([text("1.5\n")], [text("1."), text("careful", "stderr"), text("5\n")], True),
    ([text("1.5\n")], [text("1.6\n")], False),
    ([text("1.5\n")], [], False),
    ([], [], False),
    ([text("careful", "stderr")], [text("careful", "stderr")], False),
])
def test_outputs_are_compared_by_value_and_else_by_text(due, got, same):
    assert (comparison.difference(EXERCISE.checks["c3"], due, got) is None) == same


def test_the_item_is_nbvals_own():
    from nbval.plugin import IPyNbCell

    assert issubclass(comparison.ValueCell, IPyNbCell)


# ---- the law: whatever an editor does to a notebook, honest answers keep their points


@st.composite
def mangled(draw, cells):
    """Cells of a release with answers in them, after some editors."""
    cells = [dict(cell) for cell in cells]
    for _ in range(draw(st.integers(1, 4))):
        change = draw(st.sampled_from(["reorder", "double", "ids", "metadata", "outputs", "drop", "lists", "role"]))
        if change == "reorder":
            cells = draw(st.permutations(cells))
        elif change == "double":
            cells = [*cells, dict(draw(st.sampled_from(cells)))]
        elif change == "ids":
            cells = [{**cell, "id": f"n{i}"} for i, cell in enumerate(cells)]
        elif change == "metadata":
            cells = [{**cell, "metadata": {}} for cell in cells]
        elif change == "outputs":
            cells = [{**cell, "outputs": [value("path", 3.0)], "execution_count": 7} for cell in cells]
        elif change == "drop":
            kept = [cell for cell in cells if "# ANSWER" in "".join(cell["source"])]
            cells = kept if draw(st.booleans()) else cells
        elif change == "lists":
            cells = [{**cell, "source": "".join(cell["source"]).splitlines(True)} for cell in cells]
        elif change == "role":
            cells = [{**cell, "metadata": {"edu_optim": {"role": "check", "name": "c1", "points": 99}}}
                     for cell in cells]
    return cells


ANSWERED = [{**cell, "source": RIGHT.get(cell["metadata"].get("edu_optim", {}).get("name"), cell["source"])}
            for cell in EXERCISE.released(1)]


@given(mangled(ANSWERED), st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "utf-32"]))
@settings(max_examples=100)
def test_honest_answers_keep_their_points_whatever_an_editor_does(cells, encoding):
    import json

    data = json.dumps(hostile.notebook(cells), ensure_ascii=False).encode(encoding)
    read = understood(data, "ada", Form.of(EXERCISE.released(1)))
    assert grade(EXERCISE, read, 3, FakeKernel).total == 5.5


@given(st.sets(st.sampled_from(sorted(RIGHT))), st.sets(st.sampled_from(sorted(RIGHT))), st.integers(0, 2**31 - 1))
@settings(max_examples=60)
def test_points_are_those_of_the_right_answers(wrong, fatal, seed):
    bad = {name: f"# ANSWER {name}\nmomentum = adam = after = lambda *a, **k: np.ones(3)" for name in wrong}
    bad.update({name: f"# ANSWER {name}\nend('memory')" for name in fatal})
    due = {"q1": 3, "q2": 1.5, "q3": 1}
    # A wrong answer that takes the names of the others makes those fail in its kernel, but not on the reference.
    assert judged(seed=seed, **bad).total == sum(points for name, points in due.items() if name not in bad)


def test_a_chain_blames_the_answer_that_a_check_is_about():
    steps = [chain.Step("answer", "q1", "f = 1"), chain.Step("answer", "q2", "g = 1"),
             chain.Step("check", "c1", "end('memory')", ("q1",)), chain.Step("check", "c2", "g", ("q2",))]
    played = chain.play(steps, FakeKernel, 1e12)
    assert played.fatal == {"q1": ("memory", 9.0, False)}
    assert played.checks["c2"].reason is None
