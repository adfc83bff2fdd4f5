"""Stepping a schedule before its optimizer is warned of, and nobody's step is wrapped to know."""

import copy
import warnings

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import schedules
from edu_optim.schedules import ExponentialLR, StepLR

EARLY = "the schedule stepped before the optimizer"
MAKERS = [
    lambda optimizer: StepLR(optimizer, 3),
    lambda optimizer: (StepLR(step_size=3) * ExponentialLR(gamma=0.9)).bind(optimizer),
    lambda optimizer: (StepLR(step_size=3).until(1) >> ExponentialLR(gamma=0.9)).bind(optimizer),
]


def said(*calls):
    """The warnings of some calls, and that they point to the caller."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for call in calls:
            call()
    assert all(w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


def ours():
    return eo.SGD([eo.Parameter(np.zeros(1))], lr=0.1)


class Torchlike:
    """As torch's optimizers: groups, a step, and a public hook after it."""

    def __init__(self):
        self.param_groups, self.hooks = [{"lr": 0.1}], {}

    def step(self):
        for hook in list(self.hooks.values()):
            hook(self, (), {})

    def register_step_post_hook(self, hook):
        hooks, key = self.hooks, object()
        hooks[key] = hook

        class Handle:
            def remove(self):
                hooks.pop(key, None)

        return Handle()


class Marked(Torchlike):
    """The same with torch's own scheduler looking on, which has wrapped its step."""

    def __init__(self):
        super().__init__()

        def step():
            self._opt_called = True

        step._wrapped_by_lr_sched = True
        self.step = step


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("optimizer", [ours, Torchlike, Marked])
def test_once_and_only_if_it_is_so(optimizer, make):
    early = optimizer()
    live = make(early)
    messages = said(live.step, live.step, early.step, live.step)
    assert len(messages) == 1 and messages[0].startswith(EARLY)
    late = optimizer()
    live = make(late)
    assert said(late.step, live.step, live.step) == []


def test_a_step_counts_whether_or_not_there_were_gradients():
    optimizer = ours()
    live = StepLR(optimizer, 3)
    assert said(optimizer.step, live.step) == []


def test_steps_before_the_schedule_was_made_do_not_count():
    optimizer = ours()
    optimizer.step()
    assert len(said(StepLR(optimizer, 3).step)) == 1


def test_of_a_list_of_groups_nothing_is_known():
    assert said(StepLR([{"lr": 0.1}], 3).step) == []


def test_a_plateau_looks_too():
    optimizer = ours()
    assert len(said(lambda: schedules.ReduceLROnPlateau(optimizer).step(1.0))) == 1


def test_nobodys_step_is_wrapped_and_no_hook_stays():
    for optimizer in (ours(), Torchlike(), Marked()):
        before = optimizer.step
        live = [StepLR(optimizer, 3), (StepLR(step_size=3) * ExponentialLR(gamma=0.9)).bind(optimizer)]
        assert optimizer.step == before
        optimizer.step()
        for schedule in live:
            schedule.step()
        assert not getattr(optimizer, "hooks", None)
    forgotten = Torchlike()
    StepLR(forgotten, 3)
    assert not forgotten.hooks


def test_what_was_loaded_goes_on_without_a_word():
    optimizer = ours()
    live = StepLR(optimizer, 3)
    live.load_state_dict(copy.deepcopy(live.state_dict()))
    assert said(live.step) == []
