"""What is measured, not how fast it is."""

import numpy as np

import edu_optim as eo
from edu_optim.bench.parts import AT_LEAST, SHAPES, stepper
from edu_optim.bench.probes import MOVERS, function_rules
from edu_optim.bench.trainee import trainees
from edu_optim.bench.turns import alternate, ratio
from edu_optim.card import formula_lines
from edu_optim.formula.grammar import FUNCTIONS


def test_every_function_of_the_grammar_is_measured():
    text = "\n".join(line for rule in function_rules() for line in formula_lines(rule))
    assert [f for f in FUNCTIONS if f"np.{f}(" not in text] == []
    assert all(sign in text for sign in ("+", "-", "*", "/", "**", "&", "|", "~", "<", ">", "=="))


def test_candidates_take_turns():
    order = []
    seconds = alternate({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=3, slice_seconds=0)
    assert order == ["a", "a", "b", "b", "a", "b", "a", "b", "a", "b"]
    assert {name: len(times) for name, times in seconds.items()} == {"a": 3, "b": 3}


def test_a_ratio_is_taken_round_by_round():
    assert ratio(np.array([2.0, 200.0, 4.0]), np.array([1.0, 100.0, 1.0])) == 2.0


def test_a_mover_moves_what_a_rule_with_as_many_states_moves():
    assert [len(rule.element_states) for rule in MOVERS] == [0, 1, 2]
    assert {len(eo.RULES[name].element_states) for name in eo.RULES} <= {0, 1, 2}


def test_a_stepper_steps():
    step = stepper(eo.RULES["SGD"], [(2, 2), (3,)])
    optimizer = step.__self__
    before = [p.data.copy() for p in optimizer.params]
    step()
    assert all((p.data != b).all() for p, b in zip(optimizer.params, before, strict=True))


def test_limits_are_for_shapes_that_are_measured():
    assert {shape for kind, shape, _ in AT_LEAST if kind == "step"} == set(SHAPES)


def test_a_trainee_takes_turns_in_a_process_of_its_own():
    with trainees({"ours": ("edu_optim", 10)}) as candidates:
        assert [0 < candidates["ours"]() < 10 for _ in range(2)] == [True, True]
