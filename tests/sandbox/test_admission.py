"""The rules on a real API server: it says of every example what the rules say of it."""

import copy
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from policies._rule import Rule
from policies._verdict import Outcome
from policies._view import Resource, Stack
from policies.admission import LABEL, objects
from policies.ai._approvals import CONFIG_MAP
from policies.exemptions import Exemption
from policies.profiles import PROFILES
from policies.registry import RULES
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import START
from sandbox.place import Place
from sandbox.toolchain import Toolbox
from tests.components.conftest import whole
from tests.policies.examples import seen
from tests.sandbox.conftest import until
from tests.sandbox.door import Door

# The supervisor outlives who started it, on purpose.
pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
ADMITTED = [rule for rule in RULES if rule.admissions]
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
each_rule = pytest.mark.parametrize("rule", ADMITTED, ids=lambda rule: rule.id)


def exemption(
    name: str, expires: date, rule: str = "K8S-01", selector: str = "Pod/vision/*", days: int = 10
) -> Exemption:
    return Exemption(
        id=name,
        rule=rule,
        selector=selector,
        reason="its device plugin is not there yet",
        approver="security",
        ticket="SEC-1",
        created=expires - timedelta(days=days),
        expires=expires,
    )


EXEMPTIONS = (
    exemption("EX-1", date.today()),
    exemption("EX-2", date.today() - timedelta(days=1)),
    exemption("EX-3", date.today(), selector="Pod/another/*"),
    exemption("EX-4", date.today(), rule="K8S-03"),
    exemption("EX-7", date.today(), days=40),
    exemption("EX-8", date.today() + timedelta(days=9), days=7),
)


def examples(rule: Rule, program: str) -> Iterator[tuple[Resource, Stack, dict[str, Any]]]:
    """What an example makes in a cluster: as the rules see it, and as the API server does."""
    stack, before = seen(program), seen(program, preview=True)
    for resource in stack.resources:
        if any(one.covers(resource.type) for one in ADMITTED):
            inputs = before.by_urn[resource.urn]
            # The rest is what the emulation has made up.
            manifest = {key: value for key, value in resource.properties.items() if key in inputs.properties}
            manifest = copy.deepcopy(whole(manifest))
            metadata = manifest.setdefault("metadata", {})
            if "name" not in metadata:
                metadata["generateName"] = "example-"
            yield resource, stack, manifest


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """An API server with the policies of prod, each of which also warns: a refusal gives the first reason alone."""
    plane = ControlPlane(Place(tmp_path_factory.mktemp("plane"), "local"), "eu-central-1")
    plane.start(Toolbox().ensure(START))
    plane.wait()
    made = Door(plane.kubeconfig)
    spaces = {
        manifest["metadata"].get("namespace", "default")
        for rule in ADMITTED
        for program in (rule.good, rule.bad)
        for _, _, manifest in examples(rule, program)
    }
    for space in spaces:
        made.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
        account = f"/api/v1/namespaces/{space}/serviceaccounts/default"
        until(lambda path=account: made.send("GET", path).status == 200)
    install(made)
    yield made
    plane.stop()


def approvals() -> dict[str, str]:
    """Those of the examples, which have a ConfigMap of their own."""
    stacks = [seen(program) for rule in ADMITTED for program in (rule.good, rule.bad)]
    maps = [one.properties["data"] for stack in stacks for one in stack.by_type.get(CONFIG_MAP, ())]
    return {key: value for data in maps for key, value in data.items()}


def install(door: Door) -> None:
    for one in objects(PROFILES["prod"], EXEMPTIONS, approvals()):
        for variable in one.get("spec", {}).get("variables", ()):
            if variable["name"] == "params":
                params = json.loads(variable["expression"])
                variable["expression"] = json.dumps({**params, "exemption.K8S-01.EX-5": "now soon ^vision$"})
        door.client.apply(one)
        if one["kind"].endswith("Binding"):
            name = {"name": f"{one['metadata']['name']}-told"}
            door.client.apply({**one, "metadata": name, "spec": {**one["spec"], "validationActions": ["Warn"]}})
    bad = [manifest for rule in ADMITTED for _, _, manifest in examples(rule, rule.bad)]
    until(lambda: all(door.knock(one).warnings for one in bad), 20, "the policies do not take effect")


@each_rule
@pytest.mark.parametrize("kind", ["good", "bad"])
def test_the_api_server_says_what_the_rules_say(door: Door, rule: Rule, kind: str) -> None:
    found = list(examples(rule, getattr(rule, kind)))
    assert found
    for resource, stack, manifest in found:
        verdicts = {one.id: one.judge(resource, stack).outcome for one in ADMITTED if one.covers(resource.type)}
        failed = {name for name, outcome in verdicts.items() if outcome is Outcome.FAIL}
        answer = door.knock(manifest)
        assert answer.rules == failed, (answer, verdicts)
        assert answer.status == (403 if failed else 201), answer.message
        assert not failed or any(f"denied request: {name}: " in answer.message for name in failed)


@each_rule
def test_the_bad_example_is_refused_for_its_rule(door: Door, rule: Rule) -> None:
    assert any(rule.id in door.knock(manifest).rules for _, _, manifest in examples(rule, rule.bad))
    assert not any(rule.id in door.knock(manifest).rules for _, _, manifest in examples(rule, rule.good))


def test_every_expression_has_the_types_of_what_it_judges(door: Door) -> None:
    def checked() -> list[dict[str, Any]]:
        found = door.client.send("GET", POLICIES)["items"]
        done = [
            one for one in found if one.get("status", {}).get("observedGeneration") == one["metadata"]["generation"]
        ]
        return done if len(done) == len(found) else []

    for one in until(checked):
        assert one["status"].get("typeChecking", {}).get("expressionWarnings", []) == [], one["metadata"]["name"]


def pod(claim: str = "", **more: Any) -> dict[str, Any]:
    """A pod that lacks nothing."""
    secure = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    image = f"111111111111.dkr.ecr.eu-central-1.amazonaws.com/train@sha256:{'0' * 64}"
    size = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    labels = {LABEL: claim} if claim else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "train-", "namespace": "vision", "labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "main", "image": image, "securityContext": secure, "resources": size}],
            **more,
        },
    }


def test_what_complies_is_admitted_without_a_word(door: Door) -> None:
    assert door.knock(pod()) == (201, "", [])


@pytest.mark.parametrize(
    ("claim", "admitted"),
    [
        ("", False),
        ("EX-1", True),
        *((f"EX-{number}", False) for number in range(2, 9)),
    ],
    ids=[
        *("none", "valid", "expired", "of another namespace", "of another rule", "malformed", "unknown"),
        *("longer than prod allows", "not begun"),
    ],
)
def test_an_exemption_counts_for_its_rule_and_place_until_it_expires(door: Door, claim: str, admitted: bool) -> None:
    answer = door.knock(pod(claim, hostPID=True))
    # What cannot be evaluated has another code than what is refused for a reason.
    assert answer.status in ((201,) if admitted else (403, 422)), answer
    assert admitted or "K8S-01" in answer.message or "accepted" in answer.message


def test_an_exemption_lifts_no_other_rule(door: Door) -> None:
    given = pod("EX-1")
    given["spec"]["containers"][0]["image"] = "train:latest"
    assert door.knock(given).rules == {"K8S-03"}


MAKERS = {
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "ReplicaSet": "apps/v1",
    "Rollout": "argoproj.io/v1alpha1",
    "StatefulSet": "apps/v1",
}
SELECT = {"selector": {"matchLabels": {"app": "a"}}}


def maker(kind: str, **pods: Any) -> dict[str, Any]:
    """What makes pods that lack nothing but what is said."""
    template = {"metadata": {"labels": {"app": "a"}}, "spec": pod(**pods)["spec"]}
    metadata = {"name": "a", "namespace": "vision"}
    if kind in ("CronJob", "Job"):
        template["spec"]["restartPolicy"] = "Never"
    if kind == "CronJob":
        spec = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": metadata, "spec": spec}
    more = {} if kind == "Job" else SELECT
    spec = {"template": template, **more, **({"serviceName": "a"} if kind == "StatefulSet" else {})}
    return {"apiVersion": MAKERS[kind], "kind": kind, "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("kind", ["CronJob", *MAKERS])
def test_pods_are_found_in_whatever_makes_them(door: Door, kind: str) -> None:
    assert "K8S-01" not in door.knock(maker(kind)).rules
    assert "K8S-01" in door.knock(maker(kind, hostPID=True)).rules


def test_what_was_there_before_can_be_scaled_and_go_but_not_change(door: Door) -> None:
    """Else a bad Deployment could not be mended: its old ReplicaSet has to shrink."""
    old = maker("ReplicaSet", hostPID=True)
    old["metadata"]["name"] = "old"
    old["spec"]["replicas"] = 0
    path = f"{door.path(old)}/old"
    for binding in bindings(door):
        door.client.delete(binding, "Background")
    until(lambda: door.send("POST", door.path(old), old).status == 201)
    install(door)

    def change(**spec: Any) -> int:
        merge = "application/merge-patch+json"
        return door.send("PATCH", f"{path}?dryRun=All", {"spec": spec}, merge).status

    assert change(replicas=1) == 200
    assert change(template={"spec": {"priorityClassName": "system-node-critical"}}) == 403
    assert door.send("DELETE", path).status == 200


def bindings(door: Door) -> list[dict[str, Any]]:
    found = door.client.send("GET", POLICIES.replace("policies", "policybindings"))
    kind = {"apiVersion": found["apiVersion"], "kind": "ValidatingAdmissionPolicyBinding"}
    return [{**kind, "metadata": {"name": one["metadata"]["name"]}} for one in found["items"]]


def test_a_rollout_that_borrows_its_pods_is_not_judged_for_them(door: Door) -> None:
    lender = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    metadata = {"name": "a", "namespace": "vision"}
    given = {"kind": "Rollout", "metadata": metadata, "spec": {"workloadRef": lender}}
    assert door.knock({"apiVersion": "argoproj.io/v1alpha1", **given}) == (201, "", [])


def test_the_system_is_not_judged(door: Door) -> None:
    given = pod(hostNetwork=True)
    given["metadata"]["namespace"] = "kube-system"
    assert door.knock(given) == (201, "", [])
