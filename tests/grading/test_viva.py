"""Three questions for each student: their own, the same each time, and without the solution."""

import ast
import hashlib
import re

import pytest
from authors import EXAMPLE
from fake_kernel import FakeKernel

pytest.importorskip("nbval")

from edu_optim.grading import source
from edu_optim.grading.course import CourseError, report
from edu_optim.grading.course import asked as asked_of
from edu_optim.grading.course.asked import LOOKS, about_source
from edu_optim.grading.folder import Facts, Folder
from edu_optim.grading.grade import grade, seed_for
from edu_optim.grading.submission import Submission

EXERCISE = source.read(EXAMPLE)
RIGHT = {name: answer.solution for name, answer in EXERCISE.answers.items()}
MINE = "# ANSWER q1\ndef momentum(x, gradients, rates, beta=0.9):\n    return np.zeros(3) / np.sqrt(beta + 1e-8)"
CLASS = {"Student 01": RIGHT, "Student 02": {**RIGHT, "q2": EXERCISE.checks["c3"].misconceptions[0].code},
         "Student 03": {"q1": MINE}, "Student 04": {"q1": EXERCISE.answers["q1"].stub},
         "Student 05": {**RIGHT, "q3": "# ANSWER q3\ndef after(n, lr): return 1 / 0"}}


def graded(path, answers):
    folder, data = Folder(path), EXAMPLE.read_bytes()
    folder.begin(Facts(EXERCISE.title, tuple(EXERCISE.checks), 7), data, list(answers))
    for name, own in answers.items():
        result = grade(EXERCISE, Submission(name, own), seed_for(7, name), FakeKernel)
        folder.put(result, {"assignment": hashlib.sha256(data).hexdigest()}, own)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return graded(tmp_path_factory.mktemp("class") / "a1", CLASS)


@pytest.fixture(scope="module")
def asked(folder):
    return {section.title: section.texts for section in report.asked(folder)}


def test_everybody_who_answered_gets_three(asked):
    assert {name: len(texts) for name, texts in asked.items()} == {
        "Student 01": 3, "Student 02": 3, "Student 03": 3, "Student 04": 1, "Student 05": 3}
    assert "nothing to ask" in asked["Student 04"][0]


def test_they_are_the_same_each_time_and_not_the_same_for_all(folder, asked):
    page = (folder / "viva.html").read_bytes()
    assert {section.title: section.texts for section in report.asked(folder)} == asked
    assert (folder / "viva.html").read_bytes() == page
    assert len(set(asked.values())) == len(asked)


def test_what_went_wrong_is_asked_first_with_their_own_numbers(asked):
    assert re.match(r"1\. Your q2 showed path = \[.*\] in c3, and you were told: \"This is what you get without the",
                    asked["Student 02"][0])
    assert "Your q1 showed path = [0. 0. 0.]" in asked["Student 03"][0]
    assert "raised ZeroDivisionError" in asked["Student 05"][0]


def test_their_own_lines_are_quoted(asked):
    assert any("Line 3 of your q1 divides by np.sqrt(beta + 1e-8), with 1e-8 inside the root" in text
               and "In c1 it showed path = [0. 0. 0.]" in text for text in asked["Student 03"])


def test_no_question_tells_the_solution_and_the_key_does(folder, asked):
    theirs = "\n".join(asked["Student 03"])
    due = [line.strip() for line in RIGHT["q1"].split("\n") if "#" not in line and '"""' not in line][1:]
    assert not any(line in theirs for line in due)
    page = (folder / "viva.html").read_text()
    assert "m = beta * m - lr * g" in page and "key, for the lecturer" in page


def test_nothing_is_told_of_hidden_checks(asked):
    assert not any(re.search(r"\bc2\b", text) for texts in asked.values() for text in texts)


def test_without_the_assignment_nothing_can_be_asked(tmp_path):
    folder = graded(tmp_path / "a1", {"Student 01": RIGHT})
    (folder / "assignment.ipynb").unlink()
    with pytest.raises(CourseError, match="assignment grade"):
        report.asked(folder)


@pytest.mark.parametrize(("line", "kind", "says"), [
    ("x -= lr * m / (np.sqrt(v) + eps)", "root", "with eps outside the root. What changes if eps moves inside"),
    ("y = m / (v + eps)**0.5", "root", "with eps inside the root"),
    ("y = m / (1e-8 + math.sqrt(v))", "root", "with 1e-8 outside"),
    ("m = m / (1 - beta1**t)", "correction", "What is that for t = 1"),
    ("m = beta * m + g", "state", "What does m hold before it"),
    ("for t, g in enumerate(gs, 1): pass", "counter", "so from 1. What would become of your numbers if it counted from "
                                                      "0?"),
    ("for t, g in enumerate(gs): pass", "counter", "so from 0."),
    ("x -= g", "in place", "who else sees that change"),
    ("if abs(g) > c: pass", "condition", "asks abs(g) > c"),
    ("while True: pass", "loop", "loops over True"),
    ("y = 0.123", "number", "has the number 0.123"),
    ("def f(x): return g(x)", "result", "returns g(x)"),
])
def test_what_is_asked_of_a_line(line, kind, says):
    ask = about_source("q1", f"# ANSWER q1\n%time\n{line}")[0]
    assert ask.kind == kind and says in ask.text and ask.text.startswith("Line 3 of your q1 ") and ask.key


def test_every_look_is_tried_above():
    assert len(LOOKS) == 9


def test_of_what_was_handed_out_nothing_is_asked():
    stub = "# ANSWER q1\nbeta = 0.9\nraise NotImplementedError"
    assert about_source("q1", "# ANSWER q1\nbeta = 0.9\nx = y", stub) == []


@pytest.mark.parametrize("hostile", [
    "(" * 9000, "-" * 19000 + "1", "x" + ".y" * 9000, "[" * 900 + "]" * 900, "\0", "f'{" * 900,
    "1 if 1 else " * 1600 + "1", "lambda: " * 2400 + "0", "x = 1\n" * 10**6, "x = " + "+".join("9" * 6000), "9" * 5000,
    "\x0c\nx = 0.5", "x = 0.5\r\ny\u2028= 0.5"])
def test_no_source_ends_the_questions(hostile):
    for ask in about_source("q1", hostile):
        assert len(ask.text) < 500


def test_a_strangers_code_and_name_are_text(tmp_path):
    name, code = "<b>=1+1", 'def momentum(x, gradients, rates, beta=0.9):\n    y = "<script>\x1b[2J" + 0.123 * x'
    folder = graded(tmp_path / "a1", {name: {"q1": code}})
    section, = report.asked(folder)
    page = (folder / "viva.html").read_text()
    assert "<script" not in page and "<b>" not in page and "\x1b" not in page + "".join(section.texts)


def test_segments_are_those_of_ast():
    code = "y = (a +\n     m / (1 - b**t))\nif s < '\u00fc' + \"\u00e4\": z += 0.5 * f(\n  1,\n  2)\n"
    coded = [line.encode() for line in code.split("\n")]
    for node in ast.walk(ast.parse(code)):
        if hasattr(node, "lineno"):
            assert asked_of._segment(coded, node) == ast.get_source_segment(code, node)


def test_a_long_answer_is_split_once(monkeypatch):
    monkeypatch.setattr(ast, "get_source_segment", None)
    assert len(about_source("q1", "\n".join(f"a{number} += 1" for number in range(1500)))) == asked_of.ENOUGH
