"""What A3 says that schedules do is what the package's own do, and its worked examples are right."""

import numpy as np
import pytest

from edu_optim import schedules

pytest.importorskip("nbval")

NAME = "a3_schedules"


def test_the_worked_examples(names):
    fall, half = (lambda e: 0.9**e), (lambda e: 0.5**e)
    kinds = ("multiplies", "multiplies"), ("writes", "writes"), ("writes", "multiplies")
    lists = [list(zip(pair, (fall, half))) for pair in kinds]
    loss = np.array([1, 0.375, 0.21875, 0.1796875, 0.150546875, 0.12694296875, 0.1078238046875])
    for found, told in [
        (names["warm_then_cosine"](8, 0.5, 0.2, 2, 3, 4, 0.2), [0.1, 0.3, 0.5, 0.5, 0.441421, 0.3, 0.158579, 0.1]),
        (names["touched"](np.array([1, 0.5, 0.25]), 0.5, 0.1, 0, 0.5), [[0.5, 0.175, 0.1375], [0.5, 0.3, 0.2]]),
        ([names["act"](parts, 1, 3) for parts in lists], [[1, 0.45, 0.2025], [1, 0.5, 0.25], [1, 0.45, 0.405]]),
        (names["act"]([("multiplies", lambda e: (1 + e) / 4)], 1, 3), [0.25, 0.5, 0.75]),
        (names["alone"](np.array([0.05, 0.0225]), np.array([0.045, 0.02025]), 0.1),
         [[0.1, 0.045, 0.02025], [1, 0.5, 0.25], [1, 0.9, 0.81]]),
        (names["too_much"](2, 0.4, 0.5, 3, 2, 4), 0.4),
        (names["same_way"](np.array([[1, 0.5]]), 0.6, 2, 1, 2), [[0.2, 0.268739, 0.244561]]),
        (names["read_loss"](loss, 1, 0.5), [1, 1, 3, 0.2]),
    ]:
        assert np.asarray(found) == pytest.approx(np.array(told), abs=5e-7)


def test_a_hand_on_the_rate_of_a_cosine_with_a_floor(names):
    due = names["touched"]((1 + np.cos(np.pi * np.arange(8) / 8)) / 2, 0.5, 0.05, 3, 0.4)
    for row, form in zip(due, (None, "1.3")):
        group, used = {"lr": 0.5}, []
        schedule = schedules.CosineAnnealingLR([group], T_max=8, eta_min=0.05, compat=form)
        for e in range(8):
            used.append(group["lr"])
            group["lr"] *= 0.4 if e == 3 else 1
            schedule.step()
        assert used == pytest.approx(row)


def test_orders_around_one_that_writes(names):
    writer, fall = schedules.LambdaLR(lr_lambda=lambda e: 1 / (1 + e)), schedules.ExponentialLR(gamma=0.9)
    stairs, warm = schedules.StepLR(step_size=3, gamma=0.5), schedules.LinearLR(start_factor=0.2, total_iters=4)
    e = np.arange(1, 12)
    due = names["after_a_writer"](e, 1 / (1 + e), 0.3, 0.9, 0.5, 3, 0.2, 4)
    orders = fall * writer, writer * stairs, writer * warm, stairs * writer * fall
    assert due == pytest.approx(np.array([schedules.rates(order, 12, lr=0.3)[1:] for order in orders]))


def test_a_sequence(names):
    warm, cosine = schedules.LinearLR(start_factor=0.2, total_iters=3), schedules.CosineAnnealingLR(T_max=6)
    for milestone in (2, 5):
        groups, used = [{"lr": 0.3}], []
        live = schedules.SequentialLR(groups, [part.bind(groups) for part in (warm, cosine)], milestones=[milestone])
        for _ in range(milestone + 7):
            used.append(groups[0]["lr"])
            live.step()
        due = names["warm_then_cosine"](milestone + 7, 0.3, 0.2, 3, milestone, 6, 0)
        assert used == pytest.approx(due, abs=1e-12)


def last_rate(pair, E, every=None):
    group = {"lr": 1.0}
    live = [schedule.bind([group]) for schedule in pair]
    for e in range(1, E):
        for schedule in live:
            schedule.step()
        if every and e % every == 0:
            live = [schedule.bind([group], last_epoch=e - 1) for schedule in pair]
    return group["lr"]


@pytest.mark.parametrize("s", [2, 3, 6])
@pytest.mark.parametrize("every", [2, 4, 5])
@pytest.mark.parametrize("w", [1, 6, 8, 15])  # alone, at a drop, at a stop, at both
def test_a_training_that_is_stopped_again_and_again(names, s, every, w):
    pair = schedules.StepLR(step_size=s, gamma=0.4), schedules.ConstantLR(factor=0.3, total_iters=w)
    for E in (16, 30, 31):
        due = last_rate(pair, E, every) / last_rate(pair, E)
        assert names["too_much"](s, 0.4, 0.3, w, every, E) == pytest.approx(due)


def test_the_constant_rate_has_the_least_noise_on_a_short_way_and_the_most_on_a_long_one(names):
    e = np.arange(12)
    shapes = np.array([np.ones(12), (1 + np.cos(np.pi * e / 12)) / 2, 0.85**e * 0.5 ** (e // 6)])

    def noise(way):
        return names["same_way"](shapes, way, 5, 1, 1)[:, 2]

    assert noise(0.9).argmin() == 0 and noise(4).argmax() == 0
    constant, cosine, _ = noise(1.75)
    assert constant == pytest.approx(cosine, rel=0.01)


@pytest.mark.parametrize("slip", ["twice", "anew", "given"])
@pytest.mark.parametrize("seed", range(5))
def test_the_logs_are_those_of_trainings_that_were_stopped(names, slip, seed):
    x = names["run_of"](slip, np.random.RandomState(seed), 4)
    given, s, gamma, fall, k = names["stopped"](x, 4)
    group, found = {"lr": given}, x[:1].tolist()
    pair = schedules.StepLR(step_size=int(s), gamma=gamma), schedules.ExponentialLR(gamma=fall)
    live = [schedule.bind([group]) for schedule in pair]
    for e in range(len(x) - 1):
        if e == k and slip == "given":
            group["lr"] = given
        elif e == k:
            group = {"lr": group["lr"], "initial_lr": given}
            how = {"last_epoch": int(k) - 1} if slip == "twice" else {}
            live = [schedule.bind([group], **how) for schedule in pair]
        found.append(found[-1] * (1 - group["lr"]) ** 4)
        for schedule in live:
            schedule.step()
    assert found == pytest.approx(x)
