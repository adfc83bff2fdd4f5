"""`Single`: arrays of float32 that stay float32."""

import numpy as np


class Single(np.ndarray):
    """A float32 array that stays float32 when it meets a float64 number, as it does when it meets Python's."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        result = getattr(ufunc, method)(*map(_single, inputs), **kwargs)
        if out is None:
            return result.view(Single)
        out[0].view(np.ndarray)[...] = result
        return out[0]

    def __array_function__(self, function, types, args, kwargs):
        return function(*map(_single, args), **kwargs).view(Single)


def _single(value):
    if isinstance(value, Single):
        return value.view(np.ndarray)
    return np.float32(value) if np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fi" else value
