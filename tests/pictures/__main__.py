"""Draws every dashboard from what a real Prometheus answers to its questions: `python -m tests.pictures [folder]`."""

import sys
import tempfile
import time
from pathlib import Path

import tests.conftest  # noqa: F401 - puts the engine on PATH
from monitoring import synthetic
from monitoring.dashboards import BOARDS
from tests.monitoring.answers import serving, times
from tests.pictures.draw import draw
from tests.pictures.incident import TOLD, with_incident

FOLDER = Path(__file__).parents[2] / "docs/dashboards"


def main() -> None:
    """Draw all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    moments = times()
    with tempfile.TemporaryDirectory() as scratch:
        print(f"six hours of the contract's series for {len(BOARDS)} dashboards", flush=True)
        with serving(Path(scratch), with_incident(synthetic.series(moments), moments), moments) as prometheus:
            for board in BOARDS:
                started = time.monotonic()
                path = folder / f"{board.name}.png"
                draw(board, prometheus, path, TOLD)
                took = time.monotonic() - started
                print(f"{path}: {path.stat().st_size / 1000:.0f} kB, {took:.1f} s", flush=True)


if __name__ == "__main__":
    main()
