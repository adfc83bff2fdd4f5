"""A Dask scheduler with workers on the loopback address."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENVIRON = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


@contextlib.contextmanager
def cluster(folder, workers=2):
    """Such a cluster: (its address, its processes, the scheduler's first)."""
    pytest.importorskip("distributed")
    started, quiet = [], {"env": ENVIRON, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    file = folder / "scheduler.json"

    def start(what, *arguments):
        started.append(subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments,
                                         "--scheduler-file", str(file), "--no-dashboard"], cwd=folder, **quiet))

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0")
        for _ in range(workers):
            start("worker", "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1")
        from distributed import Client

        while not file.exists():
            assert started[0].poll() is None
            time.sleep(0.1)
        with Client(scheduler_file=str(file), timeout=30) as client:
            while len(client.nthreads()) < workers:
                time.sleep(0.1)
            address = client.scheduler.address
        yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()
