"""What comes in: folders and zips of any names, whose they are, and that nothing in them harms the others."""

import os
import stat
import struct
import sys
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading import platforms, stranger, uploads
from edu_optim.grading.collect import NO_NOTEBOOK, found, note_times
from edu_optim.grading.platforms import ATTEMPT, COPIES, LAST, LATE, SEVERAL
from edu_optim.grading.pseudonyms import Names
from edu_optim.grading.stranger import LARGEST, Unreadable
from edu_optim.grading.uploads import DAMAGED, LINK, UploadError

BOOK = b'{"cells": []}'
MOODLE_FOLDERS = ["Student 07_31_assignsubmission_file_/a1.ipynb", "Student 08_32_assignsubmission_file/a1.ipynb"]
MOODLE_FLAT = ["Student 07_31_assignsubmission_file_a1.ipynb", "Student 08_32_assignsubmission_file_my_a1.ipynb"]
CANVAS = ["student07_LATE_12_456_a1-1.ipynb", "student08_13_457_a1.ipynb", "anon_Xy12z_458_1_2_a1.ipynb",
          "LATE_anon_Zz_459_a1.ipynb"]
ILIAS = ["Multi_Feedback_Sheet_01/Student_07_s07_41/a1.ipynb", "Multi_Feedback_Sheet_01/Student_08_s08_42/a1.ipynb",
         "Multi_Feedback_Sheet_01/status.csv"]


def zipped(path, files):
    """A zip of {name or ZipInfo: bytes}; a list of names stands for empty notebooks."""
    files = files if isinstance(files, dict) else dict.fromkeys(files, BOOK)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(folder, files):
    """A folder of {name: bytes}, or of names."""
    for name, content in (files if isinstance(files, dict) else dict.fromkeys(files, BOOK)).items():
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    return folder


def ours(found_):
    """The platform and the students by their own numbers, with the names of what they are graded by."""
    return found_.platform, {identity: [file.name for file, *_ in files]
                             for (_, identity, *_), files in found_.attempts.items()}


def sorted_out(place, **options):
    return platforms.collected(uploads.files(place), **options)


# ---- whose it is


@pytest.mark.parametrize("names, platform, numbers", [
    (MOODLE_FOLDERS, "moodle", {"31", "32"}), (MOODLE_FLAT, "moodle", {"31", "32"}),
    ([f"Sheet 1/{name}" for name in MOODLE_FOLDERS], "moodle", {"31", "32"}),
    (["Group A-Student 07_31_assignsubmission_file_/sub/a1.ipynb"], "moodle", {"31"}),
    (CANVAS, "canvas", {"12", "13", "anon_Xy12z", "anon_Zz"}), (CANVAS[:1], "canvas", {"12"}),
    (ILIAS, "ilias", {"41", "42"}), (ILIAS[:1], "ilias", {"41"}),
    (["S/Team_13/Student_07_s07_41/a1.ipynb", "S/Team_14/Student_08_s08_42/a1.ipynb"], "ilias", {"41", "42"}),
    (["ada.ipynb", "bob.ipynb"], "plain", {"ada.ipynb", "bob.ipynb"}),
    (["in/ada.ipynb", "in/bob.ipynb"], "plain", {"ada.ipynb", "bob.ipynb"}),
    (["ada/a1.ipynb", "bob/a1.ipynb"], "plain", {"ada", "bob"}),
    (["student07_1_2_a1.ipynb", "ada.ipynb"], "plain", {"student07_1_2_a1.ipynb", "ada.ipynb"})])
def test_names_tell_the_platform_and_the_student(tmp_path, names, platform, numbers):
    for place in (zipped(tmp_path / "upload.zip", names), unpacked(tmp_path / "upload", names)):
        said, attempts = ours(sorted_out(place))
        assert said == platform and set(attempts) == numbers and all(map(len, attempts.values()))


def test_a_students_own_names_cannot_make_it_another_students(tmp_path):
    inner = "Student 08_32_assignsubmission_file_"
    names = [f"Student 07_31_assignsubmission_file_/{own}" for own in (f"{inner}/a1.ipynb", f"{inner}b.ipynb")]
    assert set(ours(sorted_out(zipped(tmp_path / "a.zip", names)))[1]) == {"31"}
    names = ["student07_12_456_student08_13_457_a1.ipynb", "student08_13_458_a1.ipynb"]
    assert ours(sorted_out(zipped(tmp_path / "b.zip", names)))[1]["13"] == [names[1]]
    names = ["S/Student_07_s07_41/Student_08_s08_42/a1.ipynb", "S/Student_09_s09_43/a1.ipynb"]
    assert set(ours(sorted_out(zipped(tmp_path / "c.zip", names)))[1]) == {"41", "43"}


@pytest.mark.parametrize("own, graded, flags", [
    (["a1.ipynb", "notes.ipynb"], ["a1.ipynb"], (SEVERAL,)),
    (["A1 (2).ipynb", "z.ipynb"], ["A1 (2).ipynb"], (SEVERAL,)),
    (["b.ipynb", "z.ipynb"], ["z.ipynb"], (LAST,)), (["other.ipynb"], ["other.ipynb"], ()),
    (["a1-1.ipynb", "a1.ipynb"], ["a1-1.ipynb"], (COPIES,)), (["a1.ipynb"], ["a1.ipynb"], ()),
    (["a1-10.ipynb", "a1-9.ipynb", "x.ipynb"], ["a1-10.ipynb"], (SEVERAL,))])
def test_which_of_several_notebooks_counts(tmp_path, own, graded, flags):
    first = MOODLE_FOLDERS[0].rpartition("/")[0]
    place = zipped(tmp_path / "upload.zip", [f"{first}/{name}" for name in own])
    collected = sorted_out(place, handed_out="a1.ipynb")
    (files,) = collected.attempts.values()
    assert [file.parts[-1] for file, *_ in files] == graded
    assert {said for _, said, _ in files} == {flags}
    assert {file.parts[-1] for _, file, _ in collected.passed} == set(own) - set(graded)


def test_canvas_orders_by_its_own_numbers_and_says_who_is_late(tmp_path):
    names = ["student07_12_500_a1.ipynb", "student07_12_499_a1-1.ipynb", "student08_LATE_13_501_a1.ipynb"]
    attempts = sorted_out(zipped(tmp_path / "upload.zip", names)).attempts
    files = {student.id: files for student, files in attempts.items()}
    assert [file.name for file, *_ in files["12"]] == [names[0]]
    assert [said for _, said, _ in files["13"]] == [(LATE,)]


def test_ilias_says_when(tmp_path):
    names = [f"S/Student_07_s07_41/{stamp}_a1.ipynb" for stamp in ("20250503000001", "20250502235900")]
    names.append("S/Student_08_s08_42/20250501120000_a1.ipynb")
    attempts = sorted_out(zipped(tmp_path / "upload.zip", names)).attempts
    times = {student.id: [time for *_, time in files] for student, files in attempts.items()}
    assert times == {"41": ["2025-05-02T23:59:00", "2025-05-03T00:00:01"], "42": ["2025-05-01T12:00:00"]}


@pytest.mark.parametrize("own", ["20200101000000_a1.ipynb", "99999999999999_a1.ipynb", "20250231120000_a1.ipynb"])
def test_a_time_that_a_student_wrote_is_none(tmp_path, own):
    names = [f"S/Student_07_s07_41/{own}", "S/Student_08_s08_42/a1.ipynb"]
    attempts = sorted_out(zipped(tmp_path / "upload.zip", names)).attempts
    assert [time for files in attempts.values() for *_, time in files] == ["", ""]
    alone = sorted_out(zipped(tmp_path / "one.zip", names[:1])).attempts
    assert [time for files in alone.values() for *_, time in files] == ["2020-01-01T00:00:00" if "2020" in own else ""]


def test_one_upload_is_one_attempt_or_a_few_if_the_platform_has_times(tmp_path):
    many = [f"Student 07_31_assignsubmission_file_/a1 ({number}).ipynb" for number in range(20)]
    collected = sorted_out(zipped(tmp_path / "a.zip", many), handed_out="a1.ipynb")
    (files,) = collected.attempts.values()
    assert [file.parts[-1] for file, *_ in files] == ["a1 (19).ipynb"] and len(collected.passed) == 19
    many = [f"S/Student_07_s07_41/202505021200{number:02d}_a1.ipynb" for number in range(20)]
    (files,) = sorted_out(zipped(tmp_path / "b.zip", many)).attempts.values()
    assert [time[-2:] for *_, time in files] == ["15", "16", "17", "18", "19"]


def test_the_number_of_a_sheet_is_no_number_of_a_copy(tmp_path):
    first = MOODLE_FOLDERS[0].rpartition("/")[0]
    for own, graded in ((["sheet-3.ipynb", "sheet-4.ipynb"], "sheet-3.ipynb"),
                        (["sheet-3.ipynb", "sheet-3-1.ipynb", "sheet-4.ipynb"], "sheet-3-1.ipynb")):
        place = zipped(tmp_path / f"{len(own)}.zip", [f"{first}/{name}" for name in own])
        (files,) = sorted_out(place, handed_out="sheet-3.ipynb").attempts.values()
        assert [(file.parts[-1], said) for file, said, _ in files] == [(graded, (SEVERAL,))]


@pytest.mark.parametrize("own", ["x_1_assignsubmission_file_a1.ipynb", "x_1_assignsubmission_file_.pdf",
                                 "x_1_assignsubmission_file_/a1.ipynb"])
def test_a_students_file_does_not_make_a_class_moodles(tmp_path, own):
    names = ["Student_07_s07_41/a1.ipynb", f"Student_08_s08_42/{own}", "Student_08_s08_42/a1.ipynb"]
    assert set(ours(sorted_out(zipped(tmp_path / "a.zip", names)))[1]) == {"41", "42"}
    names = ["ada/a1.ipynb", "bob/a1.ipynb", f"eve/{own}"]
    assert ours(sorted_out(zipped(tmp_path / "b.zip", names)))[0] == "plain"


@pytest.mark.parametrize("names, platform", [
    ([*MOODLE_FLAT, "notes.ipynb"], "moodle"), (["ada.ipynb", "bob.ipynb", MOODLE_FLAT[0]], "moodle"),
    ([*CANVAS, "notes.ipynb"], "canvas"),
    (["Student_07_s07_41/a1.ipynb", "Student_08_s08_42/a1.ipynb", "notes.ipynb"], "ilias")])
def test_a_mixed_upload_is_refused_until_somebody_says_whose_it_is(tmp_path, names, platform):
    place = zipped(tmp_path / "upload.zip", names)
    with pytest.raises(UploadError, match=rf" has not\. .*--platform {platform}.*--platform plain"):
        sorted_out(place)
    assert ours(sorted_out(place, platform=platform))[0] == platform
    assert ours(sorted_out(place, platform="plain"))[0] == "plain"


def test_what_is_no_notebook_is_listed_with_the_reason(tmp_path):
    files = {MOODLE_FOLDERS[0]: BOOK, "Student 09_33_assignsubmission_file_/a1.zip": b"PK",
             "Student 09_33_assignsubmission_onlinetext_/onlinetext.html": b"", "readme.txt": b"",
             ".DS_Store": b"", "__MACOSX/x": b"", ".hidden.ipynb": BOOK, "stray.ipynb": BOOK}
    names = Names(tmp_path / "names.csv")
    got = found(zipped(tmp_path / "upload.zip", files), platform="moodle", names=lambda: names)
    assert len(got.submissions) == 2
    with pytest.raises(Unreadable, match="no notebook among the files"):
        got.submissions[names.pseudonym(platforms.Student("moodle", "33"))].read()
    passed = {file: why for _, file, why in got.passed}
    assert set(passed) == {"*.zip", "*.html", "readme.txt", ".hidden.ipynb", "stray.ipynb"}
    assert "Moodle" in passed["stray.ipynb"] and "dot" in passed[".hidden.ipynb"]


def test_of_a_platforms_students_no_list_holds_a_name(tmp_path):
    names = [MOODLE_FOLDERS[0], "Ada L_32_assignsubmission_file_/.a1.ipynb", "Ada L_32_assignsubmission_file_/Ada.pdf",
             "Ada L_32_assignsubmission_onlinetext_/onlinetext.html"]
    table = Names(tmp_path / "names.csv")
    got = found(zipped(tmp_path / "upload.zip", names), names=lambda: table)
    ada = table.pseudonym(platforms.Student("moodle", "32"))
    assert {(name, file) for name, file, _ in got.passed} == {(ada, "*.ipynb"), (ada, "*.pdf"), (ada, "*.html")}


def test_a_folder_beside_notebooks_is_nobody(tmp_path):
    got = found(unpacked(tmp_path / "in", ["ada.ipynb", "old/ada.ipynb", "old/bob.ipynb", "img/x.png"]))
    assert set(got.submissions) == {"ada"}
    assert [file for _, file, _ in got.passed] == ["img/x.png", "old/ada.ipynb", "old/bob.ipynb"]


def test_the_folder_of_results_is_no_upload(tmp_path):
    unpacked(tmp_path, ["ada/a1.ipynb", "bob/a1.ipynb", "out/assignment.ipynb"])
    assert set(found(tmp_path, without=tmp_path / "out").submissions) == {"ada", "bob"}


@pytest.mark.parametrize("platform", ["moodle", "canvas", "ilias"])
def test_another_platform_than_said_is_refused(tmp_path, platform):
    with pytest.raises(UploadError, match="--platform plain"):
        found(unpacked(tmp_path / "in", ["ada.ipynb"]), platform=platform)


def test_what_is_said_holds_against_the_names(tmp_path):
    place = unpacked(tmp_path / "in", ["hw_1_2_a.ipynb", "hw_1_3_b.ipynb"])
    assert set(found(place, platform="plain").submissions) == {"hw_1_2_a", "hw_1_3_b"}
    assert set(found(place / "hw_1_2_a.ipynb").submissions) == {"hw_1_2_a"}  # one file tells too little


def test_nothing_to_grade_is_said(tmp_path):
    for place in (tmp_path, tmp_path / "gone", tmp_path / "gone.zip"):
        with pytest.raises(UploadError, match=r"no notebooks|cannot be opened"):
            found(place)


# ---- names


def test_names_of_any_bytes_are_told_apart(tmp_path):
    names = [b"\\udcff.ipynb", b"\xff.ipynb", "e\u0301.ipynb".encode(), "\u00e9.ipynb".encode(), b"bob.ipynb",
             b"ada.ipynb", b"ada.IPYNB", b"ada-91b43f70.ipynb"]
    if sys.platform != "linux":
        pytest.skip("this system has no such names")
    got = found(unpacked(tmp_path / "in", names))
    assert len(got.submissions) == len(names) and {"bob", "ada-91b43f70"} <= set(got.submissions)
    for name in got.submissions:
        name.encode()
    assert set(got.submissions) == set(found(tmp_path / "in").submissions)


@given(st.lists(st.text(st.characters(exclude_characters="/\0\\", exclude_categories=["Cs"]), min_size=1, max_size=12),
                min_size=1, max_size=8, unique=True))
@settings(max_examples=60, deadline=None)
def test_every_file_is_graded_or_listed(tmp_path_factory, names):
    place = zipped(tmp_path_factory.mktemp("any") / "upload.zip", [f"{name}.ipynb" for name in names])
    try:
        got = found(place, platform="plain")
    except UploadError:
        assert all(name.startswith((".", "~")) or ":" in name for name in names)
    else:
        assert len(got.submissions) + len(got.passed) == len(names)


# ---- what is refused


def _info(name, mode=0, system=3):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = system, mode << 16
    return info


def _patched(path, flags=None, method=None, size=None):
    """Change what the zip says of its last file, in both of its lists."""
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.rfind(mark)
        for value, where, form in ((flags, 0, "<H"), (method, 2, "<H"), (size, 16, "<I")):
            if value is not None:
                struct.pack_into(form, data, at + offset + where, value)
    path.write_bytes(data)


def _deflated(length):
    """Bytes that take next to nothing in a zip."""
    return b'{"cells":["' + b" " * length


BAD = {"a link": (_info(MOODLE_FOLDERS[1], stat.S_IFLNK | 0o777), BOOK, {}, "this is a link"),
       "a pipe": (_info(MOODLE_FOLDERS[1], stat.S_IFIFO), BOOK, {}, "no file"),
       "encrypted": (MOODLE_FOLDERS[1], BOOK, {"flags": 1}, "without a password"),
       "an odd compression": (MOODLE_FOLDERS[1], BOOK, {"method": 12}, "compressed in a way"),
       "a large one": (MOODLE_FOLDERS[1], _deflated(LARGEST), {}, "larger than"),
       "a bomb": (MOODLE_FOLDERS[1], _deflated(30_000_000), {}, "200 times"),
       "one that lies of its size": (MOODLE_FOLDERS[1], _deflated(30_000_000), {"size": 500}, DAMAGED),
       "an empty one": (MOODLE_FOLDERS[1], b"", {}, "the file is empty"),
       "a zip": (MOODLE_FOLDERS[1][:-5] + "zip", BOOK, {}, NO_NOTEBOOK)}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_is_said_and_the_others_are_read(tmp_path, name):
    info, content, patches, message = BAD[name]
    place = zipped(tmp_path / "upload.zip", {MOODLE_FOLDERS[0]: BOOK, info: content})
    _patched(place, **patches)
    got = found(place, names=lambda: Names(tmp_path / "names.csv"))
    read, refused = [], []
    for one in got.submissions.values():
        try:
            read.append(one.read())
        except Unreadable as error:
            refused.append(error.reason)
    assert read == [BOOK] and len(refused) == 1 and message in refused[0]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_the_same_name_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "upload.zip", "w") as archive:
        for content in (BOOK, b"{}", BOOK):
            archive.writestr(MOODLE_FOLDERS[len(content) == 2], content)
    students = sorted_out(tmp_path / "upload.zip").attempts
    reads = {student.id: files[0][0].read for student, files in students.items()}
    with pytest.raises(Unreadable, match="two files of this name"):
        reads["31"]()
    assert reads["32"]() == b"{}"


@pytest.mark.parametrize("name", ["../../evil.ipynb", "/etc/evil.ipynb", "C:\\evil.ipynb", "..\\evil.ipynb",
                                  "a/../b.ipynb", f"../{MOODLE_FOLDERS[1]}"])
def test_names_that_lead_out_belong_to_nobody(tmp_path, name):
    place = zipped(tmp_path / "upload.zip", {MOODLE_FOLDERS[0]: BOOK, _info(name): BOOK})
    collected = sorted_out(place)
    assert len(collected.attempts) == 1
    assert [why for _, _, why in collected.passed] == [uploads.OUTSIDE]
    assert sorted(os.listdir(tmp_path)) == ["upload.zip"]


def test_bytes_of_a_zip_that_are_changed_are_damage(tmp_path):
    place = zipped(tmp_path / "upload.zip", {MOODLE_FOLDERS[0]: BOOK, MOODLE_FOLDERS[1]: os.urandom(5000)})
    data = bytearray(place.read_bytes())
    at = data.index(MOODLE_FOLDERS[1].encode()) + 1000
    data[at] ^= 0xFF
    place.write_bytes(data)
    reads = {student.id: files[0][0].read for student, files in sorted_out(place).attempts.items()}
    assert reads["31"]() == BOOK
    with pytest.raises(Unreadable, match="damaged inside the zip"):
        reads["32"]()


def test_the_list_of_a_zip_is_read_once(tmp_path, monkeypatch):
    place, read = zipped(tmp_path / "upload.zip", MOODLE_FOLDERS), []
    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", lambda self, real=zipfile.ZipFile._RealGetContents: (
        read.append(1), real(self)))
    assert [file.read() for file in uploads.files(place)] == [BOOK, BOOK] and read == [1]


def test_a_name_of_no_letters_belongs_to_nobody(tmp_path):
    place = zipped(tmp_path / "upload.zip", [MOODLE_FOLDERS[0], "x.ipynb"])
    place.write_bytes(place.read_bytes().replace(b"x.ipynb", b"\0.ipynb"))
    assert [file.lost for file in uploads.files(place)] == [uploads.OUTSIDE, ""]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"PK\x05\x06" + b"\xff" * 18])
def test_no_zip_at_all_is_said(tmp_path, content):
    (tmp_path / "upload.zip").write_bytes(content)
    with pytest.raises(UploadError, match="no zip that can be read"):
        found(tmp_path / "upload.zip")


def test_too_many_files_are_refused_before_they_are_listed(tmp_path, monkeypatch):
    place = zipped(tmp_path / "upload.zip", [f"{number}.ipynb" for number in range(300)])
    monkeypatch.setattr(uploads, "FILES", 100)
    with pytest.raises(UploadError, match="more than 100 files"):
        found(place)
    with pytest.raises(UploadError, match="more than 100 files"):
        found(unpacked(tmp_path / "in", [f"{number}.ipynb" for number in range(101)]))
    monkeypatch.setattr(uploads, "LISTING", 1000)
    with pytest.raises(UploadError, match="more files than any upload"):
        found(place)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_in_a_folder_are_not_followed(tmp_path):
    unpacked(tmp_path, ["secret/x.ipynb", "in/ada.ipynb"])
    (tmp_path / "in" / "link.ipynb").symlink_to(tmp_path / "secret" / "x.ipynb")
    (tmp_path / "in" / "inside").symlink_to(tmp_path / "secret")
    got = found(tmp_path / "in")
    assert set(got.submissions) == {"ada", "link"}
    with pytest.raises(Unreadable, match=LINK[:14]):
        got.submissions["link"].read()
    assert [file for _, file, _ in got.passed] == ["inside"]


def test_a_folder_that_is_called_a_notebook_is_said(tmp_path):
    got = found(unpacked(tmp_path / "in", ["ada.ipynb", "bob.ipynb/x.txt"]))
    with pytest.raises(Unreadable, match="this is no file"):
        got.submissions["bob"].read()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything can be opened here")
def test_a_folder_that_cannot_be_opened_is_said(tmp_path):
    unpacked(tmp_path / "in", ["ada.ipynb", "shut/bob.ipynb"])
    (tmp_path / "in" / "shut").chmod(0)
    assert [(file, why[:19]) for _, file, why in found(tmp_path / "in").passed] == [("shut", "it cannot be opened")]
    (tmp_path / "in" / "shut").chmod(0o700)


# ---- attempts


def test_what_has_changed_in_a_later_upload_is_a_further_attempt(tmp_path):
    first, second = MOODLE_FOLDERS
    old = zipped(tmp_path / "old.zip", {first: b"{1", second: b"{1"})
    new = zipped(tmp_path / "new.zip", {first: b"{2", second: b"{1"})
    last = zipped(tmp_path / "last.zip", {first: b"{1", second: b"{1"})
    names = Names(tmp_path / "names.csv")
    got = found(old, new, last, names=lambda: names).submissions
    seven, eight = (names.pseudonym(platforms.Student("moodle", number)) for number in ("31", "32"))
    assert {name: one.read() for name, one in got.items()} == {
        seven: b"{1", f"{seven} (attempt 2)": b"{2", f"{seven} (attempt 3)": b"{1", eight: b"{1"}
    assert ATTEMPT in got[seven].flags and not got[eight].flags
    note_times(tmp_path / "times.csv", got)
    assert (tmp_path / "times.csv").read_text().splitlines() == [
        '"submission","time","person","attempt","stamp"', f'"{seven}","","{seven}","1",""',
        f'"{seven} (attempt 2)","","{seven}","2",""', f'"{seven} (attempt 3)","","{seven}","3",""']


def test_times_that_somebody_wrote_stay(tmp_path):
    path = tmp_path / "times.csv"
    path.write_text("submission;time\nada;2025-05-02T10:00:00+02:00\n")
    got = found(unpacked(tmp_path / "one", {"ada.ipynb": b"1"}), unpacked(tmp_path / "two", {"ada.ipynb": b"2"}))
    note_times(path, got.submissions)
    assert path.read_text().splitlines()[1:] == ['"ada","2025-05-02T10:00:00+02:00","","",""',
                                                 '"ada (attempt 2)","","ada","2",""']


def test_a_later_time_of_the_platform_takes_the_place_of_its_earlier_and_of_nobody_elses(tmp_path):
    path, names = tmp_path / "times.csv", Names(tmp_path / "names.csv")

    def handed_in(day):
        places = zipped(tmp_path / f"{day}.zip", [f"S/Student_0{number}_s_4{number}/202505{day}120000_a1.ipynb"
                                                  for number in (1, 2)])
        return found(places, names=lambda: names).submissions

    def listed():
        return [line.replace('"', "").split(",") for line in path.read_text().splitlines()[1:]]

    assert note_times(path, handed_in("01")) == []
    ada, bob = [row[0] for row in listed()]
    path.write_text(path.read_text().replace(f'"{bob}","2025-05-01T12:00:00"', f'"{bob}","2025-05-03T10:00:00"'))
    for _ in range(2):  # until somebody has looked
        (remark,) = note_times(path, handed_in("09"))
        assert bob in remark and "2025-05-03T10:00:00" in remark and "2025-05-09T12:00:00" in remark
    assert listed() == [[ada, "2025-05-09T12:00:00", ada, "", "2025-05-09T12:00:00"],
                        [bob, "2025-05-03T10:00:00", bob, "", "2025-05-01T12:00:00"]]
    path.write_text(path.read_text().replace("2025-05-01T12:00:00", "2025-05-09T12:00:00"))
    assert note_times(path, handed_in("09")) == [] and "2025-05-03T10:00:00" in path.read_text()


def test_uploads_of_two_platforms_are_not_mixed(tmp_path):
    with pytest.raises(UploadError, match="moodle and plain"):
        found(zipped(tmp_path / "a.zip", MOODLE_FLAT), unpacked(tmp_path / "in", ["ada.ipynb"]))


def test_reading_takes_no_more_than_a_notebook_may(tmp_path, monkeypatch):
    """Whatever a zip says of the size of its file, which here is three times the limit."""
    place = zipped(tmp_path / "upload.zip", {"ada.ipynb": os.urandom(6_000_000)})
    taken, inflate = [], zlib.decompressobj

    class Counting:
        def __init__(self, *arguments):
            self._real = inflate(*arguments)

        def decompress(self, *arguments):
            taken.append(len(data := self._real.decompress(*arguments)))
            return data

        def __getattr__(self, name):
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    monkeypatch.setattr(uploads, "_refused", lambda *_: "")
    for module in (uploads, stranger):
        monkeypatch.setattr(module, "LARGEST", 2_000_000)
    with pytest.raises(Unreadable, match="larger than"):
        found(place).submissions["ada"].read()
    assert 2_000_000 < sum(taken) < 4_000_000
