"""The frame that all explorers share: controls, a picture that follows them, and a line that says what it shows.

Three outputs under the cell. The controls live in a widget, which no saved notebook can keep. The picture and its line
are ordinary outputs, replaced in place at each move: what was there last is what a saved notebook shows.
"""

import html
import io
from base64 import b64encode
from dataclasses import dataclass, replace

from .controls import Control

HINT = "Run this cell to move the controls."
# A widget that has lost its kernel is one line, "model not found"; this turns it into a hint. It travels with the line
# of words, since nothing else of the page is ours. Where a notebook is not trusted the hint is shown anyway.
_LOST = "".join(f".jp-OutputArea:has(.eo-words) .jp-OutputArea-output.jupyter-widgets:not(:has(*)){rule}" for rule in (
    "{visibility:hidden;font-size:0}",
    f"::after{{content:'{HINT}';visibility:visible;font-size:13px;color:var(--jp-ui-font-color2,inherit)}}"))
_LINES = ".eo-words{white-space:pre-line}"
_NO_WIDGETS = ("Three pictures instead of controls, since the package anywidget is not here. "
               "With it the controls appear: pip install anywidget")


@dataclass(frozen=True)
class Picture:
    """What an explorer shows for one setting of its controls.

    Attributes
    ----------
    png : bytes
    width, height : int
        On the page, in CSS pixels.
    words : str
        One or two sentences with the numbers, for the line beneath and for a screen reader.
    idle : tuple of str
        Names of controls that do nothing at this setting; they are put away.
    """

    png: bytes
    width: int
    height: int
    words: str
    idle: tuple = ()

    def small(self):
        """The same in 256 colours: a third of the bytes, for a picture that stays; too slow for one that moves."""
        from PIL import Image

        file = io.BytesIO()
        image = Image.open(io.BytesIO(self.png)).convert("RGB")
        image = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        image.save(file, format="png", optimize=True)
        return replace(self, png=file.getvalue())

    def __repr__(self):
        return f"Figure: {self.words}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        look = {"alt": self.words, "width": self.width, "height": self.height, "needs_background": "light"}
        data = {"image/png": b64encode(self.png).decode("ascii"), "text/plain": repr(self)}
        return data, {"image/png": look}


class _Words:
    """The line beneath a picture."""

    def __init__(self, words):
        self.words = words

    def __repr__(self):
        return self.words

    def _repr_html_(self):
        return f'<p class="eo-words">{html.escape(self.words)}</p><style>{_LINES}{_LOST}</style>'


class Explorer:
    """Controls, and the picture that a function draws of their values.

    Parameters
    ----------
    title : str
        What a screen reader calls it.
    controls : sequence of Control
        Made by `controls.slider`, `choice`, `switch`, `player`.
    draw : callable
        Called with the value of each control by name; returns a `Picture`. The frame keeps nothing of it, so
        the same values must give the same picture, whichever cells have run since: what it draws with belongs into
        a function around it, as in lesson 02.
    presets : sequence of three dicts
        Values that differ from the controls' own, for the three pictures shown where there are no widgets.

    Raises
    ------
    ValueError
        If two controls share a name, or a preset names a control or an option that does not exist.

    Examples
    --------
    >>> from edu_optim import figures
    >>> from edu_optim.explore import controls, frame, stage
    >>> def draw(lr):
    ...     return stage.picture(figures.losses({"SGD": [1, 1 - lr]}), f"One step of {controls.written(lr)}.")
    >>> rate = controls.slider("lr", "rate", controls.rates(0.01, 1), 0.1)
    >>> explorer = frame.Explorer("One step", [rate], draw, [{"lr": 0.01}, {}, {"lr": 1.0}])
    >>> explorer.picture(lr=0.5)
    Figure: One step of 0.5.

    In a notebook ``explorer.show()`` puts slider, picture and words under the cell.
    """

    def __init__(self, title, controls, draw, presets):
        self.title, self.draw, controls = title, draw, list(controls)
        self.controls = {control.name: control for control in controls}
        if len(self.controls) < len(controls):
            names = ", ".join(control.name for control in controls)
            raise ValueError(f"two controls of {title!r} share a name; each needs its own: {names}.")
        self.presets = [self.values(**preset) for preset in presets]
        if len(self.presets) != 3:
            raise ValueError(f"{title!r} has {len(self.presets)} presets; three stand in for it without widgets.")
        self.panel = None

    def values(self, **changed):
        """The value of each control: those given, checked, and for the rest where the controls start."""
        for name, value in changed.items():
            if name not in self.controls:
                raise ValueError(f"{self.title!r} has no control {name!r}; it has {', '.join(self.controls)}.")
            self.controls[name].place(value)
        return {name: control.value for name, control in self.controls.items()} | changed

    def picture(self, **changed):
        """The picture at the controls' own values, except for those given."""
        return self.draw(**self.values(**changed))

    def show(self):
        """Display controls, picture and words under the cell; without widgets, the three presets."""
        from IPython.display import display

        try:
            from .panel import Panel
        except ImportError:
            print(_NO_WIDGETS)
            for values in self.presets:
                picture = self.draw(**values).small()
                display(picture)
                display(_Words(picture.words))
            return
        picture = self.picture().small()
        places = {name: control.place(control.value) for name, control in self.controls.items()}
        self.panel = Panel(title=self.title, controls=[_spec(c) for c in self.controls.values()], places=places,
                           words=picture.words, idle=list(picture.idle))
        display(self.panel)
        self._picture = display(picture, display_id=True)
        self._words = display(_Words(picture.words), display_id=True)
        self.panel.observe(self._moved, "places")

    def _moved(self, change):
        values = {name: control.options[change.new[name]] for name, control in self.controls.items()}
        try:
            picture = self.draw(**values)
        except Exception as error:  # the page would show nothing at all
            self._words.update(_Words(f"This setting cannot be drawn: {error}"))
            raise
        # The picture first: it is what is waited for.
        self._picture.update(picture)
        self._words.update(_Words(picture.words))
        with self.panel.hold_sync():
            self.panel.words, self.panel.idle = picture.words, list(picture.idle)


def _spec(control: Control):
    return {"name": control.name, "kind": control.kind, "label": control.label, "texts": list(control.texts)}
