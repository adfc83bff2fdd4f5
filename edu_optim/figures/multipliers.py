"""Rules down, recipes across: what a multiplier amounts to."""

import numpy as np
from matplotlib.patches import Rectangle

from .style import GREEN, ORANGE, VERMILLION, panels, style

_CELL = (0.58, 0.29)  # inches from column to column, and from row to row
_CLOSE = 0.05  # relative; as near as that counts as equal
_PALE = "#e6e6e6"


def multipliers(measured, asked=0.01, title=""):
    """Draw what a recipe made of the multiplier that was asked for.

    Green is the multiplier itself, orange is 1, where the recipe did nothing, yellow any other number; a place
    without a number is empty.

    Parameters
    ----------
    measured : mapping of str to mapping of str to float
        By rule and recipe, as `edu_optim.layerwise.measured_multiplier` gives one for each parameter.
    asked : float
        The multiplier in the table of the recipes, not 1.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to draw, or asked is 1.

    Examples
    --------
    >>> import edu_optim as eo
    >>> figure = eo.figures.multipliers({"SGD": {"groups": 0.01, "scaled_gradients": 0.01},
    ...                                  "Adam": {"groups": 0.01, "scaled_gradients": 1.0}})
    """
    if not measured or not any(measured.values()):
        raise ValueError("there is nothing to draw: measured is {'Adam': {'groups': 0.01, 'scaled_gradients': 1.0}}, "
                         f"say, not {measured!r}")
    if asked == 1:
        raise ValueError("asked = 1 asks for nothing: a recipe that works and one that does not look alike")
    recipes = list(dict.fromkeys(recipe for row in measured.values() for recipe in row))
    width = 0.095 * max(map(len, measured)) + _CELL[0] * len(recipes) + 0.9
    height = _CELL[1] * len(measured) + 0.075 * max(map(len, recipes)) + 0.6 + 0.25 * bool(title)
    figure, ax = panels(1, 1, width, height)
    with style():
        for row, found in enumerate(measured.values()):
            for column, recipe in enumerate(recipes):
                if np.isfinite(found.get(recipe, np.nan)):
                    _cell(ax, column, row, found[recipe], asked)
        ax.set(xlim=(-0.5, len(recipes) - 0.5), ylim=(len(measured) - 0.5, -0.5))
        ax.set_yticks(range(len(measured)), list(measured))
        ax.set_xticks(range(len(recipes)), [name.replace("_", " ") for name in recipes], rotation=40, ha="left",
                      rotation_mode="anchor")
        ax.set_xticks(np.arange(len(recipes) + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(len(measured) + 1) - 0.5, minor=True)
        ax.grid(which="minor", color=_PALE, linewidth=0.6)
        ax.tick_params(which="both", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        ax.spines[:].set_visible(False)
        figure.suptitle(title, fontsize=10, ha="left", x=0.02)
    return figure


def _cell(ax, column, row, value, asked):
    equal = [abs(value - known) <= _CLOSE * abs(known) for known in (asked, 1.0)]
    colour = GREEN if equal[0] else VERMILLION if equal[1] else ORANGE
    ax.add_patch(Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, color=colour, linewidth=0))
    ax.text(column, row, f"{value:.2f}" if abs(value) >= 0.0095 or value == 0 else f"{value:.0e}", ha="center",
            va="center", fontsize=8, weight="bold", color="black" if colour == ORANGE else "white")
