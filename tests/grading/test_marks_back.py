"""What goes back: a platform's own file with nothing else in it changed, and who cannot be filled in."""

import codecs
import csv
import io
import re
import stat
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading import exchange
from edu_optim.grading.collect import Found
from edu_optim.grading.course import CourseError
from edu_optim.grading.folder import Facts, Folder
from edu_optim.grading.marks_back import ToReturn, fill
from edu_optim.grading.platforms import Student
from edu_optim.grading.pseudonyms import Names, NamesError
from edu_optim.grading.result import FAILED, GRADED, UNREADABLE, Judged, Result
from edu_optim.grading.sheet import Sheet, SheetError

WORKSHEET = codecs.BOM_UTF8 + b'''\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"\r
"Participant 31","Student 07",,"Submitted for grading - ",,100.00,Yes,"Friday, 2 May 2025, 9:00 PM",-,\r
"Participant 32",Student\xc2\xa008,s08@example.org,"No submission",7.00,100.00,Yes,-,"Friday, 2 May 2025, 9:00 PM",\r
"Participant 331","Student ""09""",,,,100.00,Yes,-,-,"<p>kept, by hand</p>"\r
'''
GERMAN = ('ID;"Vollst\u00e4ndiger Name";Status;Bewertung;Bestwertung;"Bewertung kann ge\u00e4ndert werden";'
          '"Zuletzt ge\u00e4ndert (Bewertung)";"Feedback als Kommentar"\n'
          'Teilnehmer/in31;"Student 07";;"";100,00;Ja;-;\n'
          'Teilnehmer/in32;"Student 08";;"3,25";100,00;Nein;-;\n').encode()
EXPORT = b"""Student,ID,SIS User ID,SIS Login ID,Section,A1 (901),A2 (902),Current Score\n\
,,,,,Manual Posting,,\n    Points Possible,,,,,10.00,20.00,(read only)\n\
"07, Student",31,00012,s07,"Course, 1",,5.00,\n"08, Student",32,1e5,s08,Course,N/A,EX,50\n\
"Student, Test",99,,x,Course,,,\n"""


def moodle(number, points, of=10, comment=""):
    return ToReturn(Student("moodle", str(number), f"Student {number}"), f"s-{number}", points, of, comment)


def canvas(number, points):
    return ToReturn(Student("canvas", str(number), f"student{number}"), f"s-{number}", points, 10)


def cells(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def changed(before, after):
    """{(line, column): text} of the cells that differ."""
    return {(row, column): new for row, (one, two) in enumerate(zip(cells(before), cells(after), strict=True))
            for column, (old, new) in enumerate(zip(one, two, strict=True)) if old != new}


# ---- Moodle


def test_moodles_worksheet_changes_in_its_marks_and_comments_and_in_no_other_byte():
    filled = fill(WORKSHEET, [moodle(31, 5.5, comment='5.5 of 10 points. "Late", by 1 day.'),
                              moodle(331, 3, comment="3 of 10 points.")])
    assert filled.count == 2
    assert filled.content == WORKSHEET.replace(
        b'grading - ",,100.00', b'grading - ",5.5,100.00').replace(
        b'9:00 PM",-,\r', b'9:00 PM",-,"5.5 of 10 points. ""Late"", by 1 day."\r').replace(
        b'"Student ""09""",,,,', b'"Student ""09""",,,3,')
    assert any("comment that somebody wrote" in note for note in filled.notes)
    assert any(note.endswith("came from them: 1 in the file") for note in filled.notes)


def test_filling_in_again_replaces_our_own_comments():
    once = fill(WORKSHEET, [moodle(31, 5.5, comment="5.5 of 10 points.")]).content
    uploaded = once.replace(b"5.5 of 10 points.", b'"<p dir=""ltr"">5.5 of 10 points.</p>"')
    for ours in (once, uploaded):
        again = fill(ours, [moodle(31, 6, comment="6 of 10 points.")]).content
        assert changed(once, again) == {(1, 4): "6", (1, 9): "6 of 10 points."}


def test_a_german_worksheet_keeps_its_commas():
    filled = fill(GERMAN, [moodle(31, 5.25, comment="5.25 of 10 points.")]).content
    assert filled == GERMAN.replace(b'07";;"";100,00;Ja;-;', b'07";;"5,25";100,00;Ja;-;5.25 of 10 points.')


@pytest.mark.parametrize("data, returns, message", [
    (WORKSHEET, [moodle(31, 5), moodle(30, 5)], r"s-30 \(Student 30\) is not in the file"),
    (WORKSHEET, [moodle(31, 100.5)], "highest mark is 100"), (GERMAN, [moodle(32, 4)], "locked"),
    (WORKSHEET.replace(b"Yes", b"Oui"), [moodle(31, 4)], "'Oui'"),
    (WORKSHEET.replace(b"Participant 32", b"Participant 31"), [moodle(31, 4)], "is there 2 times"),
    (WORKSHEET.replace(b'"Maximum Grade"', b"Scale"), [moodle(31, 4)], "in words"),
    (WORKSHEET.replace(b"Status", b"Grade"), [moodle(31, 4)], "2 columns called 'Grade'"),
    (WORKSHEET.replace(b"Student 07", b"J\xfcrgen"), [moodle(31, 4, comment="4 of 5 points. \u00fc.")], "CSV UTF-8"),
    (WORKSHEET, [canvas(31, 5)], "no graded submission came from there"), (b"", [], "empty"),
    (b"a,b\n1,2\n", [moodle(31, 4)], "--id-column NAME --mark-column NAME. It has a, b"),
    (b'Identifier,Grade\n"x"y,3\n', [], "line 2 a quotation mark"), ("Grade".encode("utf-16"), [], "UTF-16")])
def test_what_does_not_fit_is_said(data, returns, message):
    with pytest.raises(SheetError, match=message):
        fill(data, returns)


def test_who_cannot_be_filled_in_can_be_left_out():
    filled = fill(GERMAN, [moodle(31, 5), moodle(32, 4), moodle(40, 1)], skip=True)
    assert filled.count == 1 and sorted(note[:14] for note in filled.notes) == ["left out: s-32", "left out: s-40"]
    with pytest.raises(SheetError, match="highest mark"):
        fill(WORKSHEET, [moodle(31, 101)], skip=True)


def test_marks_are_scaled_only_if_that_is_asked_for():
    assert changed(WORKSHEET, fill(WORKSHEET, [moodle(31, 5.5)]).content) == {(1, 4): "5.5"}
    for points, of, written in ((1, 3, "33.33333"), (0.7, 0.7, "100"), (2.1, 2.1, "100"), (0, 5, "0")):
        assert changed(WORKSHEET, fill(WORKSHEET, [moodle(31, points, of)], scale=True).content) == {(1, 4): written}
    with pytest.raises(SheetError, match="no highest mark"):
        fill(WORKSHEET.replace(b"100.00", b""), [moodle(31, 1)], scale=True)


def test_no_points_yet_is_no_zero():
    filled = fill(WORKSHEET, [moodle(31, None)])
    assert filled.content == WORKSHEET and "no points yet" in filled.notes[0]


# ---- Canvas


def test_canvas_changes_in_one_column_and_keeps_identities_as_they_are():
    filled = fill(EXPORT, [canvas(31, 7.5)], title="A1").content
    assert filled == EXPORT.replace(b'"Course, 1",,', b'"Course, 1",7.5,')
    assert changed(EXPORT, fill(EXPORT, [canvas(31, 20)], mark_column="A2 (902)").content) == {(3, 6): "20"}


@pytest.mark.parametrize("returns, options, message", [
    ([canvas(31, 10.5)], {}, "highest mark is 10"), ([canvas(32, 1)], {}, "not theirs"),
    ([canvas(32, 1)], {"title": "A2"}, "excused"), ([canvas(77, 1)], {}, "not in the file"),
    ([canvas(31, 1)], {"title": "Six rules"}, r"--mark-column NAME. It has A1 \(901\), A2 \(902\)"),
    ([canvas(31, 1)], {"mark_column": "Current Score"}, "0 of its assignments")])
def test_what_does_not_fit_into_canvas_is_said(returns, options, message):
    with pytest.raises(SheetError, match=message):
        fill(EXPORT, returns, **{"title": "A1", **options})


@pytest.mark.parametrize("said", [b"(read only)", b"(nur Lesen)"])
def test_a_column_that_canvas_only_shows_is_refused(said):
    with pytest.raises(SheetError, match="read only"):
        fill(EXPORT.replace(b"10.00", said), [canvas(31, 1)], title="A1")


# ---- any file


def test_any_file_is_filled_in_by_number_or_name():
    data = b"matriculation;mark\n0031;\nada;\n"
    plain = ToReturn(Student("plain", "ada", "ada"), "ada", 2.5, 10)
    returns = [plain, ToReturn(Student("moodle", "0031", "Student 07"), "s-07", 3, 10)]
    filled = fill(data, returns, id_column="matriculation", mark_column="mark").content
    assert filled == b"matriculation;mark\n0031;3\nada;2.5\n"
    for columns, message in ((("x", "mark"), "no column 'x'"), (("mark", None), "--mark-column NAME"),
                             (("matriculation", "matriculation"), "whose the lines are")):
        with pytest.raises(SheetError, match=message):
            fill(data, returns, id_column=columns[0], mark_column=columns[1])


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@given(st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from(",;\t"),
       st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), texts)
@settings(max_examples=200)
def test_reading_is_that_of_csv_and_writing_changes_one_cell(rows, delimiter, end, mark, quoting, text):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([["a", "b", "c"], *rows])
    data = codecs.BOM_UTF8 * mark + file.getvalue().encode()
    sheet = Sheet(data)
    assert sheet.written() == data
    there = list(csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter))
    assert [[sheet.text(row, column) for column in range(3)] for row in sheet.rows] == there[1:]
    sheet.fill(1, 1, text)
    rows[0][1] = text
    again = Sheet(sheet.written())
    assert [again.text(1, column) for column in range(3)] == rows[0]


def test_other_encodings_pass_through():
    data = b"ID;Name;mark\n7;M\xfcller;\n"
    sheet = Sheet(data)
    sheet.fill(1, 2, "3")
    assert sheet.written() == data[:-1] + b"3\n"


# ---- from results to the file


@pytest.fixture
def graded(tmp_path):
    """A folder of results of a Moodle upload: one right, one unreadable, one that the grader failed at."""
    folder, names = Folder(tmp_path / "out"), Names(tmp_path / "out" / "names.csv")
    called = {number: names.pseudonym(Student("moodle", number, f"Student {number}",
                                              f"Student {number}_{number}_assignsubmission_file_/"))
              for number in ("31", "32", "331")}
    names.write()
    folder.begin(Facts("Adam", ("c1", "c2"), 1), names=called.values())
    checks = {"c1": Judged(True, 2, 2), "c2": Judged(False, 0, 3, "raised an error", "", "<script>", True)}
    none = {"c1": Judged(False, 0, 2), "c2": Judged(False, 0, 3)}
    folder.put(Result(called["31"], GRADED, checks), {})
    folder.put(Result(called["32"], UNREADABLE, none, why="the file is empty"), {})
    folder.put(Result(called["331"], FAILED, why="?"), {})
    folder.report()
    return folder


def options(**changed_):
    return {"to": None, "names": None, "rules": None, "id_column": None, "mark_column": None, "scale": False,
            "skip": False, **changed_}


def test_marks_go_from_results_into_the_worksheet(graded, tmp_path):
    (tmp_path / "sheet.csv").write_bytes(WORKSHEET)
    said = []
    assert exchange.marks(graded.path, tmp_path / "sheet.csv", said.append, **options()) == 0
    filled = tmp_path / "sheet-filled.csv"
    given = changed(WORKSHEET, filled.read_bytes())
    assert {where: text for where, text in given.items() if where[1] == 4} == {(1, 4): "2", (2, 4): "0"}
    assert given[1, 9].startswith("2 of 5 points") and "c2 0/3" in given[1, 9] and "<" not in given[1, 9]
    assert "the file is empty" in given[2, 9]
    assert "no points yet" in said[0] and "2 marks" in said[-1]
    assert stat.S_IMODE(filled.stat().st_mode) == 0o600 or filled.drive
    assert (tmp_path / "sheet.csv").read_bytes() == WORKSHEET


def test_where_it_fails_nothing_is_written(graded, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(WORKSHEET.replace(b"Participant 32", b"Participant 5"))
    with pytest.raises(SheetError, match=r"sheet\.csv: nothing was written"):
        exchange.marks(graded.path, sheet, print, **options())
    with pytest.raises(SheetError, match="another file with --to"):
        exchange.marks(graded.path, sheet, print, **options(to=str(sheet)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "sheet.csv"]


def test_pages_are_called_as_moodle_wants_them(graded, tmp_path):
    assert exchange.pages(graded.path, tmp_path / "pages.zip", print, names=None, rules=None) == 0
    with zipfile.ZipFile(tmp_path / "pages.zip") as archive:
        assert sorted(archive.namelist()) == [f"Student {number}_{number}_assignsubmission_file_/feedback.html"
                                              for number in ("31", "32", "331")]
        assert b"2 of 5 points" in archive.read("Student 31_31_assignsubmission_file_/feedback.html")
    first = (tmp_path / "pages.zip").read_bytes()
    exchange.pages(graded.path, tmp_path / "pages.zip", print, names=None, rules=None)
    assert (tmp_path / "pages.zip").read_bytes() == first


def test_names_are_in_one_file_that_can_be_deleted(graded, tmp_path):
    graded.pass_over([("", "Student 07.pdf", "no notebook")])
    (tmp_path / "sheet.csv").write_bytes(WORKSHEET)
    holding = [path.name for path in graded.path.rglob("*") if path.is_file() and b"Student" in path.read_bytes()]
    assert sorted(holding) == ["names.csv", "passed_over.csv"]
    said = []
    assert exchange.forget(graded.path, said.append, names=None) == 0
    assert exchange.forget(graded.path, said.append, names=None) == 0
    assert "Deleted" in said[0] and "no table" in said[1]
    assert not [path for path in graded.path.rglob("*") if path.is_file() and b"Student" in path.read_bytes()]
    for act in (lambda: exchange.marks(graded.path, tmp_path / "sheet.csv", print, **options()),
                lambda: exchange.pages(graded.path, tmp_path / "pages.zip", print, names=None, rules=None)):
        with pytest.raises(SheetError, match="table of names"):
            act()
    assert not (tmp_path / "pages.zip").exists()


def test_what_is_left_of_a_table_whose_writing_was_killed_is_deleted(graded, tmp_path):
    (graded.path / ".names.csv.123.part").write_text("Student 07")
    exchange.forget(graded.path, print, names=None)
    (tmp_path / ".else.csv.9.part").write_text("Student 07")
    (tmp_path / ".else.csv.kept").write_text("")
    exchange.forget(graded.path, print, names=tmp_path / "else.csv")
    assert not list(tmp_path.rglob("*.part")) and (tmp_path / ".else.csv.kept").exists()


def test_the_folder_knows_where_its_table_of_names_lies(graded, tmp_path):
    elsewhere, said = tmp_path / "else.csv", []
    (graded.path / "names.csv").rename(elsewhere)
    exchange.tell_of(Found("moodle", {}, []), graded, elsewhere, said.append)
    assert len(exchange.table_of_names(graded, None)) == 3
    exchange.forget(graded.path, said.append, names=None)
    assert "still tells whose the results are" in said[-1] and f"--names {elsewhere}" in said[-1]
    assert elsewhere.exists()  # other assignments may need it
    (graded.path / "names.csv").write_text("")
    exchange.forget(graded.path, said.append, names=elsewhere)
    assert not elsewhere.exists() and not (graded.path / "names.csv").exists() and "can no longer be told" in said[-1]


def test_two_commands_at_once_give_pseudonyms_that_both_know(tmp_path):
    one, two = Names(tmp_path / "names.csv"), Names(tmp_path / "names.csv")
    students = [Student("moodle", str(number), "x") for number in range(20)]
    first, second = one.called(students[:12]), two.called(students[8:])
    known = Names(tmp_path / "names.csv")
    assert len(known) == 20 and [path.name for path in tmp_path.iterdir()] == ["names.csv"]
    assert all(known.student(own) == student for given_ in (first, second) for student, own in given_.items())


def test_course_rules_decide_what_goes_back(graded, tmp_path):
    (graded.path / "course.toml").write_text("[assignments.out]\nrounding = 5\n")
    (tmp_path / "sheet.csv").write_bytes(WORKSHEET)
    exchange.marks(graded.path, tmp_path / "sheet.csv", print, **options())
    assert changed(WORKSHEET, (tmp_path / "sheet-filled.csv").read_bytes())[1, 4] == "0"
    (graded.path / "course.toml").write_text("rounding = 5")
    with pytest.raises(CourseError):
        exchange.marks(graded.path, tmp_path / "sheet.csv", print, **options())


# ---- pseudonyms


def test_pseudonyms_stay_and_say_nothing(tmp_path):
    texts = [("Student 07", "Student 07_0_assignsubmission_file_/"), ("=cmd|x", "=cmd|x_1_/"),
             ("\u202eX\t", "a%2F_2_/"), ("M\u00fc", ""), ("-x", " -y"),
             ("'-", "'=")]
    students = [Student("moodle", str(number), *names) for number, names in enumerate(texts)]
    names = Names(tmp_path / "new" / "names.csv")
    called = [names.pseudonym(student) for student in students]
    names.write()
    assert len(set(called)) == 6 and all(re.fullmatch(r"s-[2-9b-z]{6}", one) for one in called)
    again = Names(names.path)
    assert [again.pseudonym(Student("moodle", str(number))) for number in range(6)] == called
    assert [Names(names.path).student(one) for one in called] == students
    before = names.path.read_bytes()
    Names(names.path).write()
    assert names.path.read_bytes() == before
    assert stat.S_IMODE(names.path.stat().st_mode) == 0o600 or names.path.drive
    assert [path.name for path in names.path.parent.iterdir()] == ["names.csv"]


@pytest.mark.parametrize("content", [b"x", b"submission,platform,id,name,folder\ns-1,moodle,1\n", b"\xff",
                                     b"submission,platform,id,name,folder\ns-1,m,1,,\ns-1,m,2,,\n"])
def test_a_damaged_table_of_names_is_not_overwritten(tmp_path, content):
    (tmp_path / "names.csv").write_bytes(content)
    with pytest.raises(NamesError, match="Put back a copy"):
        Names(tmp_path / "names.csv")

