"""The environment of a bare checkout: ``.venv``, made once and renewed when pyproject.toml changes.

Standard library only. Whatever goes wrong ends in one line on stderr and exit code 1; an environment begun here is
then taken away again, one that was whole before stays.
"""

import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from edu_optim.lock import locked
from edu_optim.requirements import missing

ROOT = Path(__file__).resolve().parent.parent
EXTRA = "test"  # contains `lab`: one environment serves every command

# The stamp's first line until the work is done, and its second, which is lasting: what the reader made
# is never removed.
UNFINISHED, UPDATING = "unfinished", "updating"
MADE, ADOPTED = "made by edu_optim", "adopted by edu_optim"

DISK_FULL = r"No space left on device|not enough space on the disk|Disk quota exceeded|os error (28|112|122)\b"
OFFLINE = (
    r"Failed to establish a new connection|Connection(Error| refused| reset)|Max retries exceeded|timed? ?out"
    r"|name resolution|getaddrinfo failed|Name or service not known|nodename nor servname|Network is unreachable"
    r"|No route to host|[Cc]annot connect to proxy|Failed to fetch|error sending request|dns error"
)


class Failure(Exception):
    """What the reader is told, in one line."""


class InstallError(Exception):
    """The full output of an installer that failed."""


def enter(arguments, root=ROOT):
    """Return in an environment that has what the command needs, or run the command in one and never return."""
    in_own = stands_in_own(root)
    try:
        if not (root / "pyproject.toml").exists():
            return  # installed, dependencies and all
        if stays(os.environ, in_own):
            require(root, arguments, os.environ)
        elif not in_own and sys.prefix != sys.base_prefix and not missing(root, arguments):
            return  # an active environment that has everything
        elif prepare(root, arguments) or not in_own:
            become([str(python_of(root)), "-m", "edu_optim", *arguments], os.environ)
    except Failure as failure:
        sys.exit(f"edu_optim: {failure}")
    except KeyboardInterrupt:
        sys.exit("edu_optim: stopped. No half-made environment was left behind.")


def report_loss(error, root=ROOT):
    """Exit with one line if .venv lost a package, as it does when the Python underneath is replaced by another."""
    if stands_in_own(root) and not (error.name or "").startswith("edu_optim"):
        write_stamp(root, UPDATING, read_stamp(root)[1])
        sys.exit(f"edu_optim: .venv has lost {error.name}. Type the same command again to repair it.")


# ---- an environment that is there already


def stands_in_own(root):
    """Whether this Python is the one in .venv."""
    return Path(sys.prefix).resolve() == (root / ".venv").resolve()


def stays(environ, in_own):
    """Whether to use the environment this Python stands in as it is: in conda, on Binder, or on request."""
    if environ.get("EDU_OPTIM_NO_VENV", "0") not in ("", "0"):
        return True
    return bool(environ.get("CONDA_PREFIX")) and not in_own


def require(root, arguments, environ):
    """Raise if the environment this Python stands in lacks something the command needs."""
    lacking = missing(root, arguments)
    if not lacking:
        return
    if not environ.get("CONDA_PREFIX"):
        advice = f'{sys.executable} -m pip install -e "{root}[{EXTRA}]"'
    elif environ.get("CONDA_DEFAULT_ENV") == "edu_optim":
        advice = "conda env update -f environment.yml"
    else:
        advice = "conda env create -f environment.yml && conda activate edu_optim"
    raise Failure(f"the environment in {sys.prefix} lacks {', '.join(lacking)}. Type: {advice}")


# ---- an environment of our own


def python_of(root):
    """Where the Python of .venv is."""
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(root):
    """Changes with pyproject.toml, with what is installed, and when the checkout has moved."""
    text = (root / "pyproject.toml").read_bytes() + f"\n{EXTRA}\n{root.resolve()}".encode()
    return hashlib.sha256(text).hexdigest()


def read_stamp(root):
    """The state of .venv and who made it; two empty strings where nobody has said."""
    try:
        text = (root / ".venv" / "edu_optim-stamp.txt").read_text(encoding="utf-8")
    except OSError:
        return ["", ""]
    return [*text.split("\n"), "", ""][:2]


def write_stamp(root, state, origin):
    """Say how far .venv is and who made it."""
    (root / ".venv" / "edu_optim-stamp.txt").write_text(f"{state}\n{origin}\n", encoding="utf-8")


def is_current(root):
    """Whether .venv is whole and holds what pyproject.toml asks for."""
    return read_stamp(root)[0] == fingerprint(root) and python_of(root).exists()


def prepare(root, arguments):
    """Make .venv or renew it, unless it is up to date; return whether anything was done."""
    if is_current(root):
        return False
    try:
        with locked(root / ".venv.lock", lambda: say("Another process is preparing the environment; waiting ...")):
            if not is_current(root):
                build(root, arguments)
    except OSError as error:
        raise Failure(explain_os_error(error, root)) from error
    return True


def build(root, arguments):
    """Make .venv where there is none, or install into the one that is there."""
    folder, python, uv = root / ".venv", python_of(root), shutil.which("uv")
    state, origin = read_stamp(root)
    if origin == MADE and (state == UNFINISHED or not python.exists()):
        remove(folder)
    fresh = not folder.is_dir() or not any(folder.iterdir())
    if fresh:
        check_tools(uv)
    else:
        check_adopted(folder, python)

    say("Preparing the environment (once, about a minute) ...")
    ours = [path for path in (folder, root / "edu_optim.egg-info") if not path.exists() or (fresh and path == folder)]
    try:
        if fresh:
            import venv

            folder.mkdir(exist_ok=True)
            origin = MADE
            write_stamp(root, UNFINISHED, origin)
            venv.EnvBuilder(symlinks=os.name != "nt").create(folder)
        else:
            origin = origin or ADOPTED
            write_stamp(root, UPDATING, origin)
        install(python, uv, root)
        write_stamp(root, fingerprint(root), origin)
    except InstallError as error:
        remove(*ours)
        rest = "Nothing was left behind."
        if not fresh:
            command = f"{python} -m edu_optim {' '.join(arguments)}"
            rest = f"To use .venv as it is, set EDU_OPTIM_NO_VENV=1 and type: {command}"
        raise Failure(f"{explain(str(error), folder)} {rest}") from error
    except BaseException:
        remove(*ours)
        raise


def check_tools(uv):
    """Raise if this Python cannot make environments, as Debian's cannot at first."""
    if not all(importlib.util.find_spec(name) for name in ("venv", *([] if uv else ["ensurepip"]))):
        raise Failure(
            f"this Python ({sys.executable}) cannot make environments: its venv or ensurepip is missing. "
            f"On Debian and Ubuntu type: sudo apt install python3.{sys.version_info[1]}-venv")


def check_adopted(folder, python):
    """Raise if a .venv that the reader made is of no use here."""
    try:
        usable = subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode == 0
    except OSError:
        usable = False
    if not usable:
        raise Failure(
            f"{folder} was not made by this command and has no working Python 3.11 or newer. "
            "Rename or delete it and type the same command again.")


def install(python, uv, root):
    """Install the package and what it needs, editable, with uv or else pip."""
    package = ["-e", f".[{EXTRA}]"]
    if uv:
        run([uv, "pip", "install", "--python", str(python), *package], root)
        return
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode:
        run([str(python), "-Im", "ensurepip", "--upgrade", "--default-pip"], root)
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=3"]
    run([str(python), "-m", "pip", "install", *quiet, *package], root)


def run(command, root):
    """Run an installer in silence; raise with its whole output if it fails."""
    text = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, **text)
    if done.returncode:
        raise InstallError(f"{' '.join(command)}\n{done.stdout}")


def remove(*folders):
    """Remove folders for good: a second Ctrl-C is ignored, and a child that still writes is waited for."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for folder in folders:
            for _ in range(5):
                shutil.rmtree(folder, ignore_errors=True)
                if not folder.exists():
                    break
                time.sleep(0.2)
    finally:
        signal.signal(signal.SIGINT, before)


def become(command, environ):
    """Run a command in place of this process, or on Windows, which has no such thing, for as long as it takes."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environ)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the command
    sys.exit(subprocess.call(command, env=environ))


def say(line):
    """Tell the reader, leaving stdout to the command."""
    print(line, file=sys.stderr, flush=True)


# ---- what went wrong, in one line


def explain(output, folder):
    """One line about an installer's output, which is kept in a file."""
    if re.search(DISK_FULL, output):
        reason = f"the disk is full, and {folder} needs about 1 GB. Make room and type the same command again."
    elif re.search(OFFLINE, output):
        reason = "the packages could not be fetched. Connect to the internet and type the same command again."
    else:
        lines = [line.strip() for line in output.split("\n") if line.strip()]
        errors = [line for line in lines if re.match("error", line, re.IGNORECASE)]
        reason = f"the packages could not be installed: {(errors or lines)[-1].rstrip('.')}."
    with contextlib.suppress(OSError):
        handle, path = tempfile.mkstemp(prefix="edu_optim-", suffix=".log")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(output)
        reason += f" The full report is in {path}."
    return reason


def explain_os_error(error, root):
    """One line about a step of our own that the system refused."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return f"the disk is full, and {root / '.venv'} needs about 1 GB. Make room and type the same command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot write in {root}. Copy the folder to a place of your own and type the same command there."
    return f"the environment could not be made: {error}."
