"""What a race shows, in sentences with numbers and intervals: the report's text, and what its pictures say aloud."""

import numpy as np

from . import ranking, statistics

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
    many = f"; since {len(pairs)} pairs are asked it counts as {p_value(pair.p_holm)}" if len(pairs) > 1 else ""
    verdict = _too_few(pairs) or ("That is more than the luck of the seeds." if pair.p_holm < SURE else
                                    "Luck may be all of it.")
    return (f"{pair.first} is {points(pair.difference)} points ahead of the next, {pair.second}; it is the better one "
            f"in {wins} seeds, the worse one in {losses}{level}. Were they equally good, so large a mean difference "
            f"would come up with probability {p_value(pair.p)}{many}. {verdict}")


def equals(pairs):
    """Which entries cannot be told from the winner."""
    best = pairs[0].first
    alike = [pair.second for pair in pairs if pair.first == best and pair.p_holm >= SURE]
    if not alike:
        return f"These seeds tell {best} from every other entry."
    few = "; so few could not tell any two apart" if _too_few(pairs) else ""
    return f"These seeds cannot tell {best} from {_listed(alike)}{few}."


def passing(pairs):
    """How many of all pairs can be told apart, and which cannot."""
    open_ = [f"{pair.first} and {pair.second}" for pair in pairs if pair.p_holm >= SURE]
    text = f"{len(pairs) - len(open_)} of all {len(pairs)} pairs pass, corrected"
    return f"{text}; open: {', '.join(open_)}." if open_ else f"{text}."


def crowns(results):
    """Who wins how many seeds."""
    won = results.crown().sum(axis=1)
    order = sorted(np.flatnonzero(won), key=lambda row: -won[row])
    told = ", ".join(f"{results.labels[row]} ({won[row]:.3g})" for row in order)
    shared = "; who tied for a seed shares it" if np.any(won % 1) else ""
    return f"Winners of {_seeds(results)}, each with how many it won: {told}{shared}."


def seeds(results):
    """How many of a race's seeds name the entry that leads after all of them."""
    some = results.lead()
    best = int(np.argmax(some.first[-1]))
    name, needed = results.labels[best], ranking.seeds_needed(some)
    surely = f"{needed} or more, drawn at random, in at least 95 %" if needed else "no smaller number of them in 95 %"
    return (f"{name} leads after all {len(results.seeds)} seeds. A single one of them names it in "
            f"{percent(some.first[0, best], 0)} of the cases, {surely}. This says who leads these seeds, not that new "
            "ones would agree.")


def images(results):
    """How the lead of the best compares with the luck of which images the test happened to have.

    Only an image that one of the two misreads and the other does not moves the lead, by 1. How many do, accuracies do
    not tell; at most as many as both have errors, and the root of that bounds the standard error.
    """
    first, second = results.ranking()[:2]
    mean = dict(zip(results.labels, results.at().mean(axis=1), strict=True))
    count = results.plan.data.test
    ahead, errors = count * (mean[first] - mean[second]), count * (2 - mean[first] - mean[second])
    luck = np.sqrt(errors)
    verdict = "On other images another leader cannot be ruled out." if ahead < 2 * luck else (
        "The lead is more than twice that: other images would hardly turn the two around.")
    return (f"{first} leads {second} by {ahead:.0f} of {count:,} images. At most {errors:.0f}, all errors of "
            "both, are misread by one of the two alone, and each of these moves the lead by 1: a standard error of "
            f"sqrt({errors:.0f}) = {luck:.1f} or less. {verdict}")


def outside(found):
    """Whether somebody else's numbers could be another seed of ours.

    Parameters
    ----------
    found : list of edu_optim.race.outside.Outside
    """
    far = [each.epoch for each in found if not abs(each.distance) <= 3]
    near = [each.epoch for each in found if each.epoch not in far]
    if not far:
        return (f"After {_epochs(near)} their number lies within 3 standard deviations of our mean: it could be one "
                "more of our seeds.")
    text = f"After {_epochs(far)} their number lies further than 3 standard deviations from our mean"
    if not near:
        return f"{text}: this is not the same experiment, or one of the two has an error."
    return f"{text}, and within after {_epochs(near)}: something differs there that these numbers do not name."


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
        text += f" The mean loss of {_listed(rising)} ended a tenth or more above its lowest."
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
    """Which rule leads under which choice of rates, by how much, and how far apart all of them are.

    Parameters
    ----------
    compared : edu_optim.race.fairness.Fairness
    """
    told = []
    for choice, values, mean in zip(compared.choices, compared.values, compared.interval.mean.T, strict=True):
        first, second = np.argsort(-mean, kind="stable")[:2]
        ahead = points(statistics.interval(values[first] - values[second]))
        told.append(f"{choice}, {values.shape[1]} seeds: {compared.rules[first]} leads {compared.rules[second]} by "
                    f"{ahead} points; {spread(mean):.2f} from the best mean to the worst")
    return f"By choice of rates: {'. '.join(told)}."


def spread(means):
    """How far the best of some fractions is from the worst, in points of a percent.

    Examples
    --------
    >>> print(f"{spread([0.94, 0.98, 0.983]):.1f}")
    4.3
    """
    return 100 * float(np.ptp(means))


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


def _too_few(pairs):
    """A sentence where so few seeds cannot settle any of so many pairs, whatever came out; an empty one elsewhere."""
    seeds, fewest = sum(pairs[0].signs[:3]), statistics.fewest_seeds(len(pairs), SURE)
    if seeds >= fewest:
        return ""
    which = f"any of {len(pairs)} pairs" if len(pairs) > 1 else "a pair"
    return f"{seeds} seeds cannot settle {which}, not even where one of the two always wins: that takes {fewest}."


def _epochs(epochs):
    return f"epoch{'s' if len(epochs) > 1 else ''} {_listed([str(epoch) for epoch in epochs])}"


def _listed(names):
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _seeds(results):
    return f"{len(results.seeds)} seed{'s' if len(results.seeds) > 1 else ''}"
