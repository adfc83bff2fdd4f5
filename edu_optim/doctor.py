"""What works on this machine, what is missing, and what to type for it.

Each check looks at one thing and says what it found; a check that fails itself counts as broken, and the next one
goes on.
"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import struct
import sys
import time
import warnings
from typing import NamedTuple

import edu_optim

from .bootstrap import ROOT
from .executors import cores, quota
from .requirements import missing

OK, NOTE, BROKEN = "ok", "note", "BROKEN"


class Finding(NamedTuple):
    """What a check found: OK, NOTE (something optional) or BROKEN (nothing works without), and what to type."""

    state: str
    text: str
    advice: str = ""


def python():
    """The interpreter."""
    bits = 8 * struct.calcsize("P")
    text = f"Python {platform.python_version()}, {bits} bit, {sys.platform} {platform.machine()}, in {sys.prefix}"
    if bits < 64:
        return [Finding(BROKEN, text, "Numba needs a 64-bit Python: install one")]
    return [Finding(OK, text)]


def packages():
    """What the project asks for, against what is installed."""
    if not (ROOT / "pyproject.toml").exists():
        yield Finding(OK, f"edu_optim {edu_optim.__version__}, installed without its lessons and tests")
        return
    for extra, purpose in {"": "the package", "lab": "the lessons", "test": "the tests"}.items():
        lacking = missing(ROOT, [extra])
        if lacking:
            advice = f'{sys.executable} -m pip install -e "{ROOT}{f"[{extra}]" if extra else ""}"'
            yield Finding(NOTE if extra else BROKEN, f"{purpose}: without {', '.join(lacking)}", advice)
        else:
            yield Finding(OK, f"{purpose}: all packages are here")


def kernels():
    """Whether Numba compiles, computes what NumPy computes, and keeps what it compiled."""
    import numpy as np

    from .formula import cache
    from .rules import RULES

    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        kernel = RULES["Adam"].kernel(np.dtype(np.float32))
    seconds = time.perf_counter() - start
    gradients = np.random.default_rng(0).normal(size=(5, 1000)).astype(np.float32)
    readings = [RULES["Adam"].run(np.zeros(1000, np.float32), gradients, backend=b) for b in ("numba", "numpy")]
    if not np.array_equal(*readings):
        advice = "update Numba and NumPy, and until then pass backend='numpy'; please report it with your versions"
        yield Finding(BROKEN, "the kernel of Adam computes something else than its NumPy reading", advice)
    else:
        hit = bool(kernel.stats.cache_hits)
        made = "found it compiled" if hit else "compiled it"
        yield Finding(OK, f"Numba {made} in {seconds:.2f} s; kernel and NumPy reading agree bit for bit")
    if remarks:
        yield Finding(NOTE, str(remarks[-1].message))
    else:
        size = sum(file.stat().st_size for file in cache.folder().rglob("*") if file.is_file())
        yield Finding(OK, f"compiled kernels are kept in {cache.folder()} ({size / 1e6:.1f} MB)")


def threads():
    """How many threads Numba would start, and how many cores there are for them."""
    import numba

    there = cores()
    allowed = min(there, quota() or there)
    started = numba.config.NUMBA_NUM_THREADS
    text = f"{started} threads on {there} cores"
    if started > max(1, allowed):
        advice = f"start with NUMBA_NUM_THREADS={max(1, int(allowed))} in the environment"
        return [Finding(NOTE, f"{text}, of which this program may use {allowed:g}: it will be slowed down", advice)]
    return [Finding(OK, text)]


def peers():
    """The libraries that `edu-optim bench` compares with."""
    here = [name for name in ("torch", "optax") if importlib.util.find_spec(name)]
    for name in here:
        yield Finding(OK, f"{name} {importlib.metadata.version(name)}: `edu-optim bench` measures it beside edu_optim")
    lacking = [name for name in ("torch", "optax") if name not in here]
    if lacking:
        advice = f"{sys.executable} -m pip install {' '.join(lacking)}"
        yield Finding(NOTE, f"{' and '.join(lacking)} not installed: `edu-optim bench` measures without", advice)


def data():
    """Where MNIST comes from."""
    from .mnist import FILES, cache_folder, find, is_whole, read

    chosen = os.environ.get("EDU_OPTIM_DATA")
    if chosen:
        try:
            read(find(chosen))
        except (OSError, ValueError) as error:
            return [Finding(NOTE, str(error), "correct EDU_OPTIM_DATA, or unset it to fetch the files")]
        return [Finding(OK, f"MNIST is in {chosen}, which EDU_OPTIM_DATA names")]
    folder = cache_folder()
    if all(is_whole(folder / f"{name}.gz") for name in FILES):
        return [Finding(OK, f"MNIST is in {folder}")]
    text = "MNIST is not here; `datasets.mnist()` fetches it once (12 MB). The lessons use the digits in the package"
    advice = f'{sys.executable} -c "import edu_optim as eo; eo.datasets.mnist()", or set EDU_OPTIM_DATA to a folder'
    return [Finding(NOTE, text, advice)]


def browser():
    """A browser for those tests that need one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path and importlib.util.find_spec("playwright"):
        return [Finding(OK, f"{path} and Playwright, for the tests in a browser")]
    lacking = [*([] if path else ["Chromium"]), *([] if importlib.util.find_spec("playwright") else ["Playwright"])]
    advice = f"install Chromium as your system does, and type: {sys.executable} -m pip install playwright"
    return [Finding(NOTE, f"no {' and no '.join(lacking)}: the tests in a browser are skipped", advice)]


def sandbox():
    """Whether strangers' notebooks can be graded here."""
    from .grading.sandbox import offered

    best = offered()[0]
    if best.works:
        return [Finding(OK, f"assignments can be graded: {best.reason}")]
    return [Finding(NOTE, f"assignments cannot be graded here: {best.reason}", best.advice)]


def places():
    """Whether lessons can be saved, and room on the disk."""
    from .formula import cache

    if (ROOT / "pyproject.toml").exists():
        folder = ROOT / "notebooks"
        if os.access(folder, os.W_OK):
            yield Finding(OK, f"{folder} can be written: what you do in a lesson is saved")
        else:
            yield Finding(NOTE, f"{folder} cannot be written, so no lesson can be saved", "copy it to a place of yours")
    folder = next(path for path in (cache.folder(), *cache.folder().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < 100e6:
        yield Finding(NOTE, f"{free / 1e6:.0f} MB are free in {folder}: kernels may not be kept", "make room")
    else:
        yield Finding(OK, f"{free / 1e9:.1f} GB are free in {folder}")


CHECKS = (python, packages, kernels, threads, peers, data, browser, sandbox, places)


def examine(checks=CHECKS):
    """Run the checks, one after the other; yields their findings."""
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            yield Finding(BROKEN, f"{check.__name__}: {type(error).__name__}: {error}", "repair what stands above")


def main(show=print, checks=CHECKS):
    """Show what was found; return how many things are broken."""
    broken = 0
    for finding in examine(checks):
        show(f"{finding.state:<6}  {finding.text}")
        if finding.advice:
            show(f"{'':<6}  -> {finding.advice}")
        broken += finding.state == BROKEN
    show(f"\n{broken} broken: begin with the first." if broken else "\nAll that is needed works here.")
    return broken
