"""The answers of A2 as somebody else would write them: simulated where the source has a formula, and the reverse."""

import numpy as np

import edu_optim as eo


# ANSWER q1
def set_up(net, lr, momentum, factor, own, decay):
    optimizer = eo.MomentumSGD(lr=lr, momentum=momentum, backend="numpy").setup(net)
    owners = {rule.name: rule for rule in optimizer.update_rules}
    for name, rule in owners.items():
        if name.endswith("W"):
            rule.add_hook(eo.hooks.WeightDecay(decay))
        if name.startswith("l2"):
            rule.hyperparam.momentum = 0.0
    owners["l1.W"].hyperparam.lr_mult = factor
    owners["l1.b"].enabled = False
    owners["l3.W"].hyperparam.lr = own
    optimizer.hyperparam.tree()
    return optimizer


def settle(net):
    for name, p in net.named_params():
        if name == "l3.W":
            delattr(p.update_rule.hyperparam, "lr")


# ANSWER q2
def read_table(gradients, before, after):
    def one(name):
        return tuple(table[name].ravel() for table in (gradients, before, after))

    def weight(name):  # two of its numbers are enough: Cramer's rule
        g, x, new = one(name)
        gone = x - new
        below = g[0] * x[1] - g[1] * x[0]
        rate = (gone[0] * x[1] - gone[1] * x[0]) / below
        return rate, (g[0] * gone[1] - g[1] * gone[0]) / below / rate

    def bias(name):
        g, x, new = one(name)
        return (x.sum() - new.sum()) / g.sum()

    (first, one_decay), (second, other_decay) = weight("l1.W"), weight("l2.W")
    return np.array([first, bias("l1.b"), second, bias("l2.b"), one_decay, other_decay])


# ANSWER q3
def leash(longest):
    def nothing(rule, param):
        pass

    def shorten(rule, param):  # with the rate inside, the memory after the rule is the step
        step = rule.state["m"]
        too_much = max(0.0, 1 - longest / np.sqrt((step**2).sum()))
        param.data = param.data - too_much * step

    return nothing, shorten


# ANSWER q4
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


# ANSWER q5
def now_and_then(x, gradients, lr, beta1, beta2, missing_grad):
    path, seen = [], []
    for g in gradients:
        if g is not None or missing_grad == "zero":
            seen.append(g or 0.0)
            age = np.arange(len(seen))[::-1]
            mean = np.average(seen, weights=beta1**age)  # a corrected memory is a mean with weights that add up to 1
            square = np.average(np.square(seen), weights=beta2**age)
            x -= lr * mean / square**0.5
        path.append(x)
    return path


# ANSWER q6
def find_neighbour(x, g, lr):
    force = (x[:-1] - x[1:]) / lr
    across = g[:, ::-1] * [1, -1]  # at right angles to g, so that only the decay is left
    decay = np.mean((force * across).sum(axis=1) / (x[:-1] * across).sum(axis=1))
    cut = np.hypot(*(force - decay * x[:-1]).T)
    c = cut.max()
    last = np.hypot(*g[-1])
    return c, decay, last * np.sqrt((c / cut[-1]) ** 2 - 1)


# ANSWER q7
def read_pages(pages):
    (g, x, m, n, v, w), (h, y, k, q, _, _) = pages
    # n - m = a (g - m) + a l x and q - k = a (h - k) + a l y: multiply by y and by x, and subtract.
    a = ((n - m) * y - (q - k) * x) / ((g - m) * y - (h - k) * x)
    decay = ((n - m) / a - (g - m)) / x
    hooked = g + decay * x
    return 1 - a, 1 - (w - v) / (hooked**2 - v), decay


# ANSWER q8
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


# ANSWER q9
def row_five(lr, beta1, beta2, n):
    m = v = way = longest = update = 0
    for k in range(1, n + 1):
        m, v = beta1 * m + (1 - beta1) * -3.0, beta2 * v + (1 - beta2) * 9.0
        length = abs(lr * m / v**0.5)
        way += length
        if length > longest:
            longest, update = length, k
    return longest, update, way
