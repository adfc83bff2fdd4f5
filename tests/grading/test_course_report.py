"""The report as a page and in a terminal, and the command that makes it."""

import csv

import pytest
from classes import WORTH, graded, judged, result, written
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_feedback import ATTACKS, Checked

import edu_optim.cli as cli
from edu_optim.grading.course import report
from edu_optim.grading.course.page import Section, as_html, as_text
from edu_optim.grading.course.rules import Rules
from edu_optim.grading.result import FAILED

texts = st.text(max_size=30) | st.sampled_from(ATTACKS)


def typed(*arguments):
    done = CliRunner().invoke(cli.main, ["assignment", "report", *map(str, arguments)])
    assert "Traceback" not in done.output and not (done.exception and not isinstance(done.exception, SystemExit))
    return done


@given(texts, texts, texts)
@settings(max_examples=100, derandomize=True)
def test_pages_and_terminals_hold_text_and_nothing_else(title, text, cell):
    section = Section(title, (text,), ("a", "b"), [[cell, None], [1.5, cell]])
    checked = Checked(as_html(title, [section]))
    assert checked.open == [] and not {"script", "img", "link", "a"} & set(checked.tags)
    assert not any(name.startswith("on") or name in ("src", "href") for name, _ in checked.attributes)
    said = as_text([section])
    assert len(said.split("\n")) == 5
    assert not any((ord(letter) < 32 and letter != "\n") or letter in "\u202e\u2028\x7f" for letter in said)


def test_a_page_needs_nothing_else(tmp_path):
    folder = graded(tmp_path / "a1", result("ada", "c1"))
    report.report(folder)
    page = (folder / "report.html").read_text()
    assert "default-src 'none'" in page and "<script" not in page and "http" not in page.replace("http-equiv", "")


def test_the_report_of_a_class(tmp_path):
    class_ = [result(f"Student {n:02}", *[*WORTH][:n % 4], seed=n, kernel_seconds=n) for n in range(12)]
    same = [result(f"Twin {n}", checks={**class_[0].checks, "c1": judged("c1", False, output="y = 4", feedback="")})
            for n in range(2)]
    folder = graded(tmp_path / "a1", *class_, *same, result("bob", state=FAILED, checks={}))
    sections = {section.title: section for section in report.report(folder, Rules(extensions={"Student 99": None}))}
    assert [*sections] == ["To look at", "Points", "The checks", "Equal wrong values", "Time in kernels"]
    assert len(sections["Points"].rows) == 15
    look = " ".join(sections["To look at"].texts)
    assert "bob: it could not be graded" in look and "Student 99, and nobody of that name" in look
    assert "prove nothing" in sections["Equal wrong values"].texts[0]
    assert sections["Equal wrong values"].rows == [["c1", "the same inputs", "Twin 0, Twin 1", "y = 4"]]
    assert "14 people" in sections["The checks"].texts[0] and "longest 11.0 s" in sections["Time in kernels"].texts[0]


def test_marks_are_a_file_whose_rows_are_final_marks(tmp_path):
    folder = graded(tmp_path / "a1", result("=1+1", *WORTH), result("bob", state=FAILED, checks={}))
    report.report(folder)
    rows = list(csv.reader((folder / "marks.csv").read_text().splitlines()))
    assert rows[0] == ["name", "submission", "points", "of", "raw", "why"]
    assert rows[1] == ["'=1+1", "'=1+1", "4.5", "4.5", "4.5", ""]
    assert rows[2][:5] == ["bob", "bob", "", "4.5", ""] and "somebody must look" in rows[2][5]


@pytest.fixture
def course(tmp_path):
    """A course of two assignments, the second with a rule."""
    written(tmp_path / "course.toml", "drop_lowest = 1", "[assignments.a1]", "[assignments.a2]", "rounding = 1",
            "[assignments.a3]")
    graded(tmp_path / "a1", result("ada", "c1"))
    graded(tmp_path / "a2", result("ada", "c2", "c3"))
    return tmp_path


def test_one_assignment_is_reported_by_the_rules_of_its_course(course):
    done = typed(course / "a2")
    assert done.exit_code == 0 and "3.5 points, rounded to 4" in done.output
    assert str(course / "a2" / "marks.csv") in done.output and (course / "a2" / "gradebook.csv").exists()


def test_other_rules_can_be_given(course):
    other = written(course / "other.toml", "[assignments.a2]", "rounding = 3")
    assert "3.5 points, rounded to 3" in typed(course / "a2", "--course", other).output


def test_a_course_is_reported_with_all_its_assignments(course):
    done = typed(course)
    assert done.exit_code == 0 and "a3: nothing is graded yet" in done.output
    rows = list(csv.reader((course / "marks.csv").read_text().splitlines()))
    assert rows == [["name", "a1", "a2", "points", "of", "per cent", "why"],
                    ["ada", "1", "4", "4", "4.5", "88.89", "a1 is dropped: 1 of 4.5 points"]]
    assert (course / "a1" / "marks.csv").exists() and (course / "report.html").exists()
    assert "give the folder of one" in typed(course, "--viva").output


def test_a_course_of_which_nothing_is_graded(tmp_path):
    written(tmp_path / "course.toml", "[assignments.a1]")
    done = typed(tmp_path)
    assert done.exit_code == 1 and "assignment grade SOURCE SUBMISSIONS --out" in done.output


def test_comparing_is_typed_as_old_and_new(course):
    before = (course / "a1" / "gradebook.csv").exists()
    done = typed("--compare", course / "a1", course / "a2")
    assert done.exit_code == 0 and "The points of 1 person changed." in done.output
    assert (course / "a1" / "gradebook.csv").exists() == before
    assert "Nobody's points changed." in typed("--compare", course / "a1", course / "a1").output


@pytest.mark.parametrize(("file", "line", "says"), [
    ("course.toml", "x = 1", "x is not known"), ("a1/overrides.csv", "ada", "there is no column 'ada'"),
    ("a1/times.csv", "a,b", "there is no column 'a'")])
def test_a_file_that_is_wrong_is_one_message(course, file, line, says):
    written(course / file, line)
    done = typed(course / "a1")
    assert done.exit_code == 1 and says in done.output and not (course / "a1" / "marks.csv").exists()


def test_no_such_folder_and_no_such_rules(tmp_path):
    assert "assignment grade" in typed(tmp_path / "nowhere").output
    folder = graded(tmp_path / "a1", result("ada"))
    done = typed(folder, "--course", tmp_path / "none.toml")
    assert done.exit_code == 1 and "none.toml: No such file" in done.output
