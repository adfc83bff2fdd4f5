"""What grading one submission gives, as data that can be written and read again."""

import json
from dataclasses import asdict, dataclass, field

GRADED, UNREADABLE, FAILED = "graded", "unreadable", "grader failed"

# Why a check gives no points; nothing else is ever said about a hidden one.
NOT_ANSWERED = "not answered"
ANOTHER = "another result than expected"
NOTHING = "no result was shown"
RAISED = "raised"
TIME = "time limit"
MEMORY = "memory limit"
OUTPUT = "output limit"
ENDED = "kernel ended"
ENDINGS = {"time": TIME, "cpu": TIME, "memory": MEMORY, "output": OUTPUT, "kernel ended": ENDED}


@dataclass(frozen=True)
class Judged:
    """One check.

    Parameters
    ----------
    ok : bool
    points, of : int or float
        Given, and at most.
    reason : str
        Empty if it is right, else of the fixed list; after "raised" stands the name of one of Python's own errors. Of
        a hidden check that failed it is always `ANOTHER`: whatever else were told, a student's code could choose by
        what it has seen of the check.
    feedback : str
        What the author says of such a value, for which a misconception must stand at this very check; or, of a visible
        one, what kind of difference it is.
    output : str
        What the student's own code put out in this check, as it came; empty for a hidden one.
    hidden : bool
    seconds : float
    cause : str
        Why a hidden check failed, for the lecturer alone.
    """

    ok: bool
    points: float
    of: float
    reason: str = ""
    feedback: str = ""
    output: str = ""
    hidden: bool = False
    seconds: float = 0.0
    cause: str = ""


@dataclass(frozen=True)
class Result:
    """One submission.

    Parameters
    ----------
    submission : str
        Its name.
    state : str
        "graded"; "unreadable", with no points, and ``why`` is for the student; or "grader failed", which is no zero:
        somebody must look at ``why``.
    checks : dict of str to Judged
        Empty if the grader failed.
    seed : int
    versions : dict of str
    sandbox : str
        What kept the student's process in: "bwrap", or "none" if somebody asked for that.
    flags : tuple of str
        What a person may want to look at.
    errors : dict of str to str
        What an answer itself raised.
    why : str
    seconds, kernel_seconds : float
        By the clock: altogether, and from opening to closing the student's kernels and the reference's.
    """

    submission: str
    state: str
    checks: dict = field(default_factory=dict)
    seed: int = 0
    versions: dict = field(default_factory=dict)
    sandbox: str = ""
    flags: tuple = ()
    errors: dict = field(default_factory=dict)
    why: str = ""
    seconds: float = 0.0
    kernel_seconds: float = 0.0

    @property
    def total(self):
        """int or float: the points; None if the grader failed."""
        return None if self.state == FAILED else total(check.points for check in self.checks.values())

    def to_json(self):
        """str: all of it."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text):
        """Read what `to_json` wrote; ValueError, TypeError or KeyError if it is something else.

        Examples
        --------
        >>> result = Result("ada", GRADED, {"c1": Judged(True, 1, 1)}, seed=3)
        >>> Result.from_json(result.to_json()) == result
        True
        """
        given = json.loads(text)
        given["checks"] = {name: Judged(**judged) for name, judged in given["checks"].items()}
        given["flags"] = tuple(given["flags"])
        return cls(**given)


def total(points):
    """The sum of points, without the noise of binary fractions and as a whole number if it is one.

    Examples
    --------
    >>> total([0.1, 0.2, 1]), total([0.5, 1.5])
    (1.3, 2)
    """
    number = round(sum(points), 9)
    return int(number) if number == int(number) else number
