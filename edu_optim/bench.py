"""How fast: every figure measured here and now, as a ratio to a peer on the same work in alternating runs.

Machines are shared and noisy, so a time alone says little; two candidates that take turns meet the same noise.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

import edu_optim as eo

from .formula import Hyper, rule

IN_CACHE, IN_MEMORY = 32_768, 10_000_000
SHAPES = {
    "four tiny tensors": [(4, 4), (4,), (2, 4), (2,)],
    "784-100-10": [(100, 784), (100,), (10, 100), (10,)],
    "100 tensors, 208,000 numbers": [(64, 64), (64,)] * 50,
}
# the fraction or ratio that counts as met; see `verdict`
AT_LEAST = {
    ("step", "four tiny tensors", "torch fused"): 8, ("step", "784-100-10", "torch fused"): 3,
    ("step", "100 tensors, 208,000 numbers", "torch fused"): 8,
    ("step", "four tiny tensors", "optax jitted"): 5, ("step", "784-100-10", "optax jitted"): 3,
    ("step", "100 tensors, 208,000 numbers", "optax jitted"): 6,
    ("train", "784-100-10", "torch fused"): 1.2, ("train", "784-500-10", "torch fused"): 1.05,
}


# Loops that only move what a rule with so many states moves: read all, write all but the gradient.
@rule(paper="none", degree=1, lr=Hyper(1, "", "[0, inf)"))
def Move0(x, g, t, lr):
    return x + g


@rule(paper="none", degree=1, element_states={"a": 0}, lr=Hyper(1, "", "[0, inf)"))
def Move1(x, g, a, t, lr):
    return x + g, a + g


@rule(paper="none", degree=1, element_states={"a": 0, "b": 0}, lr=Hyper(1, "", "[0, inf)"))
def Move2(x, g, a, b, t, lr):
    return x + g, a + g, b + g


MOVERS = (Move0, Move1, Move2)


def function_rules():
    """One made-up rule for every function and operator a formula may use."""

    def made(formula):
        return rule(paper="none", degree=None, lr=Hyper(0.5, "", "[0, inf)"))(formula)

    @made
    def plus(x, g, t, lr):
        return x + g

    @made
    def times(x, g, t, lr):
        return x * g

    @made
    def over(x, g, t, lr):
        return x / g

    @made
    def minus(x, g, t, lr):
        return -g

    @made
    def square(x, g, t, lr):
        return g**2

    @made
    def root(x, g, t, lr):
        return np.abs(g) ** 0.5

    @made
    def power(x, g, t, lr):
        return x + lr**t * g

    @made
    def sqrt(x, g, t, lr):
        return np.sqrt(np.abs(g))

    @made
    def absolute(x, g, t, lr):
        return np.abs(g)

    @made
    def sign(x, g, t, lr):
        return np.sign(g)

    @made
    def where(x, g, t, lr):
        return np.where(g > x, g, lr)

    @made
    def both(x, g, t, lr):
        return np.where((g > x) & ~(g < lr) | (x == 0), g, lr)

    @made
    def where_t(x, g, t, lr):
        return np.where(t == 1, g, x)

    @made
    def minimum(x, g, t, lr):
        return np.minimum(g, lr)

    @made
    def maximum(x, g, t, lr):
        return np.maximum(g, lr)

    @made
    def clip(x, g, t, lr):
        return np.clip(g, -lr, lr)

    @made
    def exp(x, g, t, lr):
        return np.exp(g)

    @made
    def log(x, g, t, lr):
        return np.log(np.abs(g))

    @made
    def tanh(x, g, t, lr):
        return np.tanh(g)

    return [r for r in locals().values() if isinstance(r, type(Move0))]


def alternate(candidates, rounds=15, slice_seconds=0.01):
    """Median seconds of one call of each candidate, measured in turns.

    Parameters
    ----------
    candidates : dict
        Name to a function without arguments.
    rounds : int
        How often each has its turn.
    slice_seconds : float
        How long one turn lasts, about.

    Returns
    -------
    dict
        Name to seconds.
    """
    calls = {}
    for name, call in candidates.items():
        call()
        start = time.perf_counter()
        call()
        calls[name] = max(1, int(slice_seconds / (time.perf_counter() - start + 1e-9)))
    seconds = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                call()
            seconds[name].append((time.perf_counter() - start) / calls[name])
    return {name: statistics.median(times) for name, times in seconds.items()}


def stepper(update_rule, shapes, seed=0):
    """The step function of an optimizer over float32 parameters of the given shapes, gradients in place."""
    rng = np.random.default_rng(seed)
    params = [eo.Parameter(rng.normal(size=shape).astype(np.float32)) for shape in shapes]
    optimizer = update_rule.optimizer(params)
    for p in params:
        p.grad = rng.normal(size=p.shape).astype(np.float32)
    optimizer.step()
    return optimizer.step


def functions():
    """Nanoseconds per element of every allowed function, float32, in cache."""
    rows = []
    for r in function_rules():
        seconds = alternate({"it": stepper(r, [(IN_CACHE,)])}, rounds=7)["it"]
        slow = r.name in ("exp", "log", "tanh")
        ns = seconds / IN_CACHE * 1e9
        rows.append({"what": r.name, "ns": ns, "met": slow or ns <= 0.5})
    return rows


def rules():
    """Every rule: ns per parameter and per array touched in cache, and the share of the byte-moving limit in memory."""
    rows = []
    for r in (eo.RULES[name] for name in eo.RULES):
        states = len(r.element_states)
        if states >= len(MOVERS):
            continue
        cached = alternate({"it": stepper(r, [(IN_CACHE,)])}, rounds=7)["it"] / IN_CACHE * 1e9
        large = alternate({"it": stepper(r, [(IN_MEMORY,)]), "move": stepper(MOVERS[states], [(IN_MEMORY,)])}, rounds=7)
        share = large["move"] / large["it"]
        row = {"what": r.name, "ns": cached, "ns_per_array": cached / (1 + states), "share_of_moving": share}
        rows.append(row | {"met": share >= 0.9})
    return rows


def steps():
    """One `step()` of Adam on the shapes of small networks, beside torch and optax where they are installed."""
    rows = []
    for name, shapes in SHAPES.items():
        candidates = {"edu_optim": stepper(eo.RULES["Adam"], shapes)} | _torch_steps(shapes) | _optax_step(shapes)
        rows += _compared("step", name, alternate(candidates))
    return rows


def training():
    """One training step of an MLP, batch 100, forward, backward and Adam, beside torch where it is installed."""
    rows = []
    for hidden in (100, 500):
        candidates = {"edu_optim": _our_training(hidden)} | _torch_training(hidden)
        rows += _compared("train", f"784-{hidden}-10", alternate(candidates, rounds=31, slice_seconds=0.05))
    return rows


def start():
    """Seconds of a fresh process: import, and the first step with kernels kept from before."""
    code = (
        "import time; a = time.perf_counter(); import edu_optim as eo; b = time.perf_counter(); import numpy as np;"
        "p = eo.Parameter(np.ones(4, np.float32)); o = eo.Adam([p]); p.grad = np.ones(4, np.float32); o.step();"
        "c = time.perf_counter(); print(b - a, c - a)"
    )
    stepper(eo.RULES["Adam"], [(4,)])  # the kernel is on the disk from here on
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
        runs.append([float(word) for word in done.stdout.split()])
    imported, stepped = (statistics.median(times) for times in zip(*runs))
    return [{"what": "import edu_optim", "seconds": imported, "met": imported <= 0.3},
            {"what": "first step, import included", "seconds": stepped, "met": stepped <= 1.2}]


def _compared(kind, name, seconds):
    ours = seconds.pop("edu_optim")
    rows = [{"what": name, "beside": "edu_optim", "microseconds": ours * 1e6}]
    for peer, theirs in seconds.items():
        wanted = AT_LEAST.get((kind, name, peer))
        row = {"what": name, "beside": peer, "microseconds": theirs * 1e6, "ratio": theirs / ours}
        rows.append(row if wanted is None else row | {"at_least": wanted, "met": theirs / ours >= wanted})
    return rows


def _torch_steps(shapes):
    if not importlib.util.find_spec("torch"):
        return {}
    import torch

    def made(**options):
        params = [torch.randn(*shape, requires_grad=True) for shape in shapes]
        for p in params:
            p.grad = torch.randn_like(p)
        return torch.optim.Adam(params, **options).step

    return {"torch fused": made(fused=True), "torch default": made()}


def _optax_step(shapes):
    if not (importlib.util.find_spec("optax") and importlib.util.find_spec("jax")):
        return {}
    import jax
    import optax

    adam = optax.adam(1e-3)
    rng = np.random.default_rng(0)
    params = [jax.numpy.asarray(rng.normal(size=s).astype(np.float32)) for s in shapes]
    grads = [jax.numpy.asarray(rng.normal(size=s).astype(np.float32)) for s in shapes]
    held = {"state": (params, adam.init(params))}

    def update(params, state, grads):
        updates, state = adam.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    jitted = jax.jit(update, donate_argnums=(0, 1))

    def step():
        held["state"] = jitted(*held["state"], grads)
        jax.block_until_ready(held["state"])

    return {"optax jitted": step}


def _our_training(hidden):
    digits = eo.datasets.digits()
    net = eo.links.MLP(784, hidden, 10)
    optimizer = eo.Adam(net)
    x, y = digits.train_x[:100], digits.train_y[:100]

    def step():
        optimizer.zero_grad()
        eo.functions.softmax_cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


def _torch_training(hidden):
    if not importlib.util.find_spec("torch"):
        return {}
    import torch

    digits = eo.datasets.digits()
    net = torch.nn.Sequential(torch.nn.Linear(784, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    x, y = torch.tensor(digits.train_x[:100]), torch.tensor(digits.train_y[:100])

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()

    return {"torch fused": step}


PARTS = {"functions": functions, "rules": rules, "steps": steps, "training": training, "start": start}


def main(parts, as_json, show=print):
    """Measure `parts` and show one table each, or everything as JSON."""
    measured = {name: PARTS[name]() for name in parts or PARTS}
    if as_json:
        show(json.dumps(measured, indent=1))
        return
    import rich
    from rich.table import Table

    for name, rows in measured.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        table = Table(title=name)
        for column in columns:
            table.add_column(column.replace("_", " "), justify="left" if column in ("what", "beside") else "right")
        for row in rows:
            table.add_row(*(_cell(row.get(column)) for column in columns))
        rich.print(table)
    missing = [p for p in ("torch", "optax") if not importlib.util.find_spec(p)]
    if missing:
        show(f"not installed, so not compared: {', '.join(missing)}")
    misses = [" beside ".join([row["what"], *([row["beside"]] if "beside" in row else [])])
              for rows in measured.values() for row in rows if row.get("met") is False]
    show("missed: " + ("; ".join(misses) if misses else "nothing"))


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "MISSED"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
