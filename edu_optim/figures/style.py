"""How every figure looks: one style sheet, and one table from a rule to its colour, marker and line."""

from contextlib import contextmanager
from importlib.resources import as_file, files
from itertools import cycle
from typing import NamedTuple

import matplotlib.style
from matplotlib.figure import Figure

# Okabe and Ito (2008), Color universal design; their yellow is left out, since it vanishes on white.
BLACK, BLUE, VERMILLION, GREEN = "#000000", "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"


class Look(NamedTuple):
    """Colour, marker and line style of one rule, by which it is known in every figure."""

    color: str
    marker: str
    linestyle: str


# Kin share a colour and differ in marker and line: readers tell families first.
LOOKS = {
    "SGD": Look(BLACK, "o", "-"),
    "MomentumSGD": Look(BLUE, "s", "-"),
    "CorrectedMomentumSGD": Look(BLUE, "p", ":"),
    "NesterovAG": Look(SKY, "<", "-"),
    "NesterovSGD": Look(SKY, ">", "--"),
    "AdaGrad": Look(ORANGE, "^", "-"),
    "RMSprop": Look(GREEN, "D", "-"),
    "AdaDelta": Look(PURPLE, "v", "-"),
    "Adam": Look(VERMILLION, "X", "-"),
    "AMSGrad": Look(VERMILLION, "P", "--"),
    "AdamW": Look(VERMILLION, "h", ":"),
}

_COLOURS = (BLACK, BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
_FREE = [
    Look(color, marker, line)
    for line, markers in zip(("-", "--", "-.", ":"), ("osXD^v<", "d*phPH>", "os^vD<X", "phdP*>H"), strict=True)
    for color, marker in zip(_COLOURS, markers, strict=True)
]


def looks(labels):
    """Give every label of one figure its look.

    A rule's name gets the rule's own look; any other label the next one free, in order, with colours that
    no rule in this figure uses first.

    Examples
    --------
    >>> from edu_optim import figures
    >>> figures.looks(["SGD", "mine"])["SGD"].marker
    'o'
    """
    labels = list(labels)
    known = {label: LOOKS[label] for label in labels if label in LOOKS}
    taken = {look.color for look in known.values()}
    free = [look for look in _FREE if look not in known.values()]
    free.sort(key=lambda look: (look.linestyle != "-", look.color in taken))
    others = (label for label in labels if label not in LOOKS)
    # cycle: beyond the table nobody tells lines apart, but they are drawn
    chosen = dict(zip(others, cycle(free), strict=False))
    return {label: known.get(label) or chosen[label] for label in labels}


@contextmanager
def style():
    """Draw in the style of the series; afterwards the reader's own settings stand as before.

    Examples
    --------
    >>> from edu_optim import figures
    >>> with figures.style():
    ...     fig, ax = figures.panels()
    ...     line = ax.plot([1, 2, 3])
    """
    sheet = files(__package__) / "edu_optim.mplstyle"
    # after_reset: a dark theme of the reader's must not shine through.
    with as_file(sheet) as path, matplotlib.style.context(path, after_reset=True):
        yield


def panels(rows=1, columns=1, width=None, height=None, **options):
    """Return a new figure and its axes, unknown to pyplot, so that nothing is shown twice.

    Parameters
    ----------
    rows, columns : int
    width, height : float, optional
        Of the whole figure in inches; by default 5 wide for one column and 8 for more, 4 high per row
        (3.6 where there are several columns).
    **options
        Passed to ``Figure.subplots`` (``sharex=True``, say).

    Returns
    -------
    (Figure, Axes or ndarray of Axes)
    """
    width = width or (5.0 if columns == 1 else 8.0)
    height = height or rows * (4.0 if columns == 1 else 3.6)
    with style():
        # compressed: axes of equal scales shrink, and their labels must come along
        figure = Figure(figsize=(width, height), layout="compressed")
        return figure, figure.subplots(rows, columns, **options)
