"""Which answers a check is about."""

import pytest
from hostile import cell

from edu_optim.grading import dependence

Q1, Q2 = cell("q1", "def f(x): return x", "answer"), cell("q2", "def g(x): return f(x) + 1", "answer")


def check(name, source, **more):
    return cell(name, source, "check", **more)


def subjects(cells):
    return {name: one.about for name, one in dependence.subjects(cells).items()}


def test_an_answer_that_others_use_is_the_references_where_it_has_a_check_of_its_own():
    assert subjects([Q1, check("a", "show('y', f(1))"), Q2, check("b", "show('y', g(f(1)))")]) == {
        "a": ("q1",), "b": ("q2",)}


def test_one_without_a_check_of_its_own_counts_wherever_it_is_used():
    assert subjects([Q1, Q2, check("b", "show('y', g(f(1)))")]) == {"b": ("q1", "q2")}


def test_hidden_checks_at_the_end_are_about_what_they_use():
    cells = [Q1, Q2, check("a", "show('y', f(1))"), check("b", "show('y', g(1))"), check("c", "show('y', f(2))")]
    assert subjects(cells) == {"a": ("q1",), "b": ("q2",), "c": ("q1",)}


def test_an_answer_after_the_check_is_not_meant():
    assert subjects([Q1, check("a", "show('y', f(1))"), cell("q2", "f = None", "answer")]) == {"a": ("q1",)}


def test_what_is_changed_in_place():
    net, q1, q2 = (cell("s", "net = Net()", "setup"), cell("q1", "net.lr = 1", "answer"),
                   cell("q2", "opt.setup(net)", "answer"))
    assert subjects([net, q1, check("a", "show('lr', net.lr)"), q2, check("b", "show('lr', net.lr)")]) == {
        "a": ("q1",), "b": ("q2",)}


def test_a_check_that_uses_nothing_known_is_about_all_before_it():
    assert subjects([Q1, check("a", "report()"), Q2, check("b", "report()")]) == {"a": ("q1",), "b": ("q1", "q2")}


def test_an_author_may_say_it():
    assert subjects([Q1, Q2, check("a", "show('y', g(1))", answers=["q1"])]) == {"a": ("q1",)}


def test_a_magic_and_a_slip_do_not_matter():
    assert subjects([cell("q1", "%time x = (1", "answer"), check("a", "%matplotlib inline\nshow('x', x)")]) == {
        "a": ("q1",)}


@pytest.mark.parametrize(("source", "names"), [
    ("x = x + 1", {"x"}), ("x = 1; y = x", set()), ("def f(a): return a + b", {"b"}), ("lambda a: a + b", {"b"}),
    ("for i in range(n): t = step(t)", {"n", "step", "t"}), ("if t > 0: t = 1", {"t"}), ("with a as b: b.c", {"a"}),
    ("[k for k in ks if k != z]", {"ks", "z"}), ("import m\nm.f(n)", {"n"}), ("x += 1", {"x"}),
])
def test_free_names(source, names):
    assert dependence.free_names(source) == names


def lent(cells):
    return {name: (one.above, one.needed) for name, one in dependence.subjects(cells).items()}


def test_no_solution_below_is_lent_and_of_those_above_it_is_said_which_are_needed():
    alone = cell("q2", "def g(x): return x + 1", "answer")
    cells = [Q1, alone, check("a", "show('y', f(1))"), check("b", "show('y', g(1))")]
    assert lent(cells) == {"a": ((), ()), "b": (("q1",), ())}
    assert lent([Q1, Q2, check("a", "show('y', f(1))"), check("b", "show('y', g(1))")])["b"] == (("q1",), ("q1",))
    assert lent([Q1, alone, check("a", "show('y', f(1))"), check("b", "show('y', g(f(1)))")])["b"] == (
        ("q1",), ("q1",))


def test_what_is_needed_may_need_more():
    q3 = cell("q3", "def h(x): return g(x)", "answer")
    cells = [Q1, Q2, q3, check("a", "show('y', h(1))"), check("b", "show('y', g(1))"), check("c", "show('y', f(1))")]
    assert lent(cells)["a"] == (("q1", "q2"), ("q1", "q2"))


def test_a_check_that_uses_more_than_it_is_said_to_be_about_is_lent_that():
    assert lent([Q1, Q2, check("a", "show('y', g(1))", answers=["q1"])]) == {"a": (("q2",), ("q2",))}


def test_the_setup_passes_on_what_it_is_made_from():
    setup = cell("s", "data = f(3)", "setup")
    cells = [Q1, setup, check("a", "show('y', data)"), Q2, check("b", "show('y', g(data))")]
    assert subjects(cells) == {"a": ("q1",), "b": ("q2",)}
    shown = cell("s", "print(g(data))", "setup")
    cells = [cell("d", "data = 3", "setup"), Q1, Q2, shown, check("a", "show('y', f(data))")]
    assert (subjects(cells), lent(cells)) == ({"a": ("q1",)}, {"a": ((), ())})
