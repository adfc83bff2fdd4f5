"""What is typed, and what is said; the grader behind it is tested elsewhere."""

import contextlib
import json
import os
import re
import shutil

import hostile
import pytest
from authors import EXAMPLE
from click.testing import CliRunner

pytest.importorskip("nbval")

import edu_optim.cli as cli
from edu_optim.grading import command, sandbox, source
from edu_optim.grading.sandbox import Offer


def typed(*arguments):
    return CliRunner().invoke(cli.main, ["assignment", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    """A folder with one submission."""
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    cells = source.read(EXAMPLE).released(1)
    (handed_in / "ada.ipynb").write_text(json.dumps(hostile.notebook(cells)))
    return handed_in


def test_the_commands_are_listed():
    output = typed("--help").output
    for name in ("new", "lint", "release", "check", "grade", "report", "marks", "pages", "forget"):
        assert f"  {name} " in output


def test_new_writes_what_can_be_linted(tmp_path):
    assert "is there" in typed("new", tmp_path / "a1.ipynb").output
    assert typed("lint", tmp_path / "a1.ipynb", "--no-run").output == "Nothing to put right.\n"
    again = typed("new", tmp_path / "a1.ipynb")
    assert again.exit_code == 1 and again.output.startswith("Error: ")


def test_a_source_that_cannot_be_graded_is_said_in_lines(tmp_path):
    (tmp_path / "a1.ipynb").write_text("{}")
    for arguments in (["lint", tmp_path / "a1.ipynb"], ["release", tmp_path / "a1.ipynb", "--out", tmp_path / "r"],
                      ["grade", tmp_path / "a1.ipynb", tmp_path, "--out", tmp_path / "out"]):
        done = typed(*arguments)
        assert done.exit_code == 1 and "notebook" in done.output and "Traceback" not in done.output


def test_without_a_sandbox_nothing_is_graded(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "offered", lambda: [Offer("bwrap", False, "bubblewrap is not installed", "type: x"),
                                                     Offer("none", True, "no sandbox")])
    done = typed("grade", EXAMPLE, folder, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "bubblewrap is not installed" in done.output and "--unsafe-no-sandbox" in done.output
    assert not (tmp_path / "out").exists()
    assert command.sandbox(unsafe=True).kind == "none"


def test_where_even_that_is_refused_it_is_not_offered(monkeypatch):
    offers = [Offer("bwrap", False, "no", "x"), Offer("none", False, "root", "y")]
    monkeypatch.setattr(sandbox, "offered", lambda: offers)
    with pytest.raises(command.BatchError, match="root"):
        command.sandbox(unsafe=True)


def test_a_file_that_is_not_there_is_named():
    assert typed("lint", "nowhere.ipynb").output == "Error: nowhere.ipynb: No such file or directory\n"


def test_nothing_to_grade(tmp_path):
    assert "no notebooks" in typed("grade", EXAMPLE, tmp_path, "--out", tmp_path / "out").output
    assert "assignment grade" in typed("report", tmp_path).output


def test_a_missing_package_is_named(monkeypatch):
    def missing(*_):
        raise ModuleNotFoundError("No module named 'nbval'", name="nbval")

    monkeypatch.setattr(command, "sandbox", missing)
    output = typed("grade", EXAMPLE, ".", "--out", "nowhere").output
    assert 'nbval. Type: ' in output and '"edu_optim[grading]"' in output


ODD = ["\x1b]0;pwned\x07\x1b[2Jada", "a\n1 graded.\nThe gradebook is fine", "\u202eada", "x\u2028y", "[red]bob[bold]",
       "tab\there", "\x9bada"]


@pytest.mark.skipif(os.name == "nt", reason="this system has no such names")
def test_names_reach_a_terminal_as_letters(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "sandbox", lambda unsafe: Offer("bwrap", True, "a test"))
    for name in ODD:
        (tmp_path / "in").mkdir(exist_ok=True)
        for ending in ("ipynb", "txt"):
            (tmp_path / "in" / f"{name}.{ending}").write_text("no notebook")
    done = typed("grade", EXAMPLE, tmp_path / "in", "--out", tmp_path / "out", "--jobs", 1)
    assert done.exit_code == 0 and f"{len(ODD)} unreadable" in done.output, done.output
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", done.output.replace("\r", ""))
    assert "[red]bob[bold]" in done.output and "\\u202eada" in done.output
    assert not [line for line in done.output.splitlines() if line.startswith(("1 graded", "The gradebook is fine"))]
    listed = (tmp_path / "out" / "passed_over.csv").read_text("utf-8-sig").splitlines()
    assert len(listed) == len(ODD) + 1 and "no notebook" in listed[1]
    assert done.output.count("passed over: ") == len(ODD)
    gone = typed("grade", EXAMPLE, tmp_path / "\x1b[2J.ipynb", "--out", tmp_path / "out")
    assert gone.exit_code == 1 and "\x1b" not in gone.output


def test_one_command_at_a_time_works_in_a_folder(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "sandbox", lambda unsafe: Offer("bwrap", True, "a test"))
    out, held = tmp_path / "out", []
    (folder / "ada.ipynb").write_text("no notebook")

    @contextlib.contextmanager
    def locked(path, on_wait):
        held.append(path)
        on_wait()
        yield

    monkeypatch.setattr(command, "locked", locked)
    done = typed("grade", EXAMPLE, folder, "--out", out, "--jobs", 1)
    assert done.exit_code == 0 and "Another command is at work" in done.output
    (tmp_path / "sheet.csv").write_text("id;mark\nada;\n")
    for arguments in (["report", out], ["marks", out, tmp_path / "sheet.csv", "--id-column", "id", "--mark-column",
                                        "mark"], ["forget", out]):
        assert typed(*arguments).exit_code == 0
    assert held == [out / ".lock"] * 4


def test_withdrawing_most_is_asked_for(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "sandbox", lambda unsafe: Offer("bwrap", True, "a test"))
    (folder / "ada.ipynb").write_text("no notebook")
    arguments = ["grade", EXAMPLE, folder, "--out", tmp_path / "out", "--jobs", 1]
    typed(*arguments)
    (folder / "ada.ipynb").rename(folder / "bob.ipynb")
    assert typed(*arguments).exit_code == 1
    assert typed(*arguments, "--withdraw").exit_code == 0


def test_marks_pages_and_forget_are_told_what_is_missing(tmp_path):
    (tmp_path / "sheet.csv").write_text("a,b\n")
    for arguments in (["marks", tmp_path, tmp_path / "sheet.csv"], ["pages", tmp_path, tmp_path / "pages.zip"]):
        done = typed(*arguments)
        assert done.exit_code == 1 and "assignment grade" in done.output and "Traceback" not in done.output
    assert typed("forget", tmp_path).output.startswith("There is no table of names")
    assert typed("marks", tmp_path, tmp_path / "gone.csv").exit_code == 1


@pytest.mark.slow
@pytest.mark.skipif(not sandbox.offered()[0].works, reason=f"no sandbox here: {sandbox.offered()[0].reason}")
def test_from_source_to_gradebook(tmp_path, folder):
    assert typed("release", EXAMPLE, "--out", tmp_path / "released").exit_code == 0
    made = json.loads((tmp_path / "released" / EXAMPLE.name).read_text("utf-8"))
    for cell in made["cells"]:
        name = cell["metadata"].get("edu_optim", {}).get("name")
        if name in ("q1", "q2", "q3"):
            cell["source"] = source.read(EXAMPLE).answers[name].solution
    (folder / "bob.ipynb").write_text(json.dumps(made))
    done = typed("grade", EXAMPLE, folder, "--out", tmp_path / "out", "--seed", 5, "--jobs", 1)
    assert done.exit_code == 0, done.output
    book = (tmp_path / "out" / "gradebook.csv").read_text()
    assert book == '"submission","c1","c2","c3","c4","total"\n"ada",0,0,0,0,0\n"bob",1,2,1.5,1,5.5\n'
    shutil.rmtree(tmp_path / "out" / "feedback")
    (tmp_path / "out" / "gradebook.csv").unlink()
    (tmp_path / "out" / "feedback").mkdir()
    assert typed("report", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "gradebook.csv").read_text() == book
