"""`Store`: one SQLite file with a plan and what its runs gave, epoch by epoch.

An epoch and the state to go on from are written in one transaction, which only holds if the epoch before it is the
last one there. So whatever is killed, and however many race on one file, each epoch stands there once and whole. The
file is opened anew for every transaction: one that was removed or replaced meanwhile is noticed.
"""

import contextlib
import json
import sqlite3
from pathlib import Path

import numpy as np

from .mishaps import PATIENCE, StoreError, explained, resume
from .plan import Plan, Run
from .results import COLUMNS, Results

APPLICATION, FORMAT = 0x65647572, 1  # SQLite's numbers for whose file this is, and of which format
SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE run (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, label TEXT NOT NULL, rule TEXT NOT NULL, seed INTEGER NOT NULL,
    definition TEXT NOT NULL, epochs INTEGER NOT NULL, last_epoch INTEGER NOT NULL DEFAULT -1, racer TEXT,
    versions TEXT);
CREATE TABLE epoch (
    run INTEGER NOT NULL REFERENCES run, epoch INTEGER NOT NULL, train_loss REAL, test_loss REAL, test_accuracy REAL,
    grad_norm REAL, seconds REAL, PRIMARY KEY (run, epoch)) WITHOUT ROWID;
CREATE TABLE layer (
    run INTEGER NOT NULL REFERENCES run, epoch INTEGER NOT NULL, layer INTEGER NOT NULL, update_ratio REAL,
    PRIMARY KEY (run, epoch, layer)) WITHOUT ROWID;
CREATE TABLE checkpoint (run INTEGER PRIMARY KEY REFERENCES run, state BLOB NOT NULL);
"""


class Store:
    """The results of a race in a file.

    Parameters
    ----------
    path : str or Path
    plan : Plan, optional
        Makes the file if there is none. If there is one, the plan must hold all its runs, and may add entries and
        seeds.

    Raises
    ------
    StoreError
        If the file is missing and no plan is given, is no store, or its plan is another.

    Examples
    --------
    >>> import tempfile
    >>> from edu_optim.race import plan
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = Store(folder.name + "/small.sqlite", plan.load("small"))
    >>> store.plan.name, store.done
    ('small', (0, 350))
    >>> folder.cleanup()
    """

    def __init__(self, path, plan=None):
        self.path = Path(path)
        if plan is not None:
            self._make(plan)
        with self._open() as db:
            self.plan = Plan.from_dict(json.loads(_about(db, "plan")))

    def _make(self, plan):
        if self.path.is_dir():
            raise StoreError(f"{self.path} is a folder: name a file, such as {self.path / plan.name}.sqlite")
        if not self.path.parent.is_dir():
            raise StoreError(f"there is no folder {self.path.parent} for {self.path.name}: make it first")
        with self._writing(new=True) as db:
            if db.execute("PRAGMA schema_version").fetchone() == (0,):
                for statement in SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION}")
                db.execute(f"PRAGMA user_version = {FORMAT}")
                _add(db, plan)
            else:
                self._check_format(db)
                self._extend(db, plan)

    def _extend(self, db, plan):
        kept = Plan.from_dict(json.loads(_about(db, "plan")))
        if kept == plan:
            return
        other = f"name another file with --store, or race the plan it holds: {resume(self.path)}"
        for name in ("epochs", "batch", "data", "network"):
            there, given = getattr(kept, name), getattr(plan, name)
            if there != given:
                raise StoreError(f"{self.path} holds a race with {name} = {there}, and this plan has {given}: {other}")
        keys = {run.key for run in plan.runs()}
        missing = [f"{run.label}, seed {run.seed}" for run in kept.runs() if run.key not in keys]
        if missing:
            raise StoreError(f"{self.path} holds {len(missing)} runs that this plan has not, or not with these values "
                             f"({missing[0]}): a plan may only add; {other}")
        _add(db, plan)

    @contextlib.contextmanager
    def _open(self, begin="BEGIN", new=False):
        """The file, in a transaction that is kept if nothing is raised."""
        db = None
        try:
            db = self._connected(PATIENCE, "rwc" if new else "rw")
            db.execute(begin)
            if not new:
                self._check_format(db)
            yield db
            db.execute("COMMIT")
        except sqlite3.Error as error:
            raise explained(self.path, error, new) from error
        finally:
            if db is not None:
                db.close()  # which takes back what was not kept

    def _writing(self, new=False):
        return self._open("BEGIN IMMEDIATE", new)

    def _connected(self, timeout, mode="rw"):
        return sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, timeout=timeout, isolation_level=None)

    def _check_format(self, db):
        found = tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if found[0] != APPLICATION:
            raise StoreError(f"{self.path} is a database, but not of a race: name another file with --store")
        if found[1] > FORMAT:
            raise StoreError(f"{self.path} was written by a newer edu_optim, in format {found[1]}; this one knows "
                             f"format {FORMAT}: update edu_optim, or name another file with --store")

    @property
    def done(self):
        """(int, int): how many epochs are finished, and of how many."""
        with self._open() as db:
            return db.execute("SELECT SUM(MAX(last_epoch, 0)), SUM(epochs) FROM run").fetchone()

    def take(self, racer, but=()):
        """Choose a run that is not finished: one that nobody works on, or else any, in the order of the plan.

        Nobody has to give back what was taken. If its racer is no more, or slower, another takes it too, and the
        epochs are still written once.

        Parameters
        ----------
        racer : str
            Who asks.
        but : collection of str
            Keys of runs that shall be left out.

        Returns
        -------
        Run or None
        """
        with self._writing() as db:
            rows = db.execute(
                "SELECT key, definition FROM run WHERE last_epoch < epochs ORDER BY racer IS NOT NULL, id").fetchall()
            for key, definition in rows:
                if key not in but:
                    run = Run.from_dict(json.loads(definition))
                    if run.key != key:
                        raise StoreError(f"{run.label} in {self.path} was begun by a version of edu_optim with other "
                                         f"defaults ({_about_run(db, key, 'versions')}): go on with that one, or name "
                                         "another file with --store")
                    db.execute("UPDATE run SET racer = ? WHERE key = ?", (racer, key))
                    return run
        return None

    def reached(self, key):
        """(int, bytes or None): the last epoch of a run that is kept, -1 if none is, and the state after it."""
        with self._open() as db:
            found = db.execute("SELECT last_epoch, state FROM run LEFT JOIN checkpoint ON run = id WHERE key = ?",
                               (key,)).fetchone()
        if found is None:
            raise self._replaced()
        return found

    def _replaced(self):
        return StoreError(f"{self.path} is another store than when the race began: was it replaced? Nothing was "
                          f"written into it. To go on with the race it holds, type: {resume(self.path)}")

    def put(self, key, first, rows, state, versions):
        """Keep epochs of a run, and the state after them, at once.

        Parameters
        ----------
        key : str
            The run's.
        first : int
            Which epoch the first row is of.
        rows : list of dict
            As `Training.measure` and `Training.run_epoch` give them.
        state : bytes or None
            None for a run that is finished.
        versions : dict of str
            Of what computed it.

        Returns
        -------
        bool
            False if somebody else has put these epochs there already; nothing has changed then.
        """
        last = first + len(rows) - 1
        with self._writing() as db:
            found = db.execute("SELECT id FROM run WHERE key = ?", (key,)).fetchone()
            if found is None:
                raise self._replaced()
            moved = db.execute("UPDATE run SET last_epoch = ?, versions = ? WHERE id = ? AND last_epoch = ?",
                               (last, json.dumps(versions, sort_keys=True), *found, first - 1))
            if moved.rowcount == 0:
                return False
            for epoch, row in enumerate(rows, first):
                _insert(db, *found, epoch, row)
            db.execute("DELETE FROM checkpoint WHERE run = ?", found)
            if state is not None:
                db.execute("INSERT INTO checkpoint VALUES (?, ?)", (*found, state))
        return True

    def shrink(self):
        """Give back the room that checkpoints took; nothing happens while somebody else uses the file."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._connected(timeout=0)) as db:
            db.execute("VACUUM")

    def results(self):
        """All that is known so far.

        Returns
        -------
        Results
        """
        with self._open() as db:
            runs = {number: (label, seed) for number, label, seed in db.execute("SELECT id, label, seed FROM run")}
            versions = [json.loads(v) for v, in db.execute("SELECT DISTINCT versions FROM run WHERE versions NOT NULL")]
            rows = db.execute(f"SELECT run, epoch, {', '.join(COLUMNS)} FROM epoch").fetchall()
            layers = db.execute("SELECT run, epoch, layer, update_ratio FROM layer").fetchall()
        return _results(self.plan, runs, rows, layers, versions)


def _add(db, plan):
    db.execute("INSERT OR REPLACE INTO about VALUES ('plan', ?)", (json.dumps(plan.to_dict()),))
    for run in plan.runs():
        db.execute(
            "INSERT INTO run (key, label, rule, seed, definition, epochs) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET label = excluded.label, definition = excluded.definition",
            (run.key, run.label, run.rule, run.seed, json.dumps(run.to_dict()), run.epochs))


def _about(db, name):
    return db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()[0]


def _about_run(db, key, column):
    return db.execute(f"SELECT {column} FROM run WHERE key = ?", (key,)).fetchone()[0]


def _insert(db, number, epoch, row):
    """SQLite keeps NaN as NULL, which is what a missing number is too."""
    db.execute(f"INSERT INTO epoch (run, epoch, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)",
               (number, epoch, *(row[name] for name in COLUMNS)))
    db.executemany("INSERT INTO layer VALUES (?, ?, ?, ?)",
                   [(number, epoch, layer, ratio) for layer, ratio in enumerate(row["update_ratio"] or (), 1)])


def _results(plan, runs, rows, layers, versions):
    labels = tuple(entry.label for entry in plan.entries)
    place = {number: (labels.index(label), plan.seeds.index(seed)) for number, (label, seed) in runs.items()}
    shape = (len(plan.entries), len(plan.seeds), plan.epochs + 1)
    columns = {name: np.full(shape, np.nan) for name in COLUMNS}
    update_ratio = np.full((*shape, len(plan.network.sizes) - 1), np.nan)
    for number, epoch, *values in rows:
        for name, value in zip(COLUMNS, values):
            columns[name][(*place[number], epoch)] = np.nan if value is None else value
    for number, epoch, layer, ratio in layers:
        update_ratio[(*place[number], epoch, layer - 1)] = np.nan if ratio is None else ratio
    known = {name: ", ".join(sorted({v[name] for v in versions if name in v})) for v in versions for name in v}
    return Results(plan, labels, plan.seeds, np.arange(plan.epochs + 1), columns, update_ratio, known)
