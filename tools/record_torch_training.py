"""Record the first 100 losses of torch, from the weights and batches of this package, into torch_training.json.

    python tools/record_torch_training.py        # needs torch; the tests do not
"""

import json
from pathlib import Path

import torch

import edu_optim as eo

STEPS = 100
OPTIMIZERS = {
    "SGD": (lambda params: torch.optim.SGD(params, lr=0.1), ("SGD", {"lr": 0.1})),
    "SGD(momentum)": (lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9),
                      ("CorrectedMomentumSGD", {"lr": 0.05, "momentum": 0.9})),
    "Adam": (lambda params: torch.optim.Adam(params, lr=1e-3), ("Adam", {"lr": 1e-3})),
}


def batches():
    """The first batches of an epoch or two, in order."""
    digits, epoch, given = eo.datasets.digits(), 0, 0
    while True:
        for batch in eo.datasets.minibatches(digits.train_x, digits.train_y, 100, seed=0, epoch=epoch):
            if given == STEPS:
                return
            given += 1
            yield batch
        epoch += 1


def torch_losses(make):
    ours = eo.links.MLP(784, 100, 10, seed=0)
    net = torch.nn.Sequential(torch.nn.Linear(784, 100), torch.nn.ReLU(), torch.nn.Linear(100, 10))
    with torch.no_grad():
        for theirs, p in zip(net.parameters(), ours.params()):
            theirs.copy_(torch.from_numpy(p.data.copy()))
    optimizer = make(net.parameters())
    losses = []
    for x, label in batches():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(label))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    recorded = {name: {"rule": rule, "hyperparameters": values, "losses": torch_losses(make)}
                for name, (make, (rule, values)) in OPTIMIZERS.items()}
    file = Path(__file__).resolve().parent.parent / "tests" / "peers" / "torch_training.json"
    file.write_text(json.dumps({"peer": f"torch {torch.__version__}", "runs": recorded}, indent=1) + "\n")
