"""Six ways to freeze: what stays, what moves all the same, and by how much."""

import io
import re

import numpy as np
import pytest
from PIL import Image

import edu_optim as eo
from edu_optim import figures
from edu_optim.figures import output
from edu_optim.freezing import CLASSIC, DECAYS, WAYS, FreezeMatrix, freeze_matrix

SITUATIONS = [(warm, decay) for warm in (0, 3) for decay in DECAYS]


@pytest.fixture(scope="module")
def of_all_rules():
    return {missing: freeze_matrix(list(eo.RULES), warm=(0, 3), updates=3, missing_grad=missing)
            for missing in ("skip", "zero")}


def test_every_rule_way_and_situation_has_a_cell(of_all_rules):
    matrix = of_all_rules["skip"]
    assert matrix.rules == tuple(eo.RULES) and matrix.ways == tuple(WAYS) and len(WAYS) == 6
    assert matrix.situations == SITUATIONS
    assert len(matrix.cells) == len(eo.RULES) * 6 * len(SITUATIONS)


def still(cell):
    return not (cell.moved or cell.state_moved or cell.t_moved)


@pytest.mark.parametrize("missing", ["skip", "zero"])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("rule", eo.RULES)
def test_only_the_switch_keeps_everything(of_all_rules, rule, situation, missing):
    cells = {way: of_all_rules[missing].at(rule, way, *situation) for way in WAYS}
    assert still(cells["enabled = False"])
    assert cells["put back"].t_moved and not cells["put back"].moved
    assert cells["zero gradient"].t_moved and cells["lr = 0"].t_moved
    for way in ("no gradient", "stop_gradient"):  # which are one thing to an optimizer
        if missing == "skip":
            assert still(cells[way])
        else:
            assert cells[way][4:] == cells["zero gradient"][4:]


# Predicted with pencil and paper, then looked up


@pytest.fixture(scope="module")
def warm():
    return freeze_matrix(warm=[1000], decay=["none"], updates=300)


def test_a_warm_buffer_takes_nine_more_full_steps(warm):
    """The buffer is m, and .9 m + .81 m + ... = 9 m."""
    for rule in ("MomentumSGD", "CorrectedMomentumSGD"):
        cell = warm.at(rule, "zero gradient")
        np.testing.assert_allclose([cell.steps, cell.distance], [9, 9 * 0.01 / (1 - 0.9)], rtol=1e-6)
    np.testing.assert_allclose(warm.at("NesterovSGD", "zero gradient").steps, 9 * 0.9, rtol=1e-6)
    np.testing.assert_allclose(warm.at("NesterovAG", "zero gradient").steps, 9 * 0.81, rtol=1e-6)


def test_adam_goes_on_as_far_as_momentum_does(warm):
    t = np.arange(1001, 1301)
    m_hat = 0.9 ** (t - 1000) * (1 - 0.9**1000) / (1 - 0.9**t)
    v_hat = 0.999 ** (t - 1000) * (1 - 0.999**1000) / (1 - 0.999**t)
    cell = warm.at("Adam", "zero gradient")
    np.testing.assert_allclose(cell.steps, (m_hat / np.sqrt(v_hat)).sum(), rtol=1e-6)
    assert cell.steps == pytest.approx(9.07, abs=0.005)


def test_no_rate_stops_a_rule_whose_rate_stands_outside_and_no_other(warm):
    moved = {rule for rule in CLASSIC if warm.at(rule, "lr = 0").moved}
    assert moved == {"MomentumSGD", "NesterovAG"}
    assert warm.at("MomentumSGD", "lr = 0").steps == pytest.approx(9, rel=1e-6)


def test_what_remembers_no_direction_stays_under_a_zero_gradient(warm):
    for rule in ("SGD", "AdaGrad", "RMSprop", "AdaDelta"):
        assert not warm.at(rule, "zero gradient").moved
    assert [warm.at(rule, "zero gradient").state_moved for rule in ("AdaGrad", "RMSprop", "AdaDelta")] == [
        False, True, True]


def test_decay_needs_no_gradient():
    matrix = freeze_matrix(["SGD", "Adam"], warm=[0], decay_rate=0.1, updates=2)
    for decay in ("coupled", "decoupled"):
        np.testing.assert_allclose(matrix.at("SGD", "zero gradient", 0, decay).distance, 1 - (1 - 0.01 * 0.1) ** 2)
        for way in ("no gradient", "stop_gradient", "lr = 0", "put back", "enabled = False"):
            assert not matrix.at("SGD", way, 0, decay).moved
    # Adam divides what is coupled by its own size: a step of lr, however weak the decay.
    np.testing.assert_allclose(matrix.at("Adam", "zero gradient", 0, "coupled").distance, 2 * 0.001, rtol=1e-4)
    np.testing.assert_allclose(matrix.at("Adam", "zero gradient", 0, "decoupled").distance, 2e-4, rtol=1e-3)


def test_a_full_step_is_one_unit_cold_and_warm():
    matrix = freeze_matrix(["MomentumSGD", "Adam"], warm=[0, 1000], decay=["coupled"], decay_rate=0.01)
    full_step = {"MomentumSGD": 0.01 / (1 - 0.9), "Adam": 0.001}
    for cell in matrix.cells:
        np.testing.assert_allclose(cell.steps, cell.distance / full_step[cell.rule], rtol=1e-6)
    # Held at 1 while it was warmed up, it had gradients of 1 + 0.01 and no others.
    assert matrix.at("MomentumSGD", "lr = 0", 1000).steps == pytest.approx(9 * 1.01, rel=1e-3)


def test_adams_decay_is_a_full_step_when_cold_and_a_hundredth_of_one_beside_old_gradients():
    matrix = freeze_matrix(["Adam"], warm=[0, 1000])
    cold, warm = (matrix.at("Adam", "zero gradient", t, "coupled").steps for t in (0, 1000))
    coasts = matrix.at("Adam", "zero gradient", 1000, "none").steps
    assert cold == pytest.approx(98.26, abs=0.02)
    assert warm - coasts == pytest.approx(100 * 0.01, rel=0.1)


def test_what_putting_back_hides_comes_out_when_it_ends():
    p = eo.Parameter([1.0])
    optimizer = eo.MomentumSGD([p], lr=0.1)
    for _ in range(200):
        p.grad = [1.0]
        optimizer.step()
        p.data = [1.0]
    p.grad = [0.0]
    optimizer.step()
    np.testing.assert_allclose(p.data, 1 - 0.9, rtol=1e-6)


# As a table and as a picture


def test_the_table_says_what_moved():
    matrix = freeze_matrix(["SGD", "MomentumSGD"], warm=[100], decay=["none"])
    assert [re.split("  +", line) for line in repr(matrix).splitlines()[:3]] == [
        ["after 100 updates, no decay", *WAYS],
        ["SGD", "-", "-", "-", "t", "t", "t"],
        ["MomentumSGD", "-", "-", "-", "9", "9", "state"],
    ]
    page = matrix._repr_html_()
    assert page.count("<tr>") == 3 and "<td>9</td>" in page and "in 100 updates" in page


def test_names_in_the_page_are_text():
    cell = freeze_matrix(["SGD"], warm=[0], decay=["none"], updates=1).cells[0]._replace(rule="<script>")
    assert "<script>" not in FreezeMatrix([cell], 1)._repr_html_()


@pytest.mark.parametrize(("arguments", "error", "words"), [
    ({"rules": ["Sgd2"]}, KeyError, "no rule 'Sgd2'"),
    ({"decay": ["L2"]}, ValueError, "'L2' is not known: there are none, coupled, decoupled"),
    ({"updates": 0}, ValueError, "updates has 0"),
    ({"warm": [True]}, ValueError, "warm has True"),
    ({"warm": [-1]}, ValueError, "warm has -1"),
])
def test_what_makes_no_experiment(arguments, error, words):
    with pytest.raises(error, match=words):
        freeze_matrix(**{"rules": ["SGD"], **arguments})


def test_an_optimizer_of_ones_own_rule():
    for rule in (eo.SGD, eo.RULES["SGD"]):
        assert freeze_matrix([rule], warm=[0], updates=1).rules == ("SGD",)


def test_the_figure_has_a_number_where_something_moved_and_no_other():
    matrix = freeze_matrix(["SGD", "MomentumSGD", "Adam"], warm=[0, 100])
    figure = figures.freeze_matrix(matrix, title="Frozen?")
    assert len(figure.axes) == len(matrix.situations) == 6
    for ax, situation in zip(figure.axes, matrix.situations, strict=True):
        there = {(round(text.get_position()[1]), round(text.get_position()[0])) for text in ax.texts}
        moved = [(row, column) for row, rule in enumerate(matrix.rules)
                 for column, way in enumerate(["enabled = False", "zero gradient", "lr = 0", "put back"])
                 if matrix.at(rule, way, *situation).moved]
        assert there == set(moved)
        assert len(ax.patches) == len(ax.texts)
        assert matrix.title(*situation) == ax.get_title(loc="left")
    picture = np.array(Image.open(io.BytesIO(output._png(figure))).convert("RGB")).astype(int)
    assert (np.abs(picture - [0xD5, 0x5E, 0x00]).max(axis=2) < 16).mean() > 0.01


@pytest.mark.parametrize(("missing", "first"), [
    ("skip", "3 ways: off, None, stop_ gradient"), ("zero", "enabled = False")])
def test_ways_in_which_nothing_moved_are_one_column_left_of_a_thick_line(missing, first):
    ax, = figures.freeze_matrix(freeze_matrix(["MomentumSGD"], warm=[3], decay=["none"], missing_grad=missing)).axes
    names = [" ".join(label.get_text().split()) for label in ax.get_xticklabels()]
    assert names[0] == first and names[-3:] == ["zero gradient", "lr = 0", "put back"]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linewidth() > 2] == [0.5]
    zeros = [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "$0$"]
    assert zeros == [[0, 0]]
    nothing_still = FreezeMatrix([cell._replace(t_moved=True) for cell in freeze_matrix(
        ["SGD"], warm=[0], decay=["none"]).cells], 1)
    assert not [line for line in figures.freeze_matrix(nothing_still).axes[0].lines if line.get_linewidth() > 2]


def test_a_distance_of_any_size_fits_into_its_square():
    cell = freeze_matrix(["MomentumSGD"], warm=[1], decay=["none"], updates=1).at("MomentumSGD", "zero gradient")
    for steps, text in ((3.69e7, "4e7"), (1e-9, "1e-9"), (0.0994, "0.10"), (0.996, "1"), (9.07, "9.1"), (98.3, "98"),
                        (float("nan"), "nan")):
        matrix = FreezeMatrix([cell._replace(steps=steps)], 1)
        assert [t.get_text() for t in figures.freeze_matrix(matrix).axes[0].texts] == [text]
