"""What an exercise calls. Each prints one line, the same on every machine, that hints at the idea missed."""

from .bets import bet, opened, settle
from .follow import follow
from .laws import laws
from .numbers import value
from .parity import parity

__all__ = ["bet", "follow", "laws", "opened", "parity", "settle", "value"]
