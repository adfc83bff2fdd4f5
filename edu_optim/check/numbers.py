"""Compare one number of the reader's with the one expected."""

import numpy as np

from .verdict import Verdict


def value(name, got, expected, *, tolerance=1e-3, slips=None):
    """Print whether a number, or an array of them, is the expected one.

    Parameters
    ----------
    name : str
        What the line begins with, such as ``"exercise 2"``.
    got : float or array, or None
        The reader's; None stands for an exercise not begun.
    expected : float or array
    tolerance : float
        Relative to the largest expected number; where that is 0, absolute.
    slips : mapping of float to str, optional
        Wrong values that a known misconception yields, and the hint that names it. Such a value is answered by
        its hint, and what was expected stays unsaid.

    Returns
    -------
    bool or None
        None if there was no answer.

    Raises
    ------
    ValueError
        If the tolerance is not a positive number.

    Examples
    --------
    >>> from edu_optim import check
    >>> check.value("exercise 2", None, 0.02)
    exercise 2: not yet (returned None)
    >>> check.value("exercise 2", 0.01, 0.02, slips={0.01: "that is 1/L, where the bounce dies at once"})
    exercise 2: that is 1/L, where the bounce dies at once
    False
    >>> check.value("exercise 2", 0.03, 0.02)
    exercise 2: yours 0.03, expected 0.02
    False
    >>> check.value("exercise 2", 0.02, 0.02)
    exercise 2: right
    True
    """
    if not (np.isscalar(tolerance) and 0 < tolerance < np.inf):
        raise ValueError(f"tolerance={tolerance!r} is not a positive number; write tolerance=0.01, say.")
    if got is None:
        print(f"{name}: not yet (returned None)")
        return None
    try:
        yours, due = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    except (TypeError, ValueError):
        print(f"{name}: a number is expected, yours is a {type(got).__name__}")
        return Verdict(False)
    if yours.shape != due.shape:
        print(f"{name}: yours has shape {yours.shape}, expected {due.shape}")
        return Verdict(False)
    if _close(yours, due, tolerance):
        print(f"{name}: right")
        return Verdict(True)
    for wrong, hint in (slips or {}).items():
        if _close(yours, np.full_like(due, wrong), tolerance):
            print(f"{name}: {hint}")
            return Verdict(False)
    print(f"{name}: yours {_words(yours)}, expected {_words(due)}")
    return Verdict(False)


def _close(a, b, tolerance):
    return bool(np.all(np.abs(a - b) <= tolerance * (np.max(np.abs(b), initial=0.0) or 1.0)))


def _words(array):
    if array.size > 6:
        return "other numbers"
    text = ", ".join(f"{number:.4g}" for number in array.flat)
    return text if array.ndim == 0 else f"[{text}]"
