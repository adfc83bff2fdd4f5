"""Bets: a guess before the result, settled after it, or sealed until a later lesson."""

import json
import math
import os
from itertools import combinations
from pathlib import Path

from ..whole_file import write_whole
from .verdict import Verdict

_guesses = {}


def bet(name, guess, *, among=(), seal=False):
    """Record a guess.

    Parameters
    ----------
    name : str
        What is guessed, in words: ``"largest stable rate"``.
    guess : float, str, list of str, or None
        A number; with `among`, one of its names, or all of them, the best first. None is no guess.
    among : sequence of str
        The names to choose from.
    seal : bool
        Keep the guess in a file of the reader's own, where `opened` finds it; None keeps nothing. The file
        is bets.json in the folder for user data, or the file that EDU_OPTIM_BETS names.

    Raises
    ------
    ValueError
        For a guess that is neither a finite number nor made of the names.

    Examples
    --------
    >>> from edu_optim import check
    >>> check.bet("largest stable rate", None)
    bet on largest stable rate: no guess yet (replace None)
    >>> check.bet("largest stable rate", 0.01)
    bet on largest stable rate: 0.01
    >>> check.settle("largest stable rate", 0.02)
    bet on largest stable rate: 0.02, you said 0.01: too small by a factor of about 2
    False
    """
    guess = _checked(name, guess, list(among))
    _guesses.pop(name, None)
    if guess is None:
        print(f"bet on {name}: no guess yet (replace None)")
        return
    _guesses[name] = guess
    if not seal:
        print(f"bet on {name}: {_words(guess)}")
    else:
        try:
            _write(_read() | {name: guess})
            print(f"bet on {name}: {_words(guess)}, sealed")
        except OSError as error:
            print(f"bet on {name}: {_words(guess)}, but it could not be sealed ({error.strerror}): write it down")


def settle(name, truth, *, tolerance=0.05):
    """Print how a guess compares with the truth.

    Parameters
    ----------
    name : str
        As it was given to `bet`.
    truth : float, str, or list of str
    tolerance : float
        Relative to the truth; where that is 0, absolute.

    Returns
    -------
    bool or None
        None if there was no guess.

    Raises
    ------
    ValueError
        If the guess was of another kind: a number, a name or a ranking.

    Examples
    --------
    >>> from edu_optim import check
    >>> rules = ["SGD", "Adam", "AdaGrad"]
    >>> check.bet("order at the end", ["Adam", "AdaGrad", "SGD"], among=rules)
    bet on order at the end: Adam before AdaGrad before SGD
    >>> check.settle("order at the end", ["AdaGrad", "Adam", "SGD"])
    bet on order at the end: AdaGrad before Adam before SGD, you said Adam before AdaGrad before SGD: 2 of 3 pairs in
    the right order
    False
    """
    guess = _guesses.get(name)
    truth = float(truth) if hasattr(truth, "__float__") else truth  # NumPy's numbers too
    if guess is None:
        print(f"bet on {name}: {_words(truth)}; no guess was made")
        return None
    if isinstance(guess, float) != isinstance(truth, float) or isinstance(guess, str) != isinstance(truth, str):
        raise ValueError(f"The bet on {name!r} was {guess!r}; it cannot be compared with {truth!r}. Settle a number "
                         "with a number, a name with a name, a ranking with a ranking.")
    right = _near(guess, truth, tolerance) if isinstance(guess, float) else guess == truth
    verdict = "right" if right else _how_far(guess, truth)
    print(f"bet on {name}: {_words(truth)}, you said {_words(guess)}: {verdict}")
    return Verdict(right)


def opened(name):
    """Open a sealed bet: print and return it, and let `settle` know it; None if there is none."""
    guess = _read().get(name)
    if guess is None:
        print(f"bet on {name}: the envelope is empty, no guess was sealed")
        return None
    print(f"bet on {name}: the envelope says {_words(guess)}")
    _guesses[name] = guess
    return guess


def _checked(name, guess, among):
    if guess is None:
        return None
    if among:
        example = among[0] if isinstance(guess, str) else among
        if isinstance(guess, str) and guess in among:
            return guess
        if isinstance(guess, (list, tuple)) and sorted(map(str, guess)) == sorted(among):
            return list(guess)
        raise ValueError(
            f"The bet on {name!r} is {guess!r}; it is one of {among}, or all of them in a list, the best first. "
            f"Write {example!r}, say, or None for no guess.")
    if isinstance(guess, (bool, str)) or not hasattr(guess, "__float__") or not math.isfinite(guess):
        raise ValueError(f"The bet on {name!r} is {guess!r}, not a finite number. Write 0.5, say, or None for none.")
    return float(guess)


def _near(guess, truth, tolerance):
    return abs(guess - truth) <= tolerance * (abs(truth) or 1.0)


def _how_far(guess, truth):
    if isinstance(guess, str):
        return "not this time"
    if isinstance(guess, list):
        pairs = list(combinations(truth, 2))
        kept = sum(guess.index(a) < guess.index(b) for a, b in pairs)
        return f"{kept} of {len(pairs)} pairs in the right order"
    direction = "small" if guess < truth else "large"
    if guess * truth <= 0:
        return f"too {direction}"
    factor = max(guess / truth, truth / guess)
    return f"too {direction} by a factor of about {factor:.0f}" if factor >= 1.5 else f"a little too {direction}"


def _words(guess):
    return guess if isinstance(guess, str) else f"{guess:.4g}" if isinstance(guess, float) else " before ".join(guess)


def _file():
    from platformdirs import user_data_path

    return Path(os.environ.get("EDU_OPTIM_BETS") or user_data_path("edu_optim", appauthor=False) / "bets.json")


def _read():
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or not ours to understand
        return {}
    return {name: guess for name, guess in kept.items() if _is_guess(guess)} if isinstance(kept, dict) else {}


def _is_guess(kept):
    return isinstance(kept, (float, str)) or (isinstance(kept, list) and all(isinstance(name, str) for name in kept))


def _write(guesses):
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps(guesses, indent=1), private=True)
