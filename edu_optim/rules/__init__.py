"""The update rules, one file each. A new file here is a new rule: nothing else has to know of it."""

import importlib
import pkgutil
from collections.abc import Mapping

from ..formula.declared import Declared


class _Rules(Mapping):
    """Rules by name. A rule `SomeName` stands in the file somename.py (or some_name.py), read on first use."""

    def __init__(self):
        self._files = {m.name.replace("_", ""): m.name for m in pkgutil.iter_modules(__path__)}

    def _find(self, name):
        if not isinstance(name, str) or name.lower() not in self._files:
            return None
        rule = getattr(importlib.import_module(f"{__name__}.{self._files[name.lower()]}"), name, None)
        return rule if isinstance(rule, Declared) else None

    def __getitem__(self, name):
        rule = self._find(name)
        if rule is None:
            raise KeyError(f"there is no rule {name!r}: there are {', '.join(self)}")
        return rule

    def __contains__(self, name):
        return self._find(name) is not None

    def __iter__(self):
        for file in self._files.values():
            module = importlib.import_module(f"{__name__}.{file}")
            yield from (n for n, r in vars(module).items() if isinstance(r, Declared))

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return f"RULES({', '.join(self)})"


RULES = _Rules()
