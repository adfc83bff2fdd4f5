"""What an explorer's reader waits for, without the browser's share: a map of basins, and every explorer's picture."""

import itertools

import numpy as np

from .turns import alternate

MAP_AT_MOST = 40  # ms, on two cores, for 512 x 512 starts and 200 updates from each
FRAMES_AT_LEAST = 10  # in a second


def explorers(size=512, rounds=15):
    """A map of `size` x `size` starts, and the pictures of each explorer while its first slider moves.

    Two threads walk the starts, where there are so many cores.
    """
    import numba

    from .. import problems
    from ..explore import basin_explorer, basin_map, schedule_explorer, trajectory_explorer, tree_explorer

    shown = {
        "basins": basin_explorer.explorer(problems.himmelblau, "Adam", size=size),
        "trajectories": trajectory_explorer.explorer(),
        "schedules": schedule_explorer.explorer(),
        "rate_tree": tree_explorer.explorer(),
    }
    threads = numba.get_num_threads()
    numba.set_num_threads(min(2, threads))
    try:
        seconds = alternate(
            {"map": lambda: basin_map.basins(problems.himmelblau, "Adam", 200, size, lr=0.1)}
            | {name: dragged(explorer) for name, explorer in shown.items()}, rounds)
    finally:
        numba.set_num_threads(threads)
    milliseconds = {name: float(np.median(times)) * 1e3 for name, times in seconds.items()}
    whole = milliseconds.pop("map")
    return [
        {"what": f"map of basins, Adam, {size * size * 200:,} updates", "milliseconds": whole, "at_most": MAP_AT_MOST,
         "met": whole <= MAP_AT_MOST},
        *({"what": f"picture of {name}", "milliseconds": ms, "per_second": 1000 / ms, "at_least": FRAMES_AT_LEAST,
           "met": 1000 / ms >= FRAMES_AT_LEAST} for name, ms in milliseconds.items()),
    ]


def dragged(explorer):
    """A function that draws the next picture while the first slider goes from end to end, again and again."""
    slider = next(control for control in explorer.controls.values() if control.kind == "slider")
    options = itertools.cycle(slider.options)
    return lambda: explorer.picture(**{slider.name: next(options)})
