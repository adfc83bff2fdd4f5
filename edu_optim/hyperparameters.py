"""`Hyperparameters`: the values a rule works with, checked at the moment they are set."""


class Hyperparameters:
    """The hyperparameters of an optimizer, as attributes.

    A value that the rule does not allow raises and changes nothing; a name the rule does not have raises
    AttributeError with those it has.

    Parameters
    ----------
    rule : Rule
    row : ndarray, float64
        The row of the kernel's table where the values stand, in the order of the rule's signature.
    dtypes : set of dtype
        What the values must suit: the dtypes of the optimizer's parameters.

    Examples
    --------
    >>> import edu_optim as eo
    >>> optimizer = eo.MomentumSGD(lr=0.1)
    >>> optimizer.hyperparam.momentum = 0.5
    >>> optimizer.hyperparam
    Hyperparameters(lr=0.1, momentum=0.5)
    >>> optimizer.hyperparam.rate = 0.1
    Traceback (most recent call last):
        ...
    AttributeError: MomentumSGD has no hyperparameter 'rate': it has lr, momentum
    """

    def __init__(self, rule, row, dtypes):
        places = {name: k for k, name in enumerate(rule.hyperparameters)}
        vars(self).update(_rule=rule, _row=row, _dtypes=dtypes, _places=places)

    def __getattr__(self, name):
        if name.startswith("_"):  # a copy in the making, which has no rule yet, asks for these
            raise AttributeError(name)
        return float(self._row[self._place(name)])

    def __setattr__(self, name, value):
        place = self._place(name)
        self._row[place] = checked(self._rule, {name: value}, self._dtypes)[name]

    def _place(self, name):
        if name not in self._places:
            raise AttributeError(f"{self._rule.name} has no hyperparameter {name!r}: it has {', '.join(self._places)}")
        return self._places[name]

    def get_dict(self):
        """All values by name, as a new dict."""
        return {name: float(self._row[place]) for name, place in self._places.items()}

    def __dir__(self):
        return [*self._places, "get_dict"]

    def __repr__(self):
        return f"Hyperparameters({listed(self.get_dict())})"


def listed(values):
    """Hyperparameters as one writes them in a call."""
    return ", ".join(f"{name}={value:g}" for name, value in values.items())


def checked(rule, values, dtypes):
    """The values as floats; TypeError or ValueError if the rule, or parameters of these dtypes, cannot use one."""
    for dtype in dtypes:
        for name, value in values.items():
            rule.check(name, value, dtype)
    return {name: rule.check(name, value) for name, value in values.items()}
