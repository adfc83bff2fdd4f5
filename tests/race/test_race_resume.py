"""A race that is killed, stopped, shared or moved ends with the same bits in every stored column but the seconds."""

import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from disturbed_race import ENVIRON, TINY, bits, command, kill_on_the_way, progress_of
from nbclient import NotebookClient

import edu_optim as eo
from edu_optim.executors import Workers
from edu_optim.race import Data, Entry, Network, Plan, Store, load, racing

posix = pytest.mark.skipif(os.name == "nt", reason="kills as Linux and macOS do")


@posix
def test_killed_at_random_moments_it_ends_with_the_same_bits(tiny, undisturbed, tmp_path):
    kill_on_the_way(tiny, tmp_path / "a.sqlite", random.Random(0), 2, "--jobs", "2")
    assert bits(tmp_path / "a.sqlite") == undisturbed


@posix
@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_small_killed_ten_times_ends_with_the_same_bits(small, tmp_path, jobs):
    kill_on_the_way("small", tmp_path / "a.sqlite", random.Random(jobs), 10, "--jobs", str(jobs))
    assert bits(tmp_path / "a.sqlite") == small


def test_two_racers_on_one_file(tiny, undisturbed, tmp_path):
    racers = [command(tiny, tmp_path / "a.sqlite", "--jobs", "1") for _ in range(2)]
    assert [racer.wait() for racer in racers] == [0, 0], [racer.stderr.read() for racer in racers]
    assert bits(tmp_path / "a.sqlite") == undisturbed


def test_a_worker_that_is_killed_is_begun_anew(tiny, undisturbed, tmp_path):
    store, workers, killed = Store(tmp_path / "a.sqlite", load(tiny)), Workers(2), []

    def kill(epochs):
        alive = [pid for pid in workers._backend.children.pids() if pid not in killed]
        if alive and len(killed) < 2:  # a call whose worker dies three times is given up
            killed.append(alive[0])
            os.kill(alive[0], getattr(signal, "SIGKILL", signal.SIGTERM))

    racing.race(store, workers, kill)
    assert len(killed) == 2
    assert bits(store.path) == undisturbed


@posix
def test_ctrl_c_ends_it_and_says_how_to_go_on(tiny, undisturbed, tmp_path):
    store = tmp_path / "a.sqlite"
    process = command(tiny, store, "--jobs", "2", stdout=subprocess.PIPE)
    while process.poll() is None and progress_of(store) < 2:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said + errors
    *_, how = re.search(r"To go on, type: python -m edu_optim race (.*)", errors).groups()
    done = Store(store).done[0]
    assert 2 <= done < 18 and how == f"resume --store {store}"
    assert subprocess.run([sys.executable, "-m", "edu_optim", "race", *how.split()], env=ENVIRON).returncode == 0
    assert bits(store) == undisturbed


def test_what_goes_wrong_is_one_line_and_an_exit_code(tiny, tmp_path):
    store = tmp_path / "a.sqlite"
    Store(store, Plan("other", "Other", [Entry("SGD", "SGD")], [0], data=Data("digits", 100, 100)))
    (tmp_path / "bad.toml").write_text(TINY.replace("epochs", "epoch"))
    for plan, file, answer in ((tiny, store, "holds a race with epochs = 20, and this plan has 3"),
                               (tmp_path / "bad.toml", store, "did you mean 'epochs'"),
                               ("tinny", store, "there is no plan 'tinny'"),
                               (tiny, tmp_path / "no" / "a.sqlite", "there is no folder")):
        process = command(plan, file)
        _, errors = process.communicate()
        assert process.returncode == 1 and errors.startswith("Error: ") and errors.count("\n") == 1, errors
        assert answer in errors


def test_a_file_that_is_removed_in_mid_race(tiny, tmp_path):
    store = tmp_path / "a.sqlite"
    process = command(tiny, store, "--jobs", "1")
    while process.poll() is None and progress_of(store) < 1:
        time.sleep(0.01)
    store.unlink()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and not store.exists()
    assert f"Error: there is no {store}: was it moved or removed?" in errors and "Traceback" not in errors


# ---- from Python


def plan(*entries, **change):
    return Plan(**dict(name="mine", title="Mine", entries=entries, seeds=[0, 1], epochs=2,
                       data=Data("digits", 1000, 500), network=Network((784, 20, 10))) | change)


def same(one, other, but="seconds"):
    assert one.labels == other.labels and one.seeds == other.seeds
    for name in one.columns.keys() - {but}:
        np.testing.assert_array_equal(one.columns[name], other.columns[name])
    np.testing.assert_array_equal(one.update_ratio, other.update_ratio)


def test_run_gives_results_with_or_without_a_file(tmp_path, capfd):
    mine = plan(Entry("SGD", eo.SGD, {"lr": 0.5}), Entry("Adam", "Adam"))
    results = eo.race.run(mine, jobs=1)
    assert results.plan == mine and results.finished.all() and "4/8" not in capfd.readouterr().out
    kept = eo.race.run(mine, tmp_path / "a.sqlite", jobs=2, progress=False)
    assert capfd.readouterr().err == ""
    same(results, kept)
    same(kept, eo.race.run(mine, tmp_path / "a.sqlite", progress=False), but=None)


def test_a_run_is_what_the_training_alone_gives():
    """No pool, no store, no state between its epochs."""
    mine = plan(Entry("Adam", "Adam"), seeds=[3], network=Network((784, 20, 10), 0.1))
    results, training = eo.race.run(mine, jobs=1, progress=False), eo.race.Training(mine.runs()[0])
    rows = [training.measure(), training.run_epoch(), training.run_epoch()]
    for name in ("test_loss", "test_accuracy"):
        assert results.columns[name][0, 0].tolist() == [row[name] for row in rows]
    for name in ("train_loss", "grad_norm"):
        assert results.columns[name][0, 0, 1:].tolist() == [row[name] for row in rows[1:]]
    assert results.update_ratio[0, 0, 1:].tolist() == [list(row["update_ratio"]) for row in rows[1:]]


NOTEBOOK = """
import numpy as np
import edu_optim as eo
from edu_optim.race import Data, Entry, Network, Plan

@eo.rule(paper="mine", degree=1, element_states={"m": 0}, lr=eo.Hyper(0.1, "eta", "[0, inf)"),
         beta=eo.Hyper(0.9, "b", "[0, 1)"))
def MyMomentum(x, g, m, t, lr, beta):
    '''Momentum as I would write it.'''
    m = beta * m - lr * g  # the buffer
    return x + m, m

entries = [Entry("mine", MyMomentum, {"lr": 0.01}), Entry("class", MyMomentum.optimizer, {"lr": 0.02}),
           Entry("theirs", "MomentumSGD", {"lr": 0.01, "momentum": 0.9})]
plan = Plan("mine", "Mine", entries, seeds=[0, 1], epochs=1, data=Data("digits", 500, 100),
            network=Network((784, 20, 10)))
results = eo.race.run(plan, "mine.sqlite", jobs=2, progress=False)  # and no guard, though processes are begun
losses = results.at("test_loss")
assert results.finished.all() and np.array_equal(losses[0], losses[2]) and not np.array_equal(losses[0], losses[1])
"""


def as_script(folder):
    (folder / "mine.py").write_text(NOTEBOOK)
    done = subprocess.run([sys.executable, "mine.py"], cwd=folder, env=ENVIRON, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def as_notebook(folder):
    cells = map(nbformat.v4.new_code_cell, NOTEBOOK.split("\n\n"))
    NotebookClient(nbformat.v4.new_notebook(cells=list(cells)), kernel_name="python3",
                   resources={"metadata": {"path": str(folder)}}).execute(env=ENVIRON)


@pytest.mark.parametrize("run", [as_script, as_notebook])
def test_a_rule_of_a_script_or_notebook_is_raced_like_ours(tmp_path, run):
    run(tmp_path)
    store = Store(tmp_path / "mine.sqlite")  # which needs the notebook no longer
    before, (first, *_) = bits(store.path), store.plan.runs()
    assert "buffer" not in first.formula["text"]
    with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as db:
        for table, column in (("run", "id"), ("epoch", "run"), ("layer", "run")):
            change = "UPDATE run SET last_epoch = -1" if table == "run" else f"DELETE FROM {table}"
            db.execute(f"{change} WHERE {column} = 1")
    resumed = subprocess.run([sys.executable, "-m", "edu_optim", "race", "resume", "--store", store.path], env=ENVIRON)
    assert resumed.returncode == 0 and bits(store.path) == before
