"""Rates over epochs: one curve per schedule, factors under their product, and a map of every parameter's rate."""

import numpy as np
from matplotlib.colors import LogNorm

from .curves import _name
from .style import looks, panels, style

_ROWS = 0.26  # inches of one parameter's row


def schedule(rates, *, title="", ylabel="rate"):
    """Draw rates over epochs, on a linear axis and beside it on a logarithmic one.

    What a linear axis hides, such as an end at 1e-16, the logarithmic one shows; zeros are left out there.

    Parameters
    ----------
    rates : mapping of str to array of shape (epochs,)
        One curve per label, as `schedules.rates` gives them.
    title, ylabel : str, optional

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a curve is not one row of numbers.

    Examples
    --------
    >>> from edu_optim import figures, schedules
    >>> cosine = schedules.CosineAnnealingLR(T_max=50)
    >>> figure = figures.schedule({"cosine": schedules.rates(cosine, 50, lr=0.1)})
    """
    rates = {label: _row(label, values) for label, values in rates.items()}
    with style():
        figure, axes = panels(1, 2)
        for ax, scale in zip(axes, ("linear", "log"), strict=True):
            _frame(ax, scale, f"{ylabel}, {scale} axis")
            _curves(ax, rates, scale == "log", named=scale == "log")
        axes[0].set_title(title)
        return figure


def factors(product, parts, *, title="", log=True):
    """Draw what each schedule of a chain multiplies by, and under it the product.

    Parameters
    ----------
    product : array of shape (epochs,)
        The factors of the chain: `schedules.rates` of it with lr=1.
    parts : mapping of str to array of shape (epochs,)
        The factors of each member.
    title : str, optional
    log : bool, optional
        On logarithmic axes the curves of the parts add up to the product's.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a curve is not one row of numbers.

    Examples
    --------
    >>> from edu_optim import figures, schedules
    >>> step, fall = schedules.StepLR(step_size=3, gamma=0.5), schedules.ExponentialLR(gamma=0.9)
    >>> parts = {"StepLR": schedules.rates(step, 20), "ExponentialLR": schedules.rates(fall, 20)}
    >>> figure = figures.factors(schedules.rates(step * fall, 20), parts)
    """
    parts = {label: _row(label, values) for label, values in parts.items()}
    product = {"product": _row("product", product)}
    with style():
        figure, axes = panels(2, 1, height=5.0, sharex=True)
        scale = "log" if log else "linear"
        for ax, curves, ylabel in zip(axes, (parts, product), ("factor of each", "their product"), strict=True):
            _frame(ax, scale, ylabel)
            _curves(ax, curves, log, named=curves is parts)
        axes[0].set(title=title, xlabel="")
        return figure


def rate_map(rates, *, title=""):
    """Draw every parameter's rate at every epoch as a map, darker where it is lower.

    Parameters
    ----------
    rates : mapping of str to array of shape (epochs,)
        By parameter, as `schedules.effective_rates` gives them: schedule, overrides and multipliers together.
    title : str, optional

    Returns
    -------
    Figure
        White cells are rates of 0, which no logarithmic colour shows.

    Raises
    ------
    ValueError
        If there is nothing to draw, or the rows have several lengths.

    Examples
    --------
    >>> from edu_optim import figures
    >>> figure = figures.rate_map({"l1.W": [0.01, 0.005], "l2.W": [0.1, 0.05]})
    """
    rows = {label: _row(label, values) for label, values in rates.items()}
    if len({len(row) for row in rows.values()}) != 1:
        lengths = {label: len(row) for label, row in rows.items()}
        raise ValueError(f"A map needs one rate per parameter and epoch; these rows have lengths {lengths}.")
    table = np.array(list(rows.values()))
    shown = np.ma.masked_where(~(table > 0), table)
    low, high = (float(shown.min()), float(shown.max())) if shown.count() else (1.0, 1.0)
    if low == high:
        low, high = low / 2, high * 2
    with style():
        figure, ax = panels(width=6.0, height=1.3 + _ROWS * len(rows))
        image = ax.pcolormesh(
            np.arange(table.shape[1] + 1) - 0.5, np.arange(len(rows) + 1) - 0.5, shown, norm=LogNorm(low, high),
            rasterized=True,
        )
        ax.set(xlabel="epoch", title=title, yticks=range(len(rows)), yticklabels=list(rows))
        ax.invert_yaxis()
        ax.tick_params(axis="y", length=0)
        ax.xaxis.get_major_locator().set_params(integer=True)
        figure.colorbar(image, ax=ax, label="rate", pad=0.02)
        return figure


def _row(label, values):
    values = np.array(values, np.float64)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"The rates of {label!r} have shape {values.shape}; they are one row, shape (epochs,).")
    return values


def _frame(ax, scale, ylabel):
    ax.set(xlabel="epoch", ylabel=ylabel, yscale=scale)
    ax.grid(axis="y")
    ax.spines[["top", "right"]].set_visible(False)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.margins(x=0.02)


def _curves(ax, rates, log, named):
    ends = []
    for (label, look), values in zip(looks(rates).items(), rates.values(), strict=True):
        values = np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)
        # A rate holds for its whole epoch and changes between two.
        ax.step(np.arange(len(values)), values, where="mid", color=look.color, linestyle=look.linestyle)
        there = np.flatnonzero(np.isfinite(values))
        if there.size:
            ends.append((label, look.color, there[-1], values[there[-1]]))
    if not log:
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    if named and ends:
        _name(ax, ends)
