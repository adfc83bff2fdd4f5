"""Pictures to move: drag a number, see the idea. One line in a lesson shows one explorer.

`frame` is what all of them share, `controls` what a reader sets, `stage` how a picture is drawn quickly, `panel` the
controls on the page. What an explorer computes and how it draws that are functions that need no browser.

An explorer of your own is a function from the values of its controls to a picture: see `frame.Explorer`.
"""

__all__ = ["basins", "rate_tree", "schedules", "trajectories"]


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


def schedules(schedules=None, epochs=100, lr=0.1, milestones=None, log=True):
    """Show what two or three schedules make of one rate: each alone, their product, and the rate itself.

    A choice gives their order, and with three also pairs of them; others say whether they act as a chain or as a
    sequence, and as in which PyTorch. Their arguments are sliders, up to two of each, the given rate and the milestones
    too. Under the picture stand the first three remarks of `schedules.lint`; their numbers in the picture say where.

    Parameters
    ----------
    schedules : sequence or mapping of schedules, optional
        Two or three, without an optimizer, each for itself; a mapping names them. By default a warm-up, stairs and an
        exponential fall.
    epochs : int
        Up to some 200 the picture follows without delay.
    lr : float
        The given rate that its slider begins with.
    milestones : sequence of int, optional
        Between the schedules, one fewer than those: the picture begins as a sequence then.
    log : bool
        Whether it begins with logarithmic axes.

    Raises
    ------
    TypeError, ValueError
        For what is no schedule, is made of several or waits for a loss, and for milestones outside of the epochs.

    Examples
    --------
    >>> import edu_optim as eo
    >>> warm, fall = eo.schedules.LinearLR(start_factor=0.1), eo.schedules.CosineAnnealingLR(T_max=10)
    >>> eo.explore.schedules({"warm-up": warm, "cosine": fall}, epochs=20, log=False)  # doctest: +SKIP
    """
    from .schedule_explorer import explorer

    explorer(schedules, epochs, lr, milestones, log).show()


def rate_tree(network=None, rule="SGD", schedules=None, epochs=40, rates=None, multipliers=None, frozen=(),
              **hyperparameters):
    """Show whose rate is what while the nodes of a network get rates, multipliers and switches.

    Beside the tree, with what is set in it, a map has a row for each parameter and a column for each epoch; its colour
    is the rate that moves the parameter: nearest rate times all multipliers, under the schedule; white where it is 0.
    Nothing is trained, and the network stays as it is.

    Parameters
    ----------
    network : Link, optional
        With up to 24 links and parameters; by default three layers.
    rule : str, Rule or optimizer
        ``eo.Adam(lr=0.001)`` lends its values.
    schedules : schedule, or a sequence or mapping of them, optional
        What the choice of schedules offers beside none; by default StepLR, ExponentialLR and OneCycleLR.
    epochs : int
    rates, multipliers : dict of str to float, optional
        Where the controls begin, by the name of a link or a parameter, as `layerwise.layer_decay` gives a table.
    frozen : str or sequence of str
        What is switched off at first.
    **hyperparameters : float
        Of the rule, such as lr.

    Raises
    ------
    KeyError, TypeError, ValueError
        For names that are not in the network, and for rules, values or schedules that are not allowed.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.explore.rate_tree(eo.links.MLP(4, 3, 2), lr=0.1, multipliers={"l1": 0.01})  # doctest: +SKIP
    """
    from .tree_explorer import explorer

    explorer(network, rule, schedules, epochs, rates, multipliers, frozen, **hyperparameters).show()
