"""The lecturer's page of a whole course, typed again: its commands, its files and what it says that they answer."""

import contextlib
import csv
import io
import random
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import click
import course
import invented_class
import pytest
from click.testing import CliRunner
from fake_kernel import FakeKernel
from sandboxes import needs_sandbox

pytest.importorskip("nbval")

from edu_optim import cli
from edu_optim.grading import command, pseudonyms, sandbox
from edu_optim.grading.folder import Folder
from edu_optim.grading.sandbox import Offer

pytestmark = pytest.mark.filterwarnings("ignore:a warning of my own")
KIT = course.ROOT / "notebooks" / "lecturer"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
LEFT_OUT = "..."
PROGRAM = "python -m edu_optim "
OPENS_KERNELS = ("release", "check", "lint")  # Jupyter's own, seconds each
DRAWN = 2026  # from which the page's pseudonyms were drawn


def blocks(page):
    """List (language, name of a file, text) of the page's blocks."""
    return [found.groups() for found in BLOCK.finditer((KIT / page).read_text("utf-8"))]


def typed_in(text):
    """List (command, the lines that it answers) of a console block."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def commands(page):
    """List the commands in the page's console blocks."""
    return [line for language, _, text in blocks(page) if language == "console" for line, _ in typed_in(text)]


# ---- what is typed is what the commands take

PAGES = sorted(path.relative_to(KIT).as_posix() for path in KIT.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_a_page_is_one_that_there_is(page):
    typed = commands(page)
    inline = re.findall(r"`(python -m edu_optim [^`]*[a-z][^`]*)`", (KIT / page).read_text("utf-8"))
    for line in [*typed, *(line for line in inline if not re.search("[A-Z]{3}|--help", line))]:
        if line.startswith(PROGRAM):
            parsed(shlex.split(line.removeprefix(PROGRAM)))


def parsed(arguments):
    """Take arguments apart as click does, and do nothing; click.UsageError if it would refuse them."""
    command, path = cli.main, ["edu_optim"]
    while isinstance(command, click.Group):
        name, *arguments = arguments
        path.append(name)
        command = command.commands.get(name)
        if command is None:
            raise click.UsageError(f"there is no {' '.join(path)}")
    command.make_context(" ".join(path), arguments)


def test_a_command_that_there_is_not_would_be_seen():
    for line in ("assignment mark a1 x.csv", "assignment report a1 --vivat", "assignment grade a1.ipynb --out a1"):
        with pytest.raises(click.UsageError):
            parsed(line.split())


# ---- the page, played


class Inline:
    """Workers that call at once, each answer with a kernel that is a dictionary."""

    here, count, free = False, 2, True

    def __init__(self, *_):
        self.calls = []

    def submit(self, tag, function, *arguments):
        self.calls.append((tag, function, arguments))

    def results(self):
        while self.calls:
            tag, function, arguments = self.calls.pop(0)
            with contextlib.redirect_stderr(io.StringIO()):
                yield tag, function(*arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@contextlib.contextmanager
def no_bar(_):
    """A bar of progress that nobody sees."""
    class Bar:
        update = close = staticmethod(lambda: None)

    yield Bar


class Played:
    """A folder in which the blocks of the page are played, in their order.

    Attributes
    ----------
    said : list of (str, str or None, str)
        Each command, what it answered (None if it was left out), and what the page says that it answers.
    who : dict of str to str
        Pseudonyms by student.
    """

    def __init__(self, folder, left_out=()):
        self.folder, self.left_out, self.said, self.who = folder, left_out, [], {}
        for name in ("sources", "released", "uploads"):
            (folder / name).mkdir()
        shutil.copy(course.SOURCES / "a1_six_rules.ipynb", folder / "sources")
        shutil.copy(course.RELEASED / "a1_six_rules.ipynb", folder / "released")
        (folder / "uploads" / "a1.zip").write_bytes(invented_class.moodles_zip())
        (folder / "uploads" / "a1-grades.csv").write_bytes(invented_class.moodles_worksheet())
        numbers = "".join(f"{number},\n" for number in range(1001, 1031))
        (folder / "uploads" / "list.csv").write_text(f"number,points\n{numbers}")
        with contextlib.chdir(folder):
            for language, name, text in blocks("course.md"):
                if language == "console":
                    for line, answers in typed_in(text):
                        self.said.append((line, self.answer(shlex.split(line)), "\n".join(answers)))
                        self.look_who()
                elif language == "python":
                    exec(compile(text, "course.md", "exec"), {})
                elif name:
                    Path(name).write_text(text, encoding="utf-8")

    def answer(self, words):
        if words[0] == "cp":
            shutil.copytree(words[2], words[3])
            return ""
        assert words[:4] == ["python", "-m", "edu_optim", "assignment"]
        if words[4] in self.left_out and "--no-run" not in words:
            return None
        done = CliRunner().invoke(cli.main, words[3:])
        assert done.exit_code in (0, 1) and isinstance(done.exception, SystemExit | None), done.exception
        return done.output

    def look_who(self):
        if (self.folder / "names.csv").exists():
            self.who = {row["name"]: row["submission"] for row in table(self.folder / "names.csv")}

    def marks(self):
        """Points after all rules, by student."""
        points = {row["name"]: float(row["points"]) for row in table(self.folder / "a1" / "marks.csv")}
        return {student: points[pseudonym] for student, pseudonym in self.who.items()}

    def judged(self, student):
        """The checks of a student, as the grader left them."""
        results = {result.submission: result for result in Folder(self.folder / "a1").results()}
        return results[self.who[student]].checks


def table(path):
    """List the rows of a CSV file."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=[
    "dictionaries", pytest.param("sandboxes", marks=[pytest.mark.slow, needs_sandbox])])
def played(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudonyms, "secrets", random.Random(DRAWN))
        patch.setattr(command, "_bar", no_bar)
        if request.param == "sandboxes":
            return Played(tmp_path_factory.mktemp("course"))
        patch.setattr(command, "Workers", Inline)
        patch.setattr(command, "sandbox", lambda unsafe=False: Offer("bwrap", True, "bubblewrap 0.8.0 works"))
        patch.setattr(sandbox, "Kernel", lambda *_: FakeKernel())
        return Played(tmp_path_factory.mktemp("course"), left_out=OPENS_KERNELS)


def test_each_command_answers_what_the_page_says(played):
    for line, answer, due in played.said:
        if answer is not None:
            pattern = "".join(
                "(?:.*\n)*?" if one == LEFT_OUT else re.escape(one).replace(re.escape(LEFT_OUT), ".*") + "\n"
                for one in without_values(due).splitlines())
            answer = "".join(f"{one}\n" for one in without_values(answer).splitlines() if one)
            assert re.fullmatch(pattern, answer), f"{line}\n{answer[:3000]}\nis not\n{due}"


def without_values(text):
    """What depends neither on this machine nor on how a kernel writes values."""
    text = re.sub(r"(?<= works)(; called by root.*|; no filter.*)?\.$", ".", text, flags=re.M)
    text = re.sub(r"bubblewrap [\d.]+", "bubblewrap 0.8.0", text)
    return re.sub(r"(?<= showed )(.*?)(?= in q\d+)", "values", text)


def test_marks_are_those_that_the_class_deserves(played):
    marks = played.marks()
    of = course.full("a1_six_rules")
    assert [marks[f"Student {number:02}"] for number in range(1, 9)] == [of] * 8
    assert all(0 < marks[f"Student {number:02}"] < of for number in range(9, 14))
    assert all(marks[f"Student {number:02}"] <= 4 for number in range(14, 19))  # some checks have few slips, or none
    assert marks["Student 23"] == marks["Student 24"] == marks["Student 25"] == 0
    assert marks["Student 26"] == of * 0.9 and marks["Student 27"] == of * 0.7  # 20 and 70 hours late
    assert marks["Student 28"] == of  # 100 hours late, with an extension
    assert marks[invented_class.ROUNDED] == of  # after the second grading


def test_points_by_hand_survive_the_second_grading(played):
    assert not played.judged(invented_class.UNLUCKY)["q6"].ok
    assert played.marks()[invented_class.UNLUCKY] == course.full("a1_six_rules") - 1


def test_an_attack_costs_its_own_questions_and_gains_none(played):
    judged = played.judged(invented_class.HOSTILE)
    assert [name for name, one in judged.items() if not one.ok] == ["q2", "q3"]
    assert judged["q2"].reason == "time limit"
    assert (played.folder / "course.toml").read_text() == [text for _, name, text in blocks("course.md")
                                                           if name == "course.toml"][-1]


def test_the_worksheet_has_the_marks_and_is_otherwise_untouched(played):
    before, after = (table(played.folder / "uploads" / f"a1-grades{end}.csv") for end in ("", "-filled"))
    marks = played.marks()
    for old, new in zip(before, after, strict=True):
        assert {name for name in old if old[name] != new[name]} <= {"Grade", "Feedback comments"}
        if old["Full name"] in marks:
            assert float(new["Grade"]) == marks[old["Full name"]]
        else:
            assert old == new
    assert len(marks) == 30 and len(after) == 31


def test_everybody_gets_their_own_page(played):
    with zipfile.ZipFile(played.folder / "uploads" / "a1-pages.zip") as archive:
        assert sorted(archive.namelist()) == [
            f"Student {number:02}_{1000 + number}_assignsubmission_file_/feedback.html" for number in range(1, 31)]
        for name in archive.namelist():
            page = archive.read(name).decode()
            assert [one for one in played.who.values() if one in page] == [played.who[name[:10]]]


def test_no_name_is_left_where_results_are(played):
    assert not (played.folder / "names.csv").exists()
    named = {path.name for path in (played.folder / "a1").rglob("*")
             if path.is_file() and re.search(rb"Student \d\d", path.read_bytes())}
    assert named == set()
