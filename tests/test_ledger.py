"""The ledger: nothing moves, its last rows are what `step` then writes, and a pocket calculator can follow it."""

import copy
import itertools
import random
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edu_optim as eo
from edu_optim.formula import FormulaError, Hyper
from edu_optim.hook_list import HookError
from edu_optim.ledger import Row
from edu_optim.ledger.show import WIDTH

sys.path.insert(0, str(Path(__file__).resolve().parent / "formula"))
from drawing import OF_VALUE, formulas

CALCULATOR = {name: getattr(np, name) for name in (
    "sqrt", "abs", "sign", "exp", "log", "tanh", "minimum", "maximum", "where", "clip", "nan", "inf")}
rng, other = np.random.default_rng(5), np.random.default_rng(6)  # hooks draw from them, as a notebook's would
seen = []


class Memory:
    """A hook with a state of its own: gradients become running means."""

    name = "Memory"

    def __init__(self):
        self.means, self.calls = {}, 0

    def __call__(self, rule, param):
        self.calls += 1
        seen.append(rng.random())
        mean = self.means[rule.name] = 0.5 * self.means.get(rule.name, 0.0) + 0.5 * param.grad
        param.grad[...] = mean


def noisy(rule, param):
    seen.append(rule.name)
    param.grad += rng.standard_normal(param.shape).astype(param.dtype)
    param.grad *= sum([other.random() for _ in range(2)]) + random.random()


def half(rule, param):
    param.data[...] *= 0.5
    for state in rule.state.values():
        if isinstance(state, np.ndarray):
            state += 0.25


def falling(optimizer):
    if "lr" in optimizer.rule.hyperparameters:
        optimizer.hyperparam.lr *= 0.75
    optimizer.params[1].data[...] += np.random.standard_normal()  # noqa: NPY002


falling.whole = True


def few(optimizer):
    optimizer.add_hook(eo.hooks.WeightDecay(0.1))


def many(optimizer):
    for hook in (eo.hooks.Lasso(0.01), eo.hooks.GradientClipping(0.5), eo.hooks.GradientNoise(0.01), Memory()):
        optimizer.add_hook(hook)
    optimizer.add_hook(noisy, name="noisy")
    optimizer.add_hook(falling, name="falling")
    optimizer.add_hook(half, name="half", timing="post")
    first = optimizer.update_rules[0]
    for hook in (eo.hooks.GradientHardClipping(-0.5, 0.4), eo.hooks.GradientLARS(weight_decay=0.1),
                 eo.hooks.DecoupledWeightDecay(0.1)):
        first.add_hook(hook)
    first.add_hook(lambda rule, param: None, name="nothing", timing="post")


def everything(optimizer):
    """Every byte, and all else that a step or a hook could change."""
    said = [repr(optimizer.state_dict()), optimizer.steps, optimizer._tree.busy, seen.copy()]
    said += [rng.bit_generator.state, other.bit_generator.state]
    said += [np.random.get_state()[1].tobytes(), random.getstate()]  # noqa: NPY002
    for s in optimizer._segments:
        arrays = (s.storage.data, s.storage.grad, s.storage.has_grad, s.t, s.rows, s.table, s.multiplier, s.decay,
                  s.scalars, s.reductions, *s.elements.values(), *(a for d in s.shaped for a in d.values()))
        said += [a.tobytes() for a in arrays]
    for holder in (optimizer, *optimizer.update_rules):
        said.append(id(holder._hooks))
        for name, hook in [*holder._hooks.pre.items(), *holder._hooks.post.items()]:
            said += [name, id(hook), repr(copy.deepcopy(vars(hook)))]
    said += [(id(group), repr(group), repr(group._added)) for group in optimizer.param_groups]
    return said


def of_element(optimizer, u, index):
    """What `step` has left of one element, by the names of the ledger's last rows."""
    left = {"x": u.param.data, **u.state}
    left = {n: np.broadcast_to(a, u.shape)[index] if isinstance(a, np.ndarray) else np.float64(a)
            for n, a in left.items()}
    return left | {"t": np.float64(u.t)}


def assert_tells(optimizer, elements):
    """Explain elements, step, and compare bit for bit; return the ledgers."""
    before = everything(optimizer)
    ledgers = [optimizer.explain(u.param, index) for u, index in elements]
    assert everything(optimizer) == before
    started = [of_element(optimizer, u, index) for u, index in elements]
    optimizer.step()
    for ledger, start, (u, index) in zip(ledgers, started, elements, strict=True):
        last = {row.what: row for row in ledger.rows if row.stage == "new value"}
        left = of_element(optimizer, u, index)
        assert ledger.rows[-len(last):] == [*last.values()]
        assert list(last)[-1] == "x"
        assert set(last) == set(left)
        for name, value in left.items():
            for number, row in ((start[name], last[name].before), (value, last[name].after)):
                bits = number.dtype.type(row).tobytes() == number.tobytes()
                assert bits or (np.isnan(number) and np.isnan(row)), name
        assert ledger.moved == (left["t"] > start["t"])
    return ledgers


def made(name, dtype, hooks=None, warm=2, **options):
    """An optimizer over four matrices: one as it should be, one without a gradient, one switched off, one tied up."""
    draw = np.random.default_rng(1)
    params = [eo.Parameter(draw.standard_normal((2, 3)).astype(dtype)) for _ in range(4)]
    optimizer = getattr(eo, name)(params, **options) if isinstance(name, str) else name.optimizer(params, **options)
    optimizer.update_rules[2].enabled = False
    params[3].update_rule.hyperparam.lr_mult = 0.5
    if hooks:
        hooks(optimizer)

    def backward():
        for p in params:
            p.grad = draw.standard_normal((2, 3)).astype(dtype)
        params[1].grad = None

    for _ in range(warm):
        backward()
        params[1].grad = np.ones((2, 3), dtype)
        optimizer.step()
    backward()
    return optimizer


CASES = list(itertools.product((None, many), (False, True), ("skip", "zero"), (0, 2)))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", list(eo.RULES))
def test_last_rows_are_what_step_writes(name, dtype, backend):
    for hooks, maximize, missing, warm in CASES:
        optimizer = made(name, dtype, hooks, warm, backend=backend, maximize=maximize, missing_grad=missing)
        elements = [(u, (k % 2, k % 3)) for k, u in enumerate(optimizer.update_rules)]
        ledgers = assert_tells(optimizer, elements)
    for ledger in ledgers:
        assert max(map(len, repr(ledger).splitlines())) <= WIDTH
        assert ledger._repr_html_().count("<tr>") == len(ledger.rows) + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rules")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(formulas(), st.sampled_from([np.float32, np.float64]), st.integers(0, 2))
def test_drawn_formulas(folder, drawn, dtype, warm):
    try:
        rule = drawn.rule(Path(tempfile.mkdtemp(dir=folder)))  # a file written twice in a second may be read as before
    except FormulaError as error:
        assert any(text in str(error) for text in OF_VALUE), error
        return
    draw = np.random.default_rng(drawn.seed)
    p = eo.Parameter(np.array(draw.standard_normal(drawn.shape), dtype))
    optimizer = rule.optimizer([p], backend="numpy", **drawn.values)
    for _ in range(warm + 1):
        p.grad = np.array(draw.standard_normal(drawn.shape), dtype)
        index = tuple(int(draw.integers(n)) for n in drawn.shape)
        (ledger,) = assert_tells(optimizer, [(p.update_rule, index)])
        repr(ledger), ledger._repr_html_()


# ---- what a reader can follow


def by_hand(text):
    """(value, how far it may be off) of an expression whose numbers are rounded to seven digits."""
    draw, values = np.random.default_rng(0), []
    for size in (0, *[1e-6] * 7):
        def shaken(match, size=size):
            return repr(float(match[0]) * (1 + size * float(draw.choice([-1, 1]))))

        with np.errstate(all="ignore"):
            fractions = r"(?<![\w.])\d+(\.\d+(e[-+]?\d+)?|e[-+]?\d+)"
            values.append(float(eval(re.sub(fractions, shaken, text), CALCULATOR)))
    return values[0], max(abs(v - values[0]) for v in values) + 1e-6 * abs(values[0])


@pytest.mark.parametrize("warm", [0, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [n for n in eo.RULES if eo.RULES[n].elementwise])
def test_a_pocket_calculator_comes_to_the_same(name, dtype, warm):
    optimizer = made(name, dtype, many, warm, weight_decay=0.01)
    rows = [row for u in optimizer.update_rules[:2] for row in optimizer.explain(u.param, (1, 2)).rows]
    followed = [row for row in rows if row.numbers and " x " not in row.numbers]
    for row in followed:
        expected, off = by_hand(row.numbers.replace("|", ""))
        assert abs(row.after - expected) <= off, row
        assert row.stage != "formula" or float(dtype(row.after)) == row.after
    assert {"hook", "formula", "step", "effective rate"} <= {row.stage for row in followed}


def test_every_line_of_the_formula_is_there():
    p = eo.Parameter([1.0])
    optimizer = eo.Adam([p], lr=0.5)
    p.grad = [2.0]
    rows = optimizer.explain(p).rows
    lines = {row.what: row for row in rows if row.stage == "formula"}
    assert list(lines) == ["m", "v", "m_hat", "v_hat", "x"]
    assert lines["m"].formula == "beta1_t * m + (1 - beta1_t) * g"
    assert lines["m"].numbers == "0.9 * 0 + 0.1 * 2"
    assert lines["v"].numbers == "0.999 * 0 + 0.001 * 2 ** 2"
    assert lines["m_hat"].after == pytest.approx(2)
    coefficients = {row.what: row for row in rows if row.stage == "coefficient"}
    assert coefficients["beta1_t"].formula == "beta1 * gamma ** (t - 1)"
    assert coefficients["1 - beta1_t"].numbers == "1 - 0.9"
    assert coefficients["1 - beta1_t"].after == 1 - 0.9
    assert [row.what for row in rows if row.stage == "new value"] == ["m", "v", "t", "x"]


def test_the_stages_come_in_the_order_of_the_step():
    optimizer = made("Adam", np.float64, many, maximize=True, weight_decay=0.1)
    stages = [stage for stage, _ in itertools.groupby(row.stage for row in optimizer.explain("p0", (0, 0)).rows)]
    assert stages == ["gradient", "maximize", "hook", "decay", "hyperparameter", "count", "coefficient", "formula",
                      "step", "effective rate", "post hook", "new value"]
    optimizer = made(eo.RULES["LAMB"], np.float64, missing_grad="zero")
    stages = [stage for stage, _ in itertools.groupby(row.stage for row in optimizer.explain("p1", (0, 0)).rows)]
    assert stages[:2] == ["gradient", "missing gradient"]
    assert "reduction" in stages


def test_starts_reductions_and_scalar_states():
    @eo.rule(paper="made up", degree=None, element_states={"top": "lr * 2"}, scalar_states={"n": "lr"},
             reductions={"norm": "np.sqrt(np.sum(g ** 2))"}, lr=Hyper(0.25, "eta", "[0, inf)"))
    def Mixed(x, g, top, t, n, norm, lr):
        n = n + norm
        return x - np.where(np.abs(g) > top, lr * g / norm, 0.0), top + 1, n

    p = eo.Parameter([3.0, 4.0])
    optimizer = Mixed.optimizer([p])
    for start in (["top", "n"], []):
        p.grad = [3.0, 4.0]
        rows = optimizer.explain(p, 1).rows
        assert sorted(row.what for row in rows if row.stage == "start") == sorted(start)
        assert [(row.what, row.after) for row in rows if row.stage == "reduction"] == [("norm", 5.0)]
        assert_tells(optimizer, [(p.update_rule, (1,))])
    assert ("x", "x - where(abs(g) > top, lr * g / norm, 0)") in [(row.what, row.formula) for row in rows]


def test_a_rule_of_whole_parameters_shows_its_lines():
    p = eo.Parameter(np.ones((2, 2)))
    optimizer = eo.Muon([p])
    p.grad = np.eye(2)
    rows = optimizer.explain(p, (0, 1)).rows
    lines = [row for row in rows if row.stage == "formula"]
    assert lines[0].note == "all 4 elements of p0 together: no numbers can be put in for one alone"
    assert "    u = a * u + (b * A + c * A @ A) @ u" in [row.formula for row in lines]
    assert [row.what for row in rows if row.stage == "new value"] == ["m", "t", "x"]


def test_a_state_of_another_shape_than_the_parameter():
    from edu_optim.formula import matrix_rule

    @matrix_rule(paper="made up", degree=None, states={"L": lambda shape: (3, 3)}, lr=Hyper(0.5, "eta", "[0, inf)"))
    def Shaped(x, g, L, t, lr):
        return x - lr * g, L + 1

    p = eo.Parameter([1.0, 2.0])
    optimizer = Shaped.optimizer([p])
    p.grad = [1.0, 1.0]
    *_, L, _, x = optimizer.explain(p, 1).rows
    assert (L.what, L.after, L.note, x.after) == ("L", None, "has no number for each element", 1.5)


# ---- where values come from


def test_hyperparameters_say_who_set_them():
    net = eo.links.MLP(2, 2, 1)
    optimizer = eo.MomentumSGD(net, lr=0.5)
    net.l1.hyperparam.lr = 0.1
    net.l1.W.update_rule.hyperparam.lr_mult = 0.1
    optimizer.hyperparam.lr_mult = 2
    net.l1.hyperparam.weight_decay = 0.25
    net.l1.W.grad = np.ones((2, 2), np.float32)
    rows = {(row.stage, row.what): row for row in optimizer.explain(net.l1.W, (0, 1)).rows}
    lr = rows["hyperparameter", "lr"]
    assert lr.numbers == "0.1 (l1) x 0.1 (lr_mult of l1.W) x 2 (lr_mult of the optimizer)"
    assert lr.after == net.l1.W.update_rule.rate
    assert rows["hyperparameter", "momentum"].note == "of the optimizer"
    assert rows["decay", "g"].note == "weight_decay of l1"


def test_a_rule_of_its_own_and_a_group_of_torch():
    net = eo.links.MLP(2, 2, 1)
    optimizer = eo.SGD(net, lr=0.5)
    net.l1.set_rule(eo.Adam(lr=0.25))
    for p in optimizer.params:
        p.grad = np.ones(p.shape, np.float32)
    ledger = optimizer.explain("l1.b", 0)
    assert ledger.rule == "Adam"
    assert [row.note for row in ledger.rows if row.what == "lr"] == ["of l1"]
    assert_tells(optimizer, [(u, (0,) * len(u.shape)) for u in optimizer.update_rules])
    p = eo.Parameter([1.0])
    grouped = eo.SGD([{"params": [p], "lr": 0.5}])
    p.grad = [1.0]
    assert [row.note for row in grouped.explain(p).rows if row.what == "lr"] == ["of group 0"]


def test_two_hooks_of_one_name_hang_in_two_places():
    p, q = eo.Parameter([2.0]), eo.Parameter([4.0])
    optimizer = eo.SGD([p, q], lr=0.5)
    optimizer.add_hook(eo.hooks.WeightDecay(0.5))
    q.update_rule.add_hook(eo.hooks.WeightDecay(0.25))
    p.grad, q.grad = [1.0], [1.0]
    hooks = [row for row in optimizer.explain(q).rows if row.stage == "hook"]
    assert [(row.note, row.numbers, row.before, row.after) for row in hooks] == [
        ("WeightDecay(rate=0.5) of the optimizer", "1 + 0.5 * 4", 1, 3),
        ("WeightDecay(rate=0.25) of p1", "3 + 0.25 * 4", 3, 4)]
    assert len([row for row in optimizer.explain(p).rows if row.stage == "hook"]) == 1


def test_decoupled_decay_of_what_is_switched_off():
    optimizer = made("SGD", np.float64)
    optimizer.add_hook(eo.hooks.DecoupledWeightDecay(0.5))
    row = next(row for row in optimizer.explain("p2", (0, 0)).rows if row.stage == "hook")
    assert (row.formula, row.before) == ("", row.after)
    assert "a parameter that is switched off is left alone" in row.note


def test_where_readings_differ_the_kernel_is_right():
    p = eo.Parameter([1.0])
    optimizer = eo.MomentumSGD([p], lr=0.5)
    p.grad = [1.0]
    optimizer._prepare()
    (update, arguments), = optimizer._calls

    def rough(X, G, M, *others):
        update(X, G, M, *others)
        X += 2.0**-52
        M -= 2.0**-52

    optimizer._calls = [(rough, arguments)]
    rows = optimizer.explain(p).rows
    assert [row.after for row in rows if row.what == "x"] == [0.5 + 2.0**-52] * 2
    assert [row.after for row in rows if row.what == "m"] == [-0.5 - 2.0**-52] * 2


def test_the_effective_rate_is_that_of_the_gradient_the_rule_got():
    p = eo.Parameter([2.0, 0.0])
    optimizer = eo.SGD([p], lr=0.5)
    optimizer.add_hook(eo.hooks.WeightDecay(0.5))
    p.grad = [1.0, 0.0]
    rate = next(row for row in optimizer.explain(p, 0).rows if row.stage == "effective rate")
    assert (rate.after, rate.note) == (0.5, "g as the rule got it")
    rate = next(row for row in optimizer.explain(p, 1).rows if row.stage == "effective rate")
    assert (rate.after, rate.note) == (None, "there is none, since g is 0")


# ---- nothing happens


def test_it_says_why_nothing_will_happen():
    optimizer = made("Adam", np.float64)
    p0, p1, p2, _ = optimizer.params
    for p, words in ((p1, "no gradient, and missing_grad='skip'; call backward"), (p2, "switched off; update_rule.en")):
        ledger = optimizer.explain(p, (0, 0))
        assert not ledger.moved
        assert words in next(row.note for row in ledger.rows if row.stage == "rule")
        assert "no update by Adam" in repr(ledger)
        assert "formula" not in [row.stage for row in ledger.rows]

    def forget(rule, param):
        param.grad = None

    p0.update_rule.add_hook(forget, name="forget")
    assert "a hook took its gradient away" in repr(optimizer.explain(p0, (0, 0)))
    assert_tells(optimizer, [(p0.update_rule, (0, 0))])


def test_a_gradient_that_a_hook_takes_away_becomes_zeros():
    optimizer = made("MomentumSGD", np.float64, missing_grad="zero")

    def forget(rule, param):
        param.grad = None

    optimizer.add_hook(forget, name="forget")
    optimizer.add_hook(eo.hooks.WeightDecay(0.5))
    rows = optimizer.explain("p0", (0, 0)).rows
    assert [(row.stage, row.after) for row in rows][1:3] == [("hook", None), ("missing gradient", 0.0)]
    assert_tells(optimizer, [(optimizer.update_rules[0], (0, 0))])


def test_nan_and_infinity_are_shown():
    p = eo.Parameter([np.nan, 1.0, 1.0])
    optimizer = eo.Adam([p])
    optimizer.add_hook(eo.hooks.WeightDecay(0.1))
    p.grad = [1.0, np.inf, -0.0]
    for ledger in assert_tells(optimizer, [(p.update_rule, (k,)) for k in range(3)]):
        assert max(map(len, repr(ledger).splitlines())) <= WIDTH


# ---- hooks and what they remember


def test_what_a_hook_remembers_stays():
    calls, count = [], 0

    def closure(rule, param):
        nonlocal count
        count += 1
        calls.append(rule.t)
        closure.times += 1
        closure.log.append(1)
        param.grad *= 1 + len(calls)

    def default(rule, param, kept=[]):  # noqa: B006
        kept.append(1)
        param.grad *= len(kept)

    closure.times, closure.log = 0, []
    p = eo.Parameter([1.0])
    optimizer = eo.SGD([p])
    optimizer.add_hook(closure, name="closure")
    optimizer.add_hook(default, name="default")
    for k in range(3):
        p.grad = [1.0]
        assert optimizer.explain(p).rows == optimizer.explain(p).rows
        assert (calls, count, closure.times, default.__defaults__) == (list(range(k)), k, k, ([1] * k,))
        assert closure.log == [1] * k
        assert_tells(optimizer, [(p.update_rule, (0,))])


def test_hooks_that_share_something_share_it_in_the_dry_run():
    class Half:
        def __init__(self, name, shared):
            self.name, self.shared = name, shared

        def __call__(self, rule, param):
            self.shared.append(1)
            param.grad *= len(self.shared)

    shared = []
    p = eo.Parameter([1.0])
    optimizer = eo.SGD([p], lr=1.0)
    optimizer.add_hook(Half("a", shared))
    p.update_rule.add_hook(Half("b", shared))
    p.grad = [1.0]
    assert [row.after for row in optimizer.explain(p).rows if row.stage == "hook"] == [1.0, 2.0]
    assert shared == []


def test_a_hook_that_holds_parameters_sees_the_real_ones():
    class Tie:
        name, timing = "Tie", "post"

        def __init__(self, net):
            self.net = net

        def __call__(self, rule, param):
            self.net.l1.b.data[...] = self.net.l1.W.data[0, 0]

    net = eo.links.MLP(2, 2, 1)
    optimizer = eo.SGD(net, lr=0.5)
    optimizer.add_hook(Tie(net))
    for p in optimizer.params:
        p.grad = np.ones(p.shape, np.float32)
    assert_tells(optimizer, [(net.l1.b.update_rule, (1,)), (net.l1.W.update_rule, (0, 0))])


def test_a_schedule_in_a_hook_moves_no_rate():
    p = eo.Parameter([1.0])
    optimizer = eo.SGD([p], lr=1.0)
    p.update_rule.hyperparam.lr = 0.5

    def fall(optimizer):
        p.update_rule.hyperparam.lr *= 0.5
        optimizer.hyperparam.lr *= 0.5
        p.update_rule.hyperparam.lr_mult = 0.5

    fall.whole = True
    optimizer.add_hook(fall, name="fall")
    groups = list(map(id, optimizer.param_groups))
    p.grad = [1.0]
    lr = next(row for row in optimizer.explain(p).rows if row.what == "lr")
    assert (lr.after, lr.numbers) == (0.125, "0.25 (p0) x 0.5 (lr_mult of p0)")
    assert repr(p.update_rule.hyperparam) == "Hyperparameters(lr=0.5)"
    assert list(map(id, optimizer.param_groups)) == groups
    optimizer.hyperparam.lr = 3.0
    assert p.update_rule.rate == 0.5
    del p.update_rule.hyperparam.lr
    assert p.update_rule.rate == 3.0


def test_a_bound_method_is_called_on_a_copy():
    class Log:
        def __init__(self):
            self.norms = []

        def note(self, rule, param):
            self.norms.append(rng.random())
            param.grad *= self.norms[-1]

    log, p = Log(), eo.Parameter([1.0])
    optimizer = eo.SGD([p], lr=1.0)
    optimizer.add_hook(log.note, name="note")
    p.grad = [1.0]
    assert_tells(optimizer, [(p.update_rule, (0,))])
    assert log.norms == [1.0 - p.item()]


def test_values_and_groups_that_a_hook_makes_are_gone_again():
    p, q = eo.Parameter([1.0]), eo.Parameter([1.0])
    optimizer = eo.SGD([p, q], lr=1.0)

    def meddle(optimizer):
        p.update_rule.hyperparam.lr = 0.5
        optimizer.hyperparam.lr = 0.25
        optimizer.param_groups[0]["initial_lr"] = 0.25

    meddle.whole = True
    optimizer.add_hook(meddle, name="meddle")
    p.grad = [1.0]
    assert next(row.after for row in optimizer.explain(p).rows if row.what == "lr") == 0.5
    assert len(optimizer.param_groups) == 1
    assert "initial_lr" not in optimizer.param_groups[0]
    optimizer.hyperparam.lr = 3.0
    assert [u.rate for u in optimizer.update_rules] == [3.0, 3.0]


def test_what_cannot_be_copied_is_named(tmp_path):
    p = eo.Parameter([1.0])
    optimizer = eo.SGD([p])
    with open(tmp_path / "log.txt", "w") as log:
        optimizer.add_hook(lambda rule, param: log.write("called"), name="log")
        p.grad = [1.0]
        before = everything_but_hooks(optimizer)
        with pytest.raises(TypeError, match=r"the hook 'log' holds something.*remove_hook\('log'\) for the moment"):
            optimizer.explain(p)
        assert everything_but_hooks(optimizer) == before
    assert (tmp_path / "log.txt").read_text() == ""


def everything_but_hooks(optimizer):
    return [optimizer.params[0].data.tobytes(), optimizer.params[0].grad.tobytes(), optimizer._hooks.pre.copy()]


@pytest.mark.parametrize("timing", ["pre", "post"])
def test_a_hook_that_raises(timing):
    optimizer = made("Adam", np.float64, few)

    def broken(rule, param):
        param.data[...] = 7
        raise ValueError("out of ink")

    optimizer.add_hook(broken, name="broken", timing=timing)
    before = everything(optimizer)
    with pytest.raises(HookError, match=r"nothing has moved, but the coming step will say: the hook 'broken'.*ink"):
        optimizer.explain("p0", (0, 0))
    assert everything(optimizer) == before


def test_a_hook_may_not_explain():
    p = eo.Parameter([1.0])
    optimizer = eo.SGD([p])
    optimizer.add_hook(lambda rule, param: optimizer.explain(param), name="curious")
    p.grad = [1.0]
    with pytest.raises(HookError, match="explain in the midst of a step"):
        optimizer.step()


# ---- which element


@pytest.mark.parametrize(("index", "error", "words"), [
    (None, ValueError, r"p0 has the shape \(2, 3\): say which element, .*gradient: explain\('p0', index=\(1, 2\)\)"),
    (3, IndexError, r"index = 3 has not a number for each axis: give one such as \(0, 0\)"),
    ((0, 3), IndexError, r"index = \(0, 3\) lies outside: p0 has the shape \(2, 3\), so number 1 of it .* 0 to 2"),
    ((-3, 0), IndexError, "back from -1 to -2"),
    ((0, 0, 0), IndexError, "not a number for each axis"),
    ((0, 1.5), TypeError, "no index of one element"),
    ((0, True), TypeError, "no index of one element"),
    (slice(1), TypeError, "no index of one element"),
    ("0", TypeError, "no index of one element"),
])
def test_an_index_that_is_none(index, error, words):
    p = eo.Parameter(np.zeros((2, 3)))
    optimizer = eo.SGD([p])
    p.grad = np.arange(6.0).reshape(2, 3)
    with pytest.raises(error, match=words):
        optimizer.explain(p, index)


def test_indices():
    p, q, r = eo.Parameter(np.zeros((2, 3))), eo.Parameter(0.5), eo.Parameter([[0.5]])
    optimizer = eo.SGD([p, q, r])
    assert optimizer.explain(p, (-1, np.int64(-3))).index == (1, 0)
    assert optimizer.explain(q).index == () == optimizer.explain("p1", ()).index
    assert optimizer.explain(r).index == (0, 0)
    assert repr(optimizer.explain(q)).startswith("p1, no update by SGD")
    with pytest.raises(ValueError, match=r"for example the first: explain\('p0', index=\(0, 0\)\)"):
        optimizer.explain(p)


def test_names():
    p = eo.Parameter([1.0], name="w")
    optimizer = eo.SGD([p])
    with pytest.raises(KeyError, match="no parameter is named 'v' here: there are w"):
        optimizer.explain("v")
    with pytest.raises(KeyError, match="none of this optimizer's: it has w"):
        optimizer.explain(eo.Parameter([1.0]))
    with pytest.raises(TypeError, match="name of a parameter, or the parameter, not 0"):
        optimizer.explain(0)
    with pytest.raises(RuntimeError, match=r"nothing to move: call optimizer\.setup"):
        eo.SGD().explain("w")


# ---- the faces


def test_html_escapes_and_brings_no_colours():
    p = eo.Parameter([1.0], name="<b>")
    optimizer = eo.SGD([p])
    optimizer.add_hook(lambda rule, param: None, name="<script>")
    p.grad = [1.0]
    page = optimizer.explain("<b>")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page
    assert "#" not in page.replace("&#x27;", "")
    assert "background:none" in page


def test_rows_are_plain_data():
    p = eo.Parameter(np.array([1.0, 0.1], np.float32))
    optimizer = eo.Adam([p])
    p.grad = np.array([0.1, -0.3], np.float32)
    rows = optimizer.explain(p, 1).rows
    assert all(type(row) is Row for row in rows)
    assert {type(value) for row in rows for value in (row.before, row.after)} <= {float, int, type(None)}
    assert rows[0] == ("gradient", "g", "", "", None, float(np.float32(-0.3)), "as it is before the step")
