"""The components served to another language: schema and construct of each, over the real plugin protocol."""

import json
from collections.abc import Iterator

import pytest

from components import SERVED
from tests.components.samples import INPUTS
from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
# What the SDK generated for another language would send: the token, the inputs in camelCase, and nothing of Python.
PROGRAM = """
import json
import pulumi

for name, inputs in json.loads({inputs!r}).items():
    opts = pulumi.ResourceOptions(version="0.1.0")
    outputs = dict.fromkeys({outputs!r}[name])
    component = pulumi.ComponentResource(
        f"ml-platform:index:{{name}}", f"it-{{name}}".lower(), {{**outputs, **inputs}}, opts, remote=True
    )
    pulumi.export(name, {{key: getattr(component, key) for key in outputs}})
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("plugin"), cluster=True)
    yield made
    made.end()


@pytest.fixture(scope="module")
def schema(checkout: Checkout) -> dict:
    """What the installed plugin answers when it is asked for its schema, as `pulumi package add` asks."""
    checkout.install_plugin()
    told = checkout.pulumi("package", "get-schema", "ml-platform")
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_the_plugin_tells_the_schema_of_every_component(schema: dict) -> None:
    assert set(schema["resources"]) == {f"ml-platform:index:{one.__name__}" for one in SERVED}
    assert all(resource["isComponent"] for resource in schema["resources"].values())


def test_the_engine_constructs_every_component_through_the_plugin(schema: dict, checkout: Checkout) -> None:
    outputs = {
        token.rpartition(":")[2]: sorted(resource["properties"]) for token, resource in schema["resources"].items()
    }
    assert outputs.keys() == INPUTS.keys()
    # The sample's file of the Gateway API is a stub, which a real API server refuses; it has those definitions.
    addons = {key: value for key, value in INPUTS["ClusterAddons"].items() if key != "gatewayApiFile"}
    given = {**INPUTS, "ClusterAddons": addons}
    checkout.program(PROGRAM.format(inputs=json.dumps(given), outputs=outputs))
    done = checkout.pulumi("preview", "-s", "local", "--json", "--config", "aws:region=eu-central-1")
    assert done.returncode == 0, done.stdout + done.stderr
    planned = [step["urn"].split("::")[2].rpartition("$")[2] for step in json.loads(done.stdout)["steps"]]
    assert {f"ml-platform:index:{name}" for name in INPUTS} <= set(planned)
    children = [type_ for type_ in planned if type_.startswith("aws:")]
    assert len(children) > 2 * len(INPUTS)
