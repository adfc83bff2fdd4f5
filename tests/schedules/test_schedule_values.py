"""Schedules without an optimizer: made by keywords, bound, multiplied, put one after the other, shown."""

import subprocess
import sys

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import schedules
from edu_optim.schedules import ConstantLR, ExponentialLR, LambdaLR, LinearLR, StepLR

STAIRS, FALL = StepLR(step_size=3, gamma=0.5), ExponentialLR(gamma=0.9)


@pytest.mark.parametrize(("call", "written"), [
    (lambda: StepLR(3, 0.5), r"StepLR\(3, ...\): .* keywords only: StepLR\(step_size=3, gamma=0.5\)"),
    (lambda: StepLR(3), r"keywords only: StepLR\(step_size=3\)"),
    (lambda: StepLR(None, 3, 0.5), r"keywords only: StepLR\(step_size=3, gamma=0.5\)"),
    (lambda: ExponentialLR(0.9), "the first argument is the optimizer"),
    (lambda: schedules.MultiStepLR([5, 9], gamma=0.5), r"keywords only: MultiStepLR\(milestones=\[5, 9\], gamma=0.5\)"),
    (lambda: LambdaLR(lambda e: 0.5), "the first argument is the optimizer"),
    (lambda: schedules.SequentialLR([STAIRS, FALL], [3]), "the first argument is the optimizer"),
])
def test_a_positional_number_is_refused_with_the_way_to_write_it(call, written):
    with pytest.raises(TypeError, match=written):
        call()


def test_a_value_drives_as_many_optimizers_as_one_likes():
    one, two = [{"lr": 1.0}], [{"lr": 8.0}]
    lives = FALL.bind(one), FALL.bind(two)
    lives[0].step()
    assert (one[0]["lr"], two[0]["lr"]) == (0.9, 8.0)
    assert FALL.optimizer is None and lives[0].optimizer is one


def test_the_same_as_torchs_call():
    groups, same = [{"lr": 1.0}], [{"lr": 1.0}]
    a, b = StepLR(groups, 1, 0.5), StepLR(step_size=1, gamma=0.5).bind(same)
    a.step()
    b.step()
    assert groups == same
    assert a.arguments() == b.arguments()


def test_a_live_schedule_can_be_had_as_a_value():
    groups = [{"lr": 1.0}]
    live = (STAIRS * FALL).bind(groups)
    for _ in range(5):
        live.step()
    value = live.unbound()
    assert value.optimizer is None and [s.optimizer for s in value.schedulers] == [None, None]
    expected = schedules.rates(STAIRS * FALL, 5).tolist()
    assert schedules.rates(live, 5).tolist() == schedules.rates(value, 5).tolist() == expected


def test_products_are_flat_and_in_order():
    chain = STAIRS * FALL * (ConstantLR() * LinearLR())
    assert [type(s) for s in chain.schedulers] == [StepLR, ExponentialLR, ConstantLR, LinearLR]


def test_live_schedules_of_one_optimizer_multiply_too():
    groups = [{"lr": 1.0}]
    chain = StepLR(groups, 1, 0.5) * ExponentialLR(groups, 0.5)
    chain.step()
    assert groups[0]["lr"] == 0.25 == chain.get_last_lr()[0]
    with pytest.raises(ValueError, match="drives another optimizer"):
        StepLR([{"lr": 1.0}], 1) * ExponentialLR(groups, 0.5)


def test_sequences_are_flat_and_count_from_the_start():
    for three in (LinearLR().until(5) >> STAIRS.until(9) >> FALL, (LinearLR().until(5) >> STAIRS).until(9) >> FALL):
        assert isinstance(three, schedules.SequentialLR)
        assert [type(s) for s in three.schedulers] == [LinearLR, StepLR, ExponentialLR]
        assert three.milestones == [5, 9]
        expected = [*schedules.rates(LinearLR(), 5), *schedules.rates(STAIRS, 4), *schedules.rates(FALL, 3)]
        assert schedules.rates(three, 12).tolist() == expected


@pytest.mark.parametrize("call", [
    lambda: STAIRS.until(-1), lambda: STAIRS.until(2.5), lambda: STAIRS.until(True),
    lambda: (STAIRS.until(5) >> FALL).until(3) >> STAIRS,
])
def test_an_end_must_be_an_epoch_that_comes_later(call):
    with pytest.raises(ValueError, match="until"):
        call()


def test_what_follows_begins_at_an_epoch():
    with pytest.raises(TypeError, match=r"first.until\(5\) >> second"):
        STAIRS >> FALL
    for call in (lambda: STAIRS.until(3) >> 5, lambda: STAIRS * 2):
        with pytest.raises(TypeError):
            call()


def test_a_product_cannot_begin_at_a_milestone():
    with pytest.raises(NotImplementedError, match=r"\(a.until\(3\) >> b\) \* c"):
        LinearLR().until(5) >> STAIRS * FALL
    whole = (LinearLR(start_factor=0.5).until(2) >> STAIRS) * FALL
    # The sequence starts its second part from the base rate, so what FALL had done until then is lost.
    np.testing.assert_allclose(schedules.rates(whole, 4), [0.5, 0.6 * 0.9, 0.9, 0.81], rtol=1e-12)


def test_rates_of_a_function_of_the_optimizer():
    found = schedules.rates(lambda optimizer: ExponentialLR(optimizer, 0.5), 3, lr=8.0)
    assert found.tolist() == [8.0, 4.0, 2.0]
    with pytest.raises(TypeError, match="give a schedule without optimizer"):
        schedules.rates(0.9, 3)


def test_rates_of_no_epoch_and_of_no_rate():
    for schedule in (STAIRS, STAIRS * FALL, LinearLR().until(3) >> FALL, schedules.CosineAnnealingWarmRestarts(T_0=3)):
        assert schedules.rates(schedule, 0).shape == (0,)
        assert schedules.rates(schedule, 5, lr=0.0).tolist() == [0.0] * 5


def test_rates_end_where_the_schedule_ends():
    with pytest.raises(ValueError, match="step 11 of a cycle of total_steps=10"):
        schedules.rates(schedules.OneCycleLR(max_lr=1.0, total_steps=10), 20)


def test_a_value_shows_its_formula_and_its_first_factors():
    assert repr(STAIRS).splitlines() == [
        "StepLR(step_size=3, gamma=0.5)",
        "eta(e) = eta(0) * gamma ** floor(e / step_size)",
        "epoch   0  1  2    3    4    5     6     7",
        "factor  1  1  1  0.5  0.5  0.5  0.25  0.25",
    ]
    assert repr(STAIRS * FALL).startswith("ChainedScheduler(schedulers=[StepLR(step_size=3, gamma=0.5), Exp")


@pytest.mark.parametrize("name", [n for n in schedules.__all__ if n.endswith("LR") or n.startswith(("Co", "ChainedS"))])
def test_every_schedule_says_what_it_is(name):
    made_of = getattr(schedules, name)
    if name == "LRScheduler":
        return
    text = made_of.__doc__
    for section in ("Formula", "Parameters", "When not to use it", "Examples"):
        assert f"\n    {section}\n    {'-' * len(section)}\n" in text, section
    assert "eta(e) =" in text


def test_a_live_schedule_shows_where_it_is():
    live = FALL.bind([{"lr": 1.0}])
    live.step()
    assert repr(live).splitlines()[-1] == "epoch 1, rates [0.9]"


def test_a_class_of_ones_own_is_a_value_too():
    class Harmonic(schedules.Chainable):
        def __init__(self, optimizer=None, pace=1.0, last_epoch=-1):
            self.pace = pace
            super().__init__(optimizer, last_epoch)

        def factor_at(self, e):
            return 1 / (1 + self.pace * e)

    np.testing.assert_allclose(schedules.rates(Harmonic(pace=0.5) * FALL, 3), [1, 0.9 / 1.5, 0.81 / 2], rtol=1e-12)
    assert repr(Harmonic()).startswith("Harmonic(pace=1)\nepoch")
    with pytest.raises(TypeError, match="first argument is the optimizer"):
        Harmonic(0.5)

    class Careless(schedules.LRScheduler):
        def __init__(self, optimizer=None, pace=1.0):
            super().__init__(optimizer)

    with pytest.raises(TypeError, match="does not keep its argument 'pace'"):
        Careless().bind([{"lr": 1.0}])


def test_the_package_of_schedules_loads_no_matplotlib_and_no_numba():
    code = "import sys, edu_optim as eo; eo.schedules.StepLR; assert not {'matplotlib', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_recipes():
    cosine = schedules.WarmupCosineLR(epochs=20, warmup=4, start_factor=0.2, end_factor=0.1)
    found = schedules.rates(cosine, 30)
    np.testing.assert_allclose(found[:5], [0.2, 0.4, 0.6, 0.8, 1.0])
    assert found[20:] == pytest.approx(0.1) and (np.diff(found[4:21]) < 0).all()
    assert found[12] == pytest.approx(0.55)
    wsd = schedules.rates(schedules.WarmupStableDecayLR(stable_until=10, decay=5, warmup=4, end_factor=0.5), 20)
    assert wsd[4:11] == pytest.approx(1.0) and wsd[15:] == pytest.approx(0.5) and wsd[13] == pytest.approx(0.7)
    root = schedules.rates(schedules.InverseSquareRootLR(warmup=100), 1000, lr=0.1)
    assert root.argmax() == 99 and root.max() == pytest.approx(0.1)
    assert root[399] == pytest.approx(0.05) and root[0] == pytest.approx(0.001)
    for schedule in (cosine, schedules.InverseSquareRootLR(warmup=5)):
        assert schedules.commutes(schedule, FALL, 40)


def test_warm_up_then_plateau():
    optimizer = eo.SGD([eo.Parameter(np.zeros(1))], lr=1.0)
    schedule = schedules.WarmupPlateauLR(optimizer, warmup=4, start_factor=0.2, factor=0.5, patience=1)
    seen = schedule.get_last_lr()
    for loss in (9, 9, 9, 9, 9, 9, 5, 6, 6):
        optimizer.step()
        schedule.step(loss)
        seen += schedule.get_last_lr()
    assert seen == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25])


def test_a_warm_up_that_skips_epochs_is_where_its_line_is():
    groups = [{"lr": 1.0}]
    schedule = schedules.WarmupPlateauLR(groups, warmup=4, start_factor=0.2)
    for epoch, rate in ((3, 0.8), (6, 1.0)):
        schedule.step(9.0, epoch=epoch)
        assert groups[0]["lr"] == pytest.approx(rate)


def test_a_value_times_a_live_schedule_is_bound_to_its_optimizer():
    for factors in (lambda live: StepLR(step_size=1) * live, lambda live: live * StepLR(step_size=1)):
        groups = [{"lr": 1.0}]
        both = factors(ExponentialLR(groups, gamma=0.5))
        both.step()
        assert groups[0]["lr"] == pytest.approx(0.05)
