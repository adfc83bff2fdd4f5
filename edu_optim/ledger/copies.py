"""Copies of hooks, so that a dry run leaves alone what hooks remember."""

import copy
import types


def copied(hook, name, memo):
    """A copy of a hook that shares nothing with it but what `memo` holds.

    To `copy.deepcopy` a plain function is its own copy; here it gets copies of what it keeps in its closure, its
    defaults and its attributes, and of the global names it uses, such as a list or an `rng` of a notebook.

    Returns
    -------
    callable
        A function, or what the copy of an object is called by.

    Raises
    ------
    TypeError
        If it holds what cannot be copied, such as a generator or an open file.
    """
    try:
        return _function(hook, memo) if isinstance(hook, types.FunctionType) else _method(hook, memo)
    except Exception as error:
        raise TypeError(
            f"the hook {name!r} holds something that cannot be copied ({error}), and a dry run would change it: "
            f"remove_hook({name!r}) for the moment, explain, and add it again") from error


def _method(hook, memo):
    new = copy.deepcopy(hook, memo)
    bound = isinstance(hook, types.MethodType)
    function, owner = (hook.__func__, new.__self__) if bound else (type(hook).__call__, new)
    return types.MethodType(_function(function, memo), owner) if isinstance(function, types.FunctionType) else new


def _function(function, memo):
    if id(function) in memo:
        return memo[id(function)]
    theirs = function.__globals__
    ours = memo.setdefault(("globals", id(theirs)), dict(theirs))
    cells = [(types.CellType(), cell) for cell in function.__closure__ or ()]
    new = types.FunctionType(function.__code__, ours, function.__name__, None, tuple(cell for cell, _ in cells))
    memo[id(function)] = new
    new.__defaults__ = copy.deepcopy(function.__defaults__, memo)
    new.__kwdefaults__ = copy.deepcopy(function.__kwdefaults__, memo)
    vars(new).update(copy.deepcopy(vars(function), memo))
    for cell, original in cells:
        cell.cell_contents = _kept(original.cell_contents, memo)
    for name in _names(function.__code__) & theirs.keys():
        helper = isinstance(theirs[name], types.FunctionType)
        if not helper or theirs[name].__globals__ is theirs:  # what a library calls is the library's
            ours[name] = _kept(theirs[name], memo)
    return new


def _kept(thing, memo):
    """What a function finds under a name."""
    if isinstance(thing, types.FunctionType):
        return _function(thing, memo)
    return thing if isinstance(thing, (types.ModuleType, type)) else copy.deepcopy(thing, memo)


def _names(code):
    """The names that a function, and those written inside it, look up."""
    return {*code.co_names}.union(*(_names(c) for c in code.co_consts if isinstance(c, types.CodeType)))
