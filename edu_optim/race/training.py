"""`Training`: one run of a race, epoch by epoch, through the same network, tape and optimizer as any lesson."""

import time

import numpy as np

from .. import functions, links, schedules
from ..datasets import scaled
from ..rng import generator
from ..tape import no_grad
from .data import data_of
from .formulas import rule_of
from .kept import packed, unpacked

TESTED_AT_ONCE = 1000  # images; fixed, since products of other sizes may round otherwise
SD = 0.03  # of weights drawn from a truncated normal distribution


class Training:
    """One rule that trains one network from one seed.

    Weights, the order of the images and dropout are keyed by the seed: runs of one seed differ in their rules alone,
    and nothing depends on what ran before or beside. A run that diverges goes on, and its rows say NaN.

    Parameters
    ----------
    run : Run
        See `edu_optim.race.plan.Run`.
    data : Digits, optional
        What `data_of` gives for the run, if it is at hand. Images are bytes, or numbers from 0 to 1 in float32.

    Attributes
    ----------
    epoch : int
        How many are finished.
    net : MLP
    optimizer : Optimizer
    schedule : LRScheduler or None
        Steps after each epoch.

    Examples
    --------
    >>> from edu_optim.race import Data, Network, Run, Training
    >>> data = Data("digits", train=2000, test=500)
    >>> training = Training(Run("SGD", "SGD", {"lr": 0.5}, None, 0, 1, 100, data, Network((784, 20, 10))))
    >>> training.measure()["test_accuracy"] < 0.3 < training.run_epoch()["test_accuracy"]
    True
    """

    def __init__(self, run, data=None):
        self.run, self.data, self.epoch = run, data_of(run.data) if data is None else data, 0
        self.net = first_network(run.network, run.seed)
        self.optimizer = rule_of(run).optimizer(self.net, **run.hyperparameters)
        self.optimizer.rule.stepper(np.float32, self.optimizer.backend)  # compiled now, not on the clock
        self.schedule = None
        if run.schedule is not None:
            arguments = dict(run.schedule)
            self.schedule = getattr(schedules, arguments.pop("name"))(self.optimizer, **arguments)

    def measure(self):
        """Test the network as it is.

        Returns
        -------
        dict
            ``test_loss`` and ``test_accuracy``; ``train_loss``, ``grad_norm`` and ``update_ratio`` are None and
            ``seconds`` 0, for nothing was learnt.
        """
        of, total, right = self.run.network, 0.0, 0.0
        # Where dropout did not make up for what it took, testing takes its share.
        share = np.float32(1 if of.inverted else 1 - of.input_dropout)
        with np.errstate(all="ignore"), no_grad():
            for start in range(0, len(self.data.test_x), TESTED_AT_ONCE):
                rows = slice(start, start + TESTED_AT_ONCE)
                x, y = images(self.data.test_x[rows]), self.data.test_y[rows]
                scores = self.net(x if share == 1 else x * share)
                total += functions.softmax_cross_entropy(scores, y).item() * len(y)
                right += functions.accuracy(scores, y) * len(y)
        n = len(self.data.test_x)
        return {"train_loss": None, "test_loss": total / n, "test_accuracy": round(right) / n, "grad_norm": None,
                "update_ratio": None, "seconds": 0.0}

    def run_epoch(self):
        """Learn from every image once, then test.

        Returns
        -------
        dict
            ``train_loss``: the mean over all images, each as it was met, before the update it took part in.
            ``test_loss``, ``test_accuracy``. ``grad_norm``: of the gradient of the last minibatch. ``update_ratio``:
            for each layer the norm of the last update of W over the norm W had before it. ``seconds``: processor
            time of this thread, for learning alone.
        """
        with np.errstate(all="ignore"):
            began = time.thread_time()
            learnt = self._learn()
            seconds = time.thread_time() - began
        if self.schedule is not None:
            self.schedule.step()
        self.epoch += 1
        return self.measure() | learnt | {"seconds": seconds}

    def _learn(self):
        *batches, last = self.batches()
        total = 0.0
        for number, rows in batches:
            total += self.step(number, rows)
        weights = [link.W.data for link in layers(self.net)]
        before = [W.copy() for W in weights]
        total += self.step(*last)
        ratios = tuple(float(norm(W - old) / norm(old)) for W, old in zip(weights, before, strict=True))
        gradients = [p.grad for p in self.net.params()]
        return {"train_loss": total / len(self.data.train_x), "grad_norm": float(norm(*gradients)),
                "update_ratio": ratios}

    def batches(self):
        """The minibatches of the coming epoch.

        Returns
        -------
        list of (int, slice or ndarray of int)
            The number of the step, counted from the start of the run, and which images. The last may be fewer.
        """
        size, n = self.run.batch, len(self.data.train_x)
        places = [slice(start, start + size) for start in range(0, n, size)]
        if self.run.data.shuffle:
            order = generator(self.run.seed, "shuffle", self.epoch).permutation(n)
            places = [order[place] for place in places]
        return list(enumerate(places, self.epoch * len(places)))

    def step(self, number, rows):
        """Learn from one minibatch; returns the sum of its losses."""
        x, y = images(self.data.train_x[rows]), self.data.train_y[rows]
        of = self.run.network
        if of.input_dropout:
            rng = generator(self.run.seed, "dropout", number)
            x = functions.dropout(x, of.input_dropout, rng, inverted=of.inverted)
        self.optimizer.zero_grad()
        loss = functions.softmax_cross_entropy(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item() * len(y)

    def state(self):
        """All that `restore` needs to go on as if there had been no stop.

        Returns
        -------
        bytes
            Weights, the optimizer's and the schedule's state, and the epoch: arrays and JSON in NumPy's .npz format.
        """
        return packed(self)

    def restore(self, state):
        """Take over the `state` of a training of the same run; what follows is the same, bit for bit.

        Raises
        ------
        ValueError
            If it is damaged, or of another network or rule; nothing has changed then.
        """
        unpacked(self, state)


def first_network(of, seed):
    """The network of a plan with its first weights."""
    net = links.MLP(*of.sizes, seed=seed)
    if of.init == "truncated_normal":
        for k, link in enumerate(layers(net), 1):
            link.W.data = truncated_normal(generator(seed, "truncated normal", k), link.W.shape)
    return net


def truncated_normal(rng, shape):
    """Normal numbers of which none is further from 0 than two standard deviations: those are drawn again."""
    z = rng.standard_normal(shape)
    while (far := np.abs(z) > 2).any():
        z[far] = rng.standard_normal(np.count_nonzero(far))
    return (SD * z).astype(np.float32)


def layers(net):
    """The linear layers of a network, from input to output."""
    return [link for link in net.links() if isinstance(link, links.Linear)]


def images(x):
    """Images as numbers from 0 to 1; some come as bytes."""
    return scaled(x) if x.dtype == np.uint8 else x


def norm(*arrays):
    """The Euclidean norm of all numbers in these arrays, in float64. NumPy sums them itself, in an order that no
    library's threads change."""
    return np.sqrt(sum(np.sum(np.square(a, dtype=np.float64)) for a in arrays))
