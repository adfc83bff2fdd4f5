"""How much a student's process may take."""

from dataclasses import dataclass

MIB = 2**20


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
        Bytes that it prints and displays.
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


LEAST = {"memory": 128 * MIB, "processes": 24, "cpu": 1, "file_size": MIB, "output": 1024, "cell_seconds": 0.1,
         "total_seconds": 0.1}
