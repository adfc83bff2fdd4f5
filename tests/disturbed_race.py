"""The command `race`, run and killed at will, and what it left behind."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from edu_optim.race import load

ROOT = Path(__file__).resolve().parents[1]
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT)}
TINY = """
title = "Tiny"
seeds = [0, 1]
epochs = 3
[data]
source = "digits"
train = 1000
test = 500
[network]
sizes = [784, 30, 10]
input_dropout = 0.1
[[entries]]
rule = "MomentumSGD"
schedule = { name = "StepLR", step_size = 1, gamma = 0.5 }
[[entries]]
rule = "Adam"
[[entries]]
label = "diverges"
rule = "SGD"
hyperparameters = { lr = 1e30 }
"""


def command(plan, store, *arguments, **options):
    return subprocess.Popen([sys.executable, "-m", "edu_optim", "race", plan, "--store", store, *arguments],
                            env=ENVIRON, stderr=subprocess.PIPE, text=True, start_new_session=True, **options)


def bits(store):
    """All that is stored, but who did it and how long it took."""
    with contextlib.closing(sqlite3.connect(store)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT COUNT(*) FROM checkpoint").fetchone() == (0,)
        return [db.execute(text).fetchall() for text in (
            "SELECT key, label, definition, last_epoch, epochs FROM run ORDER BY id",
            "SELECT key, epoch, train_loss, test_loss, test_accuracy, grad_norm FROM epoch, run ON run = id "
            "ORDER BY 1, 2",
            "SELECT key, epoch, layer, update_ratio FROM layer, run ON run = id ORDER BY 1, 2, 3")]


def kill_on_the_way(plan, store, rng, times, *arguments):
    """Kill the race's whole process group so many times, each some epochs further, wherever that meets it."""
    total = len(load(plan).runs()) * load(plan).epochs
    for k in range(1, times + 1):
        process = command(plan, store, *arguments)
        wanted = rng.randrange(k * total // (times + 2), (k + 1) * total // (times + 2))
        while process.poll() is None and progress_of(store) < wanted:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.1)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    process = command(plan, store, *arguments)
    assert process.wait() == 0, process.stderr.read()


def progress_of(store):
    """How many epochs are there, without a lock that would wait."""
    try:
        with contextlib.closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=0)) as db:
            return db.execute("SELECT SUM(MAX(last_epoch, 0)) FROM run").fetchone()[0] or 0
    except sqlite3.Error:
        return 0
