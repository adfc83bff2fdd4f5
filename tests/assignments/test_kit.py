"""The lecturer's plans and promises: their minutes are those of lessons and assignments, their limits the grader's."""

import json
import re

import course
import pytest

from edu_optim.grading.sandbox import Limits, offers

KIT = course.ROOT / "notebooks" / "lecturer"
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def lessons():
    """What each lesson says of itself, by its number."""
    found = {}
    for path in (course.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"):
        found[path.name[:2]] = json.loads(path.read_text("utf-8"))["metadata"]["edu_optim"]
    return found


def plans():
    """The rows of each plan: ``{title: [(lessons in class, minutes at home, their sum, assignment or "")]}``."""
    found = {}
    for part in re.split(r"^## ", (KIT / "plans.md").read_text("utf-8"), flags=re.M)[1:]:
        rows = re.findall(r"^\| \d+ \| (.+?) \| ([\d +]+) = (\d+) \| (.*?)\|$", part, re.M)
        if rows:
            found[part.splitlines()[0]] = [
                (re.findall(r"\b(\d\d)\b( \(\w+ sitting\))?", taught), [int(one) for one in minutes.split(" + ")],
                 int(total), given.strip()) for taught, minutes, total, given in rows]
    return found


def needed():
    """What each assignment needs and takes, by its short name: ``{"a1": ({"02", ...}, 95)}``."""
    rows = re.findall(r"^\| (a\d) .+? \| ([\d, ]+) \| (\d+) \|$", (KIT / "plans.md").read_text("utf-8"), re.M)
    return {name: (set(taught.split(", ")), int(minutes)) for name, taught, minutes in rows}


@pytest.mark.parametrize("title", plans())
def test_a_plan_adds_up(title):
    known, taught = lessons(), {}
    for in_class, minutes, total, given in plans()[title]:
        assert len(in_class) == len(minutes) and sum(minutes) == total, in_class
        for (lesson, _), of in zip(in_class, minutes):
            taught[lesson] = taught.get(lesson, 0) + of
            if lesson in known:
                assert {f"{need:02}" for need in known[lesson]["needs"]} <= taught.keys(), f"{lesson} comes too early"
        for name, of in re.findall(r"(a\d) \((\d+)\)", given):
            assert (needed()[name][0] - {"05"} <= taught.keys()) and int(of) == needed()[name][1], name
    assert {lesson: known[lesson]["minutes"] for lesson in taught if lesson in known} == {
        lesson: minutes for lesson, minutes in taught.items() if lesson in known}


def test_there_are_plans_of_7_and_of_14_weeks():
    assert sorted(map(len, plans().values())) == [7, 14]


@pytest.mark.parametrize("name", course.NAMES)
def test_an_assignment_takes_the_minutes_that_it_says(name):
    cells = json.loads((course.RELEASED / f"{name}.ipynb").read_text("utf-8"))["cells"]
    said = re.search(r"\*\*(?:About )?(\d+) minutes\*\*", "".join(cells[0]["source"]))
    assert needed()[name[:2]][1] == int(said[1])


def test_the_limits_that_are_promised_are_those_that_there_are():
    limits, mib = Limits(), 2**20
    table = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", (KIT / "sandbox.md").read_text("utf-8"), re.M))
    assert [table[name] for name in (
        "memory, files in memory included", "processes and threads", "processor time",
        "one file; all files of a folder", "what is printed and displayed", "one cell (`--cell-seconds`)", "all cells",
    )] == [f"{limits.memory // mib} MiB", f"{limits.processes}", f"{limits.cpu:g} s",
           f"{limits.file_size // mib} MiB; {limits.room // mib} MiB", f"{limits.output // mib} MiB",
           f"{limits.cell_seconds:g} s", f"{limits.total_seconds:g} s"]


def test_the_page_advises_what_doctor_advises():
    page = (KIT / "sandbox.md").read_text("utf-8")
    assert "bubblewrap](https://github.com/containers/bubblewrap) 0.8 or newer" in page
    assert "0.8 or newer" in offers.advice("bwrap: Unknown option --disable-userns")
    assert "`podman machine ssh`" in page and "`podman machine ssh`" in offers._elsewhere()


@pytest.mark.parametrize("page", sorted(KIT.rglob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere(page):
    gone = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert [link for link in gone if "12_the_race" not in link] == []
