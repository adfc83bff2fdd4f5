"""The field guide: what stands in it is true of rules and lessons, and it is two pages of paper."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from click.testing import CliRunner
from lesson import Lesson, anchors

import edu_optim as eo
from edu_optim import cli, guide
from edu_optim.guide import cards, links

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
SAID, SYMPTOMS = links.data("rules"), links.data("symptoms")
PLACES = sorted({place for group in SYMPTOMS["group"] for symptom in group["symptom"] for _, place in symptom["causes"]}
                | {said["lesson"] for said in SAID.values() if "lesson" in said})


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.open, self.wrong = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


@pytest.fixture(scope="module")
def html():
    return guide.page()


# ---- what it says


def test_the_committed_copy_is_what_the_command_writes(html):
    assert (NOTEBOOKS / "field_guide.html").read_text("utf-8") == html, \
        "type: python -m edu_optim guide --out notebooks/field_guide.html"


def test_every_rule_has_a_card(html):
    assert [attributes["id"] for tag, attributes in Tags(html).found if "id" in attributes] == list(SAID)
    assert set(SAID) == set(eo.RULES)


def test_a_card_is_compared_with_one_that_stands_whole():
    assert all("like" not in SAID[said["like"]] or said["like"] in ("AdaBound", "NAdam", "RMSpropCentered")
               for said in SAID.values() if "like" in said)
    order = list(SAID)
    assert all(order.index(said["like"]) < order.index(name) for name, said in SAID.items() if "like" in said)


@pytest.mark.parametrize("name", eo.RULES)
def test_a_card_has_defaults_states_and_source(html, name):
    card = re.search(rf'<h3 id="{name}">.*?</article>', html)[0]
    rule, like = eo.RULES[name], SAID[name].get("like")
    for hyper, value in rule.hyperparameters.items():
        same = like and getattr(eo.RULES[like].hyperparameters.get(hyper), "default", None) == value.default
        off = value.default in (0, 1) and hyper not in ("lr", "momentum")
        shown = f"<span>{hyper} <math" in card
        assert not shown or f"</math> <b>{cards.number(value.default)}</b></span>" in card.split(f"<span>{hyper} ")[1]
        assert shown == (not same and not off), hyper
    for state in (*rule.element_states, *rule.scalar_states, *rule.array_states((2, 3))):
        assert re.search(rf"keeps <b>[^<]*\b{state}\b", card), state
    assert re.search(r"<small>\w.* (19|20)\d\d</small>", card)


@pytest.mark.parametrize(("paper", "expected"), [
    ("H. Robbins and S. Monro (1951), A method", "Robbins, Monro 1951"),
    ("J. Bernstein, Y.-X. Wang, K. Azizzadenesheli and A. Anandkumar (2018), signSGD", "Bernstein et al. 2018"),
    ("D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), Learning", "Rumelhart, Hinton, Williams 1986"),
    ("K. Jordan et al. (2024), Muon", "Jordan et al. 2024"),
])
def test_source(paper, expected):
    assert cards.source(paper) == expected


@pytest.mark.parametrize("place", PLACES)
def test_a_lesson_has_the_heading_it_is_named_for(place):
    file, _, anchor = links.address(place).partition("#")
    assert file[:2] == place[:2] or (place[:2], file) == ("M ", "museum.ipynb")
    assert anchor in anchors(NOTEBOOKS / file)


def test_links_lead_to_these_headings(html):
    targets = [attributes["href"] for tag, attributes in Tags(html).found if tag == "a"]
    assert len(targets) >= 80
    for target in targets:
        file, _, anchor = unquote(target).partition("#")
        assert anchor in anchors(NOTEBOOKS / file), target


def test_the_recipe_is_that_of_the_race():
    lesson = Lesson(NOTEBOOKS / SYMPTOMS["files"]["12"])
    text = next(cell["text"] for cell in lesson.markdown if "| on Monday |" in cell["text"])
    table = [line for line in text.splitlines() if line.startswith("|")]
    rows = [line.strip("|").split("|")[0].strip() for line in table[2:]]
    assert [line["do"] for line in links.data("monday")["line"]] == rows


def test_files_are_all_lessons_but_the_first():
    lessons = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    known = [file for number, file in SYMPTOMS["files"].items() if number != "M"]
    assert known == lessons[1 : len(known) + 1]


# ---- some of its causes, tried


def test_nan_at_the_start():
    with np.errstate(all="ignore"):
        walk = eo.problems.descend(eo.problems.valley, eo.SGD(0.03), steps=1200).path
        assert not np.isfinite(walk[-1]).all()
        assert np.isnan(eo.RULES["Adam"].run(1.0, [0.0], eps=0.0)[-1])
        assert not np.isnan(eo.RULES["Adam"].run(1.0, [0.0])[-1])


def test_first_steps():
    assert 1 - eo.RULES["RMSprop"].run(1.0, [2.0], lr=0.1, alpha=0.99)[-1] == pytest.approx(0.1 / np.sqrt(0.01))
    moved = [1 - eo.RULES[name].run(1.0, [1.0], lr=0.1)[-1] for name in ("MomentumSGD", "NesterovSGD", "NesterovAG")]
    assert moved == pytest.approx([0.1, 0.19, 0.271])


def test_a_lowered_rate_inside_the_buffer_coasts():
    steps = {}
    for name in ("MomentumSGD", "CorrectedMomentumSGD"):
        p = eo.Parameter(np.zeros(1))
        optimizer = getattr(eo, name)([p], lr=0.1)
        for t in range(61):
            optimizer.hyperparam.lr = 0.1 if t < 60 else 0.0
            before = p.data.copy()
            p.grad = np.ones(1)
            optimizer.step()
        steps[name] = abs(p.data - before)
    assert steps["MomentumSGD"] > 0.8
    assert steps["CorrectedMomentumSGD"] == 0


# ---- the page


def test_it_is_whole_and_needs_nothing(html):
    tags = Tags(html)
    assert not tags.open and not tags.wrong
    assert {tag for tag, _ in tags.found}.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not re.search(r"http|url\(|@import|\bon\w+=", html)


def test_the_command(tmp_path, monkeypatch, html):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.main, ["guide"])
    assert (result.exit_code, [path.name for path in tmp_path.iterdir()]) == (0, ["field_guide.html"])
    assert (tmp_path / "field_guide.html").read_text("utf-8") == html
    result = CliRunner().invoke(cli.main, ["guide", "--out", "nowhere/guide.html"])
    assert result.exit_code == 1 and "there is no folder 'nowhere' to write guide.html into" in result.output


def test_the_lists_of_data_say_nothing_twice():
    seen = [symptom["see"] for group in SYMPTOMS["group"] for symptom in group["symptom"]]
    assert len(set(seen)) == len(seen) == 34
    assert all(set(symptom) == {"see", "causes"} for group in SYMPTOMS["group"] for symptom in group["symptom"])
    assert all(set(said) <= {"like", "cures", "price", "lesson"} and {"cures", "price"} <= set(said)
               for said in SAID.values())
    assert json.dumps(SYMPTOMS)
