"""The judge of one submission.

Every check is played on the student's own answers, visible and hidden ones in kernels that know nothing of each other.
What fails there is played once more with the reference in place of the answers that the check is not about: a wrong q1
does not sink q2. Nothing of those kernels is shown, since the reference is in them.
"""

import builtins
import hashlib
import time
import unicodedata

from . import chain, comparison
from . import result as results
from .expected import Expected
from .result import Judged, Result
from .submission import same
from .values import MISSING, VALUE, shown

SECONDS = 300  # for one submission; what was not run by then is out of time
LONG = 5  # seconds that a cell may take before it is to blame for a kernel's running out of time
LONGEST = 2000  # characters of output that are kept


def seed_for(course_seed, name):
    """The seed of a submission: the same whoever grades it, and another for every name.

    Examples
    --------
    >>> seed_for(7, "ada"), seed_for(7, "bob")
    (880514303, 1740449751)
    """
    text = f"{course_seed}\0{unicodedata.normalize('NFC', name)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def grade(assignment, submission, seed, open_kernel, seconds=SECONDS):
    """Judge a submission.

    Parameters
    ----------
    assignment : source.Assignment
    submission : Submission
    seed : int
        What the checks find as ``seed``.
    open_kernel : callable
        Returns a context manager of a kernel, such as `sandbox.Kernel`.
    seconds : float, optional
        By the clock, after which no further cell is begun.

    Returns
    -------
    Result
        In the state "graded" or "grader failed".
    """
    started = time.monotonic()
    kernels = _Counted(open_kernel)
    try:
        checks, errors = _Judge(assignment, submission, seed, kernels, started + seconds).judged()
        facts = {"state": results.GRADED, "checks": checks, "errors": errors}
    except chain.GraderFailed as error:
        facts = {"state": results.FAILED, "why": str(error)}
    return Result(submission.name, seed=seed, flags=submission.flags, versions=kernels.versions, sandbox=kernels.kind,
                  seconds=time.monotonic() - started, kernel_seconds=kernels.seconds, **facts)


class _Judge:
    def __init__(self, assignment, submission, seed, open_kernel, until):
        self.assignment, self.open_kernel, self.until = assignment, open_kernel, until
        self.score = chain.Score(assignment, seed)
        self.answers = {name: source for name, source in submission.answers.items()
                        if name in assignment.answers and not same(source, assignment.answers[name].stub)
                        and _is_code(source)}

    def judged(self):
        """(Judged of each check, what each answer raised)."""
        answered = [check for check in self.assignment.checks.values()
                    if set(self.score.about[check.name]) <= self.answers.keys()]
        if not answered:
            return {name: self._unanswered(check) for name, check in self.assignment.checks.items()}, {}
        self.expected = Expected(self.assignment, self.open_kernel, self.score)
        visible = self._own([check.name for check in answered if not check.hidden], {})
        hidden = self._own([check.name for check in answered if check.hidden], visible.fatal)
        played = {check.name: hidden if check.hidden else visible for check in answered}
        found = {check.name: self._judge(check, played[check.name]) for check in answered}
        for about in dict.fromkeys(self.score.about[name] for name, judged in found.items() if not judged.ok):
            names = [name for name in found if self.score.about[name] == about and not found[name].ok]
            if any(self._took_long(answer, played[name]) for name in names for answer in about):
                continue
            again = self._on_reference(about, names)
            for name in names if again else ():
                found[name] = self._judge(self.assignment.checks[name], again, found[name])
        errors = {name: _text(ran, outputs=False) for name, ran in visible.answers.items() if ran.error}
        return {name: found.get(name) or self._unanswered(check)
                for name, check in self.assignment.checks.items()}, errors

    def _took_long(self, answer, played):
        """Whether an answer ran out of time by itself: once more it would only take as long again."""
        reason, seconds = played.fatal.get(answer, ("", 0.0))
        return results.ENDINGS.get(reason) == results.TIME and seconds > LONG

    def _own(self, names, fatal):
        return chain.play(self.score.own(self.answers, names), self.open_kernel, self.until, fatal)

    def _on_reference(self, about, names):
        """Play checks about some answers alone; None if that is what has been done already."""
        answers = {name: self.answers[name] for name in about}
        steps = self.score.on_reference(answers, names)
        if not any(step.role == chain.REFERENCE for step in steps):
            return None
        return chain.play(steps, self.open_kernel, self.until)

    def _judge(self, check, played, before=None):
        """Judge what a check has put out; ``before`` is how it was judged on the student's own answers alone."""
        about = self.score.about[check.name]
        ran = played.checks.get(check.name)
        facts = {"of": check.points, "hidden": check.hidden, "seconds": ran.seconds if ran else 0.0,
                 "output": before.output if before else "" if check.hidden or ran is None else _text(ran)}
        if ran is None or ran.reason:
            reason = ran.reason if ran else next(played.fatal[answer][0] for answer in about if answer in played.fatal)
            return Judged(False, 0, reason=results.ENDINGS[reason], **facts)
        if ran.error:
            errors = [played.answers[a].error for a in about if a in played.answers and played.answers[a].error]
            # The name of an error may be chosen by what a student's code has seen of hidden checks or of the reference.
            reason = f"{results.RAISED} an error" if check.hidden or before else _raised((errors or [ran.error])[0][0])
            if before and before.reason.startswith(results.RAISED):
                reason = before.reason
            return Judged(False, 0, reason=reason, **facts)
        difference = comparison.difference(check, self.expected.outputs[check.name], ran.outputs)
        if difference is None:
            return Judged(True, check.points, **facts)
        if difference == MISSING:
            return Judged(False, 0, reason=results.NOTHING, **facts)
        known = self.expected.misconception(check, shown(ran.outputs))
        feedback = known.text if known else "" if difference == VALUE else difference
        return Judged(False, 0, reason=results.ANOTHER, feedback=feedback, **facts)

    def _unanswered(self, check):
        return Judged(False, 0, check.points, results.NOT_ANSWERED, hidden=check.hidden)


def _is_code(source):
    """Whether there is more than comments."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in source.split("\n"))


def _raised(name):
    """The reason for an error: its name only if it is one of Python's own, since a student can choose any other."""
    known = getattr(builtins, name, None) if isinstance(name, str) else None
    own = isinstance(known, type) and issubclass(known, BaseException)
    return f"{results.RAISED} {name}" if own else f"{results.RAISED} an error"


def _text(ran, outputs=True):
    """What a cell put out, and what it raised, as text."""
    parts = []
    for output in ran.outputs if outputs else ():
        if output.get("output_type") == "stream":
            parts.append(str(output.get("text", "")))
        elif isinstance(output.get("data"), dict) and "text/plain" in output["data"]:
            parts.append(f"{output['data']['text/plain']}\n")
    if ran.error:
        parts.append(f"{ran.error[0]}: {ran.error[1]}")
    text = "".join(parts)
    return text if len(text) <= LONGEST else text[:LONGEST] + " ... (cut)"


class _Counted:
    """Opens kernels, adds up how long they are open, and keeps what they say of themselves."""

    def __init__(self, open_kernel):
        self._open, self.seconds, self.versions, self.kind = open_kernel, 0.0, {}, ""

    def __call__(self):
        return _Open(self, self._open)


class _Open:
    def __init__(self, counted, open_kernel):
        self._counted, self._open_kernel = counted, open_kernel

    def __enter__(self):
        self._started = time.monotonic()
        self._context = self._open_kernel()
        kernel = self._context.__enter__()
        self._counted.versions, self._counted.kind = dict(kernel.versions), kernel.kind
        return kernel

    def __exit__(self, *error):
        try:
            return self._context.__exit__(*error)
        finally:
            self._counted.seconds += time.monotonic() - self._started
