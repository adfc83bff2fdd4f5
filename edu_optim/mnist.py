"""The four original files of MNIST: from a folder of the reader's, or fetched once from a mirror and kept.

Nothing is believed: every file is known by its SHA-256, wherever it comes from.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import NamedTuple

from .idx import parse, unpack
from .lock import locked


class Original(NamedTuple):
    """What is known of one file: its sizes in bytes, packed and unpacked, and the SHA-256 of both."""

    packed_size: int
    size: int
    packed_sum: str
    sum: str


FILES = {
    "train-images-idx3-ubyte": Original(
        9_912_422, 47_040_016, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": Original(
        28_881, 60_008, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": Original(
        1_648_877, 7_840_016, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": Original(
        4_542, 10_008, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://sagemaker-sample-files.s3.amazonaws.com/datasets/image/MNIST/",
    "https://raw.githubusercontent.com/golbin/TensorFlow-MNIST/master/mnist/data/",
)
PATIENCE = 20  # seconds for an answer, and between two pieces of it
# Inside a folder of the reader's: plain, ours, and torchvision's.
PLACES = ("", "mnist", "MNIST/raw")


def load():
    """All four files as arrays, by name: from EDU_OPTIM_DATA where that is set, else from the cache or a mirror.

    Returns
    -------
    dict of ndarray of uint8

    Raises
    ------
    FileNotFoundError
        If EDU_OPTIM_DATA names a folder that lacks a file.
    ValueError
        If a file there is not the original.
    ConnectionError
        If no mirror gave a file; the message lists each with the reason.
    OSError
        If the cache folder cannot be written.
    """
    chosen = os.environ.get("EDU_OPTIM_DATA")
    return read(find(chosen) if chosen else fetch(cache_folder()))


def cache_folder():
    """Where fetched files are kept: beside the kernels."""
    from .formula.cache import folder

    return folder().parent / "mnist"


def find(folder):
    """The path of each file in a folder, packed or not."""
    paths = {}
    for name in FILES:
        candidates = [Path(folder, place, name + end).expanduser() for place in PLACES for end in (".gz", "")]
        paths[name] = next((path for path in candidates if path.is_file()), None)
    lacking = [name + ".gz" for name, path in paths.items() if path is None]
    if lacking:
        raise FileNotFoundError(
            f"EDU_OPTIM_DATA is {str(folder)!r}, and MNIST's {', '.join(lacking)} (or the same without .gz) "
            f"{'is' if len(lacking) == 1 else 'are'} not there. Put all four files into that folder, "
            "or unset EDU_OPTIM_DATA to fetch them")
    return paths


def read(paths):
    """The arrays in the four files, each of which must be the original."""
    arrays = {}
    for name, path in paths.items():
        try:
            with path.open("rb") as file:
                # Whatever lies there, it costs no more memory than this.
                content = unpack(file.read(2 * FILES[name].size + 100), FILES[name].size)
            if hashlib.sha256(content).hexdigest() != FILES[name].sum:
                raise ValueError("its SHA-256 is another")
            arrays[name] = parse(content)
        except ValueError as error:
            raise ValueError(f"{path} is not MNIST's original file: {error}. Delete it and get it anew") from None
    return arrays


def fetch(folder, mirrors=None):
    """The path of each file in the cache folder, where those that are missing or damaged are fetched to.

    A mirror that fails is named on stderr and not asked again; a file is there whole and checked, or not at all.
    """
    paths = {name: folder / f"{name}.gz" for name in FILES}
    if all(map(is_whole, paths.values())):
        return paths
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / ".lock", lambda: _say("MNIST: another process is fetching it; waiting ...")):
            for left in folder.glob("tmp*"):  # by a process that was killed
                left.unlink()
            lacking = [name for name, path in paths.items() if not is_whole(path)]
            _fetch(lacking, folder, list(MIRRORS if mirrors is None else mirrors))
    except ConnectionError:
        raise
    except OSError as error:
        raise OSError(
            error.errno,
            f"MNIST cannot be kept in {folder} ({error.strerror or error}). Let EDU_OPTIM_CACHE name a folder of your "
            "own with 12 MB to spare, or EDU_OPTIM_DATA one that holds the files",
        ) from error
    return paths


def is_whole(path):
    """Whether the packed original stands there, byte for byte."""
    original = FILES[path.stem]
    return (
        path.is_file()
        and path.stat().st_size == original.packed_size
        and hashlib.sha256(path.read_bytes()).hexdigest() == original.packed_sum)


def _fetch(names, folder, mirrors):
    pooch, requests, _ = _libraries()
    failures = []
    for name in names:
        while mirrors:
            try:
                pooch.retrieve(
                    f"{mirrors[0]}{name}.gz",
                    known_hash=FILES[name].packed_sum,
                    fname=f"{name}.gz",
                    path=folder,
                    downloader=_downloader(name),
                )
                break
            except (requests.RequestException, ValueError) as error:
                failures.append(f"{mirrors.pop(0)} {_reason(error, requests)}")
                _say(f"MNIST: {failures[-1]}")
        else:
            listed = "".join(f"\n  {failure}" for failure in failures)
            raise ConnectionError(
                f"MNIST could not be fetched:{listed}\nWith the internet there, try again later. Or get the four files "
                f"({', '.join(f'{n}.gz' for n in FILES)}) from elsewhere, and let EDU_OPTIM_DATA name the folder they "
                "are in. edu_optim.datasets.digits() needs no download")


def _libraries():
    try:
        import pooch
        import requests
        import tqdm
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"fetching MNIST needs {error.name}. Type: python -m pip install {error.name}\n"
            "Or let EDU_OPTIM_DATA name a folder that holds the four files",
            name=error.name,
        ) from None
    return pooch, requests, tqdm.tqdm


def _downloader(name):
    """What pooch fetches a file with: a bar, an end to patience, and no byte more than the file has."""
    pooch, _, tqdm = _libraries()
    size = FILES[name].packed_size
    # Asked for plain bytes, no server unpacks or packs the file once more on the way.
    download = pooch.HTTPDownloader(chunk_size=1 << 16, timeout=PATIENCE, headers={"Accept-Encoding": "identity"})

    def fetch_one(url, path, asker):
        with open(path, "wb") as file, tqdm(total=size, desc=name, unit="B", unit_scale=True, ncols=79) as bar:
            bounded = _Bounded(file, size, bar)
            download(url, bounded, asker)
        if bounded.written < size:
            raise ValueError(f"ended after {bounded.written:,} of {size:,} bytes")

    return fetch_one


class _Bounded:
    """A file that takes so many bytes: no mirror can fill the disk."""

    def __init__(self, file, size, bar):
        self.file, self.size, self.bar, self.written = file, size, bar, 0

    def write(self, piece):
        self.written += len(piece)
        if self.written > self.size:
            raise ValueError(f"sent more than the {self.size:,} bytes of the file")
        self.file.write(piece)
        self.bar.update(len(piece))

    def flush(self):
        self.file.flush()


def _reason(error, requests):
    """What a mirror did, as the end of a sentence that begins with its address."""
    if isinstance(error, requests.HTTPError):
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.SSLError):
        return "could not prove its identity (TLS)"
    # An answer that stalls half-way ends in a plain ConnectionError.
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"was silent for {PATIENCE:g} s"
    if "NameResolution" in repr(error) or "NewConnection" in repr(error):
        return "could not be reached"
    if isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return "broke off"
    return "sent another file: its SHA-256 is another" if "hash" in str(error) else str(error)


def _say(line):
    print(line, file=sys.stderr, flush=True)
