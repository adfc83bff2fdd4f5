"""A rule in words: the one text about it, made from its declaration, its formula and its docstring."""

import ast
import inspect
import textwrap


def formula_lines(rule):
    """The lines of a rule's formula as its author wrote them, without signature and docstring."""
    lines, _ = inspect.getsourcelines(rule.formula)
    lines = textwrap.dedent("".join(lines)).splitlines()
    body = ast.parse("\n".join(lines)).body[0].body
    first = body[1] if ast.get_docstring(ast.Module(body, [])) is not None else body[0]
    return textwrap.dedent("\n".join(lines[first.lineno - 1 :])).splitlines()


def card(rule):
    """The text about a rule: what it does, formula, hyperparameters, conventions, source, example.

    Examples
    --------
    >>> import edu_optim as eo
    >>> print("\\n".join(card(eo.RULES["SGD"]).splitlines()[:7]))
    Stochastic gradient descent: a step against the gradient, as long as the rate times its length.
    <BLANKLINE>
    Formula
    -------
        return x - lr * g
    <BLANKLINE>
    Parameters
    """
    head, _, rest = (rule.__doc__ or rule.name).partition("\n\n")
    before, heading, examples = rest.partition("Examples\n--------\n")
    sections = [head, section("Formula", textwrap.indent("\n".join(formula_lines(rule)), "    "))]
    sections.append(section("Parameters", "\n".join(
        f"{name} : float, default {hyper.default:g}\n    {hyper.words(name)}; {hyper.symbol} in the mathematics."
        for name, hyper in rule.hyperparameters.items())))
    sections.append(before.strip())
    sections.append(section("Degree", _degree(rule)))
    sections.append(section("References", f"{rule.paper}."))
    if examples:
        sections.append(heading + examples.strip())
    return "\n\n".join(s for s in sections if s)


def section(title, text):
    """A heading, underlined as in numpydoc, and a text below it."""
    return f"{title}\n{'-' * len(title)}\n{text}"


def _degree(rule):
    if rule.degree is None:
        return "None: no power of a factor c in the gradients comes out of the step."
    size = {0: "no change of the step (eps aside)", 1: "a step times c"}[rule.degree]
    return f"{rule.degree}: gradients times c > 0 give {size}."
