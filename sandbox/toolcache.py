"""A per-user cache of programs: an entry is a directory that is complete or not there at all."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MANIFEST = "manifest.json"


def default_root() -> Path:
    """Return the cache of this user: outside every checkout, so that all of them share it."""
    if own := os.environ.get("MLP_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ml-platform"


def check(entry: Path, verify: bool = False) -> tuple[dict, str]:
    """Return the manifest of an entry, and what is wrong with it, if so; `verify` compares contents, not only sizes."""
    try:
        facts = json.loads((entry / MANIFEST).read_text())
        files = facts["files"].items()
    except (OSError, ValueError, KeyError):
        return {}, "its manifest cannot be read" if entry.exists() else "missing"
    for name, (size, digest) in files:
        file = entry / name
        if not file.is_file():
            return facts, f"{name} is gone"
        if file.stat().st_size != size:
            return facts, f"{name} has {file.stat().st_size} bytes instead of {size}"
        if verify and _sha256(file) != digest:
            return facts, f"the content of {name} has changed"
    return facts, ""


def place(entry: Path, fill: Callable[[Path], dict], waiting: Callable[[], None], verify: bool = False) -> None:
    """Put an entry into the cache, once, however many processes ask for it at the same time.

    Args:
        entry: Directory of the entry.
        fill: Writes the files into a directory and returns what the manifest shall say about them.
        waiting: Called again and again while another process is at it; may raise to give up.
        verify: Replace an entry whose content has changed, too.

    """
    with _locked(entry, waiting):
        if not check(entry, verify)[1]:
            return
        with tempfile.TemporaryDirectory(prefix=f"{entry.name}~", dir=entry.parent) as scratch:
            new = Path(scratch, "new")
            new.mkdir()
            facts = fill(new)
            files = {str(f.relative_to(new)): (f.stat().st_size, _sha256(f)) for f in new.rglob("*") if f.is_file()}
            (new / MANIFEST).write_text(json.dumps(facts | {"files": files}))
            with suppress(FileNotFoundError):  # a damaged entry; programs running from it keep their files
                entry.rename(Path(scratch, "old"))
            new.rename(entry)


def sweep(entries: Path) -> None:
    """Remove what killed builds left behind: temporary directories whose lock nobody holds."""

    def busy() -> None:
        raise BlockingIOError

    for scratch in entries.glob("*~*"):
        entry = scratch.with_name(scratch.name.rpartition("~")[0])
        with suppress(BlockingIOError), _locked(entry, busy):
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _locked(entry: Path, waiting: Callable[[], None]) -> Iterator[None]:
    # The kernel drops a lock when its holder dies, so none is ever stale; the file itself stays.
    locks = entry.parent.parent / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    entry.parent.mkdir(exist_ok=True)
    with open(locks / entry.name, "a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(0.1)
        yield


def _sha256(file: Path) -> str:
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
