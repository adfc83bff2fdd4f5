"""A formula, written once as its paper prints it, becomes every reading of it.

`source` finds the author's text, `read` and `terms` read it in the grammar of `grammar`, `hoist` parts what is the
same for every element from what is not, `write` prints one file with three pieces, `cache` keeps and imports it,
`run` does without Numba, and `rule` holds all of it together. `matrix` is for rules that need rows and columns.
"""

from .grammar import FormulaError
from .hyper import Hyper
from .matrix import MatrixRule, matrix_rule
from .read import read
from .rule import Rule, rule

__all__ = ["FormulaError", "Hyper", "MatrixRule", "Rule", "matrix_rule", "read", "rule"]
