"""Stores of a tiny race, filled with made-up rows."""

import contextlib
import sqlite3

from edu_optim.race import Data, Entry, Network, Plan

VERSIONS = {"edu_optim": "0.1.0", "numpy": "2.0"}


def plan(entries=None, seeds=(0, 1), **change):
    entries = entries or [Entry("SGD", "SGD"), Entry("Adam", "Adam")]
    return Plan(**dict(name="tiny", title="Tiny", entries=entries, seeds=seeds, epochs=2,
                       data=Data("digits", 300, 100), network=Network((784, 5, 10))) | change)


def row(x, epoch):
    ratios = None if epoch == 0 else (x / 3, x / 7)
    return {"train_loss": None if epoch == 0 else x, "test_loss": x + 1, "test_accuracy": 0.5, "grad_norm": x or None,
            "seconds": 0.1, "update_ratio": ratios}


def opened(path):
    return contextlib.closing(sqlite3.connect(path, isolation_level=None))


def content(path):
    with opened(path) as db:
        return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                for table in ("about", "run", "epoch", "layer", "checkpoint")]


def is_whole(path):
    with opened(path) as db:
        return db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
