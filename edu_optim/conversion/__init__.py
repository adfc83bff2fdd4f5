"""Other libraries' optimizers in our words, and ours in theirs, read off one table for each library."""

import warnings

from ..rules import RULES
from .chainer import CHAINER
from .keras import KERAS
from .lines import REQUIRED, Is, Refused
from .optax import OPTAX
from .theirs import ConversionError, Theirs, complete, differing, listed
from .torch import TORCH

__all__ = ["LIBRARIES", "ConversionError", "convert", "convert_back", "defaults_elsewhere"]

LIBRARIES = {library.name: library for library in (CHAINER, TORCH, OPTAX, KERAS)}


def convert(library, class_name, hyperparameters=None):
    """The rule here that computes the same as an optimizer of another library.

    Parameters
    ----------
    library : {"chainer", "torch", "optax", "keras"}
        Chainer 7.8, torch 2.13, optax 0.2.8, Keras 3.
    class_name : str
        Its own name there: ``"RMSprop"``, ``"adamw"``.
    hyperparameters : dict, optional
        In its own words; lists stand for tuples. What is left out has the default it has there, not ours.

    Returns
    -------
    name : str
        ``getattr(eo, name)(params, **hyperparameters)`` is then the peer.
    hyperparameters : dict
        In our words, defaults of theirs included.

    Raises
    ------
    ConversionError
        A ValueError. If there is no such optimizer or setting, or no exact map: the message says why, and what is
        nearest.
    TypeError, ValueError
        For a value that our rule does not allow.

    Warns
    -----
    UserWarning
        If the numbers are the same only while the rate does not change.

    Notes
    -----
    Settings about speed, such as torch's `foreach` and `fused`, are left out. Torch's `weight_decay`, where the rule
    has none of its own, and `maximize` are words of our constructor too. Chainer's optimizers give parameters without
    a gradient zeros, as ``missing_grad="zero"`` does here. Torch rounds the numbers that NAdam and ASGD keep to
    float32: ``scalar_dtype="float32"`` does that here, and without it results agree to about 1e-8.

    Examples
    --------
    >>> import edu_optim as eo
    >>> name, hyperparameters = convert("torch", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True})
    >>> name, hyperparameters
    ('NesterovSGD', {'lr': 0.1, 'momentum': 0.9})
    >>> getattr(eo, name)([eo.Parameter([1.0])], **hyperparameters)
    NesterovSGD(lr=0.1, momentum=0.9) of 1 parameters
    >>> convert("keras", "Adam")
    ('Adam', {'lr': 0.001, 'beta1': 0.9, 'beta2': 0.999, 'eps_hat': 1e-07})
    >>> convert("optax", "amsgrad", {"learning_rate": 0.01})
    Traceback (most recent call last):
        ...
    edu_optim.conversion.theirs.ConversionError: optax amsgrad(learning_rate=0.01) has no exact map here: it keeps the
    largest v after its correction, eo.AMSGrad before it, as torch and Chainer do: under gradients 1, 0, 0, ... its
    tenth step is 0.32 of theirs. Instead: eo.AMSGrad
    """
    library = _known(library)
    if class_name not in library.peers:
        raise ConversionError(f"{library.name} has no optimizer {class_name!r}: {listed(class_name, library.peers)}")
    theirs = Theirs(library, class_name)
    settings = theirs.settings(hyperparameters or {})
    line = theirs.line(settings)
    if isinstance(line, Refused):
        raise ConversionError(f"{_call(theirs.title, hyperparameters)} has no exact map here: {line.why}")
    _warn(theirs, line)
    return line.rule, theirs.to_ours(line, settings)


def convert_back(library, name, hyperparameters=None):
    """The optimizer of another library that computes the same as one of ours.

    Parameters
    ----------
    library : {"chainer", "torch", "optax", "keras"}
    name : str, Rule or Optimizer class
        The rule's name here, or the rule.
    hyperparameters : dict, optional
        In our words; also `weight_decay` where the rule has none of its own, and `maximize`. What is left out has the
        default it has here.

    Returns
    -------
    class_name : str
        Where there are several for one rule, the plainest: ``"AdamW"``, not ``"Adam"`` with a flag.
    hyperparameters : dict
        In its own words, without what is as it is there by itself.

    Raises
    ------
    KeyError
        If there is no such rule here.
    TypeError, ValueError
        For hyperparameters this rule does not have or allow.
    ConversionError
        If that library has nothing that equals it: the message says what stands against it. Of a rule of your own
        no library is known to have it.

    Examples
    --------
    >>> convert_back("torch", "AMSGrad", {"lr": 0.01})
    ('Adam', {'lr': 0.01, 'betas': (0.9, 0.999), 'eps': 1e-08, 'amsgrad': True})
    >>> convert_back("torch", "Adam", {"eps_hat": 1e-7})
    Traceback (most recent call last):
        ...
    edu_optim.conversion.theirs.ConversionError: torch has nothing that equals eo.Adam(eps_hat=1e-07): its Adam is
    eo.Adam with eps_hat = 0
    """
    library, name = _known(library), _name(name)
    ours = complete(name, hyperparameters or {})
    fits, misses = [], []
    for theirs, line in _lines_of(library, name):
        settings = theirs.to_theirs(line, ours)
        held = theirs.line(settings)
        if isinstance(held, Refused):
            misses.append((len(ours), f"its {theirs.class_name} does not: {held.why}"))
            continue
        again = complete(name, theirs.to_ours(line, settings))
        wrong = differing(ours, again)
        if wrong:
            misses.append((len(wrong), _difference(theirs, name, wrong, again)))
        else:
            fits.append((theirs, line, settings))
    if not fits:
        there = f"there are {', '.join(library.peers)}, and none is this rule"
        why = min(misses, key=lambda miss: miss[0])[1] if misses else there
        raise ConversionError(f"{library.name} has nothing that equals {_call(f'eo.{name}', hyperparameters)}: {why}")
    theirs, line, settings = min(fits, key=lambda fit: fit[0].effort(fit[1]))
    _warn(theirs, line)
    return theirs.class_name, theirs.told(line, settings)


def defaults_elsewhere(name):
    """What a rule is called in each library that has it, with the defaults it has there.

    Returns
    -------
    dict
        Library to (class name, settings); a value that must be given is `REQUIRED`.

    Examples
    --------
    >>> defaults_elsewhere("CorrectedMomentumSGD")["torch"]
    ('SGD', {'lr': 0.001, 'momentum': 'must be given'})
    """
    found = {}
    for library in LIBRARIES.values():
        lines = sorted(_lines_of(library, name), key=lambda each: (each[0].effort(each[1]), len(each[1].fixed)))
        for theirs, line in lines[:1]:
            settings = theirs.known | line.when | dict.fromkeys(theirs.chosen(line), REQUIRED)
            found[library.name] = theirs.class_name, theirs.told(line, settings)
    return found


def _name(rule):
    """What we call a rule of ours."""
    if isinstance(rule, str):
        return rule
    rule = getattr(rule, "rule", rule)
    if RULES.get(rule.name) is not rule:
        raise ConversionError(
            f"{rule.name} is a rule of your own, and what equals it elsewhere is not known. If one of ours equals it, "
            f"convert that one: check.parity({rule.name}.formula, 'MomentumSGD') asks")
    return rule.name


def _known(library):
    if library not in LIBRARIES:
        raise ConversionError(f"{library!r} is not known: {listed(library, LIBRARIES)}")
    return LIBRARIES[library]


def _lines_of(library, name):
    every = [Theirs(library, class_name) for class_name in library.peers]
    return [(theirs, line) for theirs in every for line in theirs.lines if isinstance(line, Is) and line.rule == name]


def _difference(theirs, name, wrong, again):
    for word, advice in theirs.library.lacking.items():
        if word in wrong and word not in RULES[name].hyperparameters:
            return advice
    return f"its {theirs.class_name} is eo.{name} with {', '.join(f'{n} = {again[n]:g}' for n in wrong)}"


def _call(title, hyperparameters):
    values = ", ".join(f"{name}={value!r}" for name, value in (hyperparameters or {}).items())
    return f"{title}({values})" if values else title


def _warn(theirs, line):
    if line.remark:
        warnings.warn(f"{theirs.title} is eo.{line.rule}, but {line.remark}", stacklevel=3)
