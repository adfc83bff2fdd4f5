"""What a plan refuses, and how it says so."""

import dataclasses
import difflib
from collections.abc import Iterable

import numpy as np


class PlanError(ValueError):
    """A plan that cannot be run; the message says what is wrong, and what is allowed."""


def known(what, kind, given, *more):
    """A copy of a table, if it has all names the class needs and no others."""
    if not isinstance(given, dict):
        raise PlanError(f"{what} = {given!r} must be a table")
    fields = dataclasses.fields(kind)
    names = [*(field.name for field in fields), *more]
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            raise PlanError(f"{what} has no {name!r}: " + (f"did you mean {close[0]!r}?" if close else
                                                          f"there are {', '.join(names)}"))
    for field in fields:
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and field.name not in given:
            raise PlanError(f"{what} lacks {field.name!r}: it needs "
                            f"{', '.join(f.name for f in fields if f.default is f.default_factory)}")
    return dict(given)


def several(what, values, example):
    """The values as a tuple, if they are a list or the like, and not empty."""
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise PlanError(f"{what} = {values!r} must be a list such as {example}")
    values = tuple(values.tolist() if isinstance(values, np.ndarray) else values)
    if not values:
        raise PlanError(f"{what} is empty, so nothing would run: it must be a list such as {example}")
    return values


def whole(what, value, least):
    """The value, if it is a whole number of at least that."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise PlanError(f"{what} = {value!r} must be a whole number of at least {least}")
    return value


def flag(what, value):
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise PlanError(f"{what} = {value!r} must be true or false")


def one_of(what, value, allowed):
    """Refuse what is not among the words allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise PlanError(f"{what} = {value!r} is not known: it is {' or '.join(map(repr, allowed))}")


def different(what, values):
    """Refuse what stands there twice."""
    seen = set()
    for value in values:
        if value in seen:
            raise PlanError(f"{what}: {value!r} stands there twice: leave one out")
        seen.add(value)
