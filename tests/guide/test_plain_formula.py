"""The formulas of the field guide are those of the rules, and their pictures say the same."""

import ast

import numpy as np
import pytest
from mathml_reader import assignment, plain

import edu_optim as eo
from edu_optim.guide import mathml
from edu_optim.guide.cards import WIDTH, symbols_of
from edu_optim.guide.plain import Line, lines, off, simple
from edu_optim.guide.symbols import declared, named

ELEMENTWISE = [name for name in eo.RULES if eo.RULES[name].elementwise]
GRADIENTS = np.array([1.0, -0.5, 0.25, 2.0, -1e-3, -3.0, 0.0, 0.7])


def clip(x, low, high):
    return min(max(x, low), high)


def sgn(x):
    return float(np.sign(x))


def trajectory(rule, expressions):
    """Where x goes if each line is computed, for one number as the whole parameter; `expressions` of (name, code)."""
    tools = {"np": np, "max": max, "min": min, "clip": clip, "sgn": sgn, "sqrt": np.sqrt, "abs": abs}
    values = {name: hyper.default for name, hyper in rule.hyperparameters.items()} | {"x": 1.0}
    for name, start in (rule.element_states | rule.scalar_states).items():
        values[name] = values.get(start, start)
    path = [1.0]
    for t, g in enumerate(GRADIENTS, 1):
        values |= {"t": float(t), "g": float(g)}
        for name, code in expressions:
            with np.errstate(divide="ignore"):  # np.where computes both of its branches
                values[name] = float(eval(code, tools, values))
        path.append(values["x"])
    return np.array(path)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_lines_compute_the_rule(name):
    rule = eo.RULES[name]
    read = [(line.name, ast.unparse(line.value)) for line in lines(rule)]
    assert trajectory(rule, read) == pytest.approx(rule.run(1.0, GRADIENTS), rel=1e-12)


@pytest.mark.parametrize("width", [0, WIDTH, 1000])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_what_is_drawn_computes_the_rule(name, width):
    """Read back by the eye: without the tree, with brackets, bars and roots only."""
    rule, symbols, read = eo.RULES[name], symbols_of(eo.RULES[name]), lines(eo.RULES[name])
    known = {"x", "g", "t", *rule.element_states, *rule.scalar_states, *(line.name for line in read)}
    letters = {plain(named(n)): n for n in known - set(symbols)} | {plain(declared(s)): n for n, s in symbols.items()}
    assert len(letters) == len(known | set(symbols))  # no two names look alike
    drawn = [assignment(mathml.of_line(line, symbols, width), letters) for line in read]
    assert [target for target, _ in drawn] == [line.name for line in read]
    assert trajectory(rule, drawn) == pytest.approx(rule.run(1.0, GRADIENTS), rel=1e-9)


@pytest.mark.parametrize("name", eo.RULES)
def test_what_is_off_is_nowhere_else(name):
    rule = eo.RULES[name]
    left = {node.id for line in lines(rule) if line.value for node in ast.walk(line.value)
            if isinstance(node, ast.Name)}
    assert not left & set(off(rule)) - {line.name for line in lines(rule)}
    assert all(eo.RULES[name].hyperparameters[hyper].default in (0, 1) for hyper in off(rule))


@pytest.mark.parametrize(("text", "expected"), [
    ("x + 0", "x"), ("0 + x", "x"), ("x - 0", "x"), ("0 - x", "0 - x"), ("1 * x", "x"), ("x * 1", "x"), ("0 * x", "0"),
    ("x / 1", "x"), ("1 / x", "1 / x"), ("0 / x", "0"), ("1 ** x", "1"), ("x ** 1", "x"), ("a * (0 * x + 1)", "a"),
    ("0 or x", "x"), ("y or x", "y or x"),
])
def test_simple(text, expected):
    assert ast.unparse(simple(ast.parse(text, mode="eval").body)) == expected


def test_matrix_rules_are_drawn_whole():
    muon, symbols = eo.RULES["Muon"], symbols_of(eo.RULES["Muon"])
    drawn = [mathml.of_line(line, symbols) for line in lines(muon)]
    assert any(text.endswith(" times") and "<mn>5</mn>" in text for text in drawn)
    adafactor = [mathml.of_line(line, symbols_of(eo.RULES["Adafactor"])) for line in lines(eo.RULES["Adafactor"])]
    assert "else" in adafactor
    assert any("row mean" in text for text in adafactor)
    assert any("column mean" in text for text in adafactor)


def test_lengths_and_sums_of_squares():
    value = ast.parse("np.sqrt(np.sum(x ** 2)) + np.sum(x ** 2)").body[0].value
    drawn = mathml.of_line(Line("x", value), {})
    assert "&Vert;</mo><mi>x</mi><mo>&Vert;" in drawn
    assert "<mo>&sum;</mo>" in drawn
