"""A hundred hostile inputs at every point: an outcome for each, and neither a crash, a hang nor a secret told."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import proto

from policies._rule import Point
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource, Stack
from policies.findings import Finding, judge
from policies.registry import RULES
from policies.state import StateError, load
from tests.policies import hostile
from tests.policies.asking import alone, own, secret

each = pytest.mark.parametrize


def chances(point: str) -> Any:
    return each("chance", hostile.inputs(point), ids=map(str, range(hostile.COUNT)))


def struct(values: dict[str, Any]) -> Struct:
    """A message of values, without what the helper of the library is too shallow for."""
    try:
        return ParseDict(values, Struct())
    except Exception:
        return ParseDict(dict.fromkeys(values, hostile.CANARY), Struct())


def checked(found: list[Finding]) -> None:
    assert {one.outcome for one in found} <= set(Outcome)
    assert not [one for one in found if hostile.CANARY in one.verdict.message.replace(one.resource.name, "")]


def resources(chance: random.Random) -> list[proto.AnalyzerResource]:
    """Resources whose values come from each other in circles, and from what does not exist."""
    tokens = chance.choices(hostile.TOKENS, k=6)
    urns = [hostile.urn(chance, token, number) for number, token in enumerate(tokens)]
    return [
        proto.AnalyzerResource(
            type=token,
            urn=urn,
            name="x",
            properties=struct({key: secret(one) for key, one in hostile.properties(chance).items()}),
            parent=chance.choice(urns),
            propertyDependencies={
                name: proto.AnalyzerPropertyDependencies(urns=[*chance.choices(urns, k=2), hostile.CANARY])
                for name in hostile.NAMES
            },
        )
        for token, urn in zip(tokens, urns, strict=True)
    ]


@chances("plan")
def test_at_plan(chance: random.Random) -> None:
    made, asked = own("prod", chance.choice([True, False]), RULES), resources(chance)
    said = [made.Analyze(alone(resource), None) for resource in asked]
    said.append(made.AnalyzeStack(proto.AnalyzeStackRequest(resources=asked), None))
    for answer in said:
        for one in answer.diagnostics:
            assert hostile.CANARY not in one.message.replace(one.urn.rpartition("::")[2] or "\0", "")


@chances("state")
def test_in_a_state_file(chance: random.Random, tmp_path: Path) -> None:
    tokens = chance.choices([*hostile.TOKENS, "pulumi:providers:aws", 7], k=8)
    found: Any = [
        {
            "urn": hostile.urn(chance, str(token), number) if chance.random() < 0.99 else hostile.value(chance),
            "type": token if chance.random() < 0.99 else hostile.value(chance),
            "custom": chance.choice([True, True, True, "yes", None]),
            "inputs": hostile.properties(chance),
            "outputs": hostile.properties(chance) if chance.random() < 0.95 else hostile.value(chance),
            "provider": hostile.value(chance),
            "propertyDependencies": chance.choice([{}, None, {"bucket": hostile.value(chance)}]),
            "additionalSecretOutputs": hostile.value(chance),
            "sourcePosition": chance.choice([None, "project:///a.py#3", "#", "project://#x", hostile.value(chance)]),
        }
        for number, token in enumerate(token for token in tokens if chance.random() < 0.95 or token != 7)
    ]
    version = chance.choice([3] * 9 + [hostile.value(chance)])
    deployment = chance.choice([{"resources": found}] * 9 + [hostile.value(chance)])
    text = json.dumps({"version": version, "deployment": deployment})
    file = tmp_path / "state.json"
    file.write_text(text[: chance.choice([len(text)] * 9 + [len(text) // 2])])
    refusal, stack = "", Stack("")
    try:
        stack = load(file)
    except StateError as error:
        refusal = str(error)
    assert not refusal or refusal.startswith(f"{file}: ")
    assert hostile.CANARY not in refusal
    checked(list(judge(stack, Point.STATE)))


@each(
    "text",
    ["", "[" * 100_000, '{"a":' * 100_000, "\x00", "null", "3", "[]", "{}", '{"version": 3}', "\ud800"],
    ids=repr,
)
def test_what_is_no_state_at_all(text: str, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(StateError):
        load(file)


@chances("live")
def test_in_an_account(chance: random.Random) -> None:
    """What AWS might answer: the views are those that collectors make."""
    tokens = [token for token in hostile.TOKENS if token.startswith("aws:")]
    views = tuple(
        Resource(token, f"arn:aws:x:::{number}", hostile.properties(chance), protect=None)
        for number, token in enumerate(chance.choices(tokens, k=12))
    )
    unread = tuple(Resource(token, "arn:aws:x:::u", dict.fromkeys(hostile.NAMES, UNKNOWN)) for token in tokens[:3])
    checked(list(judge(Stack("prod", views + unread), Point.LIVE)))


@chances("admission")
def test_of_objects_of_a_cluster(chance: random.Random) -> None:
    kinds = [token for token in hostile.TOKENS if token.startswith("kubernetes:")] or ["kubernetes:core/v1:Pod"]
    views = tuple(
        Resource(token, f"Pod/x/{number}", {"spec": hostile.value(chance), **hostile.properties(chance)}, protect=None)
        for number, token in enumerate(chance.choices(kinds, k=12))
    )
    checked(list(judge(Stack("prod", views), Point.ADMISSION)))
