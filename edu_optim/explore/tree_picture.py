"""How the rates of a network look: the tree with what is set in it, and beside it a map of epochs by parameters."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ..figures.style import style
from .controls import written
from .stage import Stage

_ROW, _MAP = 24, 300  # pixels: the height of a row, the width of the map
_NAME, _INDENT, _OWN, _LEFT, _RIGHT, _STRIP, _END = 10, 14, 96, 304, 88, 14, 54  # and across, from left to right
_TOP, _BOTTOM, _GAP = 30, 46, 2
_SHADES = 256


class TreePicture:
    """Draws the rates of one network over a number of epochs.

    Parameters
    ----------
    root : str
        What stands at the top of the tree.
    names : sequence of str
        Of links and parameters, each link before what it holds.
    parameters : sequence of str
        Those of the names that have rates.
    epochs : int
    low, high : float
        The rates at the ends of the colours; what lies beyond has the colour of that end.
    """

    def __init__(self, root, names, parameters, epochs, low, high):
        self._rows = {"": 0} | {name: k for k, name in enumerate(names, 1)}
        self._low, self._span = np.log(low), np.log(high / low)
        self._palette = (matplotlib.colormaps["viridis"](np.linspace(0, 1, _SHADES))[:, :3] * 255).astype(np.uint8)
        self._columns = np.arange(_MAP) * epochs // _MAP
        self._tall = _ROW * len(self._rows)
        width, self._height = _LEFT + _MAP + _RIGHT + _STRIP + _END, _TOP + self._tall + _BOTTOM
        with style():
            figure = Figure(figsize=(width / 100, self._height / 100), dpi=100, layout="none")
            box = np.array([_LEFT / width, _BOTTOM / self._height, _MAP / width, self._tall / self._height])
            self._map = figure.add_axes(box)
            self._map.set(xlim=(-0.5, epochs - 0.5), yticks=[], xlabel="epoch")
            self._map.xaxis.get_major_locator().set_params(integer=True)
            ends, strip = (_LEFT - 8, _LEFT + _MAP + 8), _LEFT + _MAP + _RIGHT
            heads = ((_OWN, "left", "set here"), (ends[0], "right", "epoch 0"),
                     (ends[1], "left", f"epoch {epochs - 1}"), (strip, "left", "rate"))
            for x, side, text in heads:
                self._text(x, -1, side, text, color="#555555")
            for name, row in self._rows.items():
                depth = bool(row) + name.count(".")
                self._text(_NAME + _INDENT * depth, row, "left", name.rpartition(".")[2] or root)
            box[0], box[2] = strip / width, _STRIP / width
            self._draw_key(figure.add_axes(box), low, high)
            self._own = {name: self._text(_OWN, row, "left") for name, row in self._rows.items()}
            self._ends = {name: (self._text(ends[0], self._rows[name], "right"),
                                 self._text(ends[1], self._rows[name], "left")) for name in parameters}
        moving = [*self._own.values(), *(text for both in self._ends.values() for text in both)]
        self._stage = Stage(figure, [*moving, *self._map.spines.values()])

    def _text(self, x, row, side, text="", **look):
        y = self._height - _TOP - _ROW * (row + 0.5)
        return self._map.text(x / 100, y / 100, text, transform=self._map.figure.dpi_scale_trans, ha=side, va="center",
                              **look)

    def _draw_key(self, ax, low, high):
        ends = np.log10(low), np.log10(high)
        ax.imshow(self._palette[:, None], aspect="auto", origin="lower", extent=(0, 1, *ends))
        decades = np.arange(np.ceil(ends[0] - 1e-9), np.floor(ends[1] + 1e-9) + 1)
        ax.set(xticks=[], yticks=decades, yticklabels=[written(10.0**k) for k in decades])
        ax.tick_params(length=0, labelleft=False, labelright=True)

    def picture(self, found, own, words, idle=()):
        """A `TreeRates` as a `Picture`; `own` says of each node by name, "" for the root, what is set there."""
        colours = np.full((self._tall, _MAP, 3), 255, np.uint8)
        for name, row in found.rates.items():
            top = _ROW * self._rows[name]
            colours[top:top + _ROW - _GAP] = self._shades(row)[self._columns]
            off = name in found.off
            for text, rate in zip(self._ends[name], row[[0, -1]], strict=True):
                text.set_text("off" if off else written(float(f"{rate:.3g}")))
        for name, text in self._own.items():
            text.set_text(own.get(name, ""))
        return self._stage.picture(words, idle, pixels=(self._map, colours[::-1]))

    def _shades(self, row):
        """(epochs, 3): the colours of rates; a rate of 0 is white."""
        with np.errstate(divide="ignore", invalid="ignore"):
            place = np.clip((np.log(row) - self._low) / self._span, 0, 1)
        shown = self._palette[np.nan_to_num(place * (_SHADES - 1)).astype(int)]
        return np.where((row > 0)[:, None], shown, 255)
