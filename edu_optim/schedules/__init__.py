"""Rates over time: torch's schedules, one short file each, as values that multiply and follow one another."""

from .chainable import Chainable
from .chainedscheduler import ChainedScheduler
from .constantlr import ConstantLR
from .cosineannealinglr import CosineAnnealingLR
from .cosineannealingwarmrestarts import CosineAnnealingWarmRestarts
from .cycliclr import CyclicLR
from .effective import effective_rates
from .exponentiallr import ExponentialLR
from .inversesquarerootlr import InverseSquareRootLR
from .lambdalr import LambdaLR
from .linearlr import LinearLR
from .lint import lint
from .multiplicativelr import MultiplicativeLR
from .multisteplr import MultiStepLR
from .onecyclelr import OneCycleLR
from .polynomiallr import PolynomialLR
from .proofs import commutes, prove_equal
from .rangetest import range_test
from .reducelronplateau import ReduceLROnPlateau
from .running import rates
from .scheduler import LRScheduler
from .sequentiallr import SequentialLR
from .steplr import StepLR
from .warmupcosinelr import WarmupCosineLR
from .warmupplateaulr import WarmupPlateauLR
from .warmupstabledecaylr import WarmupStableDecayLR

__all__ = [
    "Chainable", "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR",
    "ExponentialLR", "InverseSquareRootLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR",
    "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR", "WarmupCosineLR", "WarmupPlateauLR",
    "WarmupStableDecayLR", "commutes", "effective_rates", "lint", "prove_equal", "range_test", "rates",
]
