"""The pack as the engine runs it, over an exported state: no providers, no account."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.registry import RULES
from tests.policies.world import BUCKET, KEY, urn

PACK = Path(__file__).parents[2] / "policies" / "run"
PROVIDER = "urn:pulumi:dev::ml-platform::pulumi:providers:aws::default"
TAGS = {"environment": "dev", "owner": "ml", "cost-centre": "ml-1", "data-class": "internal", "managed-by": "pulumi"}

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH"),
]
Answer = tuple[int, dict[tuple[str, str], str], list[dict[str, Any]]]


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    provider = {"urn": PROVIDER, "custom": True, "id": "p-1", "type": "pulumi:providers:aws", "inputs": {}}
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    return {"version": 3, "deployment": {"manifest": manifest, "resources": [provider, *resources]}}


def made(token: str, name: str, properties: dict[str, Any], bucket: str = "") -> dict[str, Any]:
    return {
        "urn": urn(token, name, "dev"),
        "custom": True,
        "id": name,
        "type": token,
        "inputs": properties,
        "outputs": properties,
        "provider": f"{PROVIDER}::p-1",
        "dependencies": [bucket] if bucket else [],
        "propertyDependencies": {"bucket": [bucket]} if bucket else {},
    }


@dataclass
class Analyze:
    """The engine over a state; `said` is what it wrote last."""

    folder: Path
    report: Path
    said: str = ""
    pack: Path = PACK

    def __call__(self, deployment: dict[str, Any], *options: str) -> Answer:
        """Exit code, (policy, resource) to level of the violations, and the verdicts."""
        file = self.folder / "state.json"
        file.write_text(json.dumps(deployment))
        self.report.unlink(missing_ok=True)
        pack = ("--policy-pack", str(self.pack), "--json", *options)
        command = ["pulumi", "policy", "analyze", "--file", str(file), *pack]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.said = done.stdout + done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = [event["policyEvent"] for event in events if "policyEvent" in event]
        levels = {(one["policyName"], one["resourceUrn"].rpartition("::")[2]): one["enforcementLevel"] for one in found}
        verdicts = [json.loads(line) for line in self.report.read_text().splitlines()] if self.report.exists() else []
        return done.returncode, levels, verdicts


@pytest.fixture
def analyze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Analyze:
    report = tmp_path / "report.jsonl"
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    monkeypatch.setenv("MLP_POLICY_REPORT", str(report))
    return Analyze(tmp_path, report)


def test_a_bucket_with_its_versioning_and_a_key(analyze: Analyze) -> None:
    bucket = made(BUCKET, "data", {"bucket": "data", "tags": TAGS})
    versioning = {"bucket": "data", "versioningConfiguration": {"status": "Enabled"}}
    beside = made("aws:s3/bucketVersioning:BucketVersioning", "versioning", versioning, bucket["urn"])
    key = made(KEY, "key", {"enableKeyRotation": False, "tags": TAGS})
    code, levels, verdicts = analyze(state(bucket, beside, key))
    assert code != 0
    # An exported state names no stack to the pack: levels are the strictest, parameters those of the URN's stack.
    assert (
        levels.items()
        >= {
            ("bucket-without-customer-key", "data"): "mandatory",
            ("bucket-without-public-access-block", "data"): "mandatory",
            ("bucket-reachable-without-tls", "data"): "mandatory",
            ("key-without-rotation", "key"): "mandatory",
        }.items()
    )
    assert ("bucket-without-versioning", "data") not in levels
    outcomes = {(one["rule"], one["urn"].rpartition("::")[2]): one["outcome"] for one in verdicts}
    assert outcomes["S3-02", "data"] == "PASS"
    assert outcomes["S3-10", "data"] == "NOT_APPLICABLE"
    assert outcomes["AUD-05", "data"] == "NOT_APPLICABLE"
    assert outcomes["TAG-01", "data"] == "PASS"


def test_the_folder_is_a_pack_too_and_refuses_the_same(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Pulumi documents it: the engine has the language host run the folder, by the stock SDK."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    # As `mlp env` has it: the environment's Python first.
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    given = state(made(BUCKET, "data", {"bucket": "data"}), made(KEY, "key", {"enableKeyRotation": False}))
    code, levels, _ = analyze(given)
    analyze.pack = PACK.parent
    assert analyze(given)[:2] == (code, levels), analyze.said
    assert code != 0
    assert ("key-without-rotation", "key") in levels


def test_a_users_configuration_overrides_a_level(analyze: Analyze, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    choice = {"all": "advisory", "untagged-resource": "disabled", "data-without-deletion-protection": "mandatory"}
    config.write_text(json.dumps(choice))
    code, levels, verdicts = analyze(state(made(KEY, "key", {})), "--policy-pack-config", str(config))
    assert code == 0
    assert levels["key-without-rotation", "key"] == "advisory"
    assert "untagged-resource" not in {name for name, _ in levels}
    assert [one["level"] for one in verdicts if one["rule"] == "KMS-01"] == ["advisory"]


def test_a_stack_variable_chooses_the_levels(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "dev")
    _, levels, verdicts = analyze(state(made(KEY, "key", {"tags": TAGS})))
    assert levels["key-without-rotation", "key"] == "advisory"
    assert {one["rule"] for one in verdicts} < {rule.id for rule in RULES}


def test_a_rule_that_does_not_exist_is_refused(analyze: Analyze, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"key-without-rotatoin": "advisory"}))
    code, levels, verdicts = analyze(state(made(KEY, "key", {})), "--policy-pack-config", str(config))
    assert (code != 0, levels, verdicts) == (True, {}, [])
    assert "there is no rule 'key-without-rotatoin'; did you mean key-without-rotation?" in analyze.said


def test_a_parameter_of_a_rule_is_the_users(analyze: Analyze, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    name = "hasty-key-deletion"
    config.write_text(json.dumps({name: {"key_deletion_days": 9}}))
    key = made(KEY, "key", {"deletionWindowInDays": 8, "tags": TAGS})
    assert (name, "key") not in analyze(state(key))[1]
    assert (name, "key") in analyze(state(key), "--policy-pack-config", str(config))[1]
    config.write_text(json.dumps({name: {"key_deletion_days": "nine"}}))
    code, levels, _ = analyze(state(key), "--policy-pack-config", str(config))
    assert (code != 0, levels) == (True, {})


def test_what_is_exempt_is_advice_and_keeps_its_verdict(
    analyze: Analyze, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(UTC).date()
    exemption = {
        "id": "EX-1",
        "rule": "KMS-01",
        "selector": "*::key",
        "reason": "key material was imported",
        "approver": "security",
        "ticket": "SEC-1",
        "created": today,
        "expires": today + timedelta(days=30),
    }
    file = tmp_path / "exemptions.yaml"
    file.write_text(yaml.safe_dump([exemption]))
    monkeypatch.setenv("MLP_POLICY_EXEMPTIONS", str(file))
    _, levels, verdicts = analyze(state(made(KEY, "key", {"tags": TAGS}), made(KEY, "other", {"tags": TAGS})))
    assert levels["key-without-rotation", "key"] == "advisory"
    assert levels["key-without-rotation", "other"] == "mandatory"
    [told] = [one for one in verdicts if one["rule"] == "KMS-01" and one["urn"].endswith("::key")]
    assert (told["outcome"], told["verdict"], told["exemption"]["id"]) == ("EXEMPT", "FAIL", "EX-1")


def test_what_is_nested_too_deeply_is_not_known_and_stops_no_other(analyze: Analyze) -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = {"a": deep}
    code, levels, verdicts = analyze(state(made(KEY, "deep", {"policy": deep}), made(KEY, "key", {"tags": TAGS})))
    assert code != 0
    assert levels["key-without-rotation", "key"] == "mandatory"
    assert [one["outcome"] for one in verdicts if (one["rule"], one["urn"][-4:]) == ("KMS-02", "deep")] == ["UNKNOWN"]
