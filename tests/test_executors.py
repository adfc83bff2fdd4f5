"""Processes that call functions, and what becomes of the calls of one that dies."""

import os
import signal
import subprocess
import sys
import time
import types

import pytest

from edu_optim import executors
from edu_optim.childprocess import Children, ProcessError
from edu_optim.executors import Workers, WorkersError, processors, quota


def threads():
    return os.environ["OPENBLAS_NUM_THREADS"], os.environ["OMP_NUM_THREADS"]


def die_once(path):
    """Kill this process, but not the one that comes after it."""
    if not path.exists():
        path.write_text(str(os.getpid()))
        os._exit(9)
    return int(path.read_text()), os.getpid()


def unreadable():
    class Odd(Exception):
        pass

    raise Odd("cannot be pickled")


def printed():
    print("this is no answer")
    os.write(1, b"nor is this")
    return "the answer"


def sleep_on(path, seconds):
    path.write_text(str(os.getpid()))
    time.sleep(seconds)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def test_calls_give_results_whoever_makes_them():
    with Workers(2) as workers:
        assert workers.free
        for n in range(5):
            workers.submit(n, pow, n, 2)
        assert not workers.free
        found = {}
        for tag, result in workers.results():
            found[tag] = result
            if tag < 3:
                workers.submit(tag + 10, pow, tag + 10, 2)
        assert found == {n: n * n for n in (0, 1, 2, 3, 4, 10, 11, 12)}


def test_a_worker_has_one_thread_and_this_path_and_may_print(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    with Workers(1) as workers:
        workers.submit("a", threads)  # a function of this file, which is on no path but this process's
        workers.submit("b", printed)
        assert dict(workers.results()) == {"a": ("1", "1"), "b": "the answer"}


def test_what_a_call_raises_is_raised_here_with_where_it_was():
    with Workers(1) as workers:
        workers.submit("a", int, "x")
        with pytest.raises(ValueError, match="invalid literal") as caught:
            list(workers.results())
        assert "in another process" in caught.value.__notes__[0]
        workers.submit("b", unreadable)
        with pytest.raises(RuntimeError, match="Odd: cannot be pickled"):
            list(workers.results())
        workers.submit("c", pow, 2, 3)  # and goes on
        assert list(workers.results()) == [("c", 8)]


def test_a_dead_worker_is_begun_anew_and_its_call_made_again(tmp_path):
    with Workers(2) as workers:
        workers.submit("others", pow, 2, 3)
        workers.submit("dies", die_once, tmp_path / "pid")
        found = dict(workers.results())
        first, second = found["dies"]
        assert found["others"] == 8 and first != second
        workers.submit("dies always", os._exit, 1)
        with pytest.raises(ProcessError, match="3 times in a row: is there enough memory"):
            list(workers.results())


def test_a_function_of_a_notebook_is_refused_at_once():
    function = types.FunctionType(threads.__code__, {}, "mine")
    function.__module__ = "__main__"
    with Workers(1) as workers, pytest.raises(TypeError, match="mine stands in a notebook or script"):
        workers.submit("a", function)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks into /proc")
def test_closing_kills_whoever_is_at_work(tmp_path):
    workers = Workers(1)
    workers.submit("a", sleep_on, tmp_path / "pid", 60)
    pid = waited_for(tmp_path / "pid")
    began = time.monotonic()
    workers.close()
    assert time.monotonic() - began < 5 and not alive(pid)
    with pytest.raises(ProcessError, match="stopped"):
        Children.__call__(workers._backend.children, pow, 2, 3)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks into /proc")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    program = ("from edu_optim.executors import Workers; from pathlib import Path; import test_executors as t\n"
               f"with Workers(1) as w:\n    w.submit('a', t.sleep_on, Path({str(tmp_path / 'pid')!r}), 60)\n"
               "    list(w.results())")
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", program], env=environ) as process:
        pid = waited_for(tmp_path / "pid")
        process.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(pid)


def waited_for(path):
    end = time.monotonic() + 30
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(path.read_text())


def test_as_many_processes_as_there_are_processors(monkeypatch):
    assert Workers().count == processors()
    monkeypatch.setattr("edu_optim.executors.quota", lambda: 0.5)
    assert processors() == 1


@pytest.mark.parametrize(
    ("content", "cores"),
    [("100000 100000\n", 1), ("250000 100000", 2.5), ("max 100000", None), ("", None), ("nonsense", None)],
)
def test_quota(tmp_path, content, cores):
    path = tmp_path / "cpu.max"
    path.write_text(content)
    assert quota(path) == cores
    assert quota(tmp_path / "nothing") is None


def test_without_dask_it_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkersError, match=r"not installed here. Type: .* -m pip install distributed"):
        Workers(dask="tcp://127.0.0.1:1")


def test_nobody_at_an_address():
    pytest.importorskip("distributed")
    for address in ("tcp://127.0.0.1:1", "nonsense://"):
        with pytest.raises(WorkersError, match="no Dask scheduler answers at " + address):
            executors.Cluster(address, patience=0.5)
