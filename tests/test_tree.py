"""Random sequences of all that can be said of hyperparameters, against `tests/tree_model.py`."""

import copy
import os
import pickle
import tempfile
import warnings

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from machines import quick_saves, run  # noqa: F401
from tree_model import Refused, Tree

import edu_optim as eo

RULES = {name: eo.RULES[name] for name in ("SGD", "MomentumSGD", "RMSprop", "Adam")}
VALUES = {"lr": [0.0, 0.125, 0.3], "momentum": [0.0, 0.5], "alpha": [0.25, 0.75], "beta1": [0.0, 0.5],
          "beta2": [0.25, 0.75], "eps": [1e-3, 1e-8], "eps_root": [0.0, 1e-4], "eps_hat": [0.0, 0.01],
          "gamma": [0.5, 1.0], "lr_mult": [0.0, 0.5, 2.0], "weight_decay": [0.0, 0.25]}
PATHS = {"l1.W": ((2, 3), np.float64), "l1.b": ((3,), np.float64), "l2.W": ((1, 3), np.float32),
         "l2.b": ((), np.float64), "l3.W": ((2,), np.float32), "l3.b": ((1,), np.float64)}
PLACES = ["root", "", "l1", "l2", "l3", *PATHS]
PATTERNS = ["*", "*.W", "l1.*", "l[23].b", "p[0-2]", "p5", "l1.W", "nobody"]
ERRORS = (AttributeError, ValueError, KeyError)

small = st.integers(0, 11)
seeds = st.integers(0, 2**16)
names = st.sampled_from(["lr", "lr", "lr", "momentum", "momentum", *VALUES])


class Layer(eo.Chain):
    pass


class Hyperparameters(RuleBasedStateMachine):
    """A network of three layers and its optimizer, set up whole or in groups, beside the model."""

    backends = ("numpy",)

    def __init__(self):
        super().__init__()
        self.snapshots = []
        self.folder = tempfile.TemporaryDirectory(prefix="tree")
        self.quiet = warnings.catch_warnings()
        self.quiet.__enter__()
        warnings.simplefilter("ignore", RuntimeWarning)

    def teardown(self):
        self.quiet.__exit__(None, None, None)
        self.folder.cleanup()

    @initialize(which=small, seed=seeds, how=st.sampled_from(["network", "groups", "groups and network"]),
                values=st.lists(names, max_size=3), given=st.lists(names, max_size=3))
    def begin(self, which, seed, how, values, given):
        name = list(RULES)[which % len(RULES)]
        self.rng = np.random.default_rng(seed)
        self.net = Layer()
        for path, (shape, dtype) in PATHS.items():
            layer, attribute = path.split(".")
            if layer not in vars(self.net):
                setattr(self.net, layer, Layer())
            setattr(getattr(self.net, layer), attribute, eo.Parameter(self.rng.standard_normal(shape).astype(dtype)))
        values = self.some(values, [n for n in RULES[name].hyperparameters] + ["weight_decay"], seed)
        options = {"backend": self.backends[seed % len(self.backends)], **values}
        make = RULES[name].optimizer
        self.model = Tree(RULES, name, values, rooted=how == "network")
        if how == "network":
            self.optimizer = make(self.net, **options)
            self.model.add_network({p: (p, self.param(p).data) for p in PATHS})
        else:
            first = {"params": self.net.l1, **self.some(given, RULES[name].hyperparameters, seed), "name": "first"}
            self.optimizer = make([first], **options)
            self.model.add_group({p: (p, self.param(p).data) for p in ["l1.W", "l1.b"]},
                                 {n: first[n] for n in first if n in VALUES}, {"name": "first"})
            self.add_group(["l2.b"], given, seed)
            if how == "groups and network":
                self.set_up_the_network()
            else:
                self.add_group(["l3.b", "l2.W"], (), seed)
        self.entries = {}

    def some(self, chosen, allowed, k):
        return {name: VALUES[name][k % len(VALUES[name])] for name in chosen if name in allowed}

    @precondition(lambda self: "l3.W" not in self.model.params)
    @rule(seed=seeds, given=st.lists(names, max_size=3))
    def add_the_last_as_a_group(self, seed, given):
        self.add_group(["l3.W"], given, seed)

    def add_group(self, paths, given, seed):
        values = self.some(given, [*RULES[self.model.rule].hyperparameters, "weight_decay", "lr_mult"], seed)
        count = len(self.model.params)
        self.optimizer.add_param_group({"params": [self.param(p) for p in paths], **values, "initial_lr": 1.0})
        self.model.add_group({p: (f"p{count + k}", self.param(p).data) for k, p in enumerate(paths)},
                             values, {"initial_lr": 1.0})

    @precondition(lambda self: "" not in self.model.places)
    @rule()
    def set_up_the_network(self):
        self.optimizer.setup(self.net)
        self.model.add_network({p: (p, self.param(p).data) for p in PATHS})

    # finding things

    def param(self, path):
        layer, attribute = path.split(".")
        return getattr(getattr(self.net, layer), attribute)

    def node(self, place):
        if place == "root":
            return self.optimizer.hyperparam
        if place in PATHS:
            return self.param(place).update_rule.hyperparam
        return (getattr(self.net, place) if place else self.net).hyperparam

    def place(self, k):
        places = [p for p in PLACES if p in self.model.places]
        return places[k % len(places)]

    def group(self, k):
        k %= len(self.model.listed)
        return self.optimizer.param_groups[k], self.model.listed[k]

    def both(self, ours, models, also=()):
        """Both act, or both refuse."""
        try:
            models()
        except Refused:
            with pytest.raises((*ERRORS, *also)):
                ours()
        else:
            ours()

    # values

    @rule(k=seeds, name=names, which=small)
    def override(self, k, name, which):
        place, value = self.place(k), VALUES[name][which % len(VALUES[name])]
        self.both(lambda: setattr(self.node(place), name, value), lambda: self.model.set(place, {name: value}))

    @rule(rate=st.sampled_from(VALUES["lr"]))
    def set_the_rate_of_all(self, rate):
        self.optimizer.hyperparam.lr = rate
        self.model.set("root", {"lr": rate})

    @rule(k=seeds, which=small)
    def delete(self, k, which):
        place = self.place(k)
        own = [n for n in self.model.places[place].own] or ["lr"]
        name = own[which % len(own)]
        self.both(lambda: delattr(self.node(place), name), lambda: self.model.delete(place, name))

    @rule(k=small, name=names, which=small)
    def write_to_a_group(self, k, name, which):
        group, place = self.group(k)
        if name in self.model.places[place].own or name in self.model.get_dict(place) or name == "lr_mult":
            value = VALUES[name][which % len(VALUES[name])]
            self.both(lambda: group.__setitem__(name, value), lambda: self.model.set(place, {name: value}))

    @rule(k=small, which=small)
    def write_betas_to_a_group(self, k, which):
        group, place = self.group(k)
        if "beta1" in self.model.get_dict(place):
            betas = VALUES["beta1"][which % 2], VALUES["beta2"][which // 2 % 2]
            group["betas"] = betas
            self.model.set(place, dict(zip(["beta1", "beta2"], betas, strict=True)))
            assert group["betas"] == betas

    @rule(k=small, name=st.sampled_from(["initial_lr", "depth", "learning_rate_of_old"]), value=small)
    def add_a_key_to_a_group(self, k, name, value):
        group, place = self.group(k)
        group[name] = value
        self.model.added[place][name] = value

    @rule(k=small, which=small)
    def delete_from_a_group(self, k, which):
        group, place = self.group(k)
        own = [*self.model.places[place].own] or ["lr"]
        name = own[which % len(own)]
        self.both(lambda: group.__delitem__(name), lambda: self.model.delete(place, name))

    @rule(k=small)
    def scale_every_rate_as_a_schedule_does(self, k):
        groups = [g for g in self.optimizer.param_groups if g.owns("lr")]
        for group, rate in zip(groups, [0.5 * g["lr"] for g in groups], strict=True):
            group["lr"] = rate
        for place in self.model.listed:
            own = self.model.places[place].own
            if "lr" in own:
                own["lr"] *= 0.5

    @rule(patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3, unique=True),
          chosen=st.lists(names, min_size=1, max_size=2, unique=True), k=small)
    def override_by_pattern(self, patterns, chosen, k):
        values = self.some(chosen, VALUES, k)
        table = {pattern: dict(list(values.items())[j % 2:]) for j, pattern in enumerate(patterns)}
        self.both(lambda: self.optimizer.override(table), lambda: self.model.override(table))

    @rule(k=seeds, which=small, given=st.lists(names, max_size=2), seed=small)
    def set_rule(self, k, which, given, seed):
        place, name = self.place(k), list(RULES)[which % len(RULES)]
        values = self.some(given, [*RULES[name].hyperparameters, "weight_decay"], seed)
        if place == "root":
            return
        target = self.param(place) if place in PATHS else getattr(self.net, place) if place else self.net
        self.both(lambda: target.set_rule(RULES[name].optimizer(**values)),
                  lambda: self.model.set_rule(place, name, values))

    @rule(k=small, on=st.sampled_from([True, True, False]))
    def switch(self, k, on):
        path = list(self.model.params)[k % len(self.model.params)]
        self.param(path).update_rule.enabled = self.model.params[path].enabled = on

    # copies and files

    @rule(by_pickle=st.booleans())
    def go_on_with_a_copy(self, by_pickle):
        both = self.net, self.optimizer
        self.net, self.optimizer = pickle.loads(pickle.dumps(both)) if by_pickle else copy.deepcopy(both)
        self.entries = {}

    @precondition(lambda self: len(self.snapshots) < 4)
    @rule(to_file=st.booleans())
    def save(self, to_file):
        file = os.path.join(self.folder.name, f"{len(self.snapshots)}") if to_file else None
        if file:
            eo.save(file, self.optimizer)
        self.snapshots.append((file or self.optimizer.state_dict(), copy.deepcopy(self.model)))

    @precondition(lambda self: self.snapshots)
    @rule(k=small)
    def load(self, k):
        kept, model = self.snapshots[k % len(self.snapshots)]
        to_file = isinstance(kept, str)
        self.both(lambda: eo.load(kept, self.optimizer) if to_file else self.optimizer.load_state_dict(kept),
                  lambda: self.model.load(model, to_file))

    @rule(bits=seeds)
    def step(self, bits):
        gradients = {}
        for k, path in enumerate(PATHS):
            p = self.param(path)
            g = self.rng.standard_normal(p.shape).astype(p.dtype) if bits >> k & 3 else None
            p.grad = g
            if path in self.model.params:
                gradients[path] = None if g is None else np.asarray(g)
        self.optimizer.step()
        self.model.step(gradients)

    # what must be true at any time

    @invariant()
    def the_same_values(self):
        for path, entry in self.model.params.items():
            p = self.param(path)
            u = p.update_rule
            values, decay = self.model.moved_by(path)
            assert (u.name, u.rule.name, u.t, u.enabled) == (
                entry.name, self.model.rule_of(path), entry.t, entry.enabled)
            assert u.hyperparam.get_dict() == self.model.get_dict(path)
            assert (u.rate, u.decay) == (values["lr"], decay)
            row = u._segments.table[u._index]
            assert dict(zip(u._segments.columns, row, strict=False)) == values
            assert p.data.dtype == entry.data.dtype
            np.testing.assert_array_equal(p.data, entry.data)
            for name, value in entry.state.items():
                np.testing.assert_array_equal(u.state[name], value)
        for place in PLACES:
            if place in self.model.places:
                assert self.node(place)._own == self.model.places[place].own
                for name in ("lr", *self.model.get_dict(place)):
                    expected = self.model.places[place].own.get("lr_mult", 1.0) if name == "lr_mult" else (
                        self.model.value(place, name))
                    assert getattr(self.node(place), name) == expected

    @invariant()
    def the_same_groups(self):
        groups = self.optimizer.param_groups
        assert len(groups) == len(self.model.listed)
        for group, place in zip(groups, self.model.listed, strict=True):
            assert self.entries.setdefault(place, group) is group
            assert group["lr"] == self.model.value(place, "lr")
            assert group.owns("lr") == ("lr" in self.model.places[place].own)
            assert [id(p) for p in group["params"]] == [id(self.param(p)) for p in self.model.params_of(place)]
            added = {n: group[n] for n in group if n not in ("params", "betas", *VALUES)}
            assert added == self.model.added[place]
        for place in [p for p in self.entries if p not in self.model.listed]:
            del self.entries[place]
        listed = [p for group in groups for p in group["params"]]
        assert sorted(map(id, listed)) == sorted(map(id, self.optimizer.params))


class HyperparametersOnBothBackends(Hyperparameters):
    backends = ("numpy", "numba")


def test_random_sequences():
    run(Hyperparameters, 150)
    run(HyperparametersOnBothBackends, 50)


@pytest.mark.slow
def test_many_random_sequences():
    run(Hyperparameters, 1200)
    run(HyperparametersOnBothBackends, 200)


# ---- what a machine meets too seldom -------------------------------------------------------------------------------


def three_layers(**options):
    net = Layer()
    for k, name in enumerate(("l1", "l2", "l3")):
        layer = Layer()
        layer.W, layer.b = eo.Parameter(np.ones((2, k + 1))), eo.Parameter(np.ones(k + 1, np.float32))
        setattr(net, name, layer)
    return net, eo.SGD(net, **options)


def rates(optimizer):
    return {u.name: u.rate for u in optimizer.update_rules}


def test_a_rate_for_all_after_overrides():
    net, optimizer = three_layers(lr=0.5)
    optimizer.hyperparam.lr = 0.25
    net.l1.hyperparam.lr = 1.0
    net.l2.W.update_rule.hyperparam.lr_mult = 0.5
    optimizer.hyperparam.lr = 2.0
    assert list(rates(optimizer).values()) == [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]


def test_a_value_at_the_root_that_only_a_rule_below_knows():
    """It is kept by states and copies, and can be deleted, as it is no value of the root's own rule."""
    net, optimizer = three_layers()
    net.l1.set_rule(eo.MomentumSGD())
    del net.l1.hyperparam.momentum
    optimizer.hyperparam.momentum = 0.5
    assert net.l1.W.update_rule.hyperparam.momentum == 0.5
    optimizer.load_state_dict(optimizer.state_dict())
    other, _ = copy.deepcopy((net, optimizer))
    assert other.l1.W.update_rule.hyperparam.momentum == 0.5
    del optimizer.hyperparam.momentum
    assert net.l1.W.update_rule.hyperparam.momentum == 0.9


def test_a_value_that_no_rule_below_knows_any_more():
    net, optimizer = three_layers(lr=0.5)
    net.l1.W.set_rule(eo.MomentumSGD())
    net.l1.hyperparam.momentum = 0.5
    net.l1.W.set_rule(eo.SGD())
    with pytest.raises(AttributeError, match="SGD has no hyperparameter 'momentum'"):
        net.l1.hyperparam.momentum = 0.25
    assert len(optimizer.param_groups) == 3
    del net.l1.hyperparam.momentum
    assert len(optimizer.param_groups) == 2


def test_what_set_rule_takes_away_is_said():
    """Values that were set there by hand are named; those that came with another rule go with it in silence."""
    net, _ = three_layers()
    optimizer = eo.MomentumSGD(net)
    net.l1.hyperparam.lr = 0.5
    net.l1.hyperparam.momentum = 0.25
    net.l1.W.update_rule.hyperparam.momentum = 0.125
    net.l1.hyperparam.weight_decay = 0.5
    net.l1.hyperparam.lr_mult = 2.0
    with pytest.warns(RuntimeWarning) as seen:
        net.l1.set_rule(eo.SGD(weight_decay=0.5))
    gone, other = (str(w.message) for w in seen)
    assert gone == "momentum of l1.W, momentum of l1 was set there, and SGD has no such value: it is gone"
    assert other == ("lr of l1 was 0.5 and is 0.01 now: SGD brings its defaults along. Give it what shall stay, "
                     "eo.SGD(lr=0.5)")
    assert net.l1.W.update_rule.hyperparam.get_dict() == {"lr": 0.01, "lr_mult": 2.0, "weight_decay": 0.5}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.l1.set_rule(eo.Adam(lr=0.25))
        net.l1.set_rule(eo.SGD(lr=0.25))
        net.l2.hyperparam.lr = 0.5
        net.l2.set_rule(eo.Adam(lr=0.125))
    assert optimizer.update_rules[0].rate == 0.5


def test_another_rules_decay_is_not_inherited():
    """AdamW's decay is no coupled decay of the SGD below it: what a rule was given, defaults included, holds."""
    net, _ = three_layers()
    optimizer = eo.AdamW(net, weight_decay=0.25)
    net.l1.set_rule(eo.SGD(lr=1.0))
    net.l2.set_rule(eo.SGD(lr=1.0, weight_decay=0.5))
    assert [u.decay for u in optimizer.update_rules] == [0, 0, 0.5, 0.5, 0, 0]
    net.l1.set_rule(eo.AdamW())
    assert net.l1.W.update_rule.hyperparam.weight_decay == 0.01


def test_a_part_is_set_up_first_and_the_whole_later():
    """Then the whole network's values hold for the part too; it keeps its own, its state and its name."""
    net, _ = three_layers()
    optimizer = eo.MomentumSGD(net.l2, lr=0.5)
    net.l2.W.grad = np.ones((2, 2))
    optimizer.step()
    optimizer.setup(net)
    net.hyperparam.lr = 0.25
    assert list(rates(optimizer).values()) == [0.25] * 6
    net.l2.hyperparam.lr = 0.125
    both = copy.deepcopy((net, optimizer))
    for n, o in ((net, optimizer), both):
        assert list(rates(o).values()) == [0.125] * 2 + [0.25] * 4
        assert (n.l2.W.update_rule.name, n.l2.W.update_rule.t) == ("W", 1)


def test_networks_that_hold_each_other():
    one, two = Layer(), Layer()
    one.p, two.q, one.two = eo.Parameter([1.0]), eo.Parameter([1.0]), two
    two.one = one
    optimizer = eo.SGD(one, lr=0.5).setup(two)
    two.hyperparam.lr = 0.25
    assert rates(optimizer) == {"p": 0.5, "two.q": 0.25}
    copy.deepcopy((one, optimizer))


def test_tied_weights_have_the_rate_of_their_first_path():
    net, _ = three_layers()
    net.l2.W = net.l1.W
    optimizer = eo.SGD(net, lr=0.5)
    net.l2.hyperparam.lr = 0.25
    assert rates(optimizer)["l1.W"] == 0.5
    del net.l1
    with pytest.warns(RuntimeWarning, match=r"l1\.b left"):
        optimizer.setup(net)
    assert rates(optimizer) == {"l2.W": 0.25, "l2.b": 0.25, "l3.W": 0.5, "l3.b": 0.5}


def test_a_link_that_moves_in_the_network_keeps_what_was_set():
    net, optimizer = three_layers(lr=0.5)
    net.l1.hyperparam.lr = 0.25
    entry = optimizer.param_groups[1]
    net.block = Layer()
    net.block.l1 = net.l1
    del net.l1
    assert rates(optimizer)["block.l1.W"] == 0.25
    net.block.hyperparam.lr_mult = 0.5
    assert rates(optimizer)["block.l1.W"] == 0.125
    assert optimizer.param_groups[1] is entry
    assert entry["params"] == [net.block.l1.W, net.block.l1.b]


def test_a_link_that_takes_anothers_place_begins_anew(capsys):
    net, optimizer = three_layers(lr=0.5)
    net.l1.hyperparam.lr = 0.25
    new = Layer()
    new.W, new.b = net.l1.W, eo.Parameter(np.ones(1))
    net.l1 = new
    with pytest.warns(RuntimeWarning) as warned:
        optimizer.setup(net)
    said = [str(w.message) for w in warned]
    assert [s.partition(" left the network")[0] for s in said] == ["l1.b", "l1 (lr=0.25)"]
    optimizer.hyperparam.tree()
    shown = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["SGD", "Layer", "l1", "W", "b", "l2", "W", "b", "l3", "W", "b"]
    assert rates(optimizer) == dict.fromkeys(rates(optimizer), 0.5)


def test_long_lines_of_the_tree_stick_out(capsys):
    """All of Adam's values in one line push no column aside."""
    net, _ = three_layers()
    optimizer = eo.Adam(net)
    net.l1.W.set_rule(eo.AdamW())
    optimizer.hyperparam.tree()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Adam     lr=0.001, beta1=0.9, ")
    assert lines[3].startswith("      W  AdamW lr=0.001, ") and lines[3].endswith("  rate 0.001")
    assert lines[4:6] == ["      b    rate 0.001", "    l2"]


def test_two_optimizers_of_one_network():
    """A link and a parameter speak of the newest; setup with keep adds what another was told to what was said here."""
    net, first = three_layers(lr=0.5)
    net.l1.hyperparam.lr = 0.25
    net.l1.W.update_rule.enabled = False
    net.l1.W.update_rule.add_hook(eo.hooks.Lasso(0.5))
    second = eo.MomentumSGD(lr=1.0)
    second.setup(net, keep=True)
    assert rates(second)["l1.W"] == 0.25
    assert not net.l1.W.update_rule.enabled
    net.l1.hyperparam.lr = 0.125
    net.l1.W.update_rule.add_hook(eo.hooks.WeightDecay(0.5))
    assert (rates(first)["l1.W"], rates(second)["l1.W"]) == (0.25, 0.125)
    first.setup(net, keep=True)
    assert first.update_rules[0]._hooks.names() == {"pre": ["Lasso", "WeightDecay"], "post": []}
    assert rates(first)["l1.W"] == 0.125
    del second
    assert list(rates(first).values()) == [0.125] * 2 + [0.5] * 4


def test_names_with_dots_and_names_given_twice():
    params = [eo.Parameter(np.ones(2), name="a.b") for _ in range(2)]
    optimizer = eo.SGD(params, lr=0.5)
    optimizer.override({"a.b": {"lr": 0.25}})
    assert rates(optimizer) == {"a.b": 0.25, "a.b_2": 0.5}
    optimizer.load_state_dict(optimizer.state_dict())
    assert rates(optimizer) == {"a.b": 0.25, "a.b_2": 0.5}


def test_a_network_without_parameters_and_one_200_links_deep():
    net = Layer()
    optimizer = eo.SGD(net, lr=0.5)
    net.hyperparam.lr = 0.25
    assert [list(g["params"]) for g in optimizer.param_groups] == [[], []]
    optimizer.load_state_dict(optimizer.state_dict())
    inner = net
    for _ in range(200):
        inner.next = Layer()
        inner = inner.next
    inner.p = eo.Parameter([1.0])
    assert list(rates(optimizer).values()) == [0.25]
    inner.hyperparam.lr_mult = 0.5
    assert list(rates(optimizer).values()) == [0.125]
    assert list(rates(copy.deepcopy(optimizer)).values()) == [0.125]


@eo.rule(paper="made up, to have no rate", degree=0, size=eo.formula.Hyper(0.1, r"\delta", "[0, inf)"))
def Signs(x, g, t, size):
    """Steps of one size."""
    return x - size * np.sign(g)


def test_a_rule_without_a_rate(capsys):
    net, _ = three_layers()
    optimizer = Signs.optimizer(net, size=0.5)
    for act in (lambda: setattr(net.l1.hyperparam, "lr_mult", 0.5), lambda: optimizer.update_rules[0].rate):
        with pytest.raises(AttributeError, match=r"Signs has no (hyperparameter 'lr_mult'|lr)"):
            act()
    assert "lr_mult" not in optimizer.param_groups[0]
    optimizer.hyperparam.tree()
    assert "no rate" in capsys.readouterr().out


def test_a_thousand_overrides_and_groups():
    """No step of it looks through all the others more than a few times: these take minutes if one does."""
    params = [eo.Parameter(np.ones(1)) for _ in range(1000)]
    optimizer = eo.SGD(params, lr=0.5)
    for k, p in enumerate(params):
        p.update_rule.hyperparam.lr = float(k)
    assert list(rates(optimizer).values()) == list(range(1000))
    assert len(optimizer.param_groups) == 1001
    groups = eo.SGD([{"params": [eo.Parameter(np.ones(1))], "lr": float(k)} for k in range(1000)])
    assert list(rates(groups).values()) == list(range(1000))
