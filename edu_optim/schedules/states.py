"""States of schedules: plain values, checked before anything of them is believed."""

import copy
import types


def checked_state(schedule, state_dict):
    """A copy of a state without its class, if it is of this class and whole; ValueError otherwise."""
    state = copy.deepcopy(state_dict)
    name = type(schedule).__name__
    theirs = state.pop("schedule", None) if isinstance(state, dict) else None
    if theirs != name:
        raise ValueError(f"this is the state of {theirs or 'no schedule'}, and the schedule is {name}: load its own")
    wanted = schedule.state_dict().keys() - {"schedule"}
    if state.keys() != wanted:
        raise ValueError(f"the state of {name} does not fit: it lacks {sorted(wanted - state.keys())} "
                         f"and has in excess {sorted(state.keys() - wanted)}")
    return state


def plain(value):
    """The same as a text of JSON can hold it: of a callable its attributes, of a function nothing."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    if callable(value):
        held = None if isinstance(value, types.FunctionType) else getattr(value, "__dict__", None)
        return copy.deepcopy(dict(held)) if held is not None else None
    return value


def taken_over(mine, theirs):
    """The value from a state; a callable of mine stays, with the attributes the state holds for it."""
    if isinstance(mine, list) and isinstance(theirs, list) and any(map(callable, mine)):
        return [taken_over(*pair) for pair in zip(mine, theirs, strict=True)]
    if callable(mine):
        if theirs is not None:
            vars(mine).update(theirs)
        return mine
    return theirs
