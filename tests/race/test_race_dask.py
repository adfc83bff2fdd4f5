"""Races on a real Dask scheduler with real workers, on the loopback address."""

import os
import random
import subprocess
import sys
import time

import pytest
from dask_cluster import cluster
from disturbed_race import ENVIRON, bits, command, kill_on_the_way, progress_of

from edu_optim.executors import Workers, WorkersError

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="kills as Linux and macOS do")]


def test_on_dask_with_a_worker_killed_in_mid_race(tiny, undisturbed, tmp_path):
    with cluster(tmp_path) as (address, processes):
        racing_there = command(tiny, tmp_path / "a.sqlite", "--dask", address)
        while racing_there.poll() is None and progress_of(tmp_path / "a.sqlite") < 3:
            time.sleep(0.01)
        processes[1].kill()
        assert racing_there.wait(120) == 0, racing_there.stderr.read()
    assert bits(tmp_path / "a.sqlite") == undisturbed


def test_small_on_dask_killed_ten_times_ends_with_the_same_bits(small, tmp_path):
    with cluster(tmp_path) as (address, _):
        kill_on_the_way("small", tmp_path / "a.sqlite", random.Random(9), 10, "--dask", address)
    assert bits(tmp_path / "a.sqlite") == small


def test_a_cluster_without_workers_and_one_that_ends_in_mid_race(tiny, undisturbed, tmp_path):
    (tmp_path / "empty").mkdir()
    with cluster(tmp_path / "empty", workers=0) as (address, _), pytest.raises(WorkersError, match="dask worker tcp:"):
        Workers(dask=address)
    with cluster(tmp_path) as (address, processes):
        racing_there = command(tiny, tmp_path / "a.sqlite", "--dask", address)
        while racing_there.poll() is None and progress_of(tmp_path / "a.sqlite") < 3:
            time.sleep(0.01)
        for process in processes:
            process.kill()
        _, errors = racing_there.communicate(timeout=100)
    assert racing_there.returncode == 1 and "Error: the Dask cluster gave up" in errors, errors
    assert subprocess.run([sys.executable, "-m", "edu_optim", "race", "resume", "--store", tmp_path / "a.sqlite"],
                          env=ENVIRON).returncode == 0
    assert bits(tmp_path / "a.sqlite") == undisturbed
