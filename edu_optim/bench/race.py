"""A step of the race beside its matrix products alone, and beside torch: all in one process with one thread.

The digits are the embedded ones, ten times over: as many as MNIST has, so that gathering a minibatch costs as much.
"""

import itertools
import json
import os
import subprocess
import sys
import time

import numpy as np

from ..threads import BLAS
from .peers import installed
from .turns import alternate, ratio

AT_MOST = {"clean": 1.25, "as_run": 1.4}  # times the matrix products, averaged over the rules
SLICE = 0.04  # seconds of one turn: in a run the caches are warm, so the first steps of a turn must not count for much
RUN = "from edu_optim.bench.race import main; main()"
TORCH = {
    "SGD": ("SGD", {"lr": 0.01}),
    "MomentumSGD": ("SGD", {"lr": 0.01, "momentum": 0.9}),
    "AdaGrad": ("Adagrad", {"lr": 0.01}),
    "RMSprop": ("RMSprop", {"lr": 0.001}),
    "AdaDelta": ("Adadelta", {"lr": 1.0, "rho": 0.95}),
    "Adam": ("Adam", {"lr": 0.001}),
}
WAYS = {"fused": {"fused": True}, "foreach": {"foreach": True}, "one by one": {"foreach": False}}


def race_steps():
    """Steps of the plans *clean* and *as_run*, every rule; torch goes its fastest way."""
    environ = {**os.environ, **dict.fromkeys(BLAS, "1"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", RUN], env=environ, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    """Measure, in a process whose libraries have one thread each, and print the rows."""
    print(json.dumps([row for plan in AT_MOST for row in rows(plan)]))


def rows(plan, rules=TORCH, rounds=11):
    """A row for each rule, and one for all of them."""
    found = [row(plan, rule, rounds) for rule in rules]
    mean = {"what": f"{plan}, all", "times_products": _mean(found, "times_products"), "at_most": AT_MOST[plan]}
    met = mean["times_products"] <= mean["at_most"]
    if installed("torch"):
        mean["torch"] = _mean(found, "torch")
        met = met and mean["torch"] > 1
    return [*found, mean | {"met": met}]


def row(plan, rule, rounds=11):
    """Microseconds of a step, how many times its products that is, and how much faster than torch."""
    candidates = {"products": products(), "it": training(plan, rule)} | torch_trainings(plan, rule)
    seconds = alternate(candidates, rounds, SLICE, clock=time.process_time)
    ours = seconds["it"]
    row = {"what": f"{plan}, {rule}", "microseconds": float(np.median(ours)) * 1e6,
           "times_products": ratio(ours, seconds["products"])}
    ways = {name: ratio(theirs, ours) for name, theirs in seconds.items() if name.startswith("torch")}
    if ways:
        best = min(ways, key=ways.get)
        row |= {"torch": ways[best], "way": best.removeprefix("torch ")}
    return row


def products(batch=100, sizes=(784, 500, 10)):
    """The matrix products of a step, forward and backward, into buffers that are there."""
    rng = np.random.default_rng(0)
    xs, gs = ([rng.normal(size=(batch, n)).astype(np.float32) for n in sizes] for _ in range(2))
    Ws = [rng.normal(size=(b, a)).astype(np.float32) for a, b in itertools.pairwise(sizes)]
    of_W = [np.empty_like(W) for W in Ws]

    def step():
        for k, W in enumerate(Ws):
            np.matmul(xs[k], W.T, out=xs[k + 1])
        for k in reversed(range(len(Ws))):
            np.matmul(gs[k + 1].T, xs[k], out=of_W[k])
            if k:
                np.matmul(gs[k + 1], Ws[k], out=gs[k])

    return step


def as_many_digits():
    """60,000 images in bytes, and their labels."""
    from .. import datasets

    digits = datasets.digits()
    return digits._replace(train_x=np.tile(np.rint(digits.train_x * 255).astype(np.uint8), (10, 1)),
                           train_y=np.tile(digits.train_y, 10))


def training(name, rule):
    """The step of a plan's run, one minibatch after the other."""
    from ..race import Training, plan

    run = next(run for run in plan.load(name).runs() if run.rule == rule)
    it = Training(run, as_many_digits())
    batches = itertools.cycle(it.batches())
    return lambda: it.step(*next(batches))


def torch_trainings(name, rule):
    """The same step in torch, in each way its optimizer knows."""
    if not installed("torch"):
        return {}
    import torch
    from torch.nn import Linear, ReLU, Sequential
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(1)
    digits = as_many_digits()
    xs, ys = torch.tensor(digits.train_x / np.float32(255)), torch.tensor(digits.train_y)
    its_name, values = TORCH[rule]

    def made(options):
        net = Sequential(Linear(784, 500), ReLU(), Linear(500, 10))
        optimizer = getattr(torch.optim, its_name)(net.parameters(), **values, **options)
        starts, order = itertools.cycle(range(0, len(xs), 100)), torch.randperm(len(xs))

        def step():
            start = next(starts)
            rows = order[start : start + 100] if name == "clean" else slice(start, start + 100)
            x = xs[rows] if name == "clean" else xs[rows] * torch.empty(100, 784).bernoulli_(0.9)
            optimizer.zero_grad()
            loss = cross_entropy(net(x), ys[rows])
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    there = {}
    for way, options in WAYS.items():
        try:
            there[f"torch {way}"] = made(options)
        except TypeError:  # not every optimizer is there in every way
            continue
    return there


def _mean(rows, column):
    return float(np.mean([row[column] for row in rows]))
