"""Run a rule without its kernel: the NumPy reading of a step, and trajectories of any reading."""

import importlib.util

import numpy as np

from .single import Single

BACKENDS = ("auto", "numba", "numpy")
DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def resolve(backend):
    """'numba' or 'numpy' for what the user asked for; ValueError for anything else."""
    if backend not in BACKENDS:
        raise ValueError(f"backend = {backend!r} is not known: choose one of {', '.join(map(repr, BACKENDS))}")
    there = importlib.util.find_spec("numba") is not None
    if backend == "numba" and not there:
        raise ImportError("backend = 'numba' needs Numba, which is not installed: "
                          "pip install numba, or choose backend='numpy'")
    return "numba" if there and backend != "numpy" else "numpy"


def step(rule, *arguments):
    """One update of every segment by `coefficients` and `body`; the arguments are the kernel's.

    X, G and the element states, segments, has_gradient, T, S, R, table: see `Rule.kernel_source`.
    """
    layout, parts = rule.layout, rule.layout.parts
    X, G, *states = arguments[: len(layout.arrays)]
    segments, has_gradient, T, S, R, table = arguments[len(layout.arrays):]
    number, known = X.dtype.type, len(parts.coefficients)
    with np.errstate(all="ignore"):
        for s, (start, size, at, row, flag, enabled) in enumerate(segments):
            if not (enabled and has_gradient[flag]):
                continue
            T[s] += 1.0
            C = rule.numpy.coefficients(T[s], *S[s], *R[s], *table[row])
            coefficients = [v if e.truth else number(v) for v, e in zip(C, parts.coefficients.values(), strict=False)]
            S[s] = C[known : known + layout.scalar_states]
            slices = [X[start : start + size], G[start : start + size], *(a[at : at + size] for a in states)]
            if T[s] == 1.0:
                for name, value in zip(parts.starts, C[known + layout.scalar_states:], strict=True):
                    slices[layout.arrays.index(name)][:] = value
            new = rule.numpy.body(*slices, *coefficients)
            kept = [v.copy() if any(v is a for a in slices) else v for v in new]  # x, m = m, x
            for part, value in zip([slices[0], *slices[2:]], kept, strict=True):
                part[:] = value


def reduce(rule, row, shape, x, g, states, t, values):
    """Compute a rule's reductions for one parameter into `row`; `values` are all hyperparameters by name."""
    if not rule.reductions:
        return
    if x.size == 0:  # has no largest element
        row[:] = 0
        return
    values = {n: np.float64(v) for n, v in values.items()}
    arrays = {n: a.reshape(shape) for n, a in zip(("x", "g", *rule.element_states), (x, g, *states), strict=True)}
    with np.errstate(all="ignore"):
        if t == 1:  # before which nobody has filled in a start that hyperparameters give
            arrays |= {n: np.full_like(arrays[n], start(rule, n, values))
                       for n, text in rule.element_states.items() if isinstance(text, str)}
        for k, reduction in enumerate(rule.reductions.values()):
            row[k] = reduction({**arrays, "t": np.float64(t), **values})


def start(rule, state, values):
    """The number a state starts with, given all hyperparameters as float64."""
    text = (rule.element_states | rule.scalar_states)[state]
    return np.float64(eval(text, {"np": np, **values}) if isinstance(text, str) else text)


def trajectory(rule, x, gradients, backend, hyperparameters):
    """x before the first step and after each."""
    x, gradients = checked_trajectory(rule, x, gradients, backend)
    values = rule.values(hyperparameters, x.dtype)
    walk = (_formula if backend == "formula" else _segment)(rule, x, values, backend)
    return np.array([x, *(walk(g.reshape(-1)).reshape(x.shape).copy() for g in gradients)], x.dtype)


def checked_trajectory(rule, x, gradients, backend):
    """(x, gradients) as arrays of one dtype, if they fit each other and there is such a backend."""
    if backend not in (*BACKENDS, "formula"):
        raise ValueError(f"backend = {backend!r} is not known: choose 'formula', {', '.join(map(repr, BACKENDS))}")
    x = np.asarray(x)
    x = x.astype(x.dtype if x.dtype in DTYPES else np.float64)
    gradients = np.asarray(gradients, x.dtype)
    if gradients.ndim == 0 or gradients.shape[1:] != x.shape:
        raise ValueError(f"{rule.name}: gradients of shape {gradients.shape} do not fit x of shape {x.shape}: "
                         f"one gradient a step makes shape {('steps', *x.shape)}".replace("'", ""))
    return x, gradients


def _segment(rule, x, values, backend):
    """A function of g that updates one parameter through the kernel or its NumPy reading."""
    X, G = x.reshape(-1).copy(), np.zeros(x.size, x.dtype)
    number = [np.float64(0 if isinstance(s, str) else s) for s in (rule.element_states | rule.scalar_states).values()]
    states = [np.full(x.size, value, x.dtype) for value in number[: len(rule.element_states)]]
    T, S, R = np.zeros(1), np.array([number[len(states):]]), np.zeros((1, len(rule.reductions)))
    table = np.array([[*values.values(), *rule.layout.parts.constants.values()]])
    segments, has_gradient = np.array([[0, x.size, 0, 0, 0, 1]], np.int64), np.ones(1, bool)
    update = rule.stepper(x.dtype, backend)

    def walk(g):
        G[:] = g
        reduce(rule, R[0], x.shape, X, G, states, T[0] + 1, values)
        update(X, G, *states, segments, has_gradient, T, S, R, table)
        return X

    return walk


def _formula(rule, x, values, backend):
    """A function of g that calls the author's function on arrays, with every plain number a float64."""
    values = {n: np.float64(v) for n, v in values.items()}
    states = {n: start(rule, n, values) for n in (*rule.element_states, *rule.scalar_states)}
    shape, x = x.shape, x.reshape(-1)  # powers of arrays without dimensions are computed otherwise
    arrays = [np.full(x.shape, states[n], x.dtype) for n in rule.element_states]
    scalars, R, t = [states[n] for n in rule.scalar_states], np.zeros(len(rule.reductions)), np.float64(0)
    kind = Single if x.dtype == np.float32 else np.ndarray

    def walk(g):
        nonlocal x, arrays, scalars, t
        t = t + 1
        reduce(rule, R, shape, x, g, arrays, t, values)
        given = [a.copy().view(kind) for a in (x, g, *arrays)]  # copies, for a formula may change them in place
        with np.errstate(all="ignore"):
            new = rule.formula(*given, t, *scalars, *R, *values.values())
            new = new if isinstance(new, tuple) else (new,)
            x, *arrays = [np.broadcast_to(np.asarray(a), x.shape).astype(x.dtype) for a in new[: 1 + len(arrays)]]
        scalars = [np.float64(v) for v in new[1 + len(arrays):]]
        return x

    return walk
