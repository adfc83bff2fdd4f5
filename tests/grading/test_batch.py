"""Many submissions: what is kept, what is done again, and that the same comes out however often it was stopped."""

import contextlib
import json
import shutil

import hostile
import pytest
from authors import EXAMPLE
from fake_kernel import FakeKernel

pytest.importorskip("nbval")

from edu_optim.childprocess import ProcessError
from edu_optim.grading import batch, source
from edu_optim.grading.batch import BatchError, Setting, found, grade_all
from edu_optim.grading.folder import Facts, Folder, FolderError, file_name
from edu_optim.grading.grade import grade, seed_for
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


def run(handed_in, out, workers=None, setting=SETTING):
    workers = workers or Inline()
    with contextlib.suppress(KeyboardInterrupt):
        grade_all(EXERCISE, found(handed_in), Folder(out), setting, workers)
        Folder(out).report()
    return workers.done


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


def test_a_single_file_and_names_that_meet(handed_in):
    assert list(found(handed_in / "ada.ipynb")) == ["ada"]
    shutil.copy(handed_in / "bob.ipynb", handed_in / "ada.IPYNB")
    if len({path.name for path in handed_in.glob("ada.*")}) == 2:  # a system that keeps them apart
        assert {"ada", "ada.ipynb"} <= found(handed_in).keys()


def test_nothing_to_grade_is_said(tmp_path):
    with pytest.raises(BatchError, match="no notebooks"):
        found(tmp_path)
    with pytest.raises(BatchError, match="no notebooks"):
        found(tmp_path / "gone")
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


def test_results_say_that_there_was_no_sandbox(handed_in, tmp_path):
    run(handed_in, tmp_path / "out", setting=SETTING._replace(sandbox="none"))
    assert json.loads((tmp_path / "out" / "results" / "zoe.json").read_text())["result"]["sandbox"] == "none"
