"""The field guide: every rule on a card, symptoms with their causes, and a recipe, as two pages to print.

`plain` reads a rule's formula at its defaults, `mathml` and `symbols` draw it, `cards` makes the cards, `links` leads
to lessons, `page` is the whole. What no rule declares stands in `rules.toml`, `symptoms.toml` and `monday.toml`.
"""

from .page import page, write

__all__ = ["page", "write"]
