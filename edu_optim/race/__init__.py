"""The race: rules against each other on the same data, weights and batches, over many seeds.

A plan says what is to run, a training runs one of it, a store keeps what came out; results are what statistics,
figures and the report are made of. Names load on first use.
"""

import importlib
import importlib.util

_HOMES = {
    "Data": "plan",
    "Entry": "plan",
    "Network": "plan",
    "Plan": "plan",
    "PlanError": "refusals",
    "Results": "results",
    "Run": "plan",
    "Store": "store",
    "StoreError": "mishaps",
    "Training": "training",
    "data_of": "data",
    "load": "plan",
    "published": "publication",
    "run": "racing",
    "shipped": "plan",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if not name.startswith("_") and importlib.util.find_spec(f"{__name__}.{name}"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"edu_optim.race has no {name!r}")


def __dir__():
    return sorted([*globals(), *_HOMES])
