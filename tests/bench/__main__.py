"""Times what is slow against a floor in the same run; prints, and asserts nothing."""

import subprocess
import sys
import time

import tests.conftest  # noqa: F401 - puts the engine on PATH
from tests.bench import policies, prod
from tests.bench.admission import admission
from tests.bench.audit import audit
from tests.bench.pods import pods

IMPORT = "import time, pulumi_aws, pulumi; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def main() -> None:
    """Run every measurement and print it."""
    figure("import components", seconds_of_import("import components"), "import pulumi_aws", sdk_import())
    audit()
    ours, least = pods()
    figure("200 GPU pods pending to running", ours, "on a minimal node pool", least)
    admission()
    policies.compare()
    policies.share()
    prod.compare()


def figure(what: str, took: float, floor_name: str, floor: float) -> None:
    """A line: what took how long, its floor, and the ratio."""
    print(f"{what}: {took:.2f} s; {floor_name}: {floor:.2f} s; ratio {took / floor:.2f}", flush=True)


def seconds_of_import(statement: str) -> float:
    """What an import takes by itself, after the SDK."""
    done = subprocess.run([sys.executable, "-c", IMPORT.format(statement)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def sdk_import() -> float:
    """What importing the SDK takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pulumi, pulumi_aws"], check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
