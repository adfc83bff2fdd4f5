"""Recursion and closed form, and what PyTorch 1.3 did."""

import math
import time

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import schedules
from edu_optim.schedules import prove_equal

EVERY = [
    schedules.StepLR(step_size=7, gamma=0.9), schedules.StepLR(step_size=1, gamma=1.01),
    schedules.MultiStepLR(milestones=[300, 0, 20, 20], gamma=0.3), schedules.ConstantLR(factor=0.2, total_iters=30),
    schedules.LinearLR(start_factor=0.01, end_factor=0.3, total_iters=700),
    schedules.LinearLR(start_factor=1.0, end_factor=0.0, total_iters=99), schedules.ExponentialLR(gamma=0.97),
    schedules.PolynomialLR(total_iters=800, power=2.5), schedules.PolynomialLR(total_iters=3, power=0.5),
    schedules.CosineAnnealingLR(T_max=11), schedules.CosineAnnealingLR(T_max=900, eta_min=0.01),
    schedules.CosineAnnealingLR(T_max=1), schedules.LambdaLR(lr_lambda=lambda e: 1 / (1 + e)),
    schedules.CosineAnnealingWarmRestarts(T_0=1, T_mult=3), schedules.CosineAnnealingWarmRestarts(T_0=10, T_mult=2),
    schedules.CosineAnnealingWarmRestarts(T_0=7, eta_min=0.1),
    schedules.CyclicLR(base_lr=0.1, max_lr=1.0, step_size_up=3, mode="triangular2"),
    schedules.CyclicLR(base_lr=0.1, max_lr=1.0, step_size_up=13, step_size_down=4, mode="exp_range", gamma=0.99),
    schedules.OneCycleLR(max_lr=1.0, total_steps=1000), schedules.OneCycleLR(max_lr=1.0, total_steps=1001,
                                                                             three_phase=True),
    schedules.WarmupCosineLR(epochs=500, warmup=20), schedules.WarmupStableDecayLR(stable_until=700, decay=100),
    schedules.InverseSquareRootLR(warmup=50),
    schedules.StepLR(step_size=30, gamma=0.5) * schedules.ExponentialLR(gamma=0.99),
    schedules.LinearLR(total_iters=100) * schedules.CosineAnnealingLR(T_max=1000),
    schedules.LinearLR(total_iters=100).until(100) >> schedules.CosineAnnealingLR(T_max=300),
    schedules.ExponentialLR(gamma=0.9).until(10) >> schedules.StepLR(step_size=3).until(20) >> schedules.ConstantLR(),
]


@pytest.mark.parametrize("schedule", EVERY, ids=lambda s: type(s).__name__)
def test_recursion_and_closed_form_agree_over_a_thousand_epochs(schedule):
    found = prove_equal(schedule, 1000)
    assert found, found.why
    assert found.gap <= 1e-11 and found.why == "they agree"


@pytest.mark.parametrize("schedule", EVERY, ids=lambda s: type(s).__name__)
def test_rates_are_what_stepping_gives(schedule):
    groups = [{"lr": 0.3, "momentum": 0.9}]
    live = schedule.bind(groups)
    stepped = [groups[0]["lr"]]
    for _ in range(99):
        live.step()
        stepped.append(groups[0]["lr"])
    found = schedules.rates(schedule, 100, lr=0.3)
    assert found.dtype == np.float64 and found.shape == (100,)
    np.testing.assert_allclose(found, stepped, rtol=1e-11, atol=0.3e-13)


COSINE = schedules.CosineAnnealingLR(T_max=10)
FALL = schedules.ExponentialLR(gamma=0.9)


@pytest.mark.parametrize(("schedule", "epoch"), [
    (FALL * COSINE, 11),  # one after T_max the recursion adds
    (FALL * schedules.CosineAnnealingLR(T_max=10, eta_min=0.1), 1),  # and with eta_min it never multiplies
    (schedules.LambdaLR(lr_lambda=lambda e: 0.5**e) * FALL, 2),  # .9 each time on the fresh value, never .9 ** 2
    (FALL * schedules.LambdaLR(lr_lambda=lambda e: 0.5**e), 1),
    (FALL * schedules.CosineAnnealingWarmRestarts(T_0=5), 1),
    (schedules.ConstantLR(factor=0.0, total_iters=4), 4),  # what was multiplied by 0 cannot be divided back
    (schedules.LinearLR(start_factor=1.0, end_factor=0.5, total_iters=2).until(3) >> FALL, None),
    (FALL * schedules.StepLR(step_size=3), None),
    (COSINE, None),
])
def test_where_the_two_must_part_it_says_so(schedule, epoch):
    found = prove_equal(schedule, 60)
    assert found.epoch == epoch, found.why
    assert bool(found) is (epoch is None)
    if epoch is not None:
        assert found.gap > 1e-3 and f"epoch {epoch}" in found.why


def test_what_has_no_closed_form_has_nothing_to_prove():
    for schedule in (schedules.MultiplicativeLR(lr_lambda=lambda e: 0.5), schedules.ReduceLROnPlateau()):
        with pytest.raises(ValueError, match=f"{type(schedule).__name__} has no closed form"):
            prove_equal(schedule)


def test_an_engine_written_for_torch_is_proved_too():
    class Theirs(schedules.LRScheduler):
        def __init__(self, optimizer=None, gamma=0.9, wrong=1.0, last_epoch=-1):
            self.gamma, self.wrong = gamma, wrong
            super().__init__(optimizer, last_epoch)

        def get_lr(self):
            factor = 1 if self.last_epoch == 0 else self.gamma
            return [group["lr"] * factor for group in self.optimizer.param_groups]

        def _get_closed_form_lr(self):
            return [base * self.gamma ** (self.last_epoch * self.wrong) for base in self.base_lrs]

    assert prove_equal(Theirs(gamma=0.8), 50)
    assert prove_equal(Theirs(gamma=0.8, wrong=2.0), 50).epoch == 1


def test_a_million_epochs_in_no_time():
    both = schedules.StepLR(step_size=3, gamma=0.5) * schedules.ExponentialLR(gamma=0.9)
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        found = schedules.rates(both, 1_000_000, lr=0.1)
        seconds.append(time.perf_counter() - start)
    assert found[99] == pytest.approx(3.4357e-16, rel=1e-4)
    assert min(seconds) < 0.05


# The program of the German text on chaining in PyTorch 1.4, its import lines, its parameter and its plot style
# excepted; the lines of its first half with compat="1.3" in the two constructors.
SGD, StepLR, ExponentialLR = eo.SGD, schedules.StepLR, schedules.ExponentialLR
CHAINED = [0.1, 0.09, 0.081, 0.03645, 0.032805, 0.0295245, 0.01328603, 0.01195742, 0.01076168, 0.00484276]


@pytest.mark.filterwarnings("error")
def test_the_text_as_it_was_in_1_3():
    model = [eo.Parameter(np.random.default_rng(0).normal(size=(2, 2)))]
    optimizer = SGD(model, 0.1)
    scheduler1 = StepLR(optimizer, step_size=3, gamma=0.5, compat="1.3")
    scheduler2 = ExponentialLR(optimizer, gamma=0.9, compat="1.3")
    s1, s2, lr = [], [], []
    for epoch in range(100):  # noqa: B007
        optimizer.step()
        scheduler1.step()
        scheduler2.step()
        s1.append(scheduler1.get_lr()[0])
        s2.append(scheduler2.get_lr()[0])
        for param_group in optimizer.param_groups:
            lr.append(param_group['lr'])
    np.testing.assert_allclose(s1, [0.1 * 0.5 ** (e // 3) for e in range(1, 101)], rtol=1e-12)
    np.testing.assert_allclose(s2, [0.1 * 0.9**e for e in range(1, 101)], rtol=1e-12)
    assert lr == s2


@pytest.mark.filterwarnings("error")
def test_the_text_as_it_is_since_1_4():
    model = [eo.Parameter(np.random.default_rng(0).normal(size=(2, 2)))]
    optimizer = SGD(model, 0.1)
    scheduler1 = StepLR(optimizer, step_size=3, gamma=0.5)
    scheduler2 = ExponentialLR(optimizer, gamma=0.9)
    s1, s2, lr = [], [], []
    first = optimizer.param_groups[0]["lr"]
    for epoch in range(100):  # noqa: B007
        optimizer.step()
        scheduler1.step()
        scheduler2.step()
        s1.append(scheduler1.get_last_lr()[0])
        s2.append(scheduler2.get_last_lr()[0])
        for param_group in optimizer.param_groups:
            lr.append(param_group['lr'])
    np.testing.assert_allclose([first, *lr][:10], CHAINED, rtol=1e-6)
    np.testing.assert_allclose([first, *lr], [0.1 * 0.9**e * 0.5 ** (e // 3) for e in range(101)], rtol=1e-12)
    np.testing.assert_allclose(s1[:6], [0.1, 0.09, 0.0405, 0.03645, 0.032805, 0.01476225], rtol=1e-6)
    assert s2 == lr
    assert lr[98] == pytest.approx(3.4357e-16, rel=1e-4)


def test_in_1_3_every_schedule_forgets_the_others():
    for schedule in (EVERY[0], EVERY[2], COSINE, EVERY[12]):
        groups = [{"lr": 0.1}]
        other, live = schedules.ExponentialLR(groups, gamma=0.5), schedule.bind(groups, compat="1.3")
        for _ in range(30):
            other.step()
            live.step()
        assert groups[0]["lr"] == pytest.approx(float(schedules.rates(schedule, 31, lr=0.1)[30]), rel=1e-12)
        assert live.get_lr() == live.get_last_lr()


# step(epoch), get_lr, last_epoch


def test_a_jump_to_an_epoch_wipes_what_others_did():
    groups = [{"lr": 1.0}]
    fall, stairs = schedules.ExponentialLR(groups, 0.9), schedules.StepLR(groups, 2, 0.5)
    for _ in range(4):
        fall.step()
        stairs.step()
    assert groups[0]["lr"] == pytest.approx(0.9**4 * 0.25)
    stairs.step(4)
    assert groups[0]["lr"] == 0.25 and stairs.last_epoch == 4


def test_fractions_of_an_epoch():
    groups = [{"lr": 1.0}]
    live = schedules.CosineAnnealingWarmRestarts(groups, T_0=2, T_mult=3)
    for epoch, share in ((0.5, 0.25), (1.999, 0.9995), (2.0, 0.0), (5.0, 0.5), (8.0, 0.0)):
        live.step(epoch)
        assert groups[0]["lr"] == pytest.approx((1 + math.cos(math.pi * share)) / 2), epoch
        assert live.last_epoch == math.floor(epoch)
    live.step()
    assert (live.T_cur, live.T_i) == (1, 18)


def test_an_exact_restart_is_found_where_logarithms_round():
    live = schedules.CosineAnnealingWarmRestarts([{"lr": 1.0}], T_0=1, T_mult=3)
    live.step(121)  # 1 + 3 + 9 + 27 + 81, where log(243, 3) is 4.999...
    assert live.get_last_lr() == [1.0]


def test_get_lr_from_outside_multiplies_once_more_and_says_so():
    groups = [{"lr": 1.0}]
    live = schedules.StepLR(groups, step_size=1, gamma=0.5)
    live.step()
    with pytest.warns(UserWarning, match=r"call get_last_lr\(\)"):
        assert live.get_lr() == [0.25]
    assert live.get_last_lr() == [0.5] == [groups[0]["lr"]]


@pytest.mark.parametrize(("schedule", "before", "after"), [
    (schedules.StepLR(step_size=3, gamma=0.5), 0.25, 0.125),
    (schedules.MultiStepLR(milestones=[3, 6], gamma=0.5), 0.25, 0.125),
    (schedules.ConstantLR(factor=0.5, total_iters=6), 1.0, 2.0),
    (schedules.ExponentialLR(gamma=0.9), 0.5, 0.5),
    (schedules.LinearLR(), 0.5, 0.5),
    (schedules.CosineAnnealingLR(T_max=50), 0.5, 0.5),
    (schedules.PolynomialLR(total_iters=50), 0.5, 0.5),
    (schedules.MultiplicativeLR(lr_lambda=lambda e: 0.5), 0.5, 0.5),
    (schedules.LambdaLR(lr_lambda=lambda e: 0.5), 0.5, 0.5),
])
def test_building_anew_with_last_epoch_repeats_an_event(schedule, before, after):
    groups = [{"lr": before, "initial_lr": 1.0}]
    assert schedule.bind(groups, last_epoch=5).last_epoch == 6
    assert groups[0]["lr"] == after


def test_a_nested_sequence_goes_wrong_at_epoch_0_as_torchs_does():
    def one(groups):
        warm, fall = schedules.ConstantLR(groups, 0.5, 2), schedules.ExponentialLR(groups, 0.2)
        return schedules.SequentialLR(groups, [warm, fall], [2])

    flat, nested = [{"lr": 0.1}], [{"lr": 0.1}]
    lives = one(flat), schedules.SequentialLR(nested, [one(nested), schedules.ConstantLR(nested)], [9])
    seen = []
    for _ in range(4):
        seen.append((flat[0]["lr"], nested[0]["lr"]))
        for live in lives:
            live.step()
    np.testing.assert_allclose(seen, [(0.05, 0.05), (0.05, 0.1), (0.1, 0.02), (0.02, 0.004)], rtol=1e-12)
