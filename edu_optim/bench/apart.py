"""Steps of several libraries, each in a process of its own, in turns.

In one process the thread pools of two libraries wait for each other's cores, and whoever comes second pays for it: so
measured, torch took two to three times as long to train as alone. Idle threads keep a core busy for a while even in a
process of their own, hence the pause before each turn.
"""

import os
import subprocess
import sys
import time

import numpy as np

import edu_optim as eo

from . import peers
from .probes import SHAPES, stepper

SLICE = 0.03  # seconds of one turn, about
PAUSE = 0.5  # seconds, after which idle threads sleep
RUN = "import sys; from edu_optim.bench.apart import main; main(*sys.argv[1:])"


def apart(kind, libraries, what, rounds=9):
    """Seconds of one step for each library: name to an array, one entry per round.

    `kind` is "step", with a name of SHAPES in `what`, or "train", with a number of hidden units.
    """
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = {
        name: subprocess.Popen([sys.executable, "-c", RUN, kind, name, str(what)], env=environ, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in libraries
    }
    seconds = {name: [] for name in libraries}
    try:
        for _ in range(rounds):
            for name, process in processes.items():
                time.sleep(PAUSE)
                process.stdin.write("go\n")
                process.stdin.flush()
                seconds[name].append(float(process.stdout.readline()))
    finally:
        for process in processes.values():
            process.communicate()  # the end of its input is the end of its work
    return {name: np.array(times) for name, times in seconds.items()}


def main(kind, library, what):
    """Take a turn for every line of input."""
    step = made(kind, library, what)
    step()
    start = time.perf_counter()
    step()
    steps = max(1, int(SLICE / (time.perf_counter() - start)))
    for _ in sys.stdin:
        for _ in range(steps):  # until its threads are awake
            step()
        start = time.perf_counter()
        for _ in range(steps):
            step()
        print((time.perf_counter() - start) / steps, flush=True)


def made(kind, library, what):
    """The step function that a library contributes."""
    if kind == "train":
        return our_training(int(what)) if library == "edu_optim" else peers.torch_training(int(what))[library]
    if library == "edu_optim":
        return stepper(eo.RULES["Adam"], SHAPES[what])
    return (peers.optax_step if library.startswith("optax") else peers.torch_steps)(SHAPES[what])[library]


def our_training(hidden):
    """A training step of an MLP on 100 digits: forward, backward, Adam."""
    digits = eo.datasets.digits()
    net = eo.links.MLP(784, hidden, 10)
    optimizer = eo.Adam(net)
    x, y = digits.train_x[:100], digits.train_y[:100]

    def step():
        optimizer.zero_grad()
        eo.functions.softmax_cross_entropy(net(x), y).backward()
        optimizer.step()

    return step
