"""Text 000, "Legen Sie in Chainer v2 Aktualisierungsregeln fuer jeden Parameter fest": its program, as printed."""

import contextlib
import io
import re

import numpy as np
import pytest

import edu_optim as eo

PROGRAM = """\
# -*- coding: utf-8 -*-

import numpy as np

import chainer
from chainer import functions as F
from chainer import links as L
from chainer import optimizers


class MLP(chainer.Chain):
    def __init__(self):
        super(MLP, self).__init__()
        with self.init_scope():
            self.l1 = L.Linear(2, 2)
            self.l2 = L.Linear(2, 1)

    def __call__(self, x):
        h = self.l1(x)
        h = self.l2(h)
        return h


net = MLP()
optimizer = optimizers.SGD(lr=0.1)

#Der Anrufaufbau generiert eine Aktualisierungsregel
optimizer.setup(net)

net.l1.W.update_rule.hyperparam.lr = 10.0
net.l1.b.update_rule.enabled = False

x = np.asarray([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
t = np.asarray([[0], [1], [1], [0]], dtype=np.int32)

y = net(x)

print('before')
print('l1.W')
print(net.l1.W.data)
print('l1.b')
print(net.l1.b.data)
print('l2.W')
print(net.l2.W.data)
print('l2.b')
print(net.l2.b.data)

loss = F.sigmoid_cross_entropy(y, t)
net.cleargrads()
loss.backward()
optimizer.update()

print('after')
print('l1.W')
print(net.l1.W.data)
print('l1.b')
print(net.l1.b.data)
print('l2.W')
print(net.l2.W.data)
print('l2.b')
print(net.l2.b.data)
"""

PRINTED = """\
before
l1.W
[[ 0.0049778  -0.16282777]
 [-0.92988533  0.2546134 ]]
l1.b
[ 0.  0.]
l2.W
[[-0.45893994 -1.21258962]]
l2.b
[ 0.]
after
l1.W
[[ 0.53748596  0.01032409]
 [ 0.47708291  0.71210718]]
l1.b
[ 0.  0.]
l2.W
[[-0.45838338 -1.20276082]]
l2.b
[-0.01014706]
"""

# What differs: the import lines, since the library is another one, and one line after `setup`, since the text does
# not say how its start values were drawn. It sets those that are printed under "before".
IMPORTS = {
    "import chainer\n": "import edu_optim as chainer\n",
    "from chainer import functions as F\n": "from edu_optim import functions as F\n",
    "from chainer import links as L\n": "from edu_optim import links as L\n",
    "from chainer import optimizers\n": "import edu_optim as optimizers\n",
}
SETUP = "optimizer.setup(net)\n"
START = ("net.l1.W.data, net.l2.W.data = "
         "[[0.0049778, -0.16282777], [-0.92988533, 0.2546134]], [[-0.45893994, -1.21258962]]\n")


def edited(program, *more):
    for line, other in [*IMPORTS.items(), (SETUP, SETUP + START), *more]:
        assert program.count(line) == 1, line
        program = program.replace(line, other)
    return program


def run(program):
    """What a program prints, and its names at the end."""
    printed, names = io.StringIO(), {"__name__": "__main__"}
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "text 000", "exec"), names)
    return printed.getvalue(), names


def numbers(printed):
    return [float(number) for number in re.findall(r"-?\d+\.\d*(?:e-?\d+)?", re.sub(r"l\d\.[Wb]", "", printed))]


def words(printed):
    return re.findall(r"before|after|l\d\.[Wb]", printed)


def test_the_program_prints_its_table():
    printed, _ = run(edited(PROGRAM))
    assert words(printed) == words(PRINTED)
    np.testing.assert_allclose(numbers(printed), numbers(PRINTED), rtol=0, atol=2e-7)
    assert len(numbers(PRINTED)) == 18


def test_the_frozen_bias_had_a_gradient():
    """Had it not been switched off, it would have gone where the text does not say."""
    _, names = run(edited(PROGRAM, ("net.l1.b.update_rule.enabled = False\n", "")))
    np.testing.assert_allclose(names["net"].l1.b.data, [0.00466, 0.01230], atol=1e-5)


# The shorter examples of the text, after the same set-up


@pytest.fixture
def net():
    return run(edited(PROGRAM))[1]["net"]


def again(net):
    """One more update; how far each parameter went."""
    before = {name: p.data.copy() for name, p in net.named_params()}
    for p in net.params():
        p.grad = np.ones(p.shape, p.dtype)
        p.update_rule.update(p)
    return {name: np.abs(p.data - before[name]).max() for name, p in net.named_params()}


@pytest.fixture(autouse=True)
def optimizers_live(monkeypatch):
    """The program's optimizer is one of its names, and would be gone with them."""
    kept, setup = [], eo.SGD.setup
    monkeypatch.setattr(eo.SGD, "setup", lambda self, target: kept.append(self) or setup(self, target))


def test_one_parameter_is_stopped(net):
    net.l1.W.update_rule.enabled = False
    moved = again(net)
    assert moved["l1.W"] == 0 and moved["l2.W"] > 0


def test_a_link_is_stopped(net):
    net.l1.disable_update()
    moved = again(net)
    assert moved["l1.W"] == moved["l1.b"] == 0 < moved["l2.W"]
    net.l1.enable_update()
    assert again(net)["l1.b"] > 0


def test_one_rate_is_changed(net):
    net.l1.W.update_rule.hyperparam.lr = 1.0
    np.testing.assert_allclose([again(net)[name] for name in ("l1.W", "l2.W")], [1.0, 0.1], rtol=1e-6)


def test_a_hook_is_added(net):
    # As printed but for its home: chainer.optimizer.WeightDecay is eo.hooks.WeightDecay.
    net.l1.W.update_rule.hyperparam.lr = 1.0
    net.l1.W.update_rule.add_hook(eo.hooks.WeightDecay(0.0001))
    start = net.l1.W.data.copy()
    again(net)
    np.testing.assert_allclose(net.l1.W.data, start - (1 + 0.0001 * start), atol=1e-6)
