"""What is measured, not how fast it is."""

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.bench import parts
from edu_optim.bench.apart import apart
from edu_optim.bench.explore import dragged, explorers
from edu_optim.bench.parts import AT_LEAST
from edu_optim.bench.probes import MOVERS, SHAPES, function_rules, stepper
from edu_optim.bench.turns import alternate, ratio
from edu_optim.card import formula_lines
from edu_optim.explore import controls, frame
from edu_optim.formula import Hyper, rule
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
    assert [len(rule.element_states) for rule in MOVERS] == [0, 1, 2, 3, 4]
    assert {len(rule.element_states) for rule in eo.RULES.values()} <= {0, 1, 2, 3, 4}


def test_a_stepper_steps():
    step = stepper(eo.RULES["SGD"], [(2, 2), (3,)])
    optimizer = step.__self__
    before = [p.data.copy() for p in optimizer.params]
    step()
    assert all((p.data != b).all() for p, b in zip(optimizer.params, before, strict=True))


def test_limits_are_for_shapes_that_are_measured():
    assert {shape for kind, shape, _ in AT_LEAST if kind == "step"} == set(SHAPES)


@pytest.mark.parametrize(("kind", "what"), [("train", 10), ("step", "four tiny tensors")])
def test_steps_are_measured_in_a_process_of_their_own(kind, what):
    seconds = apart(kind, ["edu_optim"], what, rounds=2)["edu_optim"]
    assert seconds.shape == (2,) and (seconds > 0).all()


def test_a_rule_of_ones_own_is_measured_as_ours_are(monkeypatch):
    monkeypatch.setattr(parts, "IN_MEMORY", 1000)

    @rule(paper="none", degree=1, element_states={"m": 0}, lr=Hyper(0.1, r"\eta", "[0, inf)"))
    def Heavy(x, g, m, t, lr):
        m = m + g
        return x - lr * m, m

    (row,) = parts.rules([Heavy])
    assert row["what"] == "Heavy" and row["ns"] > 0 and row["share_of_moving"] > 0


def test_every_explorer_is_measured():
    whole, *pictures = explorers(size=64, rounds=1)
    assert whole["what"] == "map of basins, Adam, 819,200 updates" and whole["milliseconds"] > 0
    assert {row["what"].removeprefix("picture of ") for row in pictures} == set(eo.explore.__all__)
    assert all(row["per_second"] == pytest.approx(1000 / row["milliseconds"]) for row in pictures)


def test_a_dragged_slider_goes_from_end_to_end_and_again():
    made = [controls.switch("on", "on"), controls.slider("lr", "rate", [0.1, 0.2, 0.3], 0.2)]
    seen = []
    draw = dragged(frame.Explorer("Rates", made, lambda on, lr: seen.append((on, lr)), [{}, {}, {}]))
    for _ in range(4):
        draw()
    assert seen == [(False, 0.1), (False, 0.2), (False, 0.3), (False, 0.1)]
