"""What the checks show for the reference, and for each wrong solution that the author has named.

Only the author's code runs here; what it shows never goes into a kernel.
"""

from . import chain
from .values import shown


class Expected:
    """Values to compare with, from kernels of their own.

    Parameters
    ----------
    assignment : source.Assignment
    open_kernel : callable
    score : chain.Score

    Attributes
    ----------
    outputs : dict of str to list of dict
        What the cell of each check put out.

    Raises
    ------
    GraderFailed
        If the assignment does not run.
    """

    def __init__(self, assignment, open_kernel, score):
        self._assignment, self._open_kernel, self._seed = assignment, open_kernel, score.seed
        self._wrong = None
        self.outputs = {}
        with chain.opened(open_kernel) as kernel:
            for step in score.reference():
                ran = kernel.run(step.source)
                if ran.reason or ran.error:
                    why = f"raised {': '.join(ran.error)}" if ran.error else f"ended the kernel ({ran.reason})"
                    raise chain.GraderFailed(f"the assignment's own cell {step.source[:60]!r} {why}"[:500])
                if step.role == chain.CHECK:
                    self.outputs[step.name] = ran.outputs

    def misconception(self, check, got):
        """The misconception of a check under which it would show what was got, or None."""
        if not check.misconceptions:
            return None
        if self._wrong is None:
            self._wrong = self._misconceived()
        found = (one for one in check.misconceptions
                 if self._wrong.get((check.name, one.name))
                 and not check.difference(self._wrong[check.name, one.name], got))
        return next(found, None)

    def _misconceived(self):
        """What the checks show under each misconception; one that does not run names nobody."""
        wrong = {}
        with chain.opened(self._open_kernel) as kernel:
            for cell in self._assignment.reference(seed=self._seed) + self._assignment.misconceived(self._seed):
                ran = kernel.run(cell["source"])
                if ran.reason:
                    break
                ours = cell["metadata"]["edu_optim"]
                if "misconception" in ours and not ran.error:
                    wrong[ours["name"], ours["misconception"]] = shown(ran.outputs)
        return wrong
