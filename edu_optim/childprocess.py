"""Processes that call functions for this one: each computes with one thread, ends with whoever began it, and takes
nothing but its own call with it when it dies."""

import contextlib
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import traceback

from .threads import BLAS

ATTEMPTS = 3  # a call that kills its process this often is given up
BEGIN = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); " \
        "from edu_optim.childprocess import serve; serve()"
LENGTH = struct.Struct("<Q")  # stands before every message


class ProcessError(RuntimeError):
    """A call that killed every process it was given to."""


class Child:
    """One such process. It is no `multiprocessing.Process`, which would run the caller's script again, could not be
    begun in a thread or a daemon, and would compute with as many threads as its parent."""

    def __init__(self):
        # Ctrl-C is for the one who waits for the results.
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {"process_group": 0}
        self._process = subprocess.Popen(
            [sys.executable, "-c", BEGIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if sys.__stderr__ is None else None,
            env={**os.environ, **dict.fromkeys(BLAS, "1")}, **apart)
        self.pid = self._process.pid
        pickle.dump(sys.path, self._process.stdin)

    def call(self, message):
        """Send a pickled call and wait for (whether it returned, what it returned or raised)."""
        _send(self._process.stdin, message)
        return pickle.loads(_receive(self._process.stdout))

    def kill(self):
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):  # what was not sent yet, or is being read, is of no use
                pipe.close()


class Children:
    """Calls functions in processes, one for each thread that asks; a dead one is begun anew."""

    def __init__(self):
        self._mine, self._all, self._closed = threading.local(), set(), False

    def __call__(self, function, *arguments):
        """What the function returns or raises, elsewhere; ProcessError if it kills whoever calls it."""
        message = pickle.dumps((function, arguments))
        for _ in range(ATTEMPTS):
            child = self._child()
            try:
                returned, value = child.call(message)
            except (EOFError, OSError):
                self._all.discard(child)
                child.kill()
                del self._mine.child
                continue
            if not returned:
                raise value
            return value
        name = getattr(function, "__name__", repr(function))
        raise ProcessError(f"the process that called {name} died {ATTEMPTS} times in a row: is there enough memory? "
                           "Fewer jobs need less")

    def _child(self):
        if self._closed:
            raise ProcessError("whoever began this process has stopped")
        if not hasattr(self._mine, "child"):
            self._mine.child = Child()
            self._all.add(self._mine.child)
            if self._closed:  # meanwhile
                self._mine.child.kill()
        return self._mine.child

    def pids(self):
        """list of int: the processes that are alive, as far as is known."""
        return [child.pid for child in self._all]

    def close(self):
        """Kill all of them, whatever they do."""
        self._closed = True
        for child in list(self._all):
            child.kill()


def serve():
    """Be such a process: read calls and answer them until nobody is there to read the answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a function prints is no answer
    calls = queue.SimpleQueue()
    threading.Thread(target=_read, args=(calls,), daemon=True).start()
    while True:
        message = calls.get()
        try:
            function, arguments = pickle.loads(message)
            answer = pickle.dumps((True, function(*arguments)))
        except BaseException as error:
            answer = _failure(error)
        try:
            _send(answers, answer)
        except OSError:
            os._exit(1)


def _read(calls):
    """The end of the calls is the end of the one who sends them; whatever is being computed then is for nobody."""
    try:
        while True:
            calls.put(_receive(sys.stdin.buffer))
    finally:
        os._exit(0)


def _failure(error):
    where = "".join(traceback.format_exception(error))
    try:
        error.add_note(f"in another process:\n{where}")
        answer = pickle.dumps((False, error))
        pickle.loads(answer)  # some can be written but not read again
    except Exception:
        answer = pickle.dumps((False, RuntimeError(where)))
    return answer


def _send(file, message):
    file.write(LENGTH.pack(len(message)))
    file.write(message)
    file.flush()


def _receive(file):
    (length,) = LENGTH.unpack(_read_all(file, LENGTH.size))
    return _read_all(file, length)


def _read_all(file, size):
    content = file.read(size)
    if len(content) < size:
        raise EOFError
    return content
