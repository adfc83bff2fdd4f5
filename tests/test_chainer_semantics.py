"""Random sequences of what a user of Chainer can do, against `tests/chainer_model.py`: with ``missing_grad="zero"``
there may be no difference, for every rule that both have."""

import json
from pathlib import Path

import chainer_model as chainer
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from machines import run

import edu_optim as eo
from edu_optim import hooks

# Chainer's rule -> ours: (class, options that make it the same, names of hyperparameters, names of states and their
# factor, whether both compute in the same order and so to the same bits)
OURS = {
    "SGD": ("SGD", {}, {}, {}, True),
    "MomentumSGD": ("MomentumSGD", {}, {}, {"v": ("m", 1)}, True),
    "CorrectedMomentumSGD": ("CorrectedMomentumSGD", {}, {}, {"v": ("m", -1)}, True),
    "NesterovAG": ("NesterovAG", {}, {}, {"v": ("m", 1)}, True),
    "AdaGrad": ("AdaGrad", {"lr": 0.001}, {}, {"h": ("h", 1)}, True),
    "AdaDelta": ("AdaDelta", {}, {}, {"a": ("v", 1), "b": ("u", 1)}, False),
    "RMSprop": ("RMSprop", {}, {}, {"n": ("v", 1)}, True),
    "RMSprop(eps_inside_sqrt)": (
        "RMSprop", {"eps": 0, "eps_root": 1e-8}, {"eps": "eps_root"}, {"n": ("v", 1)}, True),
    "Adam": ("Adam", {"eps": 0, "eps_hat": 1e-8}, {"alpha": "lr", "eps": "eps_hat"},
             {"m": ("m", 1), "v": ("v", 1)}, False),
}
VALUES = {"lr": [0.0, 0.01, 0.5], "alpha": [0.25, 0.5], "momentum": [0.0, 0.5, 0.9], "rho": [0.5, 0.9],
          "beta1": [0.0, 0.5], "beta2": [0.5, 0.99], "eps": [1e-3, 1e-6]}
SHAPES = {"l1.W": (2, 3), "l1.b": (3,), "l2.W": (3, 1), "l2.b": ()}

small = st.integers(0, 11)
seeds = st.integers(0, 2**16)


def by_t(rule, p):
    """A hook that depends on the count it sees."""
    p.grad = p.grad + 0.125 * rule.t


def halve(rule, p):
    """For after the rule: Chainer ships none."""
    p.data = 0.5 * p.data


def clear_some(rule, p):
    """What is cleared becomes zeros again before anybody else looks."""
    if p.data.ndim == 1:
        p.grad = None


halve.timing = "post"
EACH = [  # ours, Chainer's
    (hooks.WeightDecay(0.125), chainer.weight_decay(0.125)),
    (hooks.Lasso(0.25), chainer.lasso(0.25)),
    (hooks.GradientHardClipping(-0.5, 0.75), chainer.gradient_hard_clipping(-0.5, 0.75)),
    (hooks.GradientLARS(0.5, 0.125), chainer.gradient_lars(0.5, 0.125)),
    (by_t, by_t), (halve, halve),
]
ALL = [*EACH, (hooks.GradientClipping(0.5), chainer.gradient_clipping(0.5)), (clear_some, clear_some)]
NAMES = ["first", "second", "third"]


class Layer(eo.Chain):
    pass


class Chainer(RuleBasedStateMachine):
    """Our optimizer and Chainer's side by side."""

    backends = ("numpy",)

    @initialize(kind=st.sampled_from(list(OURS)), seed=seeds)
    def begin(self, kind, seed):
        name, options, self.spelled, self.states, self.same_bits = OURS[kind]
        draw = np.random.default_rng(seed).standard_normal
        self.net = Layer()
        self.net.l1, self.net.l2 = Layer(), Layer()
        for path, shape in SHAPES.items():
            layer, attribute = path.split(".")
            setattr(getattr(self.net, layer), attribute, eo.Parameter(np.asarray(draw(shape))))
        self.ours = list(self.net.params())
        self.theirs = [chainer.Param(p.data) for p in self.ours]
        self.optimizer = getattr(eo, name)(
            self.net, missing_grad="zero", backend=self.backends[seed % len(self.backends)], **options)
        self.model = chainer.Optimizer(kind, self.theirs)
        self.backward(seed)

    def pair(self, k):
        return self.ours[k % 4], self.theirs[k % 4]

    def choice(self, k, which):
        """(our name, their name, a value) of a hyperparameter."""
        name = list(self.model.hyperparam)[k % len(self.model.hyperparam)]
        values = VALUES[name]
        return self.spelled.get(name, name), name, values[which % len(values)]

    def same_error(self, ours, theirs):
        """Both act, or both refuse in the same way."""
        try:
            theirs()
        except (KeyError, AttributeError) as error:
            with pytest.raises(type(error)):
                ours()
        else:
            ours()

    # hyperparameters

    @rule(k=small, which=small)
    def set_on_the_optimizer(self, k, which):
        ours, theirs, value = self.choice(k, which)
        setattr(self.optimizer.hyperparam, ours, value)
        self.model.hyperparam[theirs] = value

    @rule(k=small, which=small, who=small)
    def override(self, k, which, who):
        ours, theirs, value = self.choice(k, which)
        p, q = self.pair(who)
        setattr(p.update_rule.hyperparam, ours, value)
        q.update_rule.own[theirs] = value

    @rule(k=small, who=small)
    def delete(self, k, who):
        ours, theirs, _ = self.choice(k, 0)
        p, q = self.pair(who)

        def delete():
            if theirs not in q.update_rule.own:
                raise AttributeError
            del q.update_rule.own[theirs]

        self.same_error(lambda: delattr(p.update_rule.hyperparam, ours), delete)

    # switches

    @rule(who=small, on=st.booleans())
    def switch(self, who, on):
        p, q = self.pair(who)
        p.update_rule.enabled = q.update_rule.enabled = on

    @rule(who=st.integers(0, 2), on=st.booleans())
    def switch_a_link(self, who, on):
        link = [self.net.l1, self.net.l2, self.net][who]
        link.enable_update() if on else link.disable_update()
        for q in [self.theirs[:2], self.theirs[2:], self.theirs][who]:
            q.update_rule.enabled = on

    # hooks

    @rule(which=small, name=st.sampled_from(NAMES), timing=st.sampled_from(["auto", "pre"]))
    def add_hook(self, which, name, timing):
        ours, theirs = ALL[which % len(ALL)]
        self.same_error(lambda: self.optimizer.add_hook(ours, name, timing),
                        lambda: self.model.add(theirs, name, timing))

    @rule(which=small, name=st.sampled_from(NAMES), who=small, timing=st.sampled_from(["auto", "post"]))
    def add_hook_to_one(self, which, name, who, timing):
        p, q = self.pair(who)
        ours, theirs = EACH[which % len(EACH)]
        self.same_error(lambda: p.update_rule.add_hook(ours, name, timing),
                        lambda: q.update_rule.add(theirs, name, timing))

    @rule(name=st.sampled_from(NAMES), who=st.integers(-1, 3))
    def remove_hook(self, name, who):
        ours = self.optimizer if who < 0 else self.ours[who].update_rule
        theirs = self.model if who < 0 else self.theirs[who].update_rule
        self.same_error(lambda: ours.remove_hook(name), lambda: theirs.remove(name))

    # gradients and steps

    @rule(seed=seeds)
    def backward(self, seed):
        """New gradients, for some of the parameters none."""
        rng = np.random.default_rng(seed)
        for p, q in zip(self.ours, self.theirs, strict=True):
            p.grad = q.grad = None if rng.random() < 0.2 else np.asarray(rng.standard_normal(p.shape))

    @rule()
    def clear(self):
        self.optimizer.cleargrads()
        self.model.cleargrads()

    @rule(who=small)
    def clear_one(self, who):
        p, q = self.pair(who)
        p.cleargrad()
        q.grad = None

    @rule(times=st.integers(1, 4))
    def step(self, times):
        for _ in range(times):
            self.optimizer.update()
            self.model.update()

    @rule(who=small)
    def update_one(self, who):
        p, q = self.pair(who)
        if q.grad is not None:
            p.update_rule.update(p)
            q.update_rule.update(q)

    # what must be true at any time

    @invariant()
    def no_difference(self):
        assert self.optimizer.steps == self.model.t
        assert self.net.update_enabled == any(q.update_rule.enabled for q in self.theirs)
        for p, q in zip(self.ours, self.theirs, strict=True):
            ours, theirs = p.update_rule, q.update_rule
            assert (ours.t, ours.enabled) == (theirs.t, theirs.enabled)
            said = ours.hyperparam.get_dict()
            assert {n: said[self.spelled.get(n, n)] for n in theirs.get_dict()} == theirs.get_dict()
            assert ours._hooks.names() == {"pre": list(theirs.pre), "post": list(theirs.post)}
            assert (p.grad is None) == (q.grad is None)
            self.same(p.data, q.data)
            if q.grad is not None:
                self.same(p.grad, q.grad)
            for name, array in (theirs.state or {}).items():
                our_name, factor = self.states[name]
                self.same(factor * ours.state[our_name], array)

    def same(self, ours, theirs):
        if self.same_bits:
            np.testing.assert_array_equal(ours, theirs)
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


class ChainerOnBothBackends(Chainer):
    backends = ("numpy", "numba")


def test_no_difference_in_random_sequences():
    run(Chainer, 160, steps=40)
    run(ChainerOnBothBackends, 60, steps=40)


@pytest.mark.slow
def test_no_difference_in_many_random_sequences():
    run(Chainer, 2000, steps=40)
    run(ChainerOnBothBackends, 300, steps=40)


def test_the_model_is_chainer():
    """The model itself against what Chainer 7.8.1 recorded: otherwise agreement with it would say nothing."""
    recorded = json.loads((Path(__file__).parent / "peers" / "chainer.json").read_text())
    hook_of = {"WeightDecay": chainer.weight_decay, "Lasso": chainer.lasso,
               "GradientClipping": chainer.gradient_clipping, "GradientLARS": chainer.gradient_lars,
               "GradientHardClipping": chainer.gradient_hard_clipping}
    entries = [e | {"rule": k, "hooks": []} for k, e in recorded["rules"].items() if k in chainer.RULES]
    assert {e["rule"] for e in entries} == set(chainer.RULES)
    for entry in [*entries, *recorded["hooks"].values()]:
        path = entry["float64"]
        param = chainer.Param(np.array(path["p0"]))
        optimizer = chainer.Optimizer(entry["rule"], [param])
        optimizer.hyperparam.update({n: v for n, v in entry["hyperparameters"].items() if n in optimizer.hyperparam})
        for name, arguments in entry["hooks"]:
            optimizer.add(hook_of[name](*arguments), name)
        for gradient, expected in zip(path["grads"], path["params"], strict=True):
            param.grad = np.array(gradient)
            optimizer.update()
            np.testing.assert_allclose(param.data, expected, rtol=1e-12, atol=1e-12)
