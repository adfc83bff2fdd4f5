"""Functions and losses: gradients against central differences, extreme values, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_autodiff import assert_gradients, numbers

from edu_optim import functions as F
from edu_optim.autodiff import Tensor, no_grad
from edu_optim.parameter import Parameter
from edu_optim.rng import generator

# Of both signs, none near the kink of relu.
X = np.array([[0.3, -1.2, 2.0], [-0.4, 0.7, -3.0]])

SMOOTH = {
    "relu": F.relu,
    "tanh": F.tanh,
    "sigmoid": F.sigmoid,
    "exp": F.exp,
    "square": F.square,
    "sum": lambda x: F.sum(x, axis=0),
    "mean": lambda x: F.mean(x, axis=1, keepdims=True),
    "dropout": lambda x: F.dropout(x, 0.4, generator(0, "test")),
    "softmax cross entropy": lambda x: F.softmax_cross_entropy(x, [2, 0]),
    "sigmoid cross entropy": lambda x: F.sigmoid_cross_entropy(x, [[0, 1, 1], [0, 0, 1]]),
    "sigmoid cross entropy of probabilities": lambda x: F.sigmoid_cross_entropy(x, np.full((2, 3), 0.3)),
    "mean squared error": lambda x: F.mean_squared_error(x, numbers(2, 3)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradient(name):
    assert_gradients(SMOOTH[name], X)
    # A gradient also passes through what stands before and behind.
    assert_gradients(lambda x: SMOOTH[name](x * 0.5 - 0.05) ** 2 * 3, X)


def test_gradient_of_log():
    assert_gradients(F.log, np.abs(X))


def test_gradient_of_mean_squared_error_with_respect_to_both():
    assert_gradients(F.mean_squared_error, X, numbers(2, 3))


@pytest.mark.parametrize("bias", [True, False])
def test_gradient_of_linear(bias):
    assert_gradients(F.linear, X, numbers(4, 3), *([numbers(4)] if bias else []))


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(name, dtype):
    x = Tensor(X.astype(dtype), requires_grad=True)
    function = (lambda x: F.mean_squared_error(x, X.astype(dtype))) if name == "mean squared error" else SMOOTH[name]
    y = function(x)
    y.backward(np.ones(y.shape))
    assert (y.dtype, x.grad.dtype) == (dtype, dtype)


def test_a_network_in_float32_agrees_with_float64():
    gradients = []
    for dtype in (np.float32, np.float64):
        W, b = (Tensor(a.astype(dtype), requires_grad=True) for a in (numbers(5, 3), numbers(5)))
        F.softmax_cross_entropy(F.tanh(F.linear(X.astype(dtype), W, b)), [4, 1]).backward()
        gradients.append(np.concatenate([W.grad.ravel(), b.grad]))
    np.testing.assert_allclose(*gradients, atol=1e-6)


# ---- linear ------------------------------------------------------------------------------------------------------


def test_linear_writes_into_the_storage_and_skips_the_input():
    W, b = Parameter(numbers(4, 3)), Parameter(numbers(4))
    x = Tensor(X)
    F.linear(x, W, b).sum().backward()
    assert np.array_equal(W.grad, np.ones((4, 2)) @ X)
    assert np.array_equal(b.grad, np.full(4, 2.0))
    assert x.grad is None


@pytest.mark.parametrize(
    ("x", "W", "b", "message"),
    [
        ((3,), (4, 3), None, r"x \(3,\) .*reshape\(1, -1\)"),
        ((2, 28, 28), (4, 784), None, r"x \(2, 28, 28\)"),
        ((2, 3), (3, 4), None, r"x \(2, 3\) and W \(3, 4\)"),
        ((2, 3), (4, 3), (3,), r"b of shape \(4,\).*got \(3,\)"),
        ((2, 3), (4, 3), (1,), r"b of shape \(4,\)"),
    ],
)
def test_linear_of_shapes_that_do_not_fit(x, W, b, message):
    with pytest.raises(ValueError, match=message):
        F.linear(np.ones(x), np.ones(W), None if b is None else np.ones(b))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_linear_of_mixed_dtypes(which):
    arrays = [np.ones((2, 3)), np.ones((4, 3)), np.ones(4)]
    arrays[which] = arrays[which].astype(np.float32)
    with pytest.raises(TypeError, match="astype"):
        F.linear(*arrays)


# ---- extreme values ----------------------------------------------------------------------------------------------


def test_relu_at_zero_has_slope_zero():
    x = Tensor([0.0, -0.0, 1.0], requires_grad=True)
    F.relu(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_and_sigmoid_of_huge_numbers(dtype):
    huge = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for loss, expected in (
            (lambda x: F.softmax_cross_entropy(x, [0, 0]), [[0, 0], [-0.5, 0.5]]),
            (lambda x: F.sigmoid_cross_entropy(x, [[1, 0], [1, 1]]), [[0, 0], [-0.25, 0]]),
        ):
            x = Tensor(huge, requires_grad=True)
            value = loss(x)
            value.backward()
            assert value.item() == {-0.5: 1e4, -0.25: 2.5e3}[min(map(min, expected))]
            np.testing.assert_array_equal(x.grad, expected)
        assert F.sigmoid(huge).data.tolist() == [[1, 0], [0, 1]]
        # Below the range of exp(-x), and still not 0.
        assert F.sigmoid(np.array([-80.0], dtype)).item() == pytest.approx(np.exp(-80.0), rel=1e-6)


@given(
    rows=st.lists(st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=1, max_size=4),
    shift=st.floats(-1000, 1000),
)
@settings(max_examples=50)
def test_softmax_cross_entropy_does_not_see_a_shift_and_has_gradient_sum_zero(rows, shift):
    x, t = np.array(rows), np.arange(len(rows)) % 3
    logits = Tensor(x, requires_grad=True)
    loss = F.softmax_cross_entropy(logits, t)
    loss.backward()
    assert loss.item() >= 0
    assert F.softmax_cross_entropy(x + shift, t).item() == pytest.approx(loss.item(), abs=1e-9)
    np.testing.assert_allclose(logits.grad.sum(axis=1), 0, atol=1e-12)


def test_each_row_is_kept_from_overflow_by_its_own_greatest_score():
    rows = np.array([[1000.0, 999.0], [-1000.0, -999.0]])
    expected = np.mean([np.log1p(np.exp(-1)), np.log1p(np.exp(1))])
    assert F.softmax_cross_entropy(rows, [0, 0]).item() == pytest.approx(expected, rel=1e-12)


def test_softmax_cross_entropy_of_equal_scores_is_log_k():
    assert F.softmax_cross_entropy(np.zeros((5, 10)), np.arange(5)).item() == pytest.approx(np.log(10))


def test_two_classes_are_one_sigmoid():
    x = np.linspace(-5, 5, 11)
    t = np.arange(11) % 2
    two = F.softmax_cross_entropy(np.stack([np.zeros(11), x], axis=1), t)
    assert two.item() == pytest.approx(F.sigmoid_cross_entropy(x, t).item(), rel=1e-12)


def test_sigmoid_cross_entropy_is_a_mean_over_every_number():
    assert F.sigmoid_cross_entropy(np.zeros((3, 7)), np.ones((3, 7), int)).item() == pytest.approx(np.log(2))


# ---- labels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [F.softmax_cross_entropy, F.accuracy])
@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.array([0, 3]), ValueError, r"from 0 to 2.*from 0 to 3"),
        (np.array([-1, 2]), ValueError, r"from 0 to 2.*from -1 to 2"),
        (np.array([0.0, 1.0]), TypeError, r"float64.*astype\(np.int64\)"),
        (np.array([True, False]), TypeError, "bool"),
        (np.array([0, 1, 2]), ValueError, r"shape \(2,\).*got \(3,\)"),
        (np.array([[0], [1]]), ValueError, r"got \(2, 1\)"),
        (np.eye(3, dtype=int)[:2], ValueError, r"argmax\(axis=1\)"),
    ],
)
def test_labels_that_are_refused(function, labels, error, message):
    with pytest.raises(error, match=message):
        function(X, labels)


@pytest.mark.parametrize("shape", [(3,), (0, 3), (3, 0), (2, 2, 2)])
def test_scores_that_are_refused(shape):
    for function in (F.softmax_cross_entropy, F.accuracy):
        with pytest.raises(ValueError, match=r"shape \(n, k\)"):
            function(np.ones(shape), np.zeros(shape[:1], int))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_of_any_whole_dtype(dtype):
    x = Tensor(X, requires_grad=True)
    F.softmax_cross_entropy(x, np.array([2, 1], dtype)).backward()
    assert x.grad[0, 2] < 0 < x.grad[0, 0]


@pytest.mark.parametrize("targets", [np.full((2, 3), -1), np.full((2, 3), 1.5), np.full((2, 3), np.nan), np.ones(3)])
def test_targets_that_sigmoid_cross_entropy_refuses(targets):
    with pytest.raises(ValueError, match="targets"):
        F.sigmoid_cross_entropy(X, targets)


def test_mean_squared_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 1\).*reshape"):
        F.mean_squared_error(X, X[:, :1])


def test_accuracy():
    assert F.accuracy(X, [2, 1]) == 1.0
    assert F.accuracy(Tensor(X), [2, 0]) == 0.5
    assert F.accuracy(np.zeros((2, 3)), [0, 1]) == 0.5


# ---- dropout -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.25, 0.1, 0.001, 0.9999])
def test_dropout_loses_the_ratio_and_keeps_the_mean(ratio):
    x = np.ones((1000, 1001), np.float32)
    y = F.dropout(x, ratio, generator(0, "dropout")).data
    assert set(np.unique(y).tolist()) == {0.0, np.float32(1 / (1 - ratio))}
    # Five standard deviations of a share of a million.
    assert abs((y == 0).mean() - ratio) < 5 * np.sqrt(ratio * (1 - ratio) / y.size)


def test_dropout_that_leaves_the_others_as_they_are():
    x = Tensor(X, requires_grad=True)
    y, inverted = (F.dropout(x, 0.4, generator(0, "dropout"), inverted=i) for i in (False, True))
    assert set(y.data.ravel()) == {0.0} | set(X[inverted.data != 0])
    y.sum().backward()
    assert np.array_equal(x.grad, y.data != 0)


def test_dropout_of_a_single_number():
    assert F.dropout(np.float64(3.0), 0.5, generator(0, "dropout", 1)).shape == ()


def test_dropout_is_the_same_for_the_same_key_in_either_dtype():
    masks = [F.dropout(np.ones((20, 20), dtype), 0.5, generator(3, "dropout", 7)).data for dtype in (np.float32, float)]
    assert np.array_equal(*masks)
    assert not np.array_equal(masks[0], F.dropout(np.ones((20, 20)), 0.5, generator(3, "dropout", 8)).data)


def test_dropout_of_nothing_is_the_identity():
    assert np.array_equal(F.dropout(X, 0, generator(0, "dropout")).data, X)


@pytest.mark.parametrize("ratio", [1, -0.1, 1.5, np.nan])
def test_dropout_ratio_is_checked(ratio):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        F.dropout(X, ratio, generator(0, "dropout"))


@pytest.mark.parametrize("rng", [0, None, np.random])
def test_dropout_needs_a_generator(rng):
    with pytest.raises(TypeError, match=r"rng\.generator"):
        F.dropout(X, 0.5, rng)


# ---- inputs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMOOTH)
def test_inputs_and_values_are_left_alone(name):
    """Backward functions work in place on the gradient, and on nothing else."""
    x = Tensor(X.copy(), requires_grad=True)
    y = SMOOTH[name](x)
    before = y.data.copy()
    gradient = np.ones(y.shape)
    y.backward(gradient)
    assert np.array_equal(x.data, X)
    assert np.array_equal(y.data, before)
    assert np.all(gradient == 1)


@pytest.mark.parametrize("name", SMOOTH)
def test_a_retained_graph_gives_the_same_gradient_again(name):
    x = Tensor(X, requires_grad=True)
    loss = SMOOTH[name](x).sum()
    loss.backward(retain_graph=True)
    once, x.grad = x.grad.copy(), None
    loss.backward()
    assert np.array_equal(x.grad, once)


def test_nothing_is_recorded_inside_no_grad():
    W = Parameter(numbers(4, 3))
    with no_grad():
        assert not F.softmax_cross_entropy(F.relu(F.linear(X, W)), [0, 1]).requires_grad
