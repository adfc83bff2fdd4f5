"""The author's function called on arrays, its NumPy reading and the kernel are compared, never two of them only.

A mistake in parting scalars from elements stands in the NumPy reading and in the kernel alike.
"""

from collections import Counter

import numpy as np
import pytest
from drawing import OF_VALUE, ROUGH, formulas
from hypothesis import HealthCheck, given, seed, settings
from shaking import shaken

import edu_optim as eo
from edu_optim.childprocess import Children
from edu_optim.formula import FormulaError, Hyper, rule
from edu_optim.formula.run import start

FLOATS = (np.float64, np.float32)
STEPS = 4


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDU_OPTIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def inputs(shape, seed, dtype):
    """x and gradients with zeros of both signs, large and tiny numbers."""
    draw = np.random.default_rng(seed)
    sizes = np.array([1, 1, 1, 10, 1e-3, 1e-8, 1e6, 0, -0.0])

    def values(*shape):
        return (draw.standard_normal(shape) * draw.choice(sizes, shape)).astype(dtype)

    return values(*shape), values(STEPS, *shape)


def same(a, b):
    return np.array_equal(a, b, equal_nan=True)


def off(ours, theirs):
    """How far two results are apart, in the measure of the golden numbers; NaN and infinities must agree."""
    with np.errstate(all="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs) / (np.abs(theirs.astype(np.float64)) + 1e-3)
    return np.where((ours == theirs) | np.isnan(ours) & np.isnan(theirs), 0, np.where(np.isnan(apart), np.inf, apart))


def well_conditioned(made, x, gradients, values, formula, allowed):
    """Where errors of one rounding in every operation leave a result within `allowed`."""
    runs = [shaken(made, x.dtype, seed).run(x, gradients, backend="formula", **values) for seed in range(3)]
    return np.all([off(run, formula) <= allowed for run in runs], axis=0)


def compare(made, x, gradients, values, exact, seen):
    """Assert that the three readings of a rule agree; count what was compared."""
    formula, numpy, numba = (made.run(x, gradients, backend=b, **values) for b in ("formula", "numpy", "numba"))
    assert len(made.kernel(x.dtype).signatures) <= 2, "the kernel was compiled for arguments that nobody declared"
    if exact:
        assert same(numpy, numba)
        assert same(formula, numpy)
        seen["exact"] += 1
        seen["elements"] += formula.size
        seen["compared elements"] += formula.size
        return
    # exp, log, tanh and powers of np.where may differ by 4 ulp
    tolerance = 2e-6 if x.dtype == np.float32 else 1e-13
    firm = well_conditioned(made, x, gradients, values, formula, tolerance / 4)
    assert np.all(off(numpy, formula)[firm] <= tolerance)
    assert np.all(off(numba, formula)[firm] <= tolerance)
    seen["elements"] += firm.size
    seen["compared elements"] += int(firm.sum())


def run_many(examples, part, folder):
    """Draw formulas and compare their readings; the count of what was done."""
    seen = Counter()

    @seed(part)
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    @given(formulas())
    def each(drawn):
        seen["drawn"] += 1
        try:
            made = drawn.rule(folder)
        except FormulaError as error:
            assert any(reason in str(error) for reason in OF_VALUE), f"{error}\n{drawn.text}"
            return
        for dtype in FLOATS:
            x, gradients = inputs(drawn.shape, drawn.seed, dtype)
            try:
                compare(made, x, gradients, drawn.values, drawn.exact, seen)
            except BaseException as error:
                error.add_note(f"{drawn.text}\n{drawn.values}\n{made.kernel_source}")
                raise
        seen["run"] += 1

    each()
    return seen


def assert_most_were_run(seen, examples):
    assert seen["drawn"] >= examples
    assert seen["run"] >= 0.9 * seen["drawn"]
    assert seen["exact"] >= 0.5 * seen["run"]
    assert seen["compared elements"] >= 0.8 * seen["elements"]


# In parts, so that each is short and they can run side by side.
@pytest.mark.parametrize("part", range(4))
def test_drawn_formulas(part, tmp_path):
    assert_most_were_run(run_many(10, part, tmp_path), 10)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(100, 110))
def test_many_drawn_formulas(part, tmp_path):
    """In a process of their own: Numba never gives back what a kernel takes, and 500 formulas take 2 GB."""
    elsewhere = Children()
    try:
        assert_most_were_run(elsewhere(run_many, 50, part, tmp_path), 50)
    finally:
        elsewhere.close()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [name for name, rule in eo.RULES.items() if rule.elementwise])
def test_every_rule_over_a_thousand_steps(name, dtype):
    draw = np.random.default_rng(20250101)
    x = draw.standard_normal(8).astype(dtype)
    gradients = (draw.standard_normal((1000, 8)) * [1, 1, 10, 1e-3, 1e-8, 1e3, 1, 0]).astype(dtype)
    formula, numpy, numba = (eo.RULES[name].run(x, gradients, backend=b) for b in ("formula", "numpy", "numba"))
    assert np.isfinite(formula).all()
    if any(f"np.{function}(" in eo.RULES[name].kernel_source for function in ROUGH):
        assert off(numpy, formula).max() <= 2e-6
        assert off(numba, formula).max() <= 2e-6
    else:
        assert same(formula, numpy)
        assert same(numpy, numba)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [name for name, rule in eo.RULES.items() if rule.elementwise])
def test_every_rule_called_on_plain_arrays(name, dtype):
    """As a reader would call it, with Python's numbers; the reading called "formula" keeps float32 from widening."""
    made, draw = eo.RULES[name], np.random.default_rng(2)
    x, gradients = draw.standard_normal(200).astype(dtype), draw.standard_normal((1000, 200)).astype(dtype)
    values, elements = made.values({}), len(made.element_states)
    states = [np.full_like(x, start(made, name, values)) for name in made.element_states]
    scalars = [start(made, name, values) for name in made.scalar_states]
    path, widened = [x], False
    for t, g in enumerate(gradients, start=1):
        arrays = dict(zip(["x", "g", *made.element_states], [path[-1], g, *states], strict=True))
        named = arrays | {"t": np.float64(t)} | {name: np.float64(value) for name, value in values.items()}
        reductions = [reduction(named) for reduction in made.reductions.values()]
        copies = [a.copy() for a in arrays.values()]
        with np.errstate(all="ignore"):
            new = made.formula(*copies, float(t), *scalars, *reductions, *values.values())
        new = new if isinstance(new, tuple) else (new,)
        widened = widened or new[0].dtype != dtype
        x, *states = (np.asarray(part, dtype) for part in new[: 1 + elements])
        scalars = [np.float64(part) for part in new[1 + elements :]]
        path.append(x)
    path, numba = np.array(path), made.run(path[0], gradients, backend="numba")
    if dtype == np.float64:
        assert same(path, numba)
    elif not widened:
        assert off(numba, path).max() <= 2e-6
    else:  # by a number that NumPy made: of a state, a reduction, or in np.where
        assert np.abs(numba - path).max() <= 1e-5 * np.abs(path).max()


@rule(
    paper="made up",
    degree=None,
    element_states={"m": "lr / 2", "v": 1, "C": "np.maximum(beta, 0.5) ** 2"},
    scalar_states={"s": "1 - beta", "best": 10},
    reductions={"norm": "np.sqrt(np.sum(g ** 2)) + np.max(C)"},
    lr=Hyper(0.1, "lr", "[0, inf)"),
    beta=Hyper(0.9, "beta", "[0, 1)"),
)
def AllKinds(x, g, m, v, C, t, s, best, norm, lr, beta):
    s = beta * s + norm / t
    best = np.minimum(best, s**0.5)
    g = np.where(norm > 1, g / norm, g)
    m, old = beta * m + (1 - beta) * g, m
    v = np.where(t == 1, g**2, beta * v + (1 - beta**t) * g**2)
    C *= 0.5
    C += np.abs(old)
    lr = lr / (1 + best)
    return x - lr * m / (v**0.5 + C), m, v, C, s, best


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(7,), (2, 3), (), (0,), (1, 1)])
def test_a_rule_that_uses_every_kind_of_state_and_a_reduction(dtype, shape):
    draw = np.random.default_rng(1)
    x, gradients = draw.standard_normal(shape).astype(dtype), draw.standard_normal((50, *shape)).astype(dtype)
    seen = Counter()
    compare(AllKinds, x, gradients, {}, exact=True, seen=seen)
    assert seen["exact"]


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_reduction_sees_plain_arrays_in_every_reading(dtype):
    """The reading called "formula" keeps its own arrays of float32 from widening; reductions widen in all readings."""

    @rule(paper="made up", degree=None, reductions={"norm": "np.sqrt(np.sum((g + decay * x) ** 2))"},
          decay=Hyper(0.1, "d", "[0, inf)"))
    def Reduced(x, g, t, norm, decay):
        return x - g / norm

    draw = np.random.default_rng(4)
    x, gradients = draw.standard_normal(50).astype(dtype), draw.standard_normal((20, 50)).astype(dtype)
    compare(Reduced, x, gradients, {}, exact=True, seen=Counter())


def test_all_kinds_by_hand():
    lr, beta, x, g = 0.1, 0.9, 2.0, 3.0
    norm = g + 0.81
    s = beta * 0.1 + norm
    small = g / norm
    m = beta * (lr / 2) + (1 - beta) * small
    rate = lr / (1 + s**0.5)
    expected = x - rate * m / (small + 0.5 * 0.81 + lr / 2)
    assert AllKinds.run([x], [[g]])[1, 0] == pytest.approx(expected, rel=1e-14)


CELL = """
import numpy as np
from edu_optim.formula import Hyper, rule

@rule(paper="a notebook", degree=0, lr=Hyper(0.1, "lr", "[0, inf)"))
def FromCell(x, g, t, lr):
    return x - lr * np.sign(g){change}
"""


def test_a_rule_defined_in_a_notebook_cell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    for change, end in (("", 0.9), (" * 2", 0.8)):
        assert shell.run_cell(CELL.format(change=change)).success
        made = shell.user_ns["FromCell"]
        for backend in ("formula", "numpy", "numba"):
            assert made.run([1.0], [[3.0]], backend=backend)[-1, 0] == end


def test_states_may_be_swapped():
    """The NumPy reading must not write one array before it has read the other."""

    @rule(paper="made up", degree=1, element_states={"m": 2}, lr=Hyper(0.1, "lr", "[0, inf)"))
    def Swap(x, g, m, t, lr):
        a, b = m, x
        return a, b

    for backend in ("formula", "numpy", "numba"):
        assert Swap.run([5.0], np.zeros((2, 1)), backend=backend).ravel().tolist() == [5.0, 2.0, 5.0]


def test_a_choice_of_plain_numbers_divides_and_rises_as_numpy_does():
    """Python's own numbers raise where NumPy's give infinity or NaN."""

    @rule(paper="made up", degree=None, scalar_states={"s": 0}, lr=Hyper(0.1, "lr", "[0, inf)"))
    def Infinite(x, g, t, s, lr):
        zero = np.where(t == 1, 0.0, -8.0)
        return x + 1 / zero * (zero**lr) + s, zero**lr

    paths = [Infinite.run([5.0], np.zeros((3, 1)), backend=b) for b in ("formula", "numpy", "numba")]
    assert same(paths[0], paths[1])
    assert same(paths[1], paths[2])
    assert np.isnan(paths[0][-1, 0])


SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    np.nan,
    np.inf,
    -np.inf,
    1e-310,
    1e300,
]  # float32 makes 0 and infinity of the last two


@pytest.mark.parametrize("dtype", FLOATS)
def test_special_values(dtype):
    """NaN, infinities and zeros of both signs through every function, with numbers and arrays on each side."""

    @rule(paper="made up", degree=None, element_states=dict.fromkeys("abcdefhi", 0), lr=Hyper(0.5, "lr", "(-inf, inf)"))
    def Special(x, g, a, b, c, d, e, f, h, i, t, lr):
        a = np.minimum(x, g) + np.where(x == g, 1, 2)
        b = np.maximum(x, g) + np.where(x != g, 1, 2)
        c = np.clip(x, g, 1) + np.where(~(x < g), 1, 2)
        d = np.clip(x, -lr, g) + np.where((x < g) | (x >= lr), 1, 2)
        e = np.clip(lr, x, g) + np.minimum(x, lr) * np.maximum(lr, g)
        f = np.sign(x) + np.abs(g) * np.sign(lr)
        h = np.sqrt(x) + g**0.5 - x**2
        i = np.where(x > g, x / g, g / x)
        return -x, a, b, c, d, e, f, h, i

    with np.errstate(all="ignore"):
        x, g = (np.ravel(v) for v in np.meshgrid(np.array(SPECIAL, dtype), np.array(SPECIAL, dtype)))
        given = [x, g, *[x] * 8, np.float64(1), np.float64(0.5)]
        formula = Special.formula(*given)
    found = {}
    for backend in ("numpy", "numba"):
        states = [np.zeros(x.size, dtype) for _ in "abcdefhi"]
        X, none = x.copy(), np.zeros((1, 0))
        Special.stepper(dtype, backend)(
            X,
            g.copy(),
            *states,
            np.array([[0, x.size, 0, 0, 0, 1]]),
            np.ones(1, bool),
            np.zeros(1),
            none,
            none,
            np.array([[0.5, *Special.parts.constants.values()]]),
        )
        found[backend] = [X, *states]
    for name, ours, numpy, numba in zip(["x", *"abcdefhi"], formula, found["numpy"], found["numba"], strict=True):
        assert same(np.asarray(ours, dtype), numpy), name
        assert same(numpy, numba), name


def test_powers_of_plain_numbers_and_of_chosen_ones():
    """To NumPy the outcome of np.where is an array, whose powers 2 and 0.5 are a product and a root; the powers
    of a number are the library's, which differ in the last bit for one number in a thousand."""

    @rule(paper="made up", degree=None, scalar_states={"a": 0, "b": 0}, lr=Hyper(0.5, "lr", "(0, inf)"))
    def Powers(x, g, t, a, b, lr):
        chosen = np.where(t == 1, lr, 1)
        again = chosen
        square = again**2
        chosen = np.where(t == 1, lr, 1)
        chosen **= 0.5
        return x * lr**2 + lr**0.5 - lr**-1 + 2**lr, square, chosen

    draw = np.random.default_rng(0).random(20_000) * 10
    odd = [v for v in draw.tolist() if v**2.0 != v * v or v**0.5 != np.sqrt(v)]
    for lr in [*odd[:20], *draw[:20].tolist()]:
        paths = [Powers.run([3.0], [[1.0]], lr=lr, backend=b) for b in ("formula", "numpy", "numba")]
        assert same(paths[0], paths[1])
        assert same(paths[1], paths[2])
        scalars = Powers.numpy.coefficients(np.float64(1), 0.0, 0.0, np.float64(lr), *Powers.parts.constants.values())[
            -2:
        ]
        assert scalars == (lr * lr, np.sqrt(lr))
