"""A student's own check, with what editors and students do to a notebook."""

import json

import nbformat
import pytest
from authors import EXAMPLE, SETUP, answer, check, written

from edu_optim.grading import finding
from edu_optim.grading.release import release
from edu_optim.grading.selfcheck import SelfCheckError, remarks, selfcheck
from edu_optim.grading.selfcheck import _told as told
from edu_optim.grading.source import read
from edu_optim.grading.values import encoded


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return release(read(EXAMPLE), tmp_path_factory.mktemp("release"))


def student(released, folder, answers, change=None):
    """The path of a student's notebook: the release with these answers' sources."""
    notebook = nbformat.read(released, 4)
    for cell in notebook.cells:
        ours = cell.metadata.get("edu_optim", {})
        if ours.get("role") == "answer" and ours["name"] in answers:
            cell.source = answers[ours["name"]]
    if change:
        change(notebook)
    path = folder / "mine.ipynb"
    nbformat.write(notebook, path)
    return path


RIGHT = {name: one.solution for name, one in read(EXAMPLE).answers.items()}


def test_right_wrong_and_unanswered(released, tmp_path):
    wrong = RIGHT["q1"].replace("x = x + m", "x = x - m")
    results = selfcheck(student(released, tmp_path, {"q1": wrong, "q2": RIGHT["q2"]}))
    assert [(one.check, one.right) for one in results] == [("c1", False), ("c3", True), ("c4", False)]
    assert results[0].text.startswith("path: another value than expected: number 1 of ")
    assert "yours is 1.14562, a right answer gives 0.854382" in results[0].text
    assert [one.text for one in results[1:]] == ["right", "q3 is not answered yet"]
    assert [one.answered for one in results] == [True, True, False]


def test_another_seed_of_the_student_and_outputs_that_an_editor_rewrote_do_not_matter(released, tmp_path):
    def change(notebook):
        for cell in notebook.cells:
            if cell.source == "seed = 1":
                cell.source = "seed = 5"
            if cell.cell_type == "code":
                cell.outputs = []

    path = student(released, tmp_path, RIGHT | {"q1": RIGHT["q1"] + "\nseed = 77"}, change)
    assert all(one.right for one in selfcheck(path))


def test_a_notebook_that_lost_its_metadata_is_checked_by_the_release(released, tmp_path):
    def change(notebook):
        notebook.metadata.pop("edu_optim")
        for cell in notebook.cells:
            cell.metadata, cell.id = {}, cell.id + "-changed"

    path = student(released, tmp_path, RIGHT, change)
    with pytest.raises(SelfCheckError, match="--release FILE"):
        selfcheck(path)
    assert [one.text for one in selfcheck(path, released)] == ["right"] * 3


def test_answers_are_found_as_the_grader_finds_them(released, tmp_path):
    """Own cells, changes in set-up cells, a show of one's own, an answer in two cells, another draft of it."""
    def change(notebook):
        at = next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("edu_optim", {}).get("name") == "q2")
        first, _, second = notebook.cells[at].source.partition("    m, v")
        half = nbformat.from_dict({**notebook.cells[at], "id": "half", "source": f"    m, v{second}"})
        notebook.cells[at].source = first.rstrip()
        notebook.cells.insert(at + 1, half)
        notebook.cells.insert(0, nbformat.v4.new_code_cell("helper = print"))
        setup = next(cell for cell in notebook.cells if cell.metadata.get("edu_optim", {}).get("role") == "setup")
        setup.source += "\nhelper = print"
        draft = next(cell for cell in nbformat.read(released, 4).cells if cell.source.startswith("# ANSWER q2"))
        draft.id = "draft"
        notebook.cells.append(draft)

    answers = {"q1": RIGHT["q1"] + "\nfrom pylab import *\nseed = show = 3", "q2": RIGHT["q2"],
               "q3": RIGHT["q3"].replace("1 - n", "helper() or 1 - n")}
    path = student(released, tmp_path, answers, change)
    texts = [one.text for one in selfcheck(path, released)]
    assert texts[:2] == ["right", "right"]
    assert texts[2].startswith("it raised NameError: name 'helper' is not defined in the line: ")
    found = {finding.OWN_CELLS, finding.JOINED.format("q2")}
    assert set(remarks(path, released)) == {*found, finding.SETUP_EDITED}
    assert set(remarks(path)) == found


def test_a_check_that_was_deleted_or_changed_is_there_in_the_release(released, tmp_path):
    def change(notebook):
        for cell in notebook.cells:
            if cell.metadata.get("edu_optim", {}).get("name") == "c1":
                cell.source = "show('path', [1.0] * 6)"
        notebook.cells = [c for c in notebook.cells if c.metadata.get("edu_optim", {}).get("name") != "c3"]

    path = student(released, tmp_path, RIGHT, change)
    assert [one.right for one in selfcheck(path, released)] == [True] * 3
    assert [one.right for one in selfcheck(path)] == [False, False, True]


def test_a_deleted_check_an_error_and_another_kind(released, tmp_path):
    def change(notebook):
        notebook.cells = [c for c in notebook.cells if c.metadata.get("edu_optim", {}).get("name") != "c1"]

    answers = {"q2": "def adam(x, gradients, lr): return x / 0", "q3": "def after(n, lr): return n > 1"}
    texts = [one.text for one in selfcheck(student(released, tmp_path, answers, change))]
    assert "copy it from" in texts[0]
    assert texts[1] == ("it raised ZeroDivisionError: float division by zero in the line: "
                        "def adam(x, gradients, lr): return x / 0")
    assert texts[2].startswith("after: another kind of value than expected") and "[False, True, True]" in texts[2]


def test_a_whole_number_stays_one_when_an_editor_rewrites_numbers(tmp_path):
    path = release(read(written(tmp_path, SETUP, answer(), check("c1", "x = float(seed)\nshow('y', q1(x))"))),
                   tmp_path / "out")
    content = json.loads(path.read_text(), parse_float=lambda text: int(float(text)))  # as JavaScript writes 2.0
    content["cells"][2]["source"] = "# ANSWER q1\ndef q1(x):\n    return 2 * x"
    path.write_text(json.dumps(content))
    assert [one.text for one in selfcheck(path)] == ["right"]


def test_a_close_value_is_called_close(released, tmp_path):
    path = student(released, tmp_path, RIGHT | {"q3": "def after(n, lr): return 1 - n * lr * 1.000001"})
    assert selfcheck(path)[-1].text.startswith("after: close, but not within 1e-6")


@pytest.mark.parametrize(("due", "came", "text"), [
    (1.0, 2.0, "another value than expected: yours is 2, a right answer gives 1"),
    ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], "another value than expected: numbers 1 to 2 agree, number 3 of 3 does not: "
                                       "yours is 4, a right answer gives 3"),
    ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]],
     "another value than expected: row 1 agrees, row 2 of 2 does not: yours is [3, 5], a right answer gives [3, 4]"),
    ([1.0, 2.0], [1.0, 2.00005], "close, but not within 1e-6: yours is [1, 2.00005], a right answer gives [1, 2]"),
    ([1.0, 2.0], [1.0, 2.002], "another value than expected: number 1 agrees, number 2 of 2 does not: "
                               "yours is 2.002, a right answer gives 2"),
    ([1.0, 2.0], [1.0, 2.0], None),
])
def test_the_first_part_that_differs_is_named(due, came, text):
    assert told(encoded("x", due), encoded("x", came)) == text


def test_the_line_that_raised_is_shown(released, tmp_path):
    path = student(released, tmp_path, RIGHT | {"q3": "def after(n, lr):\n    k = 2\n    return k * rate"})
    assert selfcheck(path)[-1].text == ("it raised NameError: name 'rate' is not defined "
                                        "in the line: return k * rate")
    answers = RIGHT | {"q1": RIGHT["q1"].split("\n")[0] + "\n" + RIGHT["q1"].split("\n")[1]
                       + "\n    lines = [\n        np.zeros(3).reshape(k)\n        for k in (3, 2)]",
                       "q3": "def after(n, lr):\n    return sum(\n        rate * k for k in range(3))"}
    assert [one.text.partition(" in the line: ")[2] for one in selfcheck(student(released, tmp_path, answers))] == [
        "np.zeros(3).reshape(k)", "right"[5:], "rate * k for k in range(3))"]


def test_an_answer_that_is_no_python_is_named(released, tmp_path):
    path = student(released, tmp_path, RIGHT | {"q3": "def after(n, lr):\n    retrun 3"})
    assert "; the cell of q3 raised SyntaxError: " in selfcheck(path)[-1].text


def test_an_answer_that_no_visible_check_looks_at_is_named(tmp_path):
    source = written(tmp_path, SETUP, answer(), check("c1", "x = float(seed)\nshow('y', q1(x))"),
                     answer("q2"), check("c2", "x = float(seed)\nshow('y', q2(x))", hidden=True))
    path = release(read(source), tmp_path / "out")
    assert remarks(path) == ("no visible check looks at q2, which is not answered yet",)


def test_what_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text("{")
    with pytest.raises(SelfCheckError, match="no notebook"):
        selfcheck(path)
