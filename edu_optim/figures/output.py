"""Show a figure in a notebook: opaque, with words for those who cannot see it, and once."""

import io
import sys
from base64 import b64encode

from PIL import Image

from .style import style

_SHORTEST = 40  # characters
_PIXELS_PER_INCH = 100  # on the page: text of 9.5 points is then as large as the notebook's own


def present(figure, alt):
    """Display a figure as a PNG with an alternative text.

    Parameters
    ----------
    figure : matplotlib Figure
        It is drawn and let go: pyplot does not show it a second time.
    alt : str
        One sentence, at least 40 characters long, that says what is to be seen.

    Raises
    ------
    ValueError
        If the alternative text says too little.
    TypeError
        If the first argument is not a figure.

    Examples
    --------
    >>> from edu_optim import figures
    >>> picture = figures.losses({"SGD": [1.0, 0.5, 0.25]})
    >>> figures.present(picture, alt="The loss of SGD halves from each step to the next.")
    Figure: The loss of SGD halves from each step to the next.
    """
    if not hasattr(figure, "savefig"):
        hint = "; an axes is shown through its figure: ax.figure" if hasattr(figure, "figure") else ""
        raise TypeError(f"present shows a matplotlib Figure; this is a {type(figure).__name__}{hint}.")
    words = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(words) < _SHORTEST or " " not in words:
        raise ValueError(
            f"alt={alt!r} has {len(words)} characters; at least {_SHORTEST} are needed. Say in one sentence what a "
            'reader is to see, as to somebody on the telephone: alt="SGD zigzags across the valley and barely moves '
            'along it."')
    from IPython.display import display

    display(_Picture(figure, words))
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)


def _png(figure):
    face = figure.get_facecolor()
    drawn, small = io.BytesIO(), io.BytesIO()
    with style():
        figure.savefig(drawn, format="png", facecolor=face if face[3] == 1 else "white")
    # 256 colours are enough for lines on a pale surface, and a quarter of the bytes in the notebook. The octree keeps
    # rare colours, a thin line's, where the median cut gives them to a neighbour.
    picture = Image.open(drawn).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


class _Picture:
    def __init__(self, figure, alt):
        self.png, self.alt = _png(figure), alt
        self.width, self.height = (round(inches * _PIXELS_PER_INCH) for inches in figure.get_size_inches())

    def __repr__(self):
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": b64encode(self.png).decode("ascii"), "text/plain": repr(self)}
        # The width is smaller than the PNG's own, so that text stays sharp on a fine screen.
        look = {"alt": self.alt, "width": self.width, "height": self.height, "needs_background": "light"}
        return data, {"image/png": look}
