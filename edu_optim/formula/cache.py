"""Keep generated files in the user's cache folder, and run them only as they were written.

Numba keeps compiled code for a file that it knows by name and date. Both are checked before anything runs: the
text against what would be written now, the compiled code against the sums noted when it was made.
"""

import hashlib
import json
import linecache
import os
import stat
import sys
import tempfile
import types
import warnings
from pathlib import Path

import edu_optim

from ..lock import locked


def folder():
    """The folder of kernels: in the one that EDU_OPTIM_CACHE names, or in the user's own cache."""
    chosen = os.environ.get("EDU_OPTIM_CACHE")
    if not chosen:
        import platformdirs

        chosen = platformdirs.user_cache_dir("edu_optim", appauthor=False)
    return Path(chosen).expanduser().absolute() / "kernels"


def kernel(name, text_for, signature):
    """The compiled kernel of rule `name` for one signature.

    `text_for(keep)` is the text of its file, with or without leave for Numba to keep compiled code beside it.
    Where the folder cannot be used the kernel lives in memory only, and one remark says so.
    """
    import numba

    text = text_for(True)
    stamp = hashlib.sha256(f"{text}{edu_optim.__version__}{numba.__version__}".encode()).hexdigest()[:16]
    module_name = f"edu_optim_kernel_{name.lower()}_{stamp}"
    module = sys.modules.get(module_name)
    try:
        if module is None or module.__file__ != _no_file(module_name):
            return _kept(module, module_name, text, signature)
    except OSError as error:
        _remark(error)
        module = sys.modules.get(module_name)
    if module is None or not _compiled(module.kernel, signature):  # else only keeping it has failed
        module = sys.modules[module_name] = in_memory(module_name, text_for(False))
        module.kernel.compile(signature)
    return module.kernel


def _kept(module, module_name, text, signature):
    """The kernel from the disk, or put there; OSError if that cannot be."""
    if module and _compiled(module.kernel, signature):
        return module.kernel
    path = Path(module.__file__) if module else _private(folder()) / f"{module_name}.py"
    # one process at a time: the others find what the first one kept
    with locked(path.with_suffix(".lock"), on_wait=lambda: None):
        module = module or _on_disk(module_name, path, text)
        if not _compiled(module.kernel, signature):
            sums = _Sums(path, Path(module.kernel.stats.cache_path))
            sums.drop_strangers()
            module.kernel.compile(signature)
            sums.note()
    return module.kernel


def _compiled(kernel, signature):
    """Whether nothing is left to compile; under NUMBA_DISABLE_JIT the kernel is a plain function."""
    return not hasattr(kernel, "signatures") or signature in kernel.signatures


def in_memory(module_name, text):
    """A module that has no file; its lines still show in a traceback."""
    path = _no_file(module_name)
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    return _executed(types.ModuleType(module_name), path, text)


def _no_file(module_name):
    return f"<{module_name}>"


def _on_disk(module_name, path, text):
    """The module of a file that holds this text. No bytecode is kept, which somebody could have changed."""
    content = text.encode()
    if not path.is_file() or path.read_bytes() != content:
        write_atomically(path, content)
    module = sys.modules[module_name] = types.ModuleType(module_name)  # by this name Numba finds the code it kept
    try:
        return _executed(module, str(path), text)
    except RuntimeError as error:  # Numba found no folder to keep anything in
        raise OSError(error) from error
    finally:
        if not hasattr(module, "kernel"):
            del sys.modules[module_name]


def _executed(module, path, text):
    module.__file__ = path
    exec(compile(text, path, "exec"), module.__dict__)
    return module


class _Sums:
    """The compiled code Numba keeps for one file, and the note of what it was when it was made."""

    def __init__(self, path, folder):
        self.folder, self.stem = folder, path.stem  # NUMBA_CACHE_DIR may have put the folder anywhere
        self.sums = path.with_suffix(".sums.json")  # but the note stands where nobody else can write

    def files(self):
        return [file for end in ("nbi", "nbc") for file in self.folder.glob(f"{self.stem}.*.{end}")]

    def current(self):
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in self.files()}

    def drop_strangers(self):
        """Remove whatever is not byte for byte what was noted: truncated, edited, or written by nobody known."""
        try:
            noted = json.loads(self.sums.read_text())
        except (OSError, ValueError):
            noted = {}
        if self.current() != noted:
            for file in self.files():
                file.unlink(missing_ok=True)

    def note(self):
        for file in self.files():
            file.chmod(0o600)
        write_atomically(self.sums, json.dumps(self.current()).encode())


def write_atomically(path, content):
    """Write a file that is there whole or not at all, readable by its owner only."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _private(path):
    """The folder, made if need be, for its owner only; OSError if others may have written in it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "geteuid"):
        status = path.stat()
        if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"{path} can be written by others than you")
    if not os.access(path, os.W_OK):
        raise PermissionError(f"{path} is read-only")
    return path


def _remark(error):
    if not _remark.made:
        _remark.made = True
        warnings.warn(
            f"compiled kernels are kept in memory only, so each new process compiles them again ({error}). "
            "To keep them, let EDU_OPTIM_CACHE name a folder of your own",
            RuntimeWarning, stacklevel=2)


_remark.made = False
