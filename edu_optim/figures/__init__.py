"""Pictures of results, all in one style. Nothing here runs an experiment, and nothing changes matplotlib's settings."""

from .contours import contour
from .convictions import convictions
from .curves import losses
from .digits import images
from .freezing import freeze_matrix
from .output import present
from .schedules import factors, rate_map, schedule
from .style import LOOKS, Look, looks, panels, style

__all__ = [
    "LOOKS", "Look", "contour", "convictions", "factors", "freeze_matrix", "images", "looks", "losses", "panels",
    "present", "rate_map", "schedule", "style",
]
