"""Pictures to move: drag a number, see the idea. One line in a lesson shows one explorer.

`frame` is what all of them share, `controls` what a reader sets, `stage` how a picture is drawn quickly, `panel` the
controls on the page. What an explorer computes and how it draws that are functions that need no browser.
"""

__all__ = ["basins", "trajectories"]


def basins(problem=None, rule="MomentumSGD", steps=200, **hyperparameters):
    """Show which minimum is found from where, while rate and decay are dragged.

    Each dot of the picture is a start, walked without noise; its colour names the minimum where the walk ends, darker
    the more updates it takes until the value stays within 0.001 of the lowest.

    Parameters
    ----------
    problem : Problem, or a sequence or mapping of them, optional
        Several give a choice, where a mapping names them; by default `problems.himmelblau` and `problems.saddle`.
    rule : str, Rule or optimizer, or a sequence of them
        Several give a choice. An optimizer such as ``eo.SGD(lr=0.01)`` lends its values.
    steps : int
        Updates from each start.
    **hyperparameters : float
        Where the sliders of rate and decay begin, and the values of those that have no slider.

    Raises
    ------
    KeyError, TypeError, ValueError
        For rules, hyperparameters or values that do not exist or are not allowed, and for rules whose update of one
        coordinate depends on the other.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.explore.basins(eo.problems.himmelblau, "SGD", lr=0.01)  # doctest: +SKIP
    """
    from .basin_explorer import explorer

    explorer(problem, rule, steps, **hyperparameters).show()


def trajectories(problem=None, rules=("SGD", "MomentumSGD", "Adam"), steps=150, start=None, noise=0.0, seed=0,
                 **hyperparameters):
    """Show the paths of up to four rules side by side, with the loss and what each rule remembers.

    Start, noise, rates and decays are sliders; the updates can be played, paused and stepped through. Beside the
    path stand the loss, the effective step (by how much an update has moved the coordinate) and the memories m and v
    of rules that have them, all on logarithmic axes that stay where they are.

    Parameters
    ----------
    problem : Problem, or a sequence or mapping of them, optional
        Several give a choice, where a mapping names them; by default the valley, straight and turned by 30 degrees.
    rules : str, Rule or optimizer, or a sequence of them
        One to four; a rule may appear twice. An optimizer such as ``eo.SGD(lr=0.018)`` lends its values.
    steps : int
        Updates of each walk.
    start : (float, float), optional
        Where the sliders of the start begin; by default at the first problem's own start.
    noise : float
        Standard deviation of the noise of the gradient, the same noise for every rule.
    seed : int
        Of the noise, 0 to 9.
    **hyperparameters : float
        Where the sliders of rate and decay begin, and the values of those that have no slider; each goes to all rules
        that have it.

    Raises
    ------
    KeyError, TypeError, ValueError
        For rules, hyperparameters or values that do not exist or are not allowed.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.explore.trajectories(eo.problems.valley, [eo.SGD(lr=0.018), eo.MomentumSGD(lr=0.01)])  # doctest: +SKIP
    """
    from .trajectory_explorer import explorer

    explorer(problem, rules, steps, start, noise, seed, **hyperparameters).show()
