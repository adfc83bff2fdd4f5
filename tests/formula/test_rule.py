"""What a rule is made of: its declaration, its file, its trajectory, its speed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import FormulaError, Hyper, rule, run

PACKAGE = Path(eo.__file__).parent
LR = Hyper(0.1, r"\eta", "[0, inf)")
NEW = '''import numpy as np

from ..formula import Hyper, rule


@rule(paper="made up for a test", degree=0, element_states={"m": 0}, lr=Hyper(0.5, r"\\eta", "[0, inf)"))
def Foo(x, g, m, t, lr):
    """Goes by the sign of everything so far."""
    m = m + g
    return x - lr * np.sign(m), m
'''


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_one_new_file_is_a_new_rule(tmp_path):
    package = Path(
        shutil.copytree(PACKAGE, tmp_path / "edu_optim", ignore=shutil.ignore_patterns("__pycache__", "data"))
    )
    (package / "rules" / "foo.py").write_text(NEW)
    code = """
import numpy as np, edu_optim as eo
assert "Foo" in eo.RULES and "Foo" in list(eo.RULES) and len(eo.RULES) == len(list(eo.RULES))
p = eo.Parameter(np.array([1.0, 2.0]))
optimizer = eo.Foo([p])
p.grad = np.array([3.0, -3.0])
optimizer.step()
print(p.data.tolist(), eo.Foo.__name__, eo.Foo.__doc__.splitlines()[0], optimizer.rule is eo.RULES["Foo"])
print([eo.RULES["Foo"].run([1.0], [[3.0], [-1.0]], backend=b).ravel().tolist() for b in ("formula", "numpy", "numba")])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[0.5, 2.5] Foo Goes by the sign of everything so far. True",
        str([[1.0, 0.5, 0.0]] * 3),
    ]


def test_a_rule_from_a_notebook_becomes_the_same_kernel_as_one_of_the_package():
    """So it is as fast: the generated text is the same to the letter, names aside."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell(
        "from edu_optim.formula import Hyper, rule\n"
        '@rule(paper="", degree=1, element_states={"m": 0},\n'
        '      lr=Hyper(0.1, "", "[0, inf)"), momentum=Hyper(0.9, "", "[0, 1)"))\n'
        "def Cell(x, g, m, t, lr, momentum):\n    m = momentum * m - lr * g\n    return x + m, m\n"
    )
    ours, cell = eo.RULES["MomentumSGD"], shell.user_ns["Cell"]
    assert cell.kernel_source.replace("Cell", "MomentumSGD") == ours.kernel_source


# the file


def test_the_generated_file_is_readable():
    lines = eo.RULES["Adam"].kernel_source.splitlines()
    assert lines[0].startswith('"""Adam, written by edu_optim from the formula of the rule')
    assert max(map(len, lines)) <= 120
    assert [line for line in lines if line.startswith(("def ", "@", "scalars"))] == [
        "def coefficients(t, lr, beta1, beta2, eps, eps_root, eps_hat, gamma, p):",
        "def body(x, g, m, v, beta1_t, c, beta2, c_1, c_2, c_3, lr, eps_root, eps, c_4):",
        'scalars = njit(error_model="numpy")(coefficients)',
        '@njit(cache=True, error_model="numpy")',
        "def kernel(X, G, M, V, segments, has_gradient, T, S, R, table):",
    ]
    assert "    c_2 = 1.0 - beta1 ** t * gamma ** (t * (t - 1.0) / 2.0)" in lines
    assert "            v_1 = beta2 * v + c_1 * (g * g)" in lines
    assert eo.RULES["Adam"].kernel_source == eo.RULES["Adam"].kernel_source


def test_long_lines_of_the_file_are_wrapped():
    names = [f"state_with_a_long_name_{k}" for k in range(9)]
    namespace = {}
    text = (
        f"def Long(x, g, {', '.join(names)}, t, lr):\n    return x - lr * g, "
        + ", ".join(f"{n} + 1" for n in names)
        + "\n"
    )
    import linecache

    linecache.cache["<long>"] = (len(text), None, text.splitlines(keepends=True), "<long>")
    exec(compile(text, "<long>", "exec"), namespace)
    made = rule(paper="", degree=None, element_states=dict.fromkeys(names, 0), lr=LR)(namespace["Long"])
    assert max(map(len, made.kernel_source.splitlines())) <= 120
    assert made.run([1.0], [[1.0]], backend="numba")[-1, 0] == 0.9


def test_a_long_line_alone():
    @rule(paper="", degree=None, learning_rate_of_the_rule=LR)
    def Alone(x, g, t, learning_rate_of_the_rule):
        return x - learning_rate_of_the_rule * g + learning_rate_of_the_rule * g - learning_rate_of_the_rule * g

    for backend in ("formula", "numpy", "numba"):
        assert Alone.run([1.0], [[1.0]], backend=backend)[-1, 0] == 0.9


def test_a_formula_of_constants_and_one_without_hyperparameters():
    @rule(paper="", degree=None)
    def Bare(x, g, t):
        return x - g

    @rule(paper="", degree=None, element_states={"m": 0}, scalar_states={"s": 0})
    def Constant(x, g, m, t, s):
        return 3, 0.5, 2 * t

    for backend in ("formula", "numpy", "numba"):
        assert Bare.run([3.0], [[1.0]], backend=backend)[-1, 0] == 2
        assert Constant.run([3.0], [[1.0]], backend=backend)[-1, 0] == 3


# the declaration


def test_parts_of_a_declaration_that_say_nothing():
    def formula(x, g, m, t, lr):
        return x - lr * g, m

    for start in (None, True, [0], 1j, float("nan")):
        with pytest.raises(
            FormulaError, match=r"element_states has 'm': .+\. Instead: text such as 'lr / 2', or a number"
        ):
            rule(paper="", degree=1, element_states={"m": start}, lr=LR)(formula)
    with pytest.raises(FormulaError, match=r"degree=2 is not known\. Instead: 0, 1, or None"):
        rule(paper="", degree=2, element_states={"m": 0}, lr=LR)(formula)
    with pytest.raises(FormulaError, match=r"reductions has 'm': 3\. Instead: text such as 'np\.max"):
        rule(paper="", degree=1, reductions={"m": 3}, lr=LR)(formula)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("lr +", "'lr \\+' is not an expression"),
        ("beta", "`beta` has no value yet"),
        ("g", "`g` has no value yet"),
        ("t", "`t` has no value yet"),
        ("lr > 0", "true or false"),
        ("np.mean(lr)", "cannot be called"),
        ("", "is not an expression"),
    ],
)
def test_starts_are_expressions_in_hyperparameters(start, reason):
    with pytest.raises(FormulaError, match=f"Started, start of m: .*{reason}"):

        @rule(paper="", degree=1, element_states={"m": start}, lr=LR)
        def Started(x, g, m, t, lr):
            return x, m


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("g", "is no single number"),
        ("lr", "is no single number about the arrays"),
        ("np.sum(lr)", "folds `lr`, which is one number"),
        ("np.sum(g, axis=0)", "cannot be called"),
        ("np.median(g)", "cannot be called"),
        ("g.sum()", "cannot be called"),
        ("other.sum(g)", "cannot be called"),
        ("np.sum(g) +", "is not an expression"),
        ("np.sum(h)", "`h` has no value yet"),
        ("np.sum(g if t else x)", "conditional expression"),
        ("np.sum(g) > 0", "true or false"),
    ],
)
def test_reductions_that_are_none(text, reason):
    with pytest.raises(FormulaError, match=f"Reduced, reduction r: .*{reason}"):

        @rule(paper="", degree=1, reductions={"r": text}, lr=LR)
        def Reduced(x, g, t, r, lr):
            return x - r * g


def test_a_reduction_may_use_another():
    @rule(paper="", degree=0, reductions={"variance": "np.mean((g - np.mean(g)) ** 2)"}, lr=LR)
    def Scaled(x, g, t, variance, lr):
        return x - lr * g / np.sqrt(variance)

    x, g = np.zeros(4), np.array([1.0, 2.0, 3.0, 6.0])
    for backend in ("formula", "numpy", "numba"):
        assert Scaled.run(x, [g], backend=backend)[-1].tolist() == (-0.1 * g / np.sqrt(np.var(g))).tolist()


def test_a_reduction_sees_the_start_that_hyperparameters_give():
    @rule(paper="", degree=None, element_states={"m": "lr * 2"}, reductions={"largest": "np.max(m) * t"}, lr=LR)
    def Early(x, g, m, t, largest, lr):
        return x + largest, m + 1

    for backend in ("formula", "numpy", "numba"):
        assert Early.run([0.0, 0.0], np.zeros((2, 2)), lr=0.5, backend=backend)[:, 0].tolist() == [0, 1, 5]


def test_a_reduction_sees_a_state_that_was_set_before_the_first_step():
    @rule(paper="", degree=None, element_states={"m": 0}, reductions={"largest": "np.max(m)"}, lr=LR)
    def Late(x, g, m, t, largest, lr):
        return x + largest, m

    row = np.zeros(1)
    run.reduce(Late, row, (2,), np.zeros(2), np.zeros(2), [np.array([5.0, 7.0])], 1, {"lr": 0.1})
    assert row[0] == 7


# trajectories


def test_run_takes_what_numpy_takes():
    sgd = eo.RULES["SGD"]
    assert sgd.run(1, [1, 2]).dtype == np.float64
    assert sgd.run(np.float16(1), np.ones(1)).dtype == np.float64
    assert sgd.run(np.float32(1), [1.0, 2.0]).dtype == np.float32
    assert sgd.run(np.ones((2, 3), np.float32), np.ones((5, 2, 3))).shape == (6, 2, 3)
    assert sgd.run([1.0], np.ones((0, 1))).tolist() == [[1.0]]
    x = np.ones(2)
    sgd.run(x, np.ones((3, 2)), backend="numba")
    assert x.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("gradients", [1.0, [1.0, 2.0], np.ones((3, 3)), np.ones((3, 2, 1))])
def test_run_refuses_gradients_of_another_shape(gradients):
    with pytest.raises(
        ValueError,
        match=r"SGD: gradients of shape .+ do not fit x of shape \(2,\): one gradient a step makes shape \(steps, 2\)",
    ):
        eo.RULES["SGD"].run([1.0, 2.0], gradients)


def test_run_refuses_a_backend_that_is_none():
    with pytest.raises(ValueError, match="backend = 'cuda' is not known: choose 'formula', 'auto', 'numba', 'numpy'"):
        eo.RULES["SGD"].run(1.0, [1.0], backend="cuda")
    with pytest.raises(ValueError, match="backend = 'formula' is not known: choose one of 'auto', 'numba', 'numpy'"):
        run.resolve("formula")


def test_without_numba(monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert run.resolve("auto") == "numpy"
    with pytest.raises(ImportError, match="pip install numba, or choose backend='numpy'"):
        run.resolve("numba")


def test_segments_that_are_off_or_without_gradient_stand_still():
    """Two parameters of one storage, of which one is frozen; then one without a gradient."""
    made = eo.RULES["MomentumSGD"]
    for update in (made.kernel(np.float64), made.stepper(np.float64, "numpy")):
        for enabled, has_gradient in (([1, 0], [True, True]), ([1, 1], [True, False])):
            X, G, M = np.arange(8.0), np.ones(8), np.full(6, 5.0)
            segments = np.array([[0, 3, 0, 0, 0, enabled[0]], [4, 3, 3, 1, 1, enabled[1]]])
            T, none = np.zeros(2), np.zeros((2, 0))
            update(X, G, M, segments, np.array(has_gradient), T, none, none, np.array([[0.5, 0.5], [9.0, 0.9]]))
            assert X.tolist() == [2.0, 3.0, 4.0, 3.0, 4.0, 5.0, 6.0, 7.0]
            assert M.tolist() == [2.0, 2.0, 2.0, 5.0, 5.0, 5.0]
            assert T.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("text", ["np.sqrt(np.sum(g ** 2))", "np.max(np.abs(x - np.mean(x)))", "np.min(g)"])
def test_a_reduction_of_a_large_parameter_is_that_of_its_blocks(text):
    from edu_optim.formula.reduction import BLOCK, Reduction

    x, g = np.random.default_rng(0).standard_normal((2, 3, BLOCK + 1))
    number = Reduction("Made", "up", text, ["x", "g"], ["t"])({"x": x, "g": g, "t": 1.0})
    assert np.isclose(number, eval(text, {"np": np, "x": x, "g": g}), rtol=1e-13, atol=0)
