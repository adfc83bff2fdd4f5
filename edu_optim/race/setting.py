"""`Data` and `Network`: what is learnt, and what learns it."""

from dataclasses import dataclass

from .refusals import PlanError, flag, one_of, whole

SIZES = {"mnist": (60_000, 10_000), "digits": (6_000, 1_000)}  # images to train and to test with, as published
SPLITS = ("standard", "validation", "pooled")
INITS = ("glorot", "truncated_normal")


@dataclass(frozen=True)
class Data:
    """What a run learns from, and what it is tested with.

    Parameters
    ----------
    source : {"mnist", "digits"}
        All of MNIST, 60,000 and 10,000 images, or the 6,000 and 1,000 inside the package.
    train, test : int
        How many images to train and to test with.
    split : {"standard", "validation", "pooled"}
        Where they come from. "standard": the first ones of the training set and of the test set. "validation": the
        first and the last ones of the training set, so that the test set stays unseen. "pooled": both sets together,
        mixed once and for all seeds alike, then cut.
    shuffle : bool
        Whether every epoch has an order of its own; otherwise all have that of the file.

    Raises
    ------
    PlanError
        If the source does not hold that many images, or a word is not known.

    Examples
    --------
    >>> Data("digits", train=6000, test=2000)
    Traceback (most recent call last):
        ...
    edu_optim.race.refusals.PlanError: data: test = 2000, but with split "standard" digits has 1000 to test with
    """

    source: str = "mnist"
    train: int = 60_000
    test: int = 10_000
    split: str = "standard"
    shuffle: bool = True

    def __post_init__(self):
        one_of("data: source", self.source, SIZES)
        one_of("data: split", self.split, SPLITS)
        whole("data: train", self.train, least=1)
        whole("data: test", self.test, least=1)
        flag("data: shuffle", self.shuffle)
        train, test = SIZES[self.source]
        if self.split == "standard":
            for name, wanted, there in (("train", self.train, train), ("test", self.test, test)):
                if wanted > there:
                    raise PlanError(
                        f'data: {name} = {wanted}, but with split "standard" {self.source} has {there} to {name} with')
            return
        there = train if self.split == "validation" else train + test
        if self.train + self.test > there:
            raise PlanError(f"data: train + test = {self.train + self.test}, but split {self.split!r} shares out the "
                            f"{there} images that {self.source} has {'to train with' if there == train else 'in all'}")


@dataclass(frozen=True)
class Network:
    """What is trained: a perceptron with ReLU between its layers.

    Parameters
    ----------
    sizes : tuple of int
        Of input, hidden layers and output; the images have 784 pixels and 10 classes.
    input_dropout : float
        The probability of a pixel to be dropped while training, 0 <= p < 1.
    inverted : bool
        Whether kept pixels are divided by 1 - p while training. False is the older form: nothing is divided, and
        pixels are multiplied by 1 - p while testing.
    init : {"glorot", "truncated_normal"}
        How weights start: Glorot's uniform, or normal with standard deviation 0.03, cut at two of them. Biases are 0.

    Raises
    ------
    PlanError
        If a value is not allowed.
    """

    sizes: tuple = (784, 500, 10)
    input_dropout: float = 0.0
    inverted: bool = True
    init: str = "glorot"

    def __post_init__(self):
        if not isinstance(self.sizes, (list, tuple)) or len(self.sizes) < 2:
            raise PlanError(f"network: sizes = {self.sizes!r} must list at least two layers, such as [784, 500, 10]")
        object.__setattr__(self, "sizes", tuple(self.sizes))
        for size in self.sizes:
            whole("network: each of sizes", size, least=1)
        if (self.sizes[0], self.sizes[-1]) != (784, 10):
            raise PlanError(f"network: sizes = {list(self.sizes)} must begin with 784 pixels and end with 10 classes")
        p = self.input_dropout
        if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0 <= p < 1:
            raise PlanError(f"network: input_dropout = {p!r} must be a probability, 0 <= p < 1, such as 0.1")
        object.__setattr__(self, "input_dropout", float(p))
        flag("network: inverted", self.inverted)
        one_of("network: init", self.init, INITS)
