"""What a library's table is made of: its optimizers with their settings, and the lines that say what each is here.

Lines are read from the top, and the first that holds for the settings counts: `Is` names a rule, `Refused` a reason.
"""

from dataclasses import dataclass, field

REQUIRED = "must be given"


@dataclass(frozen=True)
class Is:
    """The optimizer is a rule of ours under these settings. A setting that bears the name of one of ours is it.

    Parameters
    ----------
    rule : str
    when : dict
        Settings that must have these values; 0, None and False are the same here.
    names : dict
        Setting to our name, or to several of ours for a setting that is a tuple, where they differ.
    fixed : dict
        Our name to what it is then: a value, or a function of all settings.
    unused : tuple of str
        Settings that change nothing then, or are dealt with in `fixed`.
    remark : str
        What to be warned of.
    """

    rule: str
    when: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)
    fixed: dict = field(default_factory=dict)
    unused: tuple = ()
    remark: str = ""


@dataclass(frozen=True)
class Refused:
    """There is no exact map under these settings, for this reason; a condition may be a function too."""

    when: dict
    why: str


@dataclass(frozen=True)
class Peer:
    """An optimizer of a library: its settings with their defaults, and its lines."""

    settings: dict
    lines: tuple

    def __init__(self, settings, *lines):
        object.__setattr__(self, "settings", settings)
        object.__setattr__(self, "lines", lines)


@dataclass(frozen=True)
class Library:
    """A library: its optimizers, and what holds for all of them.

    Parameters
    ----------
    name : str
    peers : dict
        Class name to `Peer`.
    names : dict
        As in `Is`.
    options : tuple of str
        Which of our constructor's words it has as well, beside hyperparameters.
    lacking : dict
        For the others, what to write in that library instead.
    settings : dict
        What every optimizer takes besides.
    lines : tuple of Refused
        What is read before every optimizer's own lines.
    ignored : tuple of str
        Settings about speed or names, which change no number.
    """

    name: str
    peers: dict
    names: dict = field(default_factory=dict)
    options: tuple = ()
    lacking: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    lines: tuple = ()
    ignored: tuple = ()


def holds(line, settings):
    """Whether a line's conditions are met."""
    return all(name in settings and _meets(settings[name], wanted) for name, wanted in line.when.items())


def _meets(value, wanted):
    if callable(wanted):
        return wanted(value)
    return value == wanted if wanted else not value


def is_none(value):
    """A condition of `Refused`: None, and not 0."""
    return value is None


def is_set(value):
    """A condition of `Refused`: neither None, nor False, nor 0."""
    return value is not None and value is not False and value != 0


def other(why):
    """An optimizer that no rule here equals, whatever its settings."""
    return Peer({}, Refused({}, why))


SUM_STARTS_ABOVE_0 = Refused({"initial_accumulator_value": is_set}, (
    "the sum of squares starts at initial_accumulator_value, 0.1 by default, and h at 0 here. Instead: "
    "initial_accumulator_value=0, or eo.AdaGrad(eps=0, eps_root=...), which adds it to h for good"))

RATE_INSIDE = (
    "it keeps the rate inside the buffer, the rule here outside: the numbers are the same as long as the rate is, and "
    "after a change they differ for about 1 / (1 - momentum) updates")


def decoupled(setting="weight_decay"):
    """Why a decay beside a rule that has none of its own is refused, and what gives the same numbers."""
    return (f"its {setting} takes lr {setting} x from x before the step, and the rule has no such decay here. Instead, "
            f"with the same numbers: leave {setting} out and call optimizer.add_hook(eo.hooks.DecoupledWeightDecay("
            f"{setting}))")
