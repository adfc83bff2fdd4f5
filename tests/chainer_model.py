"""How Chainer 7.8 moves parameters, said with plain dicts and arrays.

Written from its documentation and sources alone, so that it can disagree with this package: names, states and the
order of operations are Chainer's. Nothing is shared between parameters and nothing is compiled.
`tests/test_chainer_semantics.py` compares.
"""

import math

import numpy as np

# name -> (defaults, names of the states, update). An update gets and returns the parameter, and writes the states.


def sgd(h, s, p, g, t):
    return p - h["lr"] * g


def momentum_sgd(h, s, p, g, t):
    s["v"] = h["momentum"] * s["v"] - h["lr"] * g
    return p + s["v"]


def corrected_momentum_sgd(h, s, p, g, t):
    s["v"] = h["momentum"] * s["v"] - g
    return p + h["lr"] * s["v"]


def nesterov_ag(h, s, p, g, t):
    m = h["momentum"]
    s["v"] = m * s["v"] - h["lr"] * g
    return p + m * m * s["v"] - (1 + m) * h["lr"] * g


def ada_grad(h, s, p, g, t):
    s["h"] = s["h"] + g * g
    return p - h["lr"] * g / (np.sqrt(s["h"]) + h["eps"])


def ada_delta(h, s, p, g, t):
    rho, eps = h["rho"], h["eps"]
    s["a"] = rho * s["a"] + (1 - rho) * g * g
    d = np.sqrt((s["b"] + eps) / (s["a"] + eps)) * g
    s["b"] = rho * s["b"] + (1 - rho) * d * d
    return p - d


def rms_prop(h, s, p, g, t):
    s["n"] = h["alpha"] * s["n"] + (1 - h["alpha"]) * (g * g)
    return p - h["lr"] * g / (np.sqrt(s["n"]) + h["eps"])


def rms_prop_inside(h, s, p, g, t):
    s["n"] = h["alpha"] * s["n"] + (1 - h["alpha"]) * (g * g)
    return p - h["lr"] * g / np.sqrt(s["n"] + h["eps"])


def adam(h, s, p, g, t):
    s["m"] = s["m"] + (1 - h["beta1"]) * (g - s["m"])
    s["v"] = s["v"] + (1 - h["beta2"]) * (g * g - s["v"])
    alpha_t = h["alpha"] * math.sqrt(1 - h["beta2"] ** t) / (1 - h["beta1"] ** t)
    return p - alpha_t * s["m"] / (np.sqrt(s["v"]) + h["eps"])


RULES = {
    "SGD": ({"lr": 0.01}, (), sgd),
    "MomentumSGD": ({"lr": 0.01, "momentum": 0.9}, ("v",), momentum_sgd),
    "CorrectedMomentumSGD": ({"lr": 0.01, "momentum": 0.9}, ("v",), corrected_momentum_sgd),
    "NesterovAG": ({"lr": 0.01, "momentum": 0.9}, ("v",), nesterov_ag),
    "AdaGrad": ({"lr": 0.001, "eps": 1e-8}, ("h",), ada_grad),
    "AdaDelta": ({"rho": 0.95, "eps": 1e-6}, ("a", "b"), ada_delta),
    "RMSprop": ({"lr": 0.01, "alpha": 0.99, "eps": 1e-8}, ("n",), rms_prop),
    "RMSprop(eps_inside_sqrt)": ({"lr": 0.01, "alpha": 0.99, "eps": 1e-8}, ("n",), rms_prop_inside),
    "Adam": ({"alpha": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}, ("m", "v"), adam),
}


class Param:
    """An array, its gradient or None, and its rule."""

    def __init__(self, data):
        self.data, self.grad = data.copy(), None


class Hooks:
    """Two dicts of hooks, each in order of insertion."""

    def __init__(self):
        self.pre, self.post = {}, {}

    def add(self, hook, name, timing="auto"):
        if timing not in ("pre", "post", "auto"):
            raise ValueError
        if name in self.pre or name in self.post:
            raise KeyError
        timing = getattr(hook, "timing", "pre") if timing == "auto" else timing
        (self.pre if timing == "pre" else self.post)[name] = hook

    def remove(self, name):
        if name not in self.pre and name not in self.post:
            raise KeyError
        self.pre.pop(name, None)
        self.post.pop(name, None)


class UpdateRule(Hooks):
    """One parameter's: its own hyperparameters stand over the optimizer's at the moment they are read."""

    def __init__(self, kind, parent):
        super().__init__()
        _, self.states, self.core = RULES[kind]
        self.own, self.parent = {}, parent
        self.enabled, self.t, self.state = True, 0, None

    def get_dict(self):
        return {**self.parent, **self.own}

    def update(self, param):
        if not self.enabled:
            return
        self.t += 1
        if self.state is None:
            self.state = {name: np.zeros_like(param.data) for name in self.states}
        for hook in list(self.pre.values()):
            hook(self, param)
        if param.grad is not None:
            param.data = self.core(self.get_dict(), self.state, param.data, param.grad, self.t)
        for hook in list(self.post.values()):
            hook(self, param)


class Optimizer(Hooks):
    """All parameters of a network, after `setup`."""

    def __init__(self, kind, params):
        super().__init__()
        self.hyperparam, self.params, self.t = dict(RULES[kind][0]), params, 0
        for p in params:
            p.update_rule = UpdateRule(kind, self.hyperparam)

    def cleargrads(self):
        for p in self.params:
            p.grad = None

    def update(self):
        self.reallocate_cleared_grads()
        self.call_hooks(self.pre)
        self.t += 1
        for p in self.params:
            p.update_rule.update(p)
        self.reallocate_cleared_grads()
        self.call_hooks(self.post)

    def reallocate_cleared_grads(self):
        for p in self.params:
            if p.grad is None:
                p.grad = np.zeros_like(p.data)

    def call_hooks(self, hooks):
        for hook in list(hooks.values()):
            if getattr(hook, "call_for_each_param", True):
                for p in self.params:
                    hook(p.update_rule, p)
            else:
                hook(self)
            self.reallocate_cleared_grads()


# the hooks that come with Chainer


def weight_decay(rate):
    def hook(rule, p):
        p.grad = p.grad + rate * p.data

    return hook


def lasso(rate):
    def hook(rule, p):
        p.grad = p.grad + rate * np.sign(p.data)

    return hook


def gradient_clipping(threshold):
    def hook(optimizer):
        norm = np.sqrt(sum(np.sum(p.grad * p.grad) for p in optimizer.params))
        if norm and threshold / norm < 1:
            for p in optimizer.params:
                p.grad = threshold / norm * p.grad

    hook.call_for_each_param = False
    return hook


def gradient_hard_clipping(lower, upper):
    def hook(rule, p):
        p.grad = np.clip(p.grad, lower, upper)

    return hook


def gradient_lars(threshold=1e-2, weight_decay=0.0, eps=1e-9):
    def hook(rule, p):
        p_norm, g_norm = np.sqrt(np.sum(p.data * p.data)), np.sqrt(np.sum(p.grad * p.grad))
        rate = p_norm / (eps + g_norm + weight_decay * p_norm) if p_norm > threshold else 1.0
        p.grad = rate * (p.grad + weight_decay * p.data)

    return hook
