"""`Plan`: which rules race on which data, with which network and seeds; checked in full before anything runs.

A plan is a small TOML file, or these classes in Python. It is a table of independent runs, rules x seeds.
"""

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from .entry import Entry, Run, plain, rehearse
from .refusals import PlanError, different, known, several, whole
from .setting import Data, Network

__all__ = ["Data", "Entry", "Network", "Plan", "PlanError", "Run", "load", "shipped"]


@dataclass(frozen=True)
class Plan:
    """A race.

    Parameters
    ----------
    name, title : str
    entries : sequence of Entry
    seeds : sequence of int
        Every entry meets every seed, and with it the same weights and batches.
    epochs, batch : int
        Passes over the training images, and images in a step.
    data : Data
    network : Network

    Raises
    ------
    PlanError
        If the plan cannot be run.

    Examples
    --------
    >>> entries = [Entry("SGD", "SGD", {"lr": 0.1}), Entry("Adam", "Adam")]
    >>> mine = Plan("mine", "Two rules", entries, seeds=range(3), epochs=2, data=Data("digits", 6000, 1000))
    >>> len(mine.runs()), mine.steps
    (6, 720)
    """

    name: str
    title: str
    entries: tuple
    seeds: tuple
    epochs: int = 20
    batch: int = 100
    data: Data = field(default_factory=Data)
    network: Network = field(default_factory=Network)

    def __post_init__(self):
        for name in ("name", "title"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise PlanError(f'{name} = {getattr(self, name)!r} must be a text, such as {name} = "mine"')
        for name, kind, example in (("entries", Entry, 'Entry("SGD", "SGD")'), ("seeds", int, "0")):
            values = several(name, getattr(self, name), f"[{example}]")
            for value in values:
                if not isinstance(value, kind):
                    raise PlanError(f"{name}: {value!r} must be of the kind {kind.__name__}, such as {example}")
            object.__setattr__(self, name, values)
        for name, kind in (("data", Data), ("network", Network)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise PlanError(f"{name} = {value!r} must be of the kind {kind.__name__}, such as {kind()}")
        for seed in self.seeds:
            whole("seeds: each", seed, least=0)
        whole("epochs", self.epochs, least=1)
        whole("batch", self.batch, least=1)
        if self.batch > self.data.train:
            raise PlanError(f"batch = {self.batch} is more than the {self.data.train} images there are to train with")
        different("seeds", self.seeds)
        different("labels", [entry.label for entry in self.entries])
        for entry in self.entries:
            rehearse(entry, self.epochs)
        alike = {}
        for run in self.runs():
            other = alike.setdefault(run.key, run.label)
            if other != run.label:
                raise PlanError(f"entries {other!r} and {run.label!r} are the same rule with the same values: drop one")

    def runs(self):
        """list of Run: seed after seed, so that an unfinished race has all entries of its first seeds."""
        return [
            Run(e.label, e.rule, e.hyperparameters, e.schedule, seed, self.epochs, self.batch, self.data, self.network,
                e.formula)
            for seed in self.seeds for e in self.entries]

    @property
    def steps(self):
        """int: updates in all."""
        return len(self.entries) * len(self.seeds) * self.epochs * -(-self.data.train // self.batch)

    def to_dict(self):
        """The plan as numbers, texts, lists and dicts."""
        return plain(self)

    @classmethod
    def from_dict(cls, given):
        """A plan from what `to_dict` gave, or from the tables of a TOML file.

        There ``seeds`` may be ``{first = 0, count = 30}``, and an entry may have ``rates``, a list: it stands for one
        entry for each of them.
        """
        given = known("the plan", cls, given)
        seeds, entries = given["seeds"], given["entries"]
        if isinstance(seeds, dict):
            if seeds.keys() != {"first", "count"}:
                raise PlanError(f"seeds = {seeds} must be a list, or {{ first = 0, count = 30 }}")
            first, count = whole("seeds: first", seeds["first"], 0), whole("seeds: count", seeds["count"], 1)
            seeds = range(first, first + count)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise PlanError("entries must be a list of tables: write [[entries]] above each, in two pairs of brackets")
        entries = [Entry(**one) for entry in entries for one in _for_each_rate(entry)]
        parts = {name: kind(**known(name, kind, given[name]))
                 for name, kind in (("data", Data), ("network", Network)) if name in given}
        return cls(**given | parts | {"seeds": seeds, "entries": entries})


def load(plan):
    """Read a plan: the path of a TOML file, or the name of a plan that comes with the package.

    Raises
    ------
    PlanError
        If it cannot be run.
    FileNotFoundError
        If there is none.

    Examples
    --------
    >>> load("small")  # doctest: +ELLIPSIS
    Plan(name='small', ...)
    """
    path = Path(plan)
    if path.suffix != ".toml" and str(plan) in shipped():
        text, path = (_folder() / f"{plan}.toml").read_text("utf-8"), Path(f"{plan}.toml")
    elif path.is_file():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            raise PlanError(f"{path} is no text in UTF-8: a plan is a TOML file") from None
    else:
        raise FileNotFoundError(
            f"there is no plan {str(plan)!r}: give the path of a TOML file, or one of {', '.join(shipped())}")
    try:
        return Plan.from_dict({"name": path.stem, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path} is no TOML: {error}") from None
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None


def shipped():
    """list of str: the names of the plans that come with the package."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def _folder():
    return resources.files(__package__) / "plans"


def _for_each_rate(entry):
    what = f"entry {entry.get('label', entry.get('rule', ''))!r}"
    known(what, Entry, {"label": ""} | entry, "rates")
    table = {"label": entry.get("rule")} | {name: value for name, value in entry.items() if name != "rates"}
    if "rates" not in entry:
        return [table]
    values = table.get("hyperparameters", {})
    if not isinstance(values, dict) or "lr" in values:
        raise PlanError(f"{what}: beside rates, hyperparameters = {values!r} must be a table without an lr")
    return [table | {"label": f"{table['label']} {rate}", "hyperparameters": values | {"lr": rate}}
            for rate in several(f"{what}: rates", entry["rates"], "[0.01, 0.1]")]
