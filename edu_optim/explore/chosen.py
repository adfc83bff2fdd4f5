"""What an explorer is about: surfaces, rules and schedules in any of the forms a lesson may name them in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChosenRule:
    """A rule, and the hyperparameters that were named for it."""

    rule: object
    given: dict


def named(things):
    """One or several things that have names, as {what a choice calls it: thing}; a mapping says that itself.

    Examples
    --------
    >>> from edu_optim.problems import bowl, valley
    >>> list(named(bowl)), list(named([bowl, valley])), list(named({"steep": bowl.at(curvature=9)}))
    (['bowl'], ['bowl', 'valley'], ['steep'])
    """
    if hasattr(things, "items"):
        return dict(things)
    things = [things] if hasattr(things, "name") else list(things)
    found = {thing.name: thing for thing in things}
    if len(found) < len(things):
        names = ", ".join(thing.name for thing in things)
        raise ValueError(f"two of these have one name: {names}; give them names, {{'straight': valley, ...}}.")
    return found


def chosen_rules(rules, hyperparameters):
    """One or several rules as {label: ChosenRule}; the second of one name gets a number.

    Parameters
    ----------
    rules : a rule, its name, an optimizer, or a sequence of them
        An optimizer such as ``eo.Adam(lr=0.1)`` lends its rule and what it does not leave at the default.
    hyperparameters : dict
        For all rules that have them; an optimizer's own values go first.

    Raises
    ------
    KeyError, TypeError, ValueError
        If there is no such rule, or a hyperparameter that none of them has or allows.

    Examples
    --------
    >>> import edu_optim as eo
    >>> chosen_rules(["SGD", eo.SGD(lr=0.02)], {"lr": 0.01})["SGD 2"]
    ChosenRule(rule=<rule SGD>, given={'lr': 0.02})
    """
    alone = isinstance(rules, (str, type)) or not hasattr(rules, "__iter__")
    chosen = [_chosen(rule) for rule in ([rules] if alone else rules)]
    for name in hyperparameters:
        if not any(name in one.rule.hyperparameters for one in chosen):
            raise TypeError(f"none of {', '.join(one.rule.name for one in chosen)} has a hyperparameter {name!r}.")
    found = {}
    for one in chosen:
        count = sum(other.rule.name == one.rule.name for other in found.values())
        shared = {name: one.rule.check(name, value) for name, value in hyperparameters.items()
                  if name in one.rule.hyperparameters}
        found[one.rule.name + f" {count + 1}" * bool(count)] = ChosenRule(one.rule, shared | one.given)
    return found


def chosen_schedules(schedules):
    """One or several schedules as {label: schedule}; a mapping names them, and the second of one class gets a number.

    Raises
    ------
    TypeError, ValueError
        For what is no schedule of the package, and for those that wait for a loss.

    Examples
    --------
    >>> from edu_optim.schedules import ExponentialLR, StepLR
    >>> list(chosen_schedules([StepLR(step_size=3), ExponentialLR(gamma=0.9), StepLR(step_size=4)]))
    ['StepLR', 'ExponentialLR', 'StepLR 2']
    """
    from ..schedules.running import needs_metric
    from ..schedules.value import Value

    found = dict(schedules) if hasattr(schedules, "items") else {}
    if not hasattr(schedules, "items"):
        for schedule in [schedules] if isinstance(schedules, Value) else schedules:
            name = type(schedule).__name__
            count = sum(type(other).__name__ == name for other in found.values())
            found[name + f" {count + 1}" * bool(count)] = schedule
    for label, schedule in found.items():
        if not isinstance(schedule, Value):
            raise TypeError(f"{label}: {schedule!r} is no schedule; write schedules.StepLR(step_size=3), say.")
        if needs_metric(schedule):
            raise ValueError(f"{label} decides by a loss, and nothing is trained here; give schedules that know their "
                             "rates beforehand.")
    return found


def _chosen(rule):
    from ..rules import RULES

    if isinstance(rule, str):
        return ChosenRule(RULES[rule], {})
    if isinstance(rule, type) or not hasattr(rule, "setup"):  # an optimizer's class, or a rule
        rule = getattr(rule, "rule", rule)
        if not hasattr(rule, "hyperparameters"):
            raise TypeError(f"{rule!r} is no rule; write 'Adam', or eo.Adam(lr=0.1).")
        return ChosenRule(rule, {})
    defaults, values = rule.rule.values({}), rule.hyperparam.get_dict()
    return ChosenRule(rule.rule, {n: values[n] for n in defaults if n == "lr" or values[n] != defaults[n]})
