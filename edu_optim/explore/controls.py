"""What a reader can set: every control is a list of options, written as people write them.

The browser knows the texts and sends back a place in the list, so a slider reads 0.05 on the page, to a screen reader
and in a saved notebook alike, and no float is ever rounded on the way.
"""

from dataclasses import dataclass

# Short to write, and each about a tenth above the last.
_MANTISSAS = (10, 11, 12, 13, 14, 16, 18, 20, 22, 25, 28, 30, 33, 36, 40, 45, 50, 55, 60, 65, 70, 80, 90)


@dataclass(frozen=True)
class Control:
    """One control, made by `slider`, `choice`, `switch` or `player`.

    Attributes
    ----------
    name : str
        By which the drawing function gets its value.
    label : str
        What it is called on the page and by a screen reader.
    kind : {"slider", "choice", "switch", "player"}
    options : tuple
        The values it can take.
    value : object
        The one it starts at.
    texts : tuple of str
        How the options are written.
    """

    name: str
    label: str
    kind: str
    options: tuple
    value: object
    texts: tuple

    def __post_init__(self):
        if not self.label.strip():
            raise ValueError(f"the control {self.name!r} has no label, so nobody could tell what it is for.")
        self.place(self.value)

    def place(self, value):
        """Where a value stands among the options.

        Raises
        ------
        ValueError
            If it is none of them.
        """
        if value not in self.options:
            some = ", ".join(self.texts if len(self.texts) < 9 else (*self.texts[:4], "...", *self.texts[-2:]))
            raise ValueError(f"{self.name}={value!r} is no option of this control; it has {some}.")
        return self.options.index(value)


def slider(name, label, options, value, text=None):
    """A slider over numbers.

    Parameters
    ----------
    name, label : str
    options : sequence of float
        In the order of the slider; `value` is put among rising numbers where it is missing.
    value : float
        The one it starts at.
    text : callable, optional
        How an option is written; `written` by default.

    Raises
    ------
    ValueError
        If the label is empty: nobody could tell what the control is for.

    Examples
    --------
    >>> slider("lr", "rate", rates(0.1, 1), 0.5).texts[:4]
    ('0.1', '0.11', '0.12', '0.13')
    """
    options = list(options)
    if value not in options:
        options = sorted({*options, value})
    return Control(name, label, "slider", tuple(options), value, tuple(map(text or written, options)))


def choice(name, label, options, value=None):
    """One of several names.

    Parameters
    ----------
    name, label : str
    options : sequence or mapping
        The names, as they stand on the page; a mapping gives each name its value.
    value : object, optional
        The one it starts at; by default the first.

    Examples
    --------
    >>> choice("rule", "rule", ["SGD", "Adam"]).value
    'SGD'
    >>> choice("batch", "batch", {"one image": 1, "all images": 6000}).options
    (1, 6000)
    """
    texts = tuple(map(str, options))
    options = tuple(options.values()) if hasattr(options, "values") else texts
    return Control(name, label, "choice", options, options[0] if value is None else value, texts)


def switch(name, label, value=False):
    """On or off, to be ticked.

    Examples
    --------
    >>> switch("noise", "noisy gradients").value
    False
    """
    return Control(name, label, "switch", (False, True), bool(value), ("off", "on"))


def player(name, label, last, value=None):
    """A slider from 0 to `last` that plays: with buttons to play and pause, and for a step back or forward.

    Parameters
    ----------
    name, label : str
    last : int
    value : int, optional
        Where it starts; by default at `last`, so that a picture which nobody plays shows everything.

    Examples
    --------
    >>> player("update", "update", 60).value
    60
    """
    options = tuple(range(last + 1))
    return Control(name, label, "player", options, last if value is None else value, tuple(map(str, options)))


def written(number):
    """A number as people write it.

    Examples
    --------
    >>> [written(n) for n in (0.1 + 0.2, 1e-8, 0.001, 1.0, -25.0, 3e6)]
    ['0.3', '1e-8', '0.001', '1', '-25', '3e6']
    """
    size = abs(number)
    if size and not 1e-4 <= size < 1e6:
        digits, exponent = f"{number:.5e}".split("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{number:.6g}" if number == number else "not a number"


def rates(low, high):
    """Rates from `low` to `high`, 23 in each decade, each short to write.

    Examples
    --------
    >>> rates(0.01, 0.015)
    (0.01, 0.011, 0.012, 0.013, 0.014)
    """
    numbers = (float(f"{n}e{e}") for e in range(-13, 12) for n in _MANTISSAS)
    return tuple(n for n in numbers if low <= n <= high)


def decays(low=0.0, high=0.999):
    """Decays such as momentum or beta1 from `low` to `high`, closer together near 1, where they matter more.

    Examples
    --------
    >>> decays(0.85, 0.97)
    (0.85, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
    """
    hundredths = [*range(0, 90, 5), *range(90, 100)]
    numbers = [*(n / 100 for n in hundredths), *(n / 1000 for n in range(991, 1000))]
    return tuple(n for n in numbers if low <= n <= high)


_DECAYS = ("momentum", "beta1", "alpha", "rho", "beta")  # of which a rule has one that comes first


def of_rule(rule, label=None, **values):
    """The sliders of one rule: its rate and, where it has one, the decay of its memory.

    They are named ``label.hyperparameter``; `hyperparameters` takes their values back.

    Parameters
    ----------
    rule : edu_optim.formula.Rule
    label : str, optional
        What the rule is called on the page; by default its name.
    **values : float
        Where the sliders start, for hyperparameters that have one.

    Examples
    --------
    >>> import edu_optim as eo
    >>> [(s.name, s.label, s.value) for s in of_rule(eo.RULES["Adam"], lr=0.2)]
    [('Adam.lr', 'Adam: rate', 0.2), ('Adam.beta1', 'Adam: beta1', 0.9)]
    """
    label, default = label or rule.name, rule.hyperparameters["lr"].default
    # Defaults are made for networks; on a surface over the plane these rates show something.
    rate = values.get("lr", default if default >= 0.1 else 0.1 if rule.degree == 0 else 0.01)
    sliders = [slider(f"{label}.lr", f"{label}: rate", rates(1e-4, 10), rate)]
    for name in _DECAYS:
        if name in rule.hyperparameters:
            start = values.get(name, rule.hyperparameters[name].default)
            options = [n for n in decays() if rule.hyperparameters[name].allows(n)]
            sliders.append(slider(f"{label}.{name}", f"{label}: {name}", options, start))
            break
    return sliders


def hyperparameters(label, values):
    """The hyperparameters of one rule among the values of all controls.

    Examples
    --------
    >>> hyperparameters("SGD", {"SGD.lr": 0.1, "Adam.lr": 0.2, "noise": 0})
    {'lr': 0.1}
    """
    parts = {name: name.rpartition(".") for name in values}
    return {name: values[whole] for whole, (owner, _, name) in parts.items() if owner == label}


def hyperparameters_text(values):
    """Hyperparameters in words.

    Examples
    --------
    >>> hyperparameters_text({"lr": 0.1, "momentum": 0.9})
    'rate 0.1, momentum 0.9'
    """
    return ", ".join(f"{'rate' if name == 'lr' else name} {written(value)}" for name, value in values.items())
