"""Compiled kernels and lists of fonts that every student's process would otherwise make anew."""

import hashlib
import os
import subprocess
import sys

from ...lock import locked
from .contents import Mount, versions

RULES = ("SGD", "MomentumSGD", "NesterovAG", "AdaGrad", "RMSprop", "AdaDelta", "Adam", "AdamW")
PROGRAM = """
import sys
import numpy as np
from edu_optim.rules import RULES
for name in sys.argv[1:]:
    if name in RULES:
        for dtype in (np.float32, np.float64):
            RULES[name].kernel(np.dtype(dtype))
try:
    import matplotlib.font_manager
except ImportError:
    pass
"""


def folder():
    """pathlib.Path: never the lecturer's own, in which the solutions' rules may lie."""
    from ...formula import cache

    stamp = hashlib.sha256(repr(sorted(versions().items())).encode()).hexdigest()[:16]
    return cache.folder().parent / "sandbox" / stamp


def mounts():
    """list of Mount: what was made before, if it was."""
    made = folder()
    return [Mount(made, "/warm")] if (made / "ready").exists() else []


def warm(rules=RULES):
    """Make them, if that was not done before; takes half a minute.

    Parameters
    ----------
    rules : sequence of str, optional
        Whose kernels.

    Raises
    ------
    subprocess.CalledProcessError
        If they could not be made; it has said why.
    """
    made = folder()
    if (made / "ready").exists():
        return
    made.mkdir(parents=True, exist_ok=True)
    with locked(made.with_suffix(".lock"), on_wait=lambda: None):
        if (made / "ready").exists():
            return
        environ = {**os.environ, "EDU_OPTIM_CACHE": str(made), "MPLCONFIGDIR": str(made / "matplotlib")}
        program = f"import sys; sys.path[:] = {sys.path!r}\n{PROGRAM}"
        subprocess.run([sys.executable, "-c", program, *rules], env=environ, check=True, stdin=subprocess.DEVNULL)
        (made / "ready").touch()
        for path in made.rglob("*"):  # root's files are read by another user
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
