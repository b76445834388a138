"""Times what users run, each command beside a floor that runs under the same conditions; asserts no figure."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import tests.conftest  # noqa: F401 - puts the engine on PATH
from tests.bench import policies
from tests.bench.admission import admission
from tests.bench.audit import audit
from tests.bench.cold import cold
from tests.bench.life import STEPS, life
from tests.bench.meter import adopt_orphans
from tests.bench.pods import pods
from tests.bench.remote import remote
from tests.bench.results import Row, table, write
from tests.bench.scale import scale

IMPORT = "import time, pulumi_aws, pulumi; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
ENVIRONMENTS = ("local", "prod")
LIFE_MINUTES = {"local": 12, "prod": 30}
SLACK = 4
"""How many times the expected time a run may take before it is stopped."""
QUIET = 0.7
"""Load of the machine, in processes that run, above which figures are not worth comparing."""


class Part(NamedTuple):
    """One measurement: what it is, the minutes it takes on two idle cores, how to run it, whether only on request."""

    what: str
    minutes: int
    run: Callable[[argparse.Namespace], list[Row]]
    request: bool = False


PARTS = {
    "cold": Part("first up, releases from a server on loopback", 6, lambda given: cold(True, say)),
    "cold-closed": Part("first up, all programs built from source", 40, lambda given: cold(False, say), True),
    "scale": Part("up of four times the resources of local", 4, lambda given: scale(say)),
    "s3": Part("up of an environment whose state lies in S3", 45, lambda given: in_s3(given)),
    "import": Part("importing the components", 1, lambda given: [imports()]),
    "live-audit": Part("a live audit of 5,000 resources", 4, lambda given: [audit()]),
    "pods": Part("GPU pods from pending to running", 6, lambda given: [pods()]),
    "admission": Part("a Pod at the API server with all rules", 2, lambda given: [admission()]),
    "policies": Part("what the rules cost the engine", 4, lambda given: policies.compare() + policies.share()),
}
EPILOG = f"""parts:
  {"  ".join(STEPS)}
{" ":14}the commands of an environment's life, in order, each beside plain Pulumi
""" + "\n".join(f"  {name:12}{part.what}{' (only if named)' if part.request else ''}" for name, part in PARTS.items())
EXAMPLES = """
examples:
  make bench                         everything but cold-closed
  make bench PART=preview            one part, for local and prod
  make bench PART="up down --env local --rounds 2 --json out.json"

A ratio is only printed if both sides ran under the same environment variables (PULUMI*, GO*, PYTHON*, AWS_*, MLP_*),
except for those that the table names. Run it on an idle machine.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for and print the table."""
    given = parser().parse_args(arguments)
    unknown = sorted(set(given.parts) - {*STEPS, *PARTS})
    if unknown:
        raise SystemExit(f"no part {', '.join(unknown)}; there are: {', '.join([*STEPS, *PARTS])}")
    chosen = given.parts or [*STEPS, *(name for name, part in PARTS.items() if not part.request)]
    minutes = expected(chosen, given)
    say(f"this takes about {minutes} minutes on two idle cores, and is stopped after {minutes * SLACK}")
    if (load := os.getloadavg()[0]) > QUIET:
        say(f"other programs are running (load {load:.1f}): these figures are not comparable with others")
    # Where a shell forbids keeping what is compiled, every start of Python compiles anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    signal.signal(signal.SIGALRM, lambda *_: stop(minutes * SLACK))
    signal.alarm(minutes * SLACK * 60)
    adopt_orphans()
    rows: list[Row] = []
    try:
        measure_all(chosen, given, rows)
    finally:
        signal.alarm(0)
        if rows:
            print(table(rows))
        if given.json:
            write(given.json, rows)


def measure_all(chosen: Sequence[str], given: argparse.Namespace, rows: list[Row]) -> None:
    """Add a row for each measurement, in words too while others run."""

    def add(found: list[Row]) -> None:
        rows.extend(found)
        for row in found:
            say(f"  {row.line}")

    for environment in given.env if set(chosen) & set(STEPS) else ():
        add(life(environment, chosen, given.rounds, say))
    for name, part in PARTS.items():
        if name in chosen:
            say(f"{name}: {part.what}, about {part.minutes} minutes ...")
            add(part.run(given))


def expected(chosen: Sequence[str], given: argparse.Namespace) -> int:
    """Minutes that the chosen parts take on two idle cores."""
    lives = sum(LIFE_MINUTES[environment] for environment in given.env) if set(chosen) & set(STEPS) else 0
    return lives * given.rounds + sum(part.minutes for name, part in PARTS.items() if name in chosen)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    told = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        epilog=EPILOG + "\n" + EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    told.add_argument("parts", nargs="*", metavar="PART", help="what to measure (default: all that need no request)")
    told.add_argument("--env", nargs="+", choices=ENVIRONMENTS, default=list(ENVIRONMENTS), help="default: both")
    told.add_argument("--rounds", type=int, default=1, help="the least of so many counts (default: 1)")
    told.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file too")
    told.add_argument("--no-plain-s3", action="store_true", help="leave out plain Pulumi in part s3, its longest side")
    return told


def in_s3(given: argparse.Namespace) -> list[Row]:
    """The largest of the chosen environments with its state in S3."""
    return remote(given.env[-1], say, plain=not given.no_plain_s3)


def imports() -> Row:
    """What importing the components takes, after the SDK."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format("import components")], capture_output=True, text=True, check=True
    )
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pulumi, pulumi_aws"], check=True)
    sdk = time.perf_counter() - started
    return Row("import", "import components", float(done.stdout), "starting Python and importing the SDK", sdk)


def say(text: str) -> None:
    """Tell how far it is, on standard error: standard output has the table."""
    print(text, file=sys.stderr, flush=True)


def stop(minutes: int) -> NoReturn:
    """End a run that hangs."""
    raise SystemExit(f"stopped after {minutes} minutes; on an idle machine it takes a quarter of that")


if __name__ == "__main__":
    main()
