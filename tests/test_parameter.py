"""`Parameter`: what it accepts, what it refuses, and who shares memory with whom."""

import copy
import itertools
import pickle

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.parameter import LINE, lay_out

FLOATS = [np.float32, np.float64]


def laid_out(*arrays):
    params = [eo.Parameter(a) for a in arrays]
    eo.SGD(params)
    return params


@pytest.mark.parametrize("array", [
    np.float64(3), np.array(2.0), [1.0, 2.0], [[1.0], [2.0]], np.ones((2, 1, 3), np.float32), np.ones((3, 2)).T, 0.5,
    np.arange(10.0)[::3], eo.Tensor([1.0, 2.0])])
def test_takes_floats_of_any_shape(array):
    p = eo.Parameter(array)
    wanted = np.asarray(getattr(array, "data", array) if isinstance(array, eo.Tensor) else array)
    assert (p.shape, p.dtype) == (wanted.shape, wanted.dtype)
    assert np.array_equal(p.data, wanted)
    assert p.grad is None


def test_an_array_is_copied():
    a = np.ones(3)
    p = eo.Parameter(a)
    a[0] = 7
    assert np.array_equal(p.data, [1, 1, 1])
    assert not np.shares_memory(p.data, a)


READ_ONLY = np.ones(3)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(("array", "error", "says"), [
    (np.arange(3), TypeError, r"int64.*float32 and float64.*array\.astype\(np\.float32\)"),
    (np.ones(3, np.float16), TypeError, r"float16.*float32 and float64.*astype"),
    (np.ones(3, ">f8"), TypeError, r">f8.*float32 and float64.*astype"),
    (np.ones(3, bool), TypeError, r"bool.*float32 and float64.*astype"),
    (np.ones(3, complex), TypeError, r"complex128.*pass real numbers"),
    (np.array([1.0, None]), TypeError, r"object.*pass real numbers"),
    (np.array(["1.0"]), TypeError, r"pass real numbers"),
    ("1.0", TypeError, r"pass real numbers"),
    (None, TypeError, r"pass real numbers"),
    (3, TypeError, r"int64.*pass a float: 3\.0"),
    ([1, 2], TypeError, r"int64.*astype"),
    (READ_ONLY, ValueError, r"read-only.*array\.copy\(\)"),
    (np.broadcast_to(1.0, 3), ValueError, r"read-only.*array\.copy\(\)"),
    (np.ones((3, 0)), ValueError, r"\(3, 0\).*nothing to train"),
    ([], ValueError, r"nothing to train"),
])
def test_refuses(array, error, says):
    with pytest.raises(error, match=says):
        eo.Parameter(array)


def test_a_name_is_a_text():
    with pytest.raises(TypeError, match=r"name = 3 is not a text: name='W'"):
        eo.Parameter([1.0], name=3)


# ---- assigning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("laid", [False, True])
def test_assigning_copies_into_the_same_memory(laid):
    p = eo.Parameter(np.ones((2, 3)))
    if laid:
        eo.SGD([p])
    data, source = p.data, np.arange(6.0).reshape(2, 3)
    p.data = source
    assert p.data is data
    p.grad = source
    grad = p.grad
    source[:] = -1
    assert np.array_equal(data, [[0, 1, 2], [3, 4, 5]])
    assert np.array_equal(grad, data)
    p.grad = None
    assert p.grad is None
    assert np.array_equal(grad, data)  # a flag is cleared, not memory
    p.grad = np.ones((2, 3))
    assert p.grad is grad


def test_numbers_and_lists_take_the_dtype_they_meet():
    p, q = eo.Parameter(np.ones(2, np.float32)), eo.Parameter(np.ones((), np.float32))
    p.data, q.data, p.grad = [1, 2.5], 3, (0, 1)
    assert (p.dtype, q.dtype, p.grad.dtype) == (np.float32,) * 3
    assert np.array_equal(p.data, [1, 2.5])


def test_overlapping_assignment():
    p = eo.Parameter(np.arange(4.0))
    p.data = p.data[::-1]
    assert np.array_equal(p.data, [3, 2, 1, 0])
    p.grad = p.data
    p.grad = p.grad[::-1]
    assert np.array_equal(p.grad, [0, 1, 2, 3])


def test_the_dtype_may_change_until_setup():
    p = eo.Parameter(np.ones(3, np.float32))
    p.grad = np.ones(3, np.float32)
    p.data = np.arange(3.0)
    assert p.dtype == np.float64
    assert p.grad is None
    eo.SGD([p])
    with pytest.raises(TypeError, match=r"p0\.data: the new values are float32, the parameter float64.*float64\)"):
        p.data = np.ones(3, np.float32)


@pytest.mark.parametrize("what", ["data", "grad"])
@pytest.mark.parametrize(("value", "error", "says"), [
    (np.ones(2), ValueError, r"shape \(2,\), the parameter \(3,\): reshape"),
    (1.0, ValueError, r"shape \(\), the parameter \(3,\)"),
    (np.ones((3, 1)), ValueError, r"shape \(3, 1\)"),
    ([[1.0], [1.0, 2.0]], ValueError, "no array"),
    (np.ones(3, np.float16), TypeError, r"float16, the parameter float64: assign (data|grad)\.astype\(np\.float64\)"),
    (np.arange(3), TypeError, r"int64.*astype\(np\.float64\)"),
    (np.ones(3, complex), TypeError, r"complex128, the parameter float64: assign real numbers"),
    (np.ones(3, bool), TypeError, r"bool.*astype"),
    (np.array([1.0, None, 2.0]), TypeError, "object.*real numbers"),
    (["a", "b", "c"], TypeError, "real numbers"),
])
def test_refuses_values_that_do_not_fit(what, value, error, says):
    p, q = laid_out(np.arange(3.0), np.arange(3.0))
    p.grad = q.grad = np.ones(3)
    before = p._storage.data.tobytes(), p._storage.grad.tobytes(), p._storage.has_grad.tobytes()
    with pytest.raises(error, match=rf"(?s)p0\.{what}: .*{says}"):
        setattr(p, what, value)
    assert before == (p._storage.data.tobytes(), p._storage.grad.tobytes(), p._storage.has_grad.tobytes())


def test_a_gradient_of_the_other_float_is_refused_before_setup_too():
    p = eo.Parameter(np.ones(3))
    with pytest.raises(TypeError, match=r"parameter\.grad.*float32, the parameter float64"):
        p.grad = np.ones(3, np.float32)
    with pytest.raises(ValueError, match="shape"):
        p.data = None


# ---- storage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATS)
def test_parameters_lie_side_by_side_on_cache_lines(dtype):
    params = laid_out(*(np.arange(n, dtype=dtype) for n in (3, 17, 1, 16)))
    assert len({id(p._storage) for p in params}) == 1
    ends = []
    for n, p in zip((3, 17, 1, 16), params, strict=True):
        assert np.array_equal(p.data, np.arange(n))
        for array in (p.data, p._grad):
            assert array.ctypes.data % LINE == 0
        ends.append((p.data.ctypes.data, p.data.ctypes.data + p.data.nbytes))
    assert all(0 <= begin - end < LINE for (_, end), (begin, _) in itertools.pairwise(ends))


def test_one_storage_for_each_dtype_laid_out_once():
    p, q = eo.Parameter(np.ones(2)), eo.Parameter(np.ones(2, np.float32))
    lay_out([p, q])
    places = p._storage, q._storage
    assert places[0] is not places[1]
    r = eo.Parameter(np.ones(2))
    lay_out([p, q, r])
    assert (p._storage, q._storage) == places
    assert r._storage not in places


def test_laying_out_keeps_gradients_and_the_lack_of_them():
    p, q = eo.Parameter(np.ones(2)), eo.Parameter(np.ones(2))
    p.grad = [0.5, -0.0]
    eo.SGD([q, p])
    assert q.grad is None
    assert p.grad.tobytes() == np.array([0.5, -0.0]).tobytes()


# ---- copies ------------------------------------------------------------------------------------------------------


def through_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


def through_buffers(thing):
    """As processes send arrays to each other: the received memory is read-only."""
    buffers = []
    data = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(data, buffers=[bytes(b) for b in buffers])


COPIES = [copy.copy, copy.deepcopy, through_pickle, through_buffers]


@pytest.mark.parametrize("copied", COPIES)
def test_copies_are_free(copied):
    p, _ = laid_out(np.arange(3.0), np.ones(2))
    p.grad = np.array([1.0, 0.0, -1.0])
    p.requires_grad = False
    p.note = "mine"
    twin = copied(p)
    assert np.array_equal(twin.data, p.data)
    assert np.array_equal(twin.grad, p.grad)
    assert (twin.laid, bool(twin.update_rule), twin.requires_grad, twin.note) == (False, False, False, "mine")
    for a in (twin.data, twin._grad):
        assert a.flags.writeable
        for b in (p._storage.data, p._storage.grad):
            assert not np.shares_memory(a, b)


def test_a_pickle_holds_one_parameter_only():
    p, _ = laid_out(np.ones(2), np.ones(100_000))
    assert len(pickle.dumps(p)) < 1000


class Scaled(eo.Parameter):
    def __init__(self, array, factor):
        super().__init__(array, name="scaled")
        self.factor = factor


@pytest.mark.parametrize("copied", COPIES)
def test_copies_of_a_subclass(copied):
    p = copied(Scaled([1.0], 3))
    assert (type(p), p.factor, p.name) == (Scaled, 3, "scaled")


def test_tied_parameters_stay_tied_in_a_copy():
    p = eo.Parameter([1.0])
    for copied in (copy.deepcopy, through_pickle):
        a, b = copied([p, p])
        assert a is b


def test_names():
    p, q = eo.Parameter([1.0], name="mine"), eo.Parameter([1.0])
    assert (p.name, q.name) == ("mine", None)
    optimizer = eo.SGD([p, q])
    assert (p.name, q.name) == ("mine", "p1")
    eo.Adam([q])
    assert q.name == "p0"
    assert [u.name for u in optimizer.update_rules] == ["mine", "p1"]
    assert copy.deepcopy(q).name is None
