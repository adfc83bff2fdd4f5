"""Rules down, ways to freeze across: what moved all the same, and how far."""

import numpy as np
from matplotlib.patches import Rectangle

from .style import VERMILLION, panels, style

_GREY, _PALE = "#888888", "#e6e6e6"
_CELL = (0.35, 0.25)  # inches from column to column, and from row to row
_DIGITS = 7.5  # points


def freeze_matrix(matrix, title=""):
    """Draw what a frozen parameter did: a red square with the distance where it moved.

    A ring says that it stayed, and that what the rule remembers of it did not; a small dot that it stayed, and that
    only updates were counted; a place where nothing moved is empty.

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
    width = 0.085 * max(map(len, matrix.rules)) + columns * (_CELL[0] * len(matrix.ways) + 0.15) + 0.5
    height = rows * (_CELL[1] * len(matrix.rules) + 0.35) + 1.75 + 0.25 * bool(title)
    figure, axes = panels(rows, columns, width, height, sharex=True, sharey=True)
    axes = np.reshape(axes, (rows, columns))
    with style():
        for k, before in enumerate(warm):
            for j, decay in enumerate(decays):
                _grid(axes[k, j], matrix, before, decay)
        axes[0, 0].set_yticks(range(len(matrix.rules)), matrix.rules)
        axes[0, 0].invert_yaxis()
        figure.suptitle(title, fontsize=10, ha="left", x=0.02)
        figure.supxlabel(
            f"square: moved, by so many of its steps, in {matrix.updates} updates\n"
            "ring: stayed, its state did not\n"
            "dot: stayed, only t went on; empty: nothing moved",
            fontsize=8.5, ha="left", x=0.02,
        )
    return figure


def _grid(ax, matrix, warm, decay):
    for row, rule in enumerate(matrix.rules):
        for column, way in enumerate(matrix.ways):
            cell = matrix.at(rule, way, warm, decay)
            if cell.moved:
                ax.add_patch(_square(column, row))
                ax.text(column, row, _digits(cell.steps), ha="center", va="center", color="white", weight="bold",
                        fontsize=_DIGITS)
            elif cell.state_moved:
                ax.plot(column, row, "o", ms=6, mfc="white", mec=_GREY, mew=1.2)
            elif cell.t_moved:
                ax.plot(column, row, "o", ms=2.5, color=_GREY)
    ax.set(xlim=(-0.5, len(matrix.ways) - 0.5), ylim=(-0.5, len(matrix.rules) - 0.5))
    ax.set_title(matrix.title(warm, decay), fontsize=9, loc="left")
    ax.set_xticks(range(len(matrix.ways)), matrix.ways, rotation=90)
    ax.set_xticks(np.arange(len(matrix.ways) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(matrix.rules) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=_PALE, linewidth=0.6)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)


def _square(column, row):
    return Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, color=VERMILLION, linewidth=0)


def _digits(steps):
    """As many digits as there is room for."""
    if not 0.005 <= steps < 1000:
        return f"{steps:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{steps:.2f}" if steps < 0.995 else f"{steps:.2g}" if steps < 9.95 else f"{steps:.0f}"
