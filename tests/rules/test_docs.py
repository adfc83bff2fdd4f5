"""What a rule says of itself: the parts every docstring has, and examples that run."""

import doctest

import pytest

import edu_optim as eo


@pytest.mark.parametrize("name", eo.RULES)
def test_docstring_has_its_parts_in_order(name):
    rule = eo.RULES[name]
    symbols = ["Symbols"] if rule.element_states else []
    parts = [*symbols, "Convention", "When not to use it", "Other libraries", "Examples"]
    places = [rule.__doc__.find(f"\n{part}\n{'-' * len(part)}\n") for part in parts]
    assert -1 not in places and places == sorted(places), dict(zip(parts, places))
    for state in rule.element_states:
        assert f"\n{state} : " in rule.__doc__, f"{name} does not say what {state} is"
    for library in ("Chainer", "torch", "optax", "Keras", "TensorFlow"):
        assert library.lower() in rule.__doc__.lower(), f"{name} does not say how {library} differs"


@pytest.mark.parametrize("name", eo.RULES)
def test_examples_run(name):
    rule = eo.RULES[name]
    test = doctest.DocTestParser().get_doctest(rule.__doc__, {}, name, name, 0)
    assert test.examples
    report = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("name", eo.RULES)
def test_paper_names_its_year(name):
    assert any(str(year) in eo.RULES[name].paper for year in range(1847, 2027))


@pytest.mark.parametrize("name", eo.RULES)
def test_class_shows_formula_and_defaults(name):
    cls = getattr(eo, name)
    assert cls is eo.RULES[name].optimizer and cls.__name__ == name
    assert "return" in cls.__doc__
    for hyper in eo.RULES[name].hyperparameters:
        assert f"\n{hyper} : " in cls.__doc__
