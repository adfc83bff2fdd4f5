"""What is refused of hyperparameters, groups, rules and pairs: an error that says what to type, and no byte moved."""

import numpy as np
import pytest

import edu_optim as eo


class Layer(eo.Chain):
    def __init__(self, seed, dtype=np.float64):
        draw = np.random.default_rng(seed).standard_normal
        self.W, self.b = eo.Parameter(draw((2, 3)).astype(dtype)), eo.Parameter(draw(3).astype(dtype))


class Net(eo.Chain):
    def __init__(self):
        self.l1, self.l2 = Layer(1), Layer(2, np.float32)


def set_up(optimizer):
    """A network that has made a step, with a frozen parameter and values set at every kind of node."""
    net = Net()
    optimizer.setup(net)
    for p in net.params():
        p.grad = np.full(p.shape, 0.5, p.dtype)
    optimizer.step()
    net.l1.hyperparam.lr = 0.25
    net.l2.W.update_rule.hyperparam.lr_mult = 0.5
    net.l2.b.update_rule.enabled = False
    return net


def everything(optimizer):
    """All that can be said of an optimizer, and every byte it moves."""
    said = [optimizer.steps, optimizer.hyperparam.get_dict(), len(optimizer.param_groups)]
    said += [(id(g), dict(g), [g.owns(n) for n in ("lr", "lr_mult", "weight_decay")]) for g in optimizer.param_groups]
    for p, u in zip(optimizer.params, optimizer.update_rules, strict=True):
        state = {n: np.asarray(v).tobytes() for n, v in u.state.items()}
        said += [p.data.tobytes(), p._grad.tobytes(), p.grad is None, p.update_rule is u, u.name, u.rule.name, u.t,
                 u.enabled, state, u.rate, u.decay, u.hyperparam.get_dict(), u._hooks.names()]
        said += [u._segments.table[u._index].tobytes()]
    return said


def refuses(act, error, says, optimizer=None):
    before = everything(optimizer) if optimizer else None
    with pytest.raises(error, match=f"(?s){says}"):
        act()
    assert before is None or everything(optimizer) == before


# ---- before setup ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [
    lambda net: setattr(net.l1.hyperparam, "lr", 1), lambda net: net.l1.hyperparam, lambda net: net.hyperparam.tree(),
    lambda net: setattr(net.l1.W.update_rule.hyperparam, "lr", 1), lambda net: net.l1.set_rule(eo.Adam()),
    lambda net: net.l1.W.set_rule(eo.Adam()), lambda net: net.l1.disable_update(), lambda net: net.enable_update(),
    lambda net: setattr(net.l1.W.update_rule, "enabled", False), lambda net: net.l1.W.update_rule.enabled,
    lambda net: net.l1.W.update_rule.update(net.l1.W), lambda net: net.l1.W.update_rule.add_hook(eo.hooks.Lasso(1)),
])
def test_before_setup(act):
    """It is an AttributeError, so that hasattr works, and a RuntimeError, as in Chainer."""
    net = Net()
    before = [p.data.tobytes() for p in net.params()]
    for error in (AttributeError, RuntimeError):
        refuses(lambda: act(net), error, r"optimizer\.setup\(network\) first")
    assert [p.data.tobytes() for p in net.params()] == before
    assert not hasattr(net.l1, "hyperparam")
    assert not net.l1.W.laid
    assert not net.update_enabled


def test_a_link_outside_the_network_and_a_list():
    net = Net()
    optimizer = eo.SGD([net.l1.W])
    refuses(lambda: net.l1.hyperparam, AttributeError, "with the network it is in, not a list of parameters", optimizer)
    net.l1.disable_update()  # but what there is can be switched off
    assert not net.l1.update_enabled


def test_the_optimizer_is_gone():
    net = Net()
    eo.SGD(net)
    refuses(lambda: net.l1.set_rule(eo.Adam()), RuntimeError, "optimizer of l1 is gone: keep it in a variable")
    refuses(lambda: net.l1.W.update_rule.update(net.l1.W), RuntimeError, r"optimizer of l1\.W is gone: keep it")


def test_what_has_left_the_network():
    """Nothing would be moved by what is said there, so it is refused; and nothing of it is listed any more."""
    net = set_up(optimizer := eo.SGD(lr=0.5))
    layer, rule = net.l1, net.l1.W.update_rule
    del net.l1
    with pytest.warns(RuntimeWarning) as warned:
        optimizer.step()
    said = [str(w.message) for w in warned]
    assert [s.partition(" left the network")[0] for s in said] == ["l1.W, l1.b", "l1 (lr=0.25)"]
    refuses(lambda: setattr(layer.hyperparam, "lr", 1), AttributeError, "no optimizer knows this Layer", optimizer)
    refuses(lambda: setattr(rule.hyperparam, "lr", 1), AttributeError, r"l1\.W has left its network", optimizer)
    refuses(lambda: rule.update(layer.W), RuntimeError, r"l1\.W has left its network", optimizer)
    net.l1 = layer
    optimizer.step()
    assert layer.hyperparam.lr == 0.5


# ---- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lr_mult", "weight_decay", "lr"])
@pytest.mark.parametrize("value", [-1, np.nan, np.inf, "0.1", None, True, 1j, [1], np.ones(2)], ids=repr)
def test_bad_multipliers_and_rates(value, name):
    net = set_up(optimizer := eo.SGD())
    for act in (lambda: setattr(optimizer.hyperparam, name, value), lambda: setattr(net.l1.hyperparam, name, value),
                lambda: setattr(net.l2.W.update_rule.hyperparam, name, value),
                lambda: optimizer.param_groups[0].__setitem__(name, value),
                lambda: optimizer.param_groups[1].__setitem__(name, value),
                lambda: optimizer.override({"l1.*": {"weight_decay": 0.5}, "l2.*": {name: value}})):
        says = rf"SGD: {name} = .*0 <= {name} and finite\. For example {name}="
        refuses(act, (TypeError, ValueError), says, optimizer)


@pytest.mark.parametrize("name", ["learning_rate", "betas", "rate", "momentum", "_own", "params"])
def test_names_that_hyperparam_does_not_know(name):
    net = set_up(optimizer := eo.Adam())
    for node in (optimizer.hyperparam, net.hyperparam, net.l1.hyperparam, net.l1.W.update_rule.hyperparam):
        says = f"Adam has no hyperparameter '{name}': it has lr, beta1, beta2, eps"
        refuses(lambda node=node: setattr(node, name, 0.5), AttributeError, says, optimizer)
        refuses(lambda node=node: delattr(node, name), AttributeError, says, optimizer)
        if not name.startswith("_"):
            refuses(lambda node=node: getattr(node, name), AttributeError, says, optimizer)


def test_deleting_what_is_not_set():
    net = set_up(optimizer := eo.SGD(lr=0.5))
    refuses(lambda: delattr(net.l2.hyperparam, "lr"), AttributeError, "lr is not set at l2, which inherits", optimizer)
    refuses(lambda: delattr(net.l1.W.update_rule.hyperparam, "lr"), AttributeError, r"not set at l1\.W", optimizer)
    for name in ("lr_mult", "weight_decay"):
        refuses(lambda name=name: delattr(optimizer.hyperparam, name), AttributeError, f"{name} is not set", optimizer)
    refuses(lambda: delattr(optimizer.hyperparam, "lr"), AttributeError,
            r"holds for all of SGD and cannot be deleted: set another value, optimizer\.hyperparam\.lr = ", optimizer)
    refuses(lambda: optimizer.param_groups[1].__delitem__("weight_decay"), KeyError, "not set in this group", optimizer)
    refuses(lambda: optimizer.param_groups[1].__delitem__("depth"), KeyError, "depth", optimizer)
    refuses(lambda: optimizer.param_groups[1].__delitem__("params"), KeyError, "params", optimizer)
    refuses(lambda: optimizer.param_groups[0].__setitem__("params", []), TypeError, "add_param_group", optimizer)


def test_a_rules_own_decay_cannot_be_deleted_at_the_root():
    net = set_up(optimizer := eo.AdamW(lr=0.5, weight_decay=0.25))
    refuses(lambda: delattr(optimizer.hyperparam, "weight_decay"), AttributeError, "cannot be deleted", optimizer)
    net.l1.hyperparam.weight_decay = 0.5
    del net.l1.hyperparam.weight_decay
    assert net.l1.W.update_rule.hyperparam.weight_decay == 0.25


def test_an_eps_that_one_of_the_dtypes_below_rounds_to_0():
    net = set_up(optimizer := eo.Adam())
    refuses(lambda: setattr(optimizer.hyperparam, "eps", 1e-60), ValueError, "1e-60 rounds to 0 in float32", optimizer)
    net.l1.hyperparam.eps = 1e-60  # all float64
    net.l2.hyperparam.eps = 1e-6
    refuses(lambda: optimizer.override({"*.W": {"eps": 1e-60}}), ValueError, "rounds to 0 in float32", optimizer)


# ---- patterns ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "error", "says"), [
    ({"l9.*": {"lr": 1}}, ValueError, r"the pattern 'l9\.\*' matches no parameter: there are l1\.W, l1\.b, l2\.W"),
    ({"l1.*": {"lr": 1}, "L1.W": {"lr_mult": 1}}, ValueError, r"'L1\.W' matches no parameter"),
    ({"l1.*": {"lr": 1}, "*.b": {"lr": 1}}, ValueError, r"'l1\.\*' and '\*\.b' both set lr of l1\.b: make.*narrower"),
    ({"l1.*": {"lr": 1}, "*.b": {"learning_rate": 2}}, ValueError, r"both set lr of l1\.b"),
    ({"*": {"betas": (0.5, 0.5)}, "l2.W": {"beta2": 0.5}}, ValueError, r"both set beta2 of l2\.W"),
    ({"*": {"betas": 0.5}}, TypeError, r"betas = 0\.5 must be two numbers"),
    ({"l1.*": {"lr": 1, "learning_rate": 1}}, TypeError, "lr is given twice"),
    ({"l1.W": {"lr": 1}, "*": {"momentum": 1}}, AttributeError, "Adam has no hyperparameter 'momentum': it has lr, b"),
    ({"l1.W": {"lr": 1}, "*": {"lr_mult": -1}}, ValueError, "lr_mult = -1 is not allowed"),
    ({"*": 3}, TypeError, r"override takes a dict of dicts, \{'l1\.\*': \{'lr': 0\.1\}\}, not"),
    ([("*", {"lr": 1})], TypeError, "override takes a dict of dicts"),
    ({3: {"lr": 1}}, TypeError, r"the pattern 3 is not a text: 'l1\.\*'"),
    ({"*": {3: 1}}, AttributeError, "no hyperparameter 3"),
])
def test_override_refuses(table, error, says):
    set_up(optimizer := eo.Adam())
    refuses(lambda: optimizer.override(table), error, says, optimizer)


def test_override_before_setup():
    refuses(lambda: eo.SGD().override({"*": {"lr": 1}}), ValueError, "there are none, before setup")


# ---- rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["Adam", None, 0.1, eo.Adam, eo.RULES["Adam"], {"lr": 0.1}], ids=repr)
def test_set_rule_takes_an_optimizer(given):
    net = set_up(optimizer := eo.SGD())
    for target in (net.l1, net.l1.W):
        says = r"set_rule takes an optimizer.*eo\.Adam\(lr=1e-3\), not"
        refuses(lambda t=target: t.set_rule(given), TypeError, says, optimizer)


def test_set_rule_refuses():
    net = set_up(optimizer := eo.SGD())
    for target in (net.l2, net.l2.b, net):
        refuses(lambda t=target: t.set_rule(eo.Adam()), ValueError,
                r"l2\.b is switched off.*enable_update\(\) or update_rule\.enabled = True", optimizer)
    for given in (eo.Adam([eo.Parameter(np.ones(2))]), optimizer):
        refuses(lambda g=given: net.l1.set_rule(g), ValueError, "has parameters of its own: give one", optimizer)
    for option in ({"missing_grad": "zero"}, {"maximize": True}):
        refuses(lambda o=option: net.l1.set_rule(eo.Adam(**o)), ValueError, "is for all of an optimizer", optimizer)
    with pytest.warns(RuntimeWarning, match="lr of l1 was 0.25 and is 0.001 now"):
        net.l1.set_rule(eo.Adam(eps=1e-60))  # all float64
    net.l2.enable_update()
    refuses(lambda: net.set_rule(eo.Adam(eps=1e-60)), ValueError, "rounds to 0 in float32", optimizer)


# ---- groups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("groups", "error", "says"), [
    (lambda p, q: [{"params": [p], "lrr": 1}], TypeError, "no hyperparameter 'lrr': a group has params, lr, beta1"),
    (lambda p, q: [{"params": [p], 3: 1}], TypeError, "no hyperparameter 3"),
    (lambda p, q: [{"params": [p]}, {"params": [q, p]}], ValueError, "is in a group.*already.*in one group only"),
    (lambda p, q: [{"params": [p, p]}], ValueError, "listed twice, as item 0 and item 1"),
    (lambda p, q: [{"params": []}], ValueError, "list of parameters is empty"),
    (lambda p, q: [{"params": [p]}, {"params": []}], ValueError, "list of parameters is empty"),
    (lambda p, q: [{"params": None}], TypeError, "not None"),
    (lambda p, q: [{"params": ["p"]}], TypeError, "item 0 of this list is of type str"),
    (lambda p, q: [{"lr": 1}], TypeError, r"a group is a dict with 'params' in it, \{'params': \[p, q\], 'lr': 0\.1\}"),
    (lambda p, q: [{"params": [p]}, q], TypeError, "a list holds groups or parameters, not both"),
    (lambda p, q: [q, {"params": [p]}], TypeError, "a list holds groups or parameters, not both"),
    (lambda p, q: [{"params": [p], "lr": -1}], ValueError, "lr = -1 is not allowed"),
    (lambda p, q: [{"params": [p], "lr_mult": "2"}], TypeError, "lr_mult = '2' is text"),
    (lambda p, q: [{"params": [p], "weight_decay": np.nan}], ValueError, "weight_decay = nan"),
    (lambda p, q: [{"params": [p], "lr": 1, "learning_rate": 1}], TypeError, "lr is given twice"),
    (lambda p, q: [{"params": [p], "betas": (0.5, 1)}], ValueError, "beta2 = 1 is not allowed"),
    (lambda p, q: [{"params": [p], "betas": 0.5}], TypeError, "betas = 0.5 must be two numbers"),
])
def test_groups_that_are_refused(groups, error, says):
    p, q = eo.Parameter(np.ones(2)), eo.Parameter(np.ones(2))
    refuses(lambda: eo.Adam(groups(p, q)), error, says)
    assert not (p.laid or q.laid or p.update_rule or q.update_rule)


def test_a_group_that_is_refused_later():
    net = set_up(optimizer := eo.SGD())
    p = eo.Parameter(np.ones(2))
    for group, says in (({"params": [p, net.l1.W]}, "in a group of this optimizer already"), ([p], "a group is a dict"),
                        ({"params": [p], "lr": np.inf}, "lr = inf"), ({"params": [p], "depth": 3}, "'depth': a group")):
        refuses(lambda g=group: optimizer.add_param_group(g), (TypeError, ValueError), says, optimizer)
    assert not p.laid


# ---- pairs ---------------------------------------------------------------------------------------------------------

G = np.ones((2, 3))
PAIR = r"apply_gradients takes pairs \(gradient, parameter\), such as compute_gradients gives: "


@pytest.mark.parametrize(("pairs", "error", "says"), [
    (lambda p, q: None, TypeError, PAIR + "None holds none"),
    (lambda p, q: [], ValueError, PAIR + "there is none"),
    (lambda p, q: [G], TypeError, PAIR + "item 0 is"),
    (lambda p, q: [(G, p), (G,)], TypeError, PAIR + "item 1 is"),
    (lambda p, q: [(G, p), (q, G)], TypeError, PAIR + "item 1 has them the other way round"),
    (lambda p, q: [(G, p), (G, G)], TypeError, PAIR + "the parameter of item 1 is"),
    (lambda p, q: [(G, p), (G, p)], ValueError, "listed twice, as item 0 and item 1"),
    (lambda p, q: [(None, p), (None, q)], ValueError, "no gradient for any parameter: does the loss depend on them"),
    (lambda p, q: [(G, p), (np.ones(4), q)], ValueError, r"new values have shape \(4,\), the parameter \(3,\)"),
    (lambda p, q: [(G, p), (np.ones(3, np.float32), q)], TypeError, r"grad\.astype\(np\.float64\)"),
    (lambda p, q: [(G.astype(int), p)], TypeError, r"grad\.astype\(np\.float64\)"),
])
def test_apply_gradients_refuses(pairs, error, says):
    net = set_up(optimizer := eo.SGD())
    stranger = eo.Parameter(np.ones(3))
    for q in (net.l1.b, stranger):  # one that it has, and one that it would adopt
        refuses(lambda q=q: optimizer.apply_gradients(pairs(net.l1.W, q)), error, says, optimizer)
    assert not stranger.laid


@pytest.mark.parametrize("counter", [5, np.zeros(()), "step"], ids=repr)
def test_a_counter_that_cannot_count(counter):
    net = set_up(optimizer := eo.SGD())
    refuses(lambda: optimizer.apply_gradients([(G, net.l1.W)], global_step=counter), TypeError,
            r"global_step = .*eo\.Parameter\(0\.0\)", optimizer)
