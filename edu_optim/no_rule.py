"""`NO_RULE`: what a parameter has for an update rule before `setup`."""


class NotSetUp(AttributeError, RuntimeError):
    """No optimizer moves this yet."""


class _NoRule:
    """What a parameter has before `setup`: false, and an error for whoever wants something of it."""

    def __bool__(self):
        return False

    def __getattr__(self, name):
        if name.startswith("__"):  # Python's own questions
            raise AttributeError(name)
        raise NotSetUp(f"no optimizer moves this parameter yet, so it has no update rule and no {name}: "
                       "call optimizer.setup(network) first")

    def __setattr__(self, name, value):
        getattr(self, name)

    def __repr__(self):
        return "<no update rule: no optimizer moves this parameter yet>"


NO_RULE = _NoRule()
