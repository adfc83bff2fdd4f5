"""What a reader is told: one line, the first broken idea in words."""

import functools
import json
import os
import stat
import sys

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import check
from edu_optim.formula import Hyper, rule

# Right answers, as a reader might write them


def sgd(x, g, lr):
    return x - lr * g


def momentum(x, g, m, lr, momentum):
    m = momentum * m - lr * g
    return x + m, m


def adam(x, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_in_another_order(t, eps, beta2, beta1, v, m, lr, g, x, unused=3):
    m = g * (1 - beta1) + m * beta1
    v = g * g * (1 - beta2) + v * beta2
    return [x - m * (lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)) / (np.sqrt(v) + eps * np.sqrt(1 - beta2**t)), m, v]


RIGHT = [(sgd, "SGD"), (momentum, "MomentumSGD"), (adam, "Adam"), (adam_in_another_order, "Adam")]


@pytest.mark.parametrize(("function", "name"), RIGHT)
def test_parity_accepts_every_right_way(function, name, capsys):
    assert check.parity(function, name)
    assert capsys.readouterr().out == f"parity with {name}: equal over 20 steps\n"


@pytest.mark.parametrize("name", [n for n in eo.RULES if eo.RULES[n].elementwise])
def test_every_rule_is_itself_and_obeys_its_laws(name, capsys):
    assert check.parity(eo.RULES[name].formula, name)
    assert check.laws(eo.RULES[name])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_parity_passes_given_hyperparameters_on(capsys):
    assert check.parity(sgd, "SGD", lr=3.0)
    assert not check.parity(lambda x, g: x - 0.01 * g, "SGD", lr=3.0)
    assert "look at lr" in capsys.readouterr().out


def test_parity_takes_a_rule_with_every_kind_of_state(capsys):
    def Everything(x, g, s, t, n, size, lr, start):
        s = s + lr * size * g
        n = n + 1
        return x - s / n, s, n

    everything = rule(
        paper="made up", degree=None, element_states={"s": "2 * start"}, scalar_states={"n": 0},
        reductions={"size": "np.sqrt(np.sum(g ** 2))"}, lr=Hyper(0.1, r"\eta", "[0, inf)"),
        start=Hyper(0.5, "s", "[0, inf)"),
    )(Everything)

    assert check.parity(Everything, everything)
    capsys.readouterr()
    assert not check.parity(lambda x, g, s, size, lr: (x - s - lr * size * g, s + lr * size * g), everything)
    assert "never takes n" in capsys.readouterr().out


# Wrong answers, and the idea each misses


def changes_g(x, g, lr):
    g *= lr
    return x - g


def changes_x(x, g, lr):
    x -= lr * g
    return x


def changes_m(x, g, m, lr, momentum):
    m *= momentum
    m -= lr * g
    return x + m, m


def stops(x, g, lr):
    return x - lr * gradient  # noqa: F821


def keeps_old_m(x, g, m, lr, momentum):
    new = momentum * m - lr * g
    return x + new, m


def no_correction(x, g, m, v, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (np.sqrt(v) + eps), m, v


def corrects_once(x, g, m, v, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * (m / (1 - beta1)) / (np.sqrt(v / (1 - beta2)) + eps), m, v


def eps_in_the_root(x, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * (m / (1 - beta1**t)) / np.sqrt(v / (1 - beta2**t) + eps), m, v


def returns_corrected(x, g, m, v, t, lr, beta1, beta2, eps):
    m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
    v = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
    return x - lr * m / (np.sqrt(v) + eps), m, v


def from_zero(x, g, m, v, t, lr, beta1, beta2, eps):
    return adam(x, g, m, v, t - 1, lr, beta1, beta2, eps)


WRONG = [
    (lambda x, g, lr: None, "SGD", "not yet (returned None)"),
    (lambda x, g: x, "SGD", "not yet (x came back unchanged)"),
    (stops, "SGD", "stopped with NameError: name 'gradient' is not defined"),
    (lambda x, g, lr: "x", "SGD", "the x you returned is a str"),
    (lambda x, g, lr: x.sum(), "SGD", "the x you returned has shape (); it went in with shape (4,)"),
    (lambda x, g, lr: (x, g), "SGD", "you returned 2 of 1 values. Write return x"),
    (lambda x, g, lr: x + lr * g, "SGD", "goes uphill"),
    (lambda x, g, lr: x - 2 * lr * g, "SGD", "the right one times a constant: look at lr"),
    (lambda x, g, lr: x - lr * np.sign(g), "SGD", "your first step already differs"),
    (lambda x, g, lr: x - lr * np.sqrt(g), "SGD", "gives NaN"),
    (lambda x, grad, lr: x - lr * grad, "SGD", "takes grad, but SGD knows only x, g, t, lr"),
    (lambda x, lr: x, "SGD", "does not take g"),
    (lambda *a: a[0], "SGD", "write the arguments out"),
    (42, "SGD", "not a function"),
    (changes_g, "SGD", "g was changed in place"),
    (changes_x, "SGD", "x was changed in place"),
    (changes_m, "MomentumSGD", "m was changed in place"),
    (lambda x, g, m, lr, momentum: x + momentum * m - lr * g, "MomentumSGD", "1 of 2 values: a state that is not"),
    (lambda x, g, lr: x - lr * g, "MomentumSGD", "never takes m, so it forgets the past"),
    (keeps_old_m, "MomentumSGD", "the m you return is not the new m (it came back as it went in)"),
    (no_correction, "Adam", "look at lr, beta1, beta2, gamma, the bias correction at t = 1"),
    (corrects_once, "Adam", "never takes t"),
    (eps_in_the_root, "Adam", "only where gradients are small"),
    (returns_corrected, "Adam", "the m you return is not the new m"),
    (from_zero, "Adam", "gives NaN: a division by zero, or the root of a negative number (t is 1, not 0"),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("function", "name", "hint"), WRONG)
def test_parity_names_the_first_broken_idea(function, name, hint, capsys):
    assert check.parity(function, name) == 0
    first = capsys.readouterr().out
    assert first.startswith(f"parity with {name}: ")
    assert hint in first
    assert first.count("\n") == 1
    check.parity(function, name)
    assert capsys.readouterr().out == first


def test_checks_refuse_rules_and_hyperparameters_that_do_not_exist():
    with pytest.raises(KeyError, match="Adam"):
        check.parity(sgd, "adam")
    with pytest.raises(TypeError, match="momentum"):
        check.parity(sgd, "SGD", momentum=0.9)
    with pytest.raises(ValueError, match="lr"):
        check.laws(sgd, "SGD", lr=-1)
    with pytest.raises(TypeError, match="Whose laws"):
        check.laws(sgd)


def test_a_followed_function_walks_like_its_rule():
    gradients = np.random.default_rng(1).standard_normal((9, 3))
    walk, here, path = check.follow(adam, "Adam", lr=0.1), np.ones(3), [np.ones(3)]
    for g in gradients:
        here = walk(here, g)
        path.append(here)
    np.testing.assert_allclose(path, eo.RULES["Adam"].run(np.ones(3), gradients, lr=0.1), rtol=1e-12)


# Laws


def a_mutant(change):
    """Adam with one thing wrong; `change` gets a dict of its parts."""

    def mutant(x, g, m, v, t, lr, beta1, beta2, eps):
        part = {"g": g, "t": t, "b1": beta1, "b2": beta2, "correct_m": True, "correct_v": True, "root": np.sqrt}
        part |= {"outside": eps, "inside": 0.0, "old": False, "square": np.square} | change(beta1, beta2, eps, g, t)
        b1, b2 = part["b1"], part["b2"]
        new_m, new_v = b1 * m + (1 - b1) * part["g"], b2 * v + (1 - b2) * part["square"](g)
        used = m if part["old"] else new_m
        m_hat = used / (1 - b1 ** part["t"]) if part["correct_m"] else used
        v_hat = new_v / (1 - b2 ** part["t"]) if part["correct_v"] else new_v
        return x - lr * m_hat / (part["root"](v_hat + part["inside"]) + part["outside"]), new_m, new_v

    return mutant


MUTANTS = {
    "no correction": lambda *_: {"correct_m": False, "correct_v": False},
    "only m corrected": lambda *_: {"correct_v": False},
    "only v corrected": lambda *_: {"correct_m": False},
    "t one too large": lambda b1, b2, eps, g, t: {"t": t + 1},
    "t stuck at 1": lambda *_: {"t": 1.0},
    "betas swapped": lambda b1, b2, *_: {"b1": b2, "b2": b1},
    "absolute gradient": lambda b1, b2, eps, g, t: {"g": np.abs(g)},
    "no root": lambda *_: {"root": lambda v: v},
    "old m": lambda *_: {"old": True},
    "beta and 1 - beta exchanged": lambda b1, b2, *_: {"b1": 1 - b1, "b2": 1 - b2},
    "eps in the root": lambda b1, b2, eps, g, t: {"inside": eps, "outside": 0.0},
    "no eps": lambda *_: {"outside": 0.0},
    "gradient not squared": lambda *_: {"square": np.abs},
}


def test_the_unchanged_mutant_obeys_the_laws(capsys):
    assert check.laws(a_mutant(lambda *_: {}), "Adam")
    assert capsys.readouterr().out.startswith("laws of Adam: all hold (degree 0, mirror, own coordinate, anywhere, ")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("change", MUTANTS.values(), ids=MUTANTS.keys())
def test_the_laws_convict_every_mutant(change, capsys):
    assert check.laws(a_mutant(change), "Adam") == 0
    out = capsys.readouterr().out
    assert out.startswith("laws of Adam: broken: ")
    assert out.count("\n") == 1


def test_early_adam_is_corrected_by_all_its_betas(capsys):
    """The first versions of the paper print beta1 ** t where the product of all betas so far is due."""
    def early_adam(x, g, m, v, t, lr, beta1, beta2, eps, gamma, by_the_product=False):
        beta1_t = beta1 * gamma ** (t - 1)
        m = beta1_t * m + (1 - beta1_t) * g
        v = beta2 * v + (1 - beta2) * g**2
        product = beta1**t * gamma ** (t * (t - 1) / 2) if by_the_product else beta1**t
        return x - lr * m / (1 - product) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v

    assert check.laws(functools.partial(early_adam, by_the_product=True), "Adam")
    capsys.readouterr()
    assert check.laws(early_adam, "Adam") == 0
    assert capsys.readouterr().out == "laws of Adam: broken: constant gradient - every step is lr, whatever g\n"


def test_laws_ask_only_what_the_function_takes(capsys):
    assert check.laws(lambda x, g: x - 0.01 * g, "SGD")
    laws = "degree 1, mirror, own coordinate, anywhere, constant gradient"
    assert capsys.readouterr().out == f"laws of SGD: all hold ({laws})\n"


def test_laws_hint_when_there_is_nothing_to_judge(capsys):
    assert check.laws(lambda x, g, lr: None, "SGD") == 0
    assert capsys.readouterr().out == "laws of SGD: not yet (returned None)\n"


def test_laws_hold_at_other_hyperparameters():
    assert check.laws(eo.RULES["Adam"], lr=0.5, beta1=0.5, beta2=0.9, eps=0.01, gamma=0.9)
    assert check.laws(eo.RULES["Adam"], eps=0)
    assert check.laws(momentum, "MomentumSGD", lr=2.0, momentum=0.5)


# Values


@pytest.mark.parametrize(
    ("got", "expected", "line", "verdict"),
    [
        (None, 0.02, "exercise 2: not yet (returned None)", None),
        (0.02, 0.02, "exercise 2: right", True),
        (0.02001, 0.02, "exercise 2: right", True),
        (np.float32(0.02), 0.02, "exercise 2: right", True),
        (0.03, 0.02, "exercise 2: yours 0.03, expected 0.02", False),
        (0.01, 0.02, "exercise 2: that is 1/L", False),
        (float("nan"), 0.02, "exercise 2: yours nan, expected 0.02", False),
        ("a", 0.02, "exercise 2: a number is expected, yours is a str", False),
        ([1.0, 2.0], [1.0, 2.0], "exercise 2: right", True),
        ([1.0, 2.0], [1.0, 3.0], "exercise 2: yours [1, 2], expected [1, 3]", False),
        ([1.0], [1.0, 3.0], "exercise 2: yours has shape (1,), expected (2,)", False),
        (1e-4, 0.0, "exercise 2: right", True),
        (1e-2, 0.0, "exercise 2: yours 0.01, expected 0", False),
        (np.ones(9), np.zeros(9), "exercise 2: yours other numbers, expected other numbers", False),
    ],
)
def test_value(got, expected, line, verdict, capsys):
    slips = {0.01: "that is 1/L"} if np.ndim(expected) == 0 and expected else None
    assert check.value("exercise 2", got, expected, slips=slips) == verdict
    assert capsys.readouterr().out == line + "\n"


def test_value_refuses_a_tolerance_that_is_none():
    with pytest.raises(ValueError, match="tolerance=0"):
        check.value("exercise 2", 1.0, 1.0, tolerance=0)


# Bets


@pytest.fixture
def envelope(tmp_path, monkeypatch):
    file = tmp_path / "somewhere" / "bets.json"
    monkeypatch.setenv("EDU_OPTIM_BETS", str(file))
    monkeypatch.setattr("edu_optim.check.bets._guesses", {})
    return file


def said(capsys):
    return capsys.readouterr().out.rstrip("\n")


def test_no_guess_keeps_nothing(envelope, capsys):
    assert check.bet("largest rate", None, seal=True) is None
    assert said(capsys) == "bet on largest rate: no guess yet (replace None)"
    assert check.settle("largest rate", 0.02) is None
    assert said(capsys) == "bet on largest rate: 0.02; no guess was made"
    assert not envelope.parent.exists()


@pytest.mark.parametrize(
    ("guess", "truth", "verdict"),
    [
        (0.02, 0.02, "right"),
        (0.0201, 0.02, "right"),
        (0.1, 0.02, "too large by a factor of about 5"),
        (0.01, 0.02, "too small by a factor of about 2"),
        (0.024, 0.02, "a little too large"),
        (-1, 0.02, "too small"),
        (np.float64(0.04), 0.02, "too large by a factor of about 2"),
        (0, 0, "right"),
    ],
)
def test_a_number_is_settled(guess, truth, verdict, envelope, capsys):
    check.bet("rate", guess)
    assert said(capsys) == f"bet on rate: {guess:g}"
    assert check.settle("rate", truth) == (verdict == "right")
    assert said(capsys) == f"bet on rate: {truth:g}, you said {guess:g}: {verdict}"


def test_a_name_and_a_ranking_are_settled(envelope, capsys):
    rules = ("SGD", "MomentumSGD", "Adam")
    check.bet("winner", "SGD", among=rules)
    check.bet("order", ["Adam", "SGD", "MomentumSGD"], among=rules)
    capsys.readouterr()
    assert check.settle("winner", "Adam") == 0
    assert said(capsys) == "bet on winner: Adam, you said SGD: not this time"
    assert check.settle("order", ["Adam", "MomentumSGD", "SGD"]) == 0
    assert said(capsys).endswith("you said Adam before SGD before MomentumSGD: 2 of 3 pairs in the right order")
    assert check.settle("order", ["Adam", "SGD", "MomentumSGD"])


@pytest.mark.parametrize(
    ("guess", "among", "words"),
    [
        ("large", (), "not a finite number"),
        (float("nan"), (), "Write 0.5"),
        (float("inf"), (), "Write 0.5"),
        (True, (), "Write 0.5"),
        ([1.0], (), "Write 0.5"),
        (1 + 2j, (), "Write 0.5"),
        (0.3, ("SGD", "Adam"), "one of \\['SGD', 'Adam'\\]"),
        ("adam", ("SGD", "Adam"), "Write 'SGD'"),
        (["Adam"], ("SGD", "Adam"), "all of them in a list"),
        (["Adam", "Adam"], ("SGD", "Adam"), "all of them in a list"),
    ],
)
def test_a_bad_guess_teaches_and_keeps_the_last_one(guess, among, words, envelope, capsys):
    check.bet("rate", 0.5)
    with pytest.raises(ValueError, match=words):
        check.bet("rate", guess, among=among, seal=True)
    assert not envelope.exists()
    assert check.settle("rate", 0.5)


def test_a_guess_taken_back_is_no_guess(envelope):
    check.bet("rate", 0.5)
    check.bet("rate", None)
    assert check.settle("rate", 0.5) is None


def test_a_bet_is_compared_with_its_like_only(envelope):
    check.bet("rate", 0.5)
    with pytest.raises(ValueError, match="cannot be compared"):
        check.settle("rate", "Adam")


def test_a_sealed_bet_outlives_the_notebook(envelope, monkeypatch, capsys):
    rules = ("SGD", "Adam")
    check.bet("six rules", ["Adam", "SGD"], among=rules, seal=True)
    check.bet("spread", 12, seal=True)
    assert said(capsys) == "bet on six rules: Adam before SGD, sealed\nbet on spread: 12, sealed"
    check.bet("spread", None, seal=True)
    monkeypatch.setattr("edu_optim.check.bets._guesses", {})
    assert check.opened("spread") == 12.0
    assert check.opened("six rules") == ["Adam", "SGD"]
    assert check.settle("six rules", ["Adam", "SGD"])
    assert [p.name for p in envelope.parent.iterdir()] == ["bets.json"]


def test_an_empty_or_damaged_envelope_is_empty(envelope, capsys):
    assert check.opened("spread") is None
    assert said(capsys) == "bet on spread: the envelope is empty, no guess was sealed"
    envelope.parent.mkdir()
    for text in ("{", "[]", '{"spread": {"a": 1}}', "\xff"):
        envelope.write_text(text, encoding="latin-1")
        assert check.opened("spread") is None
    check.bet("spread", 3, seal=True)
    assert json.loads(envelope.read_text()) == {"spread": 3.0}


def test_a_folder_that_cannot_be_written_is_a_remark(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDU_OPTIM_BETS", str(tmp_path / "file" / "bets.json"))
    check.bet("spread", 3, seal=True)
    assert "could not be sealed" in said(capsys)
    assert check.settle("spread", 3)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_bets_are_the_readers_own(envelope):
    check.bet("spread", 3, seal=True)
    assert stat.S_IMODE(os.stat(envelope).st_mode) == 0o600


@pytest.mark.parametrize("truth", [331, np.int64(331), np.float32(331), np.array(331)])
def test_a_truth_may_be_any_number(truth, capsys):
    check.bet("steps", 331)
    assert check.settle("steps", truth)


def test_a_notebook_shows_the_line_and_not_the_outcome_again(capsys):
    verdict = check.value("exercise", 2.0, 2.0)
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    data, _ = shell.display_formatter.format(verdict)
    assert data == {} and verdict == 1 and repr(verdict) == "True"


@pytest.mark.parametrize("name", [n for n in eo.RULES if eo.RULES[n].elementwise])
def test_every_rule_obeys_its_laws(name, capsys):
    assert check.laws(eo.RULES[name].formula, name)
    assert check.laws(eo.RULES[name])


@pytest.mark.parametrize(("name", "broken"), [
    ("AdaGrad", lambda x, g, h, lr: (x - lr * g / np.sqrt(h + g**2), 0.9 * h + g**2)),
    ("RMSprop", lambda x, g, v, lr, alpha: (x - lr * g / np.sqrt(v + g**2), v + g**2)),
    ("CorrectedMomentumSGD", lambda x, g, m, lr, momentum: (x - lr * (m + g), momentum * m + (1 - momentum) * g)),
])
def test_a_broken_memory_breaks_the_law_of_the_constant_gradient(name, broken, capsys):
    assert check.laws(broken, name) == 0
    assert {"AdaGrad": "constant gradient", "RMSprop": "constant gradient"}.get(name, "no memory") in said(capsys)
