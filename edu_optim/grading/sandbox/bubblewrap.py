"""The command line of bubblewrap (https://github.com/containers/bubblewrap): what a kernel sees instead of this
machine."""

import os
import shutil
import sysconfig
from pathlib import Path

from . import contents, users

HOME = "/student"
ROOMS = (HOME, "/tmp", "/dev/shm")  # where files may be written, in memory
NAMESPACES = (
    "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    "--disable-userns", "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox",
    "--new-session", "--die-with-parent", "--clearenv",
    "--as-pid-1",  # bubblewrap's own first process would have no filter of system calls, and can be written to
)


def command(arguments, mounts, room, user=None, seccomp=None):
    """Build the command that runs another one in the sandbox.

    Parameters
    ----------
    arguments : list of str
        The command.
    mounts : list of Mount
        What it finds there.
    room : int
        Bytes of each folder that it may write to.
    user : int, optional
        Root gives the user who is to run it. Then there are two of them: the outer one mounts, as root, what that
        user could not reach (an interpreter in a private home), and the inner one, as that user, makes the sandbox.
    seccomp : int, optional
        An open file with a filter.

    Returns
    -------
    list of str
    """
    bwrap = shutil.which("bwrap") or "bwrap"
    outer = []
    if user is not None:
        # With its own processes, since only so its end is theirs; and who mounts a new /proc must see a whole one.
        outer = [bwrap, "--die-with-parent", "--unshare-pid", *_system(), *_mounted(mounts), "--proc", "/proc",
                 *("--dev-bind", "/proc", "/whole"), *("--dev", "/dev"), *_empty(*ROOMS[:2]), "--remount-ro", "/",
                 *users.become(user)]
        tops = dict.fromkeys("/" + mount.inside.split("/")[1] for mount in mounts)
        mounts = [contents.Mount(Path(top), top) for top in tops]
    inner = [bwrap, *NAMESPACES, *_system(), *_mounted(mounts), "--proc", "/proc", "--dev", "/dev"]
    for folder in ROOMS:
        inner += ["--perms", "0700", "--size", str(room), "--tmpfs", folder]
    inner += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]
    if seccomp is not None:
        inner += ["--seccomp", str(seccomp)]
    for name, value in environment().items():
        inner += ["--setenv", name, value]
    return [*outer, *inner, "--", *arguments]


def environment():
    """dict of str to str: all environment variables of a kernel."""
    from ...threads import BLAS

    found = {
        "HOME": HOME,
        "USER": "student",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": contents.SITE,
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "EDU_OPTIM_CACHE": f"{HOME}/.cache/edu_optim",
        "MPLCONFIGDIR": f"{HOME}/.cache/edu_optim/matplotlib",
        # As many threads everywhere, or sums would depend on the machine.
        **dict.fromkeys((*BLAS, "NUMBA_NUM_THREADS"), "1"),
    }
    if sysconfig.get_config_var("Py_ENABLE_SHARED") and contents.executable().startswith(contents.PYTHON):
        found["LD_LIBRARY_PATH"] = f"{contents.PYTHON}/lib"
    return found


def _system():
    """The links or folders beside /usr."""
    arguments = []
    for path in map(Path, ("/bin", "/sbin", "/lib", "/lib32", "/lib64")):
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def _mounted(mounts):
    arguments, folders, empty = [], set(), []
    for source, inside in mounts:
        parent = str(Path(inside).parent)
        if parent not in folders and not any(inside.startswith(f"{folder}/") for folder in folders):
            # Those that bubblewrap makes by itself only their owner can enter.
            arguments += _empty(*reversed([str(path) for path in Path(inside).parents][:-1]))
        folders.add(inside)
        if source is None:
            arguments += ["--perms", "0755", "--tmpfs", inside]
            empty.append(inside)
        else:
            arguments += ["--ro-bind", str(source), inside]
    for inside in empty:
        arguments += ["--remount-ro", inside]
    return arguments


def _empty(*folders):
    return [argument for folder in folders for argument in ("--perms", "0755", "--dir", folder)]
