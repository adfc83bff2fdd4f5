"""The file of a race: what is kept in it, and everything that can happen to a file."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading

import numpy as np
import pytest
from kept_race import VERSIONS, content, is_whole, opened, plan, row

from edu_optim.race import Data, Entry, Network
from edu_optim.race.mishaps import StoreError, explained
from edu_optim.race.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "tiny.sqlite", plan())


def test_epochs_are_kept_once_and_in_order(store):
    first = store.take("me")
    assert (first.label, first.seed) == ("SGD", 0)
    assert store.reached(first.key) == (-1, None)
    assert store.put(first.key, 0, [row(1.0, 0), row(2.0, 1)], b"state", VERSIONS)
    assert store.reached(first.key) == (1, b"state")
    before = content(store.path)
    for epoch in (0, 1, 3):  # there already, or too far
        assert not store.put(first.key, epoch, [row(9.0, epoch)], b"other", VERSIONS)
    assert content(store.path) == before
    assert store.put(first.key, 2, [row(3.0, 2)], None, VERSIONS)
    assert store.reached(first.key) == (2, None)
    assert store.done == (2, 8)
    assert store.take("me").key != first.key


def test_runs_of_nobody_come_first_then_any(store):
    taken = [store.take("me") for _ in range(4)]
    assert [(run.label, run.seed) for run in taken] == [("SGD", 0), ("Adam", 0), ("SGD", 1), ("Adam", 1)]
    assert store.take("other").key == taken[0].key
    assert store.take("other", but={run.key for run in taken[:3]}).key == taken[3].key
    assert store.take("other", but={run.key for run in taken}) is None


def test_results_hold_what_was_put(store):
    for run in store.plan.runs():
        if run.label == "Adam":
            x = run.seed + 0.1
            store.put(run.key, 0, [row(x, 0), row(x, 1), row(np.nan, 2)], None, VERSIONS)
    results = store.results()
    assert (results.labels, results.seeds) == (("SGD", "Adam"), (0, 1))
    assert results.finished.tolist() == [[False, False], [True, True]]
    np.testing.assert_array_equal(results.columns["test_loss"][1], [[1.1, 1.1, np.nan], [2.1, 2.1, np.nan]])
    np.testing.assert_array_equal(results.update_ratio[1, 0, 1], [0.1 / 3, 0.1 / 7])
    assert np.isnan(results.columns["train_loss"][:, :, 0]).all()
    assert results.versions == VERSIONS


def test_a_plan_may_grow_but_not_change(store, tmp_path):
    run = store.take("me")
    store.put(run.key, 0, [row(1.0, 0)], b"state", VERSIONS)
    more = plan([Entry("plain SGD", "SGD"), Entry("Adam", "Adam"), Entry("Lion", "Lion")], (0, 1, 2))
    grown = Store(store.path, more)
    assert grown.plan == more and grown.done == (0, 18)
    assert grown.results().columns["test_loss"][0, 0, 0] == 2.0  # the same run under another label
    before = content(store.path)
    for change, answer in (
        ({"epochs": 3}, "a race with epochs = 2, and this plan has 3"),
        ({"network": Network((784, 6, 10))}, "network"),
        ({"data": Data("digits", 299, 100)}, "data"),
        ({"seeds": (0, 1)}, "holds 3 runs that this plan has not"),
        ({"entries": [Entry("plain SGD", "SGD", {"lr": 0.5}), *more.entries[1:]]}, "plain SGD, seed 0"),
    ):
        changed = dict(entries=more.entries, seeds=more.seeds) | change
        with pytest.raises(StoreError, match=answer) as caught:
            Store(store.path, plan(**changed))
        assert f"race resume --store {store.path}" in str(caught.value)
    assert content(store.path) == before


def test_many_writers_at_once_keep_each_epoch_once(store):
    keys, written = [run.key for run in store.plan.runs()], []

    def write():
        for key in keys:
            for epoch in range(3):
                if store.put(key, epoch, [row(1.0, epoch)], b"s" if epoch < 2 else None, VERSIONS):
                    written.append((key, epoch))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(written) == sorted((key, epoch) for key in keys for epoch in range(3))
    assert store.done == (8, 8) and is_whole(store.path)


# ---- what can happen to a file


def test_no_file(tmp_path):
    with pytest.raises(StoreError, match=r"there is no .*none\.sqlite: was it moved or removed\?.*race PLAN --store"):
        Store(tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
    with pytest.raises(StoreError, match=r"there is no folder .*nowhere"):
        Store(tmp_path / "nowhere" / "a.sqlite", plan())
    with pytest.raises(StoreError, match="is a folder: name a file"):
        Store(tmp_path, plan())


def test_a_file_that_is_removed_while_the_race_runs(store):
    run = store.take("me")
    store.path.unlink()
    for act in (lambda: store.put(run.key, 0, [row(1.0, 0)], b"state", VERSIONS), lambda: store.take("me"),
                lambda: store.reached(run.key)):
        with pytest.raises(StoreError, match="was it moved or removed"):
            act()
    store.shrink()
    assert not store.path.exists()


def test_a_file_that_is_replaced_while_the_race_runs(store, tmp_path):
    run = store.take("me")
    other = Store(tmp_path / "other.sqlite", plan([Entry("Lion", "Lion")]))
    shutil.copy(other.path, store.path)
    before = content(store.path)
    for act in (lambda: store.put(run.key, 0, [row(1.0, 0)], b"state", VERSIONS), lambda: store.reached(run.key)):
        with pytest.raises(StoreError, match="another store than when the race began"):
            act()
    assert content(store.path) == before


def foreign(path):
    with opened(path) as db:
        db.execute("CREATE TABLE bookmarks (url)")


@pytest.mark.parametrize(("make", "answer"), [
    (lambda path: path.write_text("Dear diary, " * 100), "no SQLite file at all"),
    (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\0" * 2000), "no SQLite file at all"),
    (foreign, "a database, but not of a race"),
])
def test_a_file_that_is_no_store(tmp_path, make, answer):
    path = tmp_path / "mine"
    make(path)
    before = path.read_bytes()
    for given_plan in (None, plan()):
        with pytest.raises(StoreError, match=answer) as caught:
            Store(path, given_plan)
        assert str(path) in str(caught.value) and "--store" in str(caught.value)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version(store):
    with opened(store.path) as db:
        db.execute("PRAGMA user_version = 2")
    for act in (lambda: Store(store.path), lambda: Store(store.path, plan()), lambda: store.take("me"), store.results):
        with pytest.raises(StoreError, match="by a newer edu_optim, in format 2; this one knows format 1: update"):
            act()


def test_a_race_begun_under_other_defaults_is_not_gone_on_with(store):
    with opened(store.path) as db:
        db.execute("UPDATE run SET key = 'older ' || key")
    with pytest.raises(StoreError, match="begun by a version of edu_optim with other defaults"):
        store.take("me")
    store.results()  # but it can be read


def test_a_full_disk(store, monkeypatch):
    """SQLite's own limit on the size of a file gives what a full disk gives."""
    run = store.take("me")
    store.put(run.key, 0, [row(1.0, 0)], b"state", VERSIONS)
    before, connected = content(store.path), Store._connected

    def bounded(self, *arguments):
        db = connected(self, *arguments)
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        return db

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_connected", bounded)
        with pytest.raises(StoreError, match=r"is the disk full.*Make room.*race resume --store"):
            store.put(run.key, 1, [row(2.0, 1)], bytes(100_000), VERSIONS)
    assert content(store.path) == before and is_whole(store.path)
    assert store.put(run.key, 1, [row(2.0, 1)], bytes(100_000), VERSIONS)


@pytest.mark.skipif(os.name == "nt", reason="has no such limit")
def test_a_file_that_may_not_grow(store):
    program = ("import resource, sys; from edu_optim.race.store import Store; from kept_race import row\n"
               "store = Store(sys.argv[1]); run = store.take('me')\n"
               "resource.setrlimit(resource.RLIMIT_FSIZE, (40960, -1))\n"
               "store.put(run.key, 0, [row(1.0, 0)], bytes(10**6), {})")
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program, str(store.path)], env=environ, capture_output=True, text=True)
    assert "is the disk full, or your share of it? Make room" in done.stderr.splitlines()[-1]
    assert is_whole(store.path) and store.done == (0, 8)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_a_file_and_a_folder_that_may_not_be_written(store):
    run = store.take("me")
    for path in (store.path, store.path.parent):
        mode = path.stat().st_mode
        path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        try:
            assert store.done == (0, 8)  # it can be read
            with pytest.raises(StoreError, match="may not be written by you"):
                store.put(run.key, 0, [row(1.0, 0)], b"state", VERSIONS)
            with pytest.raises(StoreError, match="may not be written by you"):
                Store(path.parent / "new.sqlite" if path.is_dir() else path, plan(seeds=(0, 1, 2)))
        finally:
            path.chmod(mode)


@pytest.mark.parametrize(("name", "answer"), [
    ("SQLITE_READONLY", "may not be written by you"),
    ("SQLITE_READONLY_DIRECTORY", "may not be written by you"),
    ("SQLITE_IOERR_WRITE", "is the disk full"),
    ("SQLITE_BUSY", "locked by another program for 60 s"),
    ("SQLITE_CORRUPT", "is damaged"),
    ("SQLITE_NEW_ONE", "SQLITE_NEW_ONE"),
])
def test_every_complaint_of_sqlite_is_explained(tmp_path, name, answer):
    error = sqlite3.OperationalError("it said so")
    error.sqlite_errorname = name
    text = str(explained(tmp_path / "a.sqlite", error, new=False))
    assert answer in text and str(tmp_path / "a.sqlite") in text
