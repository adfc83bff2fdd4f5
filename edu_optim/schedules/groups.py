"""Groups: where rates stand. What a schedule knows, it knows of a group itself, not of its place in the list."""

import weakref
from collections.abc import MutableMapping


def groups_of(optimizer):
    """The groups a schedule drives: those of an optimizer, or of a bare list, that have a rate of their own."""
    groups = optimizer if isinstance(optimizer, list | tuple) else optimizer.param_groups
    return [group for group in groups if type(group) is dict or _has_own_rate(group)]


def _has_own_rate(group):
    owns = getattr(group, "owns", None)
    return owns is None or owns("lr")


def checked_groups(optimizer):
    """The groups of something that may not be an optimizer at all; TypeError or KeyError says why not."""
    if not isinstance(optimizer, list | tuple) and not hasattr(optimizer, "param_groups"):
        raise TypeError(
            f"a schedule drives an optimizer, or a list of groups such as [{{'lr': 0.1}}]; {optimizer!r} is neither")
    groups = groups_of(optimizer)
    for place, group in enumerate(groups):
        if not isinstance(group, MutableMapping):
            raise TypeError(f"param_groups[{place}] is {group!r}; a group is a dict such as {{'lr': 0.1}}")
        if "lr" not in group:
            raise KeyError(f"param_groups[{place}] has no 'lr' for a schedule to change")
    return groups


class Life:
    """One life of a group, which ends where its `initial_lr` vanishes; all schedules that know the group share it."""

    __slots__ = ("__weakref__", "group", "over")

    def __init__(self, group):
        self.group = group  # held, so that its id stays its own
        self.over = False


_LIVES = weakref.WeakValueDictionary()


def life_of(group):
    """The present life of a group."""
    life = _LIVES.get(id(group))
    if life is None or life.over:
        life = _LIVES[id(group)] = Life(group)
    return life


class Known:
    """What one schedule knows of one group: its base rate, and its own values of what may differ between groups."""

    __slots__ = ("base", "group", "life", "own", "place")

    def __init__(self, group, base, place, own):
        self.group, self.base, self.place, self.own = group, base, place, own
        self.life = life_of(group)


def own_values(schedule, place, group, groups):
    """A group's own values of the arguments that may differ between groups."""
    values = []
    for name in schedule.per_group:
        value = getattr(schedule, name)
        if isinstance(value, list):
            if place is None:
                index = next(i for i, g in enumerate(groups) if g is group)
                raise ValueError(
                    f"param_groups[{index}] is new, and {name} lists values for the {len(value)} groups there were "
                    f"when {type(schedule).__name__} was made: make the schedule anew, or give one {name} for all")
            value = value[place]
        values.append(value)
    return tuple(values)


def write(changes):
    """Set every (group, key, value), or nothing if one is refused; returns what undoes it."""
    before = [(group, key, group[key]) for group, key, _ in changes]
    try:
        for group, key, value in changes:
            group[key] = value
    except BaseException:
        restore(before)
        raise
    return before


def restore(before):
    """Undo what `write` did."""
    for group, key, value in before:
        group[key] = value
