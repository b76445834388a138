"""What `mlp status` says of a stack's components, from its state and what is live."""

from typing import Any

import pytest

from mlp.health import components, lines

STACK = "urn:pulumi:local::ml-platform::pulumi:pulumi:Stack::ml-platform-local"


def urn(name: str) -> str:
    return f"urn:pulumi:local::ml-platform::any::{name}"


def one(name: str, kind: str, parent: str = STACK, **more: Any) -> dict[str, Any]:
    return {"urn": urn(name), "type": kind, "parent": parent, "custom": not kind.startswith("ml-platform:"), **more}


SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "vision"}}
RESOURCES = [
    {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
    one("store", "ml-platform:index:ArtifactStore"),
    one("bucket", "aws:s3/bucket:Bucket", urn("store")),
    one("inner", "ml-platform:index:AccessLogs", urn("store")),
    one("logs", "aws:s3/bucket:Bucket", urn("inner")),
    one("vision", "ml-platform:index:Tenant"),
    one("space", "kubernetes:core/v1:Namespace", urn("vision"), outputs=SPACE),
    one("entry", "aws:eks/accessEntry:AccessEntry", urn("vision")),
    one("addons", "ml-platform:index:ClusterAddons"),
    one(
        "keda",
        "kubernetes:helm.sh/v3:Release",
        urn("addons"),
        outputs={"sandbox": {"recordedOnly": "helm is not on PATH"}},
    ),
]
ACTIVE = {**SPACE, "status": {"phase": "Active"}}


def states(live: Any = ACTIVE, **deployment: Any) -> dict[str, Any]:
    found = components({"resources": RESOURCES, **deployment}, lambda given: live)
    return {each.name: each for each in found}


def test_a_component_is_healthy_recorded_only_or_broken() -> None:
    found = states()
    assert {name: each.state for name, each in found.items()} == {
        "store": "healthy",
        "vision": "healthy",
        "addons": "recorded only",
    }
    assert found["store"].resources == 2  # with those of the component inside
    assert found["vision"].recorded == ["AccessEntry entry: the emulated account does not have the type"]
    assert found["addons"].recorded == ["Release keda: helm is not on PATH"]


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (None, "Namespace space: it is gone from the cluster"),
        ({**SPACE, "status": {"phase": "Terminating"}}, "Namespace space: it is not active"),
    ],
)
def test_an_object_that_is_gone_or_not_ready_breaks_its_component(live: Any, why: str) -> None:
    assert states(live)["vision"].broken == [why]
    assert states(live)["vision"].state == "broken"


def test_without_a_control_plane_nothing_in_the_cluster_is_called_healthy() -> None:
    found = {each.name: each for each in components({"resources": RESOURCES}, None)}
    assert found["vision"].broken == ["Namespace space: the control plane does not run; `mlp up` starts it"]
    assert found["store"].state == "healthy"


def test_a_change_that_was_not_finished_breaks_its_component() -> None:
    pending = [{"type": "updating", "resource": {"urn": urn("logs")}}]
    assert states(pending_operations=pending)["store"].broken == ["Bucket logs: its last change was not finished"]


def test_what_is_broken_comes_first_with_the_reason() -> None:
    text = lines(list(states(None).values()))
    assert text[0] == "  vision (Tenant): broken, 2 resources"
    assert text[1] == "      Namespace space: it is gone from the cluster"
    assert "  addons (ClusterAddons): recorded only, 1 resources" in text


def test_a_stack_without_state_has_no_components() -> None:
    assert components({}, lambda given: None) == []
