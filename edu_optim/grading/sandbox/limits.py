"""How much a student's process may take, and how much this one may take for it."""

import contextlib
import signal
import threading
from dataclasses import dataclass

MIB = 2**20
OURS = 4 * 2**30  # bytes of address space for whoever grades; a backstop, since libraries reserve what they never touch
AGAIN = 5  # seconds after which somebody who was told to stop is told again


@dataclass(frozen=True)
class Limits:
    """What a kernel may take before it is ended; every number bounds all its processes together.

    Parameters
    ----------
    memory : int, optional
        Bytes of memory; what lies in its temporary files counts too.
    processes : int, optional
        Processes and threads; the kernel itself has about ten.
    cpu : float, optional
        Seconds of processor time.
    file_size : int, optional
        Bytes of one file; all files together may be four times as large.
    output : int, optional
        Bytes that it prints and displays, in all cells together.
    cell_seconds : float, optional
        Seconds by the clock for one cell.
    total_seconds : float, optional
        Seconds by the clock from the moment it can run cells.

    Raises
    ------
    ValueError
        If a limit is not positive, or so small that no kernel could start.

    Examples
    --------
    >>> Limits(cell_seconds=5).cell_seconds
    5
    >>> Limits(cpu=0)
    Traceback (most recent call last):
        ...
    ValueError: the limit cpu is 0, and must be at least 1
    """

    memory: int = 1024 * MIB
    processes: int = 64
    cpu: float = 60
    file_size: int = 16 * MIB
    output: int = 16 * MIB
    cell_seconds: float = 15
    total_seconds: float = 90

    def __post_init__(self):
        for name, least in LEAST.items():
            value = getattr(self, name)
            if not value >= least:
                raise ValueError(f"the limit {name} is {value}, and must be at least {least}")

    @property
    def room(self):
        """int: bytes of each of the folders where files may be written."""
        return 4 * self.file_size


LEAST = {"memory": 128 * MIB, "processes": 24, "cpu": 1, "file_size": MIB, "output": 2**16, "cell_seconds": 0.1,
         "total_seconds": 0.1}


@contextlib.contextmanager
def bounded(seconds, memory=OURS):
    """Bound this process, as far as its system can.

    Parameters
    ----------
    seconds : float
        By the clock.
    memory : int, optional
        Bytes of address space.

    Raises
    ------
    TimeoutError, MemoryError
        From what is done meanwhile, if that takes more.
    """
    with contextlib.ExitStack() as undo:
        with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none, others may refuse
            import resource

            soft, hard = limit = resource.getrlimit(resource.RLIMIT_AS)
            bounds = [one for one in (soft, hard, memory) if one != resource.RLIM_INFINITY]
            resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))
            undo.callback(resource.setrlimit, resource.RLIMIT_AS, limit)
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            def stop(*_):
                raise TimeoutError(f"it took more than {seconds} s")

            undo.callback(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, stop))
            undo.callback(signal.setitimer, signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        yield
