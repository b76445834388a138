import json
from pathlib import Path
from typing import Any

import pytest

from policies._rule import Point
from policies._verdict import Outcome
from policies._view import ABSENT, UNKNOWN, Stack
from policies.findings import judge
from policies.state import StateError, load, read
from tests.policies.world import BUCKET, KEY, urn

SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
PROVIDER = "urn:pulumi:prod::shop::pulumi:providers:aws::default"


def entry(token: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"urn": urn(token, name), "custom": True, "id": name, "type": token, **fields}


def state(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {}, "secrets_providers": {}, "resources": list(entries)}}


def encrypted(cipher: str) -> dict[str, str]:
    return {SIGNATURE: SECRET, "ciphertext": cipher}


def test_a_state_becomes_the_resources_that_rules_see() -> None:
    provider = {
        "urn": PROVIDER,
        "custom": True,
        "id": "p-1",
        "type": "pulumi:providers:aws",
        "inputs": {"defaultTags": '{"tags": {}}'},
    }
    bucket = entry(
        BUCKET,
        "data",
        inputs={"bucket": "given", "forceDestroy": True, "__defaults": []},
        outputs={"bucket": "made", "arn": "arn:aws:s3:::made"},
        protect=True,
        provider=f"{PROVIDER}::p-1",
        propertyDependencies={"bucket": [urn(KEY, "key")]},
        sourcePosition="project:///stacks/platform.py#17,4",
    )
    component = {"urn": urn("shop:index:Store", "store"), "custom": False, "type": "shop:index:Store"}
    gone = entry(KEY, "gone", delete=True)
    stack = read(state(provider, component, bucket, gone))
    assert stack.name == "prod"
    [found] = stack.resources
    assert found.properties == {
        "bucket": "made",
        "forceDestroy": True,
        "arn": "arn:aws:s3:::made",
        "id": "data",
    }
    assert (found.protect, found.source) == (True, ("stacks/platform.py", 17))
    assert found.sources == {"bucket": (urn(KEY, "key"),)}
    assert found.provider == {"defaultTags": '{"tags": {}}'}
    assert found.secrets == frozenset()


def test_what_is_encrypted_is_not_known_and_known_to_be_secret() -> None:
    outputs = {
        "policy": encrypted("v1:abc"),
        "tags": {"a.b": encrypted("v1:def"), "open": "yes"},
        "list": [{"key": encrypted("v1:ghi")}],
        "shown": {SIGNATURE: SECRET, "plaintext": '{"deep": ["text"]}'},
        "broken": {SIGNATURE: SECRET, "plaintext": "{"},
        "named": "text",
    }
    [found] = read(state(entry(KEY, "key", outputs=outputs, additionalSecretOutputs=["named", "none", 7]))).resources
    assert found.get("policy") is UNKNOWN
    assert found.get("list[0].key") is UNKNOWN
    assert found.get("tags.open") == "yes"
    assert found.get("shown.deep[0]") == "text"
    assert found.get("broken") is UNKNOWN
    assert found.secrets == {"policy", "tags.a.b", "list[0].key", "shown", "broken", "named"}
    assert "v1:" not in repr(found)


def test_a_secret_input_makes_its_output_secret() -> None:
    [found] = read(
        state(entry(KEY, "key", inputs={"description": encrypted("v1:abc")}, outputs={"description": "text"}))
    ).resources
    assert found.secrets == {"description"}


def test_what_a_state_does_not_say_is_absent() -> None:
    [found] = read(state(entry(KEY, "key"))).resources
    assert found.get("enableKeyRotation") is ABSENT
    assert (found.protect, found.source, found.sources) == (False, None, {})
    assert read({"version": 3, "deployment": {"resources": None}}) == Stack("")


def test_rules_are_asked_of_a_state() -> None:
    key = entry(KEY, "key", outputs={"enableKeyRotation": True, "tags": encrypted("v1:abc")})
    found = {one.rule.id: one.outcome for one in judge(read(state(key)), Point.STATE)}
    assert (found["KMS-01"], found["TAG-01"]) == (Outcome.PASS, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ([], "no `deployment`"),
        ({"version": 3}, "no `deployment`"),
        ({"version": 2, "deployment": {}}, "`version` is not 3"),
        ({"version": 3, "deployment": {"resources": {}}}, "`deployment.resources` is not a list"),
        (state(entry(KEY, "key"), {"urn": 7}), "`deployment.resources[1].urn` is not a text"),
        (state({"urn": "hunter2", "type": KEY}), "`deployment.resources[0].urn` is no URN"),
        (state(entry(KEY, "key", outputs=["hunter2"])), "`deployment.resources[0].outputs` is not an object"),
    ],
)
def test_what_is_no_state_is_refused_with_its_place_and_without_its_text(
    wrong: Any, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(wrong))
    with pytest.raises(StateError) as error:
        load(file)
    assert str(error.value).startswith(f"{file}: {reason}")
    assert "hunter2" not in str(error.value)


def test_a_file_that_is_not_there_or_not_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="No such file"):
        load(tmp_path / "none.json")
    (tmp_path / "state.json").write_text('{"version": 3,}')
    with pytest.raises(StateError, match="not JSON at line 1, column 15"):
        load(tmp_path / "state.json")
