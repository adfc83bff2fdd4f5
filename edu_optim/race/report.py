"""The report of a race: one HTML file with sentences, tables and pictures, which needs nothing else to be read."""

import json
from base64 import b64encode
from html import escape
from importlib.resources import files

import numpy as np

from .. import figures
from ..figures.output import _PIXELS_PER_INCH, _png
from ..whole_file import with_folder, write_whole
from . import fairness, outside, words

TARGETS = (0.9, 0.95, 0.97, 0.98)
_SPLITS = {"standard": "as published", "pooled": "cut from both sets together",
           "validation": "both from the training set, so that the test set stays unseen"}
_PAIRS = 15  # more are folded away


def write(results, path, against=None, targets=TARGETS):
    """Write the report of a race into a file.

    Parameters
    ----------
    results : Results
    path : path
        The HTML file; it is replaced in one go.
    against, targets
        See `page`.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    path = with_folder(path)
    write_whole(path, page(results, against, targets))


def page(results, against=None, targets=TARGETS):
    """Return the report of a race as HTML; the same results give the same text.

    Parameters
    ----------
    results : Results
        Finished or not: what is compared is those seeds that every entry has finished.
    against : mapping of str to Results, optional
        Races of the same labels under other choices of rates, by what the choice is called.
    targets : sequence of float, optional
        Test accuracies of which is told how long it takes to reach them.

    Returns
    -------
    str
    """
    plan, found = results.plan, results.complete()
    title = plan.title if plan else "A race"
    parts = [f"<h1>{escape(title)}</h1>", _note(_about(results))]
    behind = int((~results.finished).sum())
    if behind:
        parts.append(_p(f"Unfinished: {behind} of {results.finished.size} runs have not reached the last epoch. All "
                        f"that follows is of the {len(found.seeds)} seeds that every entry has finished."))
    if found.seeds:
        parts += _race(found, against or {}, targets)
    parts += _provenance(results)
    style = (files(__package__) / "report.css").read_text("utf-8")
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n")


def _race(found, against, targets):
    is_grid = found.entries is not None and len(found.labels) > 2 * len({entry.rule for entry in found.entries})
    yield f'<p class="lead">{escape(words.winner(found))}</p>'
    if words.diverged(found):
        yield _p(words.diverged(found))
    if is_grid:
        grid = fairness.grid(found)
        yield _h("Which rate for which rule")
        yield _figure(figures.rate_grid(grid), f"Mean accuracy of every rule at every rate. {words.grid(grid)}")
        yield from _standings(found)
        return
    several = len(found.labels) > 1
    if several and len(found.seeds) > 1:
        pairs = found.pairs()
        yield _p(f"{words.runner_up(pairs)} {words.equals(pairs)}")
    yield _figure(figures.race(found), f"Test accuracy by epoch, mean and 95 % interval. {words.standings(found)}")
    yield from _standings(found)
    if several and len(found.seeds) > 1:
        yield from _comparison(found, pairs)
    yield _h("By the loss")
    yield _figure(figures.race(found, "test_loss"), f"Test loss by epoch, mean and interval. {words.losses(found)}")
    yield from _targets(found, targets)
    if found.plan and found.plan.name == "deepobs" and len(found.seeds) > 1:
        yield from _outside(found)
    if against:
        compared = fairness.compare({"this race": found} | {name: other.complete() for name, other in against.items()})
        yield _h("With other rates")
        yield _figure(figures.choices(compared), f"At the end, a dot for each seed. {words.fairness(compared)}")


def _standings(found):
    best = {column: [part[:, -1] for part in found.interval(column)] for column in ("test_accuracy", "test_loss")}
    won = found.crown().sum(axis=1)
    rows = []
    for label in found.ranking():
        k = found.labels.index(label)
        mean, low, high = (part[k] for part in best["test_accuracy"])
        spread = found.at()[k].std(ddof=1) if len(found.seeds) > 1 else np.nan
        rows.append([
            label, words.percent(mean), f"{100 * low:.2f} to {100 * high:.2f}", words.percent(spread),
            words.loss(best["test_loss"][0][k]), f"{won[k]:.3g}",
        ])
    yield _table(
        "At the end: mean test accuracy with its 95 % bootstrap interval, standard deviation over seeds, mean test "
        "loss, and seeds won.", ["entry", "accuracy", "interval", "s.d.", "loss", "won"], rows)


def _comparison(found, pairs):
    yield _h("Is a difference real?")
    yield _p("Every entry met the same seeds, so each pair is compared seed by seed. The interval says how large the "
             "mean difference may be; p how often so large a mean would come up if each seed's difference might as "
             "well have the other sign, and p (Holm) is the same corrected for looking at so many pairs.")
    of_first = [pair for pair in pairs if pair.first == pairs[0].first]
    shown = pairs if len(pairs) <= _PAIRS else of_first
    yield _figure(figures.differences(shown), "How far the first of a pair is ahead of the second, with its 95 % "
                  "interval and the seeds won by either; filled points are more than the luck of the seeds. "
                  + words.equals(pairs))
    table = _table(
        "Every pair: points of accuracy the first is ahead, seeds won, lost and level, p of the sign test (which only "
        "counts seeds), p of the mean difference, and that corrected for all pairs.",
        ["pair", "points (95 % interval)", "won", "lost", "level", "p (signs)", "p", "p (Holm)"],
        [[f"{pair.first} - {pair.second}", words.points(pair.difference).replace("95 % interval ", ""), *pair.signs[:3],
          *map(words.p_value, (pair.signs.p, pair.p, pair.p_holm))] for pair in pairs])
    yield f"<details><summary>All {len(pairs)} pairs in numbers</summary>{table}</details>"
    yield _h("Who wins which seed?")
    yield _figure(figures.crown(found), f"The best entry of each seed. {words.crowns(found)}")
    yield _h("How many seeds does it take?")
    yield _figure(figures.lead(found), f"Probability to lead, by number of seeds. {words.seeds(found)}")


def _targets(found, targets):
    columns, rows = ["entry"], [[label] for label in found.ranking()]
    for target in targets:
        epochs, seconds = found.to_target(target)
        if not np.isfinite(epochs).any():
            continue
        columns += [f"{100 * target:g} %: epochs", "seconds", "reached"]
        for row in rows:
            k = found.labels.index(row[0])
            row += [_median(epochs[k], "{:.3g}"), _median(seconds[k], "{:.3g}"), f"{np.isfinite(epochs[k]).mean():.0%}"]
    if len(columns) > 1:
        yield _h("How long does it take?")
        yield _table("Until a test accuracy is first reached: median over seeds of epochs and of processor seconds of "
                     "training, and the share of seeds that reached it. A dash: fewer than half did.", columns, rows)


def _outside(found):
    yield _h("Beside somebody else's numbers")
    rows = [[each.epoch, words.percent(each.theirs), words.percent(each.mean), words.percent(each.sd),
             f"{each.distance:+.1f}"] for each in outside.compare(found)]
    yield _table("Test accuracy of one seed of DeepOBS (mnist_mlp, Adam, lr 0.001, seed 42), mean and standard "
                 "deviation of the seeds here, and how many of these theirs lies from the mean.",
                 ["epoch", "theirs", "mean", "s.d.", "distance"], rows)


def _median(values, form):
    middle = np.median(values) if np.isfinite(values).mean() >= 0.5 else np.inf
    return form.format(middle) if np.isfinite(middle) else "-"


def _about(results):
    counts = ((len(results.labels), "entry", "entries"), (len(results.seeds), "seed", "seeds"),
              (results.epochs[-1], "epoch", "epochs"))
    text = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts)
    if not results.plan:
        return text + "."
    data, network = results.plan.data, results.plan.network
    order = "shuffled" if data.shuffle else "never shuffled"
    text += (f", batch {results.plan.batch}. {data.train:,} images of {data.source} to train with and {data.test:,} to "
             f"test with, {_SPLITS[data.split]}; {order}. Network {'-'.join(map(str, network.sizes))}")
    return text + (f", a share of {network.input_dropout:g} of the input dropped." if network.input_dropout else ".")


def _provenance(results):
    yield _h("Where the numbers come from")
    if results.entries:
        rows = [[label, entry.rule, _values(entry), entry.rate_source]
                for label, entry in zip(results.labels, results.entries, strict=True)]
        yield _table("What raced; a hyperparameter that is not named has the rule's default.",
                     ["entry", "rule", "hyperparameters", "rate from"], rows, text=(1, 2, 3))
    if results.versions:
        yield _table("Made with", ["program", "version"], sorted(results.versions.items()), text=(1,))
    if results.plan:
        text = json.dumps(results.plan.to_dict(), indent=1)
        yield f"<details><summary>The plan, in full</summary><pre>{escape(text)}</pre></details>"
    yield _note("Intervals: expanded percentile bootstrap over seeds. Tests: signs flipped at random, and the exact "
                "sign test, both two-sided. Correction for many pairs: Holm. Seeds are resampled whole, with every "
                "entry's results on them.")


def _values(entry):
    values = [f"{name} {value}" for name, value in entry.hyperparameters.items()]
    return ", ".join(values + ([f"schedule {json.dumps(entry.schedule)}"] if entry.schedule else []))


def _h(text):
    return f"<h2>{escape(text)}</h2>"


def _p(text):
    return f"<p>{escape(text)}</p>"


def _note(text):
    return f'<p class="note">{escape(text)}</p>'


def _figure(figure, text):
    wide, high = (round(inches * _PIXELS_PER_INCH) for inches in figure.get_size_inches())
    kind = ' class="wide"' if wide > 600 else ""
    image = f'<img{kind} alt="{escape(text)}" width="{wide}" height="{high}" src="data:image/png;base64,'
    image += b64encode(_png(figure)).decode("ascii")
    return f'<figure><div class="card">{image}"></div><figcaption>{_p(text)}</figcaption></figure>'


def _table(caption, columns, rows, text=()):
    def cells(kind, row):
        for k, value in enumerate(row):
            more = (' scope="col"' if kind == "th" else "") + (' class="text"' if k in text else "")
            yield f"<{kind}{more}>{escape(str(value))}</{kind}>"

    head = "".join(cells("th", columns))
    body = "".join(f"<tr>{''.join(cells('td', row))}</tr>\n" for row in rows)
    # The words stand outside of what scrolls sideways on a narrow screen.
    return (f'<figure><figcaption class="note">{escape(caption)}</figcaption><div class="table"><table>'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div></figure>")
