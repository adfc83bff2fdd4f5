"""Groups that come, change and go; stopping and going on. A schedule knows a group itself, not its place."""

import copy
import json
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_schedules import advance, construct

import edu_optim as eo
from edu_optim import schedules

pytestmark = pytest.mark.filterwarnings("ignore:the schedule stepped before")
EPOCHS = 14


class Fade:
    """A function of the epoch with something to remember."""

    def __init__(self, pace):
        self.pace = pace

    def __call__(self, epoch):
        return 1 / (1 + self.pace * epoch)


def slow(epoch):
    return 0.9 + 0.02 * (epoch % 4)


def arguments(**choices):
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in choices.items()})


MULTIPLYING = {
    "StepLR": arguments(step_size=[1, 2, 5], gamma=[0.5, 1.2]),
    "MultiStepLR": arguments(milestones=[[0, 3], [2, 2, 7], []], gamma=[0.5]),
    "ConstantLR": arguments(factor=[0.5, 1 / 3], total_iters=[1, 4]),
    "LinearLR": arguments(start_factor=[0.1, 1.0], end_factor=[1.0, 0.3], total_iters=[1, 5]),
    "ExponentialLR": arguments(gamma=[0.9, 0.5]),
    "MultiplicativeLR": arguments(lr_lambda=[slow]),
    "WarmupCosineLR": arguments(epochs=[9, 30], warmup=[3], end_factor=[0.2]),
}
OTHERS = {
    "PolynomialLR": arguments(total_iters=[4, 20], power=[1.0, 2.0]),
    "CosineAnnealingLR": arguments(T_max=[3, 10], eta_min=[0.0, 0.01]),
    "LambdaLR": arguments(lr_lambda=[Fade(0.5), slow]),
    "CosineAnnealingWarmRestarts": arguments(T_0=[2, 5], T_mult=[1, 2], eta_min=[0.0]),
}


def leaves(table):
    return st.one_of([st.fixed_dictionaries({"class": st.just(name), "arguments": a}) for name, a in table.items()])


def sequences(leaf):
    return st.tuples(leaf, leaf, st.integers(1, EPOCHS - 1)).map(
        lambda t: {"class": "SequentialLR", "parts": [t[0], t[1]], "milestones": [t[2]]})


ANY = leaves(MULTIPLYING | OTHERS)
STACKS = st.lists(st.one_of(ANY, sequences(ANY)), min_size=1, max_size=3)


def value(spec):
    if spec["class"] == "SequentialLR":
        first, second = map(value, spec["parts"])
        return first.until(spec["milestones"][0]) >> second
    return getattr(schedules, spec["class"])(**copy.deepcopy(spec["arguments"]))


def bound(stack, optimizer, chained):
    """Live schedules that are stepped one after the other, or as one chain."""
    values = [value(spec) for spec in stack]
    if chained and len(values) > 1:
        return [schedules.ChainedScheduler(values, optimizer)]
    return [v.bind(optimizer) for v in values]


RATES = st.sampled_from([0.01, 0.3, 2.0])
EVENTS = st.one_of(
    st.none(), st.tuples(st.just("edit"), st.integers(0, 5), RATES), st.tuples(st.just("add"), RATES),
    st.tuples(st.just("remove"), st.integers(0, 5)), st.tuples(st.just("again"), st.integers(0, 5), RATES),
)


def happen(event, groups):
    if event is None:
        return
    if event[0] == "edit" and groups:
        groups[event[1] % len(groups)]["lr"] = event[2]
    elif event[0] == "add":
        groups.append({"lr": event[1]})
    elif event[0] == "again" and groups:  # what a group of ours does when its rate is deleted and set again
        group = groups[event[1] % len(groups)]
        group.pop("initial_lr", None)
        group.pop("base", None)
        group["lr"] = event[2]
    elif event[0] == "remove" and len(groups) > 1:
        del groups[event[1] % len(groups)]


def rates_of(groups):
    return [group["lr"] for group in groups]


def kept(lives):
    """What a file would hold of them."""
    return json.loads(json.dumps([live.state_dict() for live in lives]))


@given(STACKS, st.booleans(), st.lists(EVENTS, min_size=EPOCHS, max_size=EPOCHS))
@settings(max_examples=300)
def test_a_plain_model_with_one_dict_per_group_agrees(stack, chained, events):
    groups, model = [{"lr": 0.1}, {"lr": 0.5}], [{"lr": 0.1}, {"lr": 0.5}]
    lives = bound(stack, groups, chained)
    for spec in stack:
        for g in model:
            construct(spec, g)
    np.testing.assert_allclose(rates_of(groups), rates_of(model), rtol=1e-12)
    for e, event in enumerate(events, 1):
        happen(event, groups)
        happen(event, model)
        for live in lives:
            live.step()
        for spec in stack:
            for g in model:
                advance(spec, e, g)
        np.testing.assert_allclose(rates_of(groups), rates_of(model), rtol=1e-11, atol=1e-17)
        assert lives[-1].get_last_lr() == rates_of(groups)


@given(STACKS, st.booleans(), st.lists(EVENTS, min_size=EPOCHS, max_size=EPOCHS), st.integers(1, EPOCHS), st.booleans())
@settings(max_examples=300)
def test_stop_and_go_on_is_never_to_have_stopped(stack, chained, events, stop, schedules_first):
    groups = [{"lr": 0.1}, {"lr": 0.5}]
    lives = bound(stack, groups, chained)
    for e, event in enumerate(events, 1):
        happen(event, groups)
        for live in lives:
            live.step()
        if e != stop:
            continue
        states, entries = kept(lives), json.loads(json.dumps(groups))
        again = [{"lr": 1.0} for _ in groups]
        resumed = bound(stack, again, chained)
        for part in [0, 1] if schedules_first else [1, 0]:
            if part:
                for group, entry in zip(again, entries, strict=True):
                    group.clear()
                    group.update(entry)
            else:
                for live, state in zip(resumed, states, strict=True):
                    live.load_state_dict(state)
        assert kept(resumed) == states
        for later in events[e:]:
            happen(later, groups)
            happen(later, again)
            for live in lives + resumed:
                live.step()
            assert again == groups
        return


@st.composite
def tree_events(draw):
    """An override is set, or deleted, or deleted and set again, or the root's rate is edited."""
    where = draw(st.sampled_from(["l1", "l2", "l1.W", "l2.b"]))
    rate = draw(RATES)
    return draw(st.sampled_from(
        [None, ("set", where, rate), ("delete", where), ("again", where, rate), ("root", rate)]))


def node(net, path):
    link, _, name = path.partition(".")
    return getattr(getattr(net, link), name).update_rule.hyperparam if name else getattr(net, link).hyperparam


def optimizer_and_net():
    net = eo.links.MLP(2, 2, 1)
    return eo.SGD(lr=0.1).setup(net), net


def grow(event, optimizer, net, overrides):
    if event is None:
        return
    if event[0] == "root":
        optimizer.hyperparam.lr = event[1]
        return
    if event[0] in ("delete", "again") and event[1] in overrides:
        del node(net, event[1]).lr
        del overrides[event[1]]
    if event[0] in ("set", "again"):
        node(net, event[1]).lr = event[2]
        overrides.setdefault(event[1], {})["lr"] = event[2]


# Without eta_min: where another schedule has taken the rate below it, a cosine makes negative rates, which groups of
# ours refuse.
FOR_OURS = MULTIPLYING | OTHERS | {"CosineAnnealingLR": arguments(T_max=[3, 10], eta_min=[0.0])}


@given(st.lists(leaves(FOR_OURS), min_size=1, max_size=3), st.booleans(),
       st.lists(tree_events(), min_size=EPOCHS, max_size=EPOCHS))
@settings(max_examples=150)
def test_overrides_come_and_go(stack, chained, events):
    optimizer, net = optimizer_and_net()
    lives = bound(stack, optimizer, chained)
    root, overrides = {"lr": 0.1}, {}
    for spec in stack:
        construct(spec, root)
    for e, event in enumerate(events, 1):
        grow(event, optimizer, net, overrides)
        if event and event[0] == "root":
            root["lr"] = event[1]
        for live in lives:
            live.step()
        for spec in stack:
            for g in (root, *overrides.values()):
                advance(spec, e, g)
        assert optimizer.hyperparam.lr == pytest.approx(root["lr"], rel=1e-11, abs=1e-17)
        for path, g in overrides.items():
            assert node(net, path).lr == pytest.approx(g["lr"], rel=1e-11, abs=1e-17), path
        standing = [optimizer.hyperparam.lr, *(node(net, path).lr for path in overrides)]
        assert sorted(lives[-1].get_last_lr()) == sorted(standing)


@given(st.lists(leaves(MULTIPLYING), min_size=1, max_size=3), st.integers(0, EPOCHS - 2), RATES)
@settings(max_examples=100)
def test_after_an_override_the_ratio_to_the_root_stays(stack, epoch, rate):
    optimizer, net = optimizer_and_net()
    lives = bound(stack, optimizer, chained=False)
    for e in range(EPOCHS):
        if e == epoch:
            net.l1.hyperparam.lr = rate
            ratio = rate / optimizer.hyperparam.lr
        for live in lives:
            live.step()
        if e >= epoch:
            assert net.l1.hyperparam.lr / optimizer.hyperparam.lr == pytest.approx(ratio, rel=1e-12)


@given(st.lists(st.one_of(leaves(FOR_OURS), sequences(leaves(FOR_OURS))), min_size=1, max_size=2), st.booleans(),
       st.lists(tree_events(), min_size=EPOCHS, max_size=EPOCHS), st.integers(1, EPOCHS))
@settings(max_examples=60)
def test_one_file_holds_optimizer_overrides_and_schedules(stack, chained, events, stop):
    optimizer, net = optimizer_and_net()
    lives, overrides = bound(stack, optimizer, chained), {}
    for event in events[:stop]:
        grow(event, optimizer, net, overrides)
        for live in lives:
            live.step()
    again, other_net = optimizer_and_net()
    resumed = bound(stack, again, chained)
    with tempfile.TemporaryDirectory() as folder:
        eo.save(f"{folder}/stop.npz", optimizer, *lives)
        eo.load(f"{folder}/stop.npz", again, *resumed)
    others = dict(overrides)
    for event in events[stop:]:
        for o, n, held in ((optimizer, net, overrides), (again, other_net, others)):
            grow(event, o, n, held)
        for live in lives + resumed:
            live.step()
        assert [u.rate for u in again.update_rules] == [u.rate for u in optimizer.update_rules]


# One thing at a time


class Replacing:
    """An optimizer that makes new groups when it loads its state, as torch's do."""

    def __init__(self, *rates):
        self.param_groups = [{"lr": lr} for lr in rates]

    def load(self, groups):
        self.param_groups = [dict(group) for group in groups]


def test_groups_that_are_all_replaced_are_who_stood_there_before():
    optimizer = Replacing(0.1, 0.5)
    schedule = schedules.LambdaLR(optimizer, [lambda e: 0.5**e, lambda e: 0.25**e])
    optimizer.load(optimizer.param_groups)
    schedule.step()
    assert rates_of(optimizer.param_groups) == [0.05, 0.125]


def test_all_schedules_notice_a_group_that_began_a_new_life():
    groups = [{"lr": 1.0}]
    fall, anew = schedules.ExponentialLR(groups, 0.5), schedules.LambdaLR(groups, lambda e: 0.5**e)
    del groups[0]["initial_lr"]
    groups[0]["lr"] = 8.0
    fall.step()  # which is the first to see that it is new
    anew.step()
    assert groups[0] == {"lr": 4.0, "initial_lr": 8.0}


@pytest.mark.parametrize("name", ["ExponentialLR", "ReduceLROnPlateau"])
def test_a_group_that_lost_its_rate_but_not_its_momentum_is_left_alone(name):
    net = eo.links.MLP(2, 2, 1)
    optimizer = eo.MomentumSGD(lr=0.1).setup(net)
    net.l1.hyperparam.lr, net.l1.hyperparam.momentum = 5.0, 0.5
    live = schedules.ExponentialLR(optimizer, 0.5) if name == "ExponentialLR" else schedules.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=0)
    step = live.step if name == "ExponentialLR" else lambda: live.step(1.0)
    step()
    step()
    assert len(live.get_last_lr()) == 2 and net.l1.hyperparam.lr == 5 * 10 * optimizer.hyperparam.lr
    del net.l1.hyperparam.lr
    step()
    assert live.get_last_lr() == [optimizer.hyperparam.lr] == [net.l1.hyperparam.lr]
    optimizer.hyperparam.lr = 0.7
    assert net.l1.hyperparam.lr == 0.7 and net.l1.hyperparam.momentum == 0.5


def test_a_list_of_lambdas_names_the_group_it_has_nothing_for():
    groups = [{"lr": 0.1}, {"lr": 0.5}]
    schedule = schedules.LambdaLR(groups, [lambda e: 0.5**e, lambda e: 0.25**e])
    groups.append({"lr": 1.0})
    with pytest.raises(ValueError, match=r"param_groups\[2\] is new, and lr_lambda lists values for the 2 groups"):
        schedule.step()
    assert rates_of(groups) == [0.1, 0.5, 1.0] and schedule.last_epoch == 0
    del groups[2]
    schedule.step()
    assert rates_of(groups) == [0.05, 0.125]


def test_a_group_keeps_its_lambda_when_another_goes():
    groups = [{"lr": 0.1}, {"lr": 0.5}]
    schedule = schedules.LambdaLR(groups, [lambda e: 0.5**e, lambda e: 0.25**e])
    del groups[0]
    schedule.step()
    assert rates_of(groups) == [0.125]


@pytest.mark.parametrize("schedule", [
    schedules.LambdaLR(lr_lambda=lambda e: 1 / (1 + e)),
    schedules.CosineAnnealingWarmRestarts(T_0=4),
])
def test_what_computes_from_a_base_takes_a_late_group_at_its_word(schedule):
    groups = [{"lr": 1.0}]
    live = schedule.bind(groups)
    live.step()
    groups.append({"lr": 8.0})
    live.step()
    assert groups[1]["initial_lr"] == 8.0
    assert groups[1]["lr"] == 8 * groups[0]["lr"]


def test_late_groups_of_cycles():
    groups = [{"lr": 1.0, "momentum": 0.9}]
    cycle = schedules.OneCycleLR(groups, max_lr=1.0, total_steps=10)
    cycle.step()
    groups.append({"lr": 0.2, "momentum": 0.5})
    cycle.step()
    late = groups[1]
    assert (late["initial_lr"], late["max_lr"], late["min_lr"]) == (0.2, 1.0, 0.2 / 1e4)
    assert late["lr"] == groups[0]["max_lr"] == 1.0 and late["momentum"] == groups[0]["momentum"]
    groups = [{"lr": 1.0, "momentum": 0.9}]
    triangle = schedules.CyclicLR(groups, base_lr=0.1, max_lr=1.0, step_size_up=2)
    groups.append({"lr": 0.2, "momentum": 0.5})
    triangle.step()
    assert rates_of(groups) == pytest.approx([0.55, 0.6])
    groups.append({"lr": 0.3})
    before = copy.deepcopy(groups)
    with pytest.raises(ValueError, match=r"param_groups\[2\] has no momentum to cycle"):
        triangle.step()
    assert rates_of(groups) == rates_of(before) and triangle.last_epoch == 1


def test_a_sequence_begins_a_late_group_at_its_own_base():
    groups = [{"lr": 1.0}]
    live = (schedules.ExponentialLR(gamma=0.5).until(3) >> schedules.ExponentialLR(gamma=0.1)).bind(groups)
    live.step()
    groups.append({"lr": 8.0})
    live.step()
    assert rates_of(groups) == [0.25, 4.0]
    live.step()
    assert rates_of(groups) == [1.0, 8.0]


@pytest.mark.parametrize("make", [lambda: [{"lr": 1.0}], lambda: eo.SGD([eo.Parameter(np.ones(2))], lr=1.0)])
def test_a_group_without_its_mark_is_met_anew(make):
    driven = make()
    group = driven[0] if isinstance(driven, list) else driven.param_groups[0]
    schedule = schedules.StepLR(driven, step_size=5)
    schedule.step()
    assert schedule.base_lrs == [1.0]
    group["lr"] = 0.25
    del group["initial_lr"]
    schedule.step()
    assert schedule.base_lrs == [0.25] == [group["initial_lr"]]


@pytest.mark.parametrize("value", [-5e-324, -0.0, 5e-324, 1.7976931348623157e308, np.inf, np.nan])
def test_a_rate_that_is_set_again_is_checked_like_the_first(value):
    optimizer, other = (eo.SGD([eo.Parameter(np.ones(2))], lr=1.0) for _ in range(2))
    optimizer.param_groups[0]["lr"] = 0.5  # from now on it goes the short way
    outcomes = []
    for one, write in ((optimizer, optimizer.param_groups[0].__setitem__), (other, other._tree.set)):
        try:
            write("lr", value) if one is optimizer else write(other.hyperparam, {"lr": value})
            outcomes.append((one.hyperparam.lr, one._segments[0].table.tobytes()))
        except ValueError as error:
            outcomes.append(str(error))
            assert one.hyperparam.lr in (0.5, 1.0)
    assert outcomes[0] == outcomes[1]
