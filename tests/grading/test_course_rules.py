"""course.toml: every slip is named, and told what to write instead."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from classes import written

from edu_optim.grading.course import Course, CourseError
from edu_optim.grading.course.rules import Late, beside, moment

BERLIN = ZoneInfo("Europe/Berlin")
DEADLINE = "deadline = 2025-05-02T23:59:00"


def course(tmp_path, *lines):
    return Course.read(written(tmp_path / "course.toml", *lines))


def refused(tmp_path, *lines):
    with pytest.raises(CourseError) as caught:
        course(tmp_path, *lines)
    return str(caught.value)


def test_what_is_written_is_read(tmp_path):
    found = course(tmp_path, 'zone = "Europe/Berlin"', "drop_lowest = 1", 'attempt = "best"', "rounding = 0.1",
                   "late = {percent_per_day = 10, at_most = 50, grace_minutes = 15}",
                   "[assignments.a1]", DEADLINE,
                   "[assignments.a1.extensions]", '"Student 07" = 2025-05-09T23:59:00+02:00',
                   "[assignments.a2]", DEADLINE, 'attempt = "first"', 'late = "none"', "rounding = 1")
    assert found.drop_lowest == 1 and list(found.assignments) == ["a1", "a2"]
    a1, a2 = found.assignments.values()
    assert a1.deadline == datetime(2025, 5, 2, 21, 59, tzinfo=UTC)
    assert a1.extensions == {"Student 07": datetime(2025, 5, 9, 21, 59, tzinfo=UTC)}
    assert a1.late == Late(Fraction(1, 10), True, Fraction(1, 2), 15.0)
    assert (a1.attempt, a2.attempt, a1.rounding, a2.late) == ("best", "first", Fraction(1, 10), None)


@pytest.mark.parametrize(("line", "says"), [
    ("deadlin = 2025-05-02T23:59:00+02:00", "assignments.a1.deadlin is not known (did you mean deadline?)"),
    (DEADLINE, 'write zone = "Europe/Berlin"'),
    ("deadline = 2025-05-02", "2025-05-02 is a date without a time: write 2025-05-02T23:59:00"),
    ('deadline = "2025-05-02T23:59:00"', "without quotes"),
    ("deadline = 0001-05-02T23:59:00Z", "no year of a course"),
    ('attempt = "newest"', "'newest' is none of 'last', 'best', 'first', 'last before the deadline'"),
    ('attempt = "last before the deadline"', "assignments.a1.deadline is missing"),
    ("late = {percent_per_day = 10}", "assignments.a1.deadline is missing"),
    ("late = {points_per_day = -1}", "late.points_per_day: -1 is not a number of at least 0"),
    ("late = {percent_per_day = nan}", "nan is not a number"),
    ("late = {percent_per_day = true}", "True is not a number"),
    ("late = {grace_minutes = 15}", "percent_per_day = 100 takes all"),
    ("late = {percent_per_day = 1, points_per_day = 1}", "either percent_per_day or points_per_day"),
    ("late = {percent_per_day = 1, at_mots = 1}", "late.at_mots is not known (did you mean at_most?)"),
    ("late = {percent_per_day = 1, grace_minutes = 1e9}", "more than a week"),
    ("late = 10", "late: 10 is neither"),
    ("rounding = 0", "0 is not a number above 0"),
    ('extensions = {"ada" = 2025-05-09T23:59:00Z}', "assignments.a1.deadline is missing"),
    ("extensions = 3", "write a section [assignments.a1.extensions]"),
])
def test_slips_in_an_assignment(tmp_path, line, says):
    assert says in refused(tmp_path, "[assignments.a1]", line)


@pytest.mark.parametrize(("lines", "says"), [
    ([], "write a section such as [assignments.a1]"),
    (["assignment = 3"], "assignment is not known (did you mean assignments?)"),
    (['zone = "Europe/Berlim"', "[assignments.a1]"], "(did you mean Europe/Berlin?)"),
    (["zone = 2", "[assignments.a1]"], "2 is no text"),
    (["drop_lowest = 1", "[assignments.a1]"], "of 1 assignments 1 cannot be dropped"),
    (["drop_lowest = -1", "[assignments.a1]"], "-1 is not a whole number"),
    (["[assignments]", "a1 = 3"], "3 is no section: write [assignments.a1]"),
    (["[assignments.a1]", "deadline = tomorrow"], "is no TOML"),
    (["[assignments.a1]", "deadline = 2025-05-02T23:59:00Z", "extensions = {ada = 2025-05-01T00:00:00Z}"],
     "ends before the deadline"),
])
def test_slips_elsewhere(tmp_path, lines, says):
    assert says in refused(tmp_path, *lines)


def test_all_slips_are_told_at_once_and_each_once(tmp_path):
    said = refused(tmp_path, "rounding = -1", "[assignments.a1]", "x = 1", "[assignments.a2]", "y = 2")
    assert said.count("rounding") == 3  # the fault, and twice among the names that are known
    assert "a1.x is not known" in said and "a2.y is not known" in said


def test_a_file_that_is_not_utf_8(tmp_path):
    (tmp_path / "course.toml").write_bytes("# \u00fc".encode("latin-1"))
    with pytest.raises(CourseError, match="UTF-8"):
        Course.read(tmp_path / "course.toml")


def test_times_that_the_clock_skipped_or_showed_twice():
    with pytest.raises(ValueError, match="did not happen in Europe/Berlin"):
        moment(datetime(2025, 3, 30, 2, 30), BERLIN)
    with pytest.raises(ValueError, match=r"2025-10-26T02:30:00\+02:00 or \+01:00"):
        moment(datetime(2025, 10, 26, 2, 30), BERLIN)
    first, second = (moment(datetime(2025, 10, 26, 0, 30, tzinfo=UTC) + timedelta(hours=h), BERLIN) for h in (0, 1))
    assert second.timestamp() - first.timestamp() == 3600


def test_which_rules_are_a_folders(tmp_path):
    (tmp_path / "a1").mkdir()
    assert beside(tmp_path / "a1") is None
    found = course(tmp_path, "[assignments.a1]", "rounding = 1", "[assignments.a2]")
    assert beside(tmp_path / "a1") == found and found.rules(tmp_path / "a1").rounding == 1
    with pytest.raises(CourseError, match=r"no assignment 'a11' \(did you mean a1\?\)"):
        found.rules(tmp_path / "a11")
    written(tmp_path / "a1" / "course.toml", "[assignments.anything]", "rounding = 2")
    assert beside(tmp_path / "a1").rules(tmp_path / "a1").rounding == 2
