"""What pyproject.toml asks for, and what of it is missing here. Standard library only."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version

EXTRAS = {"assignment": "grading"}  # of commands that are not called like the extra they need


def missing(root, arguments):
    """List what a command asks for and this Python's environment does not have.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    arguments : list of str
        The command line; an extra that is called like its first word (``lab``, ``test``) is what the command needs
        besides the package's own dependencies.

    Returns
    -------
    list of str
        The requirements as pyproject.toml has them, each with the version that is here instead, if one is.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + [r for name in arguments[:1] for r in extras.get(EXTRAS.get(name, name), ())]
    lacking = []
    for requirement in wanted:  # grows where one extra names another
        name, inner, bound = re.match(r"([\w.-]+)(?:\[(\w+)\])?(?:>=([\d.]+))?", requirement).groups()
        if name == project["name"]:
            wanted.extend(extras[inner])
            continue
        try:
            if numbers(version(name)) < numbers(bound or ""):
                lacking.append(f"{requirement} ({version(name)} is here)")
        except PackageNotFoundError:
            lacking.append(requirement)
    return lacking


def numbers(text):
    """The leading numbers of a version.

    >>> numbers("2.0rc1")
    [2, 0]
    """
    return [int(part) for part in re.match(r"[\d.]*", text).group().split(".") if part]
