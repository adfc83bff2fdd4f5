"""Results of races that nobody ran."""

import numpy as np

from edu_optim.race import Results, plan
from edu_optim.race.results import COLUMNS


def made_up(entries=("SGD", "MomentumSGD", "Adam"), seeds=6, epochs=4, finals=None, seed=0, title="Made up"):
    """Accuracies that rise to a final value with noise around it; entries are labels, or plan entries."""
    entries = [e if isinstance(e, plan.Entry) else plan.Entry(e, e, rate_source="ours") for e in entries]
    seeds = range(seeds)
    made = plan.Plan("made_up", title, entries, seeds, epochs, data=plan.Data("digits", 6000, 1000))
    random = np.random.default_rng(seed)
    finals = np.linspace(0.9, 0.95, len(entries)) if finals is None else np.asarray(finals)
    shape = (len(entries), len(seeds), epochs + 1)
    accuracy = finals[:, None, None] * (1 - 0.8 * np.exp(-np.arange(epochs + 1.0))) + 0.003 * random.normal(size=shape)
    columns = {name: np.ones(shape) for name in COLUMNS}
    columns |= {"test_accuracy": accuracy.round(3), "test_loss": 3 * (1 - accuracy)}
    return Results(made, tuple(e.label for e in entries), tuple(seeds), np.arange(epochs + 1), columns,
                   np.full((*shape, 2), 1e-3), {"edu_optim": "0.1.0"})
