"""Record what the optimizers of Keras do, 12 updates each, into keras_rules.json.

    KERAS_BACKEND=jax python tools/record_keras.py        # needs Keras and JAX; the tests do not

Start and gradients are those of torch_rules.json.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np

PEERS = Path(__file__).resolve().parent.parent / "tests" / "peers"
RATE = {"learning_rate": 0.01}
CONFIGURATIONS = {
    "SGD": ("SGD", {"learning_rate": 0.1}),
    "SGD(momentum)": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "SGD(nesterov)": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "SGD(weight_decay)": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    "RMSprop": ("RMSprop", RATE),
    "RMSprop(momentum)": ("RMSprop", {**RATE, "momentum": 0.9}),
    "RMSprop(centered,momentum)": ("RMSprop", {**RATE, "momentum": 0.9, "centered": True, "epsilon": 1e-4}),
    "Adagrad": ("Adagrad", {**RATE, "initial_accumulator_value": 0.0}),
    "Adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "Adam": ("Adam", {**RATE, "epsilon": 1e-3}),
    "Adam(amsgrad)": ("Adam", {**RATE, "amsgrad": True, "epsilon": 1e-3}),
    "Adam(weight_decay)": ("Adam", {**RATE, "weight_decay": 0.1}),
    "AdamW": ("AdamW", RATE),
    "Adamax": ("Adamax", {**RATE, "epsilon": 0.0}),
    "Nadam": ("Nadam", {**RATE, "epsilon": 1e-3}),
    "Lion": ("Lion", {**RATE, "weight_decay": 0.1}),
    "Lamb": ("Lamb", {**RATE, "epsilon": 1e-3}),
}


def trajectory(class_name, settings, start, gradients, dtype):
    keras.config.set_floatx(dtype)
    x = keras.Variable(np.array(start, dtype), dtype=dtype)
    optimizer = getattr(keras.optimizers, class_name)(**settings)
    path = []
    for g in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(np.array(g, dtype))], [x])
        path.append(np.asarray(x.value, np.float64).tolist())
    return {"p0": start, "grads": gradients, "params": path}


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    given = json.loads((PEERS / "torch_rules.json").read_text())["rules"]["SGD"]
    recorded = {
        name: {"class": class_name, "hyperparameters": settings} | {
            dtype: trajectory(class_name, settings, given[dtype]["p0"], given[dtype]["grads"], dtype)
            for dtype in ("float64", "float32")}
        for name, (class_name, settings) in CONFIGURATIONS.items()
    }
    peer = {"peer": f"keras {keras.__version__} on jax {jax.__version__}", "rules": recorded}
    (PEERS / "keras_rules.json").write_text(json.dumps(peer) + "\n")
