"""The first program in the sandbox: gives up what a student's code must not have, then becomes the kernel.

It is told everything on its standard input, as one line of JSON: the connection (as in a connection file), the limits,
and the numbers of the open sockets on which others will call it. It stands alone: this package is not imported yet.
"""

import json
import os
import select
import shutil
import signal
import sys
import traceback

ADDRESS_SPACE = 8 * 2**30  # libraries reserve what they never touch
SPARE = 2  # seconds: whoever watches from outside is first, and knows the reason


def bound(limits):
    """Let the system bound every process from here on; none of them can undo it."""
    import resource  # which Windows does not have

    cpu = int(limits["cpu"]) + SPARE
    for name, value in {
        "RLIMIT_AS": max(ADDRESS_SPACE, 2 * limits["memory"]),
        "RLIMIT_DATA": limits["memory"],
        "RLIMIT_NPROC": limits["processes"],
        "RLIMIT_FSIZE": limits["file_size"],
        "RLIMIT_CPU": cpu,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }.items():
        number = getattr(resource, name)
        _, most = resource.getrlimit(number)
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(number, (value, value))


def adopt(sockets):
    """Let ZeroMQ listen on sockets that are open already, by the last number of their addresses. So no folder need be
    shared, which could be filled, or searched, or littered with links."""
    import zmq
    from zmq.sugar.socket import Socket

    bind = Socket.bind

    def bind_to_what_is_there(self, address):
        self.setsockopt(zmq.SNDHWM, 0)  # or what nobody has read yet would be dropped: the end of a cell, perhaps
        handle = sockets.get(address.rpartition("-")[2]) if address.startswith("ipc:") else None
        if handle is not None:
            self.setsockopt(zmq.USE_FD, handle)
        return bind(self, address)

    Socket.bind = bind_to_what_is_there


def cut(most):
    """Let print take no more at once than may be said at all: to pack the rest might take longer than a cell may."""
    from ipykernel.iostream import OutStream

    write = OutStream.write
    OutStream.write = lambda self, text: write(self, text[:most + 1] if isinstance(text, str) else text)


def kernels_process():
    """Return in a new process, and be the first process of a machine in this one: bury the orphans until the one that
    counts is over, or until nobody holds the other end of standard input, which ends everything."""
    heard, hearing = os.pipe()
    for end in (heard, hearing):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(hearing, warn_on_full_buffer=False)
    child = os.fork()
    if not child:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(heard)
        os.close(hearing)
        return
    for start, end in ((1, heard), (heard + 1, hearing), (hearing + 1, 1000)):  # a pipe's ends are in this order
        os.closerange(start, end)
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            os._exit(min(abs(os.waitstatus_to_exitcode(status)), 127))
        if not ended:
            ready, _, _ = select.select([0, heard], [], [])
            if 0 in ready:
                os._exit(1)
            os.read(heard, 1000)


def main():
    told = json.loads(sys.stdin.buffer.readline())
    bound(told["limits"])
    kernels_process()
    report = os.dup(2)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    try:
        if os.path.isdir("/warm"):  # copied: what keeps compiled code insists on a folder of its own
            shutil.copytree("/warm", os.environ["EDU_OPTIM_CACHE"])
        adopt(told["sockets"])
        cut(told["limits"]["output"])
        connection = os.path.expanduser("~/.kernel.json")
        with open(connection, "w") as file:
            json.dump(told["connection"], file)
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        os.dup2(nowhere, 2)
        app.initialize(["-f", connection, "--HistoryManager.enabled=False", "--IPKernelApp.log_level=CRITICAL"])
        os.unlink(connection)
        # IPython's own would end the kernel a moment later: in the middle of somebody else's cell.
        app.shell.user_ns.update(exit=sys.exit, quit=sys.exit)
        app.shell.keepkernel_on_exit = True
    except BaseException:
        os.write(report, traceback.format_exc().encode())
        raise SystemExit(1) from None
    os.close(report)
    os.close(nowhere)
    app.start()


if __name__ == "__main__":
    main()
