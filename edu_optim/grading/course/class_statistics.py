"""What a class's results say about the checks, and how little they say if the class is small."""

import math
import re
import statistics
from collections import Counter, defaultdict
from typing import NamedTuple

from .. import result as results
from ..values import DIFFERENCES

FEWEST = 10  # with fewer, a correlation is chance
_SHOWN = re.compile(r"^\w[^=\n]{0,59} = \S.*$", re.M)  # how `show` says a value to people
CAUTION = ("Equal wrong values prove nothing: the same mistake, the same textbook or the same partner gives them too. "
           "They are a reason to ask, never a verdict.")


class Share(NamedTuple):
    """A mean between 0 and 1, or a correlation, with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


class Item(NamedTuple):
    """A check.

    Attributes
    ----------
    name : str
    count : int
        How many were judged.
    difficulty : Share or None
        The mean share of the points: 1 if everybody got all.
    discrimination : Share or None
        The correlation of this check's points with those of all others; None if nobody can know.
    unknown : str
        Why there is no discrimination.
    reasons : collections.Counter
        How often each reason was given.
    misconceptions : collections.Counter
        How many met each, by what they were told.
    seconds : float
        Median of running it.
    """

    name: str
    count: int
    difficulty: Share | None
    discrimination: Share | None
    unknown: str
    reasons: Counter
    misconceptions: Counter
    seconds: float


class Alike(NamedTuple):
    """Submissions that show the same wrong values in a visible check.

    Attributes
    ----------
    check : str
    names : list of str
    text : str
        What they show.
    inputs : str
        Whether what they computed it from was the same: "the same inputs", "different inputs" or "inputs unknown".
    """

    check: str
    names: list
    text: str
    inputs: str


def items(graded, worth):
    """Statistics of each check.

    Parameters
    ----------
    graded : list of Result
        One for each person; those that the grader failed at are passed over.
    worth : dict of str to number
        The most points of each check.

    Returns
    -------
    list of Item
    """
    graded = [result for result in graded if result.state != results.FAILED and result.checks.keys() >= worth.keys()]
    return [_item(name, graded, worth) for name in worth]


def alike(graded, worth):
    """Groups that show the same wrong values, those that a named misconception explains left out; hidden checks keep
    no values, so nothing is known of them.

    Parameters
    ----------
    graded, worth
        As for `items`.

    Returns
    -------
    list of Alike
        The larger groups first.
    """
    found = []
    for check in worth:
        groups, right = defaultdict(list), []
        for result in graded:
            judged = result.checks.get(check)
            text = "\n".join(values_shown(judged)) if judged else ""
            if text and judged.ok:
                right.append((result.seed, text))
            elif text and judged.reason == results.ANOTHER and not told(judged):
                groups[text].append(result)
        found += [Alike(check, [result.submission for result in group], text, _inputs(group, right))
                  for text, group in groups.items() if len(group) > 1]
    return sorted(found, key=lambda one: -len(one.names))


def proportion(share, count):
    """A share of so many people with Wilson's 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22:209).

    Examples
    --------
    >>> print("{:.2f} from {:.2f} to {:.2f}".format(*proportion(0.5, 10)))
    0.50 from 0.24 to 0.76
    """
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return Share(share, max(0.0, middle - half), min(1.0, middle + half))


def correlation(x, y):
    """A correlation with Fisher's 95 % interval, or why there is none.

    For points that are all or nothing this is the point-biserial correlation.

    Examples
    --------
    >>> print("{:.2f} from {:.2f} to {:.2f}".format(*correlation([0, 1] * 6, [1, 3, 2, 4] * 3)))
    0.89 from 0.66 to 0.97
    >>> correlation([1] * 12, range(12))
    'everybody has the same points'
    """
    if len(x) < FEWEST:
        return f"{len(x)} people are too few; it takes {FEWEST}"
    if len(set(x)) == 1:
        return "everybody has the same points"
    if len(set(y)) == 1:
        return "everybody has the same points in the others"
    try:
        r = statistics.correlation([float(number) for number in x], [float(number) for number in y])
    except (statistics.StatisticsError, OverflowError):  # numbers whose squares are none
        return "the points are too small or too large"
    z, half = math.atanh(max(-0.999999, min(0.999999, r))), 1.96 / math.sqrt(len(x) - 3)
    return Share(r, math.tanh(z - half), math.tanh(z + half))


def caution(count):
    """What a class of this size cannot tell.

    Examples
    --------
    >>> caution(5)
    'With 5 people a share is known to about 0.33 either way, and no check can be said to tell people apart.'
    >>> caution(200)
    'With 200 people a share is known to about 0.07 either way.'
    """
    if not count:
        return "Nobody was judged, so nothing can be known."
    _, low, high = proportion(0.5, count)
    people = "1 person" if count == 1 else f"{count} people"
    text = f"With {people} a share is known to about {(high - low) / 2:.2f} either way"
    return f"{text}, and no check can be said to tell people apart." if count < FEWEST else f"{text}."


def told(judged):
    """The text of the misconception that was named to somebody, or nothing."""
    return "" if judged.feedback in DIFFERENCES else judged.feedback


def values_shown(judged):
    r"""List what a check showed of somebody's values, as text; nothing of a hidden one is kept.

    Examples
    --------
    >>> values_shown(results.Judged(False, 0, 1, output="debug\ny = [1, 2]\n"))
    ['y = [1, 2]']
    """
    return [] if judged.hidden else _SHOWN.findall(judged.output)


def _item(name, graded, worth):
    judged = [result.checks[name] for result in graded]
    if not judged:
        return Item(name, 0, None, None, "nobody was judged", Counter(), Counter(), 0.0)
    shares = [one.points / worth[name] if worth[name] else float(one.ok) for one in judged]
    rest = [results.total(result.checks[other].points for other in worth if other != name) for result in graded]
    apart = correlation(shares, rest) if len(worth) > 1 else "there is no other check"
    known = isinstance(apart, Share)
    return Item(name, len(judged), proportion(statistics.fmean(shares), len(judged)), apart if known else None,
                "" if known else apart, Counter(one.reason for one in judged if not one.ok),
                Counter(filter(None, map(told, judged))), statistics.median(one.seconds for one in judged))


def _inputs(group, right):
    """Whether a group had the same inputs: seeds tell, and where they differ, whether right answers do too."""
    if len({result.seed for result in group}) == 1:
        return "the same inputs"
    if len({seed for seed, _ in right}) < 2:
        return "inputs unknown"
    return "different inputs" if len({text for _, text in right}) > 1 else "the same inputs"
