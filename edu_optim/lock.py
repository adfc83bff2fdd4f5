"""One process at a time: a lock that ends with the process that holds it, however that ends."""

import contextlib
import errno
import os
import time


@contextlib.contextmanager
def locked(path, on_wait):
    """Hold the lock that a file stands for, and leave no file behind.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder must be writable.
    on_wait : callable
        Called once, without arguments, if another process holds the lock.

    Raises
    ------
    OSError
        If the file cannot be made.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(pathlib.Path(folder, "lock"), on_wait=print):
    ...     print("alone")
    alone
    """
    waiting = False
    while True:
        file = path.open("a")
        # A file which its last owner has just removed keeps nobody out.
        with contextlib.suppress(FileNotFoundError):
            if try_lock(file) and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                break
        file.close()
        if not waiting:
            on_wait()
            waiting = True
        time.sleep(0.2)
    try:
        yield
    finally:
        if os.name == "nt":  # which removes no open file
            file.close()
        with contextlib.suppress(OSError):
            path.unlink()
        file.close()


def try_lock(file):
    """Lock a file unless another process has; return whether it is ours now."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network file systems know no locks: there we go on without one.
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
