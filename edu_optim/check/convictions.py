"""Which law catches which mutant: a table, made by asking every law of every mutant."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from .follow import Hint, rule_named
from .lawbook import Law
from .laws import laws_of, obeys, walker
from .mutants import mutants

_GOLDEN = (1.0, -0.5, 0.25, 2.0)
_PRINTED = 5e-7  # half of the last of six decimals


class Convictions(NamedTuple):
    """Mutants down, laws across.

    Attributes
    ----------
    rule : str
    mutants, laws : tuple of str
        The names of rows and columns.
    caught : ndarray of bool, (mutants, laws)
        Whether the mutant breaks the law.
    """

    rule: str
    mutants: tuple[str, ...]
    laws: tuple[str, ...]
    caught: np.ndarray

    def acquitted(self):
        """Return the mutants that break no law of the table."""
        return [name for name, row in zip(self.mutants, self.caught, strict=True) if not row.any()]

    def fewest(self):
        """Return the smallest sets of laws that together catch all that all of them catch.

        Examples
        --------
        >>> from edu_optim import check
        >>> for laws in check.convictions("Adam").fewest():
        ...     print(laws)
        ('mirror', 'silence', 'gradient of eps')
        ('there and back', 'silence', 'gradient of eps')
        """
        caught, count = self.caught.any(axis=1), len(self.laws)
        found = (
            [columns for columns in combinations(range(count), size)
             if np.array_equal(self.caught[:, columns].any(axis=1), caught)]
            for size in range(count + 1))
        return [tuple(self.laws[k] for k in columns) for columns in next(filter(None, found))]


def convictions(rule, by=None, of=None):
    """Return which of some laws catches which mutant of a rule.

    Parameters
    ----------
    rule : str or Rule
    by : sequence of Law, optional
        By default all that `laws_of` lists; `golden_steps` are the weaker tests one might have thought
        of, and a law of your own is welcome.
    of : mapping of str to callable, optional
        By default the rule's `mutants`; functions of your own are welcome too.

    Raises
    ------
    KeyError
        If there is no such rule, or nobody has broken it yet.

    Notes
    -----
    A mutant that stops or returns nothing usable is caught.

    Examples
    --------
    >>> from edu_optim import check
    >>> table = check.convictions("SGD")
    >>> for name, row in zip(table.mutants, table.caught):
    ...     print(f"{name}: {', '.join(law for law, caught in zip(table.laws, row) if caught)}")
    uphill: constant gradient
    half a gradient: constant gradient
    absolute gradient: mirror
    only the sign: degree 1, constant gradient
    clipped: degree 1, constant gradient
    unit length: degree 1, own coordinate, constant gradient
    falling rate: constant gradient
    decays: anywhere
    rate squared: rate, constant gradient
    """
    rule = rule_named(rule)
    by = laws_of(rule) if by is None else list(by)
    broken = mutants(rule) if of is None else dict(of)
    caught = [[not _obeys(function, rule, law) for law in by] for function in broken.values()]
    table = np.array(caught, bool).reshape(len(broken), len(by))
    return Convictions(rule.name, tuple(broken), tuple(law.name for law in by), table)


def golden_steps(rule):
    """Return what one might test instead of laws: the first step, and four, compared with printed numbers.

    "first step" starts from a gradient of 1; "four golden steps" go on with -0.5, 0.25 and 2, at a rate of 0.1, and
    agree if all four positions do when they are printed with six decimals.

    Examples
    --------
    >>> from edu_optim import check
    >>> table = check.convictions("Adam", by=check.golden_steps("Adam"))
    >>> [int(count) for count in table.caught.sum(axis=0)]
    [6, 12]
    >>> table.acquitted()
    ['eps in the root', 'eps added to the step']
    """
    rule = rule_named(rule)
    lr = {"lr": 0.1} if "lr" in rule.hyperparameters else {}
    due = np.cumsum(walker(rule, rule, rule.values({}))(_GOLDEN, **lr))

    def steps(name, says, count):
        def holds(walk, h):
            return np.all(np.abs(np.cumsum(walk(_GOLDEN, **lr)) - due)[:count] < _PRINTED)

        return Law(name, says, holds)

    return [
        steps("first step", "the first step is the right one", 1),
        steps("four golden steps", "the first four positions are the right ones", 4),
    ]


def _obeys(function, rule, law):
    try:
        return obeys(function, rule, law, rule.values({}))
    except Hint:
        return False
