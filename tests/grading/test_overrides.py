"""Points given by hand: refused by line if they cannot be, kept through every re-grade, and watched."""

import csv
import json

import pytest
from classes import WORTH, graded, result, written
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading.course import CourseError, final_marks, report
from edu_optim.grading.course.overrides import overrides
from edu_optim.grading.course.standing import Standings
from edu_optim.grading.folder import Folder
from edu_optim.grading.result import FAILED

HEAD = "submission,check,points,reason,by,date"
LINE = 'ada,c2,1.5,"right idea, wrong sign",Student 09,2025-05-10'


@pytest.fixture
def folder(tmp_path):
    return graded(tmp_path / "a1", result("ada", "c1"), result("=1+1", *WORTH), result("bob", state=FAILED, checks={}))


def lines(folder, *more):
    written(folder / "overrides.csv", HEAD, *more)
    return folder


def points(folder):
    return {mark.name: mark.points for mark in final_marks(folder)}


def test_a_person_has_the_last_word_and_the_raw_points_stay(folder):
    raw = (folder / "results" / "ada.json").read_bytes()
    assert points(lines(folder, LINE)) == {"ada": 2.5, "=1+1": 4.5, "bob": None}
    mark = next(mark for mark in final_marks(folder) if mark.name == "ada")
    assert mark.why == ["c2: 1.5 in place of 0 points by hand: right idea, wrong sign (Student 09, 2025-05-10)"]
    assert mark.raw == 1 and (folder / "results" / "ada.json").read_bytes() == raw
    assert lines(folder).joinpath("overrides.csv").exists() and points(folder)["ada"] == 1


def test_where_the_grader_failed_a_person_can_give_all(folder):
    given_ = [f"bob,{check},1,looked at it,Student 09,2025-05-10" for check in WORTH]
    assert points(lines(folder, *given_[:2]))["bob"] is None
    assert points(lines(folder, *given_))["bob"] == 3


def test_names_may_be_copied_from_the_gradebook(folder):
    assert points(lines(folder, "'=1+1,c1,0,copied,Student 09,2025-05-10"))["=1+1"] == 3.5


def test_spreadsheets_with_semicolons_are_read(folder):
    text = f"\ufeff{HEAD}\r\nada,c2,2,M\u00fc,x,2025-05-10\r\n"
    (folder / "overrides.csv").write_bytes(text.replace(",", ";").encode())
    assert points(folder)["ada"] == 3


@pytest.mark.parametrize(("line", "says"), [
    ("adaa,c2,1,r,b,2025-05-10", r"line 3: no submission 'adaa' was graded \(did you mean ada\?\)"),
    ("ada,c9,1,r,b,2025-05-10", "line 3: there is no check 'c9'.*; there are c1, c2, c3"),
    ("ada,c1,1.5,r,b,2025-05-10", "line 3: points=1.5 are not from 0 to 1, which is all that c1 gives"),
    ("ada,c1,-1,r,b,2025-05-10", "line 3: points=-1 are not from 0"),
    ("ada,c1,nan,r,b,2025-05-10", "line 3: points=nan are not"),
    ("ada,c1,,r,b,2025-05-10", "line 3: points='' is no number"),
    ('ada,c1,"0,5",r,b,2025-05-10', "line 3: points='0,5' is no number: write a point in place of the comma"),
    ("ada,c1,1,,b,2025-05-10", "line 3: the cell 'reason' is empty"),
    ("ada,c1,1,r,,2025-05-10", "line 3: the cell 'by' is empty"),
    ("ada,c1,1,r,b,10.5.2025", "line 3: date='10.5.2025' is no date: write 2025"),
    ("ada,c1,1,r,b", "line 3: 5 cells, and there are 6 columns"),
    (LINE, "line 3: line 2 is about c2 of ada too: delete one"),
    ('ada,c1,1,"r', "line 3: unexpected end of data"),
])
def test_a_line_that_cannot_be_is_refused_with_its_number(folder, line, says):
    lines(folder, LINE, line)
    with pytest.raises(CourseError, match=says):
        final_marks(folder)


@pytest.mark.parametrize(("head", "says"), [
    ("submission,chek,points,reason,by,date", r"no column 'chek' \(did you mean check\?\)"),
    ("submission,check,points,reason,by", "the column date is missing"),
    ("submission,check,check,points,reason,by,date", "two columns have the same name"),
])
def test_another_head_is_refused(folder, head, says):
    written(folder / "overrides.csv", head)
    with pytest.raises(CourseError, match=f"line 1: .*{says}|{says}"):
        final_marks(folder)


def test_what_was_replaced_is_written_down_and_a_change_of_it_is_flagged(folder):
    sections = report.report(lines(folder, LINE))
    assert "To look at" in [one.title for one in sections]  # bob, whom the grader failed at
    known = json.loads((folder / "overridden.json").read_text())
    assert [one["raw"] for one in known] == [0]
    assert Standings.read(folder).by_name["ada"].flags == []
    regraded = Folder(folder)
    regraded.put(result("ada", "c1", "c2"), next(regraded.kept()).made_from)
    for _ in range(2):  # it stays flagged until somebody has looked
        flag, = Standings.read(folder).by_name["ada"].flags
        assert "gave 0, and now it gives 2" in flag
        assert any(flag in section.texts for section in report.report(folder))
    assert points(folder)["ada"] == 2.5
    report.report(lines(folder, LINE.replace("-10", "-12")))
    assert Standings.read(folder).by_name["ada"].flags == []


def test_a_damaged_memory_is_said(folder):
    report.report(lines(folder, LINE))
    (folder / "overridden.json").write_text("{")
    with pytest.raises(CourseError, match="delete it"):
        final_marks(folder)


@given(st.dictionaries(st.tuples(st.sampled_from(["ada", "=1+1", "bob"]), st.sampled_from([*WORTH])),
                       st.floats(0, 1, allow_subnormal=False), max_size=9))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_overriding_twice_is_overriding_once(tmp_path_factory, chosen):
    folder = graded(tmp_path_factory.mktemp("class") / "a1", result("ada", "c1"), result("=1+1", *WORTH),
                    result("bob", state=FAILED, checks={}))
    lines(folder, *(f"{name},{check},{points_!r},r,b,2025-05-10" for (name, check), points_ in chosen.items()))
    found = overrides(folder, ["ada", "=1+1", "bob"], WORTH)
    assert {key: one.points for key, one in found.items()} == chosen
    once = [report.report(folder), (folder / "marks.csv").read_bytes(), (folder / "overridden.json").exists()]
    again = [report.report(folder), (folder / "marks.csv").read_bytes(), (folder / "overridden.json").exists()]
    assert once == again


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=50, derandomize=True, deadline=None)
def test_hostile_cells_stay_cells(tmp_path_factory, reason, name):
    folder = graded(tmp_path_factory.mktemp("class") / "a1", result("ada", "c1"))
    with open(folder / "overrides.csv", "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        csv.writer(file).writerows([HEAD.split(","), ["ada", "c2", "1", reason or "r", name or "b", "2025-05-10"]])
    try:
        report.report(folder)
    except CourseError as error:
        assert "overrides.csv, line" in str(error)
        return
    text = (folder / "marks.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert [len(row) for row in rows] == [6, 6] and rows[1][2] == "2"
    assert not any(cell.startswith(tuple("=+-@\t\r")) for row in rows for cell in row)


def test_a_line_about_somebody_withdrawn_stops_nobody(folder):
    store = Folder(folder)
    names = [kept.result.submission for kept in store.kept() if kept.result.submission != "ada"]
    store.begin(store.facts(), store.source.read_bytes(), names)
    sections = report.report(lines(folder, LINE))
    looks, = [section.texts for section in sections if section.title == "To look at"]
    assert "overrides.csv, line 2: ada has been withdrawn, so it counts for nobody" in looks
