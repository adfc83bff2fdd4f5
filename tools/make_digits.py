"""Draw the digits inside the package from the four original files of MNIST.

    python tools/make_digits.py FOLDER

The same files give the same subset, byte for byte but for the compression.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edu_optim.mnist import find, read
from edu_optim.rng import generator

TARGET = Path(__file__).resolve().parents[1] / "edu_optim" / "data" / "digits.npz"
PER_CLASS = {"train": 600, "test": 100}


def draw(files, part, original):
    """Draw the same number of images of each class, in random order."""
    images = files[f"{original}-images-idx3-ubyte"].reshape(-1, 784)
    labels = files[f"{original}-labels-idx1-ubyte"]
    chosen = [
        generator(0, f"digits {part}", digit).choice(np.flatnonzero(labels == digit), PER_CLASS[part], replace=False)
        for digit in range(10)
    ]
    chosen = generator(0, f"digits {part} order").permutation(np.concatenate(chosen))
    return {f"{part}_x": images[chosen], f"{part}_y": labels[chosen]}


def subset(folder):
    """The arrays that the package holds, as bytes."""
    files = read(find(folder))
    return draw(files, "train", "train") | draw(files, "test", "t10k")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    np.savez_compressed(TARGET, **subset(sys.argv[1]))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
