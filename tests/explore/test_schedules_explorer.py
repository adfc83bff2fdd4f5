"""Several schedules on one rate, and the explorer that composes them. No browser is needed."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edu_optim import schedules
from edu_optim.explore import schedule_explorer
from edu_optim.explore.composition import changed, compose
from edu_optim.explore.schedule_picture import SchedulePicture

STAIRS, FALL = schedules.StepLR(step_size=3, gamma=0.5), schedules.ExponentialLR(gamma=0.9)
WARM, COSINE = schedules.LinearLR(start_factor=0.1, total_iters=5), schedules.CosineAnnealingLR(T_max=10)
HALF = schedules.LambdaLR(lr_lambda=lambda epoch: 0.5**epoch)
MULTIPLYING = [STAIRS, FALL, WARM, schedules.ConstantLR(factor=0.5, total_iters=7),
               schedules.CosineAnnealingLR(T_max=40), schedules.PolynomialLR(total_iters=50, power=2.0),
               schedules.MultiStepLR(milestones=[4, 9], gamma=0.2)]


def parts(*given):
    return dict(zip("abc", given))


# what schedules make of one rate


@given(st.lists(st.sampled_from(MULTIPLYING), min_size=2, max_size=3), st.floats(1e-3, 10))
def test_schedules_that_multiply_give_the_given_rate_times_the_product_in_any_order(chain, lr):
    found, turned = (compose(parts(*order), epochs=30, lr=lr) for order in (chain, chain[::-1]))
    assert np.allclose(found.rates, lr * found.product, rtol=1e-9) and found.parted is None
    assert np.allclose(found.rates, turned.rates, rtol=1e-9)
    for label, schedule in parts(*chain).items():
        assert np.allclose(found.factors[label], schedules.rates(schedule, 30), rtol=1e-9)


@given(st.permutations([STAIRS, FALL, COSINE]), st.integers(1, 8), st.integers(0, 8))
def test_a_sequence_is_the_parts_one_after_another_each_from_its_own_epoch_0(order, first, longer):
    found = compose(parts(*order), [first, first + longer], epochs=20, lr=0.3)
    due = [schedules.rates(part, length) for part, length in zip(order, (first, longer, 20 - first - longer)) if length]
    assert np.allclose(found.rates, 0.3 * np.concatenate(due)) and found.parted is None
    acting = ~np.isnan(list(found.factors.values()))
    assert (acting.sum(axis=0) == 1).all() and acting[0, :first].all()


def test_under_1_3_the_last_one_of_a_chain_wins():
    for order in ([STAIRS, FALL], [FALL, STAIRS]):
        found = compose(parts(*order), version="1.3", epochs=20, lr=0.1)
        assert np.allclose(found.rates, schedules.rates(order[-1], 20, lr=0.1))
        assert found.parted == (1 if order[-1] is STAIRS else 3)


def test_where_one_sets_the_rate_anew_it_parts_from_the_product():
    first, last = (compose(parts(*order), epochs=10, lr=1.0) for order in ([FALL, HALF], [HALF, FALL]))
    assert np.allclose(first.rates[:3], [1, 0.5, 0.25]) and first.parted == 1
    assert np.allclose(last.rates[:3], [1, 0.45, 0.225]) and last.parted == 2
    assert "order" in {remark.kind for remark in first.remarks}
    cosine = compose(parts(FALL, COSINE), epochs=20)
    assert cosine.parted == 11  # beyond T_max


def test_after_a_schedule_has_ended_there_is_nothing():
    one = schedules.OneCycleLR(max_lr=0.5, total_steps=10)
    found = compose(parts(one, FALL), epochs=15)
    assert np.isfinite(found.rates).sum() == 11 and np.isnan(found.rates[11:]).all()
    assert "end" in {remark.kind for remark in found.remarks}


def test_remarks_are_those_of_the_linter():
    assert compose(parts(STAIRS, FALL)).remarks == schedules.lint(STAIRS, FALL)
    assert compose(parts(WARM, COSINE), [5], epochs=15).remarks == schedules.lint(WARM.until(5) >> COSINE, epochs=15)


def test_what_cannot_be_composed_says_why():
    with pytest.raises(TypeError, match=r"b: 3 is no schedule; write schedules.StepLR\(step_size=3\)"):
        compose(parts(STAIRS, 3))
    with pytest.raises(ValueError, match="b is made of 2 schedules already; give them one by one"):
        compose(parts(STAIRS, WARM * FALL))
    with pytest.raises(ValueError, match="a decides by a loss"):
        compose(parts(schedules.ReduceLROnPlateau(), FALL))
    with pytest.raises(ValueError, match="3 schedules need 2 milestones"):
        compose(parts(STAIRS, FALL, WARM), [5])
    with pytest.raises(ValueError, match=r"version='1\.5' is none"):
        compose(parts(STAIRS, FALL), version="1.5")
    with pytest.raises(ValueError, match=r"lr=0 must be above 0; write epochs=100, lr=0.1"):
        compose(parts(STAIRS, FALL), lr=0)


def test_a_changed_schedule_leaves_the_one_it_came_from():
    other = changed(STAIRS, gamma=0.25, T_max=3)
    assert other.arguments() == STAIRS.arguments() | {"gamma": 0.25} and STAIRS.gamma == 0.5
    live = STAIRS.bind([{"lr": 1.0}])
    assert changed(live, gamma=0.25).optimizer is None


# the explorer


def three_in_sequence():
    return schedule_explorer.explorer({"warm-up": WARM, "cosine": COSINE, "fall": FALL}, 20, milestones=[5, 15])


def test_words_say_the_rates_and_where_they_come_from():
    explorer = schedule_explorer.explorer([STAIRS, FALL])
    words = explorer.picture().words.splitlines()
    assert words[0] == ("StepLR, ExponentialLR in a chain, given rate 0.1: epoch 0 runs at 0.1, epoch 99 at 3.436e-16, "
                        "the highest is 0.1 at epoch 0, and all 100 add up to 0.4264. Each is the given rate times the "
                        "product of the factors.")
    assert words[1].startswith("1. vanishing, epoch 76") and words[2].startswith("2. resume, epoch 3")
    old = explorer.picture(version="1.3").words
    assert "From epoch 3 on the rate is not the given rate times the product of the factors: 0.0729 where" in old
    assert old.splitlines()[1].startswith("1. order, epoch 1")


def test_every_control_reaches_the_rate():
    explorer = three_in_sequence()
    start = explorer.picture().words
    moves = {"order": ("cosine", "warm-up"), "together": "chain", "first": 6, "second": 12, "lr": 0.2,
             "cosine.T_max": 5, "warm-up.start_factor": 0.2, "warm-up.total_iters": 3, "fall.gamma": 0.8}
    assert set(explorer.controls) == {*moves, "version", "log"}
    assert len({start, *(explorer.picture(**{name: value}).words for name, value in moves.items())}) == 1 + len(moves)
    assert explorer.picture(together="chain", version="1.3").words != explorer.picture(together="chain").words
    assert explorer.picture(log=False).png != explorer.picture(log=True).png
    due = schedules.rates(WARM.until(5) >> changed(COSINE, T_max=5).until(15) >> FALL, 20, lr=0.2)
    assert f"epoch 19 at {due[-1]:.4g}" in explorer.picture(lr=0.2, **{"cosine.T_max": 5}).words


def test_what_does_nothing_is_put_away():
    explorer = three_in_sequence()
    assert set(explorer.picture().idle) == {"version"}
    assert set(explorer.picture(together="chain").idle) == {"first", "second"}
    pair = explorer.picture(order=("cosine", "fall")).idle
    assert set(pair) == {"version", "second", "warm-up.start_factor", "warm-up.total_iters"}


def test_a_second_milestone_before_the_first_leaves_no_turn_between():
    explorer = three_in_sequence()
    words = explorer.picture(second=2).words
    assert words.startswith("warm-up, cosine, fall in a sequence with the milestones 5 and 5")


def test_every_option_makes_a_schedule():
    every = [STAIRS, FALL, WARM, COSINE, *MULTIPLYING[3:6], schedules.InverseSquareRootLR(warmup=4),
             schedules.CosineAnnealingWarmRestarts(T_0=4), schedules.OneCycleLR(max_lr=0.5, total_steps=20)]
    for first, second in zip(every, every[1:] + every[:1]):
        explorer = schedule_explorer.explorer({"one": first, "two": second}, epochs=12)
        sliders = [control for name, control in explorer.controls.items() if name.startswith("one.")]
        assert 1 <= len(sliders) <= 2
        for control in sliders:
            for option in control.options:
                changed(first, **{control.name.partition(".")[2]: option})


def test_remarks_beyond_three_are_counted():
    one = schedules.OneCycleLR(max_lr=0.5, total_steps=10)
    lines = schedule_explorer.explorer([one, FALL], epochs=15).picture().words.splitlines()
    assert [line[:2] for line in lines] == ["On", "1.", "2.", "3.", "sc"]
    assert lines[4] == "schedules.lint has 3 more, and says what to do where that was not meant."


def test_refusals_name_what_is_allowed():
    with pytest.raises(ValueError, match="1 schedules are given; two or three"):
        schedule_explorer.explorer([STAIRS])
    with pytest.raises(ValueError, match="4 schedules are given; two or three"):
        schedule_explorer.explorer([STAIRS] * 4)
    with pytest.raises(ValueError, match=r"milestones=\[30\] are not 1 epochs from 1 to 19"):
        schedule_explorer.explorer([STAIRS, FALL], 20, milestones=[30])


def test_presets_differ():
    explorer = schedule_explorer.explorer()
    assert len({explorer.draw(**preset).words for preset in explorer.presets}) == 3


def test_the_lines_are_the_composition():
    picture = SchedulePicture(["a", "b", "c"], 20, top=0.2, floor=0.0)
    found = compose(parts(WARM, COSINE), [5], epochs=20)
    first = picture.picture(found, found.remarks[:3], "A sequence.")
    assert np.array_equal(picture._parts["a"].get_ydata(), found.factors["a"], equal_nan=True)
    assert np.isnan(picture._parts["c"].get_ydata()).all()
    assert np.array_equal(picture._rate.get_ydata(), found.rates)
    assert np.allclose(picture._due.get_ydata(), 0.1 * found.product)
    shown = [(line.get_xdata()[0], text.get_text()) for line, text in picture._marks if text.get_visible()]
    at = {}
    for number, remark in enumerate(found.remarks[:3], 1):
        at.setdefault(remark.epoch, []).append(str(number))
    assert shown == [(epoch, ", ".join(numbers)) for epoch, numbers in at.items()]
    other = compose(parts(STAIRS, FALL), epochs=20)
    assert picture.picture(other, [], "A chain.").png != first.png
    assert picture.picture(found, found.remarks[:3], "A sequence.").png == first.png  # nothing stays behind


def test_axes_grow_with_the_given_rate():
    explorer = schedule_explorer.explorer([STAIRS, FALL], 20, log=False)
    tops = []
    for lr in (0.1, 0.2, 0.4):
        pixels = np.array(Image.open(io.BytesIO(explorer.picture(lr=lr).png)).convert("L"))
        black = (pixels[:, 450:] < 110).sum(axis=1)
        tops.append(np.flatnonzero(black[60:] > 5)[0])  # below the titles the line of the rate begins
    assert max(tops) - min(tops) <= 2
