"""Many submissions: what is kept, what is done again, and that the same comes out however often it was stopped."""

import contextlib
import json
import os
import shutil
import sys
import unicodedata
import zipfile

import hostile
import pytest
from authors import EXAMPLE
from fake_kernel import FakeKernel

pytest.importorskip("nbval")

from edu_optim.childprocess import ProcessError
from edu_optim.grading import batch, source
from edu_optim.grading.batch import BatchError, Setting, grade_all
from edu_optim.grading.collect import found, note_times
from edu_optim.grading.course import final_marks
from edu_optim.grading.course.rules import Rules
from edu_optim.grading.folder import Facts, Folder, FolderError, file_name
from edu_optim.grading.grade import grade, seed_for
from edu_optim.grading.pseudonyms import Names
from edu_optim.grading.result import FAILED, Result

EXERCISE = source.read(EXAMPLE)
SETTING = Setting(EXAMPLE.read_bytes(), 1, "bwrap", {})


class Inline:
    """Workers that do it at once; ``dies`` names submissions that end the process, ``stops`` after how many."""

    here, count = True, 1

    def __init__(self, dies=(), stops=None):
        self.calls, self.done, self.dies, self.stops = [], [], dies, stops

    @property
    def free(self):
        return len(self.calls) < 2

    def submit(self, tag, function, *arguments):
        assert function is batch.work
        self.calls.append((tag, arguments))

    def results(self):
        while self.calls:
            if self.stops is not None and len(self.done) >= self.stops:
                raise KeyboardInterrupt
            tag, (setting, submission) = self.calls.pop(0)
            if tag in self.dies:
                raise ProcessError("died")
            self.done.append(tag)
            yield tag, grade(EXERCISE, submission, seed_for(setting.seed, tag), FakeKernel).to_json()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def handed_in(tmp_path):
    """A folder with submissions, of which one is no notebook and one has an odd name."""
    folder = tmp_path / "in"
    folder.mkdir()
    answers = {name: answer.solution for name, answer in EXERCISE.answers.items()}
    for name, given in {"ada": answers, "bob": {**answers, "q2": "x = 1"}, "=1+1": {}, "M\u00fc": answers,
                        "eve": answers}.items():
        cells = [{**cell, "source": given.get(cell["id"], cell["source"])} for cell in EXERCISE.released(1)]
        (folder / f"{name}.ipynb").write_text(json.dumps(hostile.notebook(cells)), encoding="utf-8")
    (folder / "zoe.ipynb").write_bytes(b"PK")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / "notes.txt").touch()
    return folder


def run(handed_in, out, workers=None, setting=SETTING, **options):
    workers, there = workers or Inline(), found(handed_in, **options)
    with contextlib.suppress(KeyboardInterrupt):
        grade_all(EXERCISE, there.submissions, Folder(out), setting, workers, whole=there.whole)
        Folder(out).report()
    return workers.done


def book(out):
    """The gradebook's first and last columns."""
    lines = (out / "gradebook.csv").read_text("utf-8-sig").splitlines()[1:]
    return {line.split(",")[0].strip('"'): line.rpartition(",")[2] for line in lines}


def test_all_are_graded_and_reported(handed_in, tmp_path):
    out = tmp_path / "out"
    assert sorted(run(handed_in, out)) == ["=1+1", "M\u00fc", "ada", "bob", "eve"]
    lines = (out / "gradebook.csv").read_text("utf-8-sig").splitlines()
    assert lines == ['"submission","c1","c2","c3","c4","total"', '"\'=1+1",0,0,0,0,0', '"M\u00fc",1,2,1.5,1,5.5',
                     '"ada",1,2,1.5,1,5.5', '"bob",1,2,0,1,4', '"eve",1,2,1.5,1,5.5', '"zoe",0,0,0,0,0']
    assert {path.stem for path in (out / "feedback").iterdir()} == {"=1+1", "M\u00fc", "ada", "bob", "eve", "zoe"}
    assert "not a notebook" in (out / "feedback" / "zoe.html").read_text("utf-8")


def test_what_is_graded_is_not_graded_again_unless_something_changed(handed_in, tmp_path):
    out = tmp_path / "out"
    assert len(run(handed_in, out)) == 5
    assert run(handed_in, out) == []
    shutil.copy(handed_in / "bob.ipynb", handed_in / "ada.ipynb")
    assert run(handed_in, out) == ["ada"]
    assert len(run(handed_in, out, setting=SETTING._replace(seed=2))) == 5
    assert len(run(handed_in, out, setting=SETTING._replace(source=b"another"))) == 5


@pytest.mark.parametrize("stops", range(5))
def test_stopped_and_resumed_gives_the_same_bytes(handed_in, tmp_path, stops):
    run(handed_in, tmp_path / "whole")
    done = run(handed_in, tmp_path / "parts", Inline(stops=stops))
    again = run(handed_in, tmp_path / "parts")
    assert sorted(done + again) == sorted(["=1+1", "M\u00fc", "ada", "bob", "eve"])
    for path in [tmp_path / "whole" / "gradebook.csv", *(tmp_path / "whole" / "feedback").iterdir()]:
        assert (tmp_path / "parts" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("dies", [{"ada"}, {"ada", "bob", "eve", "M\u00fc", "=1+1"}])
def test_who_ends_the_graders_process_is_for_a_person_and_the_others_go_on(handed_in, tmp_path, dies):
    out = tmp_path / "out"
    run(handed_in, out, Inline(dies=dies))
    assert {result.submission for result in Folder(out).results() if result.state == FAILED} == dies
    assert '"ada","","","","",""' in (out / "gradebook.csv").read_text("utf-8-sig")
    assert set(run(handed_in, out)) == dies  # once more


def test_nothing_graded_is_said(tmp_path):
    with pytest.raises(FolderError, match="assignment grade"):
        Folder(tmp_path).report()


def test_a_damaged_result_is_made_again(handed_in, tmp_path):
    out = tmp_path / "out"
    run(handed_in, out)
    (out / "results" / "ada.json").write_text("{")
    assert run(handed_in, out) == ["ada"]


def test_long_and_odd_names_are_files(tmp_path):
    folder = Folder(tmp_path)
    folder.begin(Facts("Adam", ("c1",), 1))
    names = ["a" * 249, "a" * 248 + "b", "..", "x\ny", "\\udcff" * 60, "CON"]
    for name in names:
        folder.put(Result(name, FAILED), "")
    assert sorted(result.submission for result in folder.results()) == sorted(names)
    folder.report()
    assert len(list((tmp_path / "feedback").iterdir())) == len({file_name(name) for name in names}) == len(names)


def test_a_withdrawn_submission_leaves_the_gradebook_and_comes_back_as_it_was(handed_in, tmp_path):
    out = tmp_path / "out"
    run(handed_in, out)
    os.rename(handed_in / "bob.ipynb", tmp_path / "bob.ipynb")
    assert run(handed_in, out) == []
    assert set(book(out)) == {"'=1+1", "M\u00fc", "ada", "eve", "zoe"}
    assert not (out / "feedback" / "bob.html").exists() and (out / "withdrawn" / "bob.json").exists()
    os.rename(tmp_path / "bob.ipynb", handed_in / "bob.ipynb")
    assert run(handed_in, out) == []
    assert book(out)["bob"] == "4" and (out / "feedback" / "bob.html").exists()


def test_most_of_a_class_is_withdrawn_only_if_that_is_said(handed_in, tmp_path):
    out = tmp_path / "out"
    run(handed_in, out)
    before = book(out)
    for name in before.keys() - {"ada"}:
        (handed_in / f"{name.lstrip(chr(39))}.ipynb").unlink()
    with pytest.raises(BatchError, match=r"5 of 6 submissions .*--withdraw"):
        run(handed_in, out)
    assert book(out) == before and not (out / "withdrawn").exists()
    grade_all(EXERCISE, found(handed_in).submissions, Folder(out), SETTING, Inline(), withdraw=True)
    assert len(list((out / "withdrawn").iterdir())) == 5


def test_a_file_of_results_that_somebody_cut_is_named(handed_in, tmp_path):
    out = tmp_path / "out"
    run(handed_in, out)
    for content in ('{"result": {"submission": "ada"}}', '{"result": {"submission": "ada"}, "made_from": {}, '
                    '"answers": {}}'):
        (out / "results" / "ada.json").write_text(content)
        with pytest.raises(FolderError, match=r"ada\.json is not as the grader wrote it"):
            Folder(out).report()


def test_two_at_once_write_into_files_of_their_own(handed_in, tmp_path, monkeypatch):
    """Another process puts a result between writing one and naming it."""
    out, real, before = tmp_path / "out", os.replace, []
    run(handed_in, out)
    folder = Folder(out)

    def between(part, path):
        if not before:
            before.append(part)
            monkeypatch.setattr(os, "getpid", lambda: 1)
            Folder(out).put(Result("bob", FAILED), {})
        real(part, path)

    monkeypatch.setattr(os, "replace", between)
    folder.put(Result("ada", FAILED), {})
    assert {name: json.loads((out / "results" / f"{name}.json").read_text())["result"]["submission"]
            for name in ("ada", "bob")} == {"ada": "ada", "bob": "bob"}
    assert not list(out.rglob("*.part"))


def test_one_notebook_by_itself_withdraws_nobody(handed_in, tmp_path):
    out = tmp_path / "out"
    run(handed_in, out)
    before = book(out)
    shutil.copy(handed_in / "ada.ipynb", handed_in / "bob.ipynb")
    assert run(handed_in / "bob.ipynb", out) == ["bob"]
    assert book(out) == {**before, "bob": "5.5"}


@pytest.mark.parametrize("names", [["Ada", "ada", "ADA"], ["\u00e9", "\u00c9"],
                                   ["Ada", "ADA", "Ada-99a563ab2f6e21e9"], ["stra\u00dfe", "strasse"],
                                   ["a:b", "a_b"]])
def test_names_that_some_systems_take_for_one_are_several_files(tmp_path, names):
    folder = Folder(tmp_path)
    for there in (names[:1], names):  # the second comes later
        folder.begin(Facts("Adam", ("c1",), 1), names=there)
        for name in there:
            folder.put(Result(name, FAILED, seed=len(name)), {})
        folder.report()
    assert [result.submission for result in folder.results()] == sorted(names)
    for kind in ("results", "feedback"):
        own = [unicodedata.normalize("NFC", path.name.casefold()) for path in (tmp_path / kind).iterdir()]
        assert len(own) == len(set(own)) == len(names)
        assert not any(set(path.name) & set('<>:"/\\|?*') for path in (tmp_path / kind).iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="this system has no such names")
def test_bytes_that_are_no_letters_harm_nobody(handed_in, tmp_path):
    for name in (b"\xff.ipynb", b"\\udcff.ipynb", b"\xed\xa0\x80.ipynb"):
        shutil.copy(handed_in / "ada.ipynb", os.path.join(os.fsencode(handed_in), name))
    run(handed_in, tmp_path / "out")
    totals = book(tmp_path / "out")
    assert len(totals) == 9 and sum(name.startswith("\\ud") for name in totals) == 3
    assert totals["bob"] == "4" and len(list((tmp_path / "out" / "feedback").iterdir())) == 9


def test_of_a_platforms_upload_only_pseudonyms_are_inside(handed_in, tmp_path):
    out, place = tmp_path / "out", tmp_path / "upload.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for number, name in enumerate(("ada", "bob", "zoe"), 31):
            archive.write(handed_in / f"{name}.ipynb", f"Student 0{number}_{number}_assignsubmission_file_/a1.ipynb")
        archive.write(handed_in / "bob.ipynb", "Student 031_31_assignsubmission_file_/student031.ipynb")

    def names():
        return Names(out / "names.csv")

    assert len(run(place, out, names=names, handed_out="a1.ipynb")) == 2
    table = names()
    totals = {table.student(name).name: total for name, total in book(out).items()}
    assert totals == {"Student 031": "5.5", "Student 032": "4", "Student 033": "0"}
    for path in [path for path in out.rglob("*") if path.is_file() and path.name != "names.csv"]:
        assert b"tudent 03" not in path.read_bytes() and "tudent" not in path.name
    (page,) = [path for path in (out / "feedback").iterdir() if "several notebooks" in path.read_text("utf-8")]
    assert table.student(page.stem).name == "Student 031"
    before = (out / "gradebook.csv").read_bytes()
    assert run(place, out, names=names, handed_out="a1.ipynb") == []
    assert (out / "gradebook.csv").read_bytes() == before


def test_all_attempts_are_graded_and_course_rules_choose(handed_in, tmp_path):
    out, places = tmp_path / "out", [tmp_path / "first", tmp_path / "second"]
    for place, names in zip(places, (("ada", "bob"), ("bob", "bob"))):
        place.mkdir()
        for student, name in zip(("one", "two"), names):
            shutil.copy(handed_in / f"{name}.ipynb", place / f"{student}.ipynb")
    submissions = found(*places).submissions
    grade_all(EXERCISE, submissions, Folder(out), SETTING, Inline())
    note_times(out / "times.csv", submissions)
    Folder(out).report()
    assert book(out) == {"one": "5.5", "one (attempt 2)": "4", "two": "4"}
    for which, points in (("last", 4), ("best", 5.5), ("first", 5.5)):
        marks = {mark.name: mark.points for mark in final_marks(out, Rules(attempt=which))}
        assert marks == {"one": points, "two": 4}


def test_results_say_that_there_was_no_sandbox(handed_in, tmp_path):
    run(handed_in, tmp_path / "out", setting=SETTING._replace(sandbox="none"))
    assert json.loads((tmp_path / "out" / "results" / "zoe.json").read_text())["result"]["sandbox"] == "none"
