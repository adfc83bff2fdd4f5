"""What `show` states and `difference` makes of it, whatever a stranger's kernel says."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edu_optim.grading import show
from edu_optim.grading.values import (
    DIFFERENCES,
    KIND,
    LIMIT,
    MIME,
    SHAPE,
    UNREADABLE,
    VALUE,
    Tolerance,
    difference,
    encoded,
    readable,
    received,
    shown,
)


def test_importing_show_loads_nothing_of_the_grader():
    code = ("import sys; from edu_optim.grading import show; print(*sorted(name for name in sys.modules if "
            "name.startswith(('edu_optim.', 'numpy.', 'numba', 'nb', 'jupyter', 'IPython', 'pytest'))))")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["edu_optim.grading", "edu_optim.grading.values"]


@pytest.mark.parametrize("value, stated", [
    (True, True),
    (np.bool_(False), False),
    (3, 3),
    (np.int32(-3), -3),
    (10**400, 10**400),
    (1, 1),
    (1.0, 1.0),
    (np.float64(0.1), 0.1),
    (np.float32(0.5), 0.5),
    (np.array(2.5), 2.5),
    (math.nan, "nan"),
    (-math.inf, "-inf"),
    ("nan", {"text": "nan"}),
    (np.str_("Adam"), {"text": "Adam"}),
    ([1, 2], {"shape": [2], "values": [1, 2]}),
    ((1, 2.5), {"shape": [2], "values": [1.0, 2.5]}),
    (np.eye(2), {"shape": [2, 2], "values": [1.0, 0.0, 0.0, 1.0]}),
    (np.array([[True], [False]]), {"shape": [2, 1], "values": [True, False]}),
    (np.zeros((0, 3)), {"shape": [0, 3], "values": []}),
])
def test_a_value_is_stated_as_json(value, stated):
    assert encoded("x", value) == stated
    assert json.loads(json.dumps(encoded("x", value), allow_nan=False)) == stated
    assert type(encoded("x", value)) is type(stated)
    assert difference(stated, stated) is None


@pytest.mark.parametrize("arguments, error, words", [
    (("loss", None), TypeError, "does your function return its result?"),
    (("loss", object()), TypeError, "an array of numbers"),
    (("loss", {"a": 1}), TypeError, "a dict"),
    (("loss", 1 + 2j), TypeError, "complex of complex128"),
    (("loss", ["a", "b"]), TypeError, "list of <U1"),
    (("loss", [[1, 2], [3]]), ValueError, "one by one"),
    (("loss", np.zeros(LIMIT + 1)), ValueError, "10001 numbers"),
    (("loss", "a" * (LIMIT + 1)), ValueError, "10001 characters"),
    ((0.5, "loss"), TypeError, 'show("loss", loss)'),
    (("", 1), TypeError, "the name comes first"),
    (("loss", 1, 0), ValueError, "from 1 to 17"),
    (("loss", 1, True), ValueError, "from 1 to 17"),
])
def test_show_refuses_what_is_no_value(arguments, error, words):
    with pytest.raises(error) as caught:
        show(*arguments)
    assert words in str(caught.value)


def test_readable_texts():
    assert readable(encoded("x", [[1.0, 2 / 3], [math.inf, -0.0]])) == "[[1, 0.666667], [inf, -0]]"
    assert readable(encoded("x", np.zeros((2, 0)))) == "[[], []]"
    assert readable(encoded("x", 123456.789), 3) == "1.23e+05"
    assert readable(encoded("x", "it's")) == '"it\'s"'


@pytest.mark.parametrize("expected, got, text", [
    (1, True, KIND),
    (True, 1, KIND),
    (1.5, {"text": "1.5"}, KIND),
    (17, 17.0, KIND),
    (17.0, 17, None),
    (1.0, 10**400, VALUE),
    (17, 18, VALUE),
    ("nan", "nan", None),
    ("nan", 0.0, VALUE),
    (0.0, "nan", VALUE),
    ("inf", "-inf", VALUE),
    ("inf", 1e308, VALUE),
    (1e308, -1e308, VALUE),
    (0.5, 0.5 + 4e-7, None),
    (0.5, 0.5 + 6e-7, VALUE),
    (0.0, -0.0, None),
    ({"text": "a"}, {"text": "a"}, None),
    ({"text": "a"}, {"text": "b"}, VALUE),
    ({"text": "nan"}, "nan", KIND),
    (1.0, {"shape": [1], "values": [1.0]}, SHAPE),
    ({"shape": [2], "values": [1.0, 2.0]}, {"shape": [2, 1], "values": [1.0, 2.0]}, SHAPE),
    ({"shape": [2], "values": [1.0, 2.0]}, {"shape": [2], "values": [1, 2]}, None),
    ({"shape": [2], "values": [1.0, 0.0]}, {"shape": [2], "values": [1.0, 1e-10]}, None),
    ({"shape": [2], "values": [1.0, 0.0]}, {"shape": [2], "values": [1.0, 1e-8]}, VALUE),
    ({"shape": [2], "values": [1e9, 0.5]}, {"shape": [2], "values": [1e9, 0.0]}, VALUE),
    ({"shape": [2], "values": [1e9, 0.5]}, {"shape": [2], "values": [1e9 + 1, 0.5 + 1e-7]}, None),
    ({"shape": [2], "values": [100.0, 1e-8]}, {"shape": [2], "values": [100.0, 9e-8]}, VALUE),
    ({"shape": [3], "values": [1e9, 0.0, 0.5]}, {"shape": [3], "values": [1e9, 1e-8, 0.5]}, VALUE),
    ({"shape": [3], "values": [1e9, 0.0, 0.5]}, {"shape": [3], "values": [1e9, 1e-10, 0.5]}, None),
    ({"shape": [2], "values": [0.0, 0.0]}, {"shape": [2], "values": [0.0, 1e-300]}, VALUE),
    (1.0, None, UNREADABLE),
    (1.0, "1.0", UNREADABLE),
    (1.0, [1.0], UNREADABLE),
    (1.0, {"shape": [], "values": [1.0]}, UNREADABLE),
    (1.0, {"shape": [True], "values": [1.0]}, UNREADABLE),
    (1.0, {"shape": [-1], "values": [1.0]}, UNREADABLE),
    (1.0, {"shape": [2], "values": [1.0]}, UNREADABLE),
    (1.0, {"shape": [1], "values": [[1.0]]}, UNREADABLE),
    (1.0, {"shape": [2], "values": [1.0, True]}, UNREADABLE),
    (1.0, {"shape": [1] * 1000, "values": [1.0]}, UNREADABLE),
    (1.0, {"shape": [LIMIT + 1], "values": [1.0] * (LIMIT + 1)}, UNREADABLE),
    (1.0, {"shape": [1], "values": [1.0], "ok": True}, UNREADABLE),
    (1.0, {"text": 1.0}, UNREADABLE),
])
def test_difference(expected, got, text):
    assert difference(expected, got) == text


def test_a_tolerance_is_relative_and_absolute():
    assert difference(100.0, 100.5, Tolerance(rtol=1e-2)) is None
    assert difference(0.0, 1e-7) == VALUE
    assert difference(0.0, 1e-7, Tolerance(atol=1e-6)) is None
    assert difference(1.0, 1.0 + 1e-15, Tolerance(0.0, 0.0)) == VALUE


def deep(levels):
    nested = 0
    for _ in range(levels):
        nested = [nested]
    return nested


@pytest.mark.parametrize("value", [deep(900), [{}] * 1000, {"shape": [2], "values": [1.0]}, None, "x", float])
def test_what_is_no_value_is_not_kept(value):
    assert received({"name": "x", "value": value}) == {"name": "x", "value": None}
    assert received({"name": "x", "value": 0.5, "more": value}) is None
    assert received(value) is None
    assert difference(0.5, None) == UNREADABLE


def test_a_value_is_kept_as_it_is():
    for value in (0.5, "nan", 10**400, True, {"text": "Adam"}, encoded("x", np.eye(3))):
        assert received({"name": "x", "value": value}) == {"name": "x", "value": value}
    assert received({"name": "x" * (LIMIT + 1), "value": 1}) is None


def test_only_bundles_are_values_and_of_one_name_the_last():
    def output(bundle):
        return {"output_type": "display_data", "data": {MIME: bundle}}

    outputs = [output({"name": "x", "value": 1}), output({"name": "x", "value": 2}), output({"name": 3, "value": 4}),
               output({"name": "y"}), output([]), {"data": []}, {}, None, "x",
               {"output_type": "stream", "text": "x = 5"}]
    assert shown(outputs) == {"x": 2}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["nan", "inf", "-inf", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["shape", "values", "text", "name"]), inner, max_size=3),
    max_leaves=12)


@given(JSON, JSON)
def test_nothing_that_json_can_hold_makes_difference_raise(expected, got):
    assert difference(expected, got) in (None, *DIFFERENCES)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=6), st.floats(-0.999, 0.999), st.floats(1.001, 1e6))
def test_what_lies_within_the_tolerance_passes_and_what_does_not_fails(numbers, within, beyond):
    due, allowed = encoded("x", numbers), 1e-6 * np.abs(numbers) + 1e-9
    tolerance = Tolerance(1e-6, 1e-9)
    assert difference(due, encoded("x", numbers + within * allowed), tolerance) is None
    assert difference(due, encoded("x", numbers + beyond * allowed), tolerance) == VALUE
