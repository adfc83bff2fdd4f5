"""`Theirs`: an optimizer of another library, its settings, and how a line carries them over to ours and ours back."""

import difflib
import math

import numpy as np

from ..arguments import OPTIONS, checked_options, spelled
from ..hyperparameters import EXTRAS, WEIGHT_DECAY
from ..rules import RULES
from .lines import REQUIRED, Is, Refused, holds, is_none

NEUTRAL = {WEIGHT_DECAY: 0.0, "maximize": False}  # our constructor's words beside hyperparameters
ELSEWHERE = ("backend", "missing_grad", "scalar_dtype")  # and those that are no matter of a rule


class ConversionError(ValueError):
    """There is no exact map; the message says why, and what is nearest."""


class Theirs:
    """An optimizer of another library.

    Attributes
    ----------
    library : Library
    class_name, title : str
        ``"SGD"`` and ``"torch SGD"``.
    lines : tuple
    known : dict
        Every setting with its default.
    """

    def __init__(self, library, class_name):
        peer = library.peers[class_name]
        self.library, self.class_name, self.lines = library, class_name, peer.lines
        self.title = f"{library.name} {class_name}"
        self.known = peer.settings | {n: default for n, default in library.settings.items() if n not in peer.settings}

    def settings(self, given):
        """Every setting, defaults included; ConversionError for a name or a value that cannot be read."""
        if all(isinstance(line, Refused) for line in self.lines):  # for one reason, whatever the settings are
            return self.known
        if not isinstance(given, dict):
            raise TypeError(f"{self.title}: hyperparameters are a dict, {{'lr': 0.1}} say, not {given!r}")
        settings = dict(self.known)
        for name, value in given.items():
            if name in self.library.ignored:
                continue
            if name not in self.known:
                raise ConversionError(f"{self.title} has no setting {name!r}: {listed(name, self.known)}")
            settings[name] = self._read(name, value)
        for name, value in settings.items():
            if isinstance(value, str) and value == REQUIRED:
                raise ConversionError(f"{self.title} has no default for {name}: give it, as in {{{name!r}: 0.001}}")
        return settings

    def _read(self, name, value):
        default = self.known[name]
        if getattr(value, "ndim", None) == 0:  # a number in an array or tensor
            value = value.item()
        if callable(value) and "mask" not in name:
            raise ConversionError(
                f"{self.title}: {name} is a function of time, and here it is a number. Instead: convert with its first "
                "value and hang a schedule on the optimizer, eo.schedules.LambdaLR or one of its kin")
        if isinstance(default, bool) and not callable(value) and not isinstance(value, (bool, np.bool_)):
            raise ConversionError(f"{self.title}: {name} = {value!r} must be True or False")
        if isinstance(default, tuple):
            if not isinstance(value, (list, tuple)) or len(value) != len(default):
                raise ConversionError(
                    f"{self.title}: {name} = {value!r} must be {len(default)} values, as {default} is")
            return tuple(value)
        return value

    def line(self, settings):
        """The line that holds for these settings; a Refused also where a setting has no place in ours."""
        for line in (*self.library.lines, *self.lines):
            if holds(line, settings):
                break
        else:
            return Refused({}, "there is no rule here for these settings together")
        if isinstance(line, Is):
            carried = {*self.pairs(line), *line.when, *line.unused}
            for name, value in settings.items():
                if name not in carried and (value or self.known[name]) and value != self.known[name]:
                    return Refused({}, f"eo.{line.rule} has nothing for {name} = {value!r}. Instead: leave {name} out")
        return line

    def pairs(self, line):
        """{setting: our names} of what a line carries over as it is."""
        ours = {*RULES[line.rule].hyperparameters, *self.library.options}
        carried = {}
        for setting in self.known:
            names = line.names.get(setting, self.library.names.get(setting, setting))
            names = names if isinstance(names, tuple) else (names,)
            if setting not in line.when and setting not in line.unused and ours.issuperset(names):
                carried[setting] = names
        return carried

    def to_ours(self, line, settings):
        """Our hyperparameters, checked, for settings under which the line holds."""
        ours = {}
        for setting, names in self.pairs(line).items():
            values = settings[setting] if len(names) > 1 else (settings[setting],)
            ours |= {name: 0.0 if value is None else value for name, value in zip(names, values)}
        ours |= {name: value(settings) if callable(value) else value for name, value in line.fixed.items()}
        complete(line.rule, ours)
        own = RULES[line.rule].hyperparameters
        return {name: value for name, value in ours.items() if name in own or value != NEUTRAL[name]}

    def to_theirs(self, line, ours):
        """Every setting for which the line holds and, if any do, gives these values of ours."""
        settings = dict(self.known)
        for setting, names in self.pairs(line).items():
            defaults = settings[setting] if len(names) > 1 else (settings[setting],)
            values = tuple(None if default is None and not ours[n] else ours[n] for n, default in zip(names, defaults))
            settings[setting] = values if len(names) > 1 else values[0]
        return settings | line.when

    def told(self, line, settings):
        """Those of the settings that are worth writing down: the rule's, and what departs from defaults."""
        own = RULES[line.rule].hyperparameters
        told = {setting: settings[setting] for setting, names in self.pairs(line).items()
                if (names[0] in own and self.known[setting] is not None) or settings[setting] != self.known[setting]}
        return told | {setting: wanted for setting, wanted in line.when.items() if self._departs(setting, wanted)}

    def chosen(self, line):
        """Settings that must have another value than some, for an earlier line not to hold."""
        before = self.lines[: self.lines.index(line)]
        others = [when for when in (earlier.when for earlier in before)
                  if not any(callable(wanted) and wanted is not is_none for wanted in when.values())
                  and all(bool(when.get(n, wanted)) == bool(wanted) for n, wanted in line.when.items())]
        return {setting for when in others for setting in when} - {*line.when}

    def effort(self, line):
        """How many settings have to be told to make the line hold."""
        departing = [setting for setting, wanted in line.when.items() if self._departs(setting, wanted)]
        return len(departing) + len(self.chosen(line))

    def _departs(self, setting, wanted):
        return bool(self.known[setting]) != bool(wanted)


def complete(name, given):
    """Every value an optimizer of ours would have: the rule's, defaults included, and its constructor's words."""
    rule = RULES[name]
    _, given = spelled(rule, None, None, given)
    words = {word: given.pop(word, neutral) for word, neutral in NEUTRAL.items() if word not in rule.hyperparameters}
    if WEIGHT_DECAY in words:
        words[WEIGHT_DECAY] = EXTRAS[WEIGHT_DECAY].check(rule.name, WEIGHT_DECAY, words[WEIGHT_DECAY])
    words["maximize"] = checked_options(**OPTIONS | {"maximize": words["maximize"]})["maximize"]
    return rule.values({n: value for n, value in given.items() if n not in ELSEWHERE}) | words


def differing(ours, again):
    """Our names whose values are not the same, but for rounding."""
    return [name for name in ours if not math.isclose(ours[name], again[name], rel_tol=1e-12, abs_tol=0)]


def listed(name, known):
    """Those there are, and the nearest of them."""
    lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(str(name).lower(), lower, 1)
    return f"there are {', '.join(known)}" + (f". Did you mean {lower[near[0]]!r}?" if near else "")
