"""An assignment's source: what is read from it, what is refused, and the cells made from it."""

import re

import pytest
from authors import ANSWER, DRAW, EXAMPLE, SETUP, answer, check, code, text, written

from edu_optim.grading.declared import Misconception
from edu_optim.grading.marks import answer_name
from edu_optim.grading.source import SourceError, read
from edu_optim.grading.template import new
from edu_optim.grading.values import Tolerance

WRONG = {"name": "thrice", "text": "this is three times x", "code": ANSWER.format("q1", "3 * x")}


LOUD = ANSWER.format("q1", "x").replace("return x", "show('mean', x)\n    return x")


def beside(**more):
    """A check with metadata beside those that are heeded."""
    return check() | {"metadata": check()["metadata"] | more}


def sources(cells, *roles):
    return [cell["source"] for cell in cells if cell["metadata"]["edu_optim"]["role"] in roles]


def test_the_example():
    assignment = read(EXAMPLE)
    assert assignment.title == "Momentum and Adam, by hand"
    assert list(assignment.answers) == ["q1", "q2", "q3"]
    assert {name: (check.points, check.hidden) for name, check in assignment.checks.items()} == {
        "c1": (1, False), "c2": (2, True), "c3": (1.5, False), "c4": (1, False)}
    assert assignment.checks["c1"].allowed("path") == Tolerance(1e-7, 1e-10)
    assert assignment.checks["c2"].allowed("path") == Tolerance()
    assert [wrong.name for check in assignment.checks.values() for wrong in check.misconceptions] == [
        "rate outside", "no bias correction"]


def test_a_release_is_made_of_what_students_may_see(tmp_path):
    path = written(tmp_path, text("# Doubling"), text("for me", role="note"), SETUP, code("seed = 9"),
                   answer(), check(tolerance=1e-3, misconceptions=[WRONG]), check("secret", hidden=True))
    cells = read(path).released(4)
    assert [cell["source"] for cell in cells] == [
        "# Doubling", SETUP["source"], "seed = 4",
        '# ANSWER q1\ndef q1(x):\n    # your answer here\n    raise NotImplementedError("q1 is not answered yet")',
        DRAW + "show('y', q1(x))"]
    assert [cell["id"] for cell in cells] == ["cell-1", "cell-3", "cell-4", "cell-5", "cell-6"]
    assert [cell["metadata"].get("edu_optim") for cell in cells] == [
        None, {"role": "setup"}, {"role": "seed"}, {"role": "answer", "name": "q1"},
        {"role": "check", "name": "c1", "points": 1}]


def test_without_an_own_seed_the_released_one_stands_before_all_code(tmp_path):
    cells = read(written(tmp_path, text("# Doubling"), SETUP, answer(), check())).released(4)
    assert [cell["source"] for cell in cells][:3] == ["# Doubling", "seed = 4", SETUP["source"]]


def test_the_reference_holds_solutions_or_the_answers_given(tmp_path):
    assignment = read(written(tmp_path, SETUP, code("seed = 9", role="setup"), code("%%bash\nscratch", role="note"),
                              answer(), check(), answer("q2", "x"), check("c2", hidden=True)))
    own = "# ANSWER q2\ndef q2(x): return 5"
    assert sources(assignment.reference(), "seed") == []
    assert sources(assignment.reference(), "answer") == [ANSWER.format("q1", "2 * x"), ANSWER.format("q2", "x")]
    assert sources(assignment.reference({"q2": own, "unknown": "?"}), "answer") == [ANSWER.format("q1", "2 * x"), own]
    with_seed = assignment.reference(seed=3)
    roles = [cell["metadata"]["edu_optim"]["role"] for cell in with_seed]
    assert roles == ["seed", "setup", "answer", "seed", "check", "answer", "seed", "check"]
    again = "from edu_optim.grading import show\nseed = 3"  # whatever an answer made of them
    assert sources(with_seed, "seed") == ["seed = 3", again, again]
    assert len({cell["id"] for cell in with_seed}) == len(with_seed)


def test_changing_the_cells_one_gets_changes_no_assignment():
    assignment = read(EXAMPLE)
    for cells in (assignment.reference(), assignment.released(1)):
        for cell in cells:
            cell["source"] = ""
            cell["metadata"].clear()
    assert assignment == read(EXAMPLE)
    assert assignment.reference() == read(EXAMPLE).reference()


def test_a_misconception_runs_with_what_stands_between_and_is_put_right_again(tmp_path):
    between = code("twice = q1(x)")
    assignment = read(written(tmp_path, SETUP, answer(), between, answer("q2", "x"), check(misconceptions=[WRONG])))
    assert assignment.checks["c1"].misconceptions == (Misconception(**WRONG, answer="q1"),)
    cells, again = assignment.misconceived(3), assignment.before_check(3)
    assert [cell["source"] for cell in cells] == [
        WRONG["code"], "twice = q1(x)", again, DRAW + "show('y', q1(x))",
        ANSWER.format("q1", "2 * x"), "twice = q1(x)", again]
    assert cells[3]["metadata"]["edu_optim"]["misconception"] == "thrice"
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_a_misconception_without_a_mark_is_one_of_the_answer_above(tmp_path):
    wrong = WRONG | {"code": "def q2(x): return 3 * x"}
    (found,) = read(written(tmp_path, SETUP, answer(), answer("q2"), check(misconceptions=[wrong]))).checks[
        "c1"].misconceptions
    assert (found.answer, answer_name(found.code)) == ("q2", "q2")


def test_an_answer_is_known_by_its_metadata_or_by_its_mark(tmp_path):
    marked, declared = code(ANSWER.format("q1", "x")), code(ANSWER.format("q2", "x").split("\n", 1)[1],
                                                            role="answer", name="q2")
    assignment = read(written(tmp_path, marked, declared, check()))
    assert list(assignment.answers) == ["q1", "q2"]
    assert answer_name(assignment.answers["q2"].stub) == "q2"


def test_an_old_notebook_without_ids_gets_the_same_ones_each_time(tmp_path):
    path = written(tmp_path, SETUP, answer(), check())
    path.write_text(re.sub(r'"id": "[^"]*", ', "", path.read_text()).replace(
        '"nbformat_minor": 5', '"nbformat_minor": 4'))
    assert [cell["id"] for cell in read(path).released(1)] == ["seed", "cell-1", "cell-2", "cell-3"]


@pytest.mark.parametrize("cells, where, words", [
    ([code("# ANSWER q1\nx = 1"), check()], "cell 2, line 1", "answer 'q1' marks no solution"),
    ([code("# ANSWER q1\n### BEGIN SOLUTION\nx = 1"), check()], "cell 2, line 2", "does not end"),
    ([code("# ANSWER q1\nx = 1\n### END SOLUTION"), check()], "cell 2, line 3", "has not begun"),
    ([code("# ANSWER q1\n### BEGIN SOLUTION\n### BEGIN SOLUTION"), check()], "cell 2, line 3", "the one of line 2"),
    ([code("# ANSWER q1\n### BEGIN HIDDEN TESTS"), check()], "cell 2, line 2", '"hidden": true'),
    ([code("x = 1\n### BEGIN SOLUTION", role="setup"), answer(), check()], "cell 2, line 2", "only answers have"),
    ([answer(), answer(), check()], "cell 3, line 1", "two answers 'q1'"),
    ([answer() | {"metadata": {"edu_optim": {"role": "answer", "name": "q2"}}}, check()], "cell 2", "them the same"),
    ([code(ANSWER[10:], role="answer"), check()], "cell 2", "the answer's name None"),
    ([answer(), check(), check()], "cell 4", "two checks 'c1'"),
    ([check(), answer()], "cell 2", "no answer stands above"),
    ([answer(), check("total")], "cell 3", "none of submission, total"),
    ([answer(), check("=cmd")], "cell 3", "the check's name '=cmd'"),
    ([answer(), check(points=True)], "cell 3", 'write "points": 1'),
    ([answer(), check(points=-1)], "cell 3", "points=-1"),
    ([answer(), check(hidden="no")], "cell 3", "must be true or false"),
    ([answer(), check(tolerance={"y": 1e-3})], "cell 3", "the tolerance 0.001 of 'y'"),
    ([answer(), check(tolerance={"y": {"rtol": -1}})], "cell 3", "numbers of at least 0"),
    ([answer(), check(tolerance="tight")], "cell 3", "'tight'"),
    ([answer(), check(answers="q1")], "cell 3", "must be a list of answers above it: q1"),
    ([answer(), check(misconceptions=WRONG)], "cell 3", "must be a list"),
    ([answer(), check(misconceptions=[{"name": "x"}])], "cell 3", "the texts code, name, text"),
    ([answer(), check(misconceptions=[WRONG, WRONG])], "cell 3", "two misconceptions 'thrice'"),
    ([answer(), check(misconceptions=[WRONG | {"code": "# ANSWER q7\n"}])], "cell 3", "a wrong answer 'q7'"),
    ([answer(), code("x", role="chekc", name="c1")], "cell 3", "the role 'chekc' is not known"),
    ([text("essay", role="answer", name="q1"), check()], "cell 2", "make it a code cell"),
    ([answer()], "", 'no cell has the role "check"'),
    ([code("# ANSWER q1\n### BEGIN SOLUTION\n# none\n### END SOLUTION"), check()], "cell 2, line 1", "is empty"),
    ([answer(), answer("Q1"), check()], "cell 3, line 1", "two answers 'Q1'"),
    ([answer() | {"source": LOUD}, check()], "cell 2, line 4", "the solution calls show"),
    ([answer(), check("c1", "# BEGIN HIDDEN TESTS\nshow('y', q1(2))")], "cell 3, line 1", '"hidden": true'),
    ([code("### BEGIN HIDDEN TESTS\nx = 1", role="setup"), answer(), check()], "cell 2, line 1", '"hidden": true'),
    ([answer(), check(), text("So:\n### BEGIN SOLUTION\nx\n### END SOLUTION")], "cell 4, line 2", "a cell of text"),
    ([answer(), check(), text("<!-- begin solution -->")], "cell 4, line 1", "a cell of text"),
    ([answer(), check(), text("### BEGIN SOLUTION") | {"cell_type": "raw"}], "cell 4, line 1", "a cell of text"),
    ([answer(), beside(hidden=True)], "cell 3, line 1", '"name": "c1", "points": 1, "hidden": true}'),
    ([answer(), beside(tolerance=1e-3)], "cell 3, line 1", '"tolerance" stand beside'),
    ([answer(), beside(tags=["hidden"])], "cell 3, line 1", 'the tag "hidden" is not heeded'),
    ([answer(), check(hiden=True)], "cell 3, line 1", '"hiden" mean nothing, and the cell would be released'),
    ([answer(), check(Hidden="yes")], "cell 3, line 1", '"Hidden" mean nothing'),
    ([code("key = 3", role="setup", hidden=True), answer(), check()], "cell 2, line 1", "only a check can"),
    ([answer(), check(independent=True)], "cell 3, line 1", "of an answer"),
])
def test_what_cannot_be_graded_is_refused_with_cell_and_line(tmp_path, cells, where, words):
    with pytest.raises(SourceError) as caught:
        read(written(tmp_path, SETUP, *cells))
    assert where in str(caught.value.remarks[0])
    assert words in str(caught.value)


@pytest.mark.parametrize("mark", [
    "### BEGIN SOLUTON", "###BEGIN SOLUTION", "### begin solution", "### Begin Solution", "#### BEGIN SOLUTION",
    "## BEGIN SOLUTION", "# ## BEGIN SOLUTION", "### BEGIN SOLUTION:", "### BEGIN  SOLUTION",
    "x = 1  ### BEGIN SOLUTION", "### BEGIN_SOLUTION", "# start solution", "### SOLUTION", "### END",
    "### END SOLUTIONS", "### BEGIN HIDDEN TEST",
    "### BEGIN MARK SCHEME", "### \uff22EGIN SOLUTION"])
def test_what_only_resembles_a_mark_is_refused_in_every_cell_of_code(tmp_path, mark):
    with_it = answer() | {"source": f"{answer()['source']}\n{mark}"}
    for cells in ([with_it, check()], [answer(), check("c1", f"{DRAW}\n{mark}")], [code(mark), answer(), check()]):
        with pytest.raises(SourceError, match="released"):
            read(written(tmp_path, SETUP, *cells))


@pytest.mark.parametrize("remark", [
    "# the end of the solution is near", "# solution of the linear system", "# hidden layer", "# begin", "# end of it",
    "### step 2", "print('solution')"])
def test_what_is_only_a_remark_is_none(tmp_path, remark):
    read(written(tmp_path, text("### Solution of a system\n\n## End"), code(remark), answer(), check()))


def test_the_title_is_the_first_that_students_see(tmp_path):
    cells = text("# The trick is the bias", role="note"), SETUP, answer(), check()
    assert read(written(tmp_path, *cells)).title == "a1"
    assert read(written(tmp_path, *cells, text("# Adam"))).title == "Adam"


def test_attachments_are_released_if_a_text_refers_to_just_them(tmp_path):
    names = "sol.png", "sol.png.public", "my plot (2).png", "a.png", "b.png"
    shown = "![](attachment:sol.png.public) ![](attachment:my%20plot%20%282%29.png)\n<img src='attachment:a.png'> b.png"
    cell = text(shown) | {"attachments": {name: {"image/png": "AAAA"} for name in names}}
    first = read(written(tmp_path, cell, SETUP, answer(), check())).released(1)[0]
    assert sorted(first["attachments"]) == ["a.png", "my plot (2).png", "sol.png.public"]


def test_a_show_of_another_module_is_not_brought_back(tmp_path):
    assert read(written(tmp_path, code("from course import show"), answer(), check())).before_check(3) == "seed = 3"


def test_all_faults_are_named_at_once(tmp_path):
    with pytest.raises(SourceError) as caught:
        read(written(tmp_path, SETUP, code("# ANSWER q1\nx = 1"), answer("q2"), check(points=None), check(hidden=1)))
    assert [remark.cell for remark in caught.value.remarks] == [2, 4, 5]


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}'])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "a1.ipynb"
    path.write_text(content)
    with pytest.raises(SourceError, match="no notebook"):
        read(path)


def test_a_new_assignment_never_replaces_a_file(tmp_path):
    path = new(tmp_path / "course" / "a2", "Doubling")
    assert read(path).title == "Doubling"
    with pytest.raises(FileExistsError):
        new(path)


SECRET = "the trick is to divide by two"


@pytest.mark.parametrize("ours", [
    *({"role": role} for role in ("notes", "Note", "note ", "solution", "hidden", "setup", None, ["note"], {})),
    {"rolle": "note"}, {"name": "note"}])
@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_text_has_no_role_but_note(tmp_path, ours, kind):
    with pytest.raises(SourceError, match="a cell of text cannot have the role"):
        read(written(tmp_path, SETUP, text(SECRET, **ours) | {"cell_type": kind}, answer(), check()))


@pytest.mark.parametrize("metadata", [
    {"edu-optim": {"role": "note"}}, {"Edu_optim": {"role": "note"}}, {"eduoptim": {}}, {"edu_optim": {"Role": "note"}},
    {"tags": ["x", "note"]}, {"tags": ["Solution"]}, {"tags": ["instructor"]}, {"tags": ["remove-cell"]},
    {"nbgrader": {"solution": True}}])
@pytest.mark.parametrize("made", [text(SECRET), code(f"# {SECRET}")])
def test_what_another_tool_would_hide_is_not_released(tmp_path, metadata, made):
    with pytest.raises(SourceError, match=r"\n  cell 2, line 1: the (tag|metadata)"):
        read(written(tmp_path, SETUP, made | {"metadata": metadata}, answer(), check()))
    note = made | {"metadata": {"tags": ["solution", 3], "nbgrader": {"solution": True}, "edu_optim": {"role": "note"}}}
    read(written(tmp_path, SETUP, note, answer(), check()))


def test_points_have_a_limit(tmp_path):
    assert read(written(tmp_path, SETUP, answer(), check(points=10**6))).checks["c1"].points == 10**6
    with pytest.raises(SourceError, match="not a number from 0 to 1000000"):
        read(written(tmp_path, SETUP, answer(), check(points=1e308)))


def test_what_cannot_be_released_is_refused(tmp_path):
    with pytest.raises(SourceError, match="the id 'cell-1', as cell 1 has"):
        read(written(tmp_path, SETUP, answer() | {"id": "cell-1"}, check()))
    with pytest.raises(SourceError, match="half a letter"):
        read(written(tmp_path, SETUP, text("one\n\ud800"), answer(), check()))


def test_a_solution_does_not_show_through_a_module_either(tmp_path):
    for call, refused in (("gr.show('y', x)", True), ("gr.show('y', value=x)", True), ("plt.show()", False),
                          ("plt.show(block=False)", False)):
        path = written(tmp_path, SETUP, code(LOUD.replace("show('mean', x)", call), role="answer", name="q1"), check())
        if refused:
            with pytest.raises(SourceError, match="the solution calls show"):
                read(path)
        else:
            read(path)
