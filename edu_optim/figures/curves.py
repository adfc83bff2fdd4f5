"""Loss curves, each named at its own end."""

import numpy as np
from matplotlib import rcParams
from numpy.lib.stride_tricks import sliding_window_view

from .style import looks, panels, style

_MARKERS = 8
_UP, _DOWN = 1e4, 1e-20  # how far from the start a logarithmic axis follows: an explosion leaves through the top


def losses(curves, *, log=True, smooth=1, ax=None, title="", xlabel="step", ylabel="loss"):
    """Draw one curve per label, the label written beside its end.

    Parameters
    ----------
    curves : mapping of str to array of shape (n,)
        A rule's name as label gives the rule's own look. Values that are not finite are left out, and so are
        zeros and negative ones on a logarithmic axis.
    log : bool
        Whether the vertical axis is logarithmic.
    smooth : int
        Each point is the mean of this many values up to it; the raw curve stays visible behind, pale.
    ax : matplotlib Axes, optional
    title, xlabel, ylabel : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a curve is not one row of numbers, or smooth is not at least 1.

    Examples
    --------
    >>> from edu_optim import figures
    >>> figure = figures.losses({"SGD": [1.0, 0.5, 0.25], "mine": [1.0, 0.1, 0.01]})
    """
    if isinstance(smooth, bool) or not isinstance(smooth, (int, np.integer)) or smooth < 1:
        raise ValueError(f"smooth={smooth!r} is not a number of values to average; write smooth=1 for none.")
    curves = {label: _row(label, curve, log) for label, curve in curves.items()}
    with style():
        ax = panels()[1] if ax is None else ax
        if log:
            ax.set_yscale("log")
            _limit(ax, curves.values())
        ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
        ax.grid(axis="y")
        ax.spines[["top", "right"]].set_visible(False)
        ends = []
        for (label, look), curve in zip(looks(curves).items(), curves.values(), strict=True):
            line = _trailing_mean(curve, smooth)
            if smooth > 1:
                ax.plot(curve, color=look.color, linewidth=0.6, alpha=0.25, zorder=2)
            ax.plot(
                line, color=look.color, linestyle=look.linestyle, marker=look.marker, zorder=3,
                markevery=max(1, len(line) // _MARKERS), markeredgecolor="white", markeredgewidth=0.5,
            )
            there = np.flatnonzero(np.isfinite(line))
            if there.size:
                ends.append((label, look.color, there[-1], line[there[-1]]))
        ax.margins(x=0.02)
        ax.xaxis.get_major_locator().set_params(integer=True)
        if ends:
            _name(ax, ends)
        return ax.figure


def _row(label, curve, log):
    curve = np.array(curve, np.float64)
    if curve.ndim != 1:
        raise ValueError(f"The curve of {label!r} has shape {curve.shape}; a curve is one row of numbers, shape (n,).")
    curve[~np.isfinite(curve)] = np.nan
    if log:
        curve[curve <= 0] = np.nan
    return curve


def _trailing_mean(curve, window):
    if window == 1 or not curve.size:
        return curve
    # Window by window: differences of one running sum would drown a small loss in the large ones before it.
    windows = sliding_window_view(np.insert(curve, 0, np.full(window - 1, np.nan)), window)
    count = np.isfinite(windows).sum(axis=1)
    return np.where(count > 0, np.nansum(windows, axis=1) / np.maximum(count, 1), np.nan)


def _limit(ax, curves):
    finite = [curve[np.isfinite(curve)] for curve in curves]
    start = max((curve[0] for curve in finite if curve.size), default=None)
    if start is None:
        return
    low, high = np.log10(np.clip([f(np.concatenate(finite)) for f in (np.min, np.max)], start * _DOWN, start * _UP))
    room = max(0.05 * (high - low), 0.1)
    ax.set_ylim(10.0 ** (low - room), 10.0 ** (high + room))


def _name(ax, ends):
    """Write each label right of the frame at the height of its curve's end, pushed apart where they would touch."""
    ax.set_ylim(ax.get_ylim())  # settles the limits, on which the transformation depends
    to_axes = (ax.transData + ax.transAxes.inverted()).transform
    line = 1.3 * rcParams["font.size"] / 72 * ax.figure.dpi / ax.get_window_extent().height
    ends = sorted(ends, key=lambda end: end[3])
    wanted = np.array([to_axes((x, y))[1] for _, _, x, y in ends]).clip(0.0, 1.0)
    # The mean of pushing upwards only and of pushing downwards only: both leave a line between neighbours.
    rank = line * np.arange(len(ends))
    heights = rank + np.maximum.accumulate(wanted - rank) / 2 + np.minimum.accumulate((wanted - rank)[::-1])[::-1] / 2
    heights -= max(0.0, heights[-1] - 1.0)
    heights += max(0.0, -heights[0])
    for (label, color, _, _), end, height in zip(ends, wanted, heights, strict=True):
        leader = {"arrowstyle": "-", "color": color, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 0, "relpos": (0.0, 0.5)}
        ax.annotate(
            label, xy=(1.0, end), xytext=(1.06, height), xycoords="axes fraction", color=color, va="center",
            arrowprops=leader,
        )
