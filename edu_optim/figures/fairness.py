"""Whose rate, in pictures: every rule at every rate, and all rules under each choice of rates."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import VERMILLION, looks, panels, style


def rate_grid(grid, title=""):
    """Draw a grid of rates, rules down and rates across: the mean in each cell, each rule's best framed.

    Parameters
    ----------
    grid : edu_optim.race.fairness.Grid
        Of test_accuracy; colours follow the logarithm of the error, from the least to four times that, so that one
        rate that fails does not make all others alike.
    title : str, optional

    Returns
    -------
    Figure
    """
    error = np.ma.masked_invalid(np.maximum(1.0 - grid.mean, 1e-4))
    low, high = (float(error.min()), float(error.max())) if error.count() else (0.1, 1.0)
    norm = LogNorm(low, min(high, 4 * low) if high > low else 2 * low)
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
    """Draw the results of every rule under each choice of rates: a panel per choice, a dot per seed.

    Parameters
    ----------
    fairness : edu_optim.race.fairness.Fairness
        Of test_accuracy.
    title : str, optional

    Returns
    -------
    Figure
        A dash is the mean; under each panel stands how far the best mean is from the worst. If a few rules lie far
        below the others, the axis is broken there.
    """
    rules, looked = fairness.rules, looks(fairness.rules)
    parts = _parts(np.concatenate([values.ravel() for values in fairness.values]))
    heights = [2.6, 0.7] if len(parts) > 1 else [3.0]
    with style():
        figure, axes = panels(len(parts), len(fairness.choices), 2.2 * len(fairness.choices) + 1.0, 4.4, sharey="row",
                              sharex=True, squeeze=False, height_ratios=heights[:len(parts)])
        for ax, (low, high) in zip(axes[:, 0], parts, strict=True):
            ax.set_ylim(low, high)
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1, symbol=" %"))
            ax.yaxis.set_major_locator(MaxNLocator(6 if ax is axes[0, 0] else 2, steps=[1, 2, 5, 10]))
        for column, (choice, values) in enumerate(zip(fairness.choices, fairness.values, strict=True)):
            aside = 0.26 * np.linspace(-1, 1, values.shape[1]) if values.shape[1] > 1 else np.zeros(1)
            for ax in axes[:, column]:
                for row, rule in enumerate(rules):
                    ax.plot(row + aside, values[row], "o", color=looked[rule].color, markersize=3, alpha=0.6, mew=0)
                    ax.plot([row - 0.4, row + 0.4], 2 * [values[row].mean()], color=looked[rule].color)
                ax.grid(axis="y")
                ax.spines[["top", "right"]].set_visible(False)
            means = values.mean(axis=1)
            axes[0, column].set_title(choice)
            axes[-1, column].set_xticks(range(len(rules)), rules, rotation=90)
            axes[-1, column].set_xlabel(f"best to worst: {100 * np.ptp(means):.2f} points")
            for upper in axes[:-1, column]:
                upper.spines["bottom"].set_visible(False)
                upper.tick_params(bottom=False)
        for ax in axes[:-1, 0]:
            _break(ax, 0.0)
        for ax in axes[1:, 0]:
            _break(ax, 1.0)
        axes[0, 0].set_ylabel("test accuracy")
        figure.suptitle(title or None)
    return figure


def _parts(values):
    """Lower and upper ends of an axis of two parts where the values leave most of their range empty, else of one."""
    values = np.unique(values[np.isfinite(values)])
    if not values.size:
        return [(0.0, 1.0)]
    room = 0.06 * np.ptp(values) or 0.001
    gaps = np.diff(values)
    if not gaps.size or gaps.max() < np.ptp(values) / 2:
        return [(values[0] - room, values[-1] + room)]
    cut = int(np.argmax(gaps)) + 1
    lower, upper = values[:cut], values[cut:]
    return [(part[0] - room, part[-1] + room) for room, part in
            ((0.08 * np.ptp(upper) or 0.001, upper), (0.3 * np.ptp(lower) or 0.001, lower))]


def _break(ax, height):
    """The two strokes that say: here the axis leaves something out."""
    ax.plot([0], [height], transform=ax.transAxes, marker=[(-1, -0.6), (1, 0.6)], markersize=9, color="black", mew=1,
            clip_on=False)
