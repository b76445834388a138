"""The verb `mlp reset`: a clean start, whatever has happened to the sandbox of a checkout."""

from pathlib import Path

from mlp.places import SessionError, checkout
from mlp.report import Report
from sandbox import claims
from sandbox.place import Place, base
from sandbox.processes import end_all, everything, marked
from stacks.settings import Environment

SECONDS = 15
"""How long processes have to end by themselves; a control plane stops in order."""


def reset(environment: str | None) -> Report:
    """End every process of a checkout's sandbox and remove its files, of one environment or of all.

    Nothing that lies in the files is believed: processes are known by what they were started with.

    Raises:
        SessionError: There is no such environment, or a command is changing it.
    """
    folder = base(checkout())
    known = sorted({one.name for one in folder.glob("*") if one.is_dir()} | _running(folder))
    if environment and environment not in [*known, *Environment]:
        raise SessionError(f"there is no environment {environment!r}; allowed: {', '.join(Environment)}")
    chosen = [environment] if environment else known
    ended = sum(_clear(Place(checkout(), name)) for name in chosen)
    there = [name for name in chosen if name in known]
    text = f"reset: {', '.join(there)}; {ended} processes ended" if there else "there is nothing to reset"
    return Report(True, text, {"ok": True, "environments": there, "processes": ended})


def _running(folder: Path) -> set[str]:
    """The environments of which a process runs though their folders may be gone."""
    return {one.root.name for one in everything() if one.root.parent == folder}


def _clear(place: Place) -> int:
    """Clear one environment; how many processes ended."""
    if claims.held(place.root / "lock"):
        number = (place.root / "lock").read_text()
        raise SessionError(
            f"another `mlp`, process {number}, is changing {place.environment_name}; end it, then run this again"
        )
    pids = marked(place.root)
    # The supervisor ends its programs in order, and a server that is left ends with its file.
    end_all(marked(place.root, "supervisor"), SECONDS)
    end_all(marked(place.root), SECONDS)
    place.remove()
    return len(pids)
