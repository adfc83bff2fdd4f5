"""Whether an optimizer stepped before its schedule did. Nobody's `step` is wrapped to find out."""

import warnings


class Watch:
    """Looks, once, whether an optimizer has stepped since it was made.

    Ours count their steps. Torch's leave a mark, `_opt_called`, where a scheduler of torch's looks on too; elsewhere
    its public hook after a step tells, and is taken away again at the first look. Of a list of groups, or of an
    optimizer that tells neither way, nothing is known and nothing is said.
    """

    def __init__(self, optimizer):
        self._optimizer, self._hook, self._called = optimizer, None, []
        count = getattr(optimizer, "steps", None)
        self._count = count if isinstance(count, int) else None
        if self._count is None and not self._marked() and hasattr(optimizer, "register_step_post_hook"):
            called = self._called  # the list and not the watch, which is to go, and its hook with it
            self._hook = optimizer.register_step_post_hook(lambda *_: called.append(True))

    def _marked(self):
        return hasattr(getattr(self._optimizer, "step", None), "_wrapped_by_lr_sched")

    def __del__(self):
        if self._hook is not None:
            self._hook.remove()

    def look(self):
        """Warn if the optimizer has certainly not stepped."""
        if self._count is not None:
            early = self._optimizer.steps == self._count
        elif self._hook is not None:
            early = not self._called
        else:
            early = self._marked() and not getattr(self._optimizer, "_opt_called", False)
        if early:
            warnings.warn(
                "the schedule stepped before the optimizer: the rate of the first epoch is never used. Call "
                "optimizer.step() first, schedule.step() at the end of the epoch", UserWarning, stacklevel=4)
