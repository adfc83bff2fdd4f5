"""The answers of A4 as somebody else would write them: simulated where the source has a formula, and the reverse."""

import numpy as np

import edu_optim as eo
from edu_optim.functions import softmax_cross_entropy


# ANSWER q1
def meeting(start, gradient, rate, degree):
    # Walk there, by a rule of this degree, in steps so short that nobody runs past the other by more than they stop at.
    (x, y), (p, q), (r, s) = start, gradient, rate
    far = abs(x - y)
    k_x, k_y = r * p**degree, s * q**degree
    lr = 0.25 / (k_x + k_y)
    while abs(x - y) > 1e-12 * far:
        step = lr * (x - y)
        x, y = x - k_x * step, y + k_y * step
    return (x + y) / 2


# ANSWER q2
def measured(rule, gradients, c, on):
    def last(lr, factor):
        memory = dict()
        return [rule(factor * row, lr, memory) for row in gradients][-1]

    s = last(0.1, 1)
    s_c = last(0.1 * c, 1) if on == "rate" else last(0.1, c)
    return float(sum(a * b for a, b in zip(s_c, s)) / sum(a * a for a in s))


# ANSWER q3
def gated(w, f):
    def gradients(f):
        weights = [eo.Parameter(float(value)) for value in w]
        a1 = weights[0] * 1.5
        a2 = weights[1] * eo.layerwise.slowed(a1, f[0])
        a3 = weights[2] * (eo.layerwise.slowed(a2, f[1]) + a1)
        eo.layerwise.slowed(a3, f[2]).backward()
        return np.array([weight.grad.item() for weight in weights])

    free = gradients((1, 1, 1))
    least = gradients((0, f[1], f[2])) / free
    return np.append(gradients(f) / free, least[0])


# ANSWER q4
def multipliers(names, table):
    left = dict.fromkeys(table)

    def keys(name):
        parts = name.split(".")
        return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]

    for name in names:
        for key in keys(name):
            left.pop(key, None)
    if left:
        raise KeyError(*left)
    return np.array([table[next((key for key in keys(name) if key in table), name)] for name in names])


# ANSWER q5
def which_c(k, g, eps):
    def ks(c, g):
        names = "Adam", "AdaDelta"
        rules = [eo.RULES[name] for name in names]
        steps = [[rule.run(0.0, [size], eps=e)[-1] for size in (f * a, a)] for rule, f, a, e in zip(rules, c, g, eps)]
        return np.array([slow / plain for slow, plain in steps])

    low, high = np.zeros(2), np.ones(2)
    for _ in range(60):  # k grows with c: halve
        middle = (low + high) / 2
        small = ks(middle, g) < k
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return low, ks(low, 10 * g)


# ANSWER q6
def frozen(g, lr, momentum, n, w):
    ways = []
    for program in ("inside", "outside", "switch"):
        m, x = 0.0, [0.0]
        for t in range(n + w + 1):
            c = 0 if n <= t < n + w else 1
            if program == "switch" and c == 0:
                x.append(x[-1])
            elif program == "inside":
                m = momentum * m - c * lr * g
                x.append(x[-1] + m)
            else:
                m = momentum * m + g
                x.append(x[-1] - lr * m * c)
        ways.append(x[-1] - x[n])
    low, high = 0.0, 1000.0  # 1 - momentum^(n + w + 1) grows with w: halve
    for _ in range(100):
        middle = (low + high) / 2
        short = 1 - momentum ** (n + middle + 1) < 0.99
        low, high = (middle, high) if short else (low, middle)
    return np.array([*ways, low])


# ANSWER q7
def late(j, k, c, beta1, beta2):
    m = v = 1.0
    found = {}
    for t in range(1, max(j) + 1):
        m = beta1 * m + (1 - beta1) * c
        v = beta2 * v + (1 - beta2) * c * c
        found[t] = m * v**-0.5
    # The way of v from 1 down to c^2 has that part left where the root of v is c/k.
    left = ((c / k) ** 2 - c * c) / (1 - c * c)
    return [found[t] for t in j], np.log10(left) / np.log10(beta2)


# ANSWER q8
def diagnose(x, g, lr):
    # Try every start, both places and the c that the row of the start asks for; keep what explains all rows.
    def m_of(a, b, mu, decay):
        m, found = 0.0, []
        for t in range(len(g)):
            m = mu * m + a[t] * g[t] + decay * x[t]
            found.append(b[t] * lr * m + x[t + 1] - x[t])
        return np.abs(found).max()

    decay = ((x[0] - x[1]) / lr - g[0]) / x[0]
    m1, m2 = (x[0] - x[1]) / lr, (x[1] - x[2]) / lr
    mu = (m2 - g[1] - decay * x[1]) / m1
    best = (np.inf, None)
    for start in range(4, len(g) - 1):
        k = start - 1
        old = (x[k - 1] - x[k]) / lr
        step = (x[k] - x[k + 1]) / lr
        for c, on in [((step - mu * old - decay * x[k]) / g[k], 0), (step / (mu * old + g[k] + decay * x[k]), 1)]:
            pair = np.ones((2, len(g)))
            pair[on, k:] = c
            error = m_of(*pair, mu, decay)
            best = min(best, (error, [mu, decay, float(start), *pair[:, -1]]), key=lambda one: one[0])
    return best[1]


# ANSWER q9
def fine_tune(net, batches, lr, c, wait):
    head = eo.Adam([net.l3.W, net.l3.b], lr, backend="numpy")
    body = eo.Adam([net.l1.W, net.l1.b, net.l2.W, net.l2.b], c * lr, backend="numpy")
    for k in range(len(batches)):
        x, y = batches[k]
        for p in net.params():
            p.grad = None
        softmax_cross_entropy(net(x), y).backward()
        head.step()
        if k >= wait:
            body.step()
