"""Rates, multipliers and switches of a network, and the explorer that sets them. No browser is needed."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import edu_optim as eo
from edu_optim import schedules
from edu_optim.explore import tree_explorer
from edu_optim.explore.tree_picture import TreePicture
from edu_optim.explore.tree_rates import things, tree_rates

NET = eo.links.MLP(3, 2, 2)
NAMES = list(things(NET))
PARAMETERS = [name for name, _ in NET.named_params()]
FALL = schedules.ExponentialLR(gamma=0.5)

settings = st.fixed_dictionaries({}, optional={
    "lr": st.floats(1e-3, 1), "lr_mult": st.floats(0, 10), "enabled": st.booleans()})


# whose rate is what


@given(st.dictionaries(st.sampled_from(NAMES), settings), st.floats(1e-3, 1))
def test_a_rate_is_the_nearest_one_times_all_multipliers_unless_something_above_is_off(nodes, lr):
    found = tree_rates(NET, eo.SGD(lr=lr), epochs=2, nodes=nodes)
    assert list(found.rates) == PARAMETERS
    for name, row in found.rates.items():
        path = [nodes.get(above, {}) for above in (name, name.partition(".")[0])]
        rate = next((node["lr"] for node in path if "lr" in node), lr)
        for node in path:
            rate *= node.get("lr_mult", 1.0)
        off = any(node.get("enabled") is False for node in path)
        assert (name in found.off) == off
        assert np.allclose(row, 0 if off else rate, rtol=1e-6)


@given(st.dictionaries(st.sampled_from(NAMES), st.fixed_dictionaries({"lr": st.floats(1e-3, 1)})))
def test_a_schedule_that_multiplies_keeps_the_ratios(nodes):
    found = tree_rates(NET, eo.SGD(lr=0.1), FALL, 5, nodes)
    for row in found.rates.values():
        assert np.allclose(row, row[0] * 0.5 ** np.arange(5))
    assert found.spread(0) == pytest.approx(found.spread(4))


def test_one_that_writes_rates_of_its_own_loses_own_rates_and_keeps_multipliers():
    cycle = schedules.OneCycleLR(max_lr=0.5, total_steps=10, cycle_momentum=False)
    found = tree_rates(NET, eo.SGD(lr=0.1), cycle, 10, {"l1": {"lr": 0.001}, "l2.b": {"lr_mult": 0.01}})
    assert np.allclose(found.rates["l1.W"], found.rates["l2.W"])
    assert np.allclose(found.rates["l2.b"], 0.01 * found.rates["l2.W"])


def test_the_network_and_what_moves_it_stay_as_they_are():
    net = eo.links.MLP(3, 2, 2)
    optimizer = eo.Adam(net, lr=0.2)
    net.l1.hyperparam.lr = 0.5
    before = {name: p.data.copy() for name, p in net.named_params()}
    found = tree_rates(net, eo.SGD(lr=0.1), FALL, 5, {"l2": {"enabled": False}})
    assert np.allclose(found.rates["l1.W"][0], 0.1)
    assert net.l2.W.update_rule.enabled and net.l1.W.update_rule.rate == 0.5 and optimizer.hyperparam.lr == 0.2
    assert all(np.array_equal(p.data, before[name]) for name, p in net.named_params())


def test_all_off_is_no_spread():
    off = {name: {"enabled": False} for name in ("l1", "l2")}
    found = tree_rates(NET, eo.SGD(lr=0.1), nodes=off)
    assert found.spread(0) == 1.0 and not any(row.any() for row in found.rates.values())


def test_what_is_not_there_is_refused():
    with pytest.raises(KeyError, match="there is no 'l7' in this network"):
        tree_rates(NET, eo.SGD(lr=0.1), nodes={"l7": {"lr": 1.0}})
    with pytest.raises(TypeError, match="l1 is given 'rate'; a node has lr, lr_mult, enabled"):
        tree_rates(NET, eo.SGD(lr=0.1), nodes={"l1": {"rate": 1.0}})
    with pytest.raises(TypeError, match="not to 3"):
        things(3)


# the explorer


def test_words_say_what_is_set_and_every_rate():
    explorer = tree_explorer.explorer(NET, lr=0.1)
    assert explorer.picture().words == (
        "Without a schedule, with nothing set below the root, from epoch 0 to 39: l1.W, l1.b, l2.W, l2.b 0.1.")
    changes = {"l1.lr_mult": 0.01, "l2.lr": 0.5, "l2.b.enabled": False, "schedule": "StepLR"}
    assert explorer.picture(**changes).words == (
        "Under StepLR, with l1 (\u00d7 0.01), l2 (rate 0.5), l2.b (off) set below the root, from epoch 0 to 39: l1.W, "
        "l1.b 0.001 to 2.7e-5; l2.W 0.5 to 0.0135; l2.b off. The highest rate is 500 times the lowest at first, 500 "
        "times in the end.")


def test_every_control_reaches_the_rates():
    explorer = tree_explorer.explorer(NET, lr=0.1)
    moves = {"lr": 0.2, "schedule": "OneCycleLR"}
    for name in NAMES:
        moves |= {f"{name}.lr": 0.5, f"{name}.lr_mult": 0.1, f"{name}.enabled": False}
    assert set(explorer.controls) == {*moves, "node"}
    words = {explorer.picture(**{name: value}).words for name, value in moves.items()} | {explorer.picture().words}
    assert len(words) == len(moves) + 1


def test_only_the_chosen_node_has_controls_and_the_others_keep_what_they_stand_at():
    explorer = tree_explorer.explorer(NET, lr=0.1)
    shown = [set(explorer.controls) - set(explorer.picture(node=name).idle) for name in NAMES]
    assert shown == [{"lr", "schedule", "node", f"{name}.lr", f"{name}.lr_mult", f"{name}.enabled"} for name in NAMES]
    kept = {"l1.lr_mult": 0.01}
    assert explorer.picture(node="l2.b", **kept).png == explorer.picture(**kept).png


def test_controls_begin_where_the_call_says():
    net = eo.links.MLP(4, 3, 3, 2)
    table = eo.layerwise.layer_decay(net, 0.75)
    explorer = tree_explorer.explorer(net, eo.Adam(lr=0.003), multipliers=table, rates={"l3.b": 0.07}, frozen="l1.b")
    values = explorer.values()
    assert values["lr"] == 0.003 and values["l1.lr_mult"] == 0.5625 and values["l3.b.lr"] == 0.07
    assert values["l1.b.enabled"] is False and values["l1.W.enabled"] is True
    assert explorer.controls["l3.b.lr"].texts[0] == "none"
    assert "l1.W 0.00169; l1.b off; l2.W, l2.b 0.00225; l3.W 0.003; l3.b 0.07." in explorer.picture().words


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdaDelta", "Lion"])
def test_any_rule_and_schedule_will_do(name):
    warm = schedules.LinearLR(start_factor=0.1, total_iters=5)
    explorer = tree_explorer.explorer(NET, name, {"both": warm.until(5) >> FALL, "one": FALL}, epochs=10)
    for schedule in ("none", "both", "one"):
        assert np.array(Image.open(io.BytesIO(explorer.picture(schedule=schedule).png))).std() > 10


def test_refusals_name_what_is_allowed():
    with pytest.raises(KeyError, match="there is no 'l9' in this network"):
        tree_explorer.explorer(NET, multipliers={"l9": 0.1})
    with pytest.raises(ValueError, match="has 27 links and parameters; up to 24"):
        tree_explorer.explorer(eo.links.MLP(*[2] * 10))
    with pytest.raises(ValueError, match="2 rules are given; one moves a network"):
        tree_explorer.explorer(NET, ["SGD", "Adam"])
    with pytest.raises(TypeError, match=r"such as eo\.links\.MLP"):
        tree_explorer.explorer("SGD")
    with pytest.raises(ValueError, match="decides by a loss"):
        tree_explorer.explorer(NET, schedules=schedules.ReduceLROnPlateau())


def test_presets_differ():
    explorer = tree_explorer.explorer()
    assert len({explorer.draw(**preset).words for preset in explorer.presets}) == 3


def test_the_map_has_the_rates_as_colours():
    picture = TreePicture("SGD", NAMES, PARAMETERS, 10, low=1e-5, high=1.0)
    nodes = {"l1.b": {"enabled": False}, "l2": {"lr_mult": 10}}
    found = tree_rates(NET, eo.SGD(lr=0.1), FALL, 10, nodes)
    drawn = np.array(Image.open(io.BytesIO(picture.picture(found, {"l1.b": "off"}, "Rates.").png)).convert("RGB"))
    ys, xs = (30 + 24 * (np.arange(len(NAMES)) + 1) + 11, 304 + (30 * np.arange(10) + 15))
    cells = dict(zip(NAMES, drawn[ys][:, xs]))
    assert (cells["l1"] == 255).all() and (cells["l1.b"] == 255).all()  # a link has no row, and what is off is white
    for name in ("l1.W", "l2.W"):
        place = np.clip(np.log(found.rates[name] / 1e-5) / np.log(1e5), 0, 1)
        assert np.array_equal(cells[name], picture._palette[(place * 255).astype(int)])
    ends = [text.get_text() for name in ("l1.b", "l2.b") for text in picture._ends[name]]
    assert ends == ["off", "off", "1", "0.00195"] and picture._own["l1.b"].get_text() == "off"
