"""The ledger: the coming step of one element, worked out line by line, and nothing moved.

`account` writes it down, from what `rehearsal` sees in a dry run of the step on copies (`copies`) of its hooks;
`formula` has the rule's lines with numbers put in, `hook` what a hook is about to do, `words` numbers and
expressions as text, and `show` the page for the terminal and for a notebook.
"""

from .account import explain
from .show import Ledger, Row

__all__ = ["Ledger", "Row", "explain"]
