"""Hooks: what they compute, when they are called and with what, what is refused, and what an error leaves behind."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import hooks
from edu_optim.hook_list import HookError

RECORDED = json.loads((Path(__file__).parent / "peers" / "chainer.json").read_text())["hooks"]
BACKENDS = ["numpy", "numba"]


class Layer(eo.Chain):
    def __init__(self, seed, dtype=np.float64):
        draw = np.random.default_rng(seed).standard_normal
        self.W, self.b = eo.Parameter(draw((2, 3)).astype(dtype)), eo.Parameter(draw(3).astype(dtype))


class Net(eo.Chain):
    """Two layers, the second in float32."""

    def __init__(self):
        self.l1, self.l2 = Layer(1), Layer(2, np.float32)


def set_up(optimizer):
    net = Net()
    optimizer.setup(net)
    give_gradients(net)
    return net


def give_gradients(net, seed=3):
    draw = np.random.default_rng(seed).standard_normal
    for p in net.params():
        p.grad = draw(p.shape).astype(p.dtype)


def gradients(net):
    return [p.grad.copy() for p in net.params()]


def everything(optimizer):
    """Every byte that a step can change."""
    said = [optimizer.steps]
    for p, u in zip(optimizer.params, optimizer.update_rules, strict=True):
        state = {n: np.asarray(v).tobytes() for n, v in u.state.items()}
        said += [p.data.tobytes(), p._grad.tobytes(), p._grad.shape, p.grad is None, u.t, u.enabled, state, u.rate]
    return said


def named(name, hook, timing="pre", whole=False):
    """The function with what a hook has."""
    hook.name, hook.timing, hook.whole = name, timing, whole
    return hook


# ---- what they compute -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("on_rules", [False, True], ids=["on the optimizer", "on each rule"])
@pytest.mark.parametrize("config", RECORDED)
def test_equals_chainer(config, on_rules, backend):
    """Two hooks in the order in which they are added. On a rule the clipping norm is of one parameter: as here."""
    entry = RECORDED[config]
    run = entry["float64"]
    p = eo.Parameter(np.array(run["p0"]))
    optimizer = getattr(eo, entry["rule"])([p], backend=backend, **entry["hyperparameters"])
    for name, arguments in entry["hooks"]:
        (p.update_rule if on_rules else optimizer).add_hook(getattr(hooks, name)(*arguments))
    for k, (gradient, expected) in enumerate(zip(run["grads"], run["params"], strict=True)):
        p.grad = np.array(gradient)
        optimizer.step()
        np.testing.assert_allclose(p.data, expected, rtol=1e-12, atol=1e-12, err_msg=f"{config}, step {k + 1}")


def test_every_recorded_hook_is_here():
    assert {name for entry in RECORDED.values() for name, _ in entry["hooks"]} <= set(hooks.__all__)


@pytest.mark.parametrize("on_rules", [False, True], ids=["on the optimizer", "on each rule"])
@pytest.mark.parametrize("hook", [hooks.WeightDecay(0.5), hooks.Lasso(0.5), hooks.GradientClipping(0.25),
                                  hooks.GradientHardClipping(-0.25, 0.5), hooks.GradientNoise(0.5, seed=3),
                                  hooks.GradientLARS(0.01, 0.25), hooks.DecoupledWeightDecay(0.5)], ids=repr)
def test_formula_on_two_dtypes(hook, on_rules):
    """Each formula of the table, written down once more, in each dtype, with rate 0.5."""
    optimizer = eo.SGD(lr=0.5, backend="numpy")
    net = set_up(optimizer)
    xs, gs = [p.data.copy() for p in net.params()], gradients(net)
    for target in [p.update_rule for p in net.params()] if on_rules else [optimizer]:
        target.add_hook(hook)
    optimizer.step()
    norm = np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in gs))
    for p, x, g in zip(net.params(), xs, gs, strict=True):
        def length(a):
            return np.sqrt(np.sum(a.astype(np.float64) ** 2))

        expected = {
            "WeightDecay": lambda x, g: g + 0.5 * x,
            "Lasso": lambda x, g: g + 0.5 * np.sign(x),
            "GradientClipping": lambda x, g: g * min(1, 0.25 / (length(g) if on_rules else norm)),
            "GradientHardClipping": lambda x, g: np.minimum(np.maximum(g, -0.25), 0.5),
            "GradientLARS": lambda x, g: length(x) / (1e-9 + length(g) + 0.25 * length(x)) * (g + 0.25 * x),
            "DecoupledWeightDecay": lambda x, g: g,
            "GradientNoise": None,
        }[hook.name]
        if expected:
            tolerance = 1e-15 if p.dtype == np.float64 else 3e-7
            np.testing.assert_allclose(p.grad, expected(x, g), rtol=tolerance, atol=tolerance)
        if hook.name == "DecoupledWeightDecay":
            np.testing.assert_allclose(p.data, (1 - 0.5 * 0.5) * x - 0.5 * g, rtol=tolerance, atol=tolerance)
        assert p.data.dtype == p.grad.dtype == x.dtype
        assert not np.array_equal(p.data, x - 0.5 * g)  # the hook did something


@pytest.mark.parametrize("on_rules", [False, True], ids=["on the optimizer", "on each rule"])
def test_zero_norm(on_rules):
    """Neither clipping nor LARS divides by zero; a parameter at 0 with gradient 0 stays there."""
    p = eo.Parameter(np.zeros(3))
    optimizer = eo.SGD([p], lr=1.0)
    target = p.update_rule if on_rules else optimizer
    target.add_hook(hooks.GradientClipping(1.0))
    target.add_hook(hooks.GradientLARS(threshold=0, eps=0))
    p.grad = np.zeros(3)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        optimizer.step()
    assert not p.data.any()
    assert not p.grad.any()


def test_clipping_leaves_what_is_short_alone_to_the_bit():
    net = set_up(optimizer := eo.SGD(lr=0.0))
    before = gradients(net)
    norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in before))
    optimizer.add_hook(hooks.GradientClipping(norm * (1 + 1e-12)))
    optimizer.step()
    assert all(np.array_equal(p.grad, g) for p, g in zip(net.params(), before, strict=True))


def test_clipping_norm_includes_frozen_parameters_and_no_missing_ones():
    p, q, r = (eo.Parameter(np.zeros(1)) for _ in range(3))
    optimizer = eo.SGD([p, q, r], lr=1.0)
    optimizer.add_hook(hooks.GradientClipping(1.0))
    p.grad, q.grad = [3.0], [4.0]
    q.update_rule.enabled = False
    optimizer.step()
    np.testing.assert_allclose([p.item(), q.item(), r.item()], [-0.6, 0, 0], rtol=1e-15)
    np.testing.assert_allclose([p.grad[0], q.grad[0]], [0.6, 0.8], rtol=1e-15)
    assert r.grad is None


def test_lars_below_the_threshold_keeps_the_gradient():
    p = eo.Parameter(np.array([1e-3, 0.0]))
    optimizer = eo.SGD([p], lr=1.0)
    optimizer.add_hook(hooks.GradientLARS(threshold=1e-2))
    p.grad = np.array([0.0, 2.0])
    optimizer.step()
    assert np.array_equal(p.data, [1e-3, -2.0])


def test_decoupled_decay_takes_the_parameters_own_rate_and_spares_the_frozen():
    net = set_up(optimizer := eo.Adam(lr=0.5))
    optimizer.add_hook(hooks.DecoupledWeightDecay(0.5))
    net.l1.hyperparam.lr_mult = 0.5
    net.l1.b.update_rule.hyperparam.lr = 0.25
    net.l2.b.update_rule.enabled = False
    for p in net.params():
        p.grad = np.zeros(p.shape, p.dtype)
    before = [p.data.copy() for p in net.params()]
    optimizer.step()
    for p, x, factor in zip(net.params(), before, [1 - 0.125, 1 - 0.0625, 0.75, 1.0], strict=True):
        np.testing.assert_array_equal(p.data, x * p.dtype.type(factor))


# ---- noise -------------------------------------------------------------------------------------------------------


def noise_of(order, hooks_before=(), seed=5, steps=3):
    """{name: noise of each step}, the parameters listed in this order."""
    params = {name: eo.Parameter(np.zeros(4), name=name) for name in order}
    optimizer = eo.SGD(list(params.values()), lr=0.0)
    for hook in (*hooks_before, hooks.GradientNoise(0.5, seed)):
        optimizer.add_hook(hook)
    noise = {name: [] for name in order}
    for _ in range(steps):
        for p in params.values():
            p.grad = np.zeros(4)
        optimizer.step()
        for name, p in params.items():
            noise[name].append(p.grad.copy())
    return noise


def test_noise_has_the_same_bits_whatever_the_order():
    first = noise_of("abc")
    for other in (noise_of("cab"), noise_of("cb"), noise_of("abc", [hooks.Lasso(0.5)])):
        for name, values in other.items():
            np.testing.assert_array_equal(values, first[name])
    drawn = [v.tobytes() for values in first.values() for v in values]
    assert len(set(drawn)) == 9  # each parameter and step has its own
    assert not np.array_equal(noise_of("abc", seed=6)["a"], first["a"])


def test_noise_has_the_variance_it_says():
    p = eo.Parameter(np.zeros(40_000))
    optimizer = eo.SGD([p], lr=0.0)
    optimizer.add_hook(hooks.GradientNoise(0.25))
    for t in range(3):
        p.grad = np.zeros(p.shape)
        optimizer.step()
        variance = 0.25 / (1 + t) ** 0.55  # t at the optimizer is that of the last update
        assert abs(p.grad.var() / variance - 1) < 5 * np.sqrt(2 / p.size)
        assert abs(p.grad.mean()) < 5 * np.sqrt(variance / p.size)


def test_noise_on_a_rule_is_a_step_ahead_of_that_on_the_optimizer():
    """As in Chainer: a rule's hooks see the t of the coming update, the optimizer's that of the last one."""
    p, q = eo.Parameter(np.zeros(4), name="w"), eo.Parameter(np.zeros(4), name="w")
    of_p, of_q = eo.SGD([p], lr=0.0), eo.SGD([q], lr=0.0)
    p.update_rule.add_hook(hooks.GradientNoise(0.5))
    of_q.add_hook(hooks.GradientNoise(0.5))
    seen = []
    for _ in range(3):
        p.grad, q.grad = np.zeros(4), np.zeros(4)
        of_p.step()
        of_q.step()
        seen.append((p.grad.copy(), q.grad.copy()))
    np.testing.assert_array_equal(seen[0][0], seen[1][1])
    np.testing.assert_array_equal(seen[1][0], seen[2][1])


# ---- table 1.3 of the reference ------------------------------------------------------------------------------------


def levels(optimizer, net):
    return [optimizer, net.l1.W.update_rule]


@pytest.mark.parametrize("level", [0, 1], ids=["optimizer", "rule"])
@pytest.mark.parametrize(("arguments", "error", "says"), [
    ((5,), TypeError, r"5 cannot be.*hook\(rule, param\).*eo\.hooks"),
    ((None, "name"), TypeError, r"None cannot be.*hook\(rule, param\)"),
    ((hooks.Lasso(1), "a", "before"), ValueError, "timing = 'before'.*'pre'.*'post'.*'auto'"),
    ((hooks.Lasso(1), "a", None), ValueError, "timing = None"),
    ((named("a", lambda rule, param: None, timing="late"),), ValueError, "the hook's own timing = 'late'.*'pre'"),
    ((lambda rule, param: None,), ValueError, r"needs a name.*add_hook\(hook, name='mine'\)"),
    ((hooks.Lasso(1), ""), ValueError, "needs a name"),
    ((hooks.Lasso(1), 3), ValueError, "needs a name"),
    ((hooks.Lasso(1), "there"), KeyError, r"'there' is here already.*remove_hook\('there'\).*name='there_2'"),
    ((hooks.Lasso(1), "there", "post"), KeyError, "'there' is here already"),
    ((hooks.WeightDecay(1),), KeyError, "'WeightDecay' is here already"),
])
def test_add_hook_refuses(level, arguments, error, says):
    net = set_up(optimizer := eo.SGD())
    target = levels(optimizer, net)[level]
    target.add_hook(hooks.Lasso(0.5), "there")
    target.add_hook(hooks.WeightDecay(0.5))
    before = target._hooks.names()
    with pytest.raises(error, match=f"(?s){says}"):
        target.add_hook(*arguments)
    assert target._hooks.names() == before


@pytest.mark.parametrize("level", [0, 1], ids=["optimizer", "rule"])
def test_remove_hook(level):
    net = set_up(optimizer := eo.SGD(lr=1.0))
    target = levels(optimizer, net)[level]
    with pytest.raises(KeyError, match="no hook is named 'there' here: there are none"):
        target.remove_hook("there")
    target.add_hook(hooks.Lasso(0.5), "there")
    target.add_hook(lambda rule, param: None, "late", "post")
    with pytest.raises(KeyError, match="no hook is named 'their' here: there are 'there', 'late'"):
        target.remove_hook("their")
    target.remove_hook("there")
    target.remove_hook("late")
    with pytest.raises(KeyError, match="there are none"):
        target.remove_hook("late")
    before, g = net.l1.W.data.copy(), net.l1.W.grad.copy()
    optimizer.step()
    np.testing.assert_array_equal(net.l1.W.data, before - g)
    target.add_hook(hooks.Lasso(0.5), "there")  # the name is free again


@pytest.mark.parametrize("word", ["add_hook", "remove_hook"])
def test_optimizers_hooks_before_setup(word):
    optimizer = eo.SGD()
    with pytest.raises(RuntimeError, match=rf"{word}: .*optimizer\.setup\(network\) first"):
        getattr(optimizer, word)(hooks.Lasso(1) if word == "add_hook" else "Lasso")
    with pytest.raises(RuntimeError, match=r"no update rule.*optimizer\.setup\(network\) first"):
        getattr(eo.Parameter(np.ones(2)).update_rule, word)(hooks.Lasso(1))


def test_a_name_is_free_at_every_other_level():
    net = set_up(optimizer := eo.SGD())
    for target in (optimizer, net.l1.W.update_rule, net.l1.b.update_rule):
        target.add_hook(hooks.Lasso(0.5))


@pytest.mark.parametrize("call", [
    lambda: hooks.WeightDecay(-1), lambda: hooks.Lasso(np.nan), lambda: hooks.GradientClipping(0),
    lambda: hooks.GradientClipping("1"), lambda: hooks.GradientNoise(-0.1), lambda: hooks.GradientNoise(1, seed=0.5),
    lambda: hooks.GradientHardClipping(1, -1), lambda: hooks.GradientHardClipping(np.inf, 2),
    lambda: hooks.GradientLARS(eps=-1), lambda: hooks.DecoupledWeightDecay(True)])
def test_bad_numbers_for_hooks(call):
    with pytest.raises((TypeError, ValueError), match=r"WeightDecay|Lasso|Gradient\w+|DecoupledWeightDecay|seed"):
        call()


# ---- when they are called, and with what -----------------------------------------------------------------------------


def test_order_of_a_step():
    net = set_up(optimizer := eo.MomentumSGD(lr=0.5, backend="numpy"))
    seen = []

    def note(name, whole=False, timing="pre"):
        def hook(*arguments):
            moved = not np.array_equal(net.l1.W.data, start)
            seen.append((name, *(a.name for a in arguments if isinstance(a, eo.Parameter)), moved))

        return named(name, hook, timing, whole)

    start = net.l1.W.data.copy()
    optimizer.add_hook(note("last", timing="post"))
    optimizer.add_hook(note("first"))
    optimizer.add_hook(note("whole", whole=True))
    for p in (net.l2.b, net.l1.W):
        p.update_rule.add_hook(note("own last", timing="post"))
        p.update_rule.add_hook(note("own first"))
        p.update_rule.add_hook(note("own second"), timing="auto")
    optimizer.step()
    names = [p.name for p in net.params()]
    assert seen == [
        *(("first", name, False) for name in names), ("whole", False),
        ("own first", "l1.W", False), ("own second", "l1.W", False),
        ("own first", "l2.b", False), ("own second", "l2.b", False),
        ("own last", "l1.W", True), ("own last", "l2.b", True),
        *(("last", name, True) for name in names)]


def test_timing_given_wins_over_the_hooks_own():
    net = set_up(optimizer := eo.SGD(lr=0.0))
    optimizer.add_hook(named("late", lambda rule, param: None, "post"), timing="pre")
    optimizer.add_hook(hooks.Lasso(0.5), timing="post")
    optimizer.add_hook(named("own", lambda rule, param: None, "post"))
    assert optimizer._hooks.names() == {"pre": ["late"], "post": ["Lasso", "own"]}
    before = gradients(net)
    optimizer.step()
    assert not np.array_equal(net.l1.W.grad, before[0])  # a post hook may still write the gradient, for nobody


def test_t_that_hooks_see():
    """The optimizer's pre hooks the last update's, everything after it the coming one's, which then stands."""
    net = set_up(optimizer := eo.Adam(lr=0.5))
    seen = {name: [] for name in ("pre", "own pre", "own post", "post")}

    def note(name):
        return lambda rule, param: seen[name].append(rule.t) if param is net.l1.W else None

    optimizer.add_hook(note("pre"), "a")
    optimizer.add_hook(note("post"), "b", "post")
    net.l1.W.update_rule.add_hook(note("own pre"), "a")
    net.l1.W.update_rule.add_hook(note("own post"), "b", "post")
    for _ in range(3):
        optimizer.step()
    assert seen == {"pre": [0, 1, 2], "own pre": [1, 2, 3], "own post": [1, 2, 3], "post": [1, 2, 3]}
    assert [u.t for u in optimizer.update_rules] == [3] * 4


def test_frozen_parameters():
    """Their own hooks sleep; the optimizer's see and write their gradients; nothing else of them moves."""
    net = set_up(optimizer := eo.Adam(lr=0.5))
    optimizer.step()
    called = []
    optimizer.add_hook(hooks.WeightDecay(0.5))
    for p in net.params():
        for timing in ("pre", "post"):
            p.update_rule.add_hook(lambda rule, param: called.append(rule.name), timing, timing)
    net.l1.disable_update()
    give_gradients(net)
    before, g = everything(optimizer), net.l1.W.grad.copy()
    x = net.l1.W.data.copy()
    optimizer.step()
    assert called == ["l2.W", "l2.b", "l2.W", "l2.b"]
    np.testing.assert_array_equal(net.l1.W.grad, g + 0.5 * x)
    after = everything(optimizer)
    for k, what in enumerate(["data", "grad", "shape", "missing", "t", "enabled", "state", "rate"]):
        assert (before[1 + k] == after[1 + k]) == (what != "grad"), what


def test_parameters_without_gradient():
    """Skipped with all their hooks, unless missing gradients count as zeros."""
    for missing_grad, expected in (("skip", ["all l1.W", "own l1.W"]),
                                   ("zero", ["all l1.W", "all l1.b", "all l2.W", "all l2.b", "own l1.W", "own l2.b"])):
        net = set_up(optimizer := eo.MomentumSGD(lr=0.5, missing_grad=missing_grad))
        called = []
        optimizer.add_hook(lambda rule, param, called=called: called.append(f"all {rule.name}"), "a")
        for p in (net.l1.W, net.l2.b):
            p.update_rule.add_hook(lambda rule, param, called=called: called.append(f"own {rule.name}"), "a")
        for p in (net.l1.b, net.l2.W, net.l2.b):
            p.grad = None
        optimizer.step()
        assert called == expected
        assert [u.t for u in optimizer.update_rules] == ([1, 0, 0, 0] if missing_grad == "skip" else [1] * 4)


@pytest.mark.parametrize("level", [0, 1], ids=["optimizer", "rule"])
@pytest.mark.parametrize("missing_grad", ["skip", "zero"])
def test_a_hook_that_takes_the_gradient_away(level, missing_grad):
    """Then there is none: the parameter is skipped, or its gradient is zero. The hooks after it live with that."""
    net = set_up(optimizer := eo.MomentumSGD(lr=0.5, missing_grad=missing_grad))
    optimizer.step()
    target = levels(optimizer, net)[level]

    def away(rule, param):
        if param is net.l1.W:
            param.grad = None

    target.add_hook(away, "away")
    target.add_hook(hooks.WeightDecay(0.5))
    give_gradients(net)
    x, m = net.l1.W.data.copy(), net.l1.W.update_rule.state["m"].copy()
    optimizer.step()
    if missing_grad == "skip":
        np.testing.assert_array_equal(net.l1.W.data, x)
        np.testing.assert_array_equal(net.l1.W.update_rule.state["m"], m)
        assert (net.l1.W.grad, net.l1.W.update_rule.t) == (None, 1)
    else:
        np.testing.assert_allclose(net.l1.W.data, x + (0.9 * m - 0.5 * (0.5 * x)), rtol=1e-15)
        assert net.l1.W.update_rule.t == 2
    assert [u.t for u in optimizer.update_rules][1:] == [2] * 3


def test_a_whole_hook_is_called_once_and_on_a_rule_sees_one_parameter():
    net = set_up(optimizer := eo.SGD(lr=0.0))
    seen = []
    hook = named("whole", lambda optimizer: seen.append((optimizer.params, optimizer.update_rules)), whole=True)
    optimizer.add_hook(hook)
    net.l1.W.update_rule.add_hook(hook)
    net.l1.W.update_rule.add_hook(hook, "after", "post")
    optimizer.step()
    alone = [net.l1.W], [net.l1.W.update_rule]
    assert seen == [(optimizer.params, optimizer.update_rules), alone, alone]


def test_rule_update_alone():
    """It counts t and calls the rule's own hooks, none of the optimizer's, and moves no other parameter."""
    net = set_up(optimizer := eo.MomentumSGD(lr=0.5))
    called = []
    optimizer.add_hook(lambda rule, param: called.append("optimizer"), "a")
    net.l1.W.update_rule.add_hook(lambda rule, param: called.append(rule.t), "a")
    before = everything(optimizer)
    x, g = net.l1.W.data.copy(), net.l1.W.grad.copy()
    net.l1.W.update_rule.update(net.l1.W)
    np.testing.assert_array_equal(net.l1.W.data, x - 0.5 * g)
    assert called == [1]
    assert (net.l1.W.update_rule.t, optimizer.steps) == (1, 0)
    assert everything(optimizer)[9:] == before[9:]
    net.l1.disable_update()
    before = everything(optimizer)
    net.l1.W.update_rule.update(net.l1.W)
    assert everything(optimizer) == before
    assert called == [1]


# ---- decay as a value, and the way up ------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_weight_decay_is_added_after_all_hooks(backend):
    """So clipping does not see it; and the hook WeightDecay before it decays once more."""
    p = eo.Parameter(np.array([4.0, -2.0]))
    optimizer = eo.SGD([p], lr=0.5, weight_decay=0.25, backend=backend)
    optimizer.add_hook(hooks.GradientHardClipping(-1, 1))
    p.update_rule.add_hook(hooks.GradientHardClipping(-0.5, 0.5))
    p.grad = np.array([3.0, -0.25])
    optimizer.step()
    np.testing.assert_array_equal(p.grad, [0.5 + 1.0, -0.25 - 0.5])
    np.testing.assert_array_equal(p.data, [4 - 0.75, -2 + 0.375])


@pytest.mark.parametrize("backend", BACKENDS)
def test_weight_decay_is_a_value_of_the_tree(backend):
    net = set_up(optimizer := eo.SGD(lr=1.0, weight_decay=0.5, backend=backend))
    net.l1.hyperparam.weight_decay = 0.25
    optimizer.override({"*.b": {"weight_decay": 0}})
    net.l2.W.update_rule.enabled = False
    assert [u.decay for u in optimizer.update_rules] == [0.25, 0, 0.5, 0]
    before, gs = [p.data.copy() for p in net.params()], gradients(net)
    optimizer.step()
    for p, x, g, decay in zip(net.params(), before, gs, [0.25, 0, None, 0], strict=True):
        np.testing.assert_array_equal(p.data, x if decay is None else x - (g + p.dtype.type(decay) * x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_maximize(backend):
    """Hooks and decay see the gradient turned round, and it is turned back after the step."""
    net = set_up(optimizer := eo.MomentumSGD(lr=0.5, maximize=True, weight_decay=0.25, backend=backend))
    seen = []
    optimizer.add_hook(lambda rule, param: seen.append(param.grad.copy()), "look")
    before, gs = [p.data.copy() for p in net.params()], gradients(net)
    optimizer.step()
    for p, x, g, s in zip(net.params(), before, gs, seen, strict=True):
        np.testing.assert_array_equal(s, -g)
        turned = -g + p.dtype.type(0.25) * x
        np.testing.assert_array_equal(p.grad, -turned)
        np.testing.assert_array_equal(p.data, x - p.dtype.type(0.5) * turned)


# ---- errors --------------------------------------------------------------------------------------------------------


def raising(name, error=ZeroDivisionError):
    """A hook that spoils every gradient on its way, and fails at one parameter."""
    def hook(rule, param):
        param.grad *= 3
        if rule.name == name:
            raise error("boom")

    return hook


def whole_raising(optimizer):
    for p in optimizer.params:
        p.grad = np.full(p.shape, 7, p.dtype)
    raise ZeroDivisionError("boom")


def reshape_the_gradient(rule, param):
    if rule.name == "l1.b":
        param.grad.shape = (3, 1)


def reshape_the_data(rule, param):
    param.grad[...] = 0
    if rule.name == "l1.b":
        param.data.shape = (3, 1)


def assign_another_shape(rule, param):
    param.grad *= 2
    if rule.name == "l1.b":
        param.grad = np.zeros((2, 3, 4))


def switch_and_raise(rule, param):
    rule.enabled = False
    param.grad = None
    raise ZeroDivisionError("boom")


FAILING = {
    "raises": (raising("l1.b"), "raised ZeroDivisionError for l1.b: boom", ZeroDivisionError),
    "whole": (named("x", whole_raising, whole=True), "raised ZeroDivisionError.*boom", ZeroDivisionError),
    "reshapes the gradient": (
        reshape_the_gradient, r"raised ValueError for l1\.b.*the shape.*\(3,\).*param\.grad\[\.\.\.\]", ValueError),
    "reshapes the data": (reshape_the_data, r"raised ValueError for l1\.b.*the shape.*\(3,\)", ValueError),
    "another shape": (
        assign_another_shape, r"raised ValueError for l1\.b.*shape \(2, 3, 4\), the parameter \(3,\)", ValueError),
    "switches off": (switch_and_raise, "raised ZeroDivisionError", ZeroDivisionError),
    "wants more": (named("x", lambda rule, param, more: None), "raised TypeError for .*more", TypeError),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("options", [{}, {"missing_grad": "zero"}, {"maximize": True}], ids=str)
@pytest.mark.parametrize("level", [0, 1], ids=["optimizer", "rule"])
@pytest.mark.parametrize("what", FAILING)
def test_a_pre_hook_that_fails_leaves_every_byte(what, level, options, backend):
    hook, says, cause = FAILING[what]
    net = set_up(optimizer := eo.Adam(lr=0.5, backend=backend, **options))
    optimizer.step()
    give_gradients(net)
    net.l2.W.grad = None
    target = [optimizer, net.l1.b.update_rule][level]
    optimizer.add_hook(hooks.WeightDecay(0.5))
    net.l1.W.update_rule.add_hook(hooks.WeightDecay(0.5))
    target.add_hook(hook, "bad")
    before = everything(optimizer)
    with pytest.raises(HookError, match=rf"(?s)the hook 'bad' {says}.*nothing has moved.*gradient is what it was") as e:
        optimizer.step()
    assert isinstance(e.value.__cause__, cause)
    assert everything(optimizer) == before
    target.remove_hook("bad")  # and it goes on as if nothing had been
    optimizer.step()
    assert net.l1.b.update_rule.t == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_every_byte_too(error):
    net = set_up(optimizer := eo.Adam(lr=0.5, maximize=True))
    optimizer.add_hook(raising("l2.b", error), "bad")
    before = everything(optimizer)
    with pytest.raises(error):
        optimizer.step()
    assert everything(optimizer) == before
    assert net.l1.W.grad is not None


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("level", [0, 1], ids=["optimizer", "rule"])
def test_a_post_hook_that_fails_lets_the_update_stand(level, maximize):
    net = set_up(optimizer := eo.Adam(lr=0.5, maximize=maximize))
    other = set_up(expected := eo.Adam(lr=0.5, maximize=maximize))
    target = [optimizer, net.l1.b.update_rule][level]

    def bad(rule, param):
        if param is net.l1.b:
            raise ZeroDivisionError("boom")

    target.add_hook(bad, "bad", "post")
    expected.step()
    says = r"the hook 'bad' raised ZeroDivisionError for l1\.b: boom.*update stands: do not step again"
    with pytest.raises(HookError, match=says):
        optimizer.step()
    assert everything(optimizer) == everything(expected)
    assert (optimizer.steps, other.l1.b.update_rule.t) == (1, 1)


def test_hooks_stay_silent_about_errors_of_nobody():
    """An error in the caller's own loss function is the caller's, not a hook's."""
    net = set_up(optimizer := eo.SGD())
    optimizer.add_hook(hooks.Lasso(0.5))
    before = everything(optimizer)
    with pytest.raises(ZeroDivisionError):
        optimizer.update(lambda: 1 / 0)
    assert everything(optimizer) == before
    assert net.l1.W.update_rule.t == 0


def test_what_a_hook_adds_to_the_network_is_noticed_at_the_next_step():
    net = set_up(optimizer := eo.SGD(lr=0.5))

    def grow(rule, param):
        if "l3" not in vars(net):
            net.l3 = Layer(5)

    optimizer.add_hook(grow, "grow")
    optimizer.add_hook(hooks.GradientClipping(1.0))
    optimizer.step()
    assert [u.t for u in optimizer.update_rules] == [1] * 4 + [0] * 2
    give_gradients(net)
    optimizer.step()
    assert [u.t for u in optimizer.update_rules] == [2] * 4 + [1] * 2


@pytest.mark.parametrize("act", [
    lambda net, o: o.setup([eo.Parameter(np.ones(2))]), lambda net, o: o.add_param_group({"params": net.l1}),
    lambda net, o: net.l1.set_rule(eo.Adam()), lambda net, o: o.load_state_dict(o.state_dict())])
def test_a_hook_may_not_change_what_is_optimized(act):
    net = set_up(optimizer := eo.SGD(lr=0.5))
    optimizer.add_hook(named("bad", lambda o: act(net, optimizer), whole=True))
    before = everything(optimizer)
    with pytest.raises(HookError, match="in the midst of a step"):
        optimizer.step()
    assert everything(optimizer) == before


def test_a_state_that_a_hook_wrote_before_it_raised_is_put_back():
    p = eo.Parameter(np.ones(3))
    optimizer = eo.Adam([p])
    p.grad = np.ones(3)
    optimizer.step()
    m = p.update_rule.state["m"].copy()

    def spoil(rule, param):
        rule.state["m"][:] = 7
        raise ValueError("spoilt")

    p.update_rule.add_hook(spoil, name="spoil")
    with pytest.raises(RuntimeError, match="spoilt"):
        optimizer.step()
    assert p.update_rule.state["m"].tobytes() == m.tobytes()


def test_a_norm_too_large_to_be_squared_is_clipped_all_the_same():
    p, q = eo.Parameter([0.0]), eo.Parameter([0.0])
    optimizer = eo.SGD([p, q], lr=1.0)
    optimizer.add_hook(eo.hooks.GradientClipping(1.0))
    p.grad, q.grad = [3e200], [4e200]
    optimizer.step()
    assert np.allclose([p.item(), q.item()], [-0.6, -0.8], rtol=1e-12)


def test_apply_gradients_leaves_every_grad_what_it_was():
    p, q = eo.Parameter([1.0]), eo.Parameter([1.0])
    p.grad = [5.0]
    eo.SGD(lr=0.5).apply_gradients([([1.0], p), ([1.0], q)])
    assert (p.item(), p.grad.item(), q.item(), q.grad) == (0.5, 5.0, 0.5, None)


def test_larger_norms_than_can_be_squared_have_a_ratio():
    p = eo.Parameter([1e200, 1e200])
    optimizer = eo.SGD([p], lr=0.1)
    optimizer.add_hook(eo.hooks.GradientLARS())
    p.grad = [1e200, 1e200]
    optimizer.step()
    assert np.allclose(p.data, 9e199, rtol=1e-12)


def test_a_rate_that_a_failing_hook_set_is_the_rate_that_moves():
    p = eo.Parameter([1.0])
    optimizer = eo.SGD([p], lr=0.1)

    def halve(rule, param):
        rule.hyperparam.lr /= 2
        raise ValueError("halved")

    optimizer.add_hook(halve, name="halve")
    p.grad = [1.0]
    with pytest.raises(HookError, match="halved"):
        optimizer.step()
    assert p.item() == 1.0 and p.update_rule.hyperparam.lr == p.update_rule.rate == 0.05


@pytest.mark.parametrize("timing", ["pre", "post"])
def test_a_hook_takes_no_step(timing):
    p, q = eo.Parameter([1.0]), eo.Parameter([1.0])
    optimizer, other = eo.SGD([p], lr=0.1), eo.SGD([q], lr=0.1)
    for step in (optimizer.step, lambda: p.update_rule.update(p)):
        optimizer.add_hook(lambda rule, param, step=step: step(), name="again", timing=timing)
        p.grad = [1.0]
        with pytest.raises(HookError, match="step in the midst of a step"):
            optimizer.step()
        optimizer.remove_hook("again")
    optimizer.add_hook(lambda rule, param: other.step(), name="other", timing=timing)
    p.grad = q.grad = [1.0]
    optimizer.step()
    assert q.item() == 0.9


@pytest.mark.parametrize("timing", ["pre", "post"])
def test_a_hook_may_take_itself_away(timing):
    p = eo.Parameter([1.0])
    optimizer, seen = eo.SGD([p], lr=0.5), []
    for holder in (optimizer, p.update_rule):
        def once(rule, param, holder=holder):
            seen.append(holder)
            holder.remove_hook("once")

        holder.add_hook(once, name="once", timing=timing)
    p.grad = [1.0]
    optimizer.step()
    optimizer.step()
    assert p.item() == 0.0 and len(seen) == 2


def test_a_class_is_no_hook():
    with pytest.raises(TypeError, match=r"WeightDecay is a class.*pass WeightDecay\(\.\.\.\)"):
        eo.SGD([eo.Parameter([1.0])]).add_hook(hooks.WeightDecay)
