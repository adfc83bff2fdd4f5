"""Every schedule, chain and sequence against rates recorded from torch."""

import json
from pathlib import Path

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import schedules

GOLDEN = json.loads((Path(__file__).parent.parent / "peers" / "torch_schedules.json").read_text())
BASES, STEPS = GOLDEN["base_lrs"], GOLDEN["steps"]


def bare_list():
    groups = [{"lr": lr, "momentum": 0.9} for lr in BASES]
    return groups, groups, lambda: None


def ours():
    parameters = [{"params": [eo.Parameter(np.zeros(2))], "lr": lr} for lr in BASES]
    optimizer = eo.CorrectedMomentumSGD(parameters, momentum=0.9)
    return optimizer, optimizer.param_groups, optimizer.step


# Stepping the optimizer before the schedule is the order that nobody is warned of.
pytestmark = pytest.mark.filterwarnings("error")
TARGETS = pytest.mark.parametrize("target", [bare_list, ours])


def made(entry, optimizer=None):
    made_of = getattr(schedules, entry["class"])
    return made_of(optimizer, **entry["arguments"]) if optimizer is not None else made_of(**entry["arguments"])


def rows(groups, move, step, steps=STEPS):
    """(rates, first momentum) before each epoch."""
    lr, momentum = [[g["lr"] for g in groups]], [groups[0]["momentum"]]
    for k in range(steps):
        move()
        step(k)
        lr.append([g["lr"] for g in groups])
        momentum.append(groups[0]["momentum"])
    return np.array(lr), np.array(momentum)


def compare(entry, name, groups, move, step):
    lr, momentum = rows(groups, move, step, len(entry["lr"]) - 1)
    assert all(type(g["lr"]) is float for g in groups)
    for what, mine, theirs in (("rate", lr, entry["lr"]), ("momentum", momentum, entry.get("momentum", momentum))):
        theirs = np.array(theirs)
        error = np.abs(mine - theirs) / np.maximum(np.abs(theirs), 1e-300)
        error[mine == theirs] = 0
        worst = np.unravel_index(error.argmax(), error.shape)
        message = f"{GOLDEN['peer']} {name}: the {what} at epoch {worst[0]} differs by {error.max():.2g}"
        assert error.max() <= 1e-12, message


@TARGETS
@pytest.mark.parametrize("name", GOLDEN["single"])
def test_one_schedule(name, target):
    optimizer, *driven = target()
    schedule = made(GOLDEN["single"][name], optimizer)
    compare(GOLDEN["single"][name], name, *driven, lambda k: schedule.step())


@TARGETS
@pytest.mark.parametrize("k", range(len(GOLDEN["chained"])))
def test_two_stepped_one_after_the_other(k, target):
    entry = GOLDEN["chained"][k]
    name = f"{entry['first']['class']} then {entry['second']['class']}"
    optimizer, *driven = target()
    pair = [made(entry[which], optimizer) for which in ("first", "second")]
    compare(entry, name, *driven, lambda k: [s.step() for s in pair])
    optimizer, *driven = target()
    chain = (made(entry["first"]) * made(entry["second"])).bind(optimizer)
    compare(entry, f"{name}, as a product", *driven, lambda k: chain.step())


@TARGETS
@pytest.mark.parametrize("k", range(len(GOLDEN["sequential"])))
def test_a_sequence(k, target):
    entry = GOLDEN["sequential"][k]
    name = " then ".join(part["class"] for part in entry["parts"])
    optimizer, *driven = target()
    parts = [made(part, optimizer) for part in entry["parts"]]
    live = schedules.SequentialLR(optimizer, parts, entry["milestones"])
    compare(entry, name, *driven, lambda k: live.step())
    optimizer, *driven = target()
    value = made(entry["parts"][0])
    for part, milestone in zip(entry["parts"][1:], entry["milestones"]):
        value = value.until(milestone) >> made(part)
    live = value.bind(optimizer)
    compare(entry, f"{name}, as a value", *driven, lambda k: live.step())


@TARGETS
@pytest.mark.parametrize("k", range(len(GOLDEN["plateau"])))
def test_a_plateau(k, target):
    entry = GOLDEN["plateau"][k]
    optimizer, *driven = target()
    schedule = schedules.ReduceLROnPlateau(optimizer, **entry["arguments"])
    compare(entry, f"ReduceLROnPlateau {entry['arguments']}", *driven, lambda k: schedule.step(entry["metric"][k]))


# With base rate 1 at epochs 0 to 11; CyclicLR and OneCycleLR name their own rates.
TWELVE = [
    (schedules.StepLR(step_size=3, gamma=0.5), "1 1 1 .5 .5 .5 .25 .25 .25 .125 .125 .125"),
    (schedules.MultiStepLR(milestones=[2, 2, 5], gamma=0.5), "1 1 .25 .25 .25" + " .125" * 7),
    (schedules.ConstantLR(factor=0.5, total_iters=4), ".5 .5 .5 .5" + " 1" * 8),
    (schedules.LinearLR(start_factor=0.1, end_factor=1, total_iters=5), ".1 .28 .46 .64 .82 1 1 1 1 1 1 1"),
    (schedules.ExponentialLR(gamma=0.9),
     "1 .9 .81 .729 .6561 .59049 .531441 .478297 .430467 .38742 .348678 .313811"),
    (schedules.PolynomialLR(total_iters=5, power=2), "1 .64 .36 .16 .04" + " 0" * 7),
    (schedules.CosineAnnealingLR(T_max=5),
     "1 .904508 .654508 .345492 .0954915 0 .0954915 .345492 .654508 .904508 1 .904508"),
    (schedules.CosineAnnealingLR(T_max=5, eta_min=0.1),
     "1 .914058 .689058 .410942 .185942 .1 .185942 .410942 .689058 .914058 1 .914058"),
    (schedules.CosineAnnealingWarmRestarts(T_0=3, T_mult=2),
     "1 .75 .25 1 .933013 .75 .5 .25 .0669873 1 .982963 .933013"),
    (schedules.CyclicLR(base_lr=0.1, max_lr=1, step_size_up=3, step_size_down=2),
     ".1 .4 .7 1 .55 .1 .4 .7 1 .55 .1 .4"),
    (schedules.CyclicLR(base_lr=0.1, max_lr=1, step_size_up=2, mode="triangular2"),
     ".1 .55 1 .55 .1 .325 .55 .325 .1 .2125 .325 .2125"),
    (schedules.CyclicLR(base_lr=0.1, max_lr=1, step_size_up=2, mode="exp_range", gamma=0.9),
     ".1 .505 .829 .42805 .1 .365721 .578297 .315234 .1 .274339 .413811 .241215"),
    (schedules.OneCycleLR(max_lr=1.0, total_steps=12),
     ".04 .34979 .879285 .994415 .933013 .811746 .647379 .462637 .283061 .133478 .034567 4e-06"),
    (schedules.OneCycleLR(max_lr=1.0, total_steps=12, three_phase=True),
     ".04 .34979 .879285 .945019 .462142 .0539479 .0381517 .0312246 .0210847 .0106348 .00286657 4e-06"),
    (schedules.OneCycleLR(max_lr=1.0, total_steps=12, anneal_strategy="linear"),
     ".04 .409231 .778462 .952381 .833334 .714287 .59524 .476193 .357145 .238098 .119051 4e-06"),
    (schedules.LambdaLR(lr_lambda=lambda e: 0.5**e), " ".join(str(0.5**e) for e in range(12))),
    (schedules.MultiplicativeLR(lr_lambda=lambda e: 0.5), " ".join(str(0.5**e) for e in range(12))),
    # Sequences: at the milestone the rate jumps to the base, but for MultiplicativeLR, which goes on from the rate.
    (schedules.ConstantLR(factor=0.5).until(3) >> schedules.ExponentialLR(gamma=0.9), ".5 .5 .5 1 .9 .81"),
    (schedules.ConstantLR(factor=0.5).until(3) >> schedules.MultiplicativeLR(lr_lambda=lambda e: 0.9),
     ".5 .5 .5 .45 .405"),
    (schedules.LinearLR(start_factor=0.1, total_iters=5).until(5) >> schedules.CosineAnnealingLR(T_max=10),
     ".1 .28 .46 .64 .82 1 .975528"),
    (schedules.LinearLR(start_factor=0.1, total_iters=5) * schedules.CosineAnnealingLR(T_max=10),
     ".1 .273148 .416074 .508091 .536697 .5 .345492"),
    (schedules.ConstantLR(factor=0.5) * schedules.ConstantLR(factor=0.5), ".25 .25"),
]


@pytest.mark.parametrize(("schedule", "expected"), TWELVE, ids=lambda x: type(x).__name__ if type(x) is not str else "")
def test_rates_by_hand(schedule, expected):
    expected = [float(word) for word in expected.split()]
    live = schedule.bind([{"lr": 1.0, "momentum": 0.9}])
    stepped = [live.get_last_lr()[0]]
    for _ in expected[1:]:
        live.step()
        stepped += live.get_last_lr()
    for mine in (stepped, schedules.rates(schedule, len(expected))):
        np.testing.assert_allclose(mine, expected, rtol=4e-6, atol=1e-12)


def test_the_peak_of_a_short_cycle_falls_between_two_steps():
    assert schedules.rates(schedules.OneCycleLR(max_lr=1.0, total_steps=12), 12).max() < 0.9945
