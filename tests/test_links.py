"""Links: how parameters are found, named, copied, and whether a network of them learns."""

import copy
import pickle

import numpy as np
import pytest
from test_autodiff import central_difference

from edu_optim import datasets, functions, links
from edu_optim.autodiff import no_grad
from edu_optim.links import MLP, Chain, Linear, Link
from edu_optim.parameter import Parameter


class Net(Chain):
    """A parameter between links, and a link within a link."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.l1 = Linear(2, 3)
            self.factor = Parameter(np.ones(3, np.float32))
            self.block = MLP(3, 4, 1)

    def forward(self, x):
        return self.block(self.l1(x) * self.factor)


NAMES = ["l1.W", "l1.b", "factor", "block.l1.W", "block.l1.b", "block.l2.W", "block.l2.b"]


def names(link):
    return [name for name, _ in link.named_params()]


# ---- finding parameters ------------------------------------------------------------------------------------------


def test_names_are_paths_in_the_order_of_assignment():
    net = Net()
    assert names(net) == NAMES
    assert list(net.params()) == [param for _, param in net.named_params()]
    assert dict(net.named_params())["block.l2.W"] is net.block.l2.W


def test_links_are_listed_from_the_root():
    net = Net()
    assert [name for name, _ in net.named_links()] == ["", "l1", "block", "block.l1", "block.l2"]
    assert list(net.links()) == [net, net.l1, net.block, net.block.l1, net.block.l2]
    assert [link.name for link in net.links()] == [None, "l1", "block", "l1", "l2"]


def test_no_scope_and_no_super_are_needed():
    class Plain(Link):
        def __init__(self):
            self.a = Parameter(np.ones(1))

    plain = Plain()
    plain.b = Parameter(np.ones(1))
    plain.head = Linear(1, 1, bias=False)
    assert names(plain) == ["a", "b", "head.W"]


def test_a_tied_parameter_is_one_under_its_first_name():
    net = MLP(3, 3, 3)
    net.l2.W = net.l1.W
    assert names(net) == ["l1.W", "l1.b", "l2.b"]
    net.again = net.l2
    net.mirror = net  # even a circle comes to an end
    assert names(net) == ["l1.W", "l1.b", "l2.b"]
    functions.sum(net(np.ones((1, 3), np.float32))).backward()
    assert net.l1.W.grad is net.l2.W.grad or np.array_equal(net.l1.W.grad, net.l2.W.grad)


def test_replacing_keeps_the_place_and_deleting_forgets():
    net = Net()
    net.l1 = Linear(2, 3, bias=False)
    assert names(net) == [name for name in NAMES if name != "l1.b"]
    del net.block
    assert names(net) == ["l1.W", "factor"]
    net.factor = None
    assert names(net) == ["l1.W"]


@pytest.mark.parametrize("container", [lambda link: [link], lambda link: (link,), lambda link: {"a": link}])
def test_links_in_a_container_are_not_lost_in_silence(container):
    net = Chain()
    with pytest.raises(TypeError, match=r"Chain.layers is a \w+ of links.*setattr\(self, f\"layers\{i\}\", link\)"):
        net.layers = container(Linear(1, 1))
    assert not hasattr(net, "layers")
    net.sizes = [1, 2]


def test_structure_version_counts_what_changes_the_list_of_parameters():
    def changes(action):
        before = links.structure_version()
        action()
        return links.structure_version() != before

    net, linear, param = Net(), Linear(1, 1), Parameter(np.ones(1))
    assert changes(lambda: setattr(net.block, "l3", linear))
    assert changes(lambda: setattr(net, "factor", param))
    assert changes(lambda: setattr(net, "factor", None))
    assert changes(lambda: delattr(net, "l1"))
    assert not changes(lambda: setattr(net, "note", "text"))
    assert not changes(lambda: net.block(np.ones((1, 3), np.float32)))
    assert not changes(net.zero_grad)


# ---- Linear and MLP ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear(dtype):
    layer = Linear(30, 20, dtype=dtype)
    limit = np.sqrt(6 / 50)
    W = layer.W.data
    assert (W.shape, W.dtype, layer.b.shape, layer.b.dtype) == ((20, 30), dtype, (20,), dtype)
    assert not layer.b.data.any()
    assert limit * 0.98 < np.abs(W).max() <= limit
    # The variance of the uniform distribution, within five standard deviations of its estimate.
    assert W.var() == pytest.approx(limit**2 / 3, rel=5 * np.sqrt(0.8 / W.size))
    x = np.ones((4, 30), dtype)
    assert np.array_equal(layer(x).data, x @ W.T)


def test_linear_without_bias():
    layer = Linear(3, 2, bias=False)
    assert layer.b is None
    assert names(layer) == ["W"]
    assert layer(np.ones((1, 3), np.float32)).shape == (1, 2)


def test_the_same_arguments_give_the_same_weights():
    def weights(*args, **kwargs):
        return Linear(*args, **kwargs).W.data.ravel()[:6].tolist()

    assert weights(3, 4, seed=1) == weights(3, 4, seed=1)
    different = [weights(3, 4), weights(3, 4, seed=1), weights(3, 4, layer=1), weights(4, 3), weights(2, 6)]
    assert len({tuple(w) for w in different}) == 5
    np.testing.assert_allclose(weights(3, 4, dtype=np.float64), weights(3, 4), rtol=1e-6)


def test_layers_of_one_shape_in_one_network_differ():
    net = MLP(5, 5, 5, 5)
    assert len({layer.W.data.tobytes() for layer in (net.l1, net.l2, net.l3)}) == 3


@pytest.mark.parametrize(
    ("size", "error"), [(0, ValueError), (-3, ValueError), (2.0, TypeError), ("3", TypeError), (True, TypeError)]
)
@pytest.mark.parametrize("which", ["in_size", "out_size"])
def test_sizes_that_are_refused(which, size, error):
    with pytest.raises(error, match=f"Linear's {which} must be"):
        Linear(**{"in_size": 2, "out_size": 2, which: size})


def test_mlp_needs_two_sizes():
    with pytest.raises(ValueError, match=r"MLP\(784, 100, 10\); got \(784,\)"):
        MLP(784)


def test_mlp_has_no_activation_at_its_end():
    net = MLP(4, 6, 5, 3, activation=functions.tanh, dtype=np.float64)
    x = np.linspace(-1, 1, 8).reshape(2, 4)
    h = np.tanh(np.tanh(x @ net.l1.W.data.T) @ net.l2.W.data.T)
    np.testing.assert_allclose(net(x).data, h @ net.l3.W.data.T, rtol=1e-14)


def test_gradient_of_a_whole_network():
    net, x, t = MLP(4, 5, 3, dtype=np.float64, activation=functions.tanh), np.linspace(-1, 1, 8).reshape(2, 4), [2, 0]
    functions.softmax_cross_entropy(net(x), t).backward()
    for param in net.params():

        def loss(values, param=param):
            before, param.data[...] = param.data.copy(), values
            with no_grad():
                value = functions.softmax_cross_entropy(net(x), t).item()
            param.data[...] = before
            return value

        np.testing.assert_allclose(param.grad, central_difference(loss, [param.data], 0), rtol=1e-7, atol=1e-9)


def test_a_link_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Chain .*define forward\(self, x\)"):
        Chain()(1)


def test_zero_grad_and_its_other_name():
    net = Net()
    for forget in (net.zero_grad, net.cleargrads):
        functions.sum(net(np.ones((1, 2), np.float32))).backward()
        assert all(param.grad is not None for param in net.params())
        forget()
        assert all(param.grad is None for param in net.params())


def test_repr_shows_the_tree():
    assert repr(Net()).splitlines() == [
        "Net",
        "  l1: Linear",
        "    W: (3, 2), float32",
        "    b: (3,), float32",
        "  factor: (3,), float32",
        "  block: MLP",
        "    l1: Linear",
        "      W: (4, 3), float32",
        "      b: (4,), float32",
        "    l2: Linear",
        "      W: (1, 4), float32",
        "      b: (1,), float32",
    ]


# ---- copies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_is_equal_and_separate(duplicate):
    net = Net()
    x = np.ones((2, 2), np.float32)
    before = net(x).data.copy()
    twin = duplicate(net)
    assert names(twin) == NAMES
    assert np.array_equal(twin(x).data, before)
    for param in twin.params():
        param.data += 1
    functions.sum(twin(x)).backward()
    assert np.array_equal(net(x).data, before)
    assert all(param.grad is None for param in net.params())


def test_a_copy_keeps_ties():
    net = MLP(3, 3, 3)
    net.l2.W = net.l1.W
    twin = copy.deepcopy(net)
    assert twin.l1.W is twin.l2.W


# ---- an oracle ---------------------------------------------------------------------------------------------------


def test_a_step_printed_in_a_tutorial_on_chainer():
    """XOR without an activation, rate 10 for l1.W and 0.1 elsewhere, l1.b fixed: the tables printed there."""
    net = Chain()
    net.l1, net.l2 = Linear(2, 2), Linear(2, 1)
    net.l1.W.data = np.float32([[0.0049778, -0.16282777], [-0.92988533, 0.2546134]])
    net.l2.W.data = np.float32([[-0.45893994, -1.21258962]])
    x = np.float32([[0, 0], [0, 1], [1, 0], [1, 1]])
    functions.sigmoid_cross_entropy(net.l2(net.l1(x)), [[0], [1], [1], [0]]).backward()
    for param, rate in ((net.l1.W, 10), (net.l2.W, 0.1), (net.l2.b, 0.1)):
        param.data -= np.float32(rate) * param.grad
    after = [net.l1.W.data, net.l2.W.data, net.l2.b.data]
    printed = [[[0.53748596, 0.01032409], [0.47708291, 0.71210718]], [[-0.45838338, -1.20276082]], [-0.01014706]]
    for ours, theirs in zip(after, printed, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


# ---- learning ----------------------------------------------------------------------------------------------------


def test_a_network_learns_the_digits():
    """Plain gradient descent, written out: five epochs, no optimizer."""
    digits, net = datasets.digits(), MLP(784, 100, 10)
    for epoch in range(5):
        for x, y in datasets.minibatches(digits.train_x, digits.train_y, 100, seed=0, epoch=epoch):
            net.zero_grad()
            functions.softmax_cross_entropy(net(x), y).backward()
            for param in net.params():
                param.data -= 0.2 * param.grad
    with no_grad():
        assert functions.accuracy(net(digits.test_x), digits.test_y) > 0.9


def test_layers_that_start_as_copies_are_warned_of():
    net = Chain()
    net.l1 = Linear(3, 3)
    with pytest.warns(RuntimeWarning, match=r"l1 and l2 start with the same weights.*layer=1"):
        net.l2 = Linear(3, 3)
    assert np.array_equal(net.l1.W.data, net.l2.W.data)


def test_layers_that_differ_and_a_layer_used_twice_are_not():
    net = Chain()
    net.l1, net.l2, net.l3 = Linear(3, 3), Linear(3, 3, layer=1), Linear(3, 3, seed=1)
    net.again = net.l1
    net.mlp = MLP(5, 5, 5, 5)
    assert not np.array_equal(net.l1.W.data, net.l2.W.data)
