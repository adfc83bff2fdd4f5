"""What a schedule accepts as its arguments."""

import math
import numbers

import numpy as np


def of_python(value):
    """The same without NumPy's scalars: beside a float32 all arithmetic would be in float32."""
    if isinstance(value, list | tuple):
        return [of_python(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def whole(name, value, example=3):
    """A positive integer; TypeError if it is missing, ValueError if it is anything else."""
    required(name, value, example)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"{name}={value!r} must be a positive integer: a number of epochs, such as {name}={example}")
    return int(value)


def positive(name, value, example=0.5):
    """A positive finite number, what a rate is multiplied by."""
    required(name, value, example)
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < value < math.inf:
        raise ValueError(
            f"{name}={value!r} must be positive and finite: rates are multiplied by it, {name}={example} halves them"
            if example == 0.5 else f"{name}={value!r} must be positive and finite, such as {name}={example}")
    return float(value)


def at_least_one(name, value):
    """A number of epochs that is 1 or more."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 1 <= value < math.inf:
        raise ValueError(f"{name}={value!r} must be at least 1: the number of epochs until it has done its work")
    return value


def between(name, value, low, high, open_low=False):
    """A number of an interval."""
    if not isinstance(value, numbers.Real) or not low <= value <= high or (open_low and value == low):
        raise ValueError(f"{name}={value!r} must lie in {'(' if open_low else '['}{low}, {high}]: a share of the rate")
    return float(value)


def epochs(values, example):
    """Epochs in ascending order; repeated ones stay."""
    required("milestones", values, example)
    values = list(values)
    if any(isinstance(m, bool) or not isinstance(m, numbers.Integral) or m < 0 for m in values):
        raise ValueError(f"milestones={values!r} must be epochs, integers from 0 on, such as milestones={example}")
    return sorted(int(m) for m in values)


def functions(name, value):
    """A function of the epoch, or a list of one per group."""
    required(name, value, "lambda epoch: 0.95 ** epoch")
    for f in value if isinstance(value, list | tuple) else [value]:
        if not callable(f):
            raise TypeError(f"{name}={f!r} must be a function of the epoch, such as lambda epoch: 0.95 ** epoch")
    return value


def required(name, value, example):
    """TypeError where an argument without a default was left out."""
    if value is None:
        raise TypeError(f"{name} is missing: it has no default. Write {name}={example}")
