"""A value that is not allowed is refused with argument, value, what is allowed and what to type."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import Hyper

ADAM = eo.RULES["Adam"]
NUMBERS = [
    0.5,
    np.float64(0.5),
    np.float32(0.5),
    np.float16(0.5),
    np.longdouble(0.5),
    np.array(0.5),
    Fraction(1, 2),
    Decimal("0.5"),
]


@pytest.mark.parametrize("value", NUMBERS, ids=lambda v: type(v).__name__)
def test_every_kind_of_real_number_is_taken_as_a_float(value):
    checked = ADAM.check("beta1", value)
    assert type(checked) is float
    assert checked == 0.5


@pytest.mark.parametrize("value", [0, 1, np.int64(1), np.uint8(1), np.array(1)])
def test_whole_numbers_are_numbers(value):
    assert type(ADAM.check("lr", value)) is float


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("0.1", "text"),
        (None, "nothing"),
        (1j, "complex"),
        (np.complex128(1), "of type complex128"),
        (True, "a truth value"),
        (np.True_, "a truth value"),
        (np.array(True), "of type ndarray"),
        ([0.1], "of type list"),
        (np.array([0.1]), "of type ndarray"),
        (np.array(1j), "of type ndarray"),
        (np.array("a"), "of type ndarray"),
        (b"1", "of type bytes"),
        (abs, "of type builtin"),
    ],
)
def test_what_is_no_real_number(value, kind):
    with pytest.raises(TypeError) as caught:
        ADAM.check("lr", value)
    message = str(caught.value)
    assert message.startswith(f"Adam: lr = {value!r} is {kind}")
    assert message.endswith("not a real number: 0 <= lr and finite. For example lr=0.001")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("lr", -0.1, "0 <= lr and finite. For example lr=0.001"),
        ("lr", math.inf, "0 <= lr and finite. For example lr=0.001"),
        ("lr", -math.inf, "0 <= lr and finite. For example lr=0.001"),
        ("lr", math.nan, "0 <= lr and finite. For example lr=0.001"),
        ("lr", np.float32(np.nan), "0 <= lr and finite. For example lr=0.001"),
        ("lr", Decimal("NaN"), "0 <= lr and finite. For example lr=0.001"),
        ("lr", Decimal("sNaN"), "0 <= lr and finite. For example lr=0.001"),
        ("lr", Decimal("1e400"), "0 <= lr and finite. For example lr=0.001"),
        ("lr", np.array(-1), "0 <= lr and finite. For example lr=0.001"),
        ("beta1", 1, "0 <= beta1 < 1. For example beta1=0.9"),
        ("beta1", 1.0, "0 <= beta1 < 1. For example beta1=0.9"),
        ("beta2", 1.5, "0 <= beta2 < 1. For example beta2=0.999"),
        ("beta2", -1e-300, "0 <= beta2 < 1. For example beta2=0.999"),
        ("gamma", 0, "0 < gamma <= 1. For example gamma=1"),
    ],
)
def test_what_is_out_of_range(name, value, allowed):
    with pytest.raises(ValueError, match="is not allowed") as caught:
        ADAM.check(name, value)
    assert str(caught.value) == f"Adam: {name} = {value} is not allowed: {allowed}"


def test_a_whole_number_too_large_for_a_float():
    with pytest.raises(ValueError, match=r"is not allowed: 0 <= lr and finite"):
        ADAM.check("lr", 10**400)
    with pytest.raises(ValueError, match=r"is not allowed: 0 <= lr and finite"):
        ADAM.check("lr", Fraction(10**400))


def test_bounds_belong_or_not_as_their_brackets_say():
    def allowed(text, *values):
        return [Hyper(0.5, "h", text).allows(v) for v in values]

    assert allowed("[0, 1]", 0, 1, -1e-300, math.nextafter(1, 2)) == [True, True, False, False]
    assert allowed("(0, 1)", 0, 1, 5e-324, math.nextafter(1, 0)) == [False, False, True, True]
    assert allowed("(-inf, inf)", -1e308, 1e308, math.inf, -math.inf, math.nan) == [True, True, False, False, False]
    assert allowed("[0, inf]", 1e308, math.inf) == [True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[0, 1)", "0 <= h < 1"),
        ("(0, 1]", "0 < h <= 1"),
        ("( -1 , 1e3 )", "-1 < h < 1000"),
        ("(0, inf)", "0 < h and finite"),
        ("(-inf, 1]", "h <= 1 and finite"),
        ("(-inf, inf)", "h is any finite number"),
    ],
)
def test_a_range_in_words(text, words):
    assert Hyper(0.5, "h", text).words("h") == words


@pytest.mark.parametrize("name", ["eps", "eps_root", "eps_hat"])
def test_an_eps_that_rounds_to_zero(name):
    for tiny in (1e-50, 1e-46):
        assert ADAM.check(name, tiny) == ADAM.check(name, tiny, np.dtype(np.float64)) == tiny
        with pytest.raises(ValueError, match="rounds to 0 in float32") as caught:
            ADAM.check(name, tiny, np.dtype(np.float32))
        assert str(caught.value) == (
            f"Adam: {name} = {tiny} rounds to 0 in float32, so it would do nothing: "
            f"0 is allowed, or at least 1.2e-38. For example {name}=1e-08"
        )
    assert ADAM.check(name, 0, np.dtype(np.float32)) == 0
    assert ADAM.check(name, 1e-45, np.float32) == 1e-45


def test_run_looks_at_the_dtype_of_x():
    with pytest.raises(ValueError, match="rounds to 0 in float32"):
        ADAM.run(np.ones(1, np.float32), np.ones((1, 1)), eps=1e-60)
    assert np.isfinite(ADAM.run(np.ones(1), np.ones((1, 1)), eps=1e-60)).all()


def test_other_tiny_numbers_may_round_to_zero():
    assert ADAM.check("lr", 1e-60, np.dtype(np.float32)) == 1e-60


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(TypeError) as caught:
        ADAM.check("beta_1", 0.9)
    assert str(caught.value) == (
        "Adam has no hyperparameter 'beta_1': it has lr, beta1, beta2, eps, eps_root, eps_hat, gamma"
    )
    with pytest.raises(TypeError, match="'alpha'"):
        ADAM.values({"alpha": 1})


def test_naming_one_hyperparameter_may_set_another_to_zero():
    assert ADAM.values({"eps_hat": 1e-6})["eps"] == 0
    assert ADAM.values({"eps_hat": 1e-6, "eps": 1e-7})["eps"] == 1e-7
    assert ADAM.values({})["eps"] == 1e-8


@pytest.mark.parametrize("text", ["0, 1", "[0; 1)", "[a, 1)", "[1, 0]", "[1, 1]", "[nan, 1]", "", None, (0, 1)])
def test_a_range_that_is_none(text):
    with pytest.raises(ValueError, match=r"a range is written like '\[0, 1\)' or '\(0, inf\)', not"):
        Hyper(0.5, "h", text)


@pytest.mark.parametrize("default", [1, 2, -1, math.nan, math.inf, "0.5", None, True])
def test_a_default_out_of_its_range(default):
    with pytest.raises(ValueError, match=r"the default .+ is not in the range '\[0, 1\)': change one of them"):
        Hyper(default, "h", "[0, 1)")
