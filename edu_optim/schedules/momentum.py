"""Momentum that goes down while the rate goes up, and back."""

from .groups import checked_groups, restore, write
from .scheduler import LRScheduler


class MomentumCycle(LRScheduler):
    """A schedule that may cycle momentum too: ``betas[0]``, or ``beta1``, or else ``momentum`` of each group."""

    def _check_momentum(self, optimizer):
        """ValueError where there is a group without a momentum to cycle."""
        if self.cycle_momentum and optimizer is not None:
            for place, group in enumerate(checked_groups(optimizer)):
                momentum_key(group, place)

    def _write(self, known, rates, before):
        if not self.cycle_momentum:
            return super()._write(known, rates, before), ()
        keys = [momentum_key(k.group, place) for place, k in enumerate(known)]
        momenta = write([momentum_change(k.group, key, self._momentum(k)) for k, key in zip(known, keys)])
        try:
            return super()._write(known, rates, before), momenta
        except BaseException:
            restore(momenta)
            raise

    def _unwrite(self, known, before):
        rates, momenta = before
        super()._unwrite(known, rates)
        restore(momenta)


def momentum_key(group, place):
    """Under which name a group has its momentum; ValueError if it has none."""
    for key in ("betas", "beta1", "momentum"):
        if key in group:
            return key
    raise ValueError(
        f"param_groups[{place}] has no momentum to cycle, neither betas nor beta1 nor momentum: take a rule that has "
        "one, such as eo.MomentumSGD, or cycle_momentum=False")


def momentum_change(group, key, value):
    """(group, key, new entry), as `groups.write` takes it."""
    return (group, key, (value, *group["betas"][1:]) if key == "betas" else value)
