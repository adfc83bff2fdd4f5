"""Where Adam ends at the worst point there is."""

from .. import rng
from .walk import walk


def reddi(rule, steps, C=3.0, *, every=3, stochastic=False, delta=0.1, falling=True, seed=0):
    """Walk on [-1, 1] under slopes that are C now and then and -1 otherwise, where -1 is best; Adam goes to +1.

    Online: the slope is C at the first of every three steps and -1 at the other two, so that all three together rise
    by C - 2 and call for -1. Stochastic: C with probability (1 + delta) / (C + 1), else -1, a mean slope of delta.

    Parameters
    ----------
    rule : an optimizer, a rule, a rule's name, or a function
        As `edu_optim.problems.descend` takes it.
    steps : int
    C : float
        Above every - 1.
    every : int
        How often the online form has the large slope.
    stochastic : bool
    delta : float
        The mean slope of the stochastic form.
    falling : bool
        Whether step t is taken at lr / sqrt(t), as in the theorem; a function keeps its own rate.
    seed : int
        Of the stochastic form.

    Returns
    -------
    ndarray, float64, (steps + 1,)
        The positions, from 0 on; after each step x is put back into [-1, 1].

    Raises
    ------
    ValueError
        If C is too small for -1 to be best, or delta not between 0 and C.

    Notes
    -----
    With beta1 = 0, beta2 = 1 / (1 + C^2) and lr .5, Adam is at +1 first after 45 steps and ends there: the large
    slope, which points the right way, is divided by its own size, and the small ones, which point the wrong way, are
    not, so that two wrong steps outweigh one right one. SGD ends within .02 of -1, and so does the same Adam with the
    largest v so far in place of v, which is AMSGrad. Momentum is no cure: with beta1 = .9, beta2 = .99, lr .5 and
    C = every = 101, Adam is at +.995 after 20,000 steps.

    Source: Reddi, Kale and Kumar, On the convergence of Adam and beyond, ICLR 2018, section 3, theorems 1 (online)
    and 3 (stochastic).

    Examples
    --------
    >>> import edu_optim as eo
    >>> float(eo.oracles.reddi(eo.Adam(lr=0.5, beta1=0, beta2=0.1), steps=3000)[-1].round(3))
    1.0
    >>> float(eo.oracles.reddi(eo.SGD(lr=0.5), steps=3000)[-1].round(3))
    -0.982
    """
    least = 0 if stochastic else every - 1
    if not least < C:
        raise ValueError(f"C={C!r}: the best point is -1 only if C is above {least}; write C={least + 1.0}, say.")
    if not 0 < delta < C:
        raise ValueError(f"delta={delta!r} is no mean of slopes between -1 and {C} that is above 0; write delta=0.1.")

    def slope(x, t):
        if not stochastic:
            return C if t % every == 1 else -1.0
        return C if rng.generator(seed, "reddi", t).random() < (1 + delta) / (C + 1) else -1.0

    return walk(rule, 0.0, slope, steps, within=(-1.0, 1.0), falling=falling)
