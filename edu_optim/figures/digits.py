"""Small grey pictures with what is claimed about them."""

import numpy as np

from .style import VERMILLION, panels, style


def images(x, labels=None, predictions=None, *, columns=8, title=""):
    """Draw square grey pictures in a grid; a wrong prediction is framed and named.

    Parameters
    ----------
    x : array of shape (n, side * side) or (n, side, side)
        0 is drawn white, the largest value black.
    labels, predictions : array of shape (n,), optional
        What each picture is, and what was predicted.
    columns : int
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the pictures are not square, or there is not one label for each.

    Examples
    --------
    >>> import numpy as np
    >>> from edu_optim import figures
    >>> figure = figures.images(np.eye(4)[None], labels=[1], predictions=[7])
    """
    x = _squares(x)
    claims = {"labels": labels, "predictions": predictions}
    for name, claim in claims.items():
        if claim is not None and np.shape(claim) != (len(x),):
            raise ValueError(f"{name} has shape {np.shape(claim)}; one is needed per picture, shape ({len(x)},).")
    rows = -(-len(x) // columns)
    words = labels is not None or predictions is not None
    figure, axes = panels(rows, columns, width=0.78 * columns, height=(0.78 + 0.22 * words) * rows + 0.3 * bool(title))
    with style():
        figure.suptitle(title, fontsize=10)
        for i, ax in enumerate(np.atleast_1d(axes).flat):
            ax.set(xticks=[], yticks=[])
            if i >= len(x):
                ax.set_axis_off()
                continue
            ax.imshow(x[i], cmap="gray_r", vmin=0, vmax=max(x.max(), 1e-12))
            if words:
                _claim(ax, *(None if claim is None else claim[i] for claim in claims.values()))
    return figure


def _claim(ax, label, prediction):
    wrong = label is not None and prediction is not None and label != prediction
    text = f"{label} read as {prediction}" if wrong else f"{prediction if label is None else label}"
    ax.set_title(text, fontsize=8.5, loc="center", pad=3)
    if wrong:
        ax.title.set_color(VERMILLION)
        ax.spines[:].set(color=VERMILLION, linewidth=1.8)


def _squares(x):
    x = np.asarray(x)
    side = round(x[0].size ** 0.5) if x.ndim in (2, 3) and len(x) else 0
    if not side or x[0].size != side * side or (x.ndim == 3 and x.shape[1] != side):
        raise ValueError(f"x has shape {x.shape}; pictures are (n, side * side) or (n, side, side), at least one.")
    return x.reshape(len(x), side, side)
