"""A check from outside: what others measured on the same problem, beside the results here."""

from typing import NamedTuple

import numpy as np

# DeepOBS (Schneider, Balles, Hennig 2019), problem mnist_mlp, Adam with lr 0.001: test accuracy of seed 42 by epoch.
DEEPOBS = {1: 0.96444, 5: 0.97636, 10: 0.98187, 20: 0.98057}


class Outside(NamedTuple):
    """One number of theirs, and mean and standard deviation over seeds of ours.

    Attributes
    ----------
    epoch : int
    theirs, mean, sd : float
    distance : float
        Of theirs from the mean, in standard deviations: one more seed lies further off than 3 once in hundreds.
    """

    epoch: int
    theirs: float
    mean: float
    sd: float
    distance: float


def compare(results, label="Adam", theirs=None):
    """Set the test accuracies of one entry beside those that somebody else measured.

    Parameters
    ----------
    results : Results
        At least two seeds.
    label : str, optional
    theirs : mapping of int to float, optional
        Test accuracy by epoch; by default DeepOBS's.

    Returns
    -------
    list of Outside
        For those epochs that the results have.
    """
    ours = results.select([label])
    found = []
    for epoch, value in (DEEPOBS if theirs is None else theirs).items():
        if epoch in results.epochs:
            here = ours.at("test_accuracy", epoch)[0]
            mean, sd = float(here.mean()), float(here.std(ddof=1))
            found.append(Outside(epoch, value, mean, sd, (value - mean) / sd if sd else np.nan))
    return found
