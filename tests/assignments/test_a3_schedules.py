"""What A3 says that schedules do is what the package's own do, and its worked examples are right."""

import course
import numpy as np
import pytest
from fake_kernel import FakeKernel

from edu_optim import schedules

pytest.importorskip("nbval")

NAME = "a3_schedules"


@pytest.fixture(scope="module")
def names():
    """What the notebook defines, with the solutions in it."""
    with FakeKernel() as kernel:
        for cell in course.assignment(NAME).reference(seed=1):
            ran = kernel.run(cell["source"])
            assert ran.error is None, ran.error
        return kernel.names


def test_the_worked_examples(names):
    fall, half = (lambda e: 0.9**e), (lambda e: 0.5**e)
    kinds = ("multiplies", "multiplies"), ("writes", "writes"), ("writes", "multiplies")
    lists = [list(zip(pair, (fall, half))) for pair in kinds]
    loss = np.array([1, 0.375, 0.21875, 0.1796875, 0.150546875, 0.12694296875, 0.1078238046875])
    for found, told in [
        (names["warm_up"](5, 0.2, 4), [0.2, 0.4, 0.6, 0.8, 1]),
        (names["power"](5, 4, 2), [1, 0.5625, 0.25, 0.0625, 0]),
        (names["cosine"](5, 4, 0.2), [1, 0.882843, 0.6, 0.317157, 0.2]),
        (names["touched"](np.array([1, 0.5, 0.25]), 0.5, 0.1, 0, 0.5), [[0.5, 0.175, 0.1375], [0.5, 0.3, 0.2]]),
        ([names["act"](parts, 1, 3) for parts in lists], [[1, 0.45, 0.2025], [1, 0.5, 0.25], [1, 0.45, 0.405]]),
        (names["sequence"]([lambda e: (1 + e) / 4, lambda e: 1, half], [2, 4], 0.4, 7),
         [0.1, 0.2, 0.4, 0.4, 0.4, 0.2, 0.1]),
        (names["alone"](np.array([0.05, 0.0225]), np.array([0.045, 0.02025]), 0.1),
         [[0.1, 0.045, 0.02025], [1, 0.5, 0.25], [1, 0.9, 0.81]]),
        (names["nights"](2, 0.5, 0.5, 3, [], 1, 5), [0.5, 0.5, 0.25, 0.5, 0.25]),
        (names["nights"](2, 0.5, 0.5, 3, [2], 1, 5), [0.5, 0.5, 0.125, 0.25, 0.125]),
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
    warm, fall = schedules.LinearLR(start_factor=0.2, total_iters=3), schedules.ExponentialLR(gamma=0.8)
    hold = schedules.ConstantLR(factor=0.5, total_iters=2)
    groups, used = [{"lr": 0.3}], []
    live = schedules.SequentialLR(groups, [part.bind(groups) for part in (warm, hold, fall)], milestones=[3, 7])
    for _ in range(10):
        used.append(groups[0]["lr"])
        live.step()
    parts = [lambda e: 0.2 + 0.8 * e / 3, lambda e: 0.5 if e < 2 else 1.0, lambda e: 0.8**e]
    assert used == pytest.approx(names["sequence"](parts, [3, 7], 0.3, 10))


@pytest.mark.parametrize("program", ["A", "B"])
def test_the_logs_are_those_of_trainings_that_were_stopped(names, program):
    x = names["run_of"](program, np.random.RandomState(5), 4)
    given, s, gamma, fall, k = names[f"stopped_{program.lower()}"](x, 4)
    group, found = {"lr": given}, x[:1].tolist()
    pair = schedules.StepLR(step_size=int(s), gamma=gamma), schedules.ExponentialLR(gamma=fall)
    live = [schedule.bind([group]) for schedule in pair]
    for e in range(len(x) - 1):
        if e == k:
            group = {"lr": group["lr"], "initial_lr": given}
            how = {"last_epoch": int(k) - 1} if program == "A" else {}
            live = [schedule.bind([group], **how) for schedule in pair]
        found.append(found[-1] * (1 - group["lr"]) ** 4)
        for schedule in live:
            schedule.step()
    assert found == pytest.approx(x)
