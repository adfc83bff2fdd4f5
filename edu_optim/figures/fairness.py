"""Whose rate, in pictures: every rule at every rate, and the ranking from choice to choice."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from .curves import _name
from .style import VERMILLION, looks, panels, style


def rate_grid(grid, title=""):
    """Draw a grid of rates, rules down and rates across: the mean in each cell, each rule's best framed.

    Parameters
    ----------
    grid : edu_optim.race.fairness.Grid
        Of test_accuracy; colours follow the logarithm of the error.
    title : str, optional

    Returns
    -------
    Figure
    """
    error = np.ma.masked_invalid(np.maximum(1.0 - grid.mean, 1e-4))
    low, high = (float(error.min()), float(error.max())) if error.count() else (0.1, 1.0)
    norm = LogNorm(low, high if high > low else 2 * low)
    with style():
        figure, ax = panels(1, 1, 0.085 * max(map(len, grid.rules)) + 0.56 * len(grid.rates) + 0.6,
                            0.34 * len(grid.rules) + 1.0)
        image = ax.imshow(error, norm=norm, cmap="cividis_r", aspect="auto")
        for row, rule in enumerate(grid.rules):
            for column, value in enumerate(grid.rates):
                if np.isfinite(grid.mean[row, column]):
                    dark = image.norm(error[row, column]) > 0.5
                    best = value == grid.best[rule]
                    ax.text(column, row, f"{100 * grid.mean[row, column]:.2f}", ha="center", va="center",
                            color="white" if dark else "black", weight="bold" if best else "normal", fontsize=8)
                    if best:
                        corner = (column - 0.46, row - 0.44)
                        ax.add_patch(Rectangle(corner, 0.92, 0.88, fill=False, edgecolor=VERMILLION, linewidth=2))
        ax.set_yticks(range(len(grid.rules)), grid.rules)
        ax.set_xticks(range(len(grid.rates)), [f"{value:g}" for value in grid.rates])
        ax.set(xlabel="rate", title=title or "accuracy in percent")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return figure


def choices(fairness, title=""):
    """Draw what each choice of rates does to the ranking: one line per rule, from choice to choice.

    Parameters
    ----------
    fairness : edu_optim.race.fairness.Fairness
    title : str, optional

    Returns
    -------
    Figure
        1, the best, on top; the mean stands beside each point.
    """
    places = np.arange(len(fairness.choices))
    with style():
        figure, ax = panels(1, 1, 2.2 + 1.7 * len(places), 0.45 * len(fairness.rules) + 1.0)
        ends = []
        for row, (rule, look) in enumerate(looks(fairness.rules).items()):
            ax.plot(places, -fairness.rank[row], color=look.color, linestyle=look.linestyle, marker=look.marker, ms=7)
            for place in places:
                ax.annotate(f"{fairness.interval.mean[row, place]:.4f}", (place, -fairness.rank[row, place]),
                            xytext=(0, 7), textcoords="offset points", fontsize=7.5, color=look.color, ha="center")
            ends.append((rule, look.color, places[-1], -fairness.rank[row, -1]))
        ax.set_xticks(places, fairness.choices)
        ax.set(xlim=(-0.3, places[-1] + 0.3), ylim=(-len(fairness.rules) - 0.4, -0.4), ylabel="rank", title=title)
        ranks(ax, len(fairness.rules))
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        _name(ax, ends)
    return figure


def ranks(ax, count):
    """Name the heights -1, -2, ... after ranks, so that the best is on top of an axis that runs upwards."""
    ax.set_yticks(-np.arange(1, count + 1), range(1, count + 1))
