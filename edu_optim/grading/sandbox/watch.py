"""Watches a kernel from outside, and ends it when it takes too much."""

import contextlib
import os
import threading
import time

import psutil

TICK = 0.1  # seconds
OURS = 384 * 2**20  # bytes by which this process may grow while a kernel talks to it
FILES = 20_000  # each takes memory of the system's, however short it is


class Watch(threading.Thread):
    """Looks at all processes of a kernel, ten times a second.

    Parameters
    ----------
    process : subprocess.Popen
        The first of them, whose end is the end of all.
    limits : Limits
    rooms : sequence of str
        Folders in which they keep files in memory, as they see them.

    Attributes
    ----------
    reason : str or None
        Why it ended them: "memory", "cpu", "time", "output", or what others say to `end`.
    """

    def __init__(self, process, limits, rooms=()):
        super().__init__(name="watches a kernel", daemon=True)
        self.reason = None
        self._process, self._limits, self._rooms = process, limits, rooms
        self._first = psutil.Process(process.pid)
        self._deadline = time.monotonic() + limits.total_seconds
        self._cpu = 0.0
        self._grown = _resident() + OURS
        self._lock = threading.Lock()
        self._over = threading.Event()

    def run(self):
        while not self._over.wait(TICK):
            try:
                reason = self._look()
            except psutil.NoSuchProcess:
                return
            if reason:
                self.end(reason)
                return

    def end(self, reason=None):
        """End all processes; the first reason stands."""
        with self._lock:
            if not self._over.is_set() and self._process.poll() is None:
                self.reason = reason
        self._over.set()
        there = [] if self._process.poll() is not None else family(self._first)
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for process in there[1:]:  # outside a sandbox they would stay
            with contextlib.suppress(psutil.Error):
                process.kill()
        deadline = time.monotonic() + 5
        while any(map(_lives, there[1:])) and time.monotonic() < deadline:
            time.sleep(TICK / 10)

    def over(self, wait=0):
        """Why the processes are over.

        Parameters
        ----------
        wait : float, optional
            Seconds to wait for their end.

        Returns
        -------
        str or None
            None if they are not.
        """
        deadline = time.monotonic() + wait
        while self._process.poll() is None:
            if time.monotonic() >= deadline:
                return None
            time.sleep(TICK / 10)
        with self._lock:  # whoever ends them may be about to say why
            return self.reason or ("cpu" if self._cpu > self._limits.cpu else "kernel ended")

    def _look(self):
        if time.monotonic() > self._deadline:
            return "time"
        if _resident() > self._grown:  # a message without end is in our memory before anybody can count it
            return "output"
        there = family(self._first)
        if len(there) > self._limits.processes:
            return "memory"  # only where no system's limit has stopped them
        resident, cpu = 0, 0.0
        for process in there:
            with contextlib.suppress(psutil.Error):
                resident += process.memory_info().rss
                cpu += sum(process.cpu_times()[:4])  # its own, and of those children that are over
        self._cpu = max(self._cpu, cpu)
        if self._cpu > self._limits.cpu:
            return "cpu"
        files, size = self._files(there)
        if files > FILES or resident + size > self._limits.memory:
            shared_once = resident if len(there) < 3 else sum(map(_share, there))
            if files > FILES or shared_once + size > self._limits.memory:
                return "memory"
        return None

    def _files(self, there):
        """How many files they have made, and their size."""
        files = size = 0
        for process in reversed(there):
            try:
                for room in self._rooms:
                    status = os.statvfs(f"/proc/{process.pid}/root{room}")
                    files += status.f_files - status.f_ffree
                    size += (status.f_blocks - status.f_bfree) * status.f_frsize
                return files, size
            except OSError:
                files = size = 0
        return 0, 0


def _resident():
    return psutil.Process().memory_info().rss


def family(first):
    """list of psutil.Process: a process and all that come from it, it first."""
    try:
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return [first]


def _lives(process):
    """Whether it runs; the dead stay in the table until somebody asks for their status."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _share(process):
    """Bytes of memory, where what several processes share is divided among them."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0
