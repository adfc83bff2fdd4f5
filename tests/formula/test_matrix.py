"""Rules of whole parameters: against a plain writing of their papers, recorded steps, and in optimizers."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import FormulaError, Hyper

PEERS = json.loads((Path(__file__).parent.parent / "peers" / "torch_rules.json").read_text())["rules"]
RNG = np.random.default_rng(0)


def adafactor(x, gradients, lr=0.01, eps2=1e-3):
    """Algorithms 4 and 5 of the paper with torch's floors, one number after the other."""
    rows, columns = x.shape
    R, C, tiny = [0.0] * rows, [0.0] * columns, np.finfo(float).eps
    for t, g in enumerate(gradients, 1):
        new = t**-0.8
        for i in range(rows):
            R[i] += new * (sum(v * v for v in g[i]) / columns - R[i])
        for j in range(columns):
            C[j] += new * (sum(v * v for v in g[:, j]) / rows - C[j])
        mean = max(sum(R) / rows, tiny)
        u = [[g[i, j] / max(R[i] * C[j] / mean, tiny**2) ** 0.5 for j in range(columns)] for i in range(rows)]
        size = (sum(v * v for row in u for v in row) / (rows * columns)) ** 0.5
        scale = max(eps2, (sum(v * v for row in x for v in row) / (rows * columns)) ** 0.5) * min(lr, t**-0.5)
        x = x - scale * np.array(u) / max(1.0, size)
    return x


def muon(x, gradients, lr=0.001, momentum=0.95, decay=0.1):
    """Momentum, then the odd polynomial of the singular values: what the iteration computes without a product."""
    m = np.zeros_like(x)
    for g in gradients:
        m = momentum * m + (1 - momentum) * g
        U, s, Vt = np.linalg.svd((1 - momentum) * g + momentum * m, full_matrices=False)
        s = s / np.sqrt(np.sum(s**2))
        for _ in range(5):
            s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
        x = (1 - lr * decay) * x - lr * max(1, x.shape[0] / x.shape[1]) ** 0.5 * (U * s) @ Vt
    return x


@pytest.mark.parametrize("shape", [(3, 4), (5, 2), (4, 4), (1, 6)])
@pytest.mark.parametrize(("name", "model"), [("Adafactor", adafactor), ("Muon", muon)])
def test_against_a_plain_writing_of_the_paper(name, model, shape):
    x, gradients = RNG.standard_normal(shape), RNG.standard_normal((20, *shape))
    assert np.allclose(eo.RULES[name].run(x, gradients)[-1], model(x, gradients), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("name", "dtype", "most"), [
    ("Adafactor", np.float64, 1e-12), ("Adafactor", np.float32, 2e-6), ("Muon", np.float64, 5e-3),
    ("Muon", np.float32, 5e-3)])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_recorded_steps_of_torch(name, dtype, most, backend):
    record, known = PEERS[name][np.dtype(dtype).name], PEERS[name]["hyperparameters"]
    p = eo.Parameter(np.array(record["p0"], dtype))
    optimizer = getattr(eo, name)([p], backend=backend, **known)
    for g, wanted in zip(record["grads"], record["params"], strict=True):
        p.grad = np.array(g, dtype)
        optimizer.step()
        wanted = np.array(wanted, dtype)
        assert np.all(np.abs(p.data - wanted) <= most * np.maximum(1, np.abs(wanted)))


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_degree_0(name):
    x, gradients = RNG.standard_normal((4, 3)), RNG.standard_normal((8, 4, 3))
    run = eo.RULES[name].run
    assert np.allclose(run(x, 1e3 * gradients), run(x, gradients), rtol=0, atol=1e-10)


def test_adafactor_remembers_rows_and_columns_or_each_number_of_a_vector():
    W, b = eo.Parameter(np.ones((30, 20))), eo.Parameter(np.ones(7))
    eo.Adafactor([W, b])
    assert {n: a.shape for n, a in W.update_rule.state.items()} == {"r": (30, 1), "c": (1, 20)}
    assert {n: a.shape for n, a in b.update_rule.state.items()} == {"v": (7,)}


def test_a_rate_above_one_over_root_t_does_nothing_to_adafactor():
    x, gradients = RNG.standard_normal((4, 3)), RNG.standard_normal((9, 4, 3))
    run = eo.RULES["Adafactor"].run
    assert np.array_equal(run(x, gradients, lr=1.0), run(x, gradients, lr=2.0))
    assert not np.array_equal(run(x, gradients, lr=0.1), run(x, gradients, lr=0.2))


def mixed():
    net = eo.links.MLP(6, 5, 2)
    optimizer = eo.Adam(net)
    net.l1.W.set_rule(eo.Muon(lr=0.02))
    net.l2.set_rule(eo.Adafactor())
    return net, optimizer


def train(net, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        (net(np.ones((3, 6), np.float32)) ** 2).mean().backward()
        optimizer.step()


@pytest.mark.parametrize("how", ["copy", "state", "file"])
def test_three_kinds_of_rules_in_one_network_stop_and_go_on(how, tmp_path):
    net, optimizer = mixed()
    train(net, optimizer, 3)
    if how == "copy":
        other_net, other = copy.deepcopy((net, optimizer))
    else:
        other_net, other = mixed()
        eo.save(tmp_path / "file", optimizer)
        if how == "file":
            eo.load(tmp_path / "file", other)
        else:
            for p, q in zip(net.params(), other_net.params(), strict=True):
                q.data = p.data
            other.load_state_dict(optimizer.state_dict())
    train(net, optimizer, 3)
    assert not np.array_equal(net.l1.W.data, other_net.l1.W.data)
    train(other_net, other, 3)
    for p, q in zip(net.params(), other_net.params(), strict=True):
        assert p.data.tobytes() == q.data.tobytes()
        assert p.update_rule.t == q.update_rule.t == 6


def test_muon_refuses_what_is_no_matrix_before_anything_is_touched():
    net = eo.links.MLP(3, 2, 1)
    with pytest.raises(ValueError, match=r"2 dimensions, and l1\.b has the shape \(2,\).*set_rule\(eo\.Muon\(\)\)"):
        eo.Muon(net)
    assert not any(p.laid for p in net.params())
    optimizer = eo.Adam(net)
    with pytest.raises(ValueError, match=r"l2\.b has the shape"):
        net.l2.set_rule(eo.Muon())
    assert {u.rule.name for u in optimizer.update_rules} == {"Adam"}
    assert "momentum" not in net.l2.hyperparam.get_dict()


def test_a_signature_that_says_something_else():
    with pytest.raises(FormulaError, match=r"Instead: def Odd\(x, g, m, t, lr\)"):
        @eo.matrix_rule(paper="made up", degree=None, states={"m": lambda shape: shape}, lr=Hyper(1, "l", "[0, inf)"))
        def Odd(x, g, t, m, lr):
            return x, m


@pytest.mark.parametrize(("name", "hyper"), [("NAdam", {"lr": 0.002}), ("ASGD", {"lr": 0.01})])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_numbers_a_rule_keeps_rounded_as_torch_rounds_them(name, hyper, backend):
    record = PEERS[name]["float64"]
    gaps = {}
    for scalar_dtype in ("float64", "float32"):
        p = eo.Parameter(np.array(record["p0"]))
        optimizer = getattr(eo, name)([p], scalar_dtype=scalar_dtype, backend=backend, **hyper)
        for g in record["grads"]:
            p.grad = np.array(g)
            optimizer.step()
        gaps[scalar_dtype] = np.max(np.abs(p.data - np.array(record["params"][-1])))
    assert gaps["float32"] < 1e-12 < gaps["float64"] < 1e-8


def test_scalar_dtype_is_an_option_of_rules_that_keep_numbers():
    with pytest.raises(TypeError, match="Adam has no hyperparameter 'scalar_dtype'"):
        eo.Adam(scalar_dtype="float32")
    with pytest.raises(ValueError, match="scalar_dtype = 'float16' is not known"):
        eo.NAdam(scalar_dtype="float16")
    p = eo.Parameter(np.ones(2))
    assert copy.deepcopy(eo.NAdam([p], scalar_dtype="float32")).rule is eo.RULES["NAdam"].single_scalars


def test_copies_tell_one_rule_with_two_kinds_of_numbers_apart():
    rounded, exact = eo.RULES["NAdam"].single_scalars, eo.RULES["NAdam"]
    net = eo.links.MLP(2, 2, 1)
    optimizer = eo.SGD(net)
    net.l1.set_rule(eo.NAdam(scalar_dtype="float32"))
    net.l2.set_rule(eo.NAdam())
    pair = net, optimizer
    for again, other in (copy.deepcopy(pair), pickle.loads(pickle.dumps(pair)), pair):
        other.load_state_dict(other.state_dict())
        assert again.l1.W.update_rule.rule is rounded and again.l2.W.update_rule.rule is exact


@pytest.mark.parametrize("result", [
    lambda x, m: x, lambda x, m: (x, m, m), lambda x, m: (x[0], m), lambda x, m: (x, 0.0), lambda x, m: None])
def test_a_formula_returns_what_it_was_given_in_the_same_shapes(result):
    @eo.formula.matrix_rule(paper="none", degree=1, states={"m": lambda shape: shape}, lr=Hyper(0.1, "", "[0, inf)"))
    def Careless(x, g, m, t, lr):
        return result(x - lr * g, m + g)

    p = eo.Parameter(np.ones((2, 3)))
    optimizer = Careless.optimizer([p])
    p.grad = np.ones((2, 3))
    with pytest.raises(FormulaError, match=r"Careless returned .*Instead: return x, m"):
        optimizer.step()
    assert (p.data == 1).all() and not p.update_rule.state["m"].any() and p.update_rule.t == 0
