"""Pictures of results, all in one style. Nothing here runs an experiment, and nothing changes matplotlib's settings."""

from .contours import contour
from .convictions import convictions
from .curves import losses
from .digits import images
from .output import present
from .style import LOOKS, Look, looks, panels, style

__all__ = ["LOOKS", "Look", "contour", "convictions", "images", "looks", "losses", "panels", "present", "style"]
