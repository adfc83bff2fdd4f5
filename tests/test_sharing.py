"""Sequences of whatever can happen to shared parameters, against `tests/plain.py`: no byte may differ."""

import contextlib
import copy
import itertools
import os
import pickle
import tempfile
import warnings

import numpy as np
import plain
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

import edu_optim as eo
from edu_optim.formula import Hyper

SHAPES = [(), (1,), (3,), (2, 3), (17,), (2, 1, 3)]
DTYPES = [np.float64, np.float64, np.float32]
NAMES = ["SGD", "MomentumSGD", "Adam", "AdaDelta", "RMSprop", "NesterovSGD"]


@eo.rule(
    paper="made up, to have every kind of state", degree=None,
    element_states={"m": 0.25, "top": "lr * 2"}, scalar_states={"length": "1 - decay", "count": 0},
    reductions={"norm": "np.sqrt(np.sum(g ** 2)) / t", "largest": "np.max(np.abs(x))"},
    lr=Hyper(0.1, r"\eta", "[0, inf)"), decay=Hyper(0.5, r"\gamma", "[0, 1)"))
def Everything(x, g, m, top, t, length, count, norm, largest, lr, decay):
    """A rule with element states, scalar states, start values and reductions."""
    length = decay * length + (1 - decay) * norm
    m = decay * m + g / (1 + length)
    top = np.maximum(top, np.abs(m))
    return x - lr * m / (1 + top + largest), m, top, length, count + 1


RULES = [eo.RULES[name] for name in NAMES] + [Everything]
small = st.integers(0, 5)
seeds = st.integers(0, 2**16)


def numbers(seed, shape, dtype):
    return np.random.Generator(np.random.SFC64(seed)).standard_normal(shape).astype(dtype)


class Net(eo.Chain):
    """A network without a forward: what matters here is who is in it."""


class Sharing(RuleBasedStateMachine):
    """Real things and their plain models side by side; `choose` picks one by a drawn number."""

    backends = ("numpy",)

    def __init__(self):
        super().__init__()
        self.params = {}  # Twin -> Parameter
        self.nets = {}  # plain.Net -> Net
        self.optimizers = {}  # plain.Optimizer -> Optimizer
        self.views = {}  # Twin -> (data, grad) as they were when it was laid out
        self.snapshots = []  # (state_dict, what it should say, file or None)
        self.handed_in = []  # arrays of the user's
        self.folder = tempfile.TemporaryDirectory(prefix="sharing")
        self.quiet = warnings.catch_warnings()
        self.quiet.__enter__()
        warnings.simplefilter("ignore", RuntimeWarning)

    def teardown(self):
        self.nothing_shared()
        self.quiet.__exit__(None, None, None)
        self.folder.cleanup()

    def choose(self, things, k):
        things = list(things)
        return things[k % len(things)]

    def array(self, seed, shape, dtype):
        self.handed_in.append(numbers(seed, shape, dtype))
        return self.handed_in[-1]

    def some(self, bits):
        """Several twins, at least one, in an order that also depends on the bits."""
        twins = [t for k, t in enumerate(self.params) if bits >> k & 1] or [self.choose(self.params, bits)]
        return twins[::-1] if bits % 3 == 0 else twins

    # new things

    def parameter(self, seed, name=None):
        rng = np.random.Generator(np.random.SFC64(seed))
        array = self.array(seed, SHAPES[rng.integers(len(SHAPES))], DTYPES[rng.integers(len(DTYPES))])
        twin = plain.Twin(array, name)
        self.params[twin] = eo.Parameter(array, name)
        return twin

    @initialize(seed=seeds)
    def begin(self, seed):
        self.new_net(seed, True)
        self.new_parameter(seed, False)

    @precondition(lambda self: len(self.params) < 14)
    @rule(seed=seeds, named=st.booleans())
    def new_parameter(self, seed, named):
        self.parameter(seed, "given" if named else None)

    @precondition(lambda self: len(self.params) < 14 and len(self.nets) < 4)
    @rule(seed=seeds, tied=st.booleans())
    def new_net(self, seed, tied):
        model, real = plain.Net(), Net()
        model.attributes["sub"], real.sub = plain.Net(), Net()
        places = [(model, real, "a"), (model.attributes["sub"], real.sub, "a"), (model, real, "b")]
        for k, (m, r, name) in enumerate(places):
            m.attributes[name] = self.parameter(seed + k)
            setattr(r, name, self.params[m.attributes[name]])
        if tied:
            model.attributes["sub"].attributes["tied"] = model.attributes["a"]
            real.sub.tied = real.a
        self.nets[model] = real

    @precondition(lambda self: len(self.optimizers) < 4)
    @rule(which=st.integers(0, len(RULES) - 1), bits=seeds, zero=st.booleans(), on_net=st.booleans())
    def new_optimizer(self, which, bits, zero, on_net):
        chosen, maximize = RULES[which], bits % 8 == 0
        missing = "zero" if zero else "skip"
        backend = self.choose(self.backends, bits)
        model = plain.Optimizer(chosen, chosen.values({}), missing, maximize)
        real = chosen.optimizer(backend=backend, missing_grad=missing, maximize=maximize)
        self.optimizers[model] = real
        self.set_up(model, bits, on_net and self.nets, False)

    @precondition(lambda self: self.optimizers)
    @rule(k=small, bits=seeds, on_net=st.booleans(), keep=st.booleans())
    def set_up_again(self, k, bits, on_net, keep):
        self.set_up(self.choose(self.optimizers, k), bits, on_net and self.nets, keep)

    def set_up(self, model, bits, on_net, keep):
        if on_net:
            net = self.choose(self.nets, bits)
            model.setup(net, keep)
            self.optimizers[model].setup(self.nets[net], keep=keep)
        else:
            twins = self.some(bits)
            model.setup(twins, keep)
            self.optimizers[model].setup([self.params[twin] for twin in twins], keep=keep)

    # numbers

    @rule(k=seeds, seed=seeds, how=st.integers(0, 3))
    def write_data(self, k, seed, how):
        twin = self.choose(self.params, k)
        p, dtype = self.params[twin], twin.data.dtype
        if how == 0 and not twin.laid:
            dtype = np.dtype(np.float32 if dtype == np.float64 else np.float64)
            twin.grad = None
        values = self.array(seed, twin.data.shape, dtype)
        if how <= 1:
            p.data = values
            twin.data = values.copy()
        elif how == 2:
            p.data += values
            twin.data = twin.data + values
        else:
            p.data[...] = values
            twin.data = values.copy()

    @rule(k=seeds, seed=seeds, how=st.integers(0, 2))
    def write_grad(self, k, seed, how):
        twin = self.choose(self.params, k)
        values = self.array(seed, twin.data.shape, twin.data.dtype)
        if how == 0:
            self.params[twin].grad = twin.grad = None
        elif how == 1 and twin.grad is not None:
            self.params[twin].grad *= values
            twin.grad = twin.grad * values
        else:
            self.params[twin].grad = values
            twin.grad = values.copy()

    @rule(bits=seeds, seed=seeds, twice=st.booleans())
    def backward(self, bits, seed, twice):
        for dtype in (np.float64, np.float32):
            twins = [twin for twin in self.some(bits) if twin.data.dtype == dtype]
            if twins:
                factors = [self.array(seed + k, twin.data.shape, dtype) for k, twin in enumerate(twins)]
                sum((self.params[t] * c).sum() for t, c in zip(twins, factors, strict=True)).backward()
                for t, c in zip(twins, factors, strict=True):
                    t.accumulate(c)
        if twice:
            self.backward_through_a_product(bits, seed)

    def backward_through_a_product(self, bits, seed):
        matrices = [twin for twin in self.params if twin.data.ndim == 2]
        if matrices:
            twin = self.choose(matrices, bits)
            x = np.round(self.array(seed, (4, twin.data.shape[1]), twin.data.dtype) * 4)  # so that sums are exact
            eo.functions.linear(x, self.params[twin]).sum().backward()
            twin.accumulate(np.ones((4, twin.data.shape[0]), x.dtype).T @ x)

    @rule(k=seeds, what=st.integers(0, 2))
    def zero_grad(self, k, what):
        if what == 0 and self.optimizers:
            model = self.choose(self.optimizers, k)
            model.look()
            twins = list(model.entries)
            self.optimizers[model].zero_grad()
        elif what == 1 and self.nets:
            net = self.choose(self.nets, k)
            twins = [twin for _, twin in net.named()]
            self.nets[net].zero_grad()
        else:
            twins = [self.choose(self.params, k)]
            self.params[twins[0]].zero_grad()
        for twin in twins:
            twin.grad = None

    @precondition(lambda self: self.optimizers)
    @rule(k=small, times=st.integers(1, 3))
    def step(self, k, times):
        model = self.choose(self.optimizers, k)
        for _ in range(times):
            model.step()
            self.optimizers[model].step()

    @precondition(lambda self: self.optimizers)
    @rule(bits=seeds)
    def step_all(self, bits):
        models = list(self.optimizers)
        for model in models[::-1] if bits % 2 else models:
            model.step()
            self.optimizers[model].step()

    # settings

    @precondition(lambda self: self.optimizers)
    @rule(k=small, which=small, value=st.sampled_from([0.0, 0.125, 0.3, 0.75]))
    def set_hyperparameter(self, k, which, value):
        model = self.choose(self.optimizers, k)
        name = self.choose(model.values, which)
        if name == "gamma":
            value = 1 - value
        model.values[name] = value
        setattr(self.optimizers[model].hyperparam, name, value)

    @precondition(lambda self: self.optimizers)
    @rule(k=small, which=seeds, on=st.booleans())
    def switch(self, k, which, on):
        model = self.choose(self.optimizers, k)
        twin = self.choose(model.entries, which)
        model.entries[twin].enabled = on
        p = self.params[twin]
        update_rule = p.update_rule if twin.newest is model else self.optimizers[model]._members.update_rules[p]
        update_rule.enabled = on

    # networks change

    @precondition(lambda self: self.nets)
    @rule(k=small, name=st.sampled_from("abcd"), bits=seeds, below=st.booleans(), fresh=st.booleans())
    def assign_attribute(self, k, name, bits, below, fresh):
        net = self.choose(self.nets, k)
        model, real = (net.attributes["sub"], self.nets[net].sub) if below else (net, self.nets[net])
        twin = self.parameter(bits) if fresh and len(self.params) < 14 else self.choose(self.params, bits)
        model.attributes[name] = twin
        setattr(real, name, self.params[twin])

    @precondition(lambda self: self.nets)
    @rule(k=small, which=small)
    def delete_attribute(self, k, which):
        net = self.choose(self.nets, k)
        names = [name for name in net.attributes if name != "sub"]
        if len(names) > 1:
            name = self.choose(names, which)
            del net.attributes[name]
            delattr(self.nets[net], name)

    # copies

    @precondition(lambda self: len(self.params) < 14)
    @rule(k=small, what=st.integers(0, 4), by_pickle=st.booleans())
    def copy_things(self, k, what, by_pickle):
        nets = [self.choose(self.nets, k)] if self.nets and what in (0, 2) else list(self.nets) if what == 3 else []
        models = [self.choose(self.optimizers, k)] if self.optimizers and what in (1, 2) else []
        models = list(self.optimizers)[:2] if what == 3 else models
        singles = [self.choose(self.params, k)] if what == 4 else []
        real = [[self.nets[n] for n in nets], [self.optimizers[m] for m in models], [self.params[t] for t in singles]]
        for model in models:
            model.look()
        real = pickle.loads(pickle.dumps(real)) if by_pickle else copy.deepcopy(real)
        self.take_copies(nets, models, singles, real)

    def take_copies(self, nets, models, singles, real):
        """Make the same copies of the models, and pair them with the real ones."""
        every_net = dict.fromkeys([*nets, *(net for model in models for net in model.nets)])
        held = [t for net in every_net for _, t in net.named()] + [t for model in models for t in model.entries]
        twins = {twin: twin.free_copy() for twin in [*singles, *held]}
        copies = {net: self.copy_of_net(net, twins) for net in every_net}
        made = {model: model.copy(twins, copies) for model in models}
        for model in models:
            for twin in model.entries:
                new = twins[twin]
                new.laid = True
                if twin.newest is model or new.newest is None:
                    new.newest = made[model]
        found = dict(zip(nets, real[0], strict=True))
        for model, optimizer in zip(models, real[1], strict=True):
            found |= dict(zip(model.nets, optimizer._members.networks, strict=True))
            self.optimizers[made[model]] = optimizer
            self.params |= zip(made[model].entries, optimizer._members.update_rules, strict=True)
        for net, new in found.items():
            self.nets[copies[net]] = new
            self.params |= zip((t for _, t in copies[net].named()), new.params(), strict=True)
        self.params |= zip((twins[t] for t in singles), real[2], strict=True)

    def copy_of_net(self, net, twins):
        new = plain.Net()
        for name, value in net.attributes.items():
            new.attributes[name] = self.copy_of_net(value, twins) if isinstance(value, plain.Net) else twins[value]
        return new

    # states and files

    @precondition(lambda self: self.optimizers and len(self.snapshots) < 6)
    @rule(k=small, to_file=st.booleans())
    def take_snapshot(self, k, to_file):
        model = self.choose(self.optimizers, k)
        model.look()
        real = self.optimizers[model]
        file = None
        if to_file:
            file = os.path.join(self.folder.name, f"{len(self.snapshots)}")
            eo.save(file, real)
        entries = [(entry.copy(), twin.data.copy()) for twin, entry in model.entries.items()]
        self.snapshots.append((real.state_dict(), model.rule, dict(model.values), entries, file))

    @precondition(lambda self: self.optimizers and self.snapshots)
    @rule(k=small, which=small)
    def load_snapshot(self, k, which):
        state, chosen, values, entries, file = self.choose(self.snapshots, which)
        model = self.choose(self.optimizers, k)
        model.look()
        assert len(self.optimizers[model].params) == len(model.entries)
        by_name = {entry.name: twin for twin, entry in model.entries.items()}
        fits = chosen is model.rule and by_name.keys() == {entry.name for entry, _ in entries}
        if fits:  # where there is no array, a state says nothing of dtypes
            pairs = [(by_name[entry.name].data, data) for entry, data in entries]
            fits = all(a.shape == b.shape for a, b in pairs)
            fits = fits and (not (file or chosen.element_states) or all(alike(a, b) for a, b in pairs))
        with contextlib.nullcontext() if fits else pytest.raises(ValueError):
            eo.load(file, self.optimizers[model]) if file else self.optimizers[model].load_state_dict(state)
            model.values = dict(values)
            for entry, data in entries:
                twin = by_name[entry.name]
                model.entries[twin] = entry.copy()
                if file:
                    twin.data = data.copy()

    @precondition(lambda self: len(self.optimizers) > 1)
    @rule(k=small)
    def forget_optimizer(self, k):
        del self.optimizers[self.choose(self.optimizers, k)]

    @precondition(lambda self: len(self.nets) > 2)
    @rule(k=small)
    def forget_net(self, k):
        net = self.choose(self.nets, k)
        del self.nets[net]
        held = {t for n in self.nets for _, t in n.named()}
        held |= {t for model in self.optimizers for t in model.entries}
        held |= {t for model in self.optimizers for n in model.nets for _, t in n.named()}
        for twin in [t for _, t in net.named() if t not in held]:
            del self.params[twin]

    # what must be true at any time

    @invariant()
    def same_bytes(self):
        for twin, p in self.params.items():
            same(p.data, twin.data)
            assert (p.grad is None) == (twin.grad is None)
            if twin.grad is not None:
                same(p.grad, twin.grad)
            if twin.laid and twin in self.views:
                assert p.data is self.views[twin][0]
                assert p._grad is self.views[twin][1]
            elif twin.laid:
                assert p.laid
                self.views[twin] = p.data, p._grad
            if twin.newest is None:
                assert not p.update_rule
            elif twin.newest in self.optimizers:
                assert p.update_rule is self.optimizers[twin.newest]._members.update_rules[p]

    @invariant()
    def same_states(self):
        for model, optimizer in self.optimizers.items():
            assert optimizer.hyperparam.get_dict() == model.values
            rules = optimizer._members.update_rules
            assert list(rules) == [self.params[twin] for twin in model.entries]
            for entry, update_rule in zip(model.entries.values(), rules.values(), strict=True):
                same_entry(entry, update_rule)

    @invariant()
    def poison(self):
        """Whatever lies between the parameters is NaN from now on: it shows if it is ever read."""
        for p in self.params.values():
            storage = p._storage
            if p.laid and not hasattr(storage, "poisoned"):
                storage.poisoned = True
                between = np.ones(storage.data.size, bool)
                for q in self.params.values():
                    if q._storage is storage:
                        between[storage.starts[q._index] : storage.starts[q._index] + q.size] = False
                storage.data[between] = storage.grad[between] = np.nan
        for optimizer in self.optimizers.values():
            for segments in optimizer._segments:
                if not hasattr(segments, "poisoned"):
                    segments.poisoned = True
                    for flat in segments.elements.values():
                        between = np.ones(flat.size, bool)
                        for _, size, at, *_ in segments.rows:
                            between[at : at + size] = False
                        flat[between] = np.nan

    def nothing_shared(self):
        arrays = [*self.handed_in]
        for p in self.params.values():
            arrays += [p.data, p._grad]
        for optimizer in self.optimizers.values():
            for update_rule in optimizer._members.update_rules.values():
                arrays += [a for a in update_rule.state.values() if isinstance(a, np.ndarray)]
            for segments in optimizer._segments:
                arrays += [segments.t, segments.rows, segments.scalars, segments.reductions]
        for state, _, _, entries, _ in self.snapshots:
            for (entry, _), kept in zip(entries, state["params"].values(), strict=True):
                assert (kept["t"], kept["enabled"]) == (entry.t, entry.enabled)
                for name, value in entry.state.items():
                    same(kept["state"][name], value)
                arrays += [a for a in kept["state"].values() if isinstance(a, np.ndarray)]
        # All are contiguous, so they overlap only if neighbours by address do.
        assert all(a.flags.c_contiguous for a in arrays)
        spans = sorted((a.ctypes.data, a.ctypes.data + a.nbytes) for a in arrays if a.nbytes)
        assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(spans))


def alike(a, b):
    return (a.shape, a.dtype) == (b.shape, b.dtype)


def same(real, wanted):
    wanted = np.asarray(wanted)
    real = np.asarray(real)
    assert alike(real, wanted)
    assert real.tobytes() == wanted.tobytes(), (real, wanted)


def same_entry(entry, update_rule):
    assert (update_rule.name, update_rule.t, update_rule.enabled) == (entry.name, entry.t, entry.enabled)
    state = update_rule.state
    assert list(state) == list(entry.state)
    for name, value in entry.state.items():
        same(state[name], value)


class SharingBothBackends(Sharing):
    backends = ("numpy", "numba")


def test_300_sequences():
    run(Sharing, 240)
    run(SharingBothBackends, 60)


@pytest.mark.slow
def test_10000_sequences():
    run(Sharing, 9000)
    run(SharingBothBackends, 1000)
