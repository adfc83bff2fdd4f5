"""A network trained here and by torch, from equal weights on equal batches: the first 100 losses."""

import json
from pathlib import Path

import pytest

import edu_optim as eo

RECORDED = json.loads(Path(__file__).with_name("torch_training.json").read_text())


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", RECORDED["runs"])
def test_first_100_losses(name, backend):
    run, digits = RECORDED["runs"][name], eo.datasets.digits()
    net = eo.links.MLP(784, 100, 10, seed=0)
    optimizer = getattr(eo, run["rule"])(net, backend=backend, **run["hyperparameters"])
    step = 0
    for epoch in range(2):
        for x, label in eo.datasets.minibatches(digits.train_x, digits.train_y, 100, seed=0, epoch=epoch):
            if step == len(run["losses"]):
                return
            optimizer.zero_grad()
            loss = eo.functions.softmax_cross_entropy(net(x), label)
            loss.backward()
            optimizer.step()
            theirs = run["losses"][step]
            assert loss.item() == pytest.approx(theirs, rel=1e-4), f"{RECORDED['peer']} {name}: step {step + 1}"
            step += 1
