"""Understand how neural networks are optimised: every update rule from its formula to its kernel.

Names load on first use: importing this package imports neither NumPy nor Numba. An old Python must be able to read
this file far enough to be told that it is too old, so its syntax is kept plain.
"""

import importlib
import importlib.util

__version__ = "0.1.0"

_HOMES = {
    "Chain": "links",
    "Hyper": "formula",
    "Link": "links",
    "Optimizer": "optimizer",
    "Parameter": "parameter",
    "RULES": "rules",
    "Tensor": "autodiff",
    "UpdateRule": "optimizer",
    "convert": "conversion",
    "convert_back": "conversion",
    "load": "checkpoint",
    "matrix_rule": "formula",
    "no_grad": "tape",
    "rule": "formula",
    "save": "checkpoint",
}


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(__name__ + "." + _HOMES[name]), name)
    if name[:1].isupper():  # a rule's optimizer, such as eo.Adam
        rules = importlib.import_module(__name__ + ".rules").RULES
        if name in rules:
            return rules[name].optimizer
    elif not name.startswith("_") and importlib.util.find_spec(__name__ + "." + name):
        return importlib.import_module(__name__ + "." + name)
    raise AttributeError("edu_optim has no %r" % name)


def __dir__():
    return sorted(list(globals()) + list(_HOMES) + list(importlib.import_module(__name__ + ".rules").RULES))
