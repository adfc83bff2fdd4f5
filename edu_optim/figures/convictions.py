"""Mutants down, laws across: which law catches which."""

import numpy as np

from .style import GREEN, panels, style

_ACQUITTED = "#808080"
_CELL = 0.25  # inches from row to row, and from column to column


def convictions(*tables, chosen=(), title=""):
    """Draw who is caught by what: a square where a law convicts, a small ring where it acquits.

    Parameters
    ----------
    *tables : Convictions
        As `edu_optim.check.convictions` returns them. At least one; several stand side by side.
    chosen : sequence of str
        The laws of which the squares are dark; by default all. The others' stay pale.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no table, the tables have different mutants, or no table has a chosen law.

    Examples
    --------
    >>> from edu_optim import check, figures
    >>> laws, golden = check.convictions("Adam"), check.convictions("Adam", by=check.golden_steps("Adam"))
    >>> figure = figures.convictions(laws, golden, chosen=laws.fewest()[-1])
    """
    chosen = set(chosen)
    _check(tables, chosen)
    names, columns = tables[0].mutants, [len(table.laws) for table in tables]
    # Text beside the cells: about 0.075 inches a letter; the names of the laws stand upright, each over its column.
    longest = max((len(law) for table in tables for law in table.laws), default=0)
    width = 0.075 * max(map(len, names), default=0) + _CELL * (sum(columns) + len(tables)) + 0.7
    height = _CELL * (len(names) + 1.5) + 0.085 * longest + 0.25 + 0.25 * bool(title)
    figure, axes = panels(1, len(tables), width, height, sharey=True, width_ratios=columns)
    with style():
        for table, ax in zip(tables, np.atleast_1d(axes), strict=True):
            _grid(ax, table, chosen)
        first = np.atleast_1d(axes)[0]
        first.set_yticks(range(len(names) + 1), [*names, "caught"])
        first.invert_yaxis()
        figure.suptitle(title, fontsize=10, ha="left", x=0.02)
    return figure


def _check(tables, chosen):
    if not tables:
        raise ValueError('There is nothing to draw: write figures.convictions(check.convictions("Adam")).')
    for table in tables[1:]:
        if table.mutants != tables[0].mutants:
            raise ValueError(
                f"A table of {table.rule} cannot stand beside one of {tables[0].rule}: the mutants differ. Draw two "
                "figures.")
    known = [law for table in tables for law in table.laws]
    unknown = ", ".join(sorted(chosen - set(known)))
    if unknown:
        raise ValueError(f"chosen has {unknown}, which no table has; there are: {', '.join(known)}.")


def _grid(ax, table, chosen):
    for column, law in enumerate(table.laws):
        dark = not chosen or law in chosen
        caught = np.flatnonzero(table.caught[:, column])
        free = np.flatnonzero(~table.caught[:, column])
        ax.plot(np.full(len(free), column), free, "o", ms=3, mfc="white", mec=_ACQUITTED, mew=1)
        ax.plot(np.full(len(caught), column), caught, "s", ms=11, mew=0, color=GREEN, alpha=1 if dark else 0.3)
        ax.text(column, len(table.mutants), len(caught), ha="center", va="center", weight="bold" if dark else "normal")
    ax.set(xlim=(-0.6, len(table.laws) - 0.4), ylim=(-0.7, len(table.mutants) + 0.5))
    ax.axhline(len(table.mutants) - 0.5, color="#888888", linewidth=0.6)
    ax.set_xticks(range(len(table.laws)), table.laws, rotation=90)
    for tick, law in zip(ax.xaxis.get_major_ticks(), table.laws, strict=True):
        tick.label2.set_weight("bold" if law in chosen else "normal")
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.spines[:].set_visible(False)
