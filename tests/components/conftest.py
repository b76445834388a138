"""Records what components register; an invoke that nobody expects is an error."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pulumi
import pytest

ACCOUNT, REGION = "123456789012", "eu-central-1"
TAGS = {"environment": "dev", "owner": "ml", "cost-centre": "ml-1", "data-class": "confidential"}
ALL_TAGS = {**TAGS, "managed-by": "pulumi"}
INVOKES = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:index/getRegion:getRegion": {"region": REGION},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
}


class Registered(NamedTuple):
    """A resource as the engine would hear of it."""

    type: str
    name: str
    inputs: dict[str, Any]


class Recorder(pulumi.runtime.Mocks):
    """Everything that was registered, and made-up outputs for it."""

    def __init__(self) -> None:
        self.found: list[Registered] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.found.append(Registered(args.typ, args.name, dict(args.inputs)))
        physical = args.inputs.get("name") or f"{args.name}-0000000"
        made = {"arn": f"arn:{args.name}", "keyId": f"id-of-{args.name}", "bucket": physical, "name": physical}
        return physical, {**made, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return INVOKES[args.token], []

    def of(self, type_: str) -> list[Registered]:
        return [one for one in self.found if one.type == type_]

    def one(self, type_: str, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.of(type_) if one.name == name]
        return found.inputs

    def statements(self, type_: str, name: str, prop: str = "policy") -> list[dict[str, Any]]:
        return json.loads(self.one(type_, name)[prop])["Statement"]


Run = Callable[[Callable[[], pulumi.ComponentResource]], dict[str, Any]]


@pytest.fixture
def recorder() -> Recorder:
    mocks = Recorder()
    pulumi.runtime.set_mocks(mocks, project="ml-platform", stack="dev", preview=False)
    return mocks


@pytest.fixture
def run(recorder: Recorder) -> Run:
    """Runs a program that makes a component; the component's outputs, resolved."""

    def make(program: Callable[[], pulumi.ComponentResource]) -> dict[str, Any]:
        outputs: dict[str, Any] = {}

        @pulumi.runtime.test
        def body() -> pulumi.Output[None]:
            component = program()
            names = [name for name in type(component).__annotations__ if not name.startswith("_")]
            values = pulumi.Output.all(**{name: getattr(component, name) for name in names})
            return values.apply(outputs.update)

        body()
        return outputs

    return make
