"""Small tasks whose answer is known without running anything: a rule that ends elsewhere is wrong, or is shown up.

`quadratic` and `speed` know what momentum does on a bowl, `rare_words` what a rate per coordinate does for a rare one,
`reddi` has Adam end at the worst point there is, and `wilson` has adaptive rules learn by heart.
"""

from .quadratic import LINEAR, quadratic, speed, update_matrix
from .rare_words import rare_words
from .reddi import reddi
from .walk import walk
from .wilson import Separable, wilson

__all__ = ["LINEAR", "Separable", "quadratic", "rare_words", "reddi", "speed", "update_matrix", "walk", "wilson"]
