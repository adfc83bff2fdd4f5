"""The outcome of a check, which has been said in words already."""


class Verdict(int):
    """True or False that a notebook does not print a second time below the line of words."""

    def __repr__(self):
        return repr(bool(self))

    def _ipython_display_(self):
        pass
