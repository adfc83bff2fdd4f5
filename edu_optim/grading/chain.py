"""Run cells one after the other in a kernel, and again without an answer that was the end of one: it costs no other
answer anything."""

import contextlib
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from . import preamble
from .dependence import subjects
from .stranger import ours, source_of

SETUP, ANSWER, REFERENCE, CHECK = "setup", "answer", "reference", "check"


class GraderFailed(Exception):
    """What is no fault of the student's: no points can be given, and a person must look."""


@dataclass(frozen=True)
class Step:
    """A cell to run: its role (an answer of the student's own, or the reference's), its name and source; for a check,
    the answers it is about."""

    role: str
    name: str
    source: str
    about: tuple = ()


class Ending(NamedTuple):
    """Why an answer had to be taken out: a reason of `Ran`, after how many seconds of the cell that ended its kernel,
    and whether no other answer of the student's had been run there, which might be to blame."""

    reason: str
    seconds: float
    alone: bool


@dataclass
class Played:
    """What became of the steps: a `Ran` for each check and answer that was run; for each answer that had to be taken
    out its `Ending`. Such an answer took its remaining checks with it."""

    checks: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    fatal: dict = field(default_factory=dict)


class Score:
    """The cells of an assignment as steps, in all the ways in which they are played.

    Parameters
    ----------
    assignment : source.Assignment
    seed : int
        What every check finds as ``seed``, whatever an answer has made of that name.

    Attributes
    ----------
    about : dict of str to tuple of str
        The answers that each check is about.
    subjects : dict of str to Subject
        That, and whose solutions may stand beside them.
    independent : frozenset of str
        The answers whose metadata say ``"independent": true``: they are lent no solution that their own can do without.
    """

    def __init__(self, assignment, seed):
        self.cells = assignment.reference()
        self.subjects = subjects(self.cells)
        self.about = {name: subject.about for name, subject in self.subjects.items()}
        self.independent = frozenset(ours(cell).get("name") for cell in self.cells
                                     if ours(cell).get("independent") is True)
        self.seed, self._source = seed, assignment.before_check(seed)

    @property
    def first(self):
        """Step: defines the seed, and what else an answer may have put something else in the place of."""
        return Step(SETUP, "seed", self._source)

    def reference(self):
        """List the steps with every solution and check."""
        return self._steps(self.about, lambda name, solution: Step(REFERENCE, name, solution))

    def own(self, answers, checks):
        """List the steps with a student's answers, those that are there, and the checks of these names."""
        return self._steps(checks, lambda name, _: Step(ANSWER, name, answers[name]) if name in answers else None)

    def on_reference(self, answers, checks, lent):
        """List the steps with these answers, the solutions of those in ``lent``, no others, and the checks."""
        return self._steps(checks, lambda name, solution: Step(ANSWER, name, answers[name]) if name in answers
                           else Step(REFERENCE, name, solution) if name in lent else None)

    def _steps(self, checks, answer):
        steps = [Step(SETUP, "", preamble.SOURCE), self.first]
        for cell in self.cells:
            source, role, name = source_of(cell), ours(cell).get("role"), ours(cell).get("name")
            if role == ANSWER:
                steps.append(answer(name, source))
            elif role == CHECK:
                steps += [self.first, Step(CHECK, name, source, self.about[name])] if name in checks else []
            else:
                steps.append(Step(SETUP, "", source))
        last = max((i for i, step in enumerate(steps) if step and step.role == CHECK), default=-1)
        return [step for step in steps[:last + 1] if step]


def play(steps, open_kernel, until, fatal=()):
    """Run steps in as many kernels as it takes.

    Parameters
    ----------
    steps : list of Step
    open_kernel : callable
        Returns a context manager of a kernel, as `sandbox.Kernel`.
    until : float
        When to stop, in seconds of `time.monotonic`: what was not run by then has run out of time.
    fatal : dict of str to Ending, optional
        Of another `Played`: answers that are known to end a kernel are not run.

    Returns
    -------
    Played

    Raises
    ------
    GraderFailed
        If a kernel cannot be had, or ends before anything of the student's is run.
    """
    played = Played(fatal=dict(fatal))
    while todo := _left(steps, played):
        if time.monotonic() > until:
            played.fatal.update({answer: Ending("time", 0.0, False)
                                 for step in todo if step.role == CHECK for answer in step.about})
            break
        with opened(open_kernel) as kernel:
            blamed = _run(todo, kernel, played, until)
        if blamed is None:
            break
        answer, played.fatal[answer] = blamed
    return played


def _left(steps, played):
    """What is still to run: up to the last check that is neither done nor lost with its answer."""
    steps = [step for step in steps
             if not (step.role == ANSWER and step.name in played.fatal)
             and not (step.role == CHECK and (step.name in played.checks or played.fatal.keys() & set(step.about)))]
    last = max((i for i, step in enumerate(steps) if step.role == CHECK), default=-1)
    return steps[:last + 1]


def _run(steps, kernel, played, until):
    """Run steps in one kernel; return the answer that ended it and its `Ending`, or None."""
    present = []  # answers of the student's; the latest is to blame for what the cells of others suffer
    for step in steps:
        ran = kernel.run(step.source)
        if step.role == ANSWER:
            present.append(step.name)
            played.answers[step.name] = ran
        elif step.role == CHECK:
            played.checks[step.name] = ran
        reason = ran.reason or ("time" if time.monotonic() > until and step is not steps[-1] else None)
        if reason:
            blamed = [answer for answer in step.about if answer in present] or present or _nobody(step, reason)
            return blamed[-1], Ending(reason, ran.seconds, present == blamed[-1:])
    return None


def _nobody(step, reason):
    raise GraderFailed(f"the cell {step.source[:60]!r} of the assignment ended its kernel ({reason})")


@contextlib.contextmanager
def opened(open_kernel):
    """A kernel; GraderFailed if it cannot be had."""
    with contextlib.ExitStack() as stack:
        try:
            kernel = stack.enter_context(open_kernel())
        except Exception as error:
            raise GraderFailed(f"no kernel could be started ({type(error).__name__}: {error})") from error
        yield kernel
