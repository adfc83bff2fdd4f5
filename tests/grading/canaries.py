"""What no student's code may touch: a file, an address, an environment variable, and the list of processes."""

import os
import secrets
import socket
import threading
import time
from pathlib import Path

import psutil

VARIABLE = "EDU_OPTIM_CANARY"


class Canaries:
    """One of each; ``names`` are what code may call them by, and `touched` says which were.

    What code has seen of the variable it must say itself, in its output.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.chmod(0o777)
        self.secret, self.token = secrets.token_hex(8), f"canary{secrets.token_hex(6)}"
        self.file = self.folder / "written"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.calls = []
        threading.Thread(target=self._listen, daemon=True).start()
        os.environ[VARIABLE] = self.secret
        self.names = {"FILE": str(self.file), "PORT": self.listener.getsockname()[1], "TOKEN": self.token,
                      "VARIABLE": VARIABLE, "FOLDER": str(self.folder)}

    def _listen(self):
        while True:
            try:
                self.calls.append(self.listener.accept())
            except OSError:
                return

    def touched(self, said="", patience=1.0):
        """The set of those that were touched; a process may take so long to be gone."""
        found = set()
        end = time.monotonic() + patience
        while self._left_over() and time.monotonic() < end:
            time.sleep(0.05)
        if self._left_over():
            found.add("process")
        if self.file.exists():
            found.add("file")
        if self.calls:
            found.add("socket")
        if self.secret in said:
            found.add("variable")
        return found

    def _left_over(self):
        return [process for process in psutil.process_iter(["cmdline"])
                if any(self.token in part for part in process.info["cmdline"] or ())]

    def close(self):
        """End what is left of them."""
        del os.environ[VARIABLE]
        self.listener.close()
        for process in self._left_over():
            process.kill()
        for connection, _ in self.calls:
            connection.close()
