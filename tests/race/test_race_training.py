"""A training: paired seeds, what its rows hold, stop and go on, and runs that diverge."""

from dataclasses import replace

import numpy as np
import pytest

from edu_optim import functions, links
from edu_optim.datasets import Digits, digits
from edu_optim.race.data import data_of
from edu_optim.race.plan import Data, Network, Run
from edu_optim.race.training import Training, truncated_normal
from edu_optim.rng import generator

DATA = Data("digits", train=500, test=100)
SIX = {"SGD": {"lr": 0.1}, "MomentumSGD": {"lr": 0.01}, "AdaGrad": {}, "RMSprop": {"lr": 0.001}, "AdaDelta": {},
       "Adam": {}}


def run(rule="Adam", *, data=DATA, schedule=None, seed=0, batch=100, init="glorot", sizes=(784, 12, 10), dropout=0.0,
        inverted=True, **hyperparameters):
    return Run(rule, rule, hyperparameters, schedule, seed, 3, batch, data, Network(sizes, dropout, inverted, init))


def without_seconds(row):
    return {name: value for name, value in row.items() if name != "seconds"}


def test_rules_of_one_seed_meet_the_same_weights_batches_and_dropout(monkeypatch):
    met = []
    entropy = functions.softmax_cross_entropy

    def watched(scores, y):
        met.append((scores.data.copy(), y.copy()))
        return entropy(scores, y)

    monkeypatch.setattr(functions, "softmax_cross_entropy", watched)
    for rule in SIX:
        training = Training(run(rule, dropout=0.1, lr=0))
        training.run_epoch()
    first, *others = np.array_split(np.arange(len(met)), len(SIX))
    for other in others:
        for a, b in zip(first, other, strict=True):
            assert np.array_equal(met[a][0], met[b][0]) and np.array_equal(met[a][1], met[b][1])


def test_seeds_differ_in_weights_order_and_dropout():
    a, b = (Training(run(seed=seed)) for seed in (0, 1))
    assert not np.array_equal(a.net.l1.W.data, b.net.l1.W.data)
    assert not np.array_equal(a.batches()[0][1], b.batches()[0][1])


def test_an_epoch_has_every_image_once_in_its_own_order():
    training = Training(run(batch=120))
    first = training.batches()
    training.run_epoch()
    then = training.batches()
    assert [number for number, _ in first + then] == list(range(10))
    assert [len(rows) for _, rows in first] == [120] * 4 + [20]
    orders = [np.concatenate([rows for _, rows in epoch]) for epoch in (first, then)]
    assert all(np.array_equal(np.sort(order), np.arange(500)) for order in orders)
    assert not np.array_equal(*orders)


def test_without_shuffling_every_epoch_has_the_order_of_the_file():
    training = Training(run(data=replace(DATA, shuffle=False), batch=120))
    assert [rows for _, rows in training.batches()][:2] == [slice(0, 120), slice(120, 240)]


@pytest.mark.parametrize("rule", SIX)
def test_every_rule_of_the_race_learns(rule):
    training = Training(run(rule, **SIX[rule]))
    before = training.measure()
    assert {name: before[name] for name in ("train_loss", "grad_norm", "update_ratio", "seconds")} == {
        "train_loss": None, "grad_norm": None, "update_ratio": None, "seconds": 0.0}
    rows = [training.run_epoch() for _ in range(3)]
    assert training.epoch == 3
    assert rows[-1]["train_loss"] < rows[0]["train_loss"] < 2.6
    assert rows[-1]["test_loss"] < before["test_loss"]
    assert rows[-1]["test_accuracy"] > before["test_accuracy"]
    assert all(row["seconds"] >= 0 for row in rows)


def test_a_row_is_what_its_words_say():
    """One batch of plain SGD, done by hand."""
    training, net = Training(run("SGD", lr=0.5, batch=500)), links.MLP(784, 12, 10, seed=0)
    data = data_of(DATA)
    order = training.batches()[0][1]
    loss = functions.softmax_cross_entropy(net(data.train_x[order]), data.train_y[order])
    loss.backward()
    row = training.run_epoch()
    assert row["train_loss"] == pytest.approx(loss.item(), rel=1e-6)
    gradients = [p.grad.copy() for p in net.params()]
    assert row["grad_norm"] == pytest.approx(np.sqrt(sum((g.astype(float) ** 2).sum() for g in gradients)), rel=1e-6)
    for ratio, layer in zip(row["update_ratio"], (net.l1, net.l2), strict=True):
        assert ratio == pytest.approx(0.5 * np.linalg.norm(layer.W.grad) / np.linalg.norm(layer.W.data), rel=1e-4)
    for p in net.params():
        p.data = p.data - np.float32(0.5) * p.grad
    scores = net(data.test_x)
    assert row["test_loss"] == pytest.approx(functions.softmax_cross_entropy(scores, data.test_y).item(), rel=1e-5)
    assert row["test_accuracy"] == functions.accuracy(scores, data.test_y)


def test_the_loss_of_a_smaller_last_batch_counts_by_its_images():
    losses = [Training(run("SGD", lr=0, batch=batch)).run_epoch()["train_loss"] for batch in (500, 120)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_dropout_that_does_not_make_up_for_it_is_made_up_for_in_testing():
    plain, dropping, inverted = (
        Training(run(dropout=p, inverted=i)) for p, i in ((0.0, True), (0.25, False), (0.25, True)))
    assert inverted.measure() == plain.measure()
    thinner = plain.data._replace(test_x=plain.data.test_x * np.float32(0.75))
    assert dropping.measure() == Training(run(), thinner).measure()


def test_images_may_be_bytes():
    data = data_of(DATA)
    bytes_ = data._replace(**{name: np.rint(getattr(data, name) * 255).astype(np.uint8) for name in
                              ("train_x", "test_x")})
    assert without_seconds(Training(run(), bytes_).run_epoch()) == without_seconds(Training(run(), data).run_epoch())


@pytest.mark.parametrize("rule", SIX)
def test_a_training_that_was_stopped_goes_on_with_the_same_bits(rule):
    which = run(rule, dropout=0.1, inverted=False, batch=120, schedule=(
        None if rule == "AdaDelta" else {"name": "StepLR", "step_size": 2, "gamma": 0.5}))
    whole, stopped = Training(which), Training(which)
    rows = [without_seconds(whole.run_epoch()) for _ in range(3)]
    again = []
    for _ in range(3):
        again.append(without_seconds(stopped.run_epoch()))
        kept, stopped = stopped.state(), Training(which)
        stopped.restore(kept)
    assert again == rows and stopped.epoch == 3
    assert all(np.array_equal(a.data, b.data) for a, b in zip(whole.net.params(), stopped.net.params(), strict=True))


@pytest.mark.parametrize("spoil", [
    lambda kept: b"", lambda kept: kept[: len(kept) // 2], lambda kept: kept[:9999] + b"!!" + kept[10001:]])
def test_a_damaged_state_is_refused(spoil):
    training = Training(run())
    training.run_epoch()
    before = [p.data.copy() for p in training.net.params()]
    with pytest.raises(ValueError, match="no state of a Adam over"):
        training.restore(spoil(training.state()))
    assert training.epoch == 1
    assert all(np.array_equal(p.data, b) for p, b in zip(training.net.params(), before, strict=True))


def test_a_state_of_another_run_is_refused():
    kept = Training(run("SGD")).state()
    for other in (run("Adam"), run("SGD", sizes=(784, 13, 10)), run("SGD", sizes=(784, 12, 12, 10))):
        with pytest.raises(ValueError, match="no state of a"):
            Training(other).restore(kept)


@pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning")
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_a_run_that_diverges_is_a_result(rule):
    training = Training(run(rule, lr=1e30))
    row = [training.run_epoch() for _ in range(2)][-1]
    assert np.isnan(row["train_loss"]) and not np.isfinite(row["test_loss"])
    assert 0 <= row["test_accuracy"] <= 0.3
    resumed = Training(run(rule, lr=1e30))
    resumed.restore(training.state())
    assert str(without_seconds(resumed.run_epoch())) == str(without_seconds(training.run_epoch()))


# ---- weights and data --------------------------------------------------------------------------------------------


def test_truncated_normal_weights():
    training = Training(run(init="truncated_normal", sizes=(784, 300, 30, 10)))
    W = training.net.l1.W.data
    assert W.dtype == np.float32 and np.abs(W).max() <= 0.06
    # A standard normal number that is cut at 2 has the standard deviation 0.8796.
    assert W.std() == pytest.approx(0.03 * 0.8796, rel=0.01) and abs(W.mean()) < 3e-4
    assert not training.net.l3.b.data.any()
    assert not np.array_equal(truncated_normal(generator(0, "a"), 5), truncated_normal(generator(1, "a"), 5))


def rows_of(images):
    return {image.tobytes() for image in images}


def test_the_splits():
    whole = digits()
    standard = data_of(Data("digits", 6000, 1000, "standard"))
    assert all(np.array_equal(a, b) for a, b in zip(standard, whole, strict=True))
    validation = data_of(Data("digits", 5000, 800, "validation"))
    assert np.array_equal(validation.train_x, whole.train_x[:5000])
    assert np.array_equal(validation.test_y, whole.train_y[-800:])
    pooled = data_of(Data("digits", 5250, 1750, "pooled"))
    assert rows_of(pooled.train_x) | rows_of(pooled.test_x) == rows_of(whole.train_x) | rows_of(whole.test_x)
    assert not np.array_equal(pooled.train_x[:100], whole.train_x[:100])
    labels = dict(zip(map(bytes, whole.train_x), whole.train_y, strict=True))
    seen = [labels[bytes(x)] == y for x, y in zip(pooled.train_x, pooled.train_y, strict=True) if bytes(x) in labels]
    assert len(seen) > 4000 and all(seen)


def test_data_is_cut_once_and_nobody_may_write_into_it():
    data = data_of(DATA)
    assert data_of(replace(DATA)) is data and isinstance(data, Digits)
    with pytest.raises(ValueError, match="read-only"):
        data.train_x[0] = 0
