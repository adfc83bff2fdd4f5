"""What schedules made of schedules have in common."""

from .groups import checked_groups, restore
from .order import Watch
from .reducelronplateau import ReduceLROnPlateau
from .scheduler import LRScheduler
from .states import checked_state


class Composite(LRScheduler):
    """Schedules of one optimizer under one `step`; without an optimizer, values under one value."""

    def _gather(self, schedulers, optimizer):
        """Check the members, and bind values where there is an optimizer."""
        name = type(self).__name__
        schedulers = list(schedulers or ())
        if not schedulers:
            raise ValueError(f"{name} needs at least one schedule: schedulers=[StepLR(step_size=3)]")
        for place, schedule in enumerate(schedulers):
            if not isinstance(schedule, LRScheduler):
                raise TypeError(f"schedulers[{place}] is {schedule!r}; {name} takes schedules of this package")
            if isinstance(schedule, ReduceLROnPlateau):
                raise ValueError(
                    f"schedulers[{place}] is {type(schedule).__name__}, which {name} has no metric for: step it "
                    "beside, or use WarmupPlateauLR")
        if optimizer is None:
            optimizer = next((s.optimizer for s in schedulers if s.optimizer is not None), None)
        for place, schedule in enumerate(schedulers):
            if schedule.optimizer is not None and schedule.optimizer is not optimizer:
                raise ValueError(f"schedulers[{place}] drives another optimizer: {name} takes schedules of one")
        self.schedulers, self.optimizer, self.compat, self._last_lr = schedulers, optimizer, None, []
        if optimizer is not None:
            self._start_all()

    def _start_all(self):
        before = [(group, "lr", group["lr"]) for group in checked_groups(self.optimizer)]
        try:
            self.schedulers = [s if s.optimizer is not None else s.bind(self.optimizer) for s in self.schedulers]
            self._begin()
        except BaseException:
            restore(before)
            raise
        for schedule in self.schedulers:
            schedule._watch = None  # one warning is enough
        self._watch = Watch(self.optimizer)

    def arguments(self):
        held = super().arguments()
        return {**held, "schedulers": [schedule.unbound() for schedule in self.schedulers]}

    def bind(self, optimizer, **changes):
        return type(self)(optimizer=optimizer, **{**self.arguments(), **changes})

    def step(self):
        """Go on to the next epoch; call it after the optimizer's step."""
        if self._watch is not None:
            self._look_at_order()
        self._update_lr()

    def get_lr(self):
        raise NotImplementedError(f"{type(self).__name__} has no rate of its own to come: call get_last_lr()")

    @property
    def base_lrs(self):
        return self.schedulers[0].base_lrs

    def _undo_initial_step(self):
        for schedule in self.schedulers:
            schedule._undo_initial_step()

    def state_dict(self):
        own = {name: getattr(self, name) for name in self.memory}
        members = [schedule.state_dict() for schedule in self.schedulers]
        return {"schedule": type(self).__name__, **own, "members": members, "last_lr": self.get_last_lr()}

    def load_state_dict(self, state_dict):
        state = checked_state(self, state_dict)
        members = state.pop("members")
        if len(members) != len(self.schedulers):
            raise ValueError(f"the state has {len(members)} schedules, and there are {len(self.schedulers)} here")
        before = [schedule.state_dict() for schedule in self.schedulers]
        try:
            for schedule, member in zip(self.schedulers, members):
                schedule.load_state_dict(member)
        except BaseException:
            for schedule, member in zip(self.schedulers, before):
                schedule.load_state_dict(member)
            raise
        self._last_lr, self._watch = state.pop("last_lr"), None
        for name, value in state.items():
            setattr(self, name, value)
