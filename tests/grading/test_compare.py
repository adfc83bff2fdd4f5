"""Whose points changed, and why: each cause by itself."""

import csv
import shutil
from dataclasses import replace

import pytest
from classes import WORTH, graded, judged, result, written
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading.course import CourseError, report
from edu_optim.grading.course.compare import TOTAL, compare
from edu_optim.grading.result import FAILED, RAISED, TIME

RIGHT = result("ada", *WORTH)
WRONG = result("ada", "c1", "c3")
TIMED_OUT = replace(RIGHT, checks={**RIGHT.checks, "c2": judged("c2", False, reason=TIME)})
TOLD = replace(RIGHT, checks={**RIGHT.checks, "c2": judged("c2", False, feedback="without the bias correction")})


def changes(tmp_path, old, new, before=None, after=None):
    one, two = (graded(tmp_path / place, *given_, **(facts or {}))
                for place, given_, facts in (("old", old, before), ("new", new, after)))
    return compare(one, two)


def why(tmp_path, old, new, before=None, after=None):
    change, total = changes(tmp_path, [old], [new], before, after)
    assert (change.check, total.check, total.why) == ("c2", TOTAL, ["checks changed"])
    return change.why


@given(st.lists(st.sets(st.sampled_from([*WORTH])), max_size=5))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_a_folder_beside_itself_has_no_changes(tmp_path_factory, rights):
    folder = graded(tmp_path_factory.mktemp("class") / "a", *(result(str(i), *each) for i, each in enumerate(rights)))
    assert compare(folder, folder) == []


def test_nobody_changed_is_said(tmp_path):
    old, new = graded(tmp_path / "old", RIGHT), graded(tmp_path / "new", RIGHT)
    section, = report.changed(old, new)
    assert section.texts == ("Nobody's points changed.",) and not section.rows
    assert (new / "changes.csv").read_text() == '"name","check","before","after","why"\n'


def test_check_by_check_and_in_all(tmp_path):
    first, total = changes(tmp_path, [WRONG, result("bob")], [RIGHT, result("bob")])
    assert first[:4] == ("ada", "c2", 0, 2) and total[:4] == ("ada", TOTAL, 2.5, 4.5)


@pytest.mark.parametrize(("old", "new", "before", "after", "says"), [
    (WRONG, RIGHT, {}, {"source": b"other"}, ["another result than expected, now right", "the assignment changed"]),
    (WRONG, RIGHT, {"submission": "1"}, {"submission": "2"}, ["another result than expected, now right",
                                                              "another notebook was handed in"]),
    (RIGHT, replace(TIMED_OUT, seed=2), {}, {}, ["right, now time limit", "other numbers were drawn (seed 1, now 2)"]),
    (RIGHT, TIMED_OUT, {"sandbox": "bwrap"}, {"sandbox": "none"}, ["right, now time limit",
                                                                   "the kind of sandbox changed"]),
    (RIGHT, replace(TIMED_OUT, versions={"numpy": "2.5"}), {}, {}, ["right, now time limit", "numpy 2.4, now 2.5"]),
    (RIGHT, TOLD, {"limits": "1"}, {"limits": "2"},
     ["right, now another result than expected: without the bias correction", "the limits changed"]),
    (RIGHT, TIMED_OUT, {}, {}, ["right, now time limit",
                                "nothing that it is made from changed: was a limit of time near?"]),
])
def test_each_cause_is_named(tmp_path, old, new, before, after, says):
    assert why(tmp_path, old, new, before, after) == says


def test_a_reason_alone_is_no_change_of_points(tmp_path):
    raised = replace(WRONG, checks={**WRONG.checks, "c2": judged("c2", False, reason=f"{RAISED} KeyError")})
    assert changes(tmp_path, [WRONG], [raised]) == []


def test_who_came_and_who_left(tmp_path):
    found = changes(tmp_path, [result("ada")], [result("bob")])
    assert [(one.name, one.check, one.why) for one in found if one.check in ("c1", TOTAL)] == [
        ("ada", "c1", ["is not handed in now"]), ("bob", "c1", ["was not handed in before"]),
        ("ada", TOTAL, ["is not there now"]), ("bob", TOTAL, ["was not there before"])]


def test_an_override_is_named_and_so_is_its_end(tmp_path):
    old, new = graded(tmp_path / "old", WRONG), graded(tmp_path / "new", WRONG)
    written(new / "overrides.csv", "submission,check,points,reason,by,date", "ada,c2,1,sign,Student 09,2025-05-10")
    assert compare(old, new)[0].why == ["override added: sign (Student 09, 2025-05-10)"]
    assert compare(new, old)[0].why == ["the override is gone"]
    assert compare(old, new)[1] == ("ada", TOTAL, 2.5, 3.5, ["checks changed"])


def test_a_rule_is_named(tmp_path):
    for place, deadline in (("before", "2025-05-02T12:00:00Z"), ("after", "2025-05-03T12:00:00Z")):
        folder = graded(tmp_path / place / "a1", RIGHT)
        written(folder / "times.csv", "submission,time", "ada,2025-05-03T12:00:00Z")
        written(tmp_path / place / "course.toml", "late = {points_per_day = 1}", "[assignments.a1]",
                f"deadline = {deadline}")
    change, = compare(tmp_path / "before" / "a1", tmp_path / "after" / "a1")
    assert change == ("ada", TOTAL, 3.5, 4.5, ["rule, no longer: late, after 2025-05-02 12:00 UTC: 1 day begun, "
                                               "minus 1"])


def test_a_copy_follows_the_rules_of_what_it_is_compared_with(tmp_path):
    new = graded(tmp_path / "a1", RIGHT)
    written(tmp_path / "course.toml", "[assignments.a1]", "rounding = 2")
    shutil.copytree(new, tmp_path / "a1-before")
    assert compare(tmp_path / "a1-before", new) == []


def test_broken_rules_of_the_old_folder_are_not_passed_over(tmp_path):
    old, new = graded(tmp_path / "then" / "a1", RIGHT), graded(tmp_path / "now" / "a1", RIGHT)
    written(tmp_path / "then" / "course.toml", "x = 1")
    with pytest.raises(CourseError, match="x is not known"):
        compare(old, new)


def test_a_grader_that_failed_and_now_does_not(tmp_path):
    found = changes(tmp_path, [replace(RIGHT, state=FAILED, checks={})], [RIGHT])
    assert found[0] == ("ada", "c1", None, 1, ["the grader failed, now right", "what it was made from is not known"])
    assert found[-1][:4] == ("ada", TOTAL, None, 4.5)


def test_a_check_that_is_new_or_worth_more(tmp_path):
    old = replace(WRONG, checks={check: WRONG.checks[check] for check in ("c1", "c3")})
    one, two = graded(tmp_path / "old", old), graded(tmp_path / "new", RIGHT)
    facts = (one / "assignment.json").read_text().replace('"c2",', "")
    (one / "assignment.json").write_text(facts)
    assert compare(one, two)[0][:4] == ("ada", "c2", None, 2) and compare(one, two)[0].why[0] == "the check is new"
    assert compare(two, one)[0].why[0] == "the check is gone"
    dear = replace(RIGHT, checks={**RIGHT.checks, "c2": replace(RIGHT.checks["c2"], points=3, of=3)})
    assert compare(two, graded(tmp_path / "dear", dear))[0].why[0] == "the check gave at most 2, and now 3"


def test_the_table_is_a_file_too_and_hostile_names_stay_names(tmp_path):
    old = graded(tmp_path / "old", result("=cmd|' /C calc'!A0"))
    new = graded(tmp_path / "new", result("=cmd|' /C calc'!A0", "c1"))
    section, = report.changed(old, new)
    assert section.texts == ("The points of 1 person changed.",)
    rows = list(csv.reader((new / "changes.csv").read_text().splitlines()))
    assert rows[1][:4] == ["'=cmd|' /C calc'!A0", "c1", "0", "1"] and len(rows) == 3
