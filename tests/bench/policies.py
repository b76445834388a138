"""What the rules cost the engine: all of them over many large resources, and over one environment's own preview."""

import copy
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc

from policies._operation import Operation
from policies.registry import RULES
from tests.bench.meter import bury
from tests.bench.results import Row
from tests.policies.examples import told
from tests.sandbox.conftest import Checkout

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies" / "run"
COUNT, SIZE, STOCK = 300, 7000, 70
"""Resources, bytes of each, and policies of the stock SDK's pack."""
LINE, SHARE = 4.0, 0.10
"""Seconds that our rules may take, and the share of a preview that they may take."""
PROVIDER = "urn:pulumi:prod::ml-platform::pulumi:providers:aws::default"


def compare(rounds: int = 2) -> list[Row]:
    """What the engine takes over the same state: with our rules, and with trivial policies of the stock SDK."""
    with tempfile.TemporaryDirectory() as folder:
        state, stock, idle = Path(folder, "state.json"), pack_of(folder, "stock"), pack_of(folder, "idle")
        state.write_text(json.dumps(deployment(COUNT)))
        empty = Path(folder, "empty.json")
        empty.write_text(json.dumps(deployment(0)))
        rules = len(Operation().rules)
        start = min(analyze(folder, empty, PACK) for _ in range(rounds))
        ours = min(analyze(folder, state, PACK) for _ in range(rounds))
        none = min(analyze(folder, state, idle) for _ in range(rounds))
        one = analyze(folder, state, stock, STOCK_POLICIES="1")
        many = analyze(folder, state, stock, STOCK_POLICIES=str(STOCK))
    what = f"{COUNT} resources of {SIZE / 1000:.0f} kB"
    more = f"{ours - start:.2f} s more than without a resource (at most {LINE})"
    return [
        Row("policies", f"{what}, our {rules} rules", ours, "an analyzer without rules", none, note=more),
        Row("policies", f"{what}, {STOCK} trivial policies of the stock SDK", many, "one of them", one),
    ]


def share(environment: str = "dev", rounds: int = 2) -> list[Row]:
    """What a preview of an environment takes without a pack, with one that does nothing, and with the rules."""
    with tempfile.TemporaryDirectory() as folder:
        made = Checkout(Path(folder), environment)
        try:
            made.pulumi("version")
            preview = ("preview", "--stack", environment, "--non-interactive", "--suppress-progress")
            made.pulumi(*preview)  # the first one compiles and fetches
            without = min(timed(made, *preview) for _ in range(rounds))
            advice = Path(folder, "advice.json")
            advice.write_text('{"all": "advisory"}')  # what is refused would end early
            pack = ("--policy-pack", str(PACK), "--policy-pack-config", str(advice))
            idle = str(pack_of(folder, "idle"))
            idling = min(timed(made, *preview, "--policy-pack", idle) for _ in range(rounds))
            ruled = min(timed(made, *preview, *pack) for _ in range(rounds))
        finally:
            made.end()
            bury()
    what, note = f"first preview of {environment}", f"ratio at most {1 + SHARE:.2f}"
    return [
        Row("policies", f"{what}, all rules", ruled, "without a pack", without, note=note),
        Row("policies", f"{what}, an analyzer without rules", idling, "without a pack", without),
    ]


def pack_of(folder: str, name: str) -> Path:
    """A module of these as an executable pack."""
    pack = Path(folder, name)
    pack.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P -u -m tests.bench.{name} "$@"\n')
    pack.chmod(0o755)
    return pack


def analyze(folder: str, state: Path, pack: Path, **variables: str) -> float:
    """Seconds that the engine takes to judge a state by a pack; it refuses some of it, and fails in no other way."""
    command = ["pulumi", "policy", "analyze", "--file", str(state), "--policy-pack", str(pack), "--json"]
    home = {"PULUMI_HOME": f"{folder}/home", "PULUMI_SKIP_UPDATE_CHECK": "true"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env={**os.environ, **home, **variables}, capture_output=True, text=True)
    took = time.perf_counter() - started
    if "summaryEvent" not in done.stdout:
        raise SystemExit(f"the engine judged nothing:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


def timed(made: Checkout, *arguments: str) -> float:
    """Seconds that an operation of the engine takes, which collects garbage as often as under `mlp`."""
    started = time.perf_counter()
    done = made.pulumi(*arguments, GOGC="400")
    took = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"pulumi {' '.join(arguments)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


def deployment(count: int) -> dict[str, Any]:
    """A state of so many resources of every type that rules judge: their good examples, over and over, filled up."""
    provider = {"urn": PROVIDER, "custom": True, "id": "p-1", "type": "pulumi:providers:aws", "inputs": {}}
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    resources = [provider, *itertools.islice(_resources(), count)]
    return {"version": 3, "deployment": {"manifest": manifest, "resources": resources}}


def _resources() -> Iterator[dict[str, Any]]:
    examples = [told(rule.good) for rule in RULES]
    for number in itertools.count():
        for index, example in enumerate(examples):
            for one in example:
                properties = _filled(_kept(MessageToDict(one.properties)))
                yield {
                    "urn": f"{one.urn}-{index}-{number}",
                    "custom": True,
                    "id": f"{one.name}-{number}",
                    "type": one.type,
                    "inputs": properties,
                    "outputs": copy.deepcopy(properties),
                    "provider": f"{PROVIDER}::p-1",
                    "propertyDependencies": {
                        name: [f"{urn}-{index}-{number}" for urn in found.urns]
                        for name, found in one.propertyDependencies.items()
                    },
                }


def _filled(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties that are as large as asked for, shaped as real ones are: nested objects, lists, texts."""
    filler = {"name": "n" * 24, "enabled": True, "size": 100, "rules": [{"id": "r" * 12, "ports": [80, 443]}] * 4}
    need = (SIZE - len(json.dumps(properties))) // len(json.dumps(filler))
    return {**properties, "filler": [filler] * max(need, 0)}


def _kept(value: Any) -> Any:
    """A value of the wire as a state file has it: there secrets are JSON text."""
    if isinstance(value, list):
        return [_kept(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
        return {rpc._special_sig_key: rpc._special_secret_sig, "plaintext": json.dumps(value["value"])}
    return {name: _kept(item) for name, item in value.items()}
