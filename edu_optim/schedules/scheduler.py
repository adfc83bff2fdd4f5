"""`LRScheduler`: what every schedule is once it drives an optimizer, by recursion or by closed form."""

import warnings

import numpy as np

from .arguments import of_python
from .groups import Known, checked_groups, groups_of, own_values
from .order import Watch
from .states import checked_state, plain, taken_over
from .value import Value, names_of_arguments


class LRScheduler(Value):
    """The base of all schedules: it knows the groups, counts the epochs and writes the rates.

    A schedule of one's own needs an ``__init__`` that keeps its arguments in attributes of their names, and one of

    - ``recursion(e, lr, base)``: the rate of epoch e from the rate lr that stands there, whoever wrote it;
    - ``closed_form(e, base)``: the rate of epoch e from the base rate alone, blind to what others wrote.

    Where only the closed form is there, it serves as recursion too. Code written for torch's base class, which
    overrides ``get_lr``, runs as well.

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
        Without it the schedule is a value: see `bind`.
    last_epoch : int, optional
        -1 starts anew. Any other k takes up at epoch k + 1 and needs every group's `initial_lr`; an event of that
        epoch acts again, so prefer `load_state_dict`.
    compat : {None, "1.3"}, optional
        "1.3" computes as torch 1.3 did: by closed form, so that of several schedules the last one stepped wins.

    Attributes
    ----------
    last_epoch : int
        The epoch whose rates stand in the groups.
    base_lrs : list of float
        What closed forms start from, one per group.

    Raises
    ------
    TypeError
        If there is nothing to drive.
    KeyError
        If a group lacks `lr`, or `initial_lr` where ``last_epoch`` says that it had begun.

    Examples
    --------
    >>> from edu_optim.schedules import LRScheduler
    >>> class Harmonic(LRScheduler):
    ...     def __init__(self, optimizer=None, pace=1.0, last_epoch=-1):
    ...         self.pace = pace
    ...         super().__init__(optimizer, last_epoch)
    ...     def closed_form(self, e, base):
    ...         return base / (1 + self.pace * e)
    >>> schedule = Harmonic([{"lr": 0.5}])
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    closed_form = None
    per_group = ()  # names of arguments that may be a list, one value per group
    memory = ()  # names of attributes beside last_epoch that move with the epochs
    mark = "initial_lr"  # the key of a group that ends its life, for this schedule, by vanishing

    _initial = _within = False

    def __init__(self, optimizer=None, last_epoch=-1, compat=None):
        if compat not in (None, "1.3"):
            raise ValueError(f'compat={compat!r} must be None, torch of today, or "1.3", where the last one wins')
        for name in names_of_arguments(type(self)):  # not vars(self), which would make every later look-up slower
            value = getattr(self, name, None)
            if name in self.per_group or isinstance(value, np.generic):
                setattr(self, name, of_python(value))
        self.optimizer, self.compat = optimizer, compat
        self.last_epoch = self._start = last_epoch
        if optimizer is None:
            return
        groups = checked_groups(optimizer)
        for place, group in enumerate(groups):
            if last_epoch != -1 and "initial_lr" not in group:
                raise KeyError(
                    f"param_groups[{place}] has no 'initial_lr', which last_epoch={last_epoch} needs to go on from: "
                    "load the optimizer's state first, or leave last_epoch away")
        for name in self.per_group:
            value = getattr(self, name)
            if isinstance(value, list) and len(value) != len(groups):
                raise ValueError(f"{name} has {len(value)} values, and there are {len(groups)} groups: give one each")
        self._known, self._last_lr = None, []
        self._version = getattr(optimizer, "groups_version", None)
        self._by_recursion = compat is None and type(self).get_lr is LRScheduler.get_lr
        self._watch = Watch(optimizer)
        self._initial_step()

    # The protocol of torch

    def step(self, epoch=None):
        """Go on to the next epoch; call it after the optimizer's step.

        Parameters
        ----------
        epoch : int, optional
            Jump to this epoch by closed form, where there is one: what other schedules did is overwritten.
        """
        if self._watch is not None:
            self._look_at_order()
        self._update_lr(epoch)

    def get_last_lr(self):
        """list of float: the rates this schedule wrote last; another may have changed them since."""
        return [float(rate) for rate in self._last_lr]

    def get_lr(self):
        """list of float: what `step` is about to write.

        Called from outside it applies the present epoch's factor once more, to rates that have it already, and
        warns: `get_last_lr` is what one wants. With ``compat="1.3"`` it is the closed form at the present epoch.
        """
        if not self._within:
            if self.compat:
                return self._get_closed_form_lr()
            warnings.warn(
                "get_lr() outside step() applies the factor of this epoch a second time: call get_last_lr()",
                UserWarning, stacklevel=2)
            self._look()
        return self._next_lr([])

    def _next_lr(self, standing):
        """What follows from the rates that stand there, which are listed on the way."""
        rate = self.first if self._initial else self.recursion
        e, rates = self.last_epoch, []
        for k in self._known:  # loops, since a list in one line is a call more
            lr = k.group["lr"]
            standing.append(lr)
            rates.append(rate(e, float(lr), k.base, *k.own) if k.own else rate(e, float(lr), k.base))
        return rates

    def _get_closed_form_lr(self):
        return [float(self.closed_form(self.last_epoch, k.base, *k.own)) for k in self._look()]

    def recursion(self, e, lr, base, *own):
        """The rate of epoch e, made from the rate lr that stands in the group."""
        if self.closed_form is None:
            raise NotImplementedError(f"{type(self).__name__} needs a method recursion(e, lr, base) or get_lr()")
        return self.closed_form(e, base, *own)

    def first(self, e, lr, base, *own):
        """What construction writes: e is 0, or a later epoch where ``last_epoch`` said so."""
        return self.recursion(e, lr, base, *own)

    @property
    def base_lrs(self):
        return [k.base for k in self._look()]

    # One epoch

    def _initial_step(self):
        self._initial = True
        try:
            self._update_lr()
        finally:
            self._initial = False

    def _undo_initial_step(self):
        """What a sequence does to its members before it lets the first one begin."""
        self.last_epoch -= 1

    def _look_at_order(self):
        if self._watch is not None:
            watch, self._watch = self._watch, None
            watch.look()

    def _update_lr(self, epoch=None):
        """Compute everything, then write everything."""
        known = self._look()
        before = self.last_epoch, self._last_lr, self.memory and [getattr(self, name) for name in self.memory]
        try:
            if self.memory:
                self._move(epoch)
            else:
                self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            if self._by_recursion and epoch is None:
                rates = self._next_lr(standing := [])
            else:
                rates, standing = self._asked_lr(epoch), [k.group["lr"] for k in known]
            undo = self._write(known, rates, standing)
        except BaseException:
            self._restore(before)
            raise
        self._last_lr, self._before = rates, (before, known, undo)

    def _asked_lr(self, epoch):
        """The rates by closed form, or by a `get_lr` of one's own."""
        if (self.compat or epoch is not None) and self._has_closed_form():
            return self._get_closed_form_lr()
        self._within = True
        try:
            return self.get_lr()
        finally:
            self._within = False

    def _move(self, epoch):
        """Go on by one epoch, or to the given one, for schedules with a memory."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch

    def _write(self, known, rates, before):
        """All rates in the place of those before, or none if one is refused; returns what undoes it."""
        if len(rates) != len(known):
            raise ValueError(f"get_lr() gave {len(rates)} rates for {len(known)} groups: one for each is needed")
        try:
            for k, rate in zip(known, rates):
                k.group["lr"] = float(rate)
        except BaseException:
            LRScheduler._unwrite(self, known, before)
            raise
        return before

    def _unwrite(self, known, before):
        """Undo a write that went well."""
        for k, rate in zip(known, before):
            k.group["lr"] = rate

    def _has_closed_form(self):
        return self.closed_form is not None or type(self)._get_closed_form_lr is not LRScheduler._get_closed_form_lr

    def _restore(self, before):
        self.last_epoch, self._last_lr, held = before
        for name, value in zip(self.memory, held):
            setattr(self, name, value)

    def _take_back(self):
        """As it was before the last epoch, for a chain in which another member fails."""
        before, known, undo = self._before
        self._unwrite(known, undo)
        self._restore(before)

    # Groups

    def _look(self):
        """What is known of each group, newcomers included."""
        optimizer, known = self.optimizer, self._known
        if self._version is not None:  # ours says by one number that nothing has changed
            version = optimizer.groups_version
            if version != self._version or known is None:
                known = self._meet(groups_of(optimizer))
                self._version = optimizer.groups_version
            return known
        mark = self.mark
        groups = optimizer if type(optimizer) is list else optimizer.param_groups
        if known is None or len(groups) != len(known):
            return self._meet(groups_of(optimizer))
        for k, group in zip(known, groups):  # the usual case, in a hurry: nothing has changed
            if k.group is not group or k.life.over or mark not in group:
                return self._meet(groups_of(optimizer))
        return known

    def _meet(self, groups):
        first_time, old = self._known is None, {id(k.group): k for k in self._known or ()}
        if not first_time and [id(group) for group in groups] == list(old) and not any(
            k.life.over or self.mark not in k.group for k in self._known
        ):
            return self._known
        for group in groups:
            if id(group) in old and self.mark not in group:
                old[id(group)].life.over = True
        old = {key: k for key, k in old.items() if not k.life.over}
        # An optimizer that loads its state may bring new groups for all: they are who stood there before.
        replaced = old and len(old) == len(groups) and not any(id(g) in old or self.mark not in g for g in groups)
        met = []
        for place, group in enumerate(groups):
            k = old.get(id(group))
            if replaced:
                base, place = self._known[place].base, self._known[place].place
                k = Known(group, base, place, own_values(self, place, group, groups))
            elif k is None:
                place = place if first_time else None
                k = Known(group, None, place, own_values(self, place, group, groups))
            met.append(k)
        for k in met:
            if k.base is None:
                k.base = self._greet(k, first_time)
        self._known = met
        return met

    def _greet(self, known, first_time):
        """Mark a group as met; returns its base rate."""
        return float(known.group.setdefault("initial_lr", float(known.group["lr"])))

    # Stop and go on

    def state_dict(self):
        """All that `load_state_dict` needs, as plain values. The groups' own entries are the optimizer's to keep.

        Of a callable argument it holds the attributes; of a function nothing.
        """
        held = {n: plain(v) for n, v in self.arguments().items() if n not in ("last_epoch", "compat")}
        standing = {"last_epoch": self.last_epoch, **{name: getattr(self, name) for name in self.memory}}
        return {"schedule": type(self).__name__, **held, **standing, "base_lrs": self.base_lrs,
                "last_lr": self.get_last_lr()}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave; load the optimizer's state beside it, first if groups come with it.

        Raises
        ------
        ValueError
            If it belongs to another class or number of groups, or lacks or adds something; nothing has changed then.
        """
        state = checked_state(self, state_dict)
        bases, last, known = list(state.pop("base_lrs")), list(state.pop("last_lr")), self._look()
        if len(bases) != len(known):
            raise ValueError(
                f"the state of {type(self).__name__} has {len(bases)} base_lrs, and there are {len(known)} groups: "
                "load the optimizer's state first, or make the same groups")
        self._last_lr = last
        for name, value in state.items():
            setattr(self, name, taken_over(getattr(self, name, None), value))
        for k, base in zip(known, bases, strict=True):
            k.base, k.own = base, own_values(self, k.place, k.group, [k.group])
        self._watch = None
