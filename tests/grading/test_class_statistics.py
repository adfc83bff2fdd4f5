"""What a class says about a check, and that a small one is told how little it says."""

import math

import pytest
from classes import WORTH, judged, result
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading.course.class_statistics import alike, caution, correlation, items, proportion
from edu_optim.grading.result import FAILED, GRADED, TIME, Judged, Result
from edu_optim.grading.values import SHAPE


def shows(name, text, right=False, seed=1, **facts):
    return result(name, checks={"c1": judged("c1", right, output=text, **facts)}, seed=seed)


ONE = {"c1": 1}


def test_difficulty_and_discrimination_of_a_class_worked_out_by_hand():
    able = [result(f"Student {n:02}", *WORTH) for n in range(6)]
    lost = [result(f"Student {n:02}") for n in range(6, 12)]
    odd = [result(f"Student {n:02}", "c2") for n in range(12, 15)]
    c1, c2, _ = items(able + lost + odd, WORTH)
    assert c1.count == 15 and c1.difficulty.value == 0.4 and c2.difficulty.value == 0.6
    # c1 against c2 + c3: six of 3.5, six of 0, three of 2, by Pearson's formula.
    rest = [3.5] * 6 + [0] * 6 + [2] * 3
    mean = sum(rest) / 15
    spread = math.sqrt(sum((x - mean) ** 2 for x in rest) * 15 * 0.4 * 0.6)
    assert c1.discrimination.value == pytest.approx((6 * 3.5 - 6 * mean) / spread)
    assert -1 <= c1.discrimination.low < c1.discrimination.value < c1.discrimination.high <= 1


def test_what_cannot_be_known_is_said():
    few = items([result("a", "c1"), result("b")], WORTH)
    assert few[0].discrimination is None and few[0].unknown == "2 people are too few; it takes 10"
    same = items([result(str(n), "c1", *["c2"][:n % 2]) for n in range(12)], WORTH)
    assert same[0].unknown == "everybody has the same points"
    assert items([shows(str(n), "", n % 2) for n in range(12)], ONE)[0].unknown == "there is no other check"
    none = items([result("a", state=FAILED, checks={})], WORTH)[0]
    assert none.count == 0 and none.difficulty is None
    assert "Nobody" in caution(0) and "1 person " in caution(1) and "no check" in caution(9)


def test_reasons_and_misconceptions_are_counted():
    class_ = [shows("a", "", feedback="without the bias correction"), shows("b", "", feedback=SHAPE),
              shows("c", "", feedback="without the bias correction"), shows("d", "", reason=TIME)]
    item, = items(class_, ONE)
    assert item.misconceptions == {"without the bias correction": 2}
    assert item.reasons == {"another result than expected": 3, TIME: 1}


def test_equal_wrong_values_and_what_they_came_from():
    class_ = [shows("a", "debug 1\ny = [1, 2]\n", seed=1), shows("b", "y = [1, 2]\n", seed=2),
              shows("c", "y = [3, 4]\n", seed=3), shows("told", "y = [1, 2]\n", feedback="known")]
    found, = alike(class_, ONE)
    assert (found.check, found.names, found.text, found.inputs) == ("c1", ["a", "b"], "y = [1, 2]", "inputs unknown")
    right = [shows("d", "y = 5", True, seed=4), shows("e", "y = 6", True, seed=5)]
    assert alike(class_ + right, ONE)[0].inputs == "different inputs"
    right[1] = shows("e", "y = 5", True, seed=5)
    assert alike(class_ + right, ONE)[0].inputs == "the same inputs"
    assert alike([shows(name, "y = 1", seed=9) for name in "ab"], ONE)[0].inputs == "the same inputs"


def test_of_hidden_checks_and_right_answers_nothing_is_said():
    assert alike([shows(name, "y = 1", hidden=True) for name in "ab"], ONE) == []
    assert alike([shows(name, "y = 1", True) for name in "ab"], ONE) == []
    assert alike([shows(name, "no value") for name in "ab"], ONE) == []


@given(st.floats(0, 1), st.integers(1, 10**6))
@settings(derandomize=True)
def test_intervals_hold_what_they_are_about_and_shrink(share, count):
    value, low, high = proportion(share, count)
    assert 0 <= low <= value + 1e-12 and value - 1e-12 <= high <= 1
    _, low4, high4 = proportion(share, 4 * count)
    assert high4 - low4 < high - low


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=10, max_size=40))
@settings(derandomize=True)
def test_a_correlation_has_no_side(pairs):
    x, y = zip(*pairs)
    one, two = correlation(x, y), correlation(y, x)
    if not isinstance(one, str):
        assert one == pytest.approx(two) and -1 <= one.low <= one.high <= 1


def test_points_are_summed_as_they_are_written():
    people = [Result(f"{right}{number}", GRADED, {check: Judged(check in right, worth if check in right else 0, worth)
                     for check, worth in {"a": 0.1, "b": 0.2, "c": 0.3, "d": 1}.items()})
              for right in ("abd", "c") for number in range(6)]
    found = items(people, {"a": 0.1, "b": 0.2, "c": 0.3, "d": 1})
    assert found[3].unknown == "everybody has the same points in the others"


def test_points_of_any_size_stop_nothing():
    assert correlation([0, 1e-200] * 6, [1, 2, 3] * 4) == "the points are too small or too large"
