"""Runs the code of strangers: `with Kernel() as kernel: kernel.run("print(1)")`.

`offered()` says what this machine can do, `warm()` saves every kernel from compiling the same. Jupyter's libraries are
loaded with the first kernel, not before.
"""

import importlib

from .limits import Limits
from .offers import Offer, offered
from .warming import warm

__all__ = ["Kernel", "Limits", "Offer", "Ran", "SandboxError", "offered", "warm"]

_HOMES = {"Kernel": "kernel", "Ran": "kernel", "SandboxError": "provisioner"}


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"edu_optim.grading.sandbox has no {name!r}")
