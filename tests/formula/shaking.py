"""Which results of a formula rounding can change: every operation on arrays is shaken by about its rounding error."""

import copy

import numpy as np

ROUNDING = {np.dtype(np.float32): 2.0**-24, np.dtype(np.float64): 2.0**-53}


def shaken(rule, dtype, seed):
    """The rule with a formula that errs by about one rounding in `dtype` in each operand and result."""
    error, draw = ROUNDING[np.dtype(dtype)], np.random.default_rng(seed)

    def err(value):
        value = np.asarray(value)
        if value.dtype.kind != "f":
            return value
        with np.errstate(all="ignore"):
            value = value.astype(dtype).astype(np.float64)  # too large or too small for dtype counts too
            return value * (1 + error * draw.uniform(-2, 2, value.shape))

    class Shaken(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
            result = err(getattr(ufunc, method)(*map(err, inputs), **kwargs))
            if out:
                out[0].view(np.ndarray)[...] = result
                return out[0]
            return result.view(Shaken)

        def __array_function__(self, function, types, args, kwargs):
            result = super().__array_function__(function, types, args, kwargs)
            return err(result).view(Shaken)

    def formula(*args):
        args = [a.astype(np.float64).view(Shaken) if isinstance(a, np.ndarray) else a for a in args]
        new = rule.formula(*args)
        return tuple(np.asarray(v) for v in (new if isinstance(new, tuple) else (new,)))

    clone = copy.copy(rule)
    clone.formula = formula
    return clone
