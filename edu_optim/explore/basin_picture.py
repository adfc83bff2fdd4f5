"""How a map of basins looks: a colour for each minimum, darker the later it is reached."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ..figures.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, style
from .basin_map import LOST, NOWHERE
from .stage import Stage

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)  # in this order neighbours are easiest to tell apart
_GREY, _BLACK = (0.93, 0.93, 0.93), (0.1, 0.1, 0.1)
_SHADES = 64
_LEFT, _BOTTOM, _TOP, _KEY, _STRIP, _ROW = 50, 42, 12, 198, 44, 25  # pixels, around the map and in the key


class BasinPicture:
    """Draws maps of one surface and one number of updates, `size` dots wide and high."""

    def __init__(self, problem, size, steps):
        self.minima, self.size, self.steps = len(problem.minima), size, steps
        self._shade = np.minimum(np.arange(steps + 2) * _SHADES // (steps + 1), _SHADES - 1)
        self._palette = _palette(self.minima)
        width, height = _LEFT + size + _KEY, _BOTTOM + size + _TOP
        with style():
            figure = Figure(figsize=(width / 100, height / 100), dpi=100, layout="none")
            self._map = figure.add_axes((_LEFT / width, _BOTTOM / height, size / width, size / height))
            xlim, ylim = problem.domain
            self._map.set(xlim=xlim, ylim=ylim, xlabel="x of the start", ylabel="y of the start")
            stars = self._map.plot(*np.array(problem.minima).T, "*", ms=13, mfc="white", mec="black", mew=0.9, ls="")
            rows = _ROW * len(self._palette)
            corner = (_LEFT + size + 16) / width, 1 - (_TOP + rows) / height
            self._draw_key(figure.add_axes((*corner, _STRIP / width, rows / height)), problem)
        # the frame once more, since the map is laid over its inner half
        self._stage = Stage(figure, [*stars, *self._map.spines.values()])

    def _draw_key(self, ax, problem):
        names = [f"at ({x:.3g}, {y:.3g})" for x, y in problem.minima]
        ax.imshow(self._palette, aspect="auto", interpolation="nearest",
                  extent=(0, self.steps, len(self._palette), 0))
        ax.hlines(range(1, len(self._palette)), 0, self.steps, color="white", lw=6)
        for row, name in enumerate([*names, f"not there after {self.steps}", "overflow"]):
            ax.text(1.15, row + 0.5, name, transform=ax.get_yaxis_transform(), va="center")
        ax.set(yticks=[], xticks=[0, self.steps], xlabel="updates")
        ax.spines[:].set_visible(False)

    def picture(self, found, words, idle=()):
        """The map `found`, a `Basins`, as a `Picture`; one of fewer starts is drawn in larger dots."""
        row = found.minimum.astype(np.intp)
        row[found.minimum == NOWHERE], row[found.minimum == LOST] = self.minima, self.minima + 1
        colours = self._palette.reshape(-1, 3)[row * _SHADES + self._shade[found.steps]]
        for axis in (0, 1):
            colours = np.repeat(colours, self.size // len(row), axis) if len(row) < self.size else colours
        return self._stage.picture(words, idle, pixels=(self._map, colours))


def _palette(minima):
    """(minima + 2, shades, 3) uint8: for each minimum from pale to dark, then grey and black."""
    depth = np.linspace(0, 1, _SHADES)[:, None]
    rows = []
    for k in range(minima):
        colour = np.array(to_rgb(_COLOURS[k % len(_COLOURS)]))
        pale, dark = 1 - 0.3 * (1 - colour), 0.4 * colour
        quick, slow = pale + (colour - pale) * 2 * depth, colour + (dark - colour) * (2 * depth - 1)
        rows.append(np.where(depth < 0.5, quick, slow))
    rows += [np.broadcast_to(colour, (_SHADES, 3)) for colour in (_GREY, _BLACK)]
    return np.round(np.array(rows) * 255).astype(np.uint8)
