"""`Kernel`: runs cells of strangers and says what came out; whatever they do, it answers in time."""

import math
import time
from importlib.metadata import EntryPoint
from typing import NamedTuple

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from . import contents, messages
from .limits import Limits
from .provisioner import NAME, Provisioner, SandboxError

TICK = 0.1  # seconds between two looks at whether the kernel is still there
PATIENCE = 60  # seconds for a kernel to start; the machine may be busy
GRACE = 5  # seconds of silence, after a cell's answer, in which its outputs have not come to an end
AHEAD = 32  # messages that may wait for us; more of them wait in the kernel, in its own memory


class Ran(NamedTuple):
    """What came of a cell.

    Attributes
    ----------
    outputs : list of dict
        As a notebook keeps them, but of what is displayed only the text, and values that `show` could have stated.
    error : tuple of str or None
        Name and text of the exception that ended it.
    reason : str or None
        Why the kernel had to be ended: "time", "memory", "output", "cpu", or "kernel ended" if it ended itself. It
        then runs nothing more.
    seconds : float
    """

    outputs: list
    error: tuple | None
    reason: str | None
    seconds: float


class Kernel:
    """A Python kernel in a sandbox, to be used in a with statement.

    It has no network, sees nothing of this machine but the interpreter and the packages that it needs, finds no
    environment variable of yours, and is ended with all its processes when it takes more than its limits.

    Parameters
    ----------
    limits : Limits, optional
    kind : {"bwrap", "none"}, optional
        "none" is no sandbox: whatever runs there can do whatever you can, read the solutions and write the marks.
    packages : sequence of str, optional
        Names of further distributions that its code may import, such as ``("pandas",)``.

    Attributes
    ----------
    kind : str
    user : int or None
        As which user it runs if not as you: root's kernels never run as root.
    versions : dict of str to str
        Of Python and the packages that compute.
    reason : str or None
        Why it is over, if it is.

    Raises
    ------
    SandboxError
        If there is no such sandbox here, or no kernel starts in it.
    LookupError
        If one of the packages is not installed.

    Examples
    --------
    >>> with Kernel() as kernel:                                                               # doctest: +SKIP
    ...     kernel.run("print(6 * 7)").outputs
    [{'output_type': 'stream', 'name': 'stdout', 'text': '42\\n'}]
    """

    def __init__(self, limits=None, kind="bwrap", packages=None):
        if kind not in ("bwrap", "none"):
            raise ValueError(f"kind is {kind!r}; there are 'bwrap' and 'none'")
        self.limits, self.kind = limits or Limits(), kind
        self.packages = tuple(packages or ())
        self.versions = contents.versions(self.packages)
        self.user = self.reason = None
        self._manager = self._client = self._context = self._watch = self._lost = None
        self._said = 0  # bytes, in all cells together

    def __enter__(self):
        if self.kind == "bwrap":
            from .offers import bwrap

            offer = bwrap()
            if not offer.works:
                raise SandboxError(f"no sandbox here: {offer.reason}. {offer.advice}")
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, source, seconds=None):
        """Run a cell.

        Parameters
        ----------
        source : str
        seconds : float, optional
            Instead of the limit `cell_seconds`.

        Returns
        -------
        Ran
        """
        start = time.monotonic()
        if self.reason:
            return Ran([], None, "kernel ended", 0.0)
        source = source.encode(errors="replace").decode()  # half a character cannot be sent
        request = self._client.execute(source, store_history=False, allow_stdin=False, stop_on_error=False)
        deadline = start + (self.limits.cell_seconds if seconds is None else seconds)
        outputs = messages.Outputs()
        reason = self._listen(request, deadline, outputs)
        if not reason and outputs.error and outputs.error[0] == "MemoryError":
            reason = "memory"  # what filled it is still there
        if reason:
            self._end(reason)
        return Ran(outputs.finished(), outputs.error, self.reason, time.monotonic() - start)

    def close(self):
        """End it, with all that it has begun."""
        self._end("closed")
        if self._client:
            self._client.stop_channels()
            self._client = None
        if self._manager:
            self._manager.shutdown_kernel(now=True)
            self._manager = None
        if self._context:
            self._context.destroy(linger=0)
            self._context = None

    def _start(self):
        factory = KernelProvisionerFactory.instance()
        factory.provisioners.setdefault(  # a checkout that is not installed has no entry points
            NAME, EntryPoint(NAME, f"{Provisioner.__module__}:{Provisioner.__name__}", factory.GROUP_NAME))
        self._manager = Manager()
        self._manager.spec = kernelspec(self.kind, self.limits, self.packages)
        self._manager.start_kernel()
        provisioner = self._manager.provisioner
        self._watch, self.user = provisioner.watch, provisioner.user
        self._context = zmq.Context()
        self._context.setsockopt(zmq.MAXMSGSIZE, self.limits.output + 2**20)
        self._context.setsockopt(zmq.RCVHWM, AHEAD)
        self._client = self._manager.client(context=self._context)
        self._client.start_channels(stdin=False, hb=False, control=False)
        self._lost = self._client.iopub_channel.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        deadline = time.monotonic() + PATIENCE
        ready = False
        self._client.kernel_info()
        while not ready:
            if self._watch.over():
                said = provisioner.last_words() or self._watch.over()
                raise SandboxError(f"the kernel ended while it started: {said}")
            if time.monotonic() > deadline:
                raise SandboxError(f"no answer from the kernel in {PATIENCE} s: the machine is too busy, or something "
                                   "is wrong with ipykernel; `edu-optim doctor` tries it")
            if self._client.shell_channel.socket.poll(int(1000 * TICK)):
                self._client.shell_channel.socket.recv_multipart()
                ready = True
        # A subscription takes a moment, and what is said before it is lost.
        while not self._client.iopub_channel.socket.poll(int(1000 * TICK)):
            if time.monotonic() > deadline or self._watch.over():
                raise SandboxError(f"the kernel says nothing: {self._watch.over() or 'it never began to send'}")
            self._client.kernel_info()
        provisioner.hide()

    def _listen(self, request, deadline, outputs):
        """Collect what a cell says until it has said all; the reason why it did not, if so."""
        shell, iopub = self._client.shell_channel.socket, self._client.iopub_channel.socket
        poller = zmq.Poller()
        for one in (shell, iopub, self._lost):
            poller.register(one, zmq.POLLIN)
        answered = idle = False
        silence = math.inf  # when it has lasted too long
        while not (answered and idle):
            left = min(deadline, silence) - time.monotonic()
            if left <= 0:
                return "time"
            events = dict(poller.poll(1000 * min(left, TICK)))
            if shell in events:
                kind, parent, content = self._read(shell)
                if kind == "execute_reply" and parent == request:
                    answered, silence = True, time.monotonic() + GRACE
                    if content.get("status") == "error":
                        outputs.error = messages.error(content)
            if iopub in events:
                kind, parent, content = self._read(iopub)
                if parent == request:
                    silence = time.monotonic() + GRACE if answered else silence
                    idle = idle or (kind == "status" and content.get("execution_state") == "idle")
                    outputs.add(kind, content)
            if self._said > self.limits.output:
                return "output"
            if iopub in events:
                continue
            if self._lost in events:
                return self._watch.over(wait=1) or "output"  # a message was longer than any may be
            if self._watch.over():
                return self._watch.over()
        return None

    def _read(self, channel):
        frames = channel.recv_multipart()
        self._said += messages.size(frames)
        return messages.read(self._client.session, frames) or (None, None, None)

    def _end(self, reason):
        if self._watch:
            self._watch.end(reason)
            self.reason = self.reason or self._watch.reason or reason


class Manager(KernelManager):
    """A manager of kernels that needs no kernelspec on the disk."""

    spec = None

    @property
    def kernel_spec(self):
        return self.spec


def kernelspec(kind="bwrap", limits=None, packages=()):
    """What Jupyter has to know of such kernels.

    Returns
    -------
    jupyter_client.kernelspec.KernelSpec
    """
    limits = limits or Limits()
    return KernelSpec(
        argv=["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name="Python in a sandbox",
        language="python",
        interrupt_mode="message",
        metadata={"kernel_provisioner": {
            "provisioner_name": NAME,
            "config": {"kind": kind, "limits": vars(limits), "packages": list(packages)},
        }},
    )
