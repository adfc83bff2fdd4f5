"""Statistics against SciPy, against counting every case, and against the truth of made-up races."""

from itertools import chain, combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from edu_optim.race import ranking, statistics

SIZES = st.integers(2, 8)
numbers = st.integers(-50, 50).map(lambda n: n / 64)  # sums are exact, so that ties are ties


def rows(shape):
    return arrays(np.float64, shape, elements=numbers)


# Intervals


def test_an_interval_holds_the_truth_as_often_as_it_says():
    truth = 0.3
    races = np.random.default_rng(1).normal(truth, 1.0, size=(10, 1000))
    _, low, high = statistics.interval(races, axis=0, draws=4000)
    assert 0.92 < np.mean((low <= truth) & (truth <= high)) < 0.96
    _, low, high = statistics.interval(races, axis=0, level=0.5, draws=4000)
    assert 0.46 < np.mean((low <= truth) & (truth <= high)) < 0.54


def test_an_interval_is_the_percentiles_of_scipys_bootstrap_taken_further_out():
    values = np.random.default_rng(2).normal(size=30) ** 2
    outer = stats.norm.cdf(np.sqrt(30 / 29) * stats.t.ppf(0.025, 29))
    theirs = stats.bootstrap((values,), np.mean, confidence_level=1 - 2 * outer, method="percentile",
                             n_resamples=40_000, rng=np.random.default_rng(3)).confidence_interval
    np.testing.assert_allclose(statistics.interval(values, draws=40_000)[1:], theirs, atol=0.02)


@given(SIZES.flatmap(lambda n: rows((n, 3))), st.integers(-3, 3), st.sampled_from([0.5, 1, 4]))
def test_units_do_not_matter(values, zero, unit):
    ours = statistics.interval(values, axis=0, draws=100)
    theirs = statistics.interval(zero + unit * values, axis=0, draws=100)
    np.testing.assert_allclose(theirs, zero + unit * np.array(ours), atol=1e-12)


def test_seeds_that_agree_leave_no_width_and_a_missing_one_leaves_nothing():
    mean, low, high = statistics.interval(np.full((5, 2), 0.9312), axis=0)
    np.testing.assert_allclose([low, high], [mean, mean], rtol=1e-15)
    mean, low, high = statistics.interval([[0.9, np.inf], [0.8, 0.7]], axis=0)
    np.testing.assert_array_equal(np.isnan([mean, low, high]), [[False, True]] * 3)
    mean, low, high = statistics.interval([0.9])
    assert mean == 0.9
    assert np.isnan(low) and np.isnan(high)


def test_intervals_are_paired():
    """Entries that differ by the same in all seeds have means that do so in all resamples."""
    a = np.random.default_rng(0).normal(size=(20,))
    low = statistics.interval(np.stack([a, a + 1])).low
    assert low[1] - low[0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("values", "level", "message"), [([], 0.95, "no seed"), ([1, 2], 95, "write 0.95")])
def test_an_interval_that_cannot_be(values, level, message):
    with pytest.raises(ValueError, match=message):
        statistics.interval(values, level=level)


# Tests of pairs


def flips(n):
    return np.array(list(product([1, -1], repeat=n)))


@given(SIZES.flatmap(rows))
def test_the_sign_test_counts_all_ways_a_coin_can_fall(differences):
    wins, losses, ties, p = statistics.sign_test(differences)
    assert (wins, losses, ties) == tuple(np.sum(np.sign(differences) == sign) for sign in (1, -1, 0))
    n = wins + losses
    if n:
        heads = (flips(n) > 0).sum(axis=1)
        # Two-sided: at least as far from half as what came.
        assert p == pytest.approx(np.mean(np.abs(heads - n / 2) >= abs(wins - n / 2)))
    else:
        assert p == 1.0


@given(SIZES.flatmap(rows))
def test_the_flip_test_takes_every_flip_of_few_seeds(differences):
    means = flips(len(differences)) @ differences
    assert statistics.flip_test(differences) == np.mean(np.abs(means) >= abs(differences.sum()))


def test_every_flip_is_counted_as_by_scipy():
    differences = np.random.default_rng(4).normal(0.4, 1.0, size=16)
    theirs = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert statistics.flip_test(differences) == pytest.approx(theirs)


def test_drawn_flips_come_near_all_of_them(monkeypatch):
    differences = np.random.default_rng(4).normal(0.2, 1.0, size=30)
    every = statistics.flip_test(differences)
    monkeypatch.setattr(statistics, "_COUNTED", 29)
    assert statistics.flip_test(differences) == pytest.approx(every, abs=4 * np.sqrt(every / 10_000))


@pytest.mark.parametrize(("seeds", "least"), [(30, 2 / 2**30), (41, 1 / 10_001)])
def test_no_other_flip_of_many_clear_seeds_is_as_far(seeds, least):
    assert statistics.flip_test(np.full(seeds, 0.01)) == least


@pytest.mark.parametrize("pairs", [1, 3, 15, 21])
def test_fewer_seeds_settle_no_pair_even_if_one_entry_always_wins(pairs):
    fewest = statistics.fewest_seeds(pairs)
    least = [pairs * statistics.flip_test(np.full(seeds, 0.1)) for seeds in (fewest - 1, fewest)]
    assert least[0] >= 0.05 > least[1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_rejects_what_every_group_of_hypotheses_it_is_in_rejects(p):
    """The closure of Bonferroni's test, of which Holm's is the shortcut."""
    groups = chain.from_iterable(combinations(range(len(p)), size) for size in range(1, len(p) + 1))
    worst = [0.0] * len(p)
    for group in groups:
        bonferroni = min(1.0, len(group) * min(p[i] for i in group))
        for i in group:
            worst[i] = max(worst[i], bonferroni)
    np.testing.assert_allclose(statistics.holm(p), worst)


def test_pairs_begin_with_the_best_and_are_corrected_together():
    values = np.random.default_rng(5).normal([[0.90], [0.93], [0.91]], 0.01, size=(3, 12))
    pairs = statistics.pairs(values, ["a", "b", "c"])
    assert [(pair.first, pair.second) for pair in pairs] == [("b", "c"), ("b", "a"), ("c", "a")]
    assert all(pair.difference.mean > 0 for pair in pairs)
    np.testing.assert_array_equal([pair.p_holm for pair in pairs], statistics.holm([pair.p for pair in pairs]))
    assert pairs[0].difference.mean == pytest.approx(np.mean(values[1] - values[2]))
    losses = statistics.pairs(-values, ["a", "b", "c"], better=-1)
    assert losses == pairs


def test_an_entry_without_numbers_comes_last_and_differs_from_nobody():
    pair, = statistics.pairs([[np.nan, 0.1], [0.1, 0.1]], ["lost", "poor"])
    assert (pair.first, pair.second) == ("poor", "lost")
    assert pair.p_holm == 1.0


# Who leads


@given(st.tuples(st.integers(1, 4), SIZES).flatmap(rows), st.sampled_from([1, -1]))
def test_every_seed_has_one_crown(values, better):
    shares = ranking.crown(values, better)
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    best = (better * values).max(axis=0)
    np.testing.assert_array_equal(shares > 0, better * values == best)


def test_who_diverged_wins_nothing():
    np.testing.assert_array_equal(ranking.crown([[np.nan, np.nan], [0.1, np.nan]]), [[0, 0], [1, 0]])
    np.testing.assert_array_equal(ranking.ranks([np.nan, 3.0, np.inf, 1.0], better=-1), [3.5, 2, 3.5, 1])


def shares_of_first(means):
    best = means == means.max(axis=0)
    return (best / best.sum(axis=0)).mean(axis=1)


@pytest.mark.parametrize("replace", [False, True])
def test_leading_by_few_seeds_is_a_matter_of_counting(replace):
    values = np.random.default_rng(6).integers(0, 8, size=(3, 5)) / 8
    race = ranking.lead(values, replace=replace)
    for k in race.sizes:
        chosen = product(range(5), repeat=k) if replace else combinations(range(5), k)
        means = np.array([values[:, list(seeds)].sum(axis=1) for seeds in chosen]).T
        np.testing.assert_allclose(race.first[k - 1], shares_of_first(means), atol=0.02)
        np.testing.assert_allclose(race.rank[k - 1, :, 0], stats.rankdata(-means, axis=0).mean(axis=1), atol=0.05)


@pytest.mark.parametrize("replace", [False, True])
def test_one_seed_is_counted_and_not_drawn(replace):
    values = np.random.default_rng(8).integers(0, 4, size=(3, 7)) / 4
    np.testing.assert_allclose(ranking.lead(values, replace=replace).first[0], ranking.crown(values).mean(axis=1))


def test_all_seeds_name_the_winner_of_all_seeds():
    values = np.random.default_rng(7).normal(size=(4, 9))
    race = ranking.lead(values)
    np.testing.assert_array_equal(race.first[-1], values.mean(axis=1) == values.mean(axis=1).max())
    # The order in which seeds are summed must not decide between equal means.
    np.testing.assert_array_equal(ranking.lead([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]]).first[-1], [0.5, 0.5])


@pytest.mark.parametrize(("winner", "needed"), [([0.5, 0.96, 0.9, 0.97, 1.0], 4), ([1.0, 1.0], 1), ([0.4, 0.5], None)])
def test_seeds_needed_from_which_on_nothing_changes(winner, needed):
    first = np.column_stack([winner, 1 - np.array(winner)])
    assert ranking.seeds_needed(ranking.Lead(np.arange(1, len(winner) + 1), first, None)) == needed


@given(st.tuples(st.integers(1, 3), SIZES).flatmap(rows), numbers)
def test_a_target_is_met_when_it_is_first_met(accuracy, target):
    seconds = np.broadcast_to(np.arange(accuracy.shape[1], dtype=float), accuracy.shape)
    epochs, spent = statistics.to_target(accuracy, seconds, target)
    for row in range(len(accuracy)):
        first = next((e for e, value in enumerate(accuracy[row]) if value >= target), np.inf)
        assert epochs[row] == first
        assert spent[row] == (sum(range(first + 1)) if np.isfinite(first) else np.inf)
