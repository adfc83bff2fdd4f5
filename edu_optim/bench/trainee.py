"""Training steps, each library in a process of its own.

In one process the thread pools of two libraries wait for each other's cores, and whoever comes second pays for it: so
measured, torch took two to three times as long as alone. Idle threads keep a core busy for a while even in a process
of their own, hence the pause before each turn.
"""

import contextlib
import os
import subprocess
import sys
import time

import edu_optim as eo

from . import peers

STEPS = 100  # in one turn
PAUSE = 0.5  # seconds, after which idle threads sleep
RUN = "import sys; from edu_optim.bench.trainee import main; main(sys.argv[1], int(sys.argv[2]))"


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


@contextlib.contextmanager
def trainees(wanted):
    """One process for each name to (library, hidden units); gives functions that take a turn: seconds of one step."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-c", RUN, library, str(hidden)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
        for name, (library, hidden) in wanted.items()
    }  # fmt: skip

    def turn(process):
        time.sleep(PAUSE)
        process.stdin.write("go\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    try:
        yield {name: lambda process=process: turn(process) for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.communicate()  # the end of its input is the end of its work


def main(library, hidden):
    """Take a turn for every line of input."""
    step = our_training(hidden) if library == "edu_optim" else peers.torch_training(hidden)[library]
    for _ in sys.stdin:
        for _ in range(STEPS):  # until its threads are awake
            step()
        start = time.perf_counter()
        for _ in range(STEPS):
            step()
        print((time.perf_counter() - start) / STEPS, flush=True)
