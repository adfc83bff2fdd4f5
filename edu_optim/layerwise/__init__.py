"""A rate for every layer: the recipes people write down, on one network, and what each of them amounts to.

A recipe takes a network, a table of multipliers, ``{"l1": 0.01, "l2": 1}``, and an optimizer, and gives a function
that takes one step. `effective_multiplier` says beforehand which of them does nothing under which rule.
"""

from .decay import layer_decay
from .effect import Effect, effective_multiplier
from .forward import lr_mult, slowed
from .measured import measured_multiplier, measured_steps
from .recipes import (
    RECIPES,
    Recipe,
    groups,
    multiplied_rates,
    named_multipliers,
    scaled_gradients,
    slowed_activations,
    slowed_parameters,
    split_gradient,
    two_optimizers,
)

__all__ = ["RECIPES", "Effect", "Recipe", "effective_multiplier", "groups", "layer_decay", "lr_mult",
           "measured_multiplier", "measured_steps", "multiplied_rates", "named_multipliers", "scaled_gradients",
           "slowed", "slowed_activations", "slowed_parameters", "split_gradient", "two_optimizers"]
