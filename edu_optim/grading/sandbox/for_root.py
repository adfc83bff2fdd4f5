"""For root, whose kernels run as another user: copies of what only root may read, made where somebody has installed
packages, or checked this one out, for nobody else."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from ...lock import locked
from . import warming


def readable(mounts, user):
    """Mounts whose sources a user may read.

    Parameters
    ----------
    mounts : list of Mount
    user : int or None
        None is the one who asks, and needs no copies.

    Returns
    -------
    list of Mount
    """
    if user is None:
        return list(mounts)
    return [mount._replace(source=_copied(mount.source)) if mount.source and not _open(mount.source) else mount
            for mount in mounts]


def _open(path):
    """Whether others may read it; what lies in it is as it is."""
    wanted = 0o005 if path.is_dir() else 0o004
    return path.stat().st_mode & wanted == wanted


def _copied(path):
    newest = max(file.stat().st_mtime_ns for file in [path, *path.rglob("*")] if file.exists())
    stamp = hashlib.sha256(f"{path} {newest}".encode()).hexdigest()[:16]
    folder = warming.folder().with_name("copies")
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / stamp / path.name
    with locked(folder / f"{stamp}.lock", on_wait=lambda: None):
        if not copy.exists():
            with tempfile.TemporaryDirectory(dir=folder) as unfinished:
                made = Path(unfinished, path.name)
                if path.is_dir():
                    shutil.copytree(path, made, ignore_dangling_symlinks=True)
                else:
                    shutil.copy2(path, made)
                for file in [made, *made.rglob("*")]:
                    file.chmod(file.stat().st_mode | (0o555 if file.is_dir() else 0o444))
                copy.parent.mkdir(exist_ok=True)
                made.rename(copy)
    return copy
