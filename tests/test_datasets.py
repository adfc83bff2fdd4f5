"""The digits inside the package, all of MNIST where it lies, and mini-batches."""

import os
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim import datasets


@pytest.fixture(scope="module")
def digits():
    return datasets.digits()


def test_shapes_dtypes_and_range(digits):
    assert [(a.shape, a.dtype) for a in digits] == [
        ((6000, 784), np.float32),
        ((6000,), np.int64),
        ((1000, 784), np.float32),
        ((1000,), np.int64),
    ]
    for images in (digits.train_x, digits.test_x):
        assert (images.min(), images.max()) == (0.0, 1.0)
        assert np.array_equal(np.round(images * 255) / np.float32(255), images)


def test_classes_are_balanced_and_mixed(digits):
    assert np.bincount(digits.train_y).tolist() == [600] * 10
    assert np.bincount(digits.test_y).tolist() == [100] * 10
    # Whoever does not shuffle still meets every digit in every batch of 100.
    assert all(len(set(digits.train_y[i : i + 100])) == 10 for i in range(0, 6000, 100))


def test_no_image_comes_twice(digits):
    images = {image.tobytes() for image in (*digits.train_x, *digits.test_x)}
    assert len(images) == 7000


def test_labels_belong_to_images(digits):
    """The nearest class mean knows four of five digits; with labels out of step it would know one of ten."""
    means = np.stack([digits.train_x[digits.train_y == digit].mean(axis=0) for digit in range(10)])
    distances = ((digits.test_x[:, None] - means) ** 2).sum(axis=2)
    assert np.mean(distances.argmin(axis=1) == digits.test_y) > 0.78


def test_nobody_can_spoil_the_arrays_of_others(digits):
    for array in digits:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert datasets.digits() is digits


def test_float64(digits):
    exact = datasets.digits(np.float64)
    assert exact.train_x.dtype == np.float64
    np.testing.assert_allclose(exact.test_x, digits.test_x, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float16, np.uint8, int])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match=r"np.float32 or np.float64"):
        datasets.digits(dtype)


def test_repr_is_short(digits):
    assert len(repr(digits)) < 150


def test_file_is_small_and_its_licence_is_beside_it():
    folder = resources.files("edu_optim") / "data"
    assert len((folder / "digits.npz").read_bytes()) < 1_300_000
    notice = (folder / "digits.LICENSE.md").read_text()
    assert all(word in notice for word in ("LeCun", "Cortes", "creativecommons.org/licenses/by-sa/3.0", "6,000"))


def test_scaled_takes_bytes_alone():
    image = np.arange(256, dtype=np.uint8)
    assert np.array_equal(datasets.scaled(image), image / np.float32(255))
    assert datasets.scaled(image, np.float64)[51] == 0.2
    with pytest.raises(TypeError, match="got float32"):
        datasets.scaled(datasets.scaled(image))
    with pytest.raises(TypeError, match=r"np.float32 or np.float64; got <class 'int'>"):
        datasets.scaled(image, int)


# ---- all of MNIST ------------------------------------------------------------------------------------------------

with_mnist = pytest.mark.skipif(not os.environ.get("EDU_OPTIM_DATA"), reason="EDU_OPTIM_DATA names no folder")


@with_mnist
def test_mnist_is_what_everybody_has_measured():
    data = datasets.mnist(np.uint8)
    assert [a.shape for a in data] == [(60000, 784), (60000,), (10000, 784), (10000,)]
    assert round(data.train_x.mean() / 255, 4) == 0.1307
    assert np.bincount(data.train_y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.test_y)[:3].tolist() == [980, 1135, 1032]


@with_mnist
def test_digits_were_drawn_from_mnist(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "tools"))
    import make_digits

    monkeypatch.delitem(sys.modules, "make_digits")
    drawn = make_digits.subset(os.environ["EDU_OPTIM_DATA"])
    with np.load(make_digits.TARGET) as stored:
        assert all(np.array_equal(stored[name], array) for name, array in drawn.items())


# ---- mini-batches ------------------------------------------------------------------------------------------------


@given(n=st.integers(1, 30), batch_size=st.integers(1, 35), seed=st.integers(0, 5), epoch=st.integers(0, 5))
@settings(max_examples=50)
def test_every_example_comes_once_with_its_label(n, batch_size, seed, epoch):
    x, y = np.arange(n)[:, None] * 10, np.arange(n)
    batches = list(datasets.minibatches(x, y, batch_size, seed=seed, epoch=epoch))
    assert [len(batch) for batch, _ in batches[:-1]] == [batch_size] * (len(batches) - 1)
    assert all(np.array_equal(batch_x[:, 0], batch_y * 10) for batch_x, batch_y in batches)
    assert sorted(np.concatenate([batch_y for _, batch_y in batches])) == list(range(n))


def order(seed, epoch):
    return [int(y[0]) for _, y in datasets.minibatches(np.zeros(50), np.arange(50), 1, seed=seed, epoch=epoch)]


def test_order_belongs_to_seed_and_epoch():
    assert order(0, 3) == order(0, 3)
    assert len({tuple(order(seed, epoch)) for seed in range(4) for epoch in range(4)}) == 16


def test_batches_are_copies():
    x, y = np.zeros((4, 2)), np.zeros(4)
    for batch_x, _ in datasets.minibatches(x, y, 4, seed=0, epoch=0):
        batch_x += 1
    assert not x.any()


@pytest.mark.parametrize(
    ("lengths", "batch_size", "error", "message"),
    [
        ((3, 4), 2, ValueError, "got 3 and 4 rows"),
        ((0, 0), 2, ValueError, "at least one"),
        ((3, 3), 0, ValueError, "at least 1; got 0"),
        ((3, 3), 2.0, TypeError, "whole number"),
    ],
)
def test_what_is_refused_is_refused_before_the_first_batch(lengths, batch_size, error, message):
    with pytest.raises(error, match=message):
        datasets.minibatches(np.zeros(lengths[0]), np.zeros(lengths[1]), batch_size, seed=0, epoch=0)
    with pytest.raises(ValueError, match="step must be at least 0"):
        datasets.minibatches(np.zeros(3), np.zeros(3), 2, seed=0, epoch=-1)
