"""A rule of one's own as text: it comes back as the same rule, it belongs to the key, and nothing else gets through."""

import json

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import FormulaError
from edu_optim.race import Data, Entry, Network, Plan, PlanError, formulas
from edu_optim.rules import RULES


def stranger(rule):
    """One of our rules as if somebody else had written it."""
    new = object.__new__(type(rule))
    vars(new).update(vars(rule))
    return new


def entry_of(rule, **values):
    return Entry("mine", rule, values)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.elementwise])
def test_every_rule_comes_back_from_its_text(name):
    entry = entry_of(stranger(RULES[name]))
    entry = Entry(**json.loads(json.dumps(vars(entry))))
    again = formulas.rule_of(entry)
    assert again is not RULES[name] and again is formulas.rule_of(entry)
    assert again.kernel_source == RULES[name].kernel_source
    assert again.hyperparameters == RULES[name].hyperparameters
    gradients = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.1]])
    np.testing.assert_array_equal(again.run([1.0, 2.0], gradients), RULES[name].run([1.0, 2.0], gradients))


def test_ours_are_known_by_name():
    assert [entry_of(rule).rule for rule in ("Muon", eo.Muon, RULES["Muon"])] == ["Muon"] * 3
    assert entry_of(eo.Muon).formula is None


def defined(text, **namespace):
    """What a notebook's cell defines."""
    import linecache

    name = f"<cell {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), {"np": np, "eo": eo, "__name__": "__main__"} | namespace, out := {})
    return out["Mine"]


MINE = """@eo.rule(paper="mine", degree=1, lr=eo.Hyper(0.1, "eta", "[0, inf)"))
def Mine(x, g, t, lr):
    return x - lr * g
"""


def key(text, **values):
    plan = Plan("a", "b", [entry_of(defined(text), **values)], [0], data=Data("digits", 100, 100),
                network=Network((784, 10)))
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    return plan.runs()[0].key


def test_the_formula_belongs_to_the_key_and_its_comments_do_not():
    mine = key(MINE)
    assert mine == key(MINE.replace("lr * g", "lr * g  # downhill")) == key(MINE.replace('"mine"', '"a paper"'), lr=0.1)
    others = {key(MINE.replace("lr * g", "lr * np.sign(g)")), key(MINE.replace("lr * g", "g * lr")),
              key(MINE.replace("0.1", "0.2")), key(MINE, lr=0.2)}
    assert len(others | {mine}) == 4 and key(MINE.replace("0.1", "0.2")) == key(MINE, lr=0.2)


def test_what_cannot_be_raced_says_so():
    with pytest.raises(PlanError, match=r"must be a name such as 'Adam', a rule made by @eo\.rule, or an optimizer"):
        entry_of(eo.Adam(lr=0.1))
    with pytest.raises(PlanError, match=r"Muon is a matrix rule.*put it into edu_optim/rules/muon\.py"):
        entry_of(stranger(RULES["Muon"]))
    with pytest.raises(PlanError, match=r"Mine: lr = -1 is not allowed"):
        entry_of(defined(MINE), lr=-1)


@pytest.mark.parametrize("text", [
    "import os\n",
    "def Mine(x, g, t, lr):\n    return x\nprint(1)\n",
    "@print\ndef Mine(x, g, t, lr):\n    return x\n",
    "def Mine(x, g, t, lr=print(1)):\n    return x\n",
    "def Mine(x, g, t, lr: print(1)):\n    return x\n",
    "def Mine(x, g, t, lr) -> print(1):\n    return x\n",
    "def Mine(x, g, t, *, lr=print(1)):\n    return x\n",
    "def Mine(x, g, t, lr):\n    print(1)\n    return x - lr * g\n",
    "def Mine(x, g, t, lr):\n    return x - np.load('a')\n",
    "def Other(x, g, t, lr):\n    return x\n",
    "def Mine(x, g, t, lr:\n",
    "", 3, None,
])
def test_a_text_from_a_file_runs_only_as_a_formula(text, capsys):
    formula = entry_of(defined(MINE)).formula | {"text": text}
    with pytest.raises((PlanError, FormulaError)):
        Entry("mine", "Mine", formula=formula)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("formula", [{}, 3, {"text": "def Mine(x, g, t, lr):\n    return x\n"}])
def test_a_declaration_with_a_slip(formula):
    with pytest.raises(PlanError, match="entry 'mine'"):
        Entry("mine", "Mine", formula=formula)
