"""`Declared`: what every kind of rule has in common, its name and its checked hyperparameters."""

import inspect

from .grammar import FormulaError
from .hyper import Hyper


class Declared:
    """A formula with `degree` and `hyperparameters` declared beside it."""

    def _name(self):
        self.name = self.__name__ = getattr(self.formula, "__name__", repr(self.formula))
        self.__doc__ = inspect.getdoc(self.formula)
        self.__module__ = getattr(self.formula, "__module__", None)

    def _check_declaration(self):
        if self.degree not in (0, 1, None) or isinstance(self.degree, bool):
            raise FormulaError(f"{self.name}: degree={self.degree!r} is not known. "
                               "Instead: 0, 1, or None where there is none")
        for name, hyper in self.hyperparameters.items():
            if not isinstance(hyper, Hyper):
                raise FormulaError(f"{self.name}: {name}={hyper!r} does not say what is allowed. "
                                   f"Instead: {name}=Hyper({hyper!r}, symbol, range)")

    @property
    def label(self):
        """str: by which a saved state knows the rule: the name, and whether it rounds what it keeps."""
        return self.name

    def __repr__(self):
        return f"<rule {self.label}>"

    def values(self, given, dtype=None):
        """Every hyperparameter's value: those given, checked, and defaults for the rest.

        Raises TypeError for an unknown name, TypeError or ValueError for a value that is not allowed.
        """
        values = {n: h.default for n, h in self.hyperparameters.items()}
        for name, hyper in self.hyperparameters.items():
            if name in given and hyper.instead_of and hyper.instead_of not in given:
                values[hyper.instead_of] = 0.0
        for name, value in given.items():
            values[name] = self.check(name, value, dtype)
        return values

    def check(self, name, value, dtype=None):
        """The value as a float if this rule has the hyperparameter `name` and allows it."""
        if name not in self.hyperparameters:
            known = ", ".join(self.hyperparameters) or "none"
            raise TypeError(f"{self.name} has no hyperparameter {name!r}: it has {known}")
        return self.hyperparameters[name].check(self.name, name, value, dtype)

    @property
    def optimizer(self):
        """The optimizer class of this rule, such as `eo.Adam`."""
        from ..optimizer import optimizer_class

        return optimizer_class(self)
