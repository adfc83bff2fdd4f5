"""Starts kernels in the sandbox for whoever speaks Jupyter: `Kernel`, or pytest with nbval and the kernel edu-sandbox.

It is no kernel manager but what a manager starts its process with: a provisioner, which a kernelspec names.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import ipykernel
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, List, Unicode

import edu_optim

from . import bubblewrap, contents, seccomp, users, warming
from .for_root import readable
from .limits import Limits
from .watch import Watch

NAME = "edu-optim-sandbox"
CHANNELS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
LONGEST = 80  # the path of a socket has 107 bytes at most


class SandboxError(RuntimeError):
    """No sandbox can be had here; the message says what to do."""


class Provisioner(LocalProvisioner):
    """A kernel's process, in the sandbox and watched.

    Its settings stand in the kernelspec, under metadata.kernel_provisioner.config.

    Attributes
    ----------
    kind : str
        "bwrap", or "none" for no sandbox at all.
    limits : dict
        Arguments of `Limits`.
    packages : list of str
        Further distributions that its code may import.
    watch : Watch or None
    user : int or None
        As whom it runs, if that is not the caller.
    """

    kind = Unicode("bwrap")
    limits = Dict()
    packages = List(Unicode())
    watch = user = None
    _folder = None
    _told = None
    _open = ()

    async def pre_launch(self, **kwargs):
        self._remove()
        self._folder = Path(tempfile.mkdtemp(prefix="edu-", dir=_place()))
        self.user = users.other()
        manager = self.parent
        manager.connection_file = str(self._folder / "kernel.json")
        kwargs["cwd"] = str(self._folder)
        if self.kind == "none":
            return self._bare(await super().pre_launch(**kwargs))
        manager.transport, manager.cache_ports = "ipc", False
        manager.ip = str(self._folder / "s")
        kwargs = await super().pre_launch(**kwargs)
        sockets = {str(self.connection_info[name]): _listen(f"{manager.ip}-{self.connection_info[name]}")
                   for name in CHANNELS}
        self._told = {
            "connection": json.loads(Path(manager.connection_file).read_text()),
            "sockets": {number: one.fileno() for number, one in sockets.items()},
            "limits": vars(Limits(**self.limits)),
        }
        self._open = [*sockets.values(), *_filter()]
        mounts = readable([*contents.contents(tuple(self.packages)), *warming.mounts()], self.user)
        kwargs["cmd"] = bubblewrap.command(
            [contents.executable(), "/inside.py"], mounts, Limits(**self.limits).room, self.user,
            self._open[-1].fileno() if len(self._open) > len(sockets) else None)
        kwargs["pass_fds"] = [one.fileno() for one in self._open]
        kwargs["env"] = {"PATH": os.environ.get("PATH", os.defpath)}
        kwargs["stdin"] = kwargs["stderr"] = subprocess.PIPE
        kwargs["stdout"] = subprocess.DEVNULL
        return kwargs

    def _bare(self, kwargs):
        """A command without a sandbox; only root's becomes that of another user."""
        package = Path(edu_optim.__file__).resolve().parent
        path = os.pathsep.join(filter(None, [str(package.parent), os.environ.get("PYTHONPATH")]))
        kwargs["env"] = {**kwargs["env"], "PYTHONPATH": path}
        kwargs["stderr"] = subprocess.PIPE
        if self.user is not None:
            needed = [Path(sys.executable), Path(ipykernel.__file__), package]
            kwargs["cmd"] = [*users.become(self.user, needed), *kwargs["cmd"]]
            kwargs["env"]["HOME"] = str(self._folder)
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, self.user, self.user)
        return kwargs

    async def launch_kernel(self, cmd, **kwargs):
        try:
            info = await super().launch_kernel(cmd, **kwargs)
        except OSError as error:
            raise SandboxError(
                f"no kernel could be started ({error}): `edu-optim doctor` says what is missing") from None
        finally:
            self._close()
        if self._told:
            with contextlib.suppress(BrokenPipeError):  # it is over already, and will be found so
                self.process.stdin.write(json.dumps(self._told).encode() + b"\n")
                self.process.stdin.flush()  # and stays open: its end is the kernel's, however we end
        self.watch = Watch(self.process, Limits(**self.limits), bubblewrap.ROOMS if self._told else ())
        self.watch.start()
        return info

    async def kill(self, restart=False):
        if self.watch:
            await asyncio.to_thread(self.watch.end)
        await super().kill(restart)

    terminate = kill

    async def send_signal(self, signum):
        """Only the end of all: a signal would reach bubblewrap, not the kernel."""
        if self.kind == "none":
            await super().send_signal(signum)
        elif self.process:
            self.process.kill()

    async def cleanup(self, restart=False):
        await super().cleanup(restart)
        self._remove()

    def hide(self):
        """Let nobody else call: whoever was to call has done so. And nothing is left behind, however we end."""
        if self.kind != "none":  # else it lives in there
            self._remove()

    def last_words(self):
        """str: what the process said when it could not become a kernel; it must be over."""
        pipe = self.process.stderr if self.process else None
        if pipe is None:
            return ""
        os.set_blocking(pipe.fileno(), False)
        return (pipe.read(4000) or b"").decode(errors="replace").strip()

    def _close(self):
        for one in self._open:
            one.close()
        self._open = ()

    def _remove(self):
        self._close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _place():
    """A folder for sockets whose name is not too long."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) < LONGEST else "/tmp"


def _listen(path):
    """A socket that others can call, by a name that only we can use."""
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    one.bind(path)
    one.listen(16)
    one.setblocking(False)
    return one


def _filter():
    program = seccomp.program()
    if program is None:
        return
    file = tempfile.TemporaryFile()  # noqa: SIM115, closed with the sockets
    file.write(program)
    file.seek(0)
    yield file
