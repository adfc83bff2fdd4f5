"""What is measured: one function for each part, which returns its rows."""

import itertools
import os
import statistics
import subprocess
import sys

import numpy as np

import edu_optim as eo

from ..card import formula_lines
from . import peers
from .apart import apart
from .probes import MOVERS, SHAPES, function_rules, stepper, two_schedules
from .turns import alternate, ratio

IN_CACHE, IN_MEMORY = 32_768, 10_000_000
# the ratio that counts as met
AT_LEAST = {
    ("step", "four tiny tensors", "torch fused"): 8,
    ("step", "784-100-10", "torch fused"): 3,
    ("step", "100 tensors, 208,000 numbers", "torch fused"): 8,
    ("step", "four tiny tensors", "optax jitted"): 5,
    ("step", "784-100-10", "optax jitted"): 3,
    ("step", "100 tensors, 208,000 numbers", "optax jitted"): 6,
    ("train", "784-100-10", "torch fused"): 1.2,
    ("train", "784-500-10", "torch fused"): 1.05,
    ("schedule", "two schedules over a list of one group", "torch"): 1.0,
    ("schedule", "two schedules over an optimizer", "torch"): 1.0,
}


def functions():
    """Nanoseconds per element of every allowed function, float32, in cache."""
    rows = []
    for r in function_rules():
        ns = in_cache(r)
        slow = r.name in ("exp", "log", "tanh")
        rows.append({"what": r.name, "ns": ns, "met": slow or ns <= 0.5})
    return rows


def in_cache(r):
    """Nanoseconds per float32 parameter that stays in the cache."""
    return float(np.median(alternate({"it": stepper(r, [(IN_CACHE,)])}, rounds=15)["it"])) / IN_CACHE * 1e9


def rules(chosen=None):
    """Every rule, or those that are given, on float32 parameters.

    In cache: ns per parameter, and per array it writes. In memory: the share of the speed of a loop that only moves
    the same arrays, and how many times as long torch's fused optimiser takes, where it has one.
    """
    rows = []
    for r in (r for r in chosen or eo.RULES.values() if r.elementwise):
        states = len(r.element_states)
        ns = in_cache(r)
        formula = "\n".join(formula_lines(r))
        heavy = formula.count("/") > 1 or any(f in formula for f in ("np.exp", "np.log", "np.tanh"))
        candidates = {"it": stepper(r, [(IN_MEMORY,)]), "move": stepper(MOVERS[states], [(IN_MEMORY,)])}
        large = alternate(candidates | peers.torch_fused(r.name, IN_MEMORY), rounds=15)
        row = {
            "what": r.name,
            "ns": ns,
            "ns_per_array": ns / (1 + states),
            "share_of_moving": ratio(large["move"], large["it"]),
        }
        met = row["ns_per_array"] <= (0.4 if heavy else 0.15) and row["share_of_moving"] >= 0.9
        if "torch" in large:
            row["torch_fused"] = ratio(large["torch"], large["it"])
            met = met and row["torch_fused"] >= 1
        # A number about a whole parameter takes passes of its own, by NumPy, before the loop.
        reason = {"note": f"reads all of it for {', '.join(r.reductions)} first"} if r.reductions else {}
        rows.append(row | {"met": bool(met)} | reason)
    return rows


def rates():
    """One `step()` of Adam over 100 tensors: with a rate for all, with 100 rates, with a rate that changes."""
    shapes = SHAPES["100 tensors, 208,000 numbers"]
    one, changed, many, both = (stepper(eo.RULES["Adam"], shapes) for _ in range(4))
    for step in (many, both):
        update_rules = step.__self__.update_rules
        for k, u in enumerate(update_rules):
            u.hyperparam.lr = 0.001 * (1 + k / 100)
        for u in update_rules[:10]:
            u.enabled = False

    lr = itertools.cycle([0.001, 0.002])

    def set_and_step(step):
        step.__self__.hyperparam.lr = next(lr)
        step()

    seconds = alternate({
        "one rate": one, "100 rates, 10 tensors frozen": many, "the rate of all set before each step":
        lambda: set_and_step(changed), "both": lambda: set_and_step(both)})
    ours = seconds.pop("one rate")
    rows = [{"what": "one rate", "microseconds": float(np.median(ours)) * 1e6}]
    for what, theirs in seconds.items():
        wanted, times = (1.3 if "set" not in what and what != "both" else 2.0), ratio(theirs, ours)
        rows.append({"what": what, "microseconds": float(np.median(theirs)) * 1e6, "times_one_rate": times,
                     "at_most": wanted, "met": times <= wanted})
    return rows


def steps():
    """One `step()` of Adam on the shapes of small networks, beside torch and optax where they are installed."""
    torch = ["torch fused", "torch default"] if peers.installed("torch") else []
    optax = ["optax jitted"] if peers.installed("optax", "jax") else []
    rows = []
    for shapes in SHAPES:
        rows += _compared("step", shapes, apart("step", ["edu_optim", *torch, *optax], shapes))
    return rows


def training():
    """One training step of an MLP, batch 100, forward, backward and Adam, beside torch where it is installed."""
    torch = ["torch fused"] if peers.installed("torch") else []
    rows = []
    for hidden in (100, 500):
        rows += _compared("train", f"784-{hidden}-10", apart("train", ["edu_optim", *torch], hidden))
    return rows


def schedules():
    """One `step()` of two schedules, beside torch where it is installed, and their rates for a million epochs."""
    rows = []
    groups = {"a list of one group": [{"lr": 0.1}], "an optimizer": eo.SGD([eo.Parameter(np.ones(1))])}
    for what, driven in groups.items():
        candidates = {"edu_optim": two_schedules(driven)} | peers.torch_schedules()
        seconds = alternate(candidates, rounds=101, slice_seconds=0.001)
        rows += _compared("schedule", f"two schedules over {what}", seconds)
    both = eo.schedules.StepLR(step_size=3, gamma=0.5) * eo.schedules.ExponentialLR(gamma=0.9)
    million = float(np.median(alternate({"it": lambda: eo.schedules.rates(both, 1_000_000)})["it"]))
    return [*rows, {"what": "their rates for 1,000,000 epochs", "microseconds": million * 1e6, "met": million <= 0.05}]


def start():
    """Seconds of a fresh process: import, and the first step with kernels kept from before."""
    code = (
        "import time; a = time.perf_counter(); import edu_optim as eo; b = time.perf_counter(); import numpy as np;"
        "p = eo.Parameter(np.ones(4, np.float32)); o = eo.Adam([p]); p.grad = np.ones(4, np.float32); o.step();"
        "c = time.perf_counter(); print(b - a, c - a)")
    stepper(eo.RULES["Adam"], [(4,)])  # the kernel is on the disk from here on
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
        runs.append([float(word) for word in done.stdout.split()])
    imported, stepped = (statistics.median(times) for times in zip(*runs))
    return [
        {"what": "import edu_optim", "seconds": imported, "met": imported <= 0.3},
        {"what": "first step, import included", "seconds": stepped, "met": stepped <= 1.2},
    ]


def _compared(kind, name, seconds):
    ours = seconds.pop("edu_optim")
    rows = [{"what": name, "beside": "edu_optim", "microseconds": float(np.median(ours)) * 1e6}]
    for peer, theirs in seconds.items():
        wanted, times = AT_LEAST.get((kind, name, peer)), ratio(theirs, ours)
        row = {"what": name, "beside": peer, "microseconds": float(np.median(theirs)) * 1e6, "ratio": times}
        rows.append(row if wanted is None else row | {"at_least": wanted, "met": times >= wanted})
    return rows
