"""What went wrong with a file, in a sentence: which file, why, and what to do."""

PATIENCE = 60  # seconds to wait for another process that writes


class StoreError(Exception):
    """A store that cannot be used as asked; the message says why, and what to do."""


def resume(path):
    """What to type to go on with the race in a file."""
    return f"python -m edu_optim race resume --store {typed(path)}"


def typed(path):
    """A path as it is typed, in quotes if it needs them."""
    return f'"{path}"' if " " in str(path) else str(path)


def explained(path, error, new):
    """The StoreError for what SQLite says about a file, which may have been about to be made."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    kept = f"every epoch finished before is kept; then type: {resume(path)}"
    if name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR"):
        return StoreError(f"{path} could not be written ({error}): is the disk full, or your share of it? Make room: "
                          f"{kept}")
    if name.startswith("SQLITE_CANTOPEN") and not new and not path.exists():
        return StoreError(f"there is no {path}: was it moved or removed? Bring it back, or begin anew: "
                          f"python -m edu_optim race PLAN --store {typed(path)}")
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreError(f"{path} may not be written by you ({error}): allow it for the file and for its folder, or "
                          "name another with --store")
    if name == "SQLITE_NOTADB":
        return StoreError(f"{path} is no store of a race, and no SQLite file at all: name another with --store")
    if name.startswith("SQLITE_CORRUPT"):
        return StoreError(f"{path} is damaged ({error}): bring back a copy of it, or name another with --store")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(f"{path} has been locked by another program for {PATIENCE} s: end that program; {kept}")
    return StoreError(f"{path}: {error} ({name})")
