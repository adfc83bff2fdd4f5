"""`HookList`: the hooks of one parameter or one optimizer, by name and by when they are called."""


class HookList:
    """Hooks by name, in the order in which they were added: `pre` before the rule, `post` after it."""

    def __init__(self):
        self.pre, self.post = {}, {}

    def add(self, hook, name, timing):
        """Take in a hook; nothing has changed if this raises."""
        if not callable(hook):
            raise TypeError(
                f"a hook is called, and {hook!r} cannot be: pass a function hook(rule, param), or one of eo.hooks "
                "such as eo.hooks.WeightDecay(1e-4)")
        if isinstance(hook, type):
            raise TypeError(f"{hook.__name__} is a class, and a hook one of its objects: pass {hook.__name__}(...)")
        when = getattr(hook, "timing", "pre") if timing == "auto" else timing
        if when not in ("pre", "post"):
            whose = "the hook's own timing" if timing == "auto" else "timing"
            raise ValueError(
                f"{whose} = {when!r} is not known: 'pre' is before the rule, on param.grad; 'post' is after it, on "
                "param.data; 'auto' takes the hook's own timing, or else 'pre'")
        name = getattr(hook, "name", None) if name is None else name
        if not isinstance(name, str) or not name:
            raise ValueError(
                f"a hook needs a name to be removed by, and {hook!r} has {name!r}: add_hook(hook, name='mine')")
        if name in self:
            raise KeyError(f"a hook named {name!r} is here already: remove_hook({name!r}) first, or name this one "
                           f"otherwise, add_hook(hook, name='{name}_2')")
        (self.pre if when == "pre" else self.post)[name] = hook

    def remove(self, name):
        """Forget a hook."""
        if name not in self:
            there = ", ".join(map(repr, [*self.pre, *self.post])) or "none"
            raise KeyError(f"no hook is named {name!r} here: there are {there}")
        self.pre.pop(name, None)
        self.post.pop(name, None)

    def names(self):
        """{'pre': names, 'post': names}, in order."""
        return {"pre": list(self.pre), "post": list(self.post)}

    def take_over(self, other):
        """Take in another list's hooks, but for those whose names are taken here."""
        here = {*self.pre, *self.post}
        for mine, theirs in ((self.pre, other.pre), (self.post, other.post)):
            mine.update((name, hook) for name, hook in theirs.items() if name not in here)

    def __contains__(self, name):
        return name in self.pre or name in self.post

    def __bool__(self):
        return bool(self.pre or self.post)


class HookError(RuntimeError):
    """A hook raised an error; the message says which, for what, and what has moved."""
