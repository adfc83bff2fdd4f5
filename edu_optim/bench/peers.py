"""The same work done by torch and optax, where they are installed."""

import importlib.util

import numpy as np

import edu_optim as eo

TORCH_FUSED = {
    "SGD": ("SGD", {}),
    "CorrectedMomentumSGD": ("SGD", {"momentum": 0.9}),
    "Adam": ("Adam", {}),
    "NesterovSGD": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": ("Adagrad", {}),
}


def installed(*names):
    """Whether all of these packages are there."""
    return all(importlib.util.find_spec(name) for name in names)


def torch_step(name, shapes, **options):
    """The step function of one of torch's optimisers."""
    import torch

    params = [torch.randn(*shape, requires_grad=True) for shape in shapes]
    for p in params:
        p.grad = torch.randn_like(p)
    return getattr(torch.optim, name)(params, **options).step


def torch_steps(shapes):
    """Torch's Adam, fused and by default."""
    if not installed("torch"):
        return {}
    return {"torch fused": torch_step("Adam", shapes, fused=True), "torch default": torch_step("Adam", shapes)}


def torch_fused(name, size):
    """Torch's fused counterpart of one of our rules, over one large tensor."""
    if name not in TORCH_FUSED or not installed("torch"):
        return {}
    theirs, options = TORCH_FUSED[name]
    return {"torch": torch_step(theirs, [(size,)], fused=True, **options)}


def optax_step(shapes):
    """A step of optax's Adam, jitted, its arguments given away."""
    if not installed("optax", "jax"):
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


def torch_schedules():
    """The same two schedules of torch's, over one group."""
    if not installed("torch"):
        return {}
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    optimizer.step()
    stairs = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)
    fall = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    optimizer.step()

    def step():
        stairs.step()
        fall.step()

    return {"torch": step}


def torch_training(hidden):
    """A training step of the same network in torch, with its fused Adam."""
    if not installed("torch"):
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
