"""What A2 asks about owners, hooks and memories is what the package's own do, and its worked examples are right."""

import numpy as np
import pytest

import edu_optim as eo

pytest.importorskip("nbval")

NAME = "a2_update_rules"


def test_the_worked_examples(names):
    net = eo.links.MLP(2, 3, 3, 2, dtype=np.float64)
    optimizer = names["set_up"](net, 0.1, 0.5, 0.2, 0.3, 0.01)
    steps = names["steps_of"](net, optimizer, np.full((2, 6), 2.0), start=[10] * 6)
    used = [2, None, 2], 0.1, 0.5, 0.75
    for found, told in [
        (steps[0], [-0.042, 0, -0.21, -0.2, -0.63, -0.2]),
        (steps[1], [-0.041996, 0, -0.104895, -0.1, -0.94311, -0.2]),
        (names["now_and_then"](1, *used, "skip"), [0.9, 0.9, 0.8]),
        (names["now_and_then"](1, *used, "zero"), [0.9, 0.849082, 0.762186]),
        (names["first_step"](4, 0.1, 0.5, 0.8, 0.84)[1:3], [-0.02, -0.25]),
        (names["row_five"](0.1, 0.5, 0.75, 3), [0.115079, 3, 0.328469]),
        (names["row_five"](1, 0.9, 0.999, 100), [6.568520, 12, 465.674595]),  # the note for lecturers rounds these
    ]:
        assert np.asarray(found) == pytest.approx(np.array(told), abs=1e-6)


def test_a_table(names):
    """That of lesson 08, where nothing decays, to the eight digits that it has; and then the worked example in it."""
    gradients = {"l1.W": [[-0.05325082, -0.0173152], [-0.14069683, -0.04574937]], "l1.b": [-0.04657, -0.12304],
                 "l2.W": [[-0.0055656, -0.0982883]], "l2.b": [0.1014706]}
    before = {"l1.W": [[0.0049778, -0.16282777], [-0.92988533, 0.2546134]], "l1.b": [0, 0],
              "l2.W": [[-0.45893994, -1.21258962]], "l2.b": [0]}
    after = {"l1.W": [[0.53748596, 0.01032409], [0.47708291, 0.71210718]], "l1.b": [0, 0],
             "l2.W": [[-0.45838338, -1.20276082]], "l2.b": [-0.01014706]}
    tables = [{name: np.array(rows, float) for name, rows in table.items()} for table in (gradients, before, after)]
    assert names["read_table"](*tables) == pytest.approx([10, 0, 0.1, 0.1, 0, 0], abs=1e-4)
    for table, numbers in zip(tables, [(1, 2), (4, 2), (3.65, 1.45)]):
        table["l2.W"] = np.array([numbers])
    assert names["read_table"](*tables)[2::3] == pytest.approx([0.25, 0.1])


def test_a_neighbour_and_stained_pages(names):
    g, h, x = np.array([[2.0, 1.0], [-1.0, 2.0], [0.0, 3.0]]), [1.0, 0.0, 2.0], [np.array([3.0, 4.0])]
    for gradient, other in zip(g, h):
        x.append(x[-1] - 0.1 * (1.5 / np.hypot(np.linalg.norm(gradient), other) * gradient + 0.2 * x[-1]))
    assert names["find_neighbour"](np.array(x), g, 0.1) == pytest.approx([1.5, 0.2, 2])
    pages = names["two_pages"](np.random.RandomState(5), 0.8, 0.95, 0.1)
    assert names["read_pages"](pages) == pytest.approx([0.8, 0.95, 0.1])


def shrink(rule, param):
    param.data *= 0.95


@pytest.mark.parametrize("row", range(6))
def test_parameters_rest_where_the_answer_says(names, row):
    g, lr, momentum, decay, c, s = np.array([2.0, -1.5]), 0.2, 0.8, 0.2, 1.0, 0.05
    p = eo.Parameter([1.0, 2.0])
    optimizer = [eo.SGD, eo.SGD, eo.MomentumSGD, eo.SGD, eo.MomentumSGD, eo.Adam][row]([p], lr=lr, backend="numpy")
    if row in (2, 4):
        optimizer.hyperparam.momentum = momentum
    pair = [eo.hooks.WeightDecay(decay), eo.hooks.GradientClipping(c)]
    for hook in [pair, pair[::-1], pair[:1], [], [], []][row]:
        p.update_rule.add_hook(hook)
    if row > 2:
        p.update_rule.add_hook(shrink, name="shrink", timing="post")
    for _ in range(600):
        p.grad = g
        optimizer.step()
    assert p.data == pytest.approx(names["at_rest"](g, lr, momentum, decay, c, s)[row], rel=1e-6)


@pytest.mark.parametrize("missing_grad", ["skip", "zero"])
def test_the_package_treats_none_as_the_answer_says(names, missing_grad):
    gradients, values = [0.5, -2.0, None, None, 1.5, None, 0.7], {"lr": 0.1, "beta1": 0.8, "beta2": 0.9}
    p, path = eo.Parameter([1.0]), []
    optimizer = eo.Adam([p], missing_grad=missing_grad, backend="numpy", **values)
    for g in gradients:
        p.grad = None if g is None else [g]
        optimizer.step()
        path.append(p.data[0])
    assert path == pytest.approx(names["now_and_then"](1.0, gradients, missing_grad=missing_grad, **values))


LOST = [("m",), ("m",), ("v",), ("t",), ("m", "v"), ("m", "v", "t")]


@pytest.mark.parametrize("row", range(6))
def test_a_checkpoint_that_forgets_does_what_the_answer_says(names, row):
    g, lr, betas = -3.0, 0.1, {"beta1": 0.8, "beta2": 0.97}
    p = eo.Parameter([1.0])
    optimizer = eo.Adam([p], lr=lr, backend="numpy", **betas) if row else eo.MomentumSGD([p], lr=lr, backend="numpy")
    for _ in range(1000):
        p.grad = [g]
        optimizer.step()
    state = optimizer.state_dict()
    entry = state["params"]["p0"]
    for lost in LOST[row]:
        if lost == "t":
            entry["t"] = 0
        else:
            entry["state"][lost][...] = 0
    optimizer.load_state_dict(state)
    start, p.grad = p.data[0], [g]
    optimizer.step()
    assert p.data[0] - start == pytest.approx(names["first_step"](g, lr, 0.9, **betas)[row], rel=1e-6)


def test_row_five_goes_on_as_the_answer_says(names):
    lr, betas, lengths = 0.1, {"beta1": 0.8, "beta2": 0.97}, []
    p = eo.Parameter([1.0])
    optimizer = eo.Adam([p], lr=lr, backend="numpy", **betas)
    state = optimizer.state_dict()
    state["params"]["p0"]["t"] = 10_000
    optimizer.load_state_dict(state)
    for _ in range(30):
        start, p.grad = p.data[0], [-3.0]
        optimizer.step()
        lengths.append(p.data[0] - start)
    told = [max(lengths), 1 + np.argmax(lengths), sum(lengths)]
    assert told == pytest.approx(names["row_five"](lr, n=30, **betas), rel=1e-6)


def test_settled_is_inherited_and_goes_on_being_so(names):
    net = eo.links.MLP(2, 3, 3, 2)
    optimizer = eo.SGD(net, lr=0.1, backend="numpy")
    net.l3.W.update_rule.hyperparam.lr = 0.7
    names["settle"](net)
    for lr in (0.1, 0.02):
        optimizer.hyperparam.lr = lr
        assert net.l3.W.update_rule.rate == lr
