"""The answers of A2 as somebody else would write them: simulated where the source has a formula, and the reverse."""

import numpy as np

import edu_optim as eo
from edu_optim.functions import sigmoid_cross_entropy


# ANSWER q1
def set_up(net, lr, momentum, c, own, decay):
    optimizer = eo.MomentumSGD(lr=lr, momentum=momentum, backend="numpy").setup(net)
    owners = {rule.name: rule for rule in optimizer.update_rules}
    for name, rule in owners.items():
        if name.endswith("W"):
            rule.add_hook(eo.hooks.WeightDecay(decay))
        if name.startswith("l2"):
            rule.hyperparam.momentum = 0.0
    owners["l1.W"].hyperparam.lr_mult = c
    owners["l1.b"].enabled = False
    owners["l3.W"].hyperparam.lr = own
    optimizer.hyperparam.tree()
    return optimizer


# ANSWER q2
def ways(g, lr, d, T, a, b, own, c):
    x, common = dict.fromkeys("ABCD", 0.0), lr
    values, factors, enabled = {}, {}, True
    for t in range(1, T + 1):
        if t == a:
            values["B"], factors["C"], enabled = own, c, False
        if t == b:
            del values["B"], factors["C"]
            enabled = True
        for name in x:
            if name != "D" or enabled:
                x[name] -= values.get(name, common) * factors.get(name, 1) * g
        common *= d
    return list(x.values())


# ANSWER q3
def read_table(x, target, before, after):
    net = eo.links.MLP(2, 2, 1, activation=lambda h: h, dtype=np.float64)
    for name, p in net.named_params():
        p.data = before[name]
    sigmoid_cross_entropy(net(x), target).backward()
    rates, decays = [], []
    for name, p in net.named_params():
        gone = before[name] - after[name]
        if p.data.ndim == 1:
            rates.append(gone.sum() / p.grad.sum())
            continue
        a, b = p.grad.ravel()[:2], p.data.ravel()[:2]  # two of its numbers are enough: Cramer's rule
        below = a[0] * b[1] - a[1] * b[0]
        gone = gone.ravel()
        rates.append((gone[0] * b[1] - gone[1] * b[0]) / below)
        decays.append((a[0] * gone[1] - a[1] * gone[0]) / below / rates[-1])
    return np.array(rates + decays)


# ANSWER q4
def leash(longest):
    def nothing(rule, param):
        pass

    def shorten(rule, param):  # with the rate inside, the memory after the rule is the step
        step = rule.state["m"]
        too_much = max(0.0, 1 - longest / np.sqrt((step**2).sum()))
        param.data = param.data - too_much * step

    return nothing, shorten


# ANSWER q5
def at_rest(g, lr, momentum, decay, c, s):
    def clipped(v):
        return v * min(1, c / np.sqrt(v @ v))

    def walk(gradient, rule, hook):
        x = m = np.zeros(2)
        for _ in range(6000):
            m, step = rule(m, gradient(x))
            x = hook(x + step)
        return x

    def sgd(m, g):
        return m, -lr * g

    def inside(m, g):
        m = momentum * m - lr * g
        return m, m

    def adam(m, g):  # both means of a gradient that stays the same are exact from the first update on
        return m, -lr * g / np.abs(g)

    def stay(x):
        return x

    def shrunk(x):
        return x * (1 - s)

    return [
        walk(lambda x: clipped(g + decay * x), sgd, stay),
        walk(lambda x: clipped(g) + decay * x, sgd, stay),
        walk(lambda x: g + decay * x, inside, stay),
        walk(lambda x: g, sgd, shrunk),
        walk(lambda x: g, inside, shrunk),
        walk(lambda x: g, adam, shrunk),
    ]


# ANSWER q6
def now_and_then(x, gradients, lr, beta1, beta2, missing_grad):
    path, seen = [], []
    for g in gradients:
        if g is not None or missing_grad == "zero":
            seen.append(g or 0.0)
            age = np.arange(len(seen))[::-1]
            mean = np.average(seen, weights=beta1**age)  # a corrected memory is a mean with weights that add up to 1
            square = np.average(np.square(seen), weights=beta2**age)
            x -= lr * mean / (square**0.5 + 1e-8)
        path.append(x)
    return path


# ANSWER q7
def find_neighbour(x, g, lr):
    force = (x[:-1] - x[1:]) / lr
    across = g[:, ::-1] * [1, -1]  # at right angles to g, so that only the decay is left
    decay = np.mean((force * across).sum(axis=1) / (x[:-1] * across).sum(axis=1))
    cut = np.hypot(*(force - decay * x[:-1]).T)
    c = cut.max()
    last = np.hypot(*g[-1])
    return c, decay, last * np.sqrt((c / cut[-1]) ** 2 - 1)


# ANSWER q8
def read_pages(pages):
    (g, x, m, n, v, w), (h, y, k, q, _, _) = pages
    # n - m = a (g - m) + a l x and q - k = a (h - k) + a l y: multiply by y and by x, and subtract.
    a = ((n - m) * y - (q - k) * x) / ((g - m) * y - (h - k) * x)
    decay = ((n - m) / a - (g - m)) / x
    hooked = g + decay * x
    return 1 - a, 1 - (w - v) / (hooked**2 - v), decay


# ANSWER q9
def first_step(g, lr, momentum, beta1, beta2):
    m = v = buffer = 0.0
    friday = 5000
    for _ in range(friday):
        buffer = momentum * buffer - lr * g
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g

    def adam(m, v, t):
        m, v, t = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g, t + 1
        return -lr * (m / (1 - beta1**t)) / np.sqrt(v / (1 - beta2**t))

    lost = [adam(0, v, friday), adam(m, 0, friday), adam(m, v, 0), adam(0, 0, friday), adam(0, 0, 0)]
    return np.array([momentum * 0 - lr * g, *lost])
