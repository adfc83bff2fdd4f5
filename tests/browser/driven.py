"""The explorers that are driven in the browser, and the same ones in this process, to say what the page must show."""

import contextlib
import functools
import io
import itertools

import nbformat
import pytest

from edu_optim import schedules
from edu_optim.cli import ROOT
from edu_optim.explore import basin_explorer, frame, schedule_explorer, trajectory_explorer, tree_explorer
from edu_optim.links import MLP
from edu_optim.problems import himmelblau, valley

CELLS = [
    "import edu_optim as eo",
    "eo.explore.basins(eo.problems.himmelblau, ['MomentumSGD', 'SGD'], steps=100)",
    "eo.explore.trajectories(eo.problems.valley, ['SGD', 'MomentumSGD'], steps=60, lr=0.01)",
    "warm = eo.schedules.LinearLR(start_factor=0.1, total_iters=5)\n"
    "cosine = eo.schedules.CosineAnnealingLR(T_max=10)\n"
    "fall = eo.schedules.ExponentialLR(gamma=0.9)\n"
    "eo.explore.schedules({'warm-up': warm, 'cosine': cosine, 'fall': fall}, epochs=20, log=False)",
    "eo.explore.rate_tree(eo.links.MLP(784, 100, 50, 5), lr=0.1, multipliers={'l1': 0.01})",
]


def of_schedules():
    warm = schedules.LinearLR(start_factor=0.1, total_iters=5)
    cosine, fall = schedules.CosineAnnealingLR(T_max=10), schedules.ExponentialLR(gamma=0.9)
    return schedule_explorer.explorer({"warm-up": warm, "cosine": cosine, "fall": fall}, epochs=20, log=False)


def cells_of(lesson):
    """The code cells of a lesson up to the one that shows the explorer written in it."""
    code = [cell for cell in nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", 4).cells if cell.cell_type == "code"]
    before = itertools.takewhile(lambda cell: cell.id != "play", code)
    return [cell.source for cell in (*before, next(cell for cell in code if cell.id == "play"))]


@functools.cache
def of_lesson(lesson):
    shown = []
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr(frame.Explorer, "show", lambda explorer: shown.append(explorer))
        exec("\n".join(cells_of(lesson)), {"__name__": "__main__"})
    return shown[0]


EXPLORERS = {
    "Basins of attraction": lambda: basin_explorer.explorer(himmelblau, ["MomentumSGD", "SGD"], steps=100),
    "Trajectories": lambda: trajectory_explorer.explorer(valley, ["SGD", "MomentumSGD"], steps=60, lr=0.01),
    "Schedules": of_schedules,
    "Rates of a network": lambda: tree_explorer.explorer(MLP(784, 100, 50, 5), lr=0.1, multipliers={"l1": 0.01}),
    "Keep the budget": lambda: of_lesson("02_momentum"),
    "Turn the valley": lambda: of_lesson("03_adagrad"),
    "Spend 600 updates": lambda: of_lesson("10_schedules"),
}
# By the name of a notebook. Those written in lessons stand in notebooks of their own; the others share one.
NOTEBOOKS = {"explorers": list(EXPLORERS)[:4], "02_momentum": ["Keep the budget"], "03_adagrad": ["Turn the valley"],
             "10_schedules": ["Spend 600 updates"]}
# Which is dragged and measured: its name in the explorer and on the page.
SLIDER = {"Basins of attraction": ("MomentumSGD.lr", "MomentumSGD: rate"), "Trajectories": ("SGD.lr", "SGD: rate"),
          "Schedules": ("fall.gamma", "fall: gamma"), "Rates of a network": ("l1.lr_mult", "l1: multiplier"),
          "Keep the budget": ("lr", "rate"), "Turn the valley": ("degrees", "angle in degrees"),
          "Spend 600 updates": ("first", "first rate")}
