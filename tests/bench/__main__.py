"""Times what is slow against a floor in the same run; prints, and asserts nothing.

Each figure is a ratio: `mlp up prod` against a program that registers the same resources raw in the same engine and
sandbox, and the import of the components against that of the SDK they are made of.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.sandbox.conftest import Checkout

RAW = Path(__file__).with_name("raw.py").read_text()
IMPORT = "import time, pulumi_aws, pulumi; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def main() -> None:
    """Run every measurement and print it."""
    figure("import components", seconds_of_import("import components"), "import pulumi_aws", sdk_import())
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder), "prod")
        try:
            figure(*prod(checkout))
        finally:
            checkout.end()


def figure(what: str, took: float, floor_name: str, floor: float) -> None:
    """A line: what took how long, its floor, and the ratio."""
    print(f"{what}: {took:.2f} s; {floor_name}: {floor:.2f} s; ratio {took / floor:.2f}", flush=True)


def seconds_of_import(statement: str) -> float:
    """What an import takes by itself, after the SDK."""
    done = subprocess.run([sys.executable, "-c", IMPORT.format(statement)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def sdk_import() -> float:
    """What importing the SDK takes, its services included that components use."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pulumi, pulumi_aws"], check=True)
    return time.perf_counter() - started


def prod(checkout: Checkout) -> tuple[str, float, str, float]:
    """`mlp up prod`, and the same resources raw."""
    checkout.mlp("env", "prod")  # the account runs in both cases
    started = time.perf_counter()
    created = checkout.mlp("up", "prod", "--sandbox")["created"]
    ours = time.perf_counter() - started
    state = json.loads(checkout.pulumi("stack", "export", "--stack", "prod", "--show-secrets").stdout)
    resources = [
        raw(one) for one in state["deployment"]["resources"] if one.get("custom") and one["type"][:4] == "aws:"
    ]
    checkout.mlp("down", "prod", "--sandbox")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "Pulumi.yaml").write_text("name: raw\nruntime: python\n")
        (project / "__main__.py").write_text(RAW)
        (project / "resources.json").write_text(json.dumps(resources))
        variables = {**os.environ, **checkout.mlp("env", "prod")["set"]}
        for command in (["stack", "init", "prod"], ["up", "--yes", "--suppress-progress"]):
            started = time.perf_counter()
            done = subprocess.run(
                ["pulumi", *command, "--non-interactive"], cwd=project, env=variables, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        floor = time.perf_counter() - started
    return f"mlp up prod --sandbox ({created} resources)", ours, f"raw program ({len(resources)} resources)", floor


def raw(resource: dict[str, Any]) -> dict[str, Any]:
    """What a raw registration needs of a resource's state."""
    return {
        "urn": resource["urn"],
        "type": resource["type"],
        "inputs": plain({key: value for key, value in resource.get("inputs", {}).items() if key != "__defaults"}),
        "outputs": plain({**resource.get("outputs", {}), "id": resource["id"]}),
    }


def plain(value: Any) -> Any:
    """A value of the state without the engine's marks of secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
