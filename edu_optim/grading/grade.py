"""The judge of one submission.

Every check is played on the student's own answers, visible and hidden ones in kernels that know nothing of each other.
What fails there is played once more without the other answers, on the reference's in place of those above: a wrong q1
does not sink q2. Nothing of those kernels is shown, since the reference is in them. An answer that is right only there,
with a solution which its own question does not need, is flagged: perhaps it does nothing but call that.
"""

import builtins
import hashlib
import time
import unicodedata
from dataclasses import replace

from . import chain, comparison
from . import result as results
from .dependence import bound_names, free_names
from .expected import Expected
from .marks import has_code, same
from .result import Judged, Result
from .stranger import source_of
from .values import MISSING, VALUE, shown

SECONDS = 300  # for one submission; what was not run by then is out of time
LONG = 5  # seconds that a cell may take before it is to blame for a kernel's running out of time
LONGEST = 2000  # characters of output that are kept


def seed_for(course_seed, name, source=b"", answers=None):
    """The seed of a submission: the same whoever grades it and however often, and another for every name and for every
    change of an answer, so that what one attempt has told is of no use for the next.

    Nobody can compute it who does not know both the course's seed and the assignment's source, solutions included: so
    a course's seed like 1 does no harm.

    Parameters
    ----------
    course_seed : int
    name : str
        Of the submission.
    source : bytes, optional
        The assignment.
    answers : dict of str to str, optional

    Returns
    -------
    int
        From 0 to 2**31 - 1: what `numpy.random.RandomState` takes, with something added too.

    Examples
    --------
    >>> seed_for(7, "ada", b"..."), seed_for(7, "bob", b"..."), seed_for(7, "ada", b"...", {"q1": "x = 1"})
    (188263047, 655862642, 1989031730)
    """
    course = hashlib.blake2b(str(course_seed).encode()).digest()
    secret = hashlib.blake2b(source, key=course).digest()
    text = repr((unicodedata.normalize("NFC", name), sorted((answers or {}).items())))
    drawn = hashlib.blake2b(text.encode("utf-8", "backslashreplace"), key=secret, digest_size=4).digest()
    return int.from_bytes(drawn, "big") >> 1


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
        judge = _Judge(assignment, submission, seed, kernels, started + seconds)
        checks, errors = judge.judged()
        facts = {"state": results.GRADED, "checks": checks, "errors": errors, "flags": tuple(judge.flags)}
    except chain.GraderFailed as error:
        facts = {"state": results.FAILED, "why": str(error), "flags": submission.flags}
    return Result(submission.name, seed=seed, versions=kernels.versions, sandbox=kernels.kind,
                  seconds=time.monotonic() - started, kernel_seconds=kernels.seconds, **facts)


class _Judge:
    def __init__(self, assignment, submission, seed, open_kernel, until):
        self.assignment, self.open_kernel, self.until = assignment, open_kernel, until
        self.score = chain.Score(assignment, seed)
        self.flags = [*submission.flags]
        self.answers = {name: source for name, source in submission.answers.items()
                        if name in assignment.answers and not same(source, assignment.answers[name].stub)
                        and has_code(source)}

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
        groups = {}
        for name, judged in found.items():
            if not judged.ok:
                groups.setdefault(self.score.subjects[name], []).append(name)
        for subject, names in groups.items():
            if not any(_hopeless(played[name].fatal.get(answer)) for name in names for answer in subject.about):
                found.update(self._once_more(subject, names, found))
        errors = {name: _text(ran, outputs=False) for name, ran in visible.answers.items() if ran.error}
        return {name: found.get(name) or self._unanswered(check)
                for name, check in self.assignment.checks.items()}, errors

    def _own(self, names, fatal):
        return chain.play(self.score.own(self.answers, names), self.open_kernel, self.until, fatal)

    def _once_more(self, subject, names, before):
        """Judge checks that have failed again, on solutions of the others; nothing if that has been done already."""
        own = self.score.own(self.answers, names)
        others = {step.name for step in own if step.role == chain.ANSWER} - {*subject.about}
        independent = self.score.independent.issuperset(subject.about)
        lent = subject.needed if independent else subject.above
        if not lent and not others:
            return {}
        again = self._on_reference(subject, names, lent)
        right = [name for name in names if again[name].ok]
        below = subject.lent_below([*self.assignment.answers])
        free = tuple(name for name in subject.needed if name not in below)
        if right and lent != free:  # what is right only now may be no more than a call of what was lent
            alone = self._on_reference(subject, right, free)
            ridden = [name for name in right if not alone[name].ok]
            if ridden:
                mine, theirs = (" and ".join(names) for names in (
                    subject.about, [name for name in lent if name not in free]))
                why = "stands below it" if below else "a solution can do without"
                self.flags.append(f"{mine} gets {', '.join(ridden)} only with the solution of {theirs}, which {why}: "
                                  "look whether it does more than call it")
        if len(right) < len(names):
            self._say_what_it_takes(subject, [name for name in names if name not in right], lent)
        return {name: self._final(self.assignment.checks[name], before[name], again[name]) for name in names}

    def _say_what_it_takes(self, subject, names, lent):
        """Flag what an answer takes from the cell of another, such as an import, and no solution gives."""
        wanted = set().union(*(free_names(self.answers[name]) for name in subject.about))
        for cell in self.score.cells:
            wanted -= bound_names(source_of(cell))
        for other in lent:
            taken = sorted(wanted & bound_names(self.answers.get(other, "")))
            if taken:
                mine, failed, what = " and ".join(subject.about), ", ".join(names), ", ".join(taken)
                self.flags.append(f"{mine} fails {failed} with the solution of {other} and takes {what} from the "
                                  f"student's own {other}: look whether it is right but for that")

    def _on_reference(self, subject, names, lent):
        """Judge checks on the answers that they are about and the solutions lent to them."""
        answers = {name: self.answers[name] for name in subject.about}
        played = chain.play(self.score.on_reference(answers, names, lent), self.open_kernel, self.until)
        return {name: self._judge(self.assignment.checks[name], played) for name in names}

    @staticmethod
    def _final(check, before, again):
        """What is told of a check that was run twice. Solutions were there at the second time, whose text a student's
        code could have read: of that run nothing is told but whether it is right, and a mistake that the author has
        named."""
        if again.ok or again.feedback in {known.text for known in check.misconceptions}:
            return replace(again, output=before.output)
        return before

    def _judge(self, check, played):
        """Judge what a check has put out."""
        ran = played.checks.get(check.name)
        judged = self._compared(check, ran) if ran and not ran.reason and not ran.error else Judged(
            False, 0, check.points, self._failed(check, played))
        if check.hidden:  # nothing but one bit, and what the author lets be said
            named = {"", *(known.text for known in check.misconceptions)}
            cause = ": ".join(filter(None, [judged.reason, judged.feedback]))
            return replace(judged, hidden=True, seconds=ran.seconds if ran else 0.0, cause=cause,
                           reason="" if judged.ok else results.ANOTHER,
                           feedback=judged.feedback if judged.feedback in named else "")
        return replace(judged, output=_text(ran) if ran else "", seconds=ran.seconds if ran else 0.0)

    def _compared(self, check, ran):
        difference = comparison.difference(check, self.expected.outputs[check.name], ran.outputs)
        if difference is None:
            return Judged(True, check.points, check.points)
        if difference == MISSING:
            return Judged(False, 0, check.points, results.NOTHING)
        known = self.expected.misconception(check, shown(ran.outputs))
        return Judged(False, 0, check.points, results.ANOTHER,
                      known.text if known else "" if difference == VALUE else difference)

    def _failed(self, check, played):
        """Why a check has nothing to be compared."""
        about, ran = self.score.about[check.name], played.checks.get(check.name)
        if ran is None or ran.reason:
            reason = ran.reason if ran else next(played.fatal[answer].reason for answer in about
                                                 if answer in played.fatal)
            return results.ENDINGS[reason]
        errors = [played.answers[a].error for a in about if a in played.answers and played.answers[a].error]
        return _raised((errors or [ran.error])[0][0])

    def _unanswered(self, check):
        return Judged(False, 0, check.points, results.NOT_ANSWERED, hidden=check.hidden)


def _hopeless(ending):
    """Whether an answer ran out of time by itself: once more it would only take as long again."""
    return bool(ending) and results.ENDINGS[ending.reason] == results.TIME and ending.seconds > LONG and ending.alone


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
