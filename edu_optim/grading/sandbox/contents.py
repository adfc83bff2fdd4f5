"""What a kernel in the sandbox finds on its disk: an interpreter, the packages it needs, this package without the
grader. Nothing else of the environment that the grader runs in."""

import functools
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import NamedTuple

import edu_optim

REQUIRED = ("ipykernel", "numpy", "numba", "click", "platformdirs", "rich", "pooch", "tqdm")
WELCOME = ("matplotlib", "scipy", "ipywidgets")  # what lessons import besides; left out where they are missing
# A debugger waits for connections, and costs a fifth of a second at every start.
UNWANTED = {"debugpy"}
OF_THE_GRADER = ("__init__.py", "values.py")  # a check calls `show`
SITE, PYTHON = "/site", "/python"


class Mount(NamedTuple):
    """A file or folder and where the kernel finds it; with no source, an empty folder."""

    source: Path | None
    inside: str


@functools.cache
def contents(packages=()):
    """List what is mounted, read-only, in this order.

    Parameters
    ----------
    packages : tuple of str, optional
        Names of further distributions that answers may import, such as ``("pandas",)``.

    Returns
    -------
    list of Mount

    Raises
    ------
    LookupError
        If one of them is not installed.
    """
    return [*_system(), *_interpreter(), *_site(packages), *_ourselves()]


def executable():
    """str: the interpreter inside."""
    real = Path(sys.executable).resolve()
    return str(real) if _of_the_system() else f"{PYTHON}/bin/{real.name}"


def versions(packages=()):
    """dict of str to str: what computes inside, by name."""
    found = {"python": sys.version.split()[0], "edu_optim": edu_optim.__version__}
    for name in (*REQUIRED[:3], *WELCOME[:2], *packages):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _of_the_system():
    return Path(sys.base_prefix) == Path("/usr")


def _system():
    """Programs and libraries; of /usr/local, where a lecturer may keep anything, only the libraries."""
    yield Mount(Path("/usr"), "/usr")
    for folder in ("/usr/local", "/usr/src", "/usr/lib/python3/dist-packages"):
        if Path(folder).is_dir():
            yield Mount(None, folder)
    if Path("/usr/local/lib").is_dir():
        yield Mount(Path("/usr/local/lib"), "/usr/local/lib")
    for folder in ("site-packages", "dist-packages"):
        for path in sorted(Path("/usr/local/lib").glob(f"python3*/{folder}")):
            yield Mount(None, str(path))
        for path in sorted(Path("/usr/lib").glob(f"python3.*/{folder}")):
            yield Mount(None, str(path))
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        if Path(name).exists():
            yield Mount(Path(name), name)


def _interpreter():
    """The interpreter with its library, from wherever it lies; its own packages are left out."""
    if _of_the_system():
        return
    base = Path(sys.base_prefix)
    yield Mount(Path(sys.executable).resolve(), executable())
    for folder in sorted({"lib", sys.platlibdir}):
        if (base / folder).is_dir():
            yield Mount(base / folder, f"{PYTHON}/{folder}")
            for path in sorted((base / folder).glob("python3*/*-packages")):
                yield Mount(None, f"{PYTHON}/{folder}/{path.relative_to(base / folder)}")


def _site(packages):
    seen = set()
    for name in (*REQUIRED, *packages):
        try:
            yield from _distribution(name, seen)
        except importlib.metadata.PackageNotFoundError:
            raise LookupError(f"a kernel in the sandbox needs {name}, which is not installed here. Type: "
                              f"{sys.executable} -m pip install {name}") from None
    for name in WELCOME:
        try:
            yield from _distribution(name, seen)
        except importlib.metadata.PackageNotFoundError:
            continue


def _distribution(name, seen):
    """The folders and files of a distribution, and of those it needs; `seen` holds what we have."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    name = canonicalize_name(name)
    if name in seen or name in UNWANTED:
        return
    distribution = importlib.metadata.distribution(name)
    seen.add(name)
    for top in sorted(_tops(distribution)):
        path = Path(distribution.locate_file(top))
        if path.exists() and path not in seen:  # several may share a folder
            seen.add(path)
            yield Mount(path, f"{SITE}/{path.name}")
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            try:
                yield from _distribution(requirement.name, seen)
            except importlib.metadata.PackageNotFoundError:
                continue  # whoever installed this has done without


def _tops(distribution):
    """The first folder or file of every path that was installed; one that leads elsewhere is none."""
    record = distribution.read_text("RECORD")
    if record is None:  # installed by the system's own package manager
        names = (distribution.read_text("top_level.txt") or distribution.metadata["Name"]).split()
        found = [importlib.util.find_spec(name) for name in names]
        return {Path(spec.submodule_search_locations[0] if spec.submodule_search_locations else spec.origin).name
                for spec in found if spec and (spec.submodule_search_locations or spec.origin)}
    firsts = {line.split(",")[0].split("/")[0] for line in record.splitlines()}
    return {top for top in firsts if top and top[0] not in '."/' and top != "__pycache__"}


def _ourselves():
    """This package from its folder, which may be a checkout; of the grader only what a check calls."""
    package = Path(edu_optim.__file__).resolve().parent
    yield Mount(package, f"{SITE}/edu_optim")
    yield Mount(None, f"{SITE}/edu_optim/grading")
    for name in OF_THE_GRADER:
        if (package / "grading" / name).exists():
            yield Mount(package / "grading" / name, f"{SITE}/edu_optim/grading/{name}")
    yield Mount(Path(__file__).with_name("inside.py"), "/inside.py")
