"""A surface seen from above, with the paths walked on it."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm

from .style import looks, panels, style

# Pale, so that every path stands out on it; cividis, so that its order survives any colour blindness.
_PALE = LinearSegmentedColormap.from_list("pale", ["#9fb0cc", "#c3cbd8", "#e3e3df", "#f6f1dc", "#fdfbf1"])
_FAR = 1e4  # windows; the renderer's arithmetic overflows further out
_MARKERS = 14  # on a path of more steps than this only some are marked


def contour(problem, paths=None, *, joined=True, ax=None, title="", legend=True):
    """Draw a problem's contours, its start and minima, and the paths walked on it.

    Contours are spaced evenly in the logarithm of the height above the minimum, darker where it is lower.

    Parameters
    ----------
    problem : edu_optim.problems.Problem
        Or anything with its ``domain``, ``start``, ``minima``, ``lowest`` that can be called with x and y.
    paths : mapping of str to array of shape (n, 2), optional
        One path per label; a rule's name as label gives the rule's own look. What leaves the window is cut off,
        and a path that does not come back ends there; positions that are not finite are left out.
    joined : bool
        False draws the positions as a cloud of dots: what noise leaves of a path.
    ax : matplotlib Axes, optional
        Where to draw, as `panels` gives it; by default a new figure.
    title : str
    legend : bool
        False leaves everything unnamed.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a path has another shape.

    Examples
    --------
    >>> import edu_optim as eo
    >>> path = eo.problems.descend(eo.problems.valley, lambda x, g: x - 0.019 * g, 30).path
    >>> figure = eo.figures.contour(eo.problems.valley, {"SGD": path})
    """
    paths = {label: _points(label, path) for label, path in (paths or {}).items()}
    with style():
        ax = panels(height=3.7)[1] if ax is None else ax
        _surface(ax, problem)
        for (label, look), path in zip(looks(paths).items(), paths.values(), strict=True):
            path = _visible(path, problem.domain)
            if joined:
                every = max(1, (len(path) - 1) // _MARKERS)
                ax.plot(
                    *path.T, label=label, color=look.color, linestyle=look.linestyle, marker=look.marker, lw=1.3,
                    markevery=(every, every), markeredgecolor="white", markeredgewidth=0.4, zorder=3,
                )
            else:
                ax.plot(*path.T, look.marker, label=label, color=look.color, ms=3, mew=0, alpha=0.6, zorder=3)
        ax.plot(*problem.start, "o", label="start", ms=8, mfc="white", mec="black", mew=1.3, ls="", zorder=4)
        ax.plot(*np.array(problem.minima).T, "*", label="minimum", ms=12, mfc="white", mec="black", mew=0.9, zorder=4)
        (left, right), (bottom, top) = problem.domain
        # Equal scales: a right angle must look like one, or a turned valley is a skewed one.
        ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y", title=title, aspect="equal")
        if legend:
            # Beside the frame, where it cannot cover a path.
            ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
        return ax.figure


def _points(label, path):
    path = np.asarray(path, np.float64)
    if path.ndim != 2 or path.shape[1] != 2:
        raise ValueError(
            f"The path of {label!r} has shape {path.shape}; a path is an array of shape (steps + 1, 2), "
            "one row per position, as problems.descend(...).path.")
    return path


def _visible(path, domain):
    """The path up to its first position after it has left the window for good; what is too far out to draw is NaN."""
    low, high = np.array(domain).T
    inside = np.flatnonzero(((low <= path) & (path <= high)).all(axis=1))
    path = path[: inside[-1] + 2] if inside.size else path
    far = ~(np.abs(path - (low + high) / 2) < _FAR * (high - low)).all(axis=1)
    return np.where(far[:, None], np.nan, path)


def _surface(ax, problem):
    (left, right), (bottom, top) = problem.domain
    x, y = np.meshgrid(np.linspace(left, right, 241), np.linspace(bottom, top, 241))
    height = problem(x, y) - problem.lowest
    # From the height that two cells in a thousand lie below up to the highest; a narrower range hides the floor.
    low, high = np.quantile(height, 0.002), height.max()
    levels = np.geomspace(max(low, high * 1e-7), high, 13)
    height = np.clip(height, levels[0], levels[-1])
    ax.contourf(x, y, height, levels, cmap=_PALE, norm=LogNorm(levels[0], levels[-1]), zorder=0)
    ax.contour(x, y, height, levels[1:-1], colors="white", linewidths=0.6, zorder=1)
