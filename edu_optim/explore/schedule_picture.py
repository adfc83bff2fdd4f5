"""How schedules on one rate look: the factor of each, their product, and beside it the rate with the linter's marks."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..figures.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, style
from .stage import Stage

_WIDTH, _HEIGHT = 7.6, 4.1  # inches: as wide as a notebook beside JupyterLab's folder
_COLOURS = (BLUE, ORANGE, GREEN)
_GREY = "#888888"
_RATE = "rate; numbers: the remarks below"
MARKS = 3


class SchedulePicture:
    """Draws compositions of the same schedules, all of the same number of epochs.

    Parameters
    ----------
    labels : sequence of str
        Of two or three schedules.
    epochs : int
    top : float
        The highest rate that is drawn; of factors it is 1.
    floor : float
        The lowest factor that is drawn, for logarithmic axes; 0 for linear ones.
    """

    def __init__(self, labels, epochs, top, floor):
        self._floor, self._top, self._epochs = floor, top, np.arange(epochs)
        with style():
            figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=100, layout="constrained")
            self._axes = figure.subplot_mosaic([["factors", "rate"], ["product", "rate"]], width_ratios=[1, 1.25])
            for (name, ax), title in zip(self._axes.items(), ("factor of each", _RATE, "their product"), strict=True):
                self._lay_out(ax, title, top if name == "rate" else 1.0)
            for name in ("rate", "product"):
                self._axes[name].set_xlabel("epoch")
            self._parts = {label: self._line("factors", colour, 1.8)
                           for label, colour in zip(labels, _COLOURS, strict=False)}
            self._product, self._due = self._line("product", PURPLE, 1.8), self._line("rate", PURPLE, 4.0, alpha=0.45)
            self._rate = self._line("rate", BLACK, 1.6)
            self._marks = [self._mark() for _ in range(MARKS)]
            handles = [Line2D([], [], color=line.get_color(), lw=2, label=label) for label, line in self._parts.items()]
            handles += [Line2D([], [], color=PURPLE, lw=4, alpha=0.45, label="given rate \u00d7 product"),
                        Line2D([], [], color=BLACK, lw=1.6, label="rate")]
            figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
        moving = [*self._parts.values(), self._product, self._due, self._rate]
        self._stage = Stage(figure, [*moving, *(artist for mark in self._marks for artist in mark)])

    def _lay_out(self, ax, title, top):
        room = 1.06 if not self._floor else self._floor**-0.04
        ax.set(xlim=(-0.5, len(self._epochs) - 0.5), ylim=(top * self._floor, top * room))
        ax.set(yscale="log" if self._floor else "linear")
        ax.set_title(title, loc="left", pad=16 if title == _RATE else None)  # above the linter's marks
        ax.grid(axis="y")
        ax.xaxis.get_major_locator().set_params(integer=True)

    def _line(self, axes, colour, width, **look):
        # A rate holds for its whole epoch and changes between two.
        return self._axes[axes].plot([], [], color=colour, lw=width, drawstyle="steps-mid", **look)[0]

    def _mark(self):
        ax = self._axes["rate"]
        number = ax.text(0, 1.01, "", transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=9,
                         weight="bold", color="#555555")
        return ax.axvline(0, color=_GREY, lw=0.8, ls=":"), number

    def picture(self, composition, remarks, words, idle=()):
        """A `Composition` as a `Picture`; the remarks, at most three, are numbered at their epochs."""
        for label, line in self._parts.items():
            line.set_data(self._epochs, self._drawable(composition.factors.get(label)))
        self._product.set_data(self._epochs, self._drawable(composition.product))
        self._due.set_data(self._epochs, self._drawable(composition.product * composition.lr))
        self._rate.set_data(self._epochs, self._drawable(composition.rates))
        at = {}
        for number, remark in enumerate(remarks, 1):
            at.setdefault(remark.epoch, []).append(str(number))
        for (line, text), place in zip(self._marks, [*at, *[None] * MARKS], strict=False):
            for artist in (line, text):
                artist.set_visible(place is not None)
            if place is not None:
                line.set_xdata([place, place])
                text.set_x(place)
                text.set_text(", ".join(at[place]))
        return self._stage.picture(words, idle)

    def _drawable(self, values):
        """Without what a logarithmic axis cannot show, nor numbers that the renderer's arithmetic overflows on."""
        if values is None:
            return np.full(len(self._epochs), np.nan)
        shown = (np.abs(values) < 1e9) & ((values > 0) | (not self._floor))
        return np.where(shown, values, np.nan)
