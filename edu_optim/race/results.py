"""What a race left behind: one array per column, entries by seeds by epochs."""

from dataclasses import dataclass, field, replace

import numpy as np

from . import ranking, statistics

BETTER = {"test_accuracy": 1, "test_loss": -1, "train_loss": -1, "seconds": -1}  # 1: more is better, -1: less is
COLUMNS = ("train_loss", "test_loss", "test_accuracy", "grad_norm", "seconds")


@dataclass(eq=False)
class Results:
    """The results of a race, finished or not; NaN stands where nothing was measured.

    Parameters
    ----------
    plan : Plan or None
        What was run. None for numbers that come from elsewhere.
    labels : tuple of str
        One name per entry.
    seeds : tuple of int
    epochs : ndarray of shape (E + 1,)
        0, 1, ... E. Epoch 0 is the network before its first update.
    columns : mapping of str to ndarray of shape (entries, seeds, E + 1)
        train_loss (mean over the epoch's batches as they were met), test_loss, test_accuracy (a fraction), grad_norm
        (of the epoch's last batch) and seconds (of CPU, of the epoch's training alone).
    update_ratio : ndarray of shape (entries, seeds, E + 1, layers)
        Norm of a layer's change over the norm of its weights, at each epoch's last update.
    versions : mapping of str to str, optional
        The programs that made the numbers.
    entries : tuple, optional
        What stands behind each label: objects with `rule` and `hyperparameters`. By default the plan's entries of
        these labels.

    Raises
    ------
    ValueError
        If a column is missing or its shape is not the one above, or a label or seed stands twice.

    Examples
    --------
    >>> import numpy as np
    >>> from edu_optim.race import results
    >>> nothing = np.full((2, 3, 5), np.nan)  # two entries, three seeds, epochs 0 to 4
    >>> race = results.Results(None, ("SGD", "Adam"), (0, 1, 2), np.arange(5), dict.fromkeys(results.COLUMNS, nothing),
    ...                        nothing[..., None])
    >>> race.at("test_accuracy").shape
    (2, 3)
    """

    plan: object
    labels: tuple
    seeds: tuple
    epochs: np.ndarray
    columns: dict
    update_ratio: np.ndarray
    versions: dict = field(default_factory=dict)
    entries: tuple = None

    def __post_init__(self):
        if self.entries is None and self.plan is not None:
            named = {entry.label: entry for entry in self.plan.entries}
            self.entries = tuple(named[label] for label in self.labels)
        shape = (len(self.labels), len(self.seeds), len(self.epochs))
        missing = [name for name in COLUMNS if name not in self.columns]
        if missing:
            raise ValueError(f"columns lacks {', '.join(missing)}; results have all of: {', '.join(COLUMNS)}.")
        for name, column in self.columns.items():
            if np.shape(column) != shape:
                raise ValueError(f"The column {name} has shape {np.shape(column)}; it must be {shape}.")
        if np.shape(self.update_ratio)[:3] != shape or np.ndim(self.update_ratio) != 4:
            raise ValueError(f"update_ratio has shape {np.shape(self.update_ratio)}; it needs {(*shape, 'layers')}.")
        for name, values in (("label", self.labels), ("seed", self.seeds)):
            twice = [value for value in dict.fromkeys(values) if list(values).count(value) > 1]
            if twice:
                raise ValueError(f"The {name} {twice[0]!r} stands twice; every {name} names one of the results.")

    @property
    def finished(self):
        """Which runs were tested after their last epoch: bool, shape (entries, seeds)."""
        return np.isfinite(self.at("test_accuracy"))

    @property
    def diverged(self):
        """Which runs finished with a loss that is no number: bool, shape (entries, seeds)."""
        return self.finished & ~np.isfinite(self.at("test_loss"))

    def complete(self):
        """Return the results of those seeds that every entry finished, which is what may be compared."""
        done = self.finished.all(axis=0)
        return self.select(seeds=[seed for seed, all_of_it in zip(self.seeds, done, strict=True) if all_of_it])

    def at(self, column="test_accuracy", epoch=-1):
        """Return one column at one epoch, by default the last: shape (entries, seeds)."""
        return self._column(column)[:, :, self._index(epoch)]

    def select(self, labels=None, seeds=None):
        """Return the results of some labels and seeds, in the order given.

        Parameters
        ----------
        labels : sequence of str, or mapping of new label to label, optional
        seeds : sequence of int, optional

        Raises
        ------
        KeyError
            If there is no such label or seed.
        """
        labels = self.labels if labels is None else labels
        old = list(labels.values()) if isinstance(labels, dict) else list(labels)
        rows = [_place("label", label, self.labels) for label in old]
        seeds = self.seeds if seeds is None else seeds
        places = [_place("seed", seed, self.seeds) for seed in seeds]
        cut = np.ix_(rows, places)
        return replace(
            self, labels=tuple(labels), seeds=tuple(seeds), update_ratio=self.update_ratio[cut],
            columns={name: column[cut] for name, column in self.columns.items()},
            entries=self.entries and tuple(self.entries[row] for row in rows),
        )

    def interval(self, column="test_accuracy", level=0.95):
        """Mean over seeds with its bootstrap interval at every epoch; see `statistics.interval`."""
        return statistics.interval(self._column(column), axis=1, level=level)

    def ranking(self, column="test_accuracy", epoch=-1):
        """Labels by their mean over seeds, the best first."""
        means = self.at(column, epoch).mean(axis=1)
        return [self.labels[i] for i in np.argsort(ranking.ranks(means, _better(column)), kind="stable")]

    def pairs(self, column="test_accuracy", epoch=-1, level=0.95):
        """Every two entries compared over the seeds they share; see `statistics.pairs`."""
        return statistics.pairs(self.at(column, epoch), self.labels, _better(column), level)

    def crown(self, column="test_accuracy", epoch=-1):
        """Who wins each seed: shape (entries, seeds); see `ranking.crown`."""
        return ranking.crown(self.at(column, epoch), _better(column))

    def lead(self, column="test_accuracy", epoch=-1, replace=False):
        """Who would lead after fewer seeds; see `ranking.lead`."""
        return ranking.lead(self.at(column, epoch), _better(column), replace)

    def to_target(self, target):
        """Epochs and seconds of training until a test accuracy is first reached: two arrays (entries, seeds)."""
        return statistics.to_target(self.columns["test_accuracy"], self.columns["seconds"], target)

    def _column(self, column):
        if column not in self.columns:
            raise KeyError(f"there is no column {column!r}; there are: {', '.join(self.columns)}")
        return self.columns[column]

    def _index(self, epoch):
        if epoch == -1:
            return len(self.epochs) - 1
        there = np.flatnonzero(self.epochs == epoch)
        if not there.size:
            known = f"{self.epochs[0]} to {self.epochs[-1]}, and -1, which is the last"
            raise KeyError(f"there is no epoch {epoch}; there are {known}")
        return there[0]


def _place(kind, wanted, known):
    if wanted not in known:
        raise KeyError(f"there is no {kind} {wanted!r}; there are: {', '.join(map(str, known))}")
    return known.index(wanted)


def _better(column):
    if column not in BETTER:
        raise ValueError(f"Of {column} neither more nor less is better; entries are compared by {', '.join(BETTER)}.")
    return BETTER[column]
