"""A training as bytes, and back: what lies beside an unfinished run, so that it can go on."""

import io
import json

import numpy as np

from ..state import checked_state


def packed(training):
    """The state of a training, as `Training.state` gives it."""
    optimizer = training.optimizer.state_dict()
    arrays = {f"data {name}": p.data for name, p in training.net.named_params()}
    for name, entry in optimizer["params"].items():
        arrays |= {f"state {name} {key}": np.asarray(value) for key, value in entry.pop("state").items()}
    schedule = None if training.schedule is None else training.schedule.state_dict()
    header = json.dumps({"epoch": training.epoch, "optimizer": optimizer, "schedule": schedule}).encode()
    file = io.BytesIO()
    np.savez(file, header=np.frombuffer(header, np.uint8), **arrays)
    return file.getvalue()


def unpacked(training, state):
    """Put a state into a training of the same run, or raise ValueError before anything has changed."""
    try:
        with np.load(io.BytesIO(state), allow_pickle=False) as file:  # which compares checksums
            arrays = dict(file)
        header = json.loads(arrays.pop("header").tobytes())
        optimizer, data = header["optimizer"], {}
        for name, entry in optimizer["params"].items():
            prefix = f"state {name} "
            kept = {key.removeprefix(prefix): a for key, a in arrays.items() if key.startswith(prefix)}
            entry["state"] = {key: a if a.ndim else a.item() for key, a in kept.items()}
        for name, p in training.net.named_params():
            data[name] = p.fitted("data", arrays[f"data {name}"])
        checked_state(training.optimizer, optimizer)
    except Exception as error:  # anything may come of damaged bytes
        raise ValueError(
            f"this is no state of a {training.run.rule} over {training.run.network.sizes} "
            f"({type(error).__name__}: {error}): let the run begin anew") from error
    if training.schedule is not None:
        training.schedule.load_state_dict(header["schedule"])
    training.optimizer.load_state_dict(optimizer)
    for name, p in training.net.named_params():
        p.data = data[name]
    training.epoch = header["epoch"]
