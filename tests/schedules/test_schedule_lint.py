"""What lint, commutes and the range test find, of schedules the package knows and of those it does not."""

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import schedules
from edu_optim.formula import Hyper, rule
from edu_optim.schedules import commutes, lint


class Stranger:
    """A schedule that nothing here knows: its rates are a list, times what stands there or not."""

    def __init__(self, optimizer, factors, overwrite=False, add=0.0):
        self.optimizer, self.factors, self.overwrite, self.add = optimizer, factors, overwrite, add
        self.base, self.epoch = optimizer.param_groups[0]["lr"], -1
        self.step()

    def step(self):
        self.epoch += 1
        before = self.factors[self.epoch - 1] if self.epoch else 1.0
        for group in self.optimizer.param_groups:
            if self.overwrite:
                group["lr"] = self.base * self.factors[self.epoch]
            else:
                group["lr"] = group["lr"] * self.factors[self.epoch] / before + self.add


def stranger(*factors, **options):
    return lambda optimizer: Stranger(optimizer, factors, **options)


def kinds(*things, **options):
    return {remark.kind: remark for remark in lint(*things, **options)}


STEADY = [1.0 - 0.01 * e for e in range(40)]


def test_nothing_stands_out_of_a_steady_fall():
    assert lint(stranger(*STEADY), epochs=30) == []
    assert lint(schedules.CosineAnnealingLR(T_max=100)) == lint(schedules.ExponentialLR(gamma=0.95)) == []


def test_the_first_value():
    found = kinds(stranger(*[0.3] * 20), epochs=10, lr=0.5)
    assert list(found) == ["first value"]
    assert "runs at 0.15, 0.3 times the 0.5" in found["first value"].message


def test_a_jump():
    factors = [0.9**e for e in range(8)] + [0.9**e for e in range(20)]
    found = kinds(stranger(*factors), epochs=20, lr=1.0)
    assert list(found) == ["jump"] and found["jump"].epoch == 8
    assert "from 0.478297 to 1" in found["jump"].message
    both = schedules.ExponentialLR(gamma=0.9).until(20) >> schedules.ExponentialLR(gamma=0.95)
    assert kinds(both)["jump"].epoch == 20
    assert "jump" not in kinds(schedules.LinearLR(start_factor=0.01, total_iters=3))
    assert "jump" not in kinds(schedules.LinearLR().until(5) >> schedules.CosineAnnealingLR(T_max=95))


def test_a_rise_after_a_fall():
    factors = [1.0, 0.6, 0.3, 0.1, 0.3, 0.6, 1.0, 0.6, 0.3, 0.1, 0.1]
    found = kinds(stranger(*factors), epochs=9, lr=1.0)
    assert list(found) == ["rise"] and found["rise"].epoch == 3
    assert "fallen to 0.1 and climbs again, to 1 at epoch 6" in found["rise"].message
    assert kinds(schedules.CosineAnnealingLR(T_max=30))["rise"].epoch == 30
    assert "rise" not in kinds(schedules.WarmupCosineLR(epochs=30))
    assert "rise" not in kinds(schedules.LinearLR())


def test_growth():
    assert kinds(stranger(*[1.1**e for e in range(20)]), epochs=10)["growth"].epoch == 1
    assert kinds(schedules.StepLR(step_size=3, gamma=2.0))["growth"].epoch == 3
    assert "growth" not in kinds(schedules.LinearLR(start_factor=0.1))


def test_a_rate_that_goes_under():
    found = kinds(stranger(*[2 * 10.0**-e for e in range(20)]), epochs=15, lr=1.0)
    assert list(found) == ["first value", "vanishing"] and found["vanishing"].epoch == 13
    found = kinds(stranger(*[1.0, *[2 * 10.0**-e for e in range(1, 20)]]), epochs=15, lr=1.0)
    assert list(found) == ["vanishing"] and found["vanishing"].epoch == 13
    text = kinds(schedules.StepLR(step_size=3, gamma=0.5) * schedules.ExponentialLR(gamma=0.9))["vanishing"]
    assert "ends at 3.44e-16" in text.message and text.epoch == 76
    assert kinds(schedules.PolynomialLR(total_iters=50))["vanishing"].epoch == 50
    assert "vanishing" not in kinds(schedules.PolynomialLR(total_iters=100))


def test_a_negative_rate():
    assert kinds(stranger(1.0, 0.5, -0.1, -0.1, -0.1), epochs=4)["negative"].epoch == 2
    product = schedules.StepLR(step_size=1, gamma=0.5) * schedules.CosineAnnealingLR(T_max=30, eta_min=0.05)
    assert "eta_min in a product" in kinds(product)["negative"].remedy


def test_the_end():
    found = kinds(stranger(1.0, 0.9, 0.8), epochs=10)
    assert found["end"].epoch == 3 and "IndexError" in found["end"].message
    cycle = schedules.OneCycleLR(max_lr=1.0, total_steps=10)
    found = kinds(cycle, epochs=10)["end"]
    assert found.epoch == 10 and "after epoch 9 it lifts the rate from 4e-06 to 0.0495" in found.message
    ends = [remark for remark in lint(cycle, epochs=20) if remark.kind == "end"]
    assert [remark.epoch for remark in ends] == [11, 10]
    assert "end" not in kinds(schedules.OneCycleLR(max_lr=1.0, total_steps=11), epochs=10)
    assert kinds(schedules.ConstantLR(factor=0.0), epochs=9)["end"].epoch == 5


def test_order_of_strangers():
    fall, anew = stranger(*STEADY), stranger(*STEADY[::2], *STEADY, overwrite=True)
    assert lint(fall, stranger(*[1 / (10 + e) * 10 for e in range(30)]), epochs=20) == []
    found = kinds(fall, anew, epochs=20)["order"]
    assert found.epoch == 1 and "<lambda> sets the rate anew" in found.message
    adds = stranger(*[1.0] * 40, add=0.01)
    assert "<lambda> does not multiply there: it adds" in kinds(adds, fall, epochs=20)["order"].message


def test_order_inside_values():
    anew = schedules.LambdaLR(lr_lambda=lambda e: 0.5**e)
    fall = schedules.ExponentialLR(gamma=0.9)
    found = kinds(fall * anew, epochs=20)["order"]
    assert "ExponentialLR before LambdaLR gives 0.05, the other order 0.045" in found.message
    assert "order" in kinds((fall * anew).until(5) >> fall, epochs=20)
    assert "order" not in kinds(fall * schedules.StepLR(step_size=3))


MULTIPLYING = [
    schedules.StepLR(step_size=3), schedules.MultiStepLR(milestones=[2, 5]), schedules.ExponentialLR(gamma=0.9),
    schedules.ConstantLR(), schedules.LinearLR(), schedules.PolynomialLR(total_iters=30),
    schedules.CosineAnnealingLR(T_max=40), schedules.MultiplicativeLR(lr_lambda=lambda e: 0.9),
    stranger(*STEADY),
]


@pytest.mark.parametrize("a", MULTIPLYING, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("b", MULTIPLYING, ids=lambda s: type(s).__name__)
def test_what_multiplies_commutes(a, b):
    found = commutes(a, b, epochs=38)
    assert found and found.gap < 1e-11, found.why


@pytest.mark.parametrize("a", [
    schedules.LambdaLR(lr_lambda=lambda e: 0.5**e), schedules.CosineAnnealingWarmRestarts(T_0=4),
    schedules.CyclicLR(base_lr=0.1, max_lr=1.0, step_size_up=3), schedules.OneCycleLR(max_lr=1.0, total_steps=50),
    schedules.CosineAnnealingLR(T_max=40, eta_min=0.01), stranger(*STEADY, overwrite=True),
    schedules.CosineAnnealingLR(T_max=10),
])
def test_what_does_not_multiply_does_not_commute(a):
    found = commutes(schedules.ExponentialLR(gamma=0.9), a, epochs=30)
    assert not found and found.gap > 1e-3
    assert "sets the rate anew" in found.why or "it adds to the rate" in found.why


def test_events_that_act_twice_on_resume():
    for schedule, epoch in ((schedules.StepLR(step_size=3), 3), (schedules.MultiStepLR(milestones=[4, 9]), 4),
                            (schedules.ConstantLR(total_iters=6), 6)):
        found = kinds(schedule)["resume"]
        assert found.epoch == epoch and f"last_epoch={epoch - 1}" in found.message
        assert "load_state_dict" in found.remedy
    for schedule in MULTIPLYING[2:3] + MULTIPLYING[4:8]:
        assert "resume" not in kinds(schedule, epochs=30)

    class Drop(schedules.LRScheduler):
        def __init__(self, optimizer=None, at=5, last_epoch=-1):
            self.at = at
            super().__init__(optimizer, last_epoch)

        def recursion(self, e, lr, base):
            return lr / 2 if e == self.at else lr

    assert kinds(Drop(at=7))["resume"].epoch == 7
    assert kinds(Drop)["resume"].epoch == 5  # the class itself, a function of an optimizer
    assert "resume" not in kinds(lambda optimizer: Drop(optimizer, at=7))  # which takes no last_epoch


def test_an_initial_lr_that_others_would_compute_from():
    found = kinds(schedules.OneCycleLR(max_lr=1.0, total_steps=100), lr=0.1)["initial_lr"]
    assert "OneCycleLR sets the groups' initial_lr to 0.04, where 0.1" in found.message
    assert "initial_lr" in kinds(schedules.CyclicLR(base_lr=0.01, max_lr=1.0))

    def polluter(optimizer):
        optimizer.param_groups[0]["initial_lr"] = 7.0
        return Stranger(optimizer, STEADY)

    assert "polluter sets the groups' initial_lr to 7" in kinds(polluter, epochs=20)["initial_lr"].message
    assert "initial_lr" not in kinds(schedules.StepLR(step_size=3))


@rule(paper="none", degree=0, element_states={"size": "lr"}, lr=Hyper(0.01, r"\eta", "[0, inf)"))
def Resilient(x, g, size, t, lr):
    size = size * 1.2
    return x - size * np.sign(g), size


def test_a_rule_that_does_not_read_its_rate():
    stairs = schedules.StepLR(step_size=3)
    p = eo.Parameter(np.ones(2))
    found = kinds(stairs, optimizer=Resilient.optimizer([p]))["no effect"]
    assert "Resilient moves as far at a tenth of the rate" in found.message
    assert "AdaDelta's own" in kinds(stairs, optimizer=eo.AdaDelta([p]))["no effect"].message
    for optimizer in (eo.AdaDelta([p], lr=0.5), eo.SGD([p]), eo.Adam([p]), eo.RMSprop([p])):
        assert "no effect" not in kinds(stairs, optimizer=optimizer)
    assert p.data.tolist() == [1.0, 1.0]


def test_a_rate_that_acts_a_step_late():
    """ASGD reads lr at the end of an update: a new rate is not without effect, but it comes late."""
    found = kinds(schedules.StepLR(step_size=3), optimizer=eo.ASGD([eo.Parameter(np.ones(2))]))
    assert "no effect" not in found and "reads lr at the end of a step" in found["late"].message


def test_the_rule_of_any_optimizer_is_tried():
    stairs = schedules.StepLR(step_size=3)
    halved = eo.SGD([eo.Parameter(np.ones(2))])
    halved.hyperparam.lr_mult = 0.5
    for optimizer in (eo.Muon([eo.Parameter(np.ones((2, 3)))]), halved):
        assert not {"no effect", "late"} & set(kinds(stairs, optimizer=optimizer))


def test_lint_never_touches_what_is_live():
    groups = [{"lr": 0.1, "momentum": 0.9}]
    live = schedules.OneCycleLR(groups, max_lr=1.0, total_steps=9)
    live.step()
    before = [dict(groups[0])], live.state_dict()
    lint(live, epochs=12)
    assert before == (groups, live.state_dict())


def test_a_plateau_is_not_run_without_its_metric():
    assert [r.kind for r in lint(schedules.ReduceLROnPlateau(), schedules.ExponentialLR(gamma=0.9))] == []
    assert list(kinds(schedules.WarmupPlateauLR())) == ["first value"]


def test_a_remark_is_a_sentence():
    text = str(lint(schedules.ConstantLR())[0])
    assert text.startswith("first value, epoch 0: the first epoch runs at 0.0333333") and text.endswith(".")


# The range test


def noisy_valley(rate):
    p, rng = eo.Parameter(np.ones(2)), np.random.default_rng(1)
    optimizer = eo.SGD([p], lr=rate)

    def train_step():
        p.grad = np.array([0.1, 10.0]) * p.data + rng.normal(scale=0.1, size=2)
        optimizer.step()
        return float(np.array([0.05, 5.0]) @ p.data**2)

    return optimizer, p, train_step


def test_the_range_test_finds_the_edge_and_puts_everything_back():
    optimizer, p, train_step = noisy_valley(0.123)
    found = schedules.range_test(optimizer, train_step, low=1e-3)
    assert 0.1 < found.largest < 0.4  # two over the curvature is .2, and an explosion takes some steps to be seen
    assert len(found.rates) == len(found.losses) < 100 and found.rates[0] == pytest.approx(1e-3)
    assert (np.diff(np.log(found.rates)) == pytest.approx(np.log(10 / 1e-3) / 99))
    assert optimizer.hyperparam.lr == 0.123 and p.data.tolist() == [1.0, 1.0] and optimizer.update_rules[0].t == 0


def test_the_range_test_keeps_the_ratios_of_groups():
    groups, seen = [{"lr": 0.1}, {"lr": 0.4}], []

    def train_step():
        seen.append((groups[0]["lr"], groups[1]["lr"]))
        return 1 / len(seen) if len(seen) < 6 else float("nan")

    found = schedules.range_test(groups, train_step, low=0.01, high=1.0, steps=20)
    assert all(b == pytest.approx(4 * a) for a, b in seen) and seen[0][0] == pytest.approx(0.01)
    assert len(found.losses) == 6
    assert [g["lr"] for g in groups] == [0.1, 0.4]


def test_the_range_test_of_losses_below_0():
    losses = iter([*[-1.0] * 50, *[9.0] * 50])
    assert len(schedules.range_test([{"lr": 0.1}], lambda: next(losses)).losses) == 52


def test_what_needs_a_metric_is_not_said_to_commute():
    stairs, plateau = schedules.StepLR(step_size=3), schedules.ReduceLROnPlateau()
    with pytest.raises(ValueError, match="ReduceLROnPlateau decides by a metric"):
        schedules.commutes(stairs, plateau)
    assert "order" not in kinds(stairs, plateau)


@pytest.mark.parametrize("options", [{"low": 0.0}, {"low": 2.0, "high": 1.0}, {"steps": 1}])
def test_the_range_must_grow(options):
    with pytest.raises(ValueError, match="the rate must grow"):
        schedules.range_test([{"lr": 0.1}], lambda: 1.0, **options)


def test_a_range_test_that_begins_too_high():
    groups = [{"lr": 0.1}]
    with pytest.raises(ValueError, match="begin lower"):
        schedules.range_test(groups, lambda: float("nan"))
    assert groups == [{"lr": 0.1}]


# Effective rates


def test_effective_rates_are_schedule_times_override_times_multiplier():
    net = eo.links.MLP(2, 2, 2, 1)
    optimizer = eo.MomentumSGD(lr=0.1).setup(net)
    net.l1.hyperparam.lr = 3.0
    net.l2.hyperparam.lr_mult = 0.01
    net.l3.b.update_rule.hyperparam.momentum = 0.5
    groups = [dict(g) for g in optimizer.param_groups]
    found = schedules.effective_rates(optimizer, schedules.OneCycleLR(max_lr=[1.0, 4.0], total_steps=9), 8)
    cycle = schedules.rates(schedules.OneCycleLR(max_lr=1.0, total_steps=9), 8)
    assert list(found) == ["l1.W", "l1.b", "l2.W", "l2.b", "l3.W", "l3.b"]
    np.testing.assert_allclose(found["l3.W"], cycle)
    np.testing.assert_allclose(found["l1.b"], 4 * cycle)
    np.testing.assert_allclose(found["l2.W"], 0.01 * cycle)
    assert [dict(g) for g in optimizer.param_groups] == groups
    optimizer.hyperparam.lr = 0.7
    assert optimizer.update_rules[4].rate == 0.7  # inheritance is what it was


def test_what_stands_beside_a_plateau_is_read_all_the_same():
    alone = schedules.lint(schedules.ExponentialLR(gamma=0.5))
    beside = schedules.lint(schedules.ReduceLROnPlateau(), schedules.ExponentialLR(gamma=0.5))
    assert [r.kind for r in alone] == [r.kind for r in beside] == ["vanishing"]
