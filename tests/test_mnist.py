"""MNIST from a folder and from mirrors: servers on the loopback address that fail in every way we could think of."""

import contextlib
import gzip
import hashlib
import http.server
import multiprocessing
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from edu_optim import datasets
from edu_optim import mnist as originals

pytest.importorskip("pooch")
pytest.importorskip("tqdm")


def small_files():
    """Four files like MNIST's, with twelve images in all."""
    rng = np.random.default_rng(0)
    for stem, images in (("train", 8), ("t10k", 4)):
        shape = b"".join(n.to_bytes(4, "big") for n in (images, 28, 28))
        pixels = rng.integers(0, 4, images * 784, np.uint8)
        yield f"{stem}-images-idx3-ubyte", b"\0\0\x08\x03" + shape + pixels.tobytes()
        yield f"{stem}-labels-idx1-ubyte", b"\0\0\x08\x01" + images.to_bytes(4, "big") + bytes(range(images))


FILES = dict(small_files())
PACKED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}
TRAIN = "train-images-idx3-ubyte.gz"


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """The package takes the small files for the originals, keeps them in a folder of the test, and loses patience."""
    known = {
        name: originals.Original(len(packed), len(content), sum_of(packed), sum_of(content))
        for (name, content), packed in zip(FILES.items(), PACKED.values(), strict=True)
    }
    monkeypatch.setattr(originals, "FILES", known)
    monkeypatch.setattr(originals, "PATIENCE", 0.5)
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("EDU_OPTIM_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    datasets._raw_mnist.cache_clear()
    yield
    datasets._raw_mnist.cache_clear()


def sum_of(content):
    return hashlib.sha256(content).hexdigest()


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves a file the way that the first part of the address says: /good/NAME, /stall/NAME ..."""

    def do_GET(self):
        way, _, name = self.path[1:].partition("/")
        self.server.asked.append(self.path)
        with contextlib.suppress(OSError):  # the client may be gone
            getattr(self, way)(PACKED[name])

    def head(self, size=None, **others):
        self.send_response(200)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def good(self, content):
        self.head(len(content))
        self.wfile.write(content)

    def without_length(self, content):
        self.head()
        self.wfile.write(content)

    def missing(self, content):
        self.send_error(404, "Not Found")

    def broken(self, content):
        self.send_error(503, "Slow Down")

    def cut(self, content):
        """Promises all and sends half."""
        self.head(len(content))
        self.wfile.write(content[: len(content) // 2])

    def short(self, content):
        """Has half a file and says so."""
        self.head(len(content) // 2)
        self.wfile.write(content[: len(content) // 2])

    def wrong(self, content):
        self.head(len(content))
        self.wfile.write(bytes(len(content)))

    def page(self, content):
        """What a hotel answers instead."""
        self.head(26)
        self.wfile.write(b"<html>Please log in</html>")

    def stall(self, content):
        self.head(len(content))
        self.wfile.write(content[:10])
        self.wfile.flush()
        self.server.over.wait(10)

    def silent(self, content):
        self.server.over.wait(10)

    def hang_up(self, content):
        self.close_connection = True

    def endless(self, content):
        self.head()
        while True:
            self.wfile.write(bytes(1 << 16))

    def circle(self, content):
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

    def slow(self, content):
        """Fast enough to be waited for."""
        self.head(len(content))
        for start in range(0, len(content), len(content) // 4 + 1):
            time.sleep(0.05)
            self.wfile.write(content[start : start + len(content) // 4 + 1])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        server.asked, server.over = [], threading.Event()
        server.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def listed(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def fetch(server, tmp_path, *ways):
    return originals.fetch(tmp_path / "cache" / "mnist", [f"{server.address}/{way}/" for way in ways])


# ---- mirrors


def test_a_good_mirror_gives_all_and_is_asked_once(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(originals, "MIRRORS", (f"{server.address}/good/",))
    data = datasets.mnist()
    assert [a.shape for a in data] == [(8, 784), (8,), (4, 784), (4,)]
    assert data.train_y.tolist() == list(range(8))
    pixels = np.frombuffer(FILES["train-images-idx3-ubyte"][16:], np.uint8)
    assert np.array_equal(data.train_x.reshape(-1), pixels / np.float32(255))
    assert listed(tmp_path / "cache" / "mnist") == sorted(PACKED)
    assert len(server.asked) == 4
    assert TRAIN[:-3] in capsys.readouterr().err  # the progress bar names the file
    datasets._raw_mnist.cache_clear()
    datasets.mnist()
    assert len(server.asked) == 4


@pytest.mark.parametrize("way", ["good", "without_length", "slow"])
def test_ways_that_work(server, tmp_path, way):
    paths = fetch(server, tmp_path, way)
    assert {path.name: path.read_bytes() for path in paths.values()} == PACKED


FAILURES = {
    "missing": "answered 404 Not Found",
    "broken": "answered 503 Slow Down",
    "cut": "broke off",
    "short": f"ended after {len(PACKED[TRAIN]) // 2:,} of {len(PACKED[TRAIN]):,} bytes",
    "wrong": "sent another file",
    "page": "ended after 26 of",
    "stall": "was silent for 0.5 s",
    "silent": "was silent for 0.5 s",
    "hang_up": "broke off",
    "endless": "sent more than",
    "circle": "Exceeded 30 redirects",
}


@pytest.mark.parametrize("way", FAILURES)
def test_a_mirror_that_fails_is_named_and_the_next_one_asked(server, tmp_path, capsys, way):
    paths = fetch(server, tmp_path, way, "good")
    assert {path.name: path.read_bytes() for path in paths.values()} == PACKED
    assert listed(tmp_path / "cache" / "mnist") == sorted(PACKED)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("MNIST: ")]
    assert len(lines) == 1, "asked once, for the first file, and not again"
    assert f"{server.address}/{way}/" in lines[0]
    assert FAILURES[way] in lines[0]


def test_if_all_fail_one_error_lists_them_and_nothing_stays(server, tmp_path):
    with pytest.raises(ConnectionError) as caught:
        fetch(server, tmp_path, *FAILURES)
    message = str(caught.value)
    assert all(f"{server.address}/{way}/ " in message and reason in message for way, reason in FAILURES.items())
    assert "EDU_OPTIM_DATA" in message
    assert all(name in message for name in PACKED)
    assert listed(tmp_path / "cache" / "mnist") == []


def test_where_nobody_listens(tmp_path):
    with pytest.raises(ConnectionError, match=r"http://127.0.0.1:9/ could not be reached"):
        originals.fetch(tmp_path / "cache" / "mnist", ["http://127.0.0.1:9/"])


def test_a_mirror_that_fails_later_leaves_what_is_whole(server, tmp_path):
    ways = iter([Mirror.good, Mirror.good, Mirror.cut])
    server.RequestHandlerClass = type("Tired", (Mirror,), {"tired": lambda self, content: next(ways)(self, content)})
    with pytest.raises(ConnectionError):
        fetch(server, tmp_path, "tired")
    assert len(listed(tmp_path / "cache" / "mnist")) == 2
    fetch(server, tmp_path, "good")
    assert len(server.asked) == 3 + 2


@pytest.mark.parametrize("content", [b"", PACKED[TRAIN][:-1], bytes(len(PACKED[TRAIN]))], ids=["none", "cut", "other"])
def test_a_damaged_file_in_the_cache_is_fetched_again(server, tmp_path, content):
    path = fetch(server, tmp_path, "good")[TRAIN[:-3]]
    path.write_bytes(content)
    fetch(server, tmp_path, "good")
    assert path.read_bytes() == PACKED[TRAIN]
    assert len(server.asked) == 5


def test_what_a_killed_process_left_is_removed(server, tmp_path):
    folder = tmp_path / "cache" / "mnist"
    folder.mkdir(parents=True)
    (folder / "tmpabc").write_bytes(b"half")
    fetch(server, tmp_path, "good")
    assert listed(folder) == sorted(PACKED)


def test_ctrl_c_leaves_nothing(server, tmp_path, monkeypatch):
    def stop(self, piece):
        raise KeyboardInterrupt

    monkeypatch.setattr(originals._Bounded, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        fetch(server, tmp_path, "good")
    assert listed(tmp_path / "cache" / "mnist") == []


def test_a_full_disk_is_no_mirrors_fault(server, tmp_path, monkeypatch):
    def full(self, piece):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(originals._Bounded, "write", full)
    with pytest.raises(OSError, match=r"cannot be kept in .*No space left.*EDU_OPTIM_CACHE"):
        fetch(server, tmp_path, "good", "good")
    assert len(server.asked) == 1
    assert listed(tmp_path / "cache" / "mnist") == []


def test_a_cache_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(OSError, match=r"cannot be kept in .*EDU_OPTIM_CACHE"):
        fetch(server, tmp_path, "good")
    assert server.asked == []


def _in_another_process(address, folder, files):
    originals.FILES = files
    originals.fetch(Path(folder), [f"{address}/slow/"])


def test_two_processes_fetch_once(server, tmp_path):
    arguments = (server.address, str(tmp_path / "cache" / "mnist"), originals.FILES)
    method = multiprocessing.get_context("spawn")
    processes = [method.Process(target=_in_another_process, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(server.asked) == 4
    assert listed(tmp_path / "cache" / "mnist") == sorted(PACKED)


def test_without_pooch_it_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs pooch. Type: python -m pip install pooch"):
        originals.fetch(tmp_path / "cache" / "mnist")


# ---- a folder of the reader's


@pytest.mark.parametrize("place", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_folder(tmp_path, monkeypatch, place, packed):
    folder = tmp_path / "data" / place
    folder.mkdir(parents=True)
    for name, content in (PACKED if packed else FILES).items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("EDU_OPTIM_DATA", str(tmp_path / "data"))
    assert len(datasets.mnist().train_x) == 8
    assert not (tmp_path / "cache").exists()


def test_a_folder_packed_by_another_gzip_is_as_good(tmp_path):
    for name, content in FILES.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content, 1))
    assert originals.read(originals.find(tmp_path))


def test_a_folder_that_lacks_files_is_an_error_and_not_a_download(tmp_path, monkeypatch):
    (tmp_path / TRAIN).write_bytes(PACKED[TRAIN])
    monkeypatch.setenv("EDU_OPTIM_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"EDU_OPTIM_DATA is .*t10k-labels.* are not there") as caught:
        datasets.mnist()
    assert TRAIN not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "SHA-256 is another"),
        (PACKED[TRAIN][:-5], "cut off"),
        (gzip.compress(bytes(10_000_000)), "more than"),
        (FILES[TRAIN[:-3]] + b"!", "SHA-256 is another"),
        (b"<html>", "SHA-256 is another"),
    ],
    ids=["empty", "cut", "bomb", "longer", "page"],
)
def test_a_file_that_is_another_is_refused_and_named(tmp_path, monkeypatch, content, reason):
    for name, packed in PACKED.items():
        (tmp_path / name).write_bytes(packed)
    (tmp_path / TRAIN).write_bytes(content)
    monkeypatch.setenv("EDU_OPTIM_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=rf"{TRAIN} is not MNIST's original file: .*{reason}"):
        datasets.mnist()


# ---- the record


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, packed in PACKED.items():
        (tmp_path / name).write_bytes(packed)
    monkeypatch.setenv("EDU_OPTIM_DATA", str(tmp_path))


@pytest.mark.usefixtures("folder")
def test_dtypes_and_sharing():
    raw, single, double = (datasets.mnist(dtype) for dtype in (np.uint8, np.float32, np.float64))
    assert [d.train_x.dtype for d in (raw, single, double)] == [np.uint8, np.float32, np.float64]
    assert all(d.train_y.dtype == np.int64 for d in (raw, single, double))
    assert np.array_equal(datasets.scaled(raw.test_x[1:3]), single.test_x[1:3])
    assert np.array_equal(datasets.scaled(raw.test_x, np.float64), double.test_x)
    assert datasets.mnist().train_x is single.train_x
    for array in (*raw, *single, *double):
        assert not array.flags.writeable


@pytest.mark.usefixtures("folder")
def test_large_arrays_go_with_their_last_user():
    data = datasets.mnist()
    assert len(datasets._in_use) >= 2
    del data
    assert len(datasets._in_use) == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("dtype", [np.float16, int, "nonsense"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match=r"np.float32 or np.float64 or np.uint8"):
        datasets.mnist(dtype)
