"""`Entry`, who races, and `Run`, one training of it; what a rule and a schedule take is checked here."""

import dataclasses
import functools
import hashlib
import json
from dataclasses import dataclass

import numpy as np

from .formulas import matters, named, rule_of
from .refusals import PlanError
from .setting import Data, Network


@dataclass(frozen=True)
class Entry:
    """Who races: a rule with its hyperparameters, under a label.

    Parameters
    ----------
    label : str
        The name in tables and figures; one of its own.
    rule : str, Rule or optimizer class
        Such as "Adam" or `eo.Adam`; a rule of your own, defined by `@eo.rule` in a notebook, say, is given itself.
    hyperparameters : dict
        What the optimizer's constructor takes; what is left out has the rule's default.
    schedule : dict or None
        ``{"name": "StepLR", "step_size": 5, "gamma": 0.5}``: a schedule's name and arguments; it steps after each
        epoch.
    rate_source : str
        Where the rate comes from, in a word or a sentence: shown with the results, and nothing else.
    formula : dict, optional
        The text and declaration of a rule of your own; made from `rule`.

    Raises
    ------
    PlanError
        If there is no such rule or schedule, or it does not take such values.

    Examples
    --------
    >>> Entry("momentum", "MomentumSGD", {"lr": 0.1, "momentum": 1.5})
    Traceback (most recent call last):
        ...
    edu_optim.race.refusals.PlanError: entry 'momentum': MomentumSGD: momentum = 1.5 is not allowed: 0 <= momentum < 1.
    For example momentum=0.9
    """

    label: str
    rule: str
    hyperparameters: dict = dataclasses.field(default_factory=dict)
    schedule: dict | None = None
    rate_source: str = ""
    formula: dict | None = None

    def __post_init__(self):
        if not isinstance(self.rule, str):
            try:
                name, formula = named(self.rule)
            except (TypeError, ValueError) as error:
                raise PlanError(f"entry {self.label!r}: {error}") from None
            object.__setattr__(self, "rule", name)
            object.__setattr__(self, "formula", formula)
        for name in ("label", "rate_source"):
            if not isinstance(getattr(self, name), str):
                raise PlanError(f"entry {self.label!r}: {name} = {getattr(self, name)!r} must be a text")
        if not self.label:
            raise PlanError('an entry\'s label must not be empty: leave it out, or write label = "SGD .5"')
        if not isinstance(self.hyperparameters, dict):
            raise PlanError(f"entry {self.label!r}: hyperparameters = {self.hyperparameters!r} must be a table such as "
                            "{ lr = 0.1 }")
        values = {name: value.item() if isinstance(value, np.generic) else value
                  for name, value in self.hyperparameters.items()}
        object.__setattr__(self, "hyperparameters", values)
        values_of(self)


@dataclass(frozen=True)
class Run:
    """One training: an entry with one seed. Its numbers depend on what its `key` digests, and on nothing else."""

    label: str
    rule: str
    hyperparameters: dict
    schedule: dict | None
    seed: int
    epochs: int
    batch: int
    data: Data
    network: Network
    formula: dict | None = None

    @functools.cached_property
    def key(self):
        """str: hexadecimal digest of all that changes a number: not the label, and not how many epochs there are."""
        what = plain(self) | {"hyperparameters": values_of(self)}
        del what["label"], what["epochs"]
        if self.formula is not None:
            what["formula"] = matters(self.formula)
        return hashlib.blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).hexdigest()

    def to_dict(self):
        """The run as numbers, texts, lists and dicts."""
        return plain(self)

    @classmethod
    def from_dict(cls, given):
        """What `to_dict` gave."""
        return cls(**given | {"data": Data(**given["data"]), "network": Network(**given["network"])})


def values_of(entry):
    """dict: every hyperparameter of an entry or run, defaults included; PlanError if a name or value is not known."""
    from ..arguments import all_values, spelled

    try:
        rule = rule_of(entry)
        return all_values(rule, spelled(rule, None, None, entry.hyperparameters)[1])
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"entry {entry.label!r}: {error.args[0]}") from None


def rehearse(entry, epochs):
    """Find out whether an entry can train a network for so many epochs; PlanError if it cannot."""
    try:
        rule = rule_of(entry)
        for name, shape in (("W", (2, 2)), ("b", (2,))):
            rule.refuse_shape(name, shape)
        if entry.schedule is not None:
            _rehearse_schedule(entry, epochs)
    except Exception as error:  # schedules raise whatever torch's do
        raise PlanError(f"entry {entry.label!r}: {error.args[0] if error.args else error!r}") from None


def _rehearse_schedule(entry, epochs):
    from ..schedules.running import needs_metric

    name, arguments = schedule_of(entry.schedule)
    schedule = _schedules().get(name)
    if schedule is None:
        raise ValueError(f"there is no schedule {name!r}: there are {', '.join(sorted(_schedules()))}")
    if needs_metric(schedule):
        raise ValueError(f"{name} is given a loss at each step, which a race does not do: choose another schedule")
    json.dumps(arguments)
    live = schedule([dict(values_of(entry))], **arguments)
    for _ in range(epochs):
        live.step()


def _schedules():
    from .. import schedules

    kinds = {name: getattr(schedules, name) for name in schedules.__all__}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, type) and name != "LRScheduler"}


def schedule_of(table):
    """(name, arguments) of the table of a schedule."""
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise TypeError(f"schedule = {table!r} must be a table such as "
                        '{ name = "StepLR", step_size = 5, gamma = 0.5 }')
    return table["name"], {name: value for name, value in table.items() if name != "name"}


def plain(what):
    """A plan or run as numbers, texts, lists and dicts; a formula only where there is one."""
    return _without_formula(json.loads(json.dumps(dataclasses.asdict(what))))


def _without_formula(table):
    if table.get("formula", 0) is None:
        del table["formula"]
    for entry in table.get("entries", ()):
        _without_formula(entry)
    return table
