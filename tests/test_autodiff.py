"""The tape: every operator against central differences, and what becomes of gradients, graphs and memory."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.autodiff import Tensor, custom_gradient, no_grad, record, stop_gradient
from edu_optim.parameter import Parameter


def central_difference(f, arrays, which):
    """The gradient of the number ``f(*arrays)`` with respect to one of the arrays, in float64."""
    arrays = [np.array(a, np.float64) for a in arrays]
    x, gradient = arrays[which], np.empty_like(arrays[which])
    for i in np.ndindex(x.shape):
        here = x[i]
        h = 6e-6 * max(1.0, abs(here))  # the cube root of the rounding unit balances the two errors
        x[i] = here + h
        above = f(*arrays)
        x[i] = here - h
        below = f(*arrays)
        x[i] = here
        gradient[i] = (above - below) / (2 * h)
    return gradient


def assert_gradients(operation, *arrays):
    """Compare every gradient of an operation on tensors with central differences."""
    weights = np.random.default_rng(1).uniform(0.5, 1.5, operation(*map(Tensor, arrays)).shape)

    def loss(*values):
        return (operation(*values) * weights).sum()

    tensors = [Tensor(np.array(a, np.float64), requires_grad=True) for a in arrays]
    loss(*tensors).backward()
    for which, x in enumerate(tensors):
        expected = central_difference(lambda *values: loss(*map(Tensor, values)).item(), arrays, which)
        assert x.grad.shape == x.shape
        np.testing.assert_allclose(x.grad, expected, rtol=1e-7, atol=1e-8)


def numbers(*shape, seed=0):
    """Numbers from 0.5 to 2, so that a quotient and a power are smooth."""
    return np.random.default_rng([seed, *shape]).uniform(0.5, 2, shape)


OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "both twice": lambda a, b: a * b + a / b - b,
}


@pytest.mark.parametrize("name", OPERATIONS)
@given(
    shape=st.lists(st.integers(1, 3), max_size=3),
    squeezed=st.lists(st.booleans(), min_size=6, max_size=6),
    dropped=st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
@settings(max_examples=25)
def test_gradient_of_broadcasting_arithmetic(name, shape, squeezed, dropped):
    a, b = (
        [1 if squeezed[2 * i + side] else n for i, n in enumerate(shape)][dropped[side] :] for side in (0, 1)
    )
    assert_gradients(OPERATIONS[name], numbers(*a, seed=1), numbers(*b, seed=2))


@pytest.mark.parametrize("exponent", [2, 3, -1, 0.5, 1, 0, np.float32(2)])
def test_gradient_of_power(exponent):
    assert_gradients(lambda x: x**exponent, numbers(2, 3))


@pytest.mark.parametrize(("exponent", "slope"), [(0, 0.0), (1, 1.0), (2, 0.0)])
def test_power_at_zero(exponent, slope):
    x = Tensor([0.0], requires_grad=True)
    (x**exponent).sum().backward()
    assert x.grad == slope


@pytest.mark.parametrize(
    ("a", "b"), [((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((1, 1), (1, 1)), ((0, 3), (3, 2))]
)
def test_gradient_of_matmul(a, b):
    assert_gradients(lambda x, y: x @ y, numbers(*a), numbers(*b))


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: -x,
        lambda x: 3 - x,
        lambda x: 3 / x,
        lambda x: 2 * x + 1,
        lambda x: x.sum(),
        lambda x: x.sum(axis=0),
        lambda x: x.sum(axis=-1, keepdims=True),
        lambda x: x.sum(axis=(0, 2)),
        lambda x: x.mean(),
        lambda x: x.mean(axis=1),
        lambda x: x.mean(axis=(1, 2), keepdims=True),
        lambda x: x.reshape(6, 4),
        lambda x: x.reshape((4, -1)),
        lambda x: x.T,
        lambda x: x[1],
        lambda x: x[:, ::2],
        lambda x: x[[0, 1, 1, 0, 1]],
        lambda x: x[..., 0] * x[0, 0, 0],
    ],
)
def test_gradient_of_one_tensor(operation):
    assert_gradients(operation, numbers(2, 3, 4))


def test_values_are_numpys():
    x = numbers(3, 4)
    for operation in (
        lambda x: 1 - x / 3 + 2 / x,
        lambda x: (x**2).mean(axis=1),
        lambda x: x.sum(axis=0, keepdims=True),
        lambda x: x @ x.T,
        lambda x: x[1:].reshape(-1),
    ):
        assert np.array_equal(operation(Tensor(x)).data, operation(x))


def test_array_on_the_left_leaves_the_work_to_the_tensor():
    x = Tensor(numbers(2, 2), requires_grad=True)
    for result in (x.data + x, x.data - x, x.data * x, x.data / x, x.data @ x):
        assert isinstance(result, Tensor)
        assert result.requires_grad


# ---- dtypes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [2, 2.5, True, np.float64(2), np.float32(2), np.int64(2), np.array(2.0), np.arange(1, 4), [1.5, 2.5, 3.5]]
)
def test_numbers_take_the_tensors_dtype(number):
    for dtype in (np.float32, np.float64):
        x = Tensor(np.ones(3, dtype), requires_grad=True)
        for y in (x + number, number - x, x * number, number / x):
            assert y.dtype == dtype
            y.sum().backward()
            assert x.grad.dtype == dtype


def test_float32_stays_float32_through_everything():
    x = Tensor(np.ones((3, 3), np.float32), requires_grad=True)
    y = ((x @ x).mean(axis=0) ** 2 / 3).reshape(3, 1)[0].T.sum() ** 0.5
    y.backward()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("operation", [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: b / a, lambda a, b: a @ b])
def test_mixing_float32_and_float64_is_refused(operation):
    a, b = Tensor(np.ones((2, 2), np.float32)), np.ones((2, 2))
    with pytest.raises(TypeError, match=r"float(32|64) meets float(64|32).*astype"):
        operation(a, b)


@pytest.mark.parametrize("other", [None, "2", 2j, object()])
def test_what_is_no_number_is_refused(other):
    with pytest.raises(TypeError, match="numbers, arrays and tensors"):
        Tensor([1.0]) + other


@pytest.mark.parametrize("dtype", [np.int64, np.float16, np.complex128, bool, object])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match=r"float32 or float64.*astype"):
        Tensor(np.zeros(2, dtype))


@pytest.mark.parametrize("data", [3, [1, 2], 2.5, [[1.0]]])
def test_python_numbers_become_float64(data):
    assert Tensor(data).dtype == np.float64


# ---- what becomes of gradients -----------------------------------------------------------------------------------


def test_gradients_of_several_calls_add_up():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    (3 * x).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]


def test_only_tensors_made_by_hand_keep_a_gradient():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    loss = (y * y).sum()
    loss.backward()
    assert (y.grad, loss.grad) == (None, None)
    assert x.grad.tolist() == [8.0, 16.0]


def test_an_explicit_gradient_is_used_and_left_alone():
    x = Tensor([1.0, 2.0], requires_grad=True)
    given_gradient = np.array([10.0, 100.0])
    (x + 0).backward(given_gradient)
    x.grad += 1
    assert given_gradient.tolist() == [10.0, 100.0]


@pytest.mark.parametrize(
    "combine",
    [
        lambda x: x + x,
        lambda x: x.reshape(4) + x.reshape(4),
        lambda x: custom_gradient(lambda a, b: (a + b, lambda g: (g, g)))(x, x),
        lambda x: x + record(np.maximum(x.data, 0), (x,), lambda g: x._accumulate(np.multiply(g, x.data > 0, out=g))),
    ],
)
def test_a_gradient_that_goes_two_ways_is_not_shared(combine):
    # One of the two receivers writes into its gradient (+= on arrival, or a backward function that works in place).
    x = Tensor(np.array([1.0, -2.0, 3.0, 4.0]), requires_grad=True)
    (combine(x * 1) * np.arange(1.0, 5)).sum().backward()
    expected = central_difference(lambda a: (combine(Tensor(a)) * np.arange(1.0, 5)).sum().item(), [x.data], 0)
    np.testing.assert_allclose(x.grad, expected, rtol=1e-7)


MEANS = [  # each keeps positive numbers positive and of moderate size, however often it is applied
    lambda a, b: (a + b) / 2,
    lambda a, b: (a * b) ** 0.5,
    lambda a, b: a / (a + b) + 0.5,
    lambda a, b: 2 / (1 / a + 1 / b),
    lambda a, b: (a.mean() + b - b / 2) / 1.5,
]


@given(st.lists(st.tuples(st.sampled_from(MEANS), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12))
@settings(max_examples=60)
def test_gradient_of_random_graphs(program):
    def run(x, y):
        values = [x, y]
        for mean, i, j in program:
            values.append(mean(values[i % len(values)], values[j % len(values)]))
        return (sum(values[2:], x * 0 + y * 0) ** 2).sum()

    assert_gradients(run, numbers(3, seed=1), numbers(3, seed=2))


def test_gradients_land_in_the_storage_of_parameters():
    W = Parameter(np.ones((2, 3)))
    (W * 2).sum().backward()
    first = W.grad
    (W * 3).sum().backward()
    assert W.grad.base is first.base
    assert np.array_equal(W.grad, np.full((2, 3), 5.0))
    W.zero_grad()
    assert W.grad is None
    (W * 3).sum().backward()
    assert np.array_equal(W.grad, np.full((2, 3), 3.0))


# ---- errors ------------------------------------------------------------------------------------------------------


def test_backward_needs_a_single_number():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match=r"shape \(2, 3\).*mean"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"shape of the tensor, \(2, 3\); got \(3,\)"):
        (x * 2).backward(np.ones(3))
    assert x.grad is None


def test_backward_needs_something_to_differentiate():
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        (Tensor([1.0]) * 2).sum().backward()


def test_backward_twice_says_what_to_do():
    x = Tensor([1.0, 2.0], requires_grad=True)
    shared = x * x
    first, second = shared.sum(), shared.mean()
    first.backward()
    for loss in (first, second):
        with pytest.raises(RuntimeError, match="Compute the loss again"):
            loss.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_retained_graph_can_be_walked_again():
    x = Tensor([1.0, -2.0, 3.0], requires_grad=True)
    loss = ((x * x) / 3 + x).sum()
    loss.backward(retain_graph=True)
    once = x.grad.copy()
    loss.backward()
    np.testing.assert_allclose(x.grad, 2 * once, rtol=1e-15)


def test_a_walk_that_failed_leaves_nothing_behind_in_the_graph():
    switch = {"broken": True}

    def share(g):
        if switch["broken"]:
            raise KeyboardInterrupt
        return g

    x = Tensor([1.0], requires_grad=True)
    y = x * 2
    loss = (custom_gradient(lambda a: (a, share))(y) + y).sum()
    with pytest.raises(KeyboardInterrupt):
        loss.backward(retain_graph=True)
    switch["broken"], x.grad = False, None
    loss.backward()
    assert x.grad.tolist() == [4.0]


@pytest.mark.parametrize("exponent", ["2", 2j, None, np.ones(2), Tensor([2.0])])
def test_an_exponent_is_a_plain_number(exponent):
    with pytest.raises(TypeError, match="plain number"):
        Tensor([2.0]) ** exponent


def test_matmul_of_three_axes_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 2, 2\).*reshape"):
        Tensor(np.ones((2, 2, 2))) @ Tensor(np.ones((2, 2)))


# ---- switches ----------------------------------------------------------------------------------------------------


def test_no_grad_records_nothing_and_ends_with_its_block():
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        assert not (x * 2).requires_grad
        with no_grad():
            pass
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(ValueError, match="reshape"), no_grad():
        x.reshape(2)
    assert (x * 2).requires_grad


def test_no_grad_as_a_decorator():
    x = Tensor([1.0], requires_grad=True)
    assert not no_grad()(lambda: x * 2)().requires_grad


def test_no_grad_is_per_thread():
    x, found = Tensor([1.0], requires_grad=True), []
    with no_grad():
        thread = threading.Thread(target=lambda: found.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert found == [True]


def test_stop_gradient():
    x = Tensor([3.0], requires_grad=True)
    (x * stop_gradient(x)).sum().backward()
    assert x.grad.tolist() == [3.0]
    assert not stop_gradient(np.ones(2)).requires_grad


def test_constants_get_no_gradient():
    x, constant = Tensor(numbers(2, 2), requires_grad=True), Tensor(numbers(2, 2))
    for operation in OPERATIONS.values():
        operation(x, constant).sum().backward()
        operation(constant, x).sum().backward()
    (x @ constant + constant @ x).sum().backward()
    assert constant.grad is None


# ---- custom gradients --------------------------------------------------------------------------------------------


def test_custom_gradient_of_several_arguments():
    @custom_gradient
    def product(a, b, c):
        return a * b * c, lambda g: (g * b * c, None, 7 * g)

    a, b, c = (Tensor([n], requires_grad=True) for n in (2.0, 3.0, 5.0))
    result = product(a, b, c).sum()
    result.backward()
    assert (result.item(), a.grad.tolist(), b.grad, c.grad.tolist()) == (30.0, [15.0], None, [7.0])
    assert product.__name__ == "product"


def test_custom_gradient_keeps_the_dtype():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    custom_gradient(lambda a: (a, lambda g: g * np.float64(2)))(x).sum().backward()
    assert x.grad.dtype == np.float32


def test_custom_gradient_that_returns_no_pair():
    with pytest.raises(TypeError, match=r"pair \(value, backward function\)"):
        custom_gradient(lambda a: a)(Tensor([1.0]))


@pytest.mark.parametrize(
    ("gradients_of", "message"),
    [
        (lambda g: (g,), r"\[\(2,\), \(2,\)\]; it returned \[\(2,\)\]"),
        (lambda g: (g, g[:1]), r"it returned \[\(2,\), \(1,\)\]"),
    ],
)
def test_custom_gradient_of_wrong_number_or_shape(gradients_of, message):
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    with pytest.raises(ValueError, match=message):
        custom_gradient(lambda a, b: (a + b, gradients_of))(a, b).sum().backward()


# ---- graphs and memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("walk", [True, False])
def test_a_deep_graph_is_walked_and_freed_without_recursion(walk):
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y + 1
    if walk:
        y.sum().backward()
        assert x.grad.tolist() == [1.0]
    del y


def test_a_graph_of_shared_parts_is_walked_once():
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(60):  # 2 ** 60 paths
        y = y + y
    y.sum().backward()
    assert x.grad == 2.0**60


@pytest.fixture
def no_gc():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_gc")
@pytest.mark.parametrize("walk", [True, False])
def test_a_graph_is_freed_without_the_garbage_collector(walk):
    x = Tensor(numbers(3, 3), requires_grad=True)
    middle = custom_gradient(lambda a: (a.copy(), lambda g: g))((x @ x.T / 2 - x) ** 2)[1:].mean(axis=0)
    loss = middle.reshape(3, 1).sum()
    watched = [weakref.ref(middle), weakref.ref(middle.data), weakref.ref(loss)]
    if walk:
        loss.backward()
    del middle, loss
    assert [ref() for ref in watched] == [None, None, None]


@pytest.mark.usefixtures("no_gc")
def test_backward_releases_arrays_while_the_loss_is_still_there():
    x = Tensor(numbers(3), requires_grad=True)
    middle = x * 2
    loss = (middle * middle).sum()
    watched = weakref.ref(middle)
    del middle
    loss.backward()
    assert watched() is None
    assert loss.item() > 0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_has_the_numbers_but_not_the_history(duplicate):
    x = Tensor([1.0, 2.0], requires_grad=True)
    result = duplicate(x * 2)
    assert (result.data.tolist(), result.requires_grad) == ([2.0, 4.0], False)
    leaf = duplicate(x)
    (leaf * 3).sum().backward()
    assert (leaf.grad.tolist(), x.grad) == ([3.0, 3.0], None)


def test_as_a_value():
    x = Tensor(np.float32([[1, 2]]), requires_grad=True)
    assert (x.shape, x.ndim, x.size, x.dtype) == ((1, 2), 2, 2, np.float32)
    assert float(Tensor(2.5)) == Tensor([2.5]).item() == 2.5
    assert np.asarray(x) is x.data
    assert repr(x) == "Tensor([[1., 2.]], float32, requires_grad=True)"
    assert len(repr(Tensor(np.ones((1000, 1000))))) < 200
