"""What a race shows, in sentences with numbers and intervals: the report's text, and what its pictures say aloud."""

import numpy as np

from . import ranking

SURE = 0.05  # below this a difference is called one


def percent(value, digits=2):
    """A fraction as a percentage, "-" if it is no number.

    Examples
    --------
    >>> percent(0.98123)
    '98.12 %'
    """
    return f"{100 * value:.{digits}f} %" if np.isfinite(value) else "-"


def loss(value):
    """A loss in four digits, "-" if it is no number."""
    return f"{value:.4f}" if np.isfinite(value) else "-"


def winner(results):
    """Who has the best mean accuracy at the end, and the interval."""
    mean, low, high = (part[:, -1] for part in results.interval())
    best = results.labels.index(results.ranking()[0])
    if not np.isfinite(mean[best]):
        return "Not one entry has been tested in all seeds."
    has = "has the best mean test accuracy," if len(results.labels) > 1 else "has a mean test accuracy of"
    text = f"After {results.epochs[-1]} epochs and over {_seeds(results)}, {results.labels[best]} {has} "
    text += percent(mean[best])
    if len(results.seeds) == 1:
        return f"{text}; how far another seed would be from it, one seed cannot say."
    few = "; of so few seeds, do not rely on it" if len(results.seeds) < 5 else ""
    return f"{text} (95 % interval {100 * low[best]:.2f} to {percent(high[best])}{few})."


def standings(results):
    """Everybody's mean accuracy at the end, from the best to the worst."""
    means = dict(zip(results.labels, results.at().mean(axis=1), strict=True))
    told = [f"{label} ({percent(means[label])})" for label in results.ranking()]
    return f"Mean test accuracy at the end: {_listed(told)}."


def runner_up(pairs):
    """Whether the winner's difference to the next is one that these seeds show.

    Parameters
    ----------
    pairs : list of Pair
        All of a race, as `Results.pairs` gives them.
    """
    pair, (wins, losses, ties, _) = pairs[0], pairs[0].signs
    level = f" and level in {ties}" if ties else ""
    many = f", and corrected for all {len(pairs)} pairs {p_value(pair.p_holm)}" if len(pairs) > 1 else ""
    verdict = "That is more than luck." if pair.p_holm < SURE else "Luck may be all of it."
    return (f"{pair.first} is {points(pair.difference)} points ahead of the next, {pair.second}; it is the better one "
            f"in {wins} seeds, the worse one in {losses}{level}. Were they equally good, so large a mean difference "
            f"would come up with probability {p_value(pair.p)}{many}. {verdict}")


def equals(pairs):
    """Which entries cannot be told from the winner."""
    best = pairs[0].first
    alike = [pair.second for pair in pairs if pair.first == best and pair.p_holm >= SURE]
    if not alike:
        return f"These seeds tell {best} from every other entry."
    return f"These seeds cannot tell {best} from {_listed(alike)}."


def crowns(results):
    """Who wins how many seeds."""
    won = results.crown().sum(axis=1)
    order = sorted(np.flatnonzero(won), key=lambda row: -won[row])
    told = ", ".join(f"{results.labels[row]} ({won[row]:.3g})" for row in order)
    return f"Winners of {_seeds(results)}, each with how many it won: {told}."


def seeds(results):
    """How many seeds it takes to know the winner."""
    some, again = results.lead(), results.lead(replace=True)
    best = int(np.argmax(some.first[-1]))
    name, needed = results.labels[best], ranking.seeds_needed(some)
    return (f"A single seed names {name} in {percent(some.first[0, best], 0)} of the cases. "
            f"It takes {needed} of the {len(results.seeds)} seeds to name it with a probability of 95 %. "
            f"If these seeds are like all others, {name} leads in about {percent(again.first[-1, best], 0)} of new "
            f"races of {len(results.seeds)} seeds.")


def losses(results):
    """Who leads by test loss, and whether that is who leads by accuracy."""
    mean, low, high = (part[:, -1] for part in results.interval("test_loss"))
    best = results.labels.index(results.ranking("test_loss")[0])
    if not np.isfinite(mean[best]):
        return "Every entry's test loss is missing, or is no number in some seed."
    name, first = results.labels[best], results.ranking()[0]
    text = (f"{name} has the least test loss, {mean[best]:.4f} (95 % interval {low[best]:.4f} to "
            f"{high[best]:.4f})")
    if len(results.labels) > 1:
        text += ", and leads by accuracy too" if name == first else f", though {first} leads by accuracy"
    text += "."
    lowest = np.nanmin(results.columns["test_loss"].mean(axis=1), axis=1)
    rising = [label for label, end, least in zip(results.labels, mean, lowest, strict=True) if end > 1.1 * least]
    if rising:
        text += f" Their mean loss had been lower by a tenth or more, and rose again: {', '.join(rising)}."
    return text


def diverged(results):
    """Which runs ended with a loss that is no number."""
    lost = results.diverged.sum(axis=1)
    told = ", ".join(f"{label} in {count}" for label, count in zip(results.labels, lost, strict=True) if count)
    return f"Seeds in which the loss was no number any more: {told}." if told else ""


def grid(found):
    """What a grid of rates found.

    Parameters
    ----------
    found : edu_optim.race.fairness.Grid
    """
    best = ", ".join(f"{rule} {found.best[rule]:g}" for rule in found.rules)
    text = f"Best rate of each rule: {best}."
    if found.edge:
        text += f" At the edge of what was tried, so that a better one may lie beyond: {', '.join(found.edge)}."
    return text


def fairness(compared):
    """Which rule leads under which choice of rates.

    Parameters
    ----------
    compared : edu_optim.race.fairness.Fairness
    """
    first = [compared.rules[row] for row in np.argmin(compared.rank, axis=0)]
    told = "; ".join(f"{choice}: {rule}" for choice, rule in zip(compared.choices, first, strict=True))
    moved = np.ptp(compared.rank, axis=1)
    far = int(np.argmax(moved))
    text = f"First place by choice of rates: {told}."
    if moved[far]:
        ranks = ", ".join(f"{rank:g}" for rank in compared.rank[far])
        text += f" {compared.rules[far]} moves most, through the ranks {ranks}."
    return text


def points(difference):
    """A difference of fractions with its interval, in points of a percent.

    Examples
    --------
    >>> from edu_optim.race.statistics import Interval
    >>> points(Interval(0.00123, 0.001, 0.0015))
    '0.123 (95 % interval 0.100 to 0.150)'
    """
    mean, low, high = (100 * part for part in difference)
    return f"{mean:.3f} (95 % interval {low:.3f} to {high:.3f})"


def p_value(p):
    """A probability in two digits.

    Examples
    --------
    >>> p_value(0.04321), p_value(2.1e-9)
    ('0.043', '2.1e-09')
    """
    return f"{p:.2g}"


def _listed(names):
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _seeds(results):
    return f"{len(results.seeds)} seed{'s' if len(results.seeds) > 1 else ''}"
