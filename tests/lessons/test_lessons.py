"""Every lesson keeps every rule, and every rule finds the lesson that breaks it."""

import ast
import json
import re

import navigation
import pytest
from lesson import Lesson, printed
from lesson_rules import RULES
from samples import BROKEN, good_lesson, says, write

import edu_optim as eo

FILES = list(navigation.lessons().values())


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lesson_keeps_rule(path, name):
    broken = list(RULES[name](Lesson(path)))
    assert not broken, "\n".join(broken)


def test_there_are_lessons_and_the_museum_alone():
    assert sorted(navigation.NOTEBOOKS.glob("*.ipynb")) == [*FILES, navigation.NOTEBOOKS / "museum.ipynb"]


@pytest.mark.parametrize("name", RULES)
def test_a_good_lesson_keeps_rule(folder, name):
    assert list(RULES[name](Lesson(folder / "01_rate.ipynb"))) == []


@pytest.mark.parametrize(("name", "message", "change"), BROKEN, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(BROKEN)])
def test_rule_finds_the_lesson_that_breaks_it(folder, name, message, change):
    path = folder / "01_rate.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    write(path, content)
    found = list(RULES[name](Lesson(path)))
    assert any(message in line for line in found), found


def test_no_rule_is_untested():
    assert {name for name, *_ in BROKEN} == set(RULES)


def test_a_timing_cell_may_look_at_the_clock(folder):
    content = good_lesson()
    says("race", "import time")(content)
    assert list(RULES["runs_the_same_everywhere"](Lesson(write(folder / "01_rate.ipynb", content)))) == []


# ---- what lesson 00 says about the others and about the rules


@pytest.fixture(scope="module")
def start():
    return Lesson(navigation.NOTEBOOKS / "00_start_here.ipynb")


def rows(lesson, name):
    """The rows of the table in a cell, without head and links."""
    text = next(cell["text"] for cell in lesson.markdown if cell["id"] == name)
    table = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line) for line in text.splitlines() if line.startswith("|")]
    return [[part.strip(" *") for part in line.strip("|").split("|")] for line in table[2:]]


def test_the_index_says_of_each_lesson_what_the_lesson_says(start):
    listed = {number: (question, minutes) for number, question, minutes in rows(start, "settle")}
    for path in FILES[1:]:
        known = Lesson(path).about
        assert listed[path.name[:2]] == (known["question"], str(known["minutes"]))


def test_the_map_says_of_each_lesson_what_the_lesson_says(start):
    literals = {}
    for _, tree in start.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("needs", "minutes"):
                literals[node.targets[0].id] = ast.literal_eval(node.value)
    needs, minutes = literals["needs"], literals["minutes"]
    for path in FILES:
        known = Lesson(path).about
        assert needs[known["lesson"]] == known["needs"]
        assert minutes[known["lesson"]] == known["minutes"]
    assert [(int(row[0]), int(row[2])) for row in rows(start, "settle")] == list(enumerate(minutes))[1:]


def test_the_routes_hold_what_their_lessons_need(start):
    listed = {name: lessons.replace("*", "").split() for _, name, lessons in rows(start, "routes-before")}
    said = [line.split(" hours: ") for line in printed(next(c for c in start.code if c["id"] == "routes"))]
    assert listed == {before[:18].strip(): lessons.split() for before, lessons in said} != {}


def test_the_table_of_names_agrees_with_the_rules(start):
    table = {}
    for names, symbols, _ in rows(start, "names"):
        for name, symbol in zip(names.split(","), symbols.split(","), strict=True):
            table.setdefault(name.strip(" `"), set()).add(symbol.strip(" $"))
    for name in ("SGD", "MomentumSGD", "AdaGrad", "RMSprop", "AdaDelta", "Adam"):
        for hyper, declared in eo.RULES[name].hyperparameters.items():
            assert declared.symbol in table.get(hyper, ()), f"{hyper} of {name}"
