"""The letter of each name: from the symbol that a rule declares, or from the name itself."""

import re
from html.entities import name2codepoint

_SCRIPT = r"(?P<place>[_^])(?:\{(?P<long>[^}]+)\}|\\?(?P<short>.+))"
_LATEX = re.compile(rf"(?P<hat>\\hat)?\\?(?P<base>[A-Za-z]+)(?:{_SCRIPT})?")
_SIGNS = {"infty": "&infin;", "inf": "&infin;", "+": "+", "-": "&minus;"}
_ACCENTS = {"hat": "^", "bar": "&#xaf;"}


def declared(latex):
    r"""MathML of a declared symbol.

    Examples
    --------
    >>> declared(r"\beta_1")
    '<msub><mi>&beta;</mi><mn>1</mn></msub>'
    """
    parts = _LATEX.fullmatch(latex)
    base = _letter(parts["base"])
    if parts["hat"]:
        base = _accent(base, "hat")
    script = parts["long"] or parts["short"]
    if not script:
        return base
    tag = "msub" if parts["place"] == "_" else "msup"
    return f"<{tag}>{base}{_letter(script)}</{tag}>"


def named(name):
    """MathML of a name in a formula: ``m_hat`` gets a hat, ``v_max`` an index, ``rho`` its Greek letter.

    Examples
    --------
    >>> named("rho_inf")
    '<msub><mi>&rho;</mi><mo>&infin;</mo></msub>'
    """
    base, _, rest = name.partition("_")
    if rest in _ACCENTS:
        return _accent(_letter(base), rest)
    return f"<msub>{_letter(base)}{_letter(rest)}</msub>" if rest else _letter(base)


def is_word(name):
    """Whether a name is printed as a word, which needs a dot beside its neighbours in a product."""
    base = name.partition("_")[0]
    return len(base) > 1 and base not in name2codepoint


def _letter(text):
    if text.isdigit():
        return f"<mn>{text}</mn>"
    if text in _SIGNS:
        return f"<mo>{_SIGNS[text]}</mo>"
    return f"<mi>&{text};</mi>" if text in name2codepoint else f"<mi>{text}</mi>"


def _accent(base, accent):
    return f'<mover accent="true">{base}<mo stretchy="false">{_ACCENTS[accent]}</mo></mover>'
