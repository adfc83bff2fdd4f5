"""From raw points to those that count: lateness, attempts, rounding, dropping; raw results stay as they are."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from classes import WORTH, graded, judged, result, written
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading import course
from edu_optim.grading.course import CourseError, final_marks
from edu_optim.grading.course.deadlines import days_late, deduction
from edu_optim.grading.course.marks import dropped, rounded
from edu_optim.grading.course.rules import Late, Rules
from edu_optim.grading.result import FAILED, UNREADABLE

BERLIN = ZoneInfo("Europe/Berlin")
DEADLINE = datetime(2025, 5, 2, 23, 59, tzinfo=BERLIN)
TENTH = Late(Fraction(1, 10), True, Fraction(1, 2), 15)
numbers = st.fractions(0, 1000, max_denominator=100)


def marks(folder, rules=None):
    return {mark.name: mark for mark in final_marks(folder, rules)}


def contents(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def came(folder, *lines):
    return written(folder / "times.csv", "submission,time", *lines)


def test_without_rules_the_points_are_the_raw_ones_and_nothing_is_touched(tmp_path):
    folder = graded(tmp_path / "a1", result("ada", "c1", "c3"), result("bob"))
    before = contents(tmp_path)
    found = marks(folder)
    assert [(one.name, one.points, one.of, one.why, one.submission, one.raw) for one in found.values()] == [
        ("ada", 2.5, 4.5, [], "ada", 2.5), ("bob", 0, 4.5, [], "bob", 0)]
    assert contents(tmp_path) == before


def test_late_points_follow_the_dates_each_time(tmp_path):
    folder = graded(tmp_path / "a1", *(result(name, *WORTH) for name in ("ada", "bob", "eve", "joe")))
    came(folder, "ada,2025-05-02T23:59:00", "bob,2025-05-03T00:14:00", "eve,2025-05-03T00:15:00+02:00",
         "joe,2025-05-04T23:59:30")
    rules = Rules(DEADLINE, {"joe": DEADLINE + timedelta(days=2)}, late=TENTH, zone=BERLIN)
    found = marks(folder, rules)
    assert [one.points for one in found.values()] == [4.5, 4.5, 4.05, 4.5]
    assert found["bob"].why == ["15 minutes of grace: not late"]
    assert found["eve"].why == ["late, after 2025-05-02 23:59 CEST: 1 day begun, minus 0.45"]
    assert found["joe"].why[0] == "extended to 2025-05-04 23:59 CEST"
    assert marks(folder, replace(rules, extensions={}))["joe"].points == 3.15
    assert all(one.raw == 4.5 for one in found.values())


def test_lateness_costs_no_more_than_is_said_and_no_more_than_there_is(tmp_path):
    folder = came(graded(tmp_path / "a1", result("ada", *WORTH)), "ada,2025-05-20T12:00:00").parent
    for late, points in ((TENTH, 2.25), (replace(TENTH, at_most=None), 0), (Late(Fraction(1, 8), False), 2.25),
                         (Late(Fraction(1), False, Fraction(3)), 1.5)):
        assert marks(folder, Rules(DEADLINE, late=late, zone=BERLIN))["ada"].points == points


def test_grace_where_the_clock_shows_a_time_twice(tmp_path):
    folder = came(graded(tmp_path / "a1", result("ada", *WORTH)), "ada,2025-10-26T02:15:00+01:00").parent
    rules = Rules(datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN), late=replace(TENTH, grace=60), zone=BERLIN)
    assert marks(folder, rules)["ada"].why == ["60 minutes of grace: not late"]


def test_a_time_that_is_not_known_is_said_not_guessed(tmp_path):
    folder = graded(tmp_path / "a1", result("ada", *WORTH))
    mark = marks(folder, Rules(DEADLINE, late=TENTH))["ada"]
    assert mark.points is None and "nobody knows when ada came" in mark.why[0] and "times.csv" in mark.why[0]
    assert marks(folder, Rules(DEADLINE))["ada"].points == 4.5  # lateness costs nothing, so it does not matter


@pytest.mark.parametrize(("line", "says"), [
    ("ada,yesterday", "line 2: 'yesterday' is no time"), ("ada,2025-05-02", "line 2: '2025-05-02' is no time"),
    ("ada,2025-W18-6", "is no time"), ("ada,2025-05-02+02:00", "is no time"),
    ("ada,2025-05-02T23:59:00", r"line 2: .* has no zone"),
    ("ada,2025-05-02T23:59:00Z\nada,", "line 3: ada stands in line 2 too"),
    ("ada", "line 2: 1 cells, and there are 2 columns"),
])
def test_slips_in_times(tmp_path, line, says):
    folder = graded(tmp_path / "a1", result("ada"))
    came(folder, line)
    with pytest.raises(CourseError, match=says):
        final_marks(folder, Rules(datetime(2025, 5, 2, tzinfo=UTC), late=TENTH))


def test_days_end_by_the_clock_on_the_wall():
    for deadline, hours in ((datetime(2025, 3, 29, 12, tzinfo=BERLIN), 23), (datetime(2025, 10, 25, 12, tzinfo=BERLIN),
                                                                            25)):
        end = deadline.astimezone(UTC) + timedelta(hours=hours)
        assert days_late(end, deadline) == 1 and days_late(end + timedelta(seconds=1), deadline) == 2
    twice = [datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN, fold=fold) for fold in (0, 1)]
    assert days_late(twice[1], twice[0]) == 1 and days_late(twice[0], twice[1]) == 0


@given(st.integers(-10**6, 10**7), st.integers(0, 10**7), st.integers(0, 4000), numbers, st.booleans(),
       st.none() | numbers, st.integers(0, 5000))
@settings(max_examples=200, derandomize=True)
def test_points_never_rise_with_lateness(seconds, more, grace, per_day, share, at_most, days):
    deadline = datetime(2024, 1, 1, 12, tzinfo=BERLIN) + timedelta(days=days % 700)
    late = Late(per_day, share, at_most, grace)
    early, later = (days_late(deadline.astimezone(UTC) + timedelta(seconds=s), deadline, grace)
                    for s in (seconds, seconds + more))
    assert 0 <= early <= later
    assert 0 <= deduction(late, early, Fraction(10)) <= deduction(late, later, Fraction(10))
    assert deduction(None, later, Fraction(10)) == 0


@given(numbers, numbers, st.none() | st.fractions(Fraction(1, 100), 10, max_denominator=100))
@settings(max_examples=200, derandomize=True)
def test_rounding_keeps_the_order_and_the_most(a, b, step):
    a, b = sorted((a, b))
    assert 0 <= rounded(a, step, 1000) <= rounded(b, step, 1000) <= 1000
    assert step is None or abs(rounded(a, step, 1000) - a) <= step / 2


@given(st.dictionaries(st.text(max_size=3), st.tuples(numbers, numbers.filter(bool)), min_size=1, max_size=8),
       st.data())
@settings(max_examples=200, derandomize=True)
def test_dropping_the_lowest_never_lowers_the_share(given_, data):
    points = {name: (min(one), max(one)) for name, one in given_.items()}
    count = data.draw(st.integers(0, len(points) - 1))
    out = dropped({name: got / most for name, (got, most) in points.items()}, count)
    assert len(out) == count

    def share(names):
        return sum(points[name][0] for name in names) / sum(points[name][1] for name in names)

    assert share(points.keys() - set(out)) >= share(points)


ATTEMPTS = [("one", ("c1", "c2"), "2025-05-01T12:00:00", 1), ("three", ("c1",), "2025-05-04T12:00:00", 3),
            ("two", ("c2", "c3"), "2025-05-02T12:00:00", 2)]


def handed_in(tmp_path, times=True, numbered=False):
    folder = graded(tmp_path / "a1", *(result(name, *right) for name, right, *_ in ATTEMPTS))
    written(folder / "times.csv", "submission,time,person,attempt",
            *(f"{name},{time if times else ''},Student 07,{number if numbered else ''}"
              for name, _, time, number in ATTEMPTS))
    return folder


@pytest.mark.parametrize(("which", "counts", "points"), [
    ("first", "one", 3), ("last", "three", 1), ("best", "two", 3.5), ("last before the deadline", "two", 3.5)])
def test_which_attempt_counts(tmp_path, which, counts, points):
    mark, = final_marks(handed_in(tmp_path), Rules(DEADLINE, attempt=which, zone=BERLIN))
    assert (mark.name, mark.submission, mark.points) == ("Student 07", counts, points)
    assert mark.why[0] == f"of 3 attempts one counts: the {which}"
    assert mark.why[1:] == (["late, after 2025-05-02 23:59 CEST: 2 days begun, minus 0"] if counts == "three" else [])


def test_all_too_late_the_first_counts(tmp_path):
    rules = Rules(DEADLINE - timedelta(days=9), attempt="last before the deadline", zone=BERLIN)
    mark, = final_marks(handed_in(tmp_path), rules)
    assert mark.submission == "one" and "none came before the deadline" in mark.why[0]


def test_the_best_is_the_best_after_lateness(tmp_path):
    rules = Rules(datetime(2025, 5, 1, 13, tzinfo=BERLIN), attempt="best", late=Late(Fraction(2), False), zone=BERLIN)
    assert final_marks(handed_in(tmp_path), rules)[0].submission == "one"


def test_an_order_will_do_where_times_are_not_known(tmp_path):
    folder = handed_in(tmp_path, times=False)
    mark, = final_marks(folder)
    assert mark.points is None and mark.submission == "" and "nobody knows when" in mark.why[0]
    assert final_marks(folder, Rules(attempt="best"))[0].submission == "two"
    handed_in(tmp_path, times=False, numbered=True)
    assert final_marks(folder)[0].submission == "three"
    assert final_marks(folder, Rules(DEADLINE, attempt="last before the deadline"))[0].points is None


def test_times_without_zones_will_do_for_the_order_alone(tmp_path):
    assert final_marks(handed_in(tmp_path))[0].submission == "three"


def test_what_the_grader_failed_at_has_no_points_and_what_is_out_of_date_has_none(tmp_path):
    old = replace(result("old"), checks={"c1": judged("c1", True)})
    folder = graded(tmp_path / "a1", result("ada", "c1"), result("bob", state=FAILED, checks={}, why="secret"), old,
                    result("eve", state=UNREADABLE, why="the file is empty"))
    found = marks(folder)
    assert (found["ada"].points, found["bob"].points, found["old"].points, found["eve"].points) == (1, None, None, 0)
    assert "somebody must look" in found["bob"].why[0] and "secret" not in str(found["bob"])
    assert "assignment grade" in found["old"].why[0]
    assert found["eve"].why == ["the file could not be read: the file is empty"]
    (folder / "assignment.ipynb").write_bytes(b"changed")
    assert marks(folder)["ada"].points is None


def test_rounding_comes_last_and_is_said(tmp_path):
    folder = graded(tmp_path / "a1", result("ada", "c1", "c3"))
    mark = marks(folder, Rules(rounding=Fraction(1)))["ada"]
    assert mark.points == 3 and mark.why == ["2.5 points, rounded to 3"]


def test_a_course_drops_the_lowest_and_counts_what_is_missing_as_nothing(tmp_path):
    path = written(tmp_path / "course.toml", "drop_lowest = 1", "[assignments.a1]", "[assignments.a2]",
                   "[assignments.a3]", "[assignments.later]")
    graded(tmp_path / "a1", result("ada", "c1"), result("bob", *WORTH))
    graded(tmp_path / "a2", result("ada", *WORTH), result("bob", "c1", "c2"))
    graded(tmp_path / "a3", result("bob", "c1"))
    ada, bob = course.course_marks(course.Course.read(path))
    assert (ada.points, ada.of, ada.dropped, ada.parts) == (5.5, 9, ("a3",), {"a1": 1, "a2": 4.5, "a3": 0})
    assert ada.why == ["a3: nothing handed in", "a3 is dropped: 0 of 4.5 points"]
    assert (bob.points, bob.of, bob.dropped) == (7.5, 9, ("a3",))
    graded(tmp_path / "a3", result("bob", state=FAILED, checks={}))
    assert course.course_marks(course.Course.read(path))[1].points is None
