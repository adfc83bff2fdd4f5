"""Bad input: a clear error at construction or at the call, and no rate changed."""

import copy
import json
import math

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import schedules
from edu_optim.schedules import ChainedScheduler, CyclicLR, ExponentialLR, LinearLR, OneCycleLR, SequentialLR, StepLR

WRONG = [
    ("StepLR", {}, TypeError, "step_size is missing"),
    ("StepLR", {"step_size": 0}, ValueError, "step_size=0 must be a positive integer"),
    ("StepLR", {"step_size": -3}, ValueError, "step_size=-3"),
    ("StepLR", {"step_size": 2.0}, ValueError, "step_size=2.0"),
    ("StepLR", {"step_size": True}, ValueError, "step_size=True"),
    ("StepLR", {"step_size": 3, "gamma": 0}, ValueError, "gamma=0 must be positive and finite"),
    ("StepLR", {"step_size": 3, "gamma": -0.5}, ValueError, "gamma=-0.5"),
    ("StepLR", {"step_size": 3, "gamma": math.nan}, ValueError, "gamma=nan"),
    ("StepLR", {"step_size": 3, "compat": "1.4"}, ValueError, "compat='1.4'"),
    ("ExponentialLR", {}, TypeError, "gamma is missing"),
    ("ExponentialLR", {"gamma": math.inf}, ValueError, "gamma=inf"),
    ("MultiStepLR", {}, TypeError, "milestones is missing"),
    ("MultiStepLR", {"milestones": [3, -1]}, ValueError, r"milestones=\[3, -1\]"),
    ("MultiStepLR", {"milestones": [2.5]}, ValueError, "must be epochs"),
    ("MultiStepLR", {"milestones": [3], "gamma": "x"}, ValueError, "gamma='x'"),
    ("ConstantLR", {"factor": 1.5}, ValueError, "factor=1.5"),
    ("ConstantLR", {"factor": -0.1}, ValueError, "factor=-0.1"),
    ("ConstantLR", {"total_iters": 0}, ValueError, "total_iters=0 must be at least 1"),
    ("LinearLR", {"start_factor": 0}, ValueError, r"start_factor=0 must lie in \(0, 1\]"),
    ("LinearLR", {"start_factor": 1.1}, ValueError, "start_factor=1.1"),
    ("LinearLR", {"end_factor": -1}, ValueError, "end_factor=-1"),
    ("LinearLR", {"total_iters": 0}, ValueError, "total_iters=0"),
    ("PolynomialLR", {"total_iters": 0}, ValueError, "total_iters=0"),
    ("CosineAnnealingLR", {}, TypeError, "T_max is missing"),
    ("CosineAnnealingLR", {"T_max": 0}, ValueError, "T_max=0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}, ValueError, "T_0=0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 2.0}, ValueError, "T_0=2.0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 0}, ValueError, "T_mult=0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 2, "eta_min": "low"}, ValueError, "eta_min='low'"),
    ("LambdaLR", {}, TypeError, "lr_lambda is missing"),
    ("LambdaLR", {"lr_lambda": 0.5}, TypeError, "lr_lambda=0.5 must be a function"),
    ("LambdaLR", {"lr_lambda": [abs, abs, abs]}, ValueError, "lr_lambda has 3 values, and there are 2 groups"),
    ("MultiplicativeLR", {"lr_lambda": [abs]}, ValueError, "lr_lambda has 1 values"),
    ("MultiplicativeLR", {"lr_lambda": [1, 2]}, TypeError, "lr_lambda=1"),
    ("CyclicLR", {"base_lr": 0.1}, TypeError, "max_lr is missing"),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1, "mode": "square"}, ValueError, "mode='square'"),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1, "step_size_up": 0}, ValueError, "step_size_up=0"),
    ("CyclicLR", {"base_lr": [0.1], "max_lr": 1}, ValueError, "base_lr has 1 values"),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": (1, 2, 3)}, ValueError, "max_lr has 3 values"),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1, "scale_fn": 3}, TypeError, "scale_fn=3"),
    ("OneCycleLR", {"max_lr": 1.0}, ValueError, "epochs=None must be a positive integer: give total_steps"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 0}, ValueError, "total_steps=0"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9.5}, ValueError, "total_steps=9.5"),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 3, "steps_per_epoch": -2}, ValueError, "steps_per_epoch=-2"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "pct_start": 1}, ValueError, "pct_start=1 must be a float"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "pct_start": 1.5}, ValueError, "pct_start=1.5"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 0.1}, ValueError, "is one step"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "anneal_strategy": "fast"}, ValueError, "anneal_strategy='fast'"),
    ("OneCycleLR", {"max_lr": [1.0], "total_steps": 9}, ValueError, "max_lr has 1 values"),
    ("ReduceLROnPlateau", {"factor": 1.0}, ValueError, "factor=1.0 must be below 1"),
    ("ReduceLROnPlateau", {"mode": "best"}, ValueError, "mode='best'"),
    ("ReduceLROnPlateau", {"threshold_mode": "x"}, ValueError, "threshold_mode='x'"),
    ("ReduceLROnPlateau", {"min_lr": [0.1]}, ValueError, "min_lr has 1 values"),
    ("WarmupCosineLR", {"epochs": 5, "warmup": 5}, ValueError, "epochs=5 must be more than warmup=5"),
    ("WarmupStableDecayLR", {"stable_until": 3, "warmup": 5}, ValueError, "stable_until=3"),
    ("InverseSquareRootLR", {}, TypeError, "warmup is missing"),
    ("StepLR", {"step_size": 3, "last_epoch": 5}, KeyError, "no 'initial_lr', which last_epoch=5 needs"),
]


@pytest.mark.parametrize(("name", "arguments", "error", "words"), WRONG)
def test_refused_at_construction(name, arguments, error, words):
    groups = [{"lr": 0.1, "momentum": 0.9}, {"lr": 0.5, "momentum": 0.9}]
    with pytest.raises(error, match=words):
        getattr(schedules, name)(groups, **arguments)
    assert [g["lr"] for g in groups] == [0.1, 0.5] and [g["momentum"] for g in groups] == [0.9, 0.9]
    if "groups" not in words and "values" not in words and "initial_lr" not in words:
        with pytest.raises(error, match=words):  # a value is checked when it is written down
            getattr(schedules, name)(**arguments)


@pytest.mark.parametrize(("optimizer", "error", "words"), [
    (3, TypeError, "3 is neither"),
    ([1, 2], TypeError, r"param_groups\[0\] is 1; a group is a dict"),
    ([{"lr": 0.1}, {"rate": 0.1}], KeyError, r"param_groups\[1\] has no 'lr'"),
])
def test_only_groups_with_rates_can_be_driven(optimizer, error, words):
    with pytest.raises(error, match=words):
        StepLR(optimizer=optimizer, step_size=3)


@pytest.mark.parametrize("schedule", [
    CyclicLR(base_lr=0.1, max_lr=1.0), OneCycleLR(max_lr=1.0, total_steps=10)], ids=["CyclicLR", "OneCycleLR"],
)
def test_a_rule_without_momentum_has_none_to_cycle(schedule):
    optimizer = eo.SGD([eo.Parameter(np.zeros(1))], lr=0.25)
    with pytest.raises(ValueError, match=r"no momentum to cycle.*cycle_momentum=False"):
        schedule.bind(optimizer)
    assert dict(optimizer.param_groups[0])["lr"] == 0.25 and "initial_lr" not in optimizer.param_groups[0]
    schedule.bind(optimizer, cycle_momentum=False)


def test_where_momentum_stands():
    both = eo.Adam([eo.Parameter(np.zeros(1))])
    OneCycleLR(both, max_lr=1.0, total_steps=10)
    assert both.param_groups[0]["betas"] == (0.95, 0.999) and both.hyperparam.beta1 == 0.95
    alone = [{"lr": 0.1, "beta1": 0.5}]
    CyclicLR(alone, 0.1, 1.0)
    assert alone[0]["beta1"] == 0.9
    pair = [{"lr": 0.1, "betas": (0.5, 0.9), "momentum": 0.3}]
    CyclicLR(pair, 0.1, 1.0)
    assert pair[0]["betas"] == (0.9, 0.9) and pair[0]["momentum"] == 0.3


# At the call


def everything(groups, *lives):
    return copy.deepcopy(groups), json.dumps([live.state_dict() for live in lives])


def test_a_cycle_that_is_over():
    groups = [{"lr": 0.1, "momentum": 0.9}]
    live = OneCycleLR(groups, max_lr=1.0, total_steps=5)
    for _ in range(5):
        live.step()
    before = everything(groups, live)
    with pytest.raises(ValueError, match="step 6 of a cycle of total_steps=5"):
        live.step()
    assert everything(groups, live) == before


@pytest.mark.parametrize(("metric", "error"), [((), TypeError), ((math.nan,), ValueError), (("much",), ValueError)])
@pytest.mark.parametrize("name", ["ReduceLROnPlateau", "WarmupPlateauLR"])
def test_a_plateau_needs_a_metric(name, metric, error):
    groups = [{"lr": 0.1}]
    live = getattr(schedules, name)(groups, patience=0)
    live.step(1.0)
    before = everything(groups, live)
    with pytest.raises(error):
        live.step(*metric)
    assert everything(groups, live) == before
    live.step(0.5)
    assert live.best == 0.5


def failing_at(epoch, wrong):
    def function(e):
        if e == epoch:
            return wrong()
        return 0.5

    return function


def boom():
    raise RuntimeError("boom")


@pytest.mark.parametrize("wrong", [boom, lambda: None, lambda: -1.0])
@pytest.mark.parametrize("together", ["alone", "chain", "sequence in a chain"])
def test_a_step_that_fails_changes_nothing(wrong, together):
    """Neither what the failing schedule would have written, nor what those before it in a chain had."""
    optimizer = eo.MomentumSGD([{"params": [eo.Parameter(np.zeros(1))], "lr": lr} for lr in (0.1, 0.5)])
    bad = schedules.MultiplicativeLR(lr_lambda=[lambda e: 0.5, failing_at(3, wrong)])
    values = {
        "alone": [bad],
        "chain": [StepLR(step_size=1), schedules.CosineAnnealingWarmRestarts(T_0=2), bad],
        "sequence in a chain": [LinearLR().until(3) >> ExponentialLR(gamma=0.9),
                                CyclicLR(base_lr=0.1, max_lr=0.2, step_size_up=2), bad],
    }
    live = ChainedScheduler(values[together], optimizer) if together != "alone" else bad.bind(optimizer)
    for _ in range(2):
        optimizer.step()
        live.step()

    def now():
        return [dict(group) for group in optimizer.param_groups], json.dumps(live.state_dict())

    before = now()
    with pytest.raises((RuntimeError, TypeError, ValueError)):
        live.step()
    assert now() == before


def test_a_refused_rate_leaves_momentum_too():
    optimizer = eo.MomentumSGD([{"params": [eo.Parameter(np.zeros(1))], "lr": lr} for lr in (0.1, 0.5)], momentum=0.5)
    live = CyclicLR(optimizer, base_lr=[0.1, 0.2], max_lr=[0.3, -0.5], step_size_up=2)
    optimizer.step()
    before = [dict(group) for group in optimizer.param_groups]
    with pytest.raises(ValueError, match=r"lr = -0\.1"):
        live.step()
    assert [dict(group) for group in optimizer.param_groups] == before and live.last_epoch == 0


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda g: ChainedScheduler([]), ValueError, "needs at least one schedule"),
    (lambda g: ChainedScheduler([StepLR(step_size=3), 0.5]), TypeError, r"schedulers\[1\] is 0.5"),
    (lambda g: ChainedScheduler([schedules.ReduceLROnPlateau()]), ValueError, "no metric for.*WarmupPlateauLR"),
    (lambda g: ChainedScheduler([schedules.WarmupPlateauLR()]), ValueError, "which ChainedScheduler has no metric for"),
    (lambda g: SequentialLR(g, [ExponentialLR(g, 0.5), schedules.ReduceLROnPlateau(g)], [3]), ValueError, "no metric"),
    (lambda g: SequentialLR(g, [], []), ValueError, "needs at least one"),
    (lambda g: SequentialLR(g, [StepLR(g, 3), StepLR(g, 3)], [3, 5]), ValueError, "2 schedules need 1 milestones"),
    (lambda g: SequentialLR(g, [StepLR(g, 3), StepLR(g, 3)], [-3]), ValueError, r"milestones=\[-3\]"),
    (lambda g: SequentialLR(g, [StepLR(g, 3), StepLR([{"lr": 1.0}], 3)], [3]), ValueError, "another optimizer"),
    (lambda g: ChainedScheduler([StepLR(step_size=3), CyclicLR(base_lr=0.1, max_lr=1.0)], g), ValueError, "momentum"),
])
def test_composites_refuse(call, error, words):
    groups = [{"lr": 0.1}]
    with pytest.raises(error, match=words):
        call(groups)
    assert groups[0]["lr"] == 0.1


# States


def test_a_state_of_another_class():
    groups = [{"lr": 0.1}]
    live, other = StepLR(groups, 3), ExponentialLR([{"lr": 0.1}], 0.5)
    other.step()
    before = everything(groups, live)
    for state in (other.state_dict(), {}, None, {"last_epoch": 3}):
        with pytest.raises(ValueError, match="the schedule is StepLR: load its own"):
            live.load_state_dict(state)
    wrong = live.state_dict()
    wrong["gamme"] = wrong.pop("gamma")
    with pytest.raises(ValueError, match=r"lacks \['gamma'\] and has in excess \['gamme'\]"):
        live.load_state_dict(wrong)
    assert everything(groups, live) == before


@pytest.mark.parametrize("count", [1, 3])
def test_a_state_of_another_number_of_groups(count):
    groups = [{"lr": 0.1}, {"lr": 0.2}]
    other = ExponentialLR([{"lr": 0.4} for _ in range(count)], 0.5)
    live = ExponentialLR(groups, 0.9)
    live.step()
    before = everything(groups, live)
    with pytest.raises(ValueError, match=rf"ExponentialLR has {count} base_lrs, and there are 2 groups: load the"):
        live.load_state_dict(other.state_dict())
    assert everything(groups, live) == before


def test_a_state_of_another_chain():
    groups = [{"lr": 0.1}]
    live = (StepLR(step_size=3) * ExponentialLR(gamma=0.5)).bind(groups)
    live.step()
    before = everything(groups, live)
    others = StepLR(step_size=5) * StepLR(step_size=3), StepLR(step_size=5) * ExponentialLR(gamma=0.9) * LinearLR()
    for other, words in zip(others, ("the schedule is ExponentialLR", "the state has 3 schedules")):
        with pytest.raises(ValueError, match=words):
            live.load_state_dict(other.bind([{"lr": 0.1}]).state_dict())
        assert everything(groups, live) == before


def test_a_state_is_plain_and_holds_the_attributes_of_callables():
    class Fade:
        def __init__(self, pace):
            self.pace = pace

        def __call__(self, e):
            return 1 / (1 + self.pace * e)

    groups = [{"lr": 0.1}, {"lr": 0.5}]
    live = schedules.LambdaLR(groups, [Fade(0.5), lambda e: 0.5])
    state = json.loads(json.dumps(live.state_dict()))
    assert state["lr_lambda"] == [{"pace": 0.5}, None]
    assert "initial_lr" not in state and "lr" not in state
    again = [{"lr": 0.1}, {"lr": 0.5}]
    other = schedules.LambdaLR(again, [Fade(3.0), lambda e: 0.5])
    other.load_state_dict(state)
    live.step()
    other.step()
    assert again == groups
    cycle = CyclicLR([{"lr": 0.1, "momentum": 0.9}], 0.1, 1.0, 2, scale_fn=Fade(0.5))
    assert cycle.state_dict()["scale_fn"] == {"pace": 0.5}


def test_numbers_of_numpy_become_pythons():
    halves = [{"lr": 0.7}]
    schedules.LambdaLR(halves, lambda e: np.float32(0.5))
    assert halves[0]["lr"] == 0.35
    groups = [{"lr": np.float32(0.5)}]
    live = schedules.CosineAnnealingLR(groups, T_max=np.int64(10), eta_min=np.float32(0.25))
    assert json.loads(json.dumps(live.state_dict()))["T_max"] == 10
    live.step()
    assert type(groups[0]["lr"]) is type(groups[0]["initial_lr"]) is type(live.get_last_lr()[0]) is float
    assert groups[0]["lr"] == pytest.approx(0.25 + 0.125 * (1 + math.cos(math.pi / 10)), rel=1e-15)


def test_a_copy_of_schedule_and_groups_goes_its_own_way():
    groups = [{"lr": 0.5, "momentum": 0.9}]
    both = StepLR(step_size=1) * ExponentialLR(gamma=0.5)
    lives = [OneCycleLR(groups, max_lr=1.0, total_steps=9), both.bind(groups)]
    before = [dict(group) for group in groups]
    theirs, copies = copy.deepcopy((groups, lives))
    for live in copies:
        live.step()
    assert groups == before and theirs != before
    for live in lives:
        live.step()
    assert groups == theirs


@pytest.mark.parametrize("name", ["ReduceLROnPlateau", "WarmupPlateauLR"])
@pytest.mark.parametrize("stop", range(13))
def test_a_plateau_goes_on_where_it_was(name, stop):
    losses = [3, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]
    groups, again = [{"lr": 1.0}], [{"lr": 1.0}]
    live = getattr(schedules, name)(groups, patience=2, factor=0.5, cooldown=1)
    other = getattr(schedules, name)(again, patience=9)
    for k, loss in enumerate(losses):
        if k == stop:
            other.load_state_dict(json.loads(json.dumps(live.state_dict())))
            again[0].update(groups[0])
        live.step(loss)
        if k >= stop:
            other.step(loss)
            assert again == groups
    assert groups[0]["lr"] < 1
