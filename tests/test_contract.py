"""The components' contract with other stacks and other languages."""

import json
from typing import Any

import pytest
from pulumi.provider.experimental.component import ComponentProvider

import components
from components import SERVED
from components._component import PACKAGE


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema that a host would serve; making it fails for a component that cannot be served."""
    return json.loads(ComponentProvider(SERVED, PACKAGE).schema or "")


def test_every_component_is_served_under_its_own_name(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {f"{PACKAGE}:index:{component.__name__}" for component in SERVED}


def test_every_input_output_and_type_is_documented(schema: dict[str, Any]) -> None:
    described = []
    for name, resource in schema["resources"].items():
        assert resource["description"], name
        assert resource["inputProperties"], name
        assert resource["properties"], name
        described += [(name, key, value) for key, value in resource["inputProperties"].items()]
        described += [(name, key, value) for key, value in resource["properties"].items()]
    for name, type_ in schema["types"].items():
        assert type_["description"], name
        described += [(name, key, value) for key, value in type_.get("properties", {}).items()]
        described += [(name, value["name"], value) for value in type_.get("enum", [])]
    assert [(name, key) for name, key, value in described if not value.get("description")] == []


def test_mandatory_tags_are_required(schema: dict[str, Any]) -> None:
    for name, resource in schema["resources"].items():
        assert "tags" in resource["requiredInputs"], name


def test_exactly_the_public_names_are_exported() -> None:
    public = {name for name in vars(components) if name[0].isupper()}
    assert public == set(components.__all__)
