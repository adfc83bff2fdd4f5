"""Random numbers keyed by seed, purpose and step.

A generator here is a function of its key and of nothing else: no hidden state, no dependence on what was
drawn before. Weights, shuffling and dropout of one run can be drawn in any order, in any process, or left
out, and the others stay what they were; a run that stops at epoch 7 and resumes needs no saved random state.
"""

import hashlib
import operator

import numpy as np

__all__ = ["generator"]


def generator(seed, purpose, step=0):
    """Make the random generator that belongs to a seed, a purpose and a step.

    Parameters
    ----------
    seed : int
        Names the run, 0 or greater, of any size.
    purpose : str
        What the numbers are for, such as ``"shuffle"`` or ``"dropout"``: two purposes of one seed are independent.
    step : int, optional
        Which step or epoch they are for, 0 or greater.

    Returns
    -------
    numpy.random.Generator
        A new generator over NumPy's Philox, at its first number.

    Raises
    ------
    TypeError, ValueError
        If seed or step is not a whole number of at least 0, or purpose is not a text with a character in it.

    Notes
    -----
    Philox is a counter enciphered with a key [1]_. The key is the BLAKE2b hash of ``seed:step:purpose`` (Python's
    own ``hash`` of a text differs from process to process), so neighbouring seeds are as independent as distant
    ones. The same key gives the same raw numbers on every platform.

    References
    ----------
    .. [1] Salmon, Moraes, Dror, Shaw (2011). Parallel random numbers: as easy as 1, 2, 3. SC '11.

    Examples
    --------
    >>> generator(0, "shuffle", step=3).permutation(5)
    array([4, 2, 0, 3, 1])
    """
    seed, step = _whole("seed", seed), _whole("step", step)
    if not isinstance(purpose, str) or not purpose:
        raise TypeError(f'purpose must be a text that says what for, such as "shuffle"; got {purpose!r}')
    digest = hashlib.blake2b(f"{seed}:{step}:{purpose}".encode(), digest_size=16).digest()
    # "little" is written out, so that the key does not depend on the machine's byte order.
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def _whole(name, value):
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number of at least 0, such as {name}=0; got {value!r}") from None
    if number < 0:
        raise ValueError(f"{name} must be at least 0; got {number}")
    return number
