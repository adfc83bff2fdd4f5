"""Keyed random numbers: what they depend on, and what they do not."""

import itertools
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.rng import generator

KEYS = st.tuples(st.integers(0, 2**70), st.text(min_size=1), st.integers(0, 2**70))


def draw(*key):
    return generator(*key).integers(0, 2**63, 4).tolist()


@given(KEYS, KEYS)
@settings(max_examples=100)
def test_equal_keys_give_equal_numbers_and_others_do_not(first, second):
    assert draw(*first) == draw(*first)
    assert (draw(*first) == draw(*second)) == (first == second)


def test_no_two_of_many_neighbouring_keys_agree():
    keys = list(itertools.product(range(12), ("a", "b", "1", "1:a", ":"), range(12)))
    assert len({tuple(draw(*key)) for key in keys}) == len(keys)


def test_numbers_do_not_depend_on_what_was_drawn_before():
    expected = draw(1, "weights")
    generator(1, "weights").random(1000)
    np.random.default_rng(0).random(10)
    assert draw(1, "weights") == expected


def test_known_numbers():
    """Whoever changes these changes every result of every lesson."""
    assert generator(0, "test", 1).integers(0, 1000, 6).tolist() == [791, 565, 169, 742, 379, 249]
    assert generator(0, "test").permutation(8).tolist() == [0, 4, 3, 2, 5, 1, 7, 6]
    assert generator(2**64, "test").random() == 0.3224411764534415
    assert generator(7, "test").uniform(-1, 1) == -0.08817668260390343


def test_another_process_draws_the_same():
    code = "from edu_optim.rng import generator; print(generator(5, 'weights', 2).integers(0, 2**63, 4).tolist())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == str(draw(5, "weights", 2))


def test_numbers_of_neighbouring_steps_are_uncorrelated():
    rows = np.array([generator(0, "dropout", step).standard_normal(2000) for step in range(50)])
    correlation = np.corrcoef(rows)[np.triu_indices(50, 1)]
    # Chance has a standard deviation of 1 / sqrt(2000) for each of 1,225 pairs, and does not reach six of them.
    assert np.abs(correlation).max() < 6 / np.sqrt(2000)


def test_numpys_integers_are_welcome():
    assert draw(np.int64(3), "a", np.uint8(2)) == draw(3, "a", 2)


@pytest.mark.parametrize("number", [-1, 1.0, "1", None, True, np.float64(1), np.bool_(True)])
@pytest.mark.parametrize("name", ["seed", "step"])
def test_numbers_that_are_refused(name, number):
    key = {"seed": 0, "purpose": "test", name: number}
    with pytest.raises((TypeError, ValueError), match=f"{name} must be .*at least 0"):
        generator(**key)


@pytest.mark.parametrize("purpose", ["", 3, None, b"shuffle"])
def test_purposes_that_are_refused(purpose):
    with pytest.raises(TypeError, match="purpose must be a text"):
        generator(0, purpose)


def test_a_generator_costs_little():
    times = []
    for step in range(300):
        start = time.perf_counter()
        generator(0, "dropout", step)
        times.append(time.perf_counter() - start)
    assert np.median(times) < 100e-6  # some 7 on a quiet core
