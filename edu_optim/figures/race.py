"""A race in pictures: curves with intervals, who wins which seed, which pairs differ, how many seeds it takes."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from .curves import _name
from .style import BLUE, looks, panels, style

_NAMES = {"test_accuracy": "test accuracy", "test_loss": "test loss", "train_loss": "training loss"}
_SIGN = {"test_accuracy": 1, "test_loss": -1, "train_loss": -1}
_PALE, _GREY = "#ececec", "#888888"
_CELL = 0.25  # inches of one seed, and of one row


def race(results, column="test_accuracy", zoom=None, title="", whole=True):
    """Draw the mean over seeds with its 95 percent interval at every epoch: all of it, and enlarged.

    Parameters
    ----------
    results : edu_optim.race.Results
    column : {"test_accuracy", "test_loss", "train_loss"}, optional
    zoom : (float, float), optional
        Lower and upper end of the enlarged panel; by default from the better half of the entries.
    title : str, optional
    whole : bool, optional
        Whether the panel with all of it is drawn beside the enlarged one.

    Returns
    -------
    Figure
        A loss has a logarithmic axis, and enlarged a linear one. A curve is named beside its end where that is in the
        frame.

    Raises
    ------
    ValueError
        If no curve is drawn of such a column.

    Examples
    --------
    >>> import numpy as np
    >>> from edu_optim import figures
    >>> from edu_optim.race import Results, results
    >>> values = np.array([[[0.1, 0.8, 0.9], [0.1, 0.7, 0.9]], [[0.1, 0.9, 0.93], [0.1, 0.8, 0.95]]])
    >>> found = Results(None, ("SGD", "Adam"), (0, 1), np.arange(3), dict.fromkeys(results.COLUMNS, values),
    ...                 values[..., None])
    >>> figure = figures.race(found)
    """
    if column not in _NAMES:
        raise ValueError(f"column={column!r} is not drawn over epochs; there are: {', '.join(_NAMES)}.")
    mean, low, high = results.interval(column)
    zoom = _zoom(mean, column) if zoom is None else zoom
    with style():
        titles = [title or "all of it", "enlarged"] if whole else [title]
        figure, axes = panels(1, len(titles), 9.5 if whole else 5.6, 3.8, squeeze=False)
        axes = axes[0]
        for ax, words in zip(axes, titles, strict=True):
            if "loss" in column:
                ax.set_yscale("log" if words == "all of it" else "linear")
            else:
                ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
            ax.set(xlabel="epoch", ylabel=_NAMES[column], title=words)
            ax.grid(axis="y")
            ax.spines[["top", "right"]].set_visible(False)
            ax.xaxis.get_major_locator().set_params(integer=True)
            for row, look in enumerate(looks(results.labels).values()):
                ax.fill_between(results.epochs, low[row], high[row], color=look.color, alpha=0.2, linewidth=0)
                ax.plot(results.epochs, mean[row], color=look.color, linestyle=look.linestyle, marker=look.marker,
                        markevery=max(1, len(results.epochs) // 8), markeredgecolor="white", markeredgewidth=0.5)
            ax.margins(x=0.02)
        if zoom is not None:
            axes[-1].set_ylim(*zoom)
        _names(axes, results, mean)
    return figure


def crown(results, column="test_accuracy", epoch=-1, title=""):
    """Draw who wins each seed: a row per entry, a column per seed, a square where the entry is the best.

    Parameters
    ----------
    results : edu_optim.race.Results
    column : str, optional
    epoch : int, optional
    title : str, optional

    Returns
    -------
    Figure
        Entries by their mean, the best on top; who ties for a seed has a smaller square. Right of a row stands how
        many seeds it wins, shared ones as a share.
    """
    order = results.ranking(column, epoch)
    won = results.select(order).crown(column, epoch)
    colors = looks(results.labels)
    letters = 0.085 * max(map(len, order))
    with style():
        figure, ax = panels(1, 1, letters + _CELL * len(results.seeds) + 1.1, _CELL * len(order) + 1.1)
        for row, label in enumerate(order):
            for seed, share in enumerate(won[row]):
                side = 0.86 if share == 1 else 0.5 if share else 0.86
                ax.add_patch(_square(seed, row, side, colors[label].color if share else _PALE))
            ax.text(len(results.seeds) - 0.2, row, f"{won[row].sum():.3g}", va="center")
        ax.set(xlim=(-0.6, len(results.seeds) - 0.4), ylim=(len(order) - 0.4, -0.6), xlabel="seed", title=title)
        ax.set_yticks(range(len(order)), order)
        ax.set_xticks(range(len(results.seeds)), results.seeds, fontsize=7)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return figure


def lead(results, column="test_accuracy", epoch=-1, replace=False, title=""):
    """Draw who would lead after fewer seeds.

    Parameters
    ----------
    results : edu_optim.race.Results
    column : str, optional
    epoch : int, optional
    replace : bool, optional
        See `edu_optim.race.ranking.lead`.
    title : str, optional

    Returns
    -------
    Figure
        The probability to have the best mean, with a line at 95 percent.
    """
    race = results.lead(column, epoch, replace)
    with style():
        figure, ax = panels(1, 1, 5.6, 3.4)
        ends = []
        for row, (label, look) in enumerate(looks(results.labels).items()):
            ax.plot(race.sizes, race.first[:, row], color=look.color, linestyle=look.linestyle, marker=look.marker,
                    markevery=max(1, len(race.sizes) // 8), markeredgecolor="white", markeredgewidth=0.5)
            if race.first[-1, row] > 0:
                ends.append((label, look.color, race.sizes[-1], race.first[-1, row]))
        ax.set(xlabel="number of seeds", ylim=(-0.02, 1.02), ylabel="probability to lead", title=title)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        ax.axhline(0.95, color=_GREY, linewidth=0.8, linestyle=":")
        ax.grid(axis="y")
        ax.spines[["top", "right"]].set_visible(False)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.margins(x=0.02)
        _name(ax, ends)
    return figure


def differences(pairs, title="", xlabel=""):
    """Draw by how much the first of some pairs is better than the second, with 95 percent intervals.

    Parameters
    ----------
    pairs : sequence of edu_optim.race.statistics.Pair
        As `Results.pairs` gives them: all of them, or the first entry's alone.
    title : str, optional
    xlabel : str, optional
        By default the differences are those of an accuracy, in points of a percent.

    Returns
    -------
    Figure
        Right of each pair stand the mean and in how many seeds either was better. A filled point is a difference that
        stands at 5 percent after Holm's correction, a triangle one that lies outside the frame.
    """
    pairs = list(pairs)
    words = [f"{pair.first} - {pair.second}" for pair in pairs]
    with style():
        figure, ax = panels(1, 1, 6.5, 1.0 + _CELL * len(pairs))
        end = _frame_of([pair.difference for pair in pairs])
        for row, pair in enumerate(pairs):
            mean, low, high = pair.difference
            face = BLUE if pair.p_holm < 0.05 else "white"
            if mean < end:
                ax.plot([low, high], [row, row], color=BLUE, linewidth=1.6)
                ax.plot(mean, row, "o", color=BLUE, markerfacecolor=face)
            elif mean >= end:
                ax.plot(end, row, ">", color=BLUE, markerfacecolor=face)
            value = f"{mean:.3g}" if xlabel else f"{100 * mean:.2f}"
            ax.annotate(f"{value:>6}    {pair.signs.wins} : {pair.signs.losses}", (1.0, row), va="center",
                        xycoords=("axes fraction", "data"), xytext=(10, 0), textcoords="offset points")
        ax.axvline(0.0, color=_GREY, linewidth=0.8)
        ax.set_yticks(range(len(pairs)), words)
        ax.set(ylim=(len(pairs) - 0.4, -0.6), xlabel=xlabel or "difference of test accuracy, in points", title=title)
        if not xlabel:
            ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.grid(axis="x")
    return figure


def _zoom(mean, column):
    """Room for the better half at the end of the race, and as much again and more below it."""
    last = mean[:, -1]
    last = last[np.isfinite(last)]
    if not last.size:
        return None
    last = _SIGN[column] * last
    best = last.max()
    room = best - np.median(last) or np.ptp(last) or 0.01 * abs(best) or 0.01
    ends = _SIGN[column] * np.array([best - 4 * room, best + room])
    return tuple(np.sort(ends if "loss" in column else np.minimum(ends, 1.0)))


def _frame_of(differences):
    """The right end of an axis on which the small differences can be told apart."""
    means = [each.mean for each in differences if each.mean > 0]
    if not means:
        return 1.0
    # One entry far behind is in less than half of all pairs, and in half of them where there are four entries.
    near = 5 * np.quantile(means, 0.4, method="lower")
    return 1.1 * max(np.nanmax([each.mean, each.high]) for each in differences if each.mean <= near)


def _names(axes, results, mean):
    for ax in axes:
        low, high = ax.get_ylim()
        ends = []
        for row, (label, look) in enumerate(looks(results.labels).items()):
            there = np.flatnonzero(np.isfinite(mean[row]))
            if there.size and low <= mean[row, there[-1]] <= high:
                ends.append((label, look.color, results.epochs[there[-1]], mean[row, there[-1]]))
        if ends:
            _name(ax, ends)


def _square(column, row, side, color):
    return Rectangle((column - side / 2, row - side / 2), side, side, color=color, linewidth=0)
