"""What a hook is about to do to one element, in a formula with numbers."""

from typing import NamedTuple

from .. import hooks
from .words import number


class Said(NamedTuple):
    """What was known of a hook before it acted.

    Attributes
    ----------
    title : str
        Which hook it is, and where it hangs.
    what, formula : str
        What it writes, and how: an expression in x, g and `values`. Empty for a hook of the reader's own.
    values : dict
        Names to numbers.
    note : str
    """

    title: str
    what: str = ""
    formula: str = ""
    values: dict | None = None
    note: str = ""


def about(hook, whole, name, place, given, u):
    """What can be said of a hook that is called with `given`, for the element of one parameter."""
    title = repr(hook) if isinstance(hook, hooks.Hook) else f"the hook {name!r}"
    tell = _TELLERS.get(type(hook))
    concerned = u in given[0].update_rules if whole else given[0] is u
    return Said(f"{title} of {place}", *(tell(hook, given[0], u.param) if tell and concerned else ()))


def _decay(hook, u, p):
    return "g", "g + rate * x", {"rate": hook.rate}


def _decoupled(hook, u, p):
    if u.enabled:
        return "x", "x * (1 - lr * rate)", {"lr": u.rate, "rate": hook.rate}
    return "", "", {}, "a parameter that is switched off is left alone"


def _lasso(hook, u, p):
    return "g", "g + rate * np.sign(x)", {"rate": hook.rate}


def _clipping(hook, optimizer, p):
    gradients = [q.grad for q in optimizer.params if q.grad is not None]
    norm = float(hooks.norm(gradients))
    count = sum(g.size for g in gradients)
    if norm > hook.threshold:
        values = {"threshold": hook.threshold, "norm": norm}
        return "g", "g * (threshold / norm)", values, f"the norm is that of all gradients ({count} numbers)"
    return "g", "", {}, f"the norm of all gradients ({count} numbers), {number(norm)}, is not above the threshold"


def _hard_clipping(hook, u, p):
    return "g", "np.clip(g, lower_bound, upper_bound)", vars(hook)


def _noise(hook, u, p):
    return "g", "g + noise", {}, f"normal noise of variance {number(hook.eta)} / (1 + {u.t}) ** 0.55"


def _lars(hook, u, p):
    x_norm, g_norm, decay = float(hooks.norm([p.data])), float(hooks.norm([p.grad])), hook.weight_decay
    below = hook.eps + g_norm + decay * x_norm
    ratio = x_norm / below if x_norm > hook.threshold and below else 1.0
    text = f"{number(x_norm)} / ({number(hook.eps)} + {number(g_norm)} + {number(decay)} * {number(x_norm)})"
    note = f"ratio = {text}, of norms of x and g" if ratio != 1.0 else "ratio = 1, since the norm of x is small"
    return "g", "(g + weight_decay * x) * ratio", {"weight_decay": decay, "ratio": ratio}, note


_TELLERS = {hooks.WeightDecay: _decay, hooks.DecoupledWeightDecay: _decoupled, hooks.Lasso: _lasso,
            hooks.GradientClipping: _clipping, hooks.GradientHardClipping: _hard_clipping,
            hooks.GradientNoise: _noise, hooks.GradientLARS: _lars}
