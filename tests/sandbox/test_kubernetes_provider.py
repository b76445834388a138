"""The official `kubernetes` provider, as the sandbox starts it, on the real engine and a real API server."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Checkout, engine_of, until

pytestmark = pytest.mark.sandbox
PROGRAM = """
import pulumi, pulumi_kubernetes as k8s

provider = k8s.Provider("p", kubeconfig="an address without a server", enable_config_map_mutable=True)
opts = pulumi.ResourceOptions(provider=provider)
space = k8s.core.v1.Namespace("team", metadata={"name": "team"}, opts=opts)
after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[space]))
k8s.core.v1.ConfigMap("settings", metadata={"namespace": space.metadata.name}, data={"size": SIZE}, opts=opts)
k8s.core.v1.Secret(
    "token", metadata={"namespace": "team", "name": "token"}, string_data={"token": "hunter2"}, opts=after
)
k8s.core.v1.ResourceQuota(
    "quota", metadata={"namespace": "team", "name": "quota"}, spec={"hard": {"requests.cpu": "1000m"}}, opts=after
)
k8s.rbac.v1.RoleBinding(
    "binding",
    metadata={"namespace": "team", "name": "binding-" + ROLE},
    role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ROLE},
    subjects=[{"kind": "Group", "name": "team", "api_group": "rbac.authorization.k8s.io"}],
    opts=after,
)
things = k8s.apiextensions.v1.CustomResourceDefinition(
    "things",
    metadata={"name": "things.example.com"},
    spec={
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "things", "kind": "Thing"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "open_apiv3_schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"size": {"type": "integer", "maximum": 5}}},
                            "status": {"type": "object", "properties": {"conditions": CONDITIONS}},
                        },
                    }
                },
            }
        ],
    },
    opts=opts,
)
k8s.apiextensions.CustomResource(
    "thing",
    api_version="example.com/v1",
    kind="Thing",
    metadata={"namespace": "team", "name": "thing", **WAITS},
    spec={"size": int(SIZE)},
    opts=pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(depends_on=[space, things])),
)
k8s.helm.v3.Release(
    "chart", k8s.helm.v3.ReleaseArgs(chart="oci://charts/one", name="one", version="1.0.0", values={"a": 1}), opts=opts
)
"""
BARE = "levels: {namespace-without-default-deny: advisory, namespace-without-pod-security: advisory}\n"
THING = ("things", "thing", "--namespace=team")


FIELDS = {"type": {"type": "string"}, "status": {"type": "string"}}
READY = '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}'


def program(size: int = 2, role: str = "view", waits: str = "") -> str:
    text = PROGRAM.replace("int(SIZE)", str(size)).replace("SIZE", f'"{size}"').replace("ROLE", f'"{role}"')
    notes = {"pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": waits}
    text = text.replace("CONDITIONS", repr({"type": "array", "items": {"type": "object", "properties": FIELDS}}))
    return text.replace("WAITS", repr({"annotations": notes} if waits else {}))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("kubernetes"), cluster=True)
    made.program(program())
    # It is the provider that is tried here, on a namespace without anything.
    profile = made.path / "policies" / "environments" / "local.yaml"
    profile.write_text(profile.read_text() + BARE)
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(checkout: Checkout) -> dict[str, Any]:
    return checkout.mlp("up")


def changed(checkout: Checkout) -> dict[str, Any]:
    done = checkout.pulumi("preview", "-s", "local", "--json")
    steps = json.loads(done.stdout)["steps"]
    return {one["urn"].rpartition("::")[2]: one for one in steps if one["op"] != "same"}


def test_everything_is_made_for_real_and_definitions_come_before_their_objects(
    checkout: Checkout, up: dict[str, Any]
) -> None:
    assert up["ok"]
    assert checkout.live(*THING)["spec"] == {"size": 2}
    (settings,) = [one for one in checkout.live("configmaps", "--namespace=team")["items"] if "size" in one["data"]]
    assert settings["metadata"]["name"].startswith("settings-")


def test_a_second_preview_and_a_refresh_find_nothing(checkout: Checkout, up: dict[str, Any]) -> None:
    """The API server writes 1000m as 1, and gives many fields that nobody asked for."""
    assert checkout.mlp("preview")["changes"] == []
    done = checkout.pulumi("refresh", "-s", "local", "--preview-only", "--expect-no-changes", "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_secret_is_nowhere_in_plain_text(checkout: Checkout, up: dict[str, Any]) -> None:
    state = checkout.pulumi("stack", "export", "-s", "local").stdout
    assert '"token"' in state
    assert "hunter2" not in state
    assert "aHVudGVyMg" not in state  # what base64 makes of it


def test_a_change_is_told_field_by_field_and_only_what_cannot_change_is_replaced(
    checkout: Checkout, up: dict[str, Any]
) -> None:
    checkout.program(program(size=3, role="edit"))
    steps = changed(checkout)
    checkout.program(program())
    assert set(steps) == {"settings", "thing", "binding"}
    assert steps["settings"]["op"] == "update"
    assert set(steps["settings"]["detailedDiff"]) == {"data.size"}
    assert steps["binding"]["op"] == "replace"
    assert "metadata.name" in steps["binding"]["replaceReasons"]


def test_a_replacement_is_carried_out(checkout: Checkout, up: dict[str, Any]) -> None:
    checkout.program(program(role="edit"))
    report = checkout.mlp("up")
    live = checkout.live("rolebinding", "binding-edit", "--namespace=team")
    checkout.program(program())
    checkout.mlp("up")
    assert report["ok"]
    assert live["roleRef"]["name"] == "edit"
    assert checkout.kubectl("get", "rolebinding", "binding-edit", "--namespace=team").returncode == 1


def test_what_the_api_server_refuses_is_refused_at_preview(checkout: Checkout, up: dict[str, Any]) -> None:
    checkout.program(program(size=9))
    report = checkout.mlp("preview", code=1)
    checkout.program(program())
    assert "spec.size in body should be less than or equal to 5" in "\n".join(report["errors"])


def test_a_field_that_somebody_else_owns_is_a_conflict_that_names_them(checkout: Checkout, up: dict[str, Any]) -> None:
    taken = checkout.kubectl("patch", *THING, "--type=merge", "--patch", '{"spec": {"size": 4}}')
    assert taken.returncode == 0, taken.stderr
    checkout.program(program(size=3))
    report = checkout.mlp("preview", code=1)
    checkout.program(program())
    checkout.kubectl("patch", *THING, "--type=merge", "--patch", '{"spec": {"size": 2}}')
    assert 'conflict with "kubectl-patch"' in "\n".join(report["errors"])


def test_what_is_gone_is_made_again(checkout: Checkout, up: dict[str, Any]) -> None:
    checkout.kubectl("delete", "resourcequota", "quota", "--namespace=team")
    checkout.pulumi("refresh", "-s", "local", "--yes", "--skip-preview", "--non-interactive")
    assert checkout.mlp("up")["created"] == 1
    assert checkout.live("resourcequota", "quota", "--namespace=team")


def test_a_release_is_recorded_only(checkout: Checkout, up: dict[str, Any]) -> None:
    assert any("chart" in line and "do not run here" in line for line in up["recorded_only"])
    checkout.program(program().replace('"a": 1', '"a": 2').replace('name="one"', 'name="two"'))
    step = changed(checkout)["chart"]
    checkout.program(program())
    assert step["op"] == "replace"
    assert {"name", "values.a"} <= set(step["detailedDiff"] or step["diffReasons"])


def test_an_object_that_does_not_become_ready_is_an_error(checkout: Checkout, up: dict[str, Any]) -> None:
    checkout.program(program(waits="15"))
    report = checkout.mlp("up", code=1)
    assert "thing" in "\n".join(report["errors"])
    # The provider takes over, and gives up, what an object owes to kubectl.
    ready = ("--type=merge", "--patch", READY, "--field-manager=controller")
    assert checkout.kubectl("patch", *THING, *ready).returncode == 0
    assert checkout.mlp("up")["ok"]
    checkout.program(program())
    assert checkout.mlp("up")["ok"]


def test_an_object_that_an_engine_waited_for_when_it_was_killed_can_be_changed(
    checkout: Checkout, up: dict[str, Any]
) -> None:
    checkout.program(program(waits="300").replace('"thing"', '"other"'))
    process = checkout.start("up", "--json")
    until(lambda: checkout.kubectl("get", "things", "other", "--namespace=team").returncode == 0, 120)
    os.kill(engine_of(process), signal.SIGKILL)
    process.communicate()
    checkout.program(program(size=3).replace('"thing"', '"other"'))
    assert checkout.mlp("up")["ok"]
    assert checkout.live("things", "other", "--namespace=team")["spec"] == {"size": 3}
    assert checkout.mlp("preview")["changes"] == []
    checkout.program(program())
    assert checkout.mlp("up")["ok"]


def test_deletion_waits_for_finalizers_and_leaves_nothing(checkout: Checkout, up: dict[str, Any]) -> None:
    held = '{"metadata": {"finalizers": ["example.com/hold"]}}'
    assert checkout.kubectl("patch", *THING, "--type=merge", "--patch", held).returncode == 0
    down = checkout.start("down", "--json")
    until(lambda: "deletionTimestamp" in checkout.live(*THING)["metadata"], 60)
    assert down.poll() is None  # it waits
    checkout.kubectl("patch", *THING, "--type=merge", "--patch", '{"metadata": {"finalizers": null}}')
    out, err = down.communicate(timeout=120)
    assert down.returncode == 0, out + err
    assert json.loads(out)["left"] == []
    assert not (checkout.path / ".sandbox").exists()
