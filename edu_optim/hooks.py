"""Hooks: what acts on a gradient before the rule, or on a parameter.

``optimizer.add_hook(hook)`` hangs one on every parameter, ``net.l1.W.update_rule.add_hook(hook)`` on one. A hook
is called ``hook(update_rule, param)`` and writes in place. Any function will do, given a name; these are the usual
ones, with the formulas of Chainer 7.8.
"""

import numpy as np

from .formula.hyper import Hyper
from .rng import generator

__all__ = ["DecoupledWeightDecay", "GradientClipping", "GradientHardClipping", "GradientLARS", "GradientNoise",
           "Lasso", "WeightDecay"]

_ANY, _FROM_0, _ABOVE_0 = (Hyper(1.0, "", interval) for interval in ("(-inf, inf)", "[0, inf)", "(0, inf)"))


class Hook:
    """What the hooks here have in common. Each writes one formula, said once: it is run, and the ledger prints it.

    Attributes
    ----------
    name : str
        By which it is removed; each level takes a name once.
    timing : {"pre", "post"}
        Before or after the rule.
    whole : bool
        Whether it is called once, ``hook(optimizer)``, instead of for each parameter.
    writes, formula : str
        "g" or "x", and the new one as an expression in g, x and what `values` gives.
    """

    timing, whole, writes, formula = "pre", False, "g", ""
    name = property(lambda self: type(self).__name__)

    def _set(self, hyper, **values):
        for name, value in values.items():
            setattr(self, name, hyper.check(self.name, name, value))

    def values(self, rule, param):
        """The numbers of the formula by name, or None if nothing is to be written."""
        return vars(self)

    def note(self, rule, param):
        """What the formula does not say."""
        return ""

    def __call__(self, rule, param):
        values = self.values(rule, param)
        if values is not None:
            self._write(param, values)

    def _write(self, param, values):
        known = {"np": np, "g": param.grad, "x": param.data, **values}
        known[self.writes][...] = eval(self.formula, known)

    def __repr__(self):
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class WeightDecay(Hook):
    r"""Coupled decay: the gradient of :math:`\frac{\lambda}{2} \lVert x \rVert^2` is added, g <- g + rate x.

    An adaptive rule divides it by the size of gradients as it divides these: see `DecoupledWeightDecay`.

    Parameters
    ----------
    rate : float
        lambda, at least 0.

    Examples
    --------
    >>> import edu_optim as eo
    >>> p = eo.Parameter([1.0, -2.0])
    >>> optimizer = eo.SGD([p], lr=0.5)
    >>> optimizer.add_hook(WeightDecay(0.1))
    >>> p.grad = [0.0, 0.0]
    >>> optimizer.step()
    >>> p.data
    array([ 0.95, -1.9 ])
    """

    formula = "g + rate * x"

    def __init__(self, rate):
        self._set(_FROM_0, rate=rate)


class DecoupledWeightDecay(Hook):
    """Decay that no rule divides: x <- (1 - lr rate) x, before the rule moves x, as torch's AdamW does.

    Parameters
    ----------
    rate : float
        lambda, at least 0; times the parameter's own rate, multipliers included.

    References
    ----------
    Loshchilov, Hutter (2019). Decoupled weight decay regularization. ICLR. There the schedule's factor stands
    where torch has lr.

    Examples
    --------
    >>> import edu_optim as eo
    >>> p = eo.Parameter([1.0, -2.0])
    >>> optimizer = eo.Adam([p], lr=0.5)
    >>> optimizer.add_hook(DecoupledWeightDecay(0.1))
    >>> p.grad = [0.0, 0.0]
    >>> optimizer.step()
    >>> p.data
    array([ 0.95, -1.9 ])
    """

    writes, formula = "x", "x * (1 - lr * rate)"

    def __init__(self, rate):
        self._set(_FROM_0, rate=rate)

    def values(self, rule, param):
        # As the optimizer's hook it is called for frozen parameters too.
        return {"lr": rule.rate, "rate": self.rate} if rule.enabled else None

    def note(self, rule, param):
        return "" if rule.enabled else "a parameter that is switched off is left alone"


class Lasso(Hook):
    """The gradient of rate times the sum of absolute values is added: g <- g + rate sign(x).

    Parameters
    ----------
    rate : float
        At least 0.
    """

    formula = "g + rate * np.sign(x)"

    def __init__(self, rate):
        self._set(_FROM_0, rate=rate)


class GradientClipping(Hook):
    """All gradients are scaled to a common norm, if theirs is larger: g <- g min(1, threshold / ||g||).

    The norm is that of all gradients together, those of frozen parameters included; on one parameter's rule it is
    that parameter's. Gradients that are all zero stay as they are.

    Parameters
    ----------
    threshold : float
        Above 0.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013). On the difficulty of training recurrent neural networks. ICML, algorithm 1.

    Examples
    --------
    >>> import edu_optim as eo
    >>> p, q = eo.Parameter([0.0]), eo.Parameter([0.0])
    >>> optimizer = eo.SGD([p, q], lr=1.0)
    >>> optimizer.add_hook(GradientClipping(1.0))
    >>> p.grad, q.grad = [30.0], [40.0]
    >>> optimizer.step()
    >>> p.data, q.data
    (array([-0.6]), array([-0.8]))
    """

    whole, formula = True, "g * (threshold / norm)"

    def __init__(self, threshold):
        self._set(_ABOVE_0, threshold=threshold)

    def __call__(self, optimizer):
        values = self.values(optimizer, None)
        for p in optimizer.params if values else ():
            if p.grad is not None:
                self._write(p, values)

    def values(self, optimizer, param):
        size = norm([p.grad for p in optimizer.params if p.grad is not None])
        return {"threshold": self.threshold, "norm": size} if size > self.threshold else None

    def note(self, optimizer, param):
        gradients = [p.grad for p in optimizer.params if p.grad is not None]
        all_of_them = f"all gradients ({sum(g.size for g in gradients)} numbers)"
        size = norm(gradients)
        if size > self.threshold:
            return f"the norm is that of {all_of_them}"
        return f"the norm of {all_of_them}, {size:.7g}, is not above the threshold"


def norm(arrays):
    """The norm of all elements together, which overflows only if it is too large for a float64 itself."""
    with np.errstate(over="ignore"):
        size = float(np.sqrt(sum(np.sum(np.square(a, dtype=np.float64)) for a in arrays)))
    if not np.isinf(size):
        return size
    largest = float(max(np.max(np.abs(a)) for a in arrays))
    return largest * norm([a / largest for a in arrays]) if np.isfinite(largest) else size


class GradientHardClipping(Hook):
    """Each element is cut off on its own: g <- min(max(g, lower_bound), upper_bound).

    Parameters
    ----------
    lower_bound, upper_bound : float
    """

    formula = "np.clip(g, lower_bound, upper_bound)"

    def __init__(self, lower_bound, upper_bound):
        self._set(_ANY, lower_bound=lower_bound, upper_bound=upper_bound)
        if self.lower_bound > self.upper_bound:
            raise ValueError(f"{self.name}: lower_bound = {lower_bound} lies above upper_bound = {upper_bound}: "
                             "exchange them")


class GradientNoise(Hook):
    """Noise that fades is added: g <- g + N(0, eta / (1 + t) ** 0.55).

    The numbers are a function of seed, name of the parameter and t, whatever the order of parameters or hooks; the
    parameters of a list that have no name are named by their place in it.
    On the optimizer t is 0 at the first step, on a parameter's rule 1, as in Chainer.

    Parameters
    ----------
    eta : float
        Variance at t = 0, at least 0.
    seed : int, optional

    References
    ----------
    Neelakantan et al. (2015). Adding gradient noise improves learning for very deep networks. arXiv:1511.06807.
    """

    formula = "g + noise"

    def __init__(self, eta, seed=0):
        self._set(_FROM_0, eta=eta)
        generator(seed, self.name)
        self.seed = seed

    def values(self, rule, param):
        draw, g = generator(self.seed, f"{self.name} {rule.name}", rule.t), param.grad
        return {"noise": draw.normal(0, np.sqrt(self.eta / (1 + rule.t) ** 0.55), g.shape).astype(g.dtype)}

    def note(self, rule, param):
        return f"normal noise of variance {self.eta:.7g} / (1 + {rule.t}) ** 0.55"


class GradientLARS(Hook):
    """Each parameter's gradient is scaled by the ratio of norms: g <- r (g + weight_decay x), with
    r = ||x|| / (eps + ||g|| + weight_decay ||x||) where ||x|| > threshold, and r = 1 elsewhere.

    Parameters
    ----------
    threshold, weight_decay, eps : float
        At least 0.

    References
    ----------
    You, Gitman, Ginsburg (2017). Large batch training of convolutional networks. arXiv:1708.03888.
    """

    formula = "(g + weight_decay * x) * ratio"

    def __init__(self, threshold=1e-2, weight_decay=0.0, eps=1e-9):
        self._set(_FROM_0, threshold=threshold, weight_decay=weight_decay, eps=eps)

    def values(self, rule, param):
        x_norm, below = norm([param.data]), self._below(param)
        ratio = x_norm / below if x_norm > self.threshold and below else 1.0
        return {"weight_decay": self.weight_decay, "ratio": ratio}

    def note(self, rule, param):
        if self.values(rule, param)["ratio"] == 1:
            return "ratio = 1, since the norm of x is small"
        x_norm, g_norm = norm([param.data]), norm([param.grad])
        below = f"({self.eps:.7g} + {g_norm:.7g} + {self.weight_decay:.7g} * {x_norm:.7g})"
        return f"ratio = {x_norm:.7g} / {below}, of norms of x and g"

    def _below(self, param):
        return self.eps + norm([param.grad]) + self.weight_decay * norm([param.data])
