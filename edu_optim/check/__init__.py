"""What an exercise calls. Each prints one line, the same on every machine, that hints at the idea missed."""

from .bets import bet, opened, settle
from .convictions import convictions, golden_steps
from .follow import follow
from .lawbook import Law
from .laws import laws, laws_of
from .mutants import mutants
from .numbers import value
from .parity import parity

__all__ = [
    "Law", "bet", "convictions", "follow", "golden_steps", "laws", "laws_of", "mutants", "opened", "parity", "settle",
    "value",
]
