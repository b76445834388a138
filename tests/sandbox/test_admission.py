"""The rules on a real API server: it says of every example what the rules say of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies._rule import Point, Rule
from policies._verdict import Outcome
from policies.admission import objects
from policies.cluster import ClusterUnreachableError, kubectl, read_cluster
from policies.findings import judge
from policies.profiles import PROFILES
from sandbox.toolchain import Toolbox
from tests.policies.network.test_unguarded_entrance import LISTS
from tests.sandbox.conftest import until
from tests.sandbox.court import ADMITTED, TAGS, Court, convened, install, pod
from tests.sandbox.door import Door

# The supervisor outlives who started it, on purpose.
pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
each_rule = pytest.mark.parametrize("rule", ADMITTED, ids=lambda rule: rule.id)


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    with convened(tmp_path_factory.mktemp("plane")) as made:
        yield made


@pytest.fixture(scope="module")
def door(court: Court) -> Door:
    return court.door


@each_rule
@pytest.mark.parametrize("kind", ["good", "bad"])
def test_the_api_server_says_what_the_rules_say(court: Court, rule: Rule, kind: str) -> None:
    found = court.judged[getattr(rule, kind)]
    assert found
    for manifest, verdicts in found:
        failed = {name for name, outcome in verdicts.items() if outcome is Outcome.FAIL}
        answer = court.door.knock(manifest)
        assert answer.rules == failed, (answer, verdicts)
        assert answer.status == (403 if failed else 201), answer.message
        assert not failed or any(f"denied request: {name}: " in answer.message for name in failed)


@each_rule
def test_the_bad_example_is_refused_for_its_rule_and_the_good_one_is_not(court: Court, rule: Rule) -> None:
    assert any(rule.id in court.door.knock(manifest).rules for manifest, _ in court.judged[rule.bad])
    assert not any(rule.id in court.door.knock(manifest).rules for manifest, _ in court.judged[rule.good])


def test_every_expression_has_the_types_of_what_it_judges(door: Door) -> None:
    def checked() -> list[dict[str, Any]]:
        found = door.client.send("GET", POLICIES)["items"]
        done = [
            one for one in found if one.get("status", {}).get("observedGeneration") == one["metadata"]["generation"]
        ]
        return done if len(done) == len(found) else []

    for one in until(checked):
        assert one["status"].get("typeChecking", {}).get("expressionWarnings", []) == [], one["metadata"]["name"]


@pytest.mark.parametrize("environment", PROFILES)
def test_the_api_server_takes_the_policies_of_an_environment_without_exemptions(door: Door, environment: str) -> None:
    for one in objects(PROFILES[environment]):
        one["metadata"]["name"] += f"-{environment}"
        answer = door.knock(one)
        assert answer.status == 201, answer.message


def test_what_complies_is_admitted_without_a_word(door: Door) -> None:
    assert door.knock(pod())[:3] == (201, "", [])


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


@pytest.mark.parametrize(
    ("scheme", "klass", "refused"),
    [
        ("internal", "service.k8s.aws/nlb", False),
        ("internal", "other", True),
        ("internet-facing", "service.k8s.aws/nlb", True),
    ],
)
def test_a_service_is_internal_to_the_controller_that_reads_its_scheme(
    door: Door, scheme: str, klass: str, refused: bool
) -> None:
    notes = {"service.beta.kubernetes.io/aws-load-balancer-scheme": scheme}
    meta = {"name": "rpc", "namespace": "vision", "labels": TAGS, "annotations": notes}
    spec = {"type": "LoadBalancer", "loadBalancerClass": klass, "ports": [{"port": 443}]}
    answer = door.knock({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    assert answer.rules == ({"NET-06"} if refused else set())


@pytest.mark.parametrize("attributes", LISTS)
def test_access_logs_are_on_for_the_api_server_as_for_the_rule(door: Door, attributes: str) -> None:
    notes = {"ssl-policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "load-balancer-attributes": attributes}
    meta = {"name": "a", "namespace": "vision", "labels": TAGS}
    meta["annotations"] = {f"alb.ingress.kubernetes.io/{key}": text for key, text in notes.items()}
    backend = {"service": {"name": "a", "port": {"name": "http"}}}
    spec = {"ingressClassName": "alb", "tls": [{"hosts": ["a.example.com"]}], "defaultBackend": backend}
    answer = door.knock({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec})
    assert answer.rules == ({"NET-06"} if LISTS[attributes] is Outcome.FAIL else set())


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
    metadata = {"name": "a", "namespace": "vision", "labels": TAGS}
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

    until(lambda: change(template={"spec": {"priorityClassName": "system-node-critical"}}) == 403)
    assert change(replicas=1) == 200
    assert door.send("DELETE", path).status == 200


def bindings(door: Door) -> list[dict[str, Any]]:
    found = door.client.send("GET", POLICIES.replace("policies", "policybindings"))
    kind = {"apiVersion": found["apiVersion"], "kind": "ValidatingAdmissionPolicyBinding"}
    return [{**kind, "metadata": {"name": one["metadata"]["name"]}} for one in found["items"]]


def test_a_container_that_is_put_into_a_running_pod_is_judged_too(door: Door) -> None:
    given = pod()
    given["metadata"]["name"] = "running"
    assert door.send("POST", door.path(given), given).status == 201
    patch = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "busybox"}]}}
    path = f"{door.path(given)}/running/ephemeralcontainers"
    answer = door.send("PATCH", path, patch, "application/strategic-merge-patch+json")
    assert (answer.status, answer.rules) == (403, {"K8S-02", "K8S-03"})
    assert door.send("DELETE", f"{door.path(given)}/running").status == 200


def test_pods_that_serve_are_counted_when_their_owner_is_created(door: Door) -> None:
    """Later their number is the scaler's, which no admission policy can see."""
    probe = {"httpGet": {"path": "/ready", "port": 8080}}
    model = maker("Rollout")
    model["metadata"]["name"] = "scaled"
    template = model["spec"]["template"]
    assert door.send("POST", door.path(model), {**model, "spec": {**model["spec"], "replicas": 1}}).status == 201
    template["metadata"]["labels"]["ml-platform/model"] = "fraud"

    def change() -> set[str]:
        path = f"{door.path(model)}/scaled?dryRun=All"
        return door.send("PATCH", path, {"spec": model["spec"]}, "application/merge-patch+json").rules

    assert "K8S-09" in change()  # it has no probes
    template["spec"]["containers"][0] |= {"readinessProbe": probe, "livenessProbe": probe}
    assert "K8S-09" not in change()
    assert "K8S-09" in door.knock({**model, "spec": {**model["spec"], "replicas": 1}}).rules
    assert "K8S-09" not in door.knock(model).rules
    assert door.send("DELETE", f"{door.path(model)}/scaled").status == 200


def test_a_rollout_that_borrows_its_pods_is_not_judged_for_them(door: Door) -> None:
    lender = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    metadata = {"name": "a", "namespace": "vision", "labels": TAGS}
    given = {"kind": "Rollout", "metadata": metadata, "spec": {"workloadRef": lender}}
    assert door.knock({"apiVersion": "argoproj.io/v1alpha1", **given})[:3] == (201, "", [])


@pytest.mark.parametrize("namespace", ["kube-system", "amazon-guardduty"])
def test_the_system_is_not_judged(door: Door, namespace: str) -> None:
    """GuardDuty installs its agent as an add-on of EKS: privileged, and without labels of ours."""
    door.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    given = pod(hostNetwork=True)
    given["metadata"]["namespace"] = namespace
    until(lambda: door.knock(given)[:3] == (201, "", []))


@pytest.fixture(scope="module")
def program() -> str:
    return str(Toolbox().ensure(["kubectl"]).tools["kubectl"].path)


def test_the_rules_find_in_the_cluster_what_was_there_before_them(court: Court, program: str) -> None:
    given = pod()
    given["metadata"] |= {"name": "found", "labels": {}}
    assert court.door.send("POST", court.door.path(given), given).status == 403
    given["metadata"]["namespace"] = "kube-system"
    assert court.door.send("POST", court.door.path(given), given).status == 201

    read = read_cluster(kubectl(court.kubeconfig, program))

    assert (read.denied, read.errors) == (frozenset(), {})
    findings = {(one.rule.id, one.resource.urn): one.outcome for one in judge(read.stack, Point.LIVE)}
    assert findings["K8S-11", "Namespace//vision"] is Outcome.FAIL
    assert findings["K8S-06", "Namespace//vision"] is Outcome.FAIL
    assert findings["K8S-11", "Namespace//kube-system"] is Outcome.NOT_APPLICABLE
    assert findings["K8S-08", "ClusterRole//system:kube-scheduler"] is Outcome.NOT_APPLICABLE
    assert findings["K8S-02", "Pod/kube-system/found"] is Outcome.NOT_APPLICABLE
    assert Outcome.ERROR not in findings.values()


def test_what_may_not_be_read_is_not_known(court: Court, program: str, tmp_path: Path) -> None:
    path = "/api/v1/namespaces/vision/serviceaccounts/default/token"
    token = court.door.send("POST", path, {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1"})
    config = yaml.safe_load(court.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token.body["status"]["token"]}
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))

    read = read_cluster(kubectl(file, program))

    assert "list apps/v1:Deployment" in read.denied
    outcomes = {one.outcome for one in judge(read.stack, Point.LIVE) if one.rule.id.startswith("K8S")}
    assert outcomes == {Outcome.UNKNOWN}


def test_a_cluster_that_does_not_answer_is_an_error_that_says_so(court: Court, program: str, tmp_path: Path) -> None:
    config = yaml.safe_load(court.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    with pytest.raises(ClusterUnreachableError, match=r"127\.0\.0\.1:1"):
        read_cluster(kubectl(file, program))
    with pytest.raises(ClusterUnreachableError, match="cannot be started"):
        read_cluster(kubectl(file, "/nowhere/kubectl"))
