"""`Workers`: processes here, or those of a Dask cluster, that call functions; the dead are replaced, and their calls
made again."""

import concurrent.futures
import os
import sys
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

from .childprocess import Children

TICK = 0.5  # seconds; some systems notice Ctrl-C only between two waits
_ours = Children()  # of a process of Dask


class WorkersError(RuntimeError):
    """Workers that cannot be had, or that are lost; the message says what to do."""


class Workers:
    """Calls functions elsewhere, each with a tag to know its result by.

    A worker computes with one thread and does nothing else meanwhile, so what a call gives depends neither on how many
    there are nor on where they are.

    Parameters
    ----------
    jobs : int, optional
        How many processes here; by default as many as this one may use processors.
    dask : str, optional
        The address of a Dask scheduler, such as ``"tcp://127.0.0.1:8786"``, whose workers call instead.
    spare : int, optional
        How many calls beyond one for each worker `free` asks for, so that nobody waits.

    Attributes
    ----------
    here : bool
        Whether they are processes of this machine.

    Raises
    ------
    WorkersError
        If there is no Dask here, or no such cluster.

    Examples
    --------
    >>> with Workers(1) as workers:
    ...     workers.submit("a", pow, 2, 10)
    ...     for tag, result in workers.results():
    ...         print(tag, result)
    a 1024
    """

    def __init__(self, jobs=None, dask=None, spare=1):
        self._calls = {}  # future: tag
        self._spare = spare
        self.here = dask is None
        self._backend = Processes(jobs or processors()) if self.here else Cluster(dask)

    @property
    def count(self):
        """int: how many calls run at the same time."""
        return self._backend.count

    @property
    def free(self):
        """bool: whether another call would keep somebody busy."""
        return len(self._calls) < self.count + self._spare

    def submit(self, tag, function, *arguments):
        """Have a function called; `results` gives what it returns. If a worker dies it may be called more than once.

        Raises
        ------
        TypeError
            If the function belongs to a notebook or script, which another process does not have.
        """
        if getattr(function, "__module__", None) == "__main__":
            raise TypeError(f"{function.__name__} stands in a notebook or script, which other processes do not have: "
                            "put it into a file and import it")
        self._calls[self._backend.submit(function, *arguments)] = tag

    def results(self):
        """Iterate over (tag, result) as calls end, those too that are submitted meanwhile, until none is left.

        Raises whatever a call raises, and ProcessError if a call killed its worker three times.
        """
        while self._calls:
            ended, _ = concurrent.futures.wait(self._calls, TICK, concurrent.futures.FIRST_COMPLETED)
            for future in ended:
                tag = self._calls.pop(future)
                try:
                    result = future.result()
                except self._backend.lost as error:
                    raise given_up(error) from None
                yield tag, result

    def close(self):
        """Stop at once; calls without a result are lost."""
        self._calls.clear()
        self._backend.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Processes:
    """Processes of this machine."""

    lost = ()  # errors that say that nobody is left; what dies here is replaced

    def __init__(self, count):
        self.count = count
        self.children = Children()
        self._threads = ThreadPoolExecutor(count, "waits for a process")

    def submit(self, function, *arguments):
        return self._threads.submit(self.children, function, *arguments)

    def close(self):
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.children.close()
        self._threads.shutdown()


class Cluster:
    """The workers of a Dask scheduler. Each thread of theirs has a process of ours, whatever else they are set to."""

    def __init__(self, address, patience=10):
        try:
            import dask
            from distributed import Client
            from distributed.comm import CommClosedError
            from distributed.scheduler import KilledWorker
        except ModuleNotFoundError:
            raise WorkersError(
                f"Dask is not installed here. Type: {sys.executable} -m pip install distributed") from None
        self.lost = CancelledError, CommClosedError, KilledWorker, TimeoutError
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"})  # a call brings its own state
        try:
            self._client = Client(address, timeout=patience, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkersError(f"no Dask scheduler answers at {address} ({error}). Start one: dask scheduler; and "
                               "workers: dask worker ADDRESS; and give the address it prints") from None
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)

    def _check(self):
        if not self.count:
            raise WorkersError("this Dask scheduler has no workers. Start some: dask worker "
                               f"{self._client.scheduler.address}")
        here = version()
        try:
            there = self._client.run(version)
        except Exception as error:
            raise WorkersError(f"a Dask worker has no edu_optim ({error}): install version {here} there") from None
        for address, other in there.items():
            if other != here:
                raise WorkersError(
                    f"the Dask worker {address} has edu_optim {other}, and here is {here}: install the same")

    @property
    def count(self):
        try:
            return sum(self._client.nthreads().values())
        except (*self.lost, OSError) as error:
            raise given_up(error) from None

    def submit(self, function, *arguments):
        if self._client.status != "running":
            raise given_up(ConnectionError("the connection is closed"))
        return self._executor.submit(_call, function, *arguments)

    def close(self):
        self._client.close()  # which has its calls forgotten


def given_up(error):
    """The WorkersError for what Dask says."""
    return WorkersError(f"the Dask cluster gave up ({type(error).__name__}: {error}): is its scheduler there, and do "
                        "its workers have enough memory?")


def _call(function, *arguments):
    return _ours(function, *arguments)


def version():
    """str: of this package, in the process that asks."""
    import edu_optim

    return edu_optim.__version__


def processors():
    """int: how many processors this process may use, by its affinity and by the quota of its container.

    Examples
    --------
    >>> processors() >= 1
    True
    """
    there = cores()
    return max(1, min(there, int(quota() or there)))


def cores():
    """int: how many processors this process may use by its affinity, where the system knows such a thing."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quota(path="/sys/fs/cgroup/cpu.max"):
    """float or None: processors that a container may use, None where nobody has said."""
    try:
        limit, period = Path(path).read_text().split()
        return None if limit == "max" else int(limit) / int(period)
    except (OSError, ValueError):
        return None
