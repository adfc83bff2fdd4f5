"""Pictures of results, all in one style. Nothing here runs an experiment, and nothing changes matplotlib's settings."""

from .contours import contour
from .convictions import convictions
from .curves import losses
from .digits import images
from .fairness import choices, rate_grid
from .freezing import freeze_matrix
from .multipliers import multipliers
from .output import present
from .race import crown, differences, lead, race
from .schedules import factors, rate_map, schedule
from .style import LOOKS, Look, looks, panels, style

__all__ = [
    "LOOKS", "Look", "choices", "contour", "convictions", "crown", "differences", "factors", "freeze_matrix",
    "images", "lead", "looks", "losses", "multipliers", "panels", "present", "race", "rate_grid", "rate_map",
    "schedule", "style",
]
