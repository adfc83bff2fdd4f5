"""Optimizers: what they take, what they refuse and leave alone, how they share, watch, warn, copy and go away."""

import copy
import gc
import inspect
import pickle
import subprocess
import sys
import time
import warnings
import weakref
from decimal import Decimal

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import Hyper

BAD_NUMBERS = [-0.1, np.nan, np.inf, -np.inf, 10**400, 1j, "0.1", None, True, [0.1], np.ones(2), np.ones(1)]


def parameter(*shape, dtype=np.float64, seed=0):
    p = eo.Parameter(np.random.default_rng(seed).standard_normal(shape).astype(dtype))
    p.grad = np.full(shape, 0.5, dtype)
    return p


class Net(eo.Chain):
    def __init__(self, seed=0):
        self.l1, self.l2 = eo.links.Linear(2, 3, seed=seed), eo.links.Linear(3, 1, seed=seed)

    def forward(self, x):
        return self.l2(eo.functions.tanh(self.l1(x)))


def trained(rule="Adam", **options):
    net = Net()
    optimizer = eo.RULES[rule].optimizer(net, **options)
    for _ in range(3):
        (net(np.ones((4, 2), np.float32)) ** 2).mean().backward()
        optimizer.step()
    return net, optimizer


def everything(optimizer):
    """Every byte an optimizer can change."""
    said = [optimizer.hyperparam.get_dict(), *(s.table.tobytes() for s in optimizer._segments)]
    for p, u in zip(optimizer.params, optimizer.update_rules, strict=True):
        state = {n: np.asarray(v).tobytes() for n, v in u.state.items()}
        said += [p.data.tobytes(), p._grad.tobytes(), p.grad is None, u.name, u.t, u.enabled, state, p.update_rule is u]
    return said


# ---- the constructor ---------------------------------------------------------------------------------------------


def test_defaults_alone_and_a_number_in_first_place():
    assert eo.Adam().hyperparam.lr == 0.001
    for optimizer in (eo.Adam(0.5), eo.Adam(lr=0.5), eo.Adam(None, 0.5), eo.Adam(learning_rate=0.5)):
        assert optimizer.hyperparam.lr == 0.5
    assert eo.Adam(np.float32(0.5)).hyperparam.lr == 0.5
    assert eo.Adam([parameter(2)], 0.5).hyperparam.lr == 0.5
    assert eo.Adam(betas=(0.5, 0.75)).hyperparam.get_dict().items() >= {"beta1": 0.5, "beta2": 0.75}.items()
    assert eo.Adam(lr=None).hyperparam.lr == 0.001


@pytest.mark.parametrize("name", list(eo.RULES))
def test_signature_shows_the_rules_defaults(name):
    shown = inspect.signature(getattr(eo, name))
    assert list(shown.parameters)[:2] == ["params", "lr"]
    assert {n: shown.parameters[n].default for n in eo.RULES[name].hyperparameters} == eo.RULES[name].values({})
    assert list(shown.parameters)[-3:] == ["backend", "missing_grad", "maximize"]


@pytest.mark.parametrize(("call", "error", "says"), [
    (lambda p: eo.Adam([p], rate=0.1), TypeError, r"no hyperparameter 'rate'.*lr, beta1, beta2, eps"),
    (lambda p: eo.SGD([p], momentum=0.9), TypeError, r"SGD has no hyperparameter 'momentum'.*lr"),
    (lambda p: eo.SGD([p], betas=(0.9, 0.99)), TypeError, r"SGD has no hyperparameter 'betas'.*lr"),
    (lambda p: eo.SGD(0.1, 0.2), TypeError, r"lr is given twice, 0\.1 and 0\.2"),
    (lambda p: eo.SGD(0.1, lr=0.2), TypeError, "lr is given twice"),
    (lambda p: eo.SGD([p], lr=0.1, learning_rate=0.1), TypeError, "lr is given twice, as lr and as learning_rate"),
    (lambda p: eo.SGD(0.1, learning_rate=0.1), TypeError, "lr is given twice"),
    (lambda p: eo.Adam([p], betas=0.9), TypeError, r"betas = 0\.9 must be two numbers: betas=\(0\.9, 0\.999\)"),
    (lambda p: eo.Adam([p], betas=(0.9,)), TypeError, "betas = .*two numbers"),
    (lambda p: eo.Adam([p], betas="ab"), TypeError, "betas = 'ab'.*two numbers"),
    (lambda p: eo.Adam([p], betas=(0.9, 1)), ValueError, "beta2 = 1 is not allowed: 0 <= beta2 < 1"),
    (lambda p: eo.Adam([p], betas=(0.9, 0.99), beta1=0.5), TypeError, "beta1 is given twice"),
    (lambda p: eo.Adam([p], beta1=1), ValueError, r"Adam: beta1 = 1 .*0 <= beta1 < 1.*beta1=0\.9"),
    (lambda p: eo.MomentumSGD([p], momentum=1.0), ValueError, r"momentum = 1\.0 .*0 <= momentum < 1"),
    (lambda p: eo.Adam([p], missing_grad="ignore"), ValueError, "missing_grad = 'ignore'.*'skip'.*'zero'"),
    (lambda p: eo.Adam([p], missing_grad=None), ValueError, "missing_grad = None"),
    (lambda p: eo.Adam([p], backend="cuda"), ValueError, "backend = 'cuda'.*'auto', 'numba', 'numpy'"),
    (lambda p: eo.Adam([p], maximize="yes"), TypeError, "maximize = 'yes' must be True or False"),
    (lambda p: eo.Adam([p, p]), ValueError, "item 0 and item 1.*list it once"),
    (lambda p: eo.Adam([]), ValueError, "list of parameters is empty"),
    (lambda p: eo.Adam(p for p in ()), ValueError, "empty.*second time"),
    (lambda p: eo.Adam({"p": p}), TypeError, r"not a dict: pass list\(params\.values\(\)\)"),
    (lambda p: eo.Adam("0.1"), TypeError, "not the text '0.1'"),
    (lambda p: eo.Adam(["p"]), TypeError, r"item 0 of this list is of type str: .*Parameter\(array\)"),
    (lambda p: eo.Adam([p, np.ones(2)]), TypeError, "item 1 of this list is of type ndarray"),
    (lambda p: eo.Adam([p, None]), TypeError, "item 1 of this list is None"),
    (lambda p: eo.Adam([("p", p)]), TypeError, "item 0 of this list is of type tuple"),
    (lambda p: eo.Adam([Net(), Net()]), TypeError, r"item 0 of this list is of type Net: .*setup once for each"),
    (lambda p: eo.Adam(np.ones(2)), TypeError, "item 0"),
    (lambda p: eo.Adam(eo.Tensor([1.0])), TypeError, "item 0"),
    (lambda p: eo.Adam(eo.Adam), TypeError, "not of type type"),
    (lambda p: eo.Adam(True), TypeError, "lr = True"),
    (lambda p: eo.Adam(1j), TypeError, "lr = 1j.*real"),
    (lambda p: eo.Adam().setup(None), TypeError, "not None: pass net"),
    (lambda p: eo.Adam().setup(0.1), TypeError, "not of type float: pass net"),
    (lambda p: eo.Optimizer([p]), TypeError, r"choose a rule, such as eo\.SGD"),
])
def test_refuses_and_touches_nothing(call, error, says):
    p = parameter(3)
    before = p.data.tobytes(), p.grad.tobytes(), p._storage
    with pytest.raises(error, match=f"(?s){says}"):
        call(p)
    assert before == (p.data.tobytes(), p.grad.tobytes(), p._storage)
    assert not p.laid
    assert not p.update_rule


@pytest.mark.parametrize("value", BAD_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", ["lr", "beta1", "eps"])
def test_bad_hyperparameters(name, value):
    p = parameter(3)
    if not (name == "lr" and value is None):
        with pytest.raises((TypeError, ValueError), match=f"(?s)Adam: {name} = .*{name}.*For example {name}="):
            eo.Adam([p], **{name: value})
    assert not p.laid
    optimizer = eo.Adam([p], lr=0.25)
    optimizer.step()
    before = everything(optimizer)
    with pytest.raises((TypeError, ValueError), match=f"(?s)Adam: {name} = .*{name}.*For example {name}="):
        setattr(optimizer.hyperparam, name, value)
    assert everything(optimizer) == before


@pytest.mark.parametrize("value", [1, np.float32(0.5), np.int8(1), np.array(0.5), Decimal("0.5")])
def test_real_numbers_of_any_kind(value):
    optimizer = eo.SGD(lr=value)
    assert type(optimizer.hyperparam.lr) is float
    assert optimizer.hyperparam.lr == float(value)


@pytest.mark.parametrize("name", ["eps", "eps_root", "eps_hat"])
def test_an_eps_that_rounds_to_0(name):
    p, q = parameter(3), parameter(3, dtype=np.float32)
    says = f"Adam: {name} = 1e-50 rounds to 0 in float32"
    with pytest.raises(ValueError, match=says):
        eo.Adam([p, q], **{name: 1e-50})
    assert not p.laid
    optimizer = eo.Adam([p], **{name: 1e-50})
    optimizer.step()
    before = everything(optimizer)
    with pytest.raises(ValueError, match=says):
        optimizer.setup([p, q])
    assert everything(optimizer) == before
    assert not q.laid
    setattr(optimizer.hyperparam, name, 0)
    optimizer.setup([q])
    before = everything(optimizer)
    with pytest.raises(ValueError, match=says):
        setattr(optimizer.hyperparam, name, 1e-50)
    assert everything(optimizer) == before


def test_a_parameter_made_read_only_is_noticed_at_setup():
    p = parameter(3)
    p.data.flags.writeable = False
    with pytest.raises(ValueError, match=r"p0\.data was made read-only.*enabled = False"):
        eo.SGD([p])
    assert not p.laid
    net = Net()
    net.l2.W.data.flags.writeable = False
    with pytest.raises(ValueError, match=r"l2\.W\.data was made read-only"):
        eo.SGD(net)
    assert not net.l1.W.laid


@pytest.mark.parametrize("call", [
    lambda optimizer: optimizer.step(), lambda optimizer: optimizer.update(),
    lambda optimizer: optimizer.update(lambda: pytest.fail("the loss was computed"))])
def test_stepping_before_setup(call):
    for optimizer in (eo.Adam(), eo.Adam(eo.Chain())):
        with pytest.raises(RuntimeError, match=r"Adam has nothing to move: call optimizer\.setup\(network\)"):
            call(optimizer)


def test_hyperparameters_are_attributes_of_hyperparam_only():
    optimizer = eo.Adam()
    with pytest.raises(AttributeError, match=r"optimizer\.hyperparam\.lr = 0\.1"):
        optimizer.lr = 0.1
    with pytest.raises(AttributeError, match=r"optimizer\.hyperparam\.lr"):
        optimizer.lr  # noqa: B018
    for name in ("rate", "momentum"):
        with pytest.raises(AttributeError, match=f"Adam has no hyperparameter '{name}': it has lr, beta1"):
            setattr(optimizer.hyperparam, name, 0.1)
        with pytest.raises(AttributeError, match=f"Adam has no hyperparameter '{name}': it has lr, beta1"):
            getattr(optimizer.hyperparam, name)
        assert not hasattr(optimizer.hyperparam, name)
    assert dir(optimizer.hyperparam)[0] == "beta1"
    for name in ("backend", "missing_grad", "maximize"):
        with pytest.raises(AttributeError):
            setattr(optimizer, name, True)


def test_update_rule_refuses_what_would_do_nothing():
    p = parameter(3)
    eo.MomentumSGD([p])
    with pytest.raises(AttributeError):
        p.update_rule.enable = False
    with pytest.raises(AttributeError):
        p.update_rule.t = 3
    with pytest.raises(TypeError):
        p.update_rule.state["m"] = np.ones(3)
    with pytest.raises(TypeError, match="enabled = 'off' must be True or False"):
        p.update_rule.enabled = "off"
    assert p.update_rule.enabled


# ---- steps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("missing", ["skip", "zero"])
def test_a_missing_gradient(backend, missing):
    p, q = parameter(2), parameter(2)
    optimizer = eo.MomentumSGD([p, q], lr=1.0, momentum=0.5, missing_grad=missing, backend=backend)
    optimizer.step()
    q.grad = None
    before = q.data.copy()
    optimizer.step()
    if missing == "skip":
        assert q.grad is None
        assert q.update_rule.t == 1
        assert np.array_equal(q.data, before)
    else:
        assert np.array_equal(q.grad, [0, 0])
        assert q.update_rule.t == 2
        assert np.array_equal(q.data, before - 0.25)
    assert p.update_rule.t == 2


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_maximize_goes_up_and_gives_the_gradient_back(backend):
    p, q = parameter(3), parameter(3)
    p.grad = q.grad = np.array([1.0, -0.0, np.nan])
    q.grad[:2] *= -1
    eo.MomentumSGD([p], maximize=True, backend=backend).step()
    eo.MomentumSGD([q], backend=backend).step()
    assert np.array_equal(p.data, q.data, equal_nan=True)
    assert p.grad.tobytes() == np.array([1.0, -0.0, np.nan]).tobytes()


def test_update_with_a_loss_function():
    net, optimizer = Net(), eo.SGD(lr=0.1)
    optimizer.setup(net)
    x = np.ones((4, 2), np.float32)
    net.l1.W.grad = np.full((3, 2), np.nan, np.float32)  # replaced, not added to
    losses = []

    def lossfun(x):
        losses.append((net(x) ** 2).mean())
        return losses[-1]

    for _ in range(20):
        optimizer.update(lossfun, x)
    assert losses[-1].item() < 0.2 * losses[0].item()


def test_float32_and_float64_and_later_storages_in_one_optimizer():
    params = [parameter(2), parameter(3, dtype=np.float32), parameter(4), parameter(1, dtype=np.float32)]
    alone = copy.deepcopy(params)
    optimizer = eo.Adam(params[:2]).setup(params)
    for p in alone:
        eo.Adam([p]).step()
    optimizer.step()
    assert [p.data.tobytes() for p in params] == [p.data.tobytes() for p in alone]
    assert [u.name for u in optimizer.update_rules] == ["p0", "p1", "p2", "p3"]


def test_zero_grad_clears_its_own_parameters_only():
    p, q, r = (parameter(2) for _ in range(3))
    eo.SGD([p, q, r])
    optimizer = eo.SGD([r, p])
    optimizer.zero_grad()
    assert (p.grad, r.grad) == (None, None)
    assert np.array_equal(q.grad, [0.5, 0.5])
    optimizer.cleargrads()
    assert q.grad is not None


def test_zero_grad_costs_the_same_for_one_and_for_a_thousand():
    def cost(n):
        optimizer = eo.SGD([parameter(2) for _ in range(n)])
        return min(timed(optimizer.zero_grad) for _ in range(20))

    def timed(call):
        start = time.perf_counter()
        for _ in range(500):
            call()
        return time.perf_counter() - start

    assert cost(1000) < 5 * cost(1)


# ---- setup again, two optimizers, networks that change -----------------------------------------------------------


def test_setup_again_keeps_everything():
    p, q = parameter(2), parameter(3)
    optimizer = eo.Adam([p])
    optimizer.step()
    p.update_rule.enabled = False
    m, data = p.update_rule.state["m"].copy(), p.data
    assert optimizer.setup([p]) is optimizer
    assert optimizer.setup([q, p]) is optimizer
    assert (p.update_rule.t, p.update_rule.enabled, q.update_rule.t) == (1, False, 0)
    assert np.array_equal(p.update_rule.state["m"], m)
    assert p.data is data
    assert optimizer.params == [p, q]


def test_setup_again_with_nothing_new_leaves_the_states_where_they_are():
    net, optimizer = trained()
    m = net.l1.W.update_rule.state["m"]
    optimizer.setup(net).setup(net.params())
    assert np.shares_memory(m, net.l1.W.update_rule.state["m"])


def test_two_optimizers_share_parameters_and_not_states():
    p, q = parameter(3), parameter(3)
    first, second = eo.Adam([p, q]), eo.Adam([q])
    first.step()
    assert [u.t for u in first.update_rules + second.update_rules] == [1, 1, 0]
    assert q.update_rule is second.update_rules[0]
    assert p.update_rule is first.update_rules[0]
    arrays = [u.state[n] for u in first.update_rules + second.update_rules for n in "mv"]
    arrays += [p.data, q.data, p.grad, q.grad]
    for k, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[:k])


def test_a_switch_that_would_be_lost_is_told():
    net = Net()
    older = eo.SGD(net)
    net.l1.W.update_rule.enabled = net.l2.b.update_rule.enabled = False
    says = r"l1\.W, l2\.b switched off, .* knows nothing of it: setup\(target, keep=True\)"
    with pytest.warns(RuntimeWarning, match=says) as seen:
        eo.Adam(net)
    assert seen[0].filename == __file__
    assert net.l1.W.update_rule.enabled
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        older.setup(net)  # which has them off itself
        newer = eo.Adam().setup(net, keep=True)
        newer.setup(net)
    assert [u.enabled for u in newer.update_rules] == [False, True, True, False]


def test_a_switch_is_told_of_though_its_optimizer_is_gone():
    p = parameter(2)
    eo.SGD([p])
    p.update_rule.enabled = False
    with pytest.warns(RuntimeWarning, match=r"p0 switched off, and this one knows nothing of it"):
        eo.Adam([p])


def test_a_network_that_grows_shrinks_and_exchanges():
    net, optimizer = trained()
    t, m = net.l1.W.update_rule.t, net.l1.W.update_rule.state["m"].copy()
    net.l3 = eo.links.Linear(1, 1)
    net.l3.W.grad = np.ones((1, 1), np.float32)
    optimizer.step()
    assert (net.l3.W.update_rule.t, net.l1.W.update_rule.t) == (1, t + 1)
    left = net.l2.W
    net.l2.W = eo.Parameter(np.ones((1, 3), np.float32))
    del net.l3
    with pytest.warns(RuntimeWarning, match=r"l2\.W, l3\.W, l3\.b left the network, .*Adam.* starts anew") as seen:
        optimizer.zero_grad()
    assert seen[0].filename == __file__
    assert not left.update_rule
    assert [u.name for u in optimizer.update_rules] == ["l1.W", "l1.b", "l2.b", "l2.W"]
    assert [u.t for u in optimizer.update_rules] == [t + 1, t + 1, t + 1, 0]
    assert not np.array_equal(net.l1.W.update_rule.state["m"], m)
    before = left.data.copy()
    left.grad = np.ones((1, 3), np.float32)
    optimizer.step()
    assert np.array_equal(left.data, before)


def test_a_parameter_that_moves_within_its_network_keeps_its_state_under_the_new_path():
    net, optimizer = trained()
    net.block = eo.Chain()
    net.block.inner = net.l1
    del net.l1
    net.l1 = eo.links.Linear(2, 3, layer=1)
    assert [(u.name, u.t) for u in optimizer.update_rules] == [
        ("block.inner.W", 3), ("block.inner.b", 3), ("l2.W", 3), ("l2.b", 3), ("l1.W", 0), ("l1.b", 0)]


def test_other_networks_may_change_and_nothing_happens():
    net, optimizer = trained()
    segments = optimizer._segments
    other = Net()
    eo.SGD(other)
    optimizer.step()
    assert optimizer._segments is segments
    assert optimizer.target is net


def test_an_older_optimizer_that_notices_a_change_does_not_become_the_newest():
    net = Net()
    older, newer = eo.Adam(net), eo.SGD(net)
    net.l3 = eo.links.Linear(1, 1)
    older.zero_grad()
    assert net.l1.W.update_rule in newer.update_rules


def test_parameters_listed_by_hand_stay():
    net = Net()
    optimizer = eo.SGD(net.params())
    W = net.l1.W
    net.l1.W = eo.Parameter(np.ones((3, 2), np.float32))
    assert W in optimizer.params
    assert net.l1.W not in optimizer.params
    optimizer = eo.SGD(net)
    W = net.l1.W
    optimizer.setup([W])
    net.l1.W = eo.Parameter(np.ones((3, 2), np.float32))
    assert {W, net.l1.W} <= set(optimizer.params)


def test_several_networks_are_all_watched():
    a, b = Net(), Net()
    optimizer = eo.SGD(a).setup(b)
    assert optimizer.target is b
    assert [u.name for u in optimizer.update_rules][3:5] == ["l2.b", "l1.W_2"]
    a.l3, b.l3 = eo.links.Linear(1, 1), eo.links.Linear(1, 1)
    assert {a.l3.W, b.l3.W} <= set(optimizer.params)


def test_a_new_parameter_that_does_not_suit_changes_nothing():
    net, optimizer = trained()
    net.l3 = eo.links.Linear(1, 1)
    net.l3.W.data.flags.writeable = False
    before = [p.data.tobytes() for p in net.params()]
    with pytest.raises(ValueError, match=r"l3\.W\.data was made read-only"):
        optimizer.step()
    assert before == [p.data.tobytes() for p in net.params()]
    assert repr(optimizer).endswith("of 4 parameters")
    net.l3.W.data.flags.writeable = True
    assert len(optimizer.params) == 6


def test_unnamed_parameters_are_named_by_this_list_alone():
    p, q = parameter(2), parameter(2)
    eo.SGD([q, p])
    assert [u.name for u in eo.SGD([p, q]).update_rules] == ["p0", "p1"]
    same = [eo.Parameter([1.0], name="w") for _ in range(3)]
    assert [u.name for u in eo.SGD(same).update_rules] == ["w", "w_2", "w_3"]


# ---- copies ------------------------------------------------------------------------------------------------------


def through_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("copied", [copy.deepcopy, through_pickle])
@pytest.mark.parametrize("rule", [name for name, rule in eo.RULES.items() if rule.dimensions is None])
def test_a_copied_pair_goes_on_alike_and_apart(rule, copied):
    net, optimizer = trained(rule, missing_grad="zero")
    net.l1.b.update_rule.enabled = False
    optimizer.hyperparam.lr = 0.125
    twin, other = copied((net, optimizer))
    assert other.target is twin
    assert other.params == list(twin.params())
    assert (type(other), other.missing_grad) == (type(optimizer), "zero")
    # Only the array that tells them apart is an address.
    assert everything(other) == everything(optimizer)
    assert twin.l1.W._storage is twin.l2.b._storage
    kept = everything(other)
    for _ in range(3):
        optimizer.step()
    assert everything(other) == kept
    for _ in range(3):
        other.step()
    assert everything(other) == everything(optimizer)
    twin.l3 = eo.links.Linear(1, 1)
    assert len(other.params) == 6
    assert len(optimizer.params) == 4


@pytest.mark.parametrize("copied", [copy.deepcopy, through_pickle])
def test_a_copied_network_is_free_and_a_copied_optimizer_brings_its_own(copied):
    net, optimizer = trained()
    assert all(not p.update_rule and not p.laid for p in copied(net).params())
    other = copied(optimizer)
    assert other.target is not net
    assert other.params == list(other.target.params())
    assert copied(eo.Adam(lr=0.5)).hyperparam.lr == 0.5


@pytest.mark.parametrize("copied", [copy.deepcopy, through_pickle])
def test_a_change_that_was_not_noticed_yet_is_noticed_by_the_copy(copied):
    net, optimizer = trained()
    net.optimizer = optimizer  # so that the network is still in the making when its optimizer is made
    net.l3 = eo.links.Linear(1, 1)
    twin = copied(net)
    assert twin.optimizer.params == list(twin.params())
    assert twin.optimizer.target is twin
    twin.l4 = eo.links.Linear(1, 1, layer=1)
    assert len(twin.optimizer.params) == 8


def test_a_shallow_copy_has_states_of_its_own_over_the_same_parameters():
    net, optimizer = trained()
    other = copy.copy(optimizer)
    assert other.params == optimizer.params
    assert net.l1.W.update_rule in other.update_rules
    assert not np.shares_memory(other.update_rules[0].state["m"], optimizer.update_rules[0].state["m"])


@pytest.mark.parametrize("copied", [copy.deepcopy, through_pickle])
def test_the_newest_of_two_stays_the_newest_in_a_copy(copied):
    p, q = parameter(2), parameter(2)
    older, newer = eo.Adam([p, q]), eo.SGD([q])
    for order in ([older, newer], [newer, older]):
        made = dict(zip(["older", "newer"] if order[0] is older else ["newer", "older"], copied(order), strict=True))
        p2, q2 = made["older"].params
        assert made["newer"].params == [q2]
        assert p2.update_rule is made["older"].update_rules[0]
        assert q2.update_rule is made["newer"].update_rules[0]


@eo.rule(paper="made up", degree=1, lr=Hyper(0.1, r"\eta", "[0, inf)"))
def Mine(x, g, t, lr):
    """A rule of the user's."""
    return x - lr * g


def test_a_rule_of_the_users_own_can_be_pickled():
    p = parameter(2)
    optimizer = through_pickle(Mine.optimizer([p]))
    assert type(optimizer) is Mine.optimizer
    optimizer.step()
    assert np.array_equal(optimizer.params[0].data, p.data - 0.1 * p.grad)


def test_hyperparameters_can_be_looked_at_while_they_are_copied():
    made = copy.copy(eo.Adam(lr=0.5).hyperparam)
    assert made.lr == 0.5


# ---- states as dicts ---------------------------------------------------------------------------------------------


def test_a_state_dict_is_a_copy_and_so_is_what_is_loaded():
    _, optimizer = trained()
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    optimizer.step()
    for name, entry in state["params"].items():
        for key, array in entry["state"].items():
            assert array.tobytes() == kept["params"][name]["state"][key].tobytes()
    optimizer.load_state_dict(state)
    loaded = everything(optimizer)
    for entry in state["params"].values():
        for array in entry["state"].values():
            array[:] = np.nan
    assert everything(optimizer) == loaded


def broken_states():
    def change(*path, to):
        def changed(state):
            *inner, last = path
            for key in inner:
                state = state[key]
            if to is KeyError:
                del state[last]
            else:
                state[last] = to
        return changed

    W = ("params", "l1.W")
    return [
        (change("rule", to="SGD"), "belongs to the rule SGD, and the optimizer is Adam"),
        (change("rule", to=KeyError), "lacks rule"),
        (change("more", to=1), "has in excess more"),
        (change("hyperparam", to=[]), "hyperparameters are list, not a dict"),
        (change("hyperparam", "lr", to=KeyError), "hyperparameters it lacks lr"),
        (change("hyperparam", "rate", to=1), "has in excess rate"),
        (change("hyperparam", "eps", to=-1.0), "eps = -1.0 is not allowed"),
        (change("hyperparam", "eps", to=1e-50), "rounds to 0 in float32"),
        (change("hyperparam", "eps", to="1"), "eps = '1'"),
        (change("params", to=None), "parameters are NoneType"),
        (change(*W, to=KeyError), r"parameters it lacks l1\.W"),
        (change("params", "l9.W", to={}), r"has in excess l9\.W"),
        (change(*W, to=3), r"entries of l1\.W are int"),
        (change(*W, "t", to=KeyError), r"entries of l1\.W it lacks t"),
        (change(*W, "t", to=-1), r"l1\.W\.t = -1"),
        (change(*W, "t", to=1.5), r"l1\.W\.t = 1\.5"),
        (change(*W, "t", to=10**30), r"l1\.W\.t = 10"),
        (change(*W, "t", to=True), r"l1\.W\.t = True"),
        (change(*W, "enabled", to="no"), r"l1\.W\.enabled = 'no' must be True or False"),
        (change(*W, "state", "m", to=KeyError), r"states of l1\.W it lacks m"),
        (change(*W, "state", "w", to=0.0), r"has in excess w"),
        (change(*W, "state", "m", to=np.zeros((2, 3), np.float32)),
         r"l1\.W\.m is float32 \(2, 3\), and float32 \(3, 2\) here"),
        (change(*W, "state", "m", to=np.zeros((3, 2))), r"l1\.W\.m is float64 \(3, 2\)"),
        (change(*W, "state", "m", to=[0.0]), r"l1\.W\.m is of type list"),
    ]


@pytest.mark.parametrize(("change", "says"), broken_states())
def test_a_state_that_does_not_fit_changes_nothing(change, says):
    _, optimizer = trained()
    state = optimizer.state_dict()
    state["hyperparam"]["lr"] = 0.75
    state["params"]["l2.b"]["state"]["v"][:] = 7  # which comes last, and is fine
    change(state)
    before = everything(optimizer)
    with pytest.raises(ValueError, match=says):
        optimizer.load_state_dict(state)
    assert everything(optimizer) == before


def test_no_state_at_all():
    for state in (None, [], "text"):
        with pytest.raises(ValueError, match="not a dict"):
            eo.Adam().load_state_dict(state)


# ---- going away --------------------------------------------------------------------------------------------------


def test_nothing_waits_for_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        net, optimizer = trained()
        segments = [weakref.ref(s) for s in optimizer._segments]
        storage = weakref.ref(net.l1.W._storage)
        gone = weakref.ref(optimizer)
        del optimizer
        assert gone() is None
        eo.SGD(net)  # the newest now; the older one's states are nobody's
        assert [s() for s in segments] == [None]
        del net
        assert storage() is None
    finally:
        gc.enable()


def test_importing_needs_no_numba():
    code = "import sys, edu_optim as eo; eo.Adam; eo.Parameter; eo.save; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_loss_is_a_tensor():
    p = eo.Parameter([1.0])
    with pytest.raises(TypeError, match=r"the loss is a Tensor.*call it, minimize\(loss\(\)\)"):
        eo.SGD([p]).minimize(lambda: (p * p).sum())
    with pytest.raises(TypeError, match=r"the loss is a Tensor.*got 3\.0"):
        eo.SGD([p]).compute_gradients(3.0)


def test_a_state_of_other_shapes_or_of_a_rule_that_rounds_is_told():
    small, large = eo.SGD(eo.links.MLP(2, 3, 1)), eo.SGD(eo.links.MLP(2, 4, 1))
    with pytest.raises(ValueError, match=r"l1\.W has the shape \[4, 2\] in it, and \[3, 2\] here"):
        small.load_state_dict(large.state_dict())
    rounded = eo.NAdam([parameter(2)], scalar_dtype="float32")
    with pytest.raises(ValueError, match="belongs to the rule NAdam, scalars in float32, and the optimizer is NAdam"):
        eo.NAdam([parameter(2)]).load_state_dict(rounded.state_dict())
    optimizer = eo.SGD([parameter(2), parameter(3)])
    optimizer.params[0].set_rule(eo.NAdam(scalar_dtype="float32"))
    other = eo.SGD([parameter(2), parameter(3)])
    other.load_state_dict(optimizer.state_dict())
    assert other.update_rules[0].rule is eo.RULES["NAdam"].single_scalars
