"""The components' contract with other stacks and other languages."""

import inspect
import json
from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.component import ComponentProvider
from pydantic.alias_generators import to_camel

import components
from components import SERVED
from components._component import MANDATORY_TAGS, PACKAGE, Component
from tests.components.conftest import TAGS, Recorder, Registered
from tests.components.samples import INPUTS, sample


@pytest.fixture(scope="module")
def provider() -> ComponentProvider:
    """What a host serves; making it fails for a component that cannot be served."""
    return ComponentProvider(SERVED, PACKAGE)


@pytest.fixture(scope="module")
def schema(provider: ComponentProvider) -> dict[str, Any]:
    return json.loads(provider.schema or "")


@pytest.fixture(params=sorted(INPUTS))
def built(request: pytest.FixtureRequest, provider: ComponentProvider) -> tuple[str, dict[str, Any], Recorder]:
    """A component as another language makes it: its name, its state resolved, and what was registered."""
    recorder, state = Recorder(), {}
    recorder.start()

    @pulumi.runtime.test
    def body() -> pulumi.Output[None]:
        result = provider.construct("it", f"{PACKAGE}:index:{request.param}", INPUTS[request.param])
        return pulumi.Output.all(**result.state).apply(state.update)

    body()
    return request.param, state, recorder


def test_every_component_is_served_under_its_own_name(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {f"{PACKAGE}:index:{component.__name__}" for component in SERVED}
    assert all(resource["isComponent"] for resource in schema["resources"].values())


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


def test_no_type_is_empty(schema: dict[str, Any]) -> None:
    assert [name for name, type_ in schema["types"].items() if not (type_.get("properties") or type_.get("enum"))] == []


def test_every_argument_and_output_reaches_the_schema(schema: dict[str, Any]) -> None:
    for component in SERVED:
        resource = schema["resources"][f"{PACKAGE}:index:{component.__name__}"]
        args = inspect.get_annotations(inspect.signature(component).parameters["args"].annotation)
        assert set(resource["inputProperties"]) == set(map(to_camel, args))
        assert set(resource["properties"]) == set(map(to_camel, inspect.get_annotations(component)))


SERVED_MODEL = {
    *("grants", "image", "model", "modelUri", "place", "provenance", "rollout", "scaling", "size", "system", "tags"),
    "version",
}


def test_only_what_a_component_cannot_choose_is_required(schema: dict[str, Any]) -> None:
    assert {name.rpartition(":")[2]: set(one["requiredInputs"]) for name, one in schema["resources"].items()} == {
        "AccessLogs": {"tags"},
        "AdmissionPolicies": {"manifests", "tags"},
        "Approvals": {"records", "tags"},
        "ArtifactStore": {"kmsKeyArn", "logBucket", "tags"},
        "AuditTrail": {"kmsKeyArn", "logBucket", "objectLock", "tags"},
        "Backups": {"kmsKeyArn", "lock", "tags"},
        "BatchInference": {
            "instanceTypes",
            "jobs",
            "kmsKeyArn",
            "logBucket",
            "maxVcpus",
            "repositoryArns",
            "subnetIds",
            "tags",
            "vpcId",
        },
        "Cluster": {"addons", "kmsKeyArn", "subnetIds", "systemNodes", "tags", "version"},
        "ClusterAddons": {"clusterName", "kmsKeyArn", "secretPrefix", "tags", "volumeKmsKeyArn", "vpcId"},
        "ContainerRegistry": {"kmsKeyArn", "repositories", "tags"},
        "DataLake": {"kmsKeyArn", "logBucket", "tags"},
        "FeatureBackend": {"kmsKeyArn", "logBucket", "subnetIds", "tags", "users", "vpcId"},
        "Database": {"engineVersion", "kmsKeyArn", "subnetIds", "tags", "vpcId"},
        "DatabaseUsers": {
            "address",
            "clusterName",
            "databaseName",
            "image",
            "kmsKeyArn",
            "masterSecretArn",
            "tags",
            "users",
            "vpcCidr",
        },
        "DeployRunner": {
            "clusterSecurityGroupId",
            "connectionArn",
            "kmsKeyArn",
            "repository",
            "subnetIds",
            "tags",
            "vpcId",
            "workflows",
        },
        "DriftMonitor": {
            "alerts",
            "busArn",
            "busName",
            "capturesUri",
            "clusterName",
            "grants",
            "image",
            "models",
            "namespace",
            "reportsUri",
            "tags",
        },
        "EdgeDelivery": {"aliases", "certificateArn", "kmsKeyArn", "logBucket", "models", "tags", "urlPublicKeys"},
        "GpuNodeAccess": {"clusterName", "kmsKeyArn", "tags"},
        "GpuSpotPool": {
            "ami",
            "clusterName",
            "families",
            "kmsKeyArn",
            "maxSize",
            "nodeRoleName",
            "tags",
            "use",
            "zones",
        },
        "ModelRegistry": {
            "adminSecretArn",
            "bucketName",
            "callerNamespaces",
            "clusterName",
            "databaseAddress",
            "databaseResourceId",
            "databaseUser",
            "gate",
            "image",
            "kmsKeyArn",
            "prefix",
            "publishedPrefix",
            "tags",
            "vpcCidr",
        },
        "LlmService": SERVED_MODEL,
        "ModelService": SERVED_MODEL,
        "Tenant": {"clusterName", "group", "namespace", "quota", "tags"},
        "TrainingQueue": {"flavors", "tags", "teams"},
        "Secrets": {"kmsKeyArn", "secrets", "tags"},
        "CostGuard": {"monthlyLimitUsd", "tags", "topicArns"},
        "KeyRing": {"keys", "tags"},
        "Notifications": {"kmsKeyArn", "subscribers", "tags"},
        "Monitoring": {
            "cloudwatchExporterImage",
            "clusterName",
            "grafanaSecretArn",
            "routes",
            "rules",
            "tags",
            "topicArns",
            "topicKmsKeyArn",
        },
        "Network": {"cidr", "kmsKeyArn", "nat", "tags", "zones"},
        "RetrainingBus": {"kmsKeyArn", "tags", "triggers"},
        "InferenceCapture": {"kmsKeyArn", "logBucket", "samplingPercent", "tags"},
        "WorkloadIdentity": {"grants", "namespace", "serviceAccount", "tags"},
        "CiIdentity": {"environment", "permissionsBoundaryArn", "regions", "repository", "state", "tags"},
        "ClosedNamespace": {"namespace", "tags"},
        "PermissionsBoundary": {"regions", "tags"},
        "ThreatDetection": {"kmsKeyArn", "logBucket", "logGroupName", "tags", "topicArn"},
    }
    assert set(TAGS) == set(MANDATORY_TAGS)


def test_a_component_made_from_another_language_returns_its_documented_outputs(
    built: tuple[str, dict[str, Any], Recorder], schema: dict[str, Any]
) -> None:
    name, state, recorder = built
    outputs = schema["resources"][f"{PACKAGE}:index:{name}"]["properties"]
    assert set(state) == set(outputs)
    assert [key for key, value in state.items() if value is None] == []
    (root,) = [one for one in recorder.found if one.parent.startswith("Stack ")]
    assert root.type == f"{PACKAGE}:index:{name}"


@pytest.mark.parametrize("component", SERVED, ids=lambda component: component.__name__)
def test_arguments_of_another_language_have_the_effect_of_python_ones(
    component: type, provider: ComponentProvider
) -> None:
    """Whatever arrives as a float there, and does not become a whole number, differs here."""
    python, other = Recorder(), Recorder()
    for recorder, make in (
        (python, lambda: component("it", sample(component))),
        (other, lambda: provider.construct("it", f"{PACKAGE}:index:{component.__name__}", INPUTS[component.__name__])),
    ):
        recorder.start()
        pulumi.runtime.test(make)()
    assert python.found
    assert [repr(one.inputs) for one in by_title(python)] == [repr(one.inputs) for one in by_title(other)]


def by_title(recorder: Recorder) -> list[Registered]:
    return sorted(recorder.found, key=lambda one: one.title)


def test_exactly_the_public_names_are_exported() -> None:
    public = {name for name in vars(components) if name[0].isupper()}
    assert public == set(components.__all__)


def test_every_public_component_is_served() -> None:
    public = [vars(components)[name] for name in components.__all__ if name != "SERVED"]
    assert {one for one in public if issubclass(one, Component)} == set(SERVED)
