"""What this machine offers to keep students' code apart, and what to do where it offers nothing."""

import functools
import os
import platform
import shutil
import subprocess
import sys
from typing import NamedTuple

from . import bubblewrap, seccomp, users

TRUE = "/usr/bin/true"
ANOTHER = "grade in a Linux virtual machine, or on a Linux machine of your institution"


class Offer(NamedTuple):
    """A kind of sandbox.

    Attributes
    ----------
    kind : str
        "bwrap" or "none".
    works : bool
    reason : str
        What was found.
    advice : str
        What to type, or to do instead; empty where nothing is to be done.
    """

    kind: str
    works: bool
    reason: str
    advice: str = ""


def offered():
    """List the kinds of sandbox, the best first.

    Returns
    -------
    list of Offer

    Examples
    --------
    >>> [offer.kind for offer in offered()]
    ['bwrap', 'none']
    """
    return [bwrap(), nothing()]


def nothing():
    """Offer: what works everywhere, and protects nobody."""
    reason = "no sandbox: a student's code can read the solutions and write the marks"
    if users.other() is not None:
        if not shutil.which("setpriv"):
            return Offer("none", False, "root needs setpriv to become another user, and it is not installed",
                         _install("util-linux"))
        reason = "no sandbox: a student's code runs as another user than root, and may read every file"
    return Offer("none", True, reason,
                 "only for notebooks that you trust, with --unsafe-no-sandbox; every result says so")


@functools.cache
def bwrap():
    """Offer: namespaces of Linux, made by bubblewrap; tried out, once."""
    if sys.platform != "linux":
        return Offer("bwrap", False, f"there is no bubblewrap for {platform.system()}", _elsewhere())
    if not shutil.which("bwrap"):
        return Offer("bwrap", False, "bubblewrap is not installed", _install("bubblewrap"))
    user = users.other()
    if user is not None and not shutil.which("setpriv"):
        return Offer("bwrap", False, "root needs setpriv to become another user, and it is not installed",
                     _install("util-linux"))
    if not os.path.exists(TRUE):
        return Offer("bwrap", False, f"{TRUE} is not here: this system keeps its programs elsewhere", ANOTHER)
    from .contents import Mount

    try:
        done = subprocess.run(bubblewrap.command([TRUE], [Mount("/usr", "/usr")], 2**20, user), timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Offer("bwrap", False, f"bubblewrap cannot be run: {error}", _install("bubblewrap"))
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or [f"bubblewrap ended with {done.returncode}"]
        return Offer("bwrap", False, reason[0], advice(reason[0]))
    text = f"{version()} works"
    if user is not None:
        text += f"; called by root, it runs students' code as user {user}, whom nobody else is"
    if seccomp.program() is None:
        text += f"; no filter of system calls for {platform.machine()}"
    return Offer("bwrap", True, text)


def version():
    """str: of bubblewrap."""
    try:
        return subprocess.run(["bwrap", "--version"], capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return "bubblewrap"


def advice(error):
    """What to do when bubblewrap says this.

    Parameters
    ----------
    error : str

    Returns
    -------
    str

    Examples
    --------
    >>> advice("bwrap: Unknown option --disable-userns")
    'bubblewrap 0.8 or newer is needed: update it'
    """
    if "nknown option" in error:
        return "bubblewrap 0.8 or newer is needed: update it"
    if _restricted():
        return ("AppArmor refuses namespaces to ordinary users. Type: sudo apt install apparmor-profiles && sudo ln -s "
                "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload "
                "apparmor; or, for every program until the next start: "
                "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "type: sudo sysctl kernel.unprivileged_userns_clone=1"
    if _read("/proc/sys/user/max_user_namespaces") == "0":
        return "type: sudo sysctl user.max_user_namespaces=10000"
    if _in_container():
        return ("this is a container, which may make no sandboxes of its own: grade outside of it; or start it with "
                "`podman run`, or with `docker run --security-opt seccomp=unconfined --security-opt "
                "apparmor=unconfined --security-opt systempaths=unconfined` if nothing else in it matters")
    return f"namespaces are forbidden here: ask who runs this machine, or {ANOTHER}"


def _elsewhere():
    if sys.platform == "win32":
        return "type: wsl --install; then install edu_optim and bubblewrap in there, and grade there"
    return f"{ANOTHER}; on a Mac, `podman machine ssh` leads into one"


def _install(package):
    managers = {"apt-get": "sudo apt-get install", "dnf": "sudo dnf install", "pacman": "sudo pacman -S",
                "zypper": "sudo zypper install", "apk": "sudo apk add"}
    for manager, words in managers.items():
        if shutil.which(manager):
            return f"type: {words} {package}"
    return f"install {package} as your system does"


def _restricted():
    return _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1"


def _in_container():
    return (os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv")
            or "KUBERNETES_SERVICE_HOST" in os.environ or "container" in os.environ)


def _read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None
