"""Recipes for a rate per layer: what each amounts to, predicted and measured; and names that match nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edu_optim as eo
from edu_optim.autodiff import gradients
from edu_optim.layerwise import RECIPES, effective_multiplier, layer_decay, measured_multiplier, measured_steps

C = 0.01
TABLE = {"l1": C, "l2": 1}
OF_RATE = [name for name in RECIPES if RECIPES[name].acts_on == "rate"]
OF_GRADIENT = [name for name in RECIPES if RECIPES[name].acts_on == "gradient"]
DIVIDE_LAST = ["AdaGrad", "RMSprop", "Adam", "AMSGrad", "Adamax", "NAdam"]


class Net(eo.Chain):
    """Two layers of weights: no bias, since matrix rules take none."""

    def __init__(self):
        self.l1 = eo.links.Linear(3, 2, bias=False, dtype=np.float64)
        self.l2 = eo.links.Linear(2, 1, bias=False, dtype=np.float64)

    def forward(self, x):
        return self.l2(self.l1(x))


def losses(count, scale=1.0):
    """Losses whose gradients depend on the parameters not too little: every number of every gradient is above 0."""
    rng = np.random.default_rng(5)
    examples = [rng.uniform(0.5, 2, (1, 3)) * rng.choice([-1, 1], (1, 3)) for _ in range(count)]
    return [lambda net, x=x: net(x).sum() * scale for x in examples]


def optimizer_of(name, **hyperparameters):
    return eo.RULES[name].optimizer(backend="numpy", **hyperparameters)


# What is predicted is measured


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("rule", eo.RULES)
def test_the_prediction_is_what_is_measured(rule, recipe):
    for scale in (1.0, 1e-6):  # far above eps, and near it
        for updates in (1, 50):  # from the start, and with warm states
            net, batch = Net(), losses(updates, scale)
            met = np.array([gradients(loss(net), [net.l1.W])[0] for loss in batch])
            # Where a lower bound on the gradients says enough, it is all that the prediction is given.
            given = np.abs(met).min() if rule in DIVIDE_LAST else met
            effect = effective_multiplier(recipe, rule, C, given, net.l1.W.data)
            steps = measured_steps(recipe, net, TABLE, optimizer_of(rule), batch)
            assert same(*steps["l2.W"], 1.0, 1e-6), "the other layer takes the steps it always took"
            if effect.multiplier is None:
                assert rule in effect.why and effect.bound is None
            else:
                assert same(*steps["l1.W"], effect.multiplier, effect.bound + 1e-6), (scale, updates)


def same(step, other, multiplier, tolerance):
    return np.abs(step - multiplier * other).max() <= tolerance * np.abs(other).max()


@pytest.mark.parametrize("recipe", OF_RATE)
@pytest.mark.parametrize("rule", ["SGD", "MomentumSGD", "AdaGrad", "RMSprop", "AdaDelta", "Adam"])
def test_a_rate_is_a_rate_under_every_classic_rule(rule, recipe):
    assert effective_multiplier(recipe, rule, C)[:2] == (C, 0.0)


@pytest.mark.parametrize("recipe", OF_GRADIENT)
def test_a_gradient_times_c_is_a_rate_times_c_where_the_degree_is_1_and_nothing_where_it_is_0(recipe):
    for rule in eo.RULES.values():
        effect = effective_multiplier(recipe, rule, C)
        assert effect.multiplier == {0: 1.0, 1: C, None: None}[rule.degree]
        assert rule.name in effect.why


@pytest.mark.parametrize("rule", [name for name in eo.RULES if eo.RULES[name].degree is None])
def test_where_there_is_no_prediction_the_rule_says_why(rule):
    why = effective_multiplier("scaled_gradients", rule).why
    assert "degree" in why and why.endswith(".")


@pytest.mark.parametrize("rule", ["Rprop", "AdaBound", "SMORMS3"])
def test_a_rate_that_is_a_start_or_a_bound_is_not_promised_to_act(rule):
    effect = effective_multiplier("groups", rule, C)
    assert effect.multiplier is None and "proportional" in effect.why


# Where eps breaks it


@given(s=st.floats(1e-9, 1e3), c=st.floats(1e-4, 10), eps=st.floats(1e-12, 1e-3))
def test_the_bound_is_the_formula_of_the_docstring(s, c, eps):
    for rule, D in [("Adam", s), ("AdaGrad", s), ("RMSprop", 0.1 * s)]:
        bound = effective_multiplier("scaled_gradients", optimizer_of(rule, eps=eps), c, gradients=s).bound
        np.testing.assert_allclose(bound, abs(1 - c) * eps / (c * D + eps), rtol=1e-6, atol=1e-12)


sizes = st.lists(st.floats(1, 1e4), min_size=1, max_size=8)


@pytest.mark.parametrize("rule", DIVIDE_LAST)
@given(sizes=sizes, signs=st.integers(0, 255), s=st.floats(1e-8, 1e-3), c=st.floats(1e-3, 2))
def test_a_constant_gradient_as_small_as_the_smallest_is_the_worst_case(rule, sizes, signs, s, c):
    met = np.array([[s * size * (1 - 2 * (signs >> k & 1))] for k, size in enumerate(sizes)])
    of_these = effective_multiplier("scaled_gradients", rule, c, gradients=met).bound
    of_the_smallest = effective_multiplier("scaled_gradients", rule, c, gradients=s).bound
    assert of_these <= of_the_smallest * (1 + 1e-6) + 1e-9


def test_the_multiplier_comes_back_where_c_g_falls_below_eps():
    g = eo.Parameter([0.0])
    optimizer = eo.Adam([g], lr=1.0, eps=1e-8)
    g.grad = [0.01 * 1e-7]
    optimizer.step()
    np.testing.assert_allclose(g.data, -1 / 11, rtol=1e-6)  # lr / 11, where 1e-7 alone would step by lr / 1.1


def test_a_bound_from_below_is_refused_where_it_proves_nothing():
    with pytest.raises(ValueError, match=r"proves nothing for AdaDelta, only for AdaGrad, .*themselves"):
        effective_multiplier("scaled_gradients", "AdaDelta", C, gradients=1e-3)
    with pytest.raises(ValueError, match="eps decides alone"):
        effective_multiplier("scaled_gradients", "Adam", C, gradients=0.0)


@pytest.mark.parametrize("c", [0, -1, float("nan"), float("inf"), "0.1"])
def test_a_multiplier_of_a_prediction_is_above_0(c):
    with pytest.raises((ValueError, TypeError), match=r"c = .*0 < c"):
        effective_multiplier("groups", "SGD", c)


def test_names_that_are_none():
    with pytest.raises(KeyError, match="no recipe 'group': there are groups, multiplied_rates"):
        effective_multiplier("group", "SGD")
    with pytest.raises(KeyError, match="no rule 'Adan2': there are"):
        effective_multiplier("groups", "Adan2")
    with pytest.raises(TypeError, match="a rule is an optimizer"):
        effective_multiplier("groups", 0.1)


def test_a_rule_is_its_name_itself_its_class_or_an_optimizer_of_its_own_values():
    for rule in ("Adam", eo.RULES["Adam"], eo.Adam, eo.Adam(lr=7.0)):
        assert effective_multiplier("scaled_gradients", rule, C, gradients=1e-6).bound == pytest.approx(0.495)
    assert effective_multiplier("scaled_gradients", eo.Adam(eps=0), C)[:2] == (1.0, 0.0)


@pytest.mark.parametrize("optimizer", [eo.SGD(weight_decay=0.1), eo.Adam(weight_decay=0.1)], ids=["SGD", "Adam"])
def test_decay_is_scaled_with_the_rate_and_not_with_the_gradient(optimizer):
    effect = effective_multiplier("scaled_gradients", optimizer)
    assert effect.multiplier is None and "weight_decay" in effect.why
    net, batch = Net(), losses(3)
    steps = measured_steps("scaled_gradients", net, TABLE, optimizer, batch)
    assert not same(*steps["l1.W"], C, 1e-3) and not same(*steps["l1.W"], 1.0, 1e-3)
    assert effective_multiplier("groups", optimizer, C).multiplier == C
    assert same(*measured_steps("groups", net, TABLE, optimizer, batch)["l1.W"], C, 1e-6)


def test_old_gradients_keep_the_old_multiplier():
    """With momentum a multiplier that changes is no rate that changes."""
    p, q = eo.Parameter(0.0), eo.Parameter(0.0)
    scaled, rated = (eo.CorrectedMomentumSGD([x], lr=1.0, momentum=0.9) for x in (p, q))
    for c in (1.0, 0.01):
        rated.hyperparam.lr = c
        scaled.apply_gradients([(c, p)])
        rated.apply_gradients([(1.0, q)])
    np.testing.assert_allclose([p.item(), q.item()], [-1 - 0.91, -1 - 0.019])


# Every recipe trains


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=repr)
def test_every_recipe_is_the_same_training_under_sgd(recipe):
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 3)).astype(np.float32), rng.normal(size=(8, 2)).astype(np.float32)
    net = eo.links.MLP(3, 4, 4, 2, seed=1)
    table = {"l1": 0.1, "l2": 0.1, "l3": 1}
    step = recipe(net, table, eo.SGD(lr=0.1))
    found = [step(lambda: eo.functions.mean_squared_error(net(x), t)) for _ in range(5)]
    other = eo.links.MLP(3, 4, 4, 2, seed=1)
    optimizer = eo.SGD(other, lr=0.1)
    other.l1.hyperparam.lr = other.l2.hyperparam.lr = 0.01
    wanted = []
    for _ in range(5):
        loss = eo.functions.mean_squared_error(other(x), t)
        wanted.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    for (name, p), q in zip(net.named_params(), other.params(), strict=True):
        np.testing.assert_allclose(p.data, q.data, atol=1e-6, err_msg=name)
    assert all(isinstance(p, eo.Parameter) for p in vars(net.l1).values() if hasattr(p, "grad")), "nothing is left over"


def test_two_gradient_passes_are_of_one_network():
    """The second optimizer must not meet what the first has moved already."""
    x, y = eo.Parameter(1.0), eo.Parameter(0.0)
    net = eo.Chain()
    net.x, net.y = x, y
    step = RECIPES["two_optimizers"](net, {"x": 1, "y": 2}, eo.SGD(lr=0.1))
    assert step(lambda: (net.x - net.y) ** 2) == 1
    np.testing.assert_allclose([x.item(), y.item()], [0.8, 0.4])


@pytest.mark.parametrize("recipe", [name for name in OF_GRADIENT if name != "slowed_activations"])  # one after another
def test_a_multiplier_changes_where_training_ends_or_nothing_at_all(recipe):
    """(x - y) ** 2 from 1 and 0: with twice the gradient, or rate, for y both meet at 2/3; Adam does not notice."""
    for optimizer, where in ((eo.SGD(lr=0.1), 2 / 3), (eo.Adam(lr=0.01), 1 / 2)):
        net = eo.Chain()
        net.left, net.right = Number(1.0), Number(0.0)
        step = RECIPES[recipe](net, {"left": 1, "right": 2}, optimizer)
        for _ in range(600):
            step(lambda net=net: (net.left() - net.right()) ** 2)
        np.testing.assert_allclose([net.left.value.item(), net.right.value.item()], where, atol=1e-3)


class Number(eo.Link):
    def __init__(self, value):
        self.value = eo.Parameter(value)

    def forward(self):
        return self.value * 1.0


def test_a_recipe_says_what_it_does_in_one_sentence():
    for recipe in RECIPES.values():
        assert recipe.about.endswith(".") and len(recipe.about) < 120
        assert recipe.name in repr(recipe)


# Names and numbers that do not fit


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=repr)
@pytest.mark.parametrize(("table", "error", "words"), [
    ({"l1": 0.1, "l3": 1}, KeyError, "no 'l3' in this network.*there are l1, l1.W, l2, l2.W"),
    ({"l1/kernel": 0.1, "l1": 1, "l2": 1}, KeyError, "no 'l1/kernel'"),
    ({"l1": 0.1}, KeyError, "no multiplier is given for l2.W.*add 'l2': 1"),
    ({"": 0.1}, KeyError, "no ''"),
    ({"l1": 0.1, "l1.W": 1, "l2": 1}, ValueError, "l1 and l1.W share a parameter"),
    ({"l1": -0.1, "l2": 1}, ValueError, "multiplier of l1"),
    ({"l1": float("nan"), "l2": 1}, ValueError, "multiplier of l1"),
    ({"l1": "0.1", "l2": 1}, TypeError, "multiplier of l1 = '0.1'"),
    ({}, TypeError, "dict of names"),
    ([0.1, 1], TypeError, "dict of names"),
])
def test_a_table_with_a_mistake_is_an_error_and_never_1(recipe, table, error, words):
    net = Net()
    before = {name: p.data.copy() for name, p in net.named_params()}
    with pytest.raises(error, match=words):
        recipe(net, table, eo.SGD(lr=0.1))
    assert all(not p.update_rule for p in net.params())
    assert all((p.data == before[name]).all() for name, p in net.named_params())


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "slowed_activations"])  # l3 is never called
def test_tied_weights_have_one_multiplier(name):
    net = Net()
    net.l3 = eo.Chain()
    net.l3.W = net.l1.W
    with pytest.raises(ValueError, match="l1 and l3 share a parameter"):
        RECIPES[name](net, {"l1": 0.1, "l2": 1, "l3": 1}, eo.SGD(lr=0.1))
    found = measured_multiplier(name, net, {"l1": 0.1, "l2": 1, "l3": 0.1}, eo.SGD(lr=0.1), losses(2))
    assert found == {"l1.W": pytest.approx(0.1), "l2.W": pytest.approx(1)}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=repr)
def test_what_a_recipe_takes(recipe):
    net = Net()
    with pytest.raises(TypeError, match="without parameters"):
        recipe(net, TABLE, eo.SGD(Net(), lr=0.1))
    with pytest.raises(TypeError, match="without parameters"):
        recipe(net, TABLE, 0.1)
    with pytest.raises(TypeError, match="takes a network"):
        recipe([net.l1.W], TABLE, eo.SGD(lr=0.1))
    step = recipe(net, TABLE, eo.SGD(lr=0.1))
    with pytest.raises(TypeError, match=r"step\(lambda"):
        step(net(np.ones((1, 3))).sum())


def test_activations_are_slowed_in_the_order_in_which_layers_are_called():
    net = Net()
    step = RECIPES["slowed_activations"](net, {"l2": 1, "l1": C}, eo.SGD(lr=0.1))
    before = net.l1.W.data.copy()
    with pytest.raises(RuntimeError, match="for l2, l1, in this order, and the loss called l1, l2"):
        step(lambda: net(np.ones((1, 3))).sum())
    assert (net.l1.W.data == before).all()
    assert "forward" not in vars(net.l1)


def test_activations_are_of_layers_and_a_stop_stops_all():
    with pytest.raises(TypeError, match=r"l1\.W is a parameter.*'l1'"):
        RECIPES["slowed_activations"](Net(), {"l1.W": C, "l2": 1}, eo.SGD(lr=0.1))
    with pytest.raises(ValueError, match="theirs must be 0 too"):
        RECIPES["slowed_activations"](Net(), {"l1": C, "l2": 0}, eo.SGD(lr=0.1))


def test_whatever_is_raised_in_the_loss_the_network_is_what_it_was():
    for recipe in ("slowed_parameters", "slowed_activations"):
        net = Net()
        step = RECIPES[recipe](net, TABLE, eo.SGD(lr=0.1))
        with pytest.raises(ZeroDivisionError):
            step(lambda: 1 / 0)
        assert isinstance(net.l1.W, eo.Parameter) and "forward" not in vars(net.l1)


# Layer-wise decay


def test_layer_decay_is_timms():
    net = eo.links.MLP(3, 4, 4, 2)
    assert layer_decay(net) == {"l1": 0.75**2, "l2": 0.75, "l3": 1.0}
    optimizer = eo.Adam(lr=0.1)
    RECIPES["multiplied_rates"](net, layer_decay(net), optimizer)
    np.testing.assert_allclose([u.rate for u in optimizer.update_rules],
                               0.1 * np.repeat([0.5625, 0.75, 1.0], 2))
    optimizer.hyperparam.lr = 0.2  # what a schedule writes reaches every layer
    assert net.l1.W.update_rule.rate == pytest.approx(0.2 * 0.5625)


@pytest.mark.parametrize("decay", [0, -1, 1.5, float("nan"), "0.5"])
def test_a_decay_lies_between_0_and_1(decay):
    with pytest.raises((ValueError, TypeError), match="layer_decay: decay"):
        layer_decay(Net(), decay)


@settings(max_examples=30)
@given(decay=st.floats(0.1, 1), recipe=st.sampled_from(list(RECIPES)))
def test_layer_decay_is_a_table_for_every_recipe(decay, recipe):
    net = Net()
    found = measured_multiplier(recipe, net, layer_decay(net, decay), eo.SGD(lr=0.1), losses(2))
    np.testing.assert_allclose([found["l1.W"], found["l2.W"]], [decay, 1], rtol=1e-9)
