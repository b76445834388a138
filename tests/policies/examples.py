"""Runs the example programs of rules, as the engine would hear of them: for a preview, or after an update."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import mocks, proto, settings

from policies._decode import resources_of
from policies._view import Stack
from tests.components.conftest import Recorder

NAMES = {"aws": aws, "json": json, "k8s": k8s, "pulumi": pulumi}
"""What a program may name without importing it."""


class _Listener(mocks.MockMonitor):
    """Keeps every registration as what an analyzer is told of it."""

    def __init__(self, recorder: Recorder, found: list[proto.AnalyzerResource]) -> None:
        super().__init__(recorder)
        self.found = found

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        if request.custom:
            # After an update the engine knows the outputs; at a preview the inputs alone.
            made = Struct()
            made.CopyFrom(request.object)
            for name, value in answer.object.fields.items():
                if name not in made.fields or not self.mocks.preview:  # pyright: ignore  # set below
                    made.fields[name].CopyFrom(value)
            if not self.mocks.preview:  # pyright: ignore
                made.fields["id"].string_value = answer.id
            self.found.append(
                proto.AnalyzerResource(
                    type=request.type,
                    urn=answer.urn,
                    name=request.name,
                    properties=made,
                    options=proto.AnalyzerResourceOptions(protect=request.protect),
                    propertyDependencies={
                        name: proto.AnalyzerPropertyDependencies(urns=dependencies.urns)
                        for name, dependencies in request.propertyDependencies.items()
                    },
                )
            )
        return answer


class Emulation(Recorder):
    """Made-up outputs after an update, none at a preview."""

    def __init__(self, preview: bool) -> None:
        super().__init__()
        self.preview = preview

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return ("", args.inputs) if self.preview else super().new_resource(args)


def listening(
    program: Callable[[], None], stack: str, preview: bool, emulation: Emulation | None = None
) -> tuple[proto.AnalyzerResource, ...]:
    """What an analyzer hears of the resources that a program makes."""
    found: list[proto.AnalyzerResource] = []
    emulation = emulation or Emulation(preview)
    monitor = _Listener(emulation, found)
    pulumi.runtime.set_mocks(emulation, project="ml-platform", stack=stack, preview=preview, monitor=monitor)
    try:
        pulumi.runtime.test(program)()
    finally:
        # The stack would keep what is exported here, unknown as it may be, for whatever program runs next.
        settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
    return tuple(found)


def run(program: str) -> None:
    """Run an example where the mocks of the SDK are set."""
    exec(compile(program, "<example>", "exec"), dict(NAMES))


@cache
def told(program: str, stack: str = "prod", preview: bool = False) -> tuple[proto.AnalyzerResource, ...]:
    """What an analyzer hears of an example; `program` is its source."""
    return listening(lambda: run(program), stack, preview)


def seen(program: str, stack: str = "prod", preview: bool = False) -> Stack:
    """The resources that an example makes, as rules see them."""
    resources = resources_of(told(program, stack, preview))
    return Stack(stack, tuple(replace(one, properties=dict(one.properties)) for one in resources))
