"""The controls on the page: one widget for all of them."""

from importlib.resources import files

import anywidget
import traitlets

from .frame import HINT


class Panel(anywidget.AnyWidget):
    """All controls of an explorer, as plain HTML with names.

    Attributes
    ----------
    title : str
        What a screen reader calls the group.
    controls : list of dict
        Name, kind, label and texts of each.
    places : dict of str to int
        Which option each control stands at; the page and the kernel both write it.
    idle : list of str
        Controls that do nothing now, and are put away.
    words : str
        What the picture shows, spoken by a screen reader when the controls have come to rest.
    """

    _esm = files(__package__).joinpath("panel.js").read_text(encoding="ascii")
    _css = files(__package__).joinpath("panel.css").read_text(encoding="ascii")

    title = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    places = traitlets.Dict().tag(sync=True)
    idle = traitlets.List().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

    def __repr__(self):
        return HINT  # is what a page without widgets shows in their place
