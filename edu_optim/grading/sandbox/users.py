"""Whose processes they are: never root's."""

import itertools
import os
from pathlib import Path

# No system gives these numbers to anybody: https://systemd.io/UIDS-GIDS/
FIRST, KERNELS = 1_900_000_000, 16
NOBODY = 65534
_kernels = itertools.count()


def other():
    """The user that a kernel of this process runs as, if that must be another one.

    Returns
    -------
    int or None
        For root a number of nobody, another one for each kernel, so that none can touch what another one has; None
        for everybody else, who stays who they are.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    number = FIRST + os.getpid() * KERNELS + next(_kernels) % KERNELS
    return number if _exists(number) else NOBODY


def _exists(number, path="/proc/self/uid_map"):
    """Whether a process here can have this number; in a container there may be few."""
    try:
        with open(path) as file:
            ranges = [tuple(map(int, line.split())) for line in file]
    except OSError:
        return True
    return any(first <= number < first + count for first, _, count in ranges)


def become(user, paths=()):
    """The command before a command that another user is to run.

    Parameters
    ----------
    user : int
    paths : sequence of pathlib.Path
        What that user must be able to read. If some of it lies in a private folder, the user may read every file of
        this machine: only for those who have no sandbox anyway.

    Returns
    -------
    list of str
    """
    reading = ()
    if any(not folder.stat().st_mode & 0o001 for path in paths for folder in Path(path).resolve().parents):
        reading = "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *reading, "--"]
