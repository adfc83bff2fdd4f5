"""From a matplotlib figure to a PNG, quickly: what stands still is drawn once, what moves is drawn again."""

import struct
import zlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ..figures.style import style
from .frame import Picture

_PIXELS_PER_INCH = 100  # on the page, as for figures.present


class Stage:
    """A figure of which only some artists move.

    Parameters
    ----------
    figure : matplotlib Figure
        Complete, with axes that will not change: as `figures.panels` gives it and artists have been added.
    moving : sequence of Artist
        Drawn anew for each picture, in this order, above all that stands still.
    dpi : int
        Dots per inch of the PNG; the size on the page does not depend on it.

    Examples
    --------
    >>> from edu_optim import figures
    >>> figure, ax = figures.panels()
    >>> line, = ax.plot([0, 1], [0, 1])
    >>> stage = Stage(figure, [line])
    >>> line.set_ydata([1, 0])
    >>> stage.picture("The line falls from 1 to 0.")
    Figure: The line falls from 1 to 0.
    """

    def __init__(self, figure, moving=(), dpi=_PIXELS_PER_INCH):
        self.figure, self.moving = figure, list(moving)
        self.width, self.height = (round(inches * _PIXELS_PER_INCH) for inches in figure.get_size_inches())
        for artist in self.moving:
            artist.set_animated(True)
        figure.set_dpi(dpi)
        self.canvas = FigureCanvasAgg(figure)
        self.redraw()

    def redraw(self):
        """Draw again what stands still, after an axis or a label has changed."""
        with style():
            self.canvas.draw()
        self.figure.set_layout_engine("none")  # panels stay where they are from now on
        self._still = self.canvas.copy_from_bbox(self.figure.bbox)

    def picture(self, words, idle=(), pixels=None):
        """The figure as it is now, with the line of words that goes with it.

        Parameters
        ----------
        words : str
            One or two sentences with the numbers, for the line beneath and for a screen reader.
        idle : sequence of str
            Names of controls that do nothing at this setting; they are put away.
        pixels : (Axes, ndarray), optional
            An axes of this figure, and an array (height, width, 3) of uint8 as large as its frame, which is laid
            into it dot by dot, lowest row first, under whatever moves.

        Returns
        -------
        Picture
        """
        self.canvas.restore_region(self._still)
        if pixels is not None:
            ax, colours = pixels
            left, bottom = np.round(ax.bbox.p0).astype(int)
            height, width = colours.shape[:2]
            bottom = self.canvas.get_width_height()[1] - bottom
            np.asarray(self.canvas.buffer_rgba())[bottom - height:bottom, left:left + width, :3] = colours[::-1]
        for artist in self.moving:
            artist.axes.draw_artist(artist)
        return Picture(_png(self.canvas.buffer_rgba()), self.width, self.height, words, tuple(idle))


def picture(figure, words, idle=(), dpi=_PIXELS_PER_INCH):
    """A whole figure as a `Picture`; for one that is drawn often, a `Stage` is six times as quick.

    Parameters
    ----------
    figure : matplotlib Figure
    words : str
        One or two sentences with the numbers, for the line beneath and for a screen reader.
    idle : sequence of str
        Names of controls that do nothing at this setting; they are put away.
    dpi : int
        Dots per inch of the PNG.

    Examples
    --------
    >>> from edu_optim import figures
    >>> picture(figures.losses({"SGD": [1.0, 0.5, 0.25]}), "The loss of SGD halves at each step.")
    Figure: The loss of SGD halves at each step.
    """
    return Stage(figure, dpi=dpi).picture(words, idle)


def _png(pixels):
    """The bytes of a PNG, each row stored as its difference from the one above.

    Libraries try five such filters on every row, which takes three times as long and saves a tenth. A canvas is opaque,
    so its fourth channel is left out: a transparent picture loses its text on a dark page.
    """
    rows = np.asarray(pixels)[..., :3]
    height, width = rows.shape[:2]
    rows = rows.reshape(height, -1)
    filtered = np.empty((height, 1 + 3 * width), np.uint8)
    filtered[:, 0], filtered[0, 1:] = 2, rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
