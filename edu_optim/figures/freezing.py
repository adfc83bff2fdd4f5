"""Rules down, ways to freeze across: what moved all the same, and how far."""

import textwrap
from itertools import takewhile

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from .style import VERMILLION, panels, style

_GREY, _PALE = "#888888", "#e6e6e6"
_CELL = (0.68, 0.27)  # inches from column to column, and from row to row
_DIGITS = 9  # points
_RING = {"marker": "o", "markersize": 7, "markerfacecolor": "white", "markeredgecolor": _GREY, "markeredgewidth": 1.3}
_ZERO = {"marker": "$0$", "markersize": 7, "color": _GREY, "markeredgewidth": 0}
_SHORT = {"enabled = False": "off", "no gradient": "None"}
_DOT = {"marker": "o", "markersize": 3, "color": _GREY}


def freeze_matrix(matrix, title=""):
    """Draw what a frozen parameter did: an orange square with the distance where it moved.

    A ring says that it stayed, and that what the rule remembers of it did not; a small dot that it stayed, and that
    only updates were counted; a grey 0 that nothing moved. The first ways in which nothing moved anywhere are one
    column, and a thick line stands after it.

    Parameters
    ----------
    matrix : edu_optim.freezing.FreezeMatrix
        One panel for each situation, those of one kind of decay below each other.
    title : str

    Returns
    -------
    Figure

    Examples
    --------
    >>> import edu_optim as eo
    >>> figure = eo.figures.freeze_matrix(eo.freezing.freeze_matrix(["SGD", "Adam"], warm=[10], decay=["none"]))
    """
    warm, decays = (list(dict.fromkeys(column)) for column in zip(*matrix.situations, strict=True))
    rows, columns = len(warm), len(decays)
    ways = _columns(matrix)
    width = 0.085 * max(map(len, matrix.rules)) + columns * (_CELL[0] * len(ways) + 0.15) + 0.3
    height = rows * (_CELL[1] * len(matrix.rules) + 0.85) + 0.75 + 0.25 * bool(title)
    figure, axes = panels(rows, columns, width, height, sharex=True, sharey=True)
    axes = np.reshape(axes, (rows, columns))
    with style():
        for k, before in enumerate(warm):
            for j, decay in enumerate(decays):
                _grid(axes[k, j], matrix, ways, before, decay)
                axes[k, j].tick_params(labelbottom=True)
        axes[0, 0].set_yticks(range(len(matrix.rules)), matrix.rules)
        axes[0, 0].invert_yaxis()
        figure.suptitle(title, fontsize=10, ha="left", x=0.02)
        figure.legend(handles=_key(matrix.updates), loc="outside lower left", fontsize=10, frameon=False)
    return figure


def _columns(matrix):
    """(what it is called, a way) for each column."""
    columns = [(textwrap.fill(way.replace("_", "_ "), 9), way) for way in matrix.ways]
    still = list(takewhile(lambda way: _still(matrix, way), matrix.ways))
    if len(still) > 1:
        names = ", ".join(_SHORT.get(way, way.replace("_", "_ ")) for way in still)
        columns[:len(still)] = [(f"{len(still)} ways:\n{textwrap.fill(names, 10)}", still[0])]
    return columns


def _still(matrix, way):
    return all(cell.text == "-" for cell in matrix.cells if cell.way == way)


def _key(updates):
    return [Patch(color=VERMILLION, label=f"moved, by so many full steps, in {updates} updates"),
            Line2D([], [], linestyle="", **_RING, label="stayed; what the rule remembers did not"),
            Line2D([], [], linestyle="", **_DOT, label="stayed; only t went on"),
            Line2D([], [], linestyle="", **_ZERO, label="nothing at all moved")]


def _grid(ax, matrix, ways, warm, decay):
    for row, rule in enumerate(matrix.rules):
        for column, (_, way) in enumerate(ways):
            cell = matrix.at(rule, way, warm, decay)
            if cell.moved:
                ax.add_patch(_square(column, row))
                ax.text(column, row, _digits(cell.steps), ha="center", va="center", color="white", weight="bold",
                        fontsize=_DIGITS)
            elif cell.state_moved:
                ax.plot(column, row, **_RING)
            else:
                ax.plot(column, row, **(_DOT if cell.t_moved else _ZERO))
    ax.set(xlim=(-0.5, len(ways) - 0.5), ylim=(-0.5, len(matrix.rules) - 0.5))
    ax.set_title(matrix.title(warm, decay), fontsize=10, loc="left")
    ax.set_xticks(range(len(ways)), [name for name, _ in ways], fontsize=8.5)
    ax.set_xticks(np.arange(len(ways) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(matrix.rules) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=_PALE, linewidth=0.6)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)
    if _still(matrix, ways[0][1]):
        ax.axvline(0.5, color=_GREY, linewidth=2.5)


def _square(column, row):
    return Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, color=VERMILLION, linewidth=0)


def _digits(steps):
    """As many digits as there is room for."""
    if not 0.005 <= steps < 1000:
        return f"{steps:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{steps:.2f}" if steps < 0.995 else f"{steps:.2g}" if steps < 9.95 else f"{steps:.0f}"
