"""The report: one file that needs nothing, whatever the race came to."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from made_up_race import made_up

from edu_optim.race import outside, plan, report, words

VOID = {"meta", "img"}


class Page(HTMLParser):
    """What a report consists of; fails where a tag is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.loads, self.text, self.tags = [], [], [], "", []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        attrs = dict(attrs)
        self.loads += [value for name, value in attrs.items() if name in ("src", "href") and value[:5] != "data:"]
        if tag == "img":
            self.images.append(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def race():
    return made_up(title="Rules & <rates>")


def test_it_loads_nothing_and_every_picture_has_words(race):
    text = report.page(race)
    page = Page(text)
    assert not page.loads
    assert "script" not in page.tags and "http" not in text
    assert len(page.images) == 5
    assert all(len(image["alt"]) >= 40 for image in page.images)
    assert "Rules & <rates>" in page.text
    for sentence in (words.winner(race), words.runner_up(race.pairs()), words.crowns(race), words.seeds(race)):
        assert sentence in page.text


def test_the_same_results_give_the_same_file(race, tmp_path):
    for name in "ab":
        report.write(race, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_folder_that_is_not_there_is_named(race, tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        report.write(race, tmp_path / "nowhere" / "report.html")


def test_other_rates_stand_beside(race):
    page = Page(report.page(race, {"faster": made_up(finals=[0.99, 0.95, 0.9])}))
    assert "By choice of rates: this race, 6 seeds: Adam leads MomentumSGD by " in page.text
    assert "faster, 6 seeds: SGD leads MomentumSGD by " in page.text


def test_an_unfinished_race_tells_what_there_is():
    race = made_up()
    race.columns["test_accuracy"][1, 4:, 2:] = np.nan
    page = Page(report.page(race))
    assert "Unfinished: 2 of 18 runs" in page.text
    assert "of the 4 seeds that every entry has finished" in page.text
    race.columns["test_accuracy"][1, :, 2:] = np.nan
    assert not Page(report.page(race)).images


@pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning")
@pytest.mark.parametrize("kind", [{"seeds": 1}, {"entries": ["Adam"]}, {"entries": ["Adam"], "seeds": 1}])
def test_one_seed_or_one_entry_is_compared_with_nothing(kind):
    page = Page(report.page(made_up(**kind)))
    assert "Is a difference real?" not in page.text
    assert len(page.images) == 2


@pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning")
def test_who_diverged_is_named_and_does_not_break_the_rest():
    race = made_up()
    race.columns["test_loss"][0, 1:3, 2:] = np.nan
    race.columns["test_accuracy"][0, 1:3, 2:] = 0.1
    page = Page(report.page(race))
    assert "the loss was no number any more: SGD in 2." in page.text


def test_a_grid_is_laid_out_instead_of_compared_pair_by_pair():
    entries = [plan.Entry(f"{rule} {lr}", rule, {"lr": lr}, rate_source="grid")
               for rule in ("SGD", "Adam") for lr in (0.01, 0.1, 1.0)]
    page = Page(report.page(made_up(entries, seeds=2, finals=[0.8, 0.9, 0.7, 0.9, 0.8, 0.5])))
    assert "Best rate of each rule: SGD 0.1, Adam 0.01. At the edge" in page.text
    assert len(page.images) == 1


def test_somebody_elses_numbers_stand_beside_ours():
    race = made_up(["Adam"], epochs=5)
    first, fifth = outside.compare(race)
    assert (first.epoch, fifth.epoch) == (1, 5)
    ours = race.at(epoch=5)[0]
    assert fifth.distance == pytest.approx((0.97636 - ours.mean()) / ours.std(ddof=1))
    named = replace(race, plan=replace(race.plan, name="deepobs"))
    assert f"{fifth.distance:+.1f}" in Page(report.page(named)).text
    assert "DeepOBS" not in report.page(race)


def test_luck_and_more_than_luck():
    clear, close = made_up(), made_up(finals=[0.9, 0.95, 0.9501], seeds=12)
    assert words.runner_up(made_up(seeds=12).pairs()).endswith("That is more than the luck of the seeds.")
    assert words.runner_up(close.pairs()).endswith("Luck may be all of it.")
    assert words.equals(close.pairs()) == "These seeds cannot tell MomentumSGD from Adam."
    # Six seeds allow 2 of 64 flips at best, times three pairs: too few to settle anything.
    few = clear.pairs()
    assert words.runner_up(few).endswith(
        "6 seeds cannot settle any of 3 pairs, not even where one of the two always wins: that takes 7.")
    assert words.equals(few).endswith("from MomentumSGD and SGD; so few could not tell any two apart.")


def test_every_pair_is_said_to_pass_or_to_be_open():
    close = made_up(finals=[0.9, 0.95, 0.9501], seeds=12)
    assert words.passing(close.pairs()) == "2 of all 3 pairs pass, corrected; open: MomentumSGD and Adam."
    assert words.passing(made_up(seeds=12).pairs()) == "3 of all 3 pairs pass, corrected."


def test_the_luck_of_the_images_stands_beside_the_lead():
    # Of 1,000 images 50 ahead of 150 errors, and 3 of 131: the standard error is sqrt(131) = 11.4 at most.
    assert "hardly turn the two around" in words.images(made_up(finals=[0.5, 0.9, 0.95]))
    close = words.images(made_up(finals=[0.5, 0.946, 0.95], seeds=20))
    assert "At most 131, all errors of both, are misread by one of the two alone" in close
    assert "a standard error of sqrt(131) = 11.4 or less" in close
    assert close.endswith("On other images another leader cannot be ruled out.")


def test_who_ties_for_a_seed_shares_it():
    race = made_up()
    assert "shares it" not in words.crowns(race)
    race.columns["test_accuracy"][:, 0] = 0.9
    assert words.crowns(race).endswith("; who tied for a seed shares it.")


@pytest.mark.parametrize(("distances", "told"), [
    ([1.0, -2.9], "After epochs 1 and 2 their number lies within 3 standard deviations"),
    ([9.0, 0.5], "After epoch 1 their number lies further than 3 standard deviations from our mean, and within after"),
    ([-4.0, np.nan], "After epochs 1 and 2 their number lies further than 3 standard deviations from our mean: "),
    ([-4.0, -5.0], "not the same experiment"),
])
def test_somebody_elses_numbers_get_a_verdict(distances, told):
    found = [outside.Outside(epoch, 0.9, 0.9, 0.01, distance) for epoch, distance in enumerate(distances, start=1)]
    assert told in words.outside(found)
