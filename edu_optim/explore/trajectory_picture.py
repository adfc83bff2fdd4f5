"""How walks look: the path on the surface, and beside it loss, effective step and both memories against updates."""

import math

import numpy as np
from matplotlib.figure import Figure

from ..figures.contours import contour
from ..figures.style import looks, style
from .stage import Stage

_WIDTH, _HEIGHT = 7.6, 4.1  # inches: as wide as a notebook beside JupyterLab's folder
_TITLES = {"loss": "loss", "move": "|effective step of {}|", "m": "|m| of {}", "v": "v of {}"}


class TrajectoryPicture:
    """Draws walks of the same rules on one surface, all of the same number of updates."""

    def __init__(self, problem, labels, steps):
        self._steps, self._lowest, self._titles = np.arange(steps + 1), problem.lowest, {}
        with style():
            figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=100, layout="constrained")
            self._axes = figure.subplot_mosaic([["map", "loss", "move"], ["map", "m", "v"]], width_ratios=[1.7, 1, 1])
            contour(problem, ax=self._axes["map"], legend=False)
            self._lay_out(problem, steps)
            self._lines = {label: self._lines_of(label, look) for label, look in looks(labels).items()}
            figure.legend(handles=[lines["loss"] for lines in self._lines.values()], loc="outside upper left",
                          ncols=len(self._lines))
        self._start = next(line for line in self._axes["map"].lines if line.get_label() == "start")
        moving = [line for lines in self._lines.values() for line in lines.values()]
        self._stage = Stage(figure, [*moving, self._start])

    def _lay_out(self, problem, steps):
        # Windows as wide as the problem, not as the walks: moves of a slider can be compared, and nothing is redrawn.
        height = problem(*problem.start) - problem.lowest
        slope = np.abs(problem.gradient(*problem.start)).max()
        width = np.diff(problem.domain).max()
        for name, high, decades in (("loss", height, 9), ("move", width, 6), ("m", slope, 7), ("v", slope**2, 9)):
            top = math.ceil(math.log10(high)) if high > 0 else 0
            ax = self._axes[name]
            ax.set(xlim=(0, 1.03 * steps), ylim=(10.0 ** (top - decades), 10.0**top), yscale="log")
            self._titles[name] = ax.set_title(_TITLES[name])
            ax.grid(axis="y")
            if name in ("m", "v"):
                ax.set_xlabel("update")

    def _lines_of(self, label, look):
        how = {"color": look.color, "linestyle": look.linestyle, "marker": look.marker, "markevery": [-1], "lw": 1.4,
               "markeredgecolor": "white", "markeredgewidth": 0.5, "ms": 7, "label": label}
        return {name: ax.plot([], [], **how)[0] for name, ax in self._axes.items()}

    def picture(self, walks, coordinate, update, words, idle=()):
        """The walks, a dict of label to `Walk`, up to one update, as a `Picture`.

        `coordinate` is 0 for x, 1 for y.
        """
        titles = {name: title.format("xy"[coordinate]) for name, title in _TITLES.items()}
        if any(self._titles[name].get_text() != title for name, title in titles.items()):
            for name, title in titles.items():
                self._titles[name].set_text(title)
            self._stage.redraw()
        for label, walk in walks.items():
            lines = self._lines[label]
            lines["map"].set_data(*_drawable(walk.path[: update + 1]).T)
            lines["loss"].set_data(self._steps[: update + 1], _drawable(walk.loss[: update + 1] - self._lowest))
            for name, memory in (("move", walk.moves), ("m", walk.first_moment), ("v", walk.second_moment)):
                values = np.array([]) if memory is None else np.abs(memory[:update, coordinate])
                lines[name].set_data(self._steps[1 : len(values) + 1], _drawable(values))
        self._start.set_data(*walk.path[:1].T)
        return self._stage.picture(words, idle)


def _drawable(values):
    """Without numbers that the renderer's arithmetic overflows on."""
    return np.where(np.abs(values) < 1e9, values, np.nan)
