"""What a served model is in the cluster: locked down, reached one way, judged, scaled; and what is refused."""

import re
from typing import Any

import pytest

from components import LlmService, ModelService
from components._served_plan import cpus, gib
from tests.components.conftest import Recorder, Run, whole
from tests.components.crds import problems
from tests.components.samples import sample
from tests.components.serving_samples import AB_TEST, CANARY, CANDIDATE, DOOR, GATEWAY, SHADOW

DIRECT: dict[str, Any] = {"mode": "direct"}
BLUE_GREEN: dict[str, Any] = {"mode": "blue-green", "analysis": CANARY["analysis"]}
MODES: dict[str, dict[str, Any]] = {
    "direct": {"rollout": DIRECT, "door": DOOR},
    "canary": {"rollout": CANARY, "door": DOOR},
    "blue-green": {"rollout": BLUE_GREEN, "door": DOOR},
    "shadow": {"rollout": SHADOW, "gateway": GATEWAY},
    "ab-test": {"rollout": AB_TEST, "gateway": GATEWAY},
}
LIMITS = {"request_mib": 2, "request_seconds": 20, "requests": 50}
QUANTITY = re.compile(r"([1-9]\d*)(m|Mi|Gi|Ti)?")


def made(run: Run, recorder: Recorder, component: Any = ModelService, **more: Any) -> dict[str, Any]:
    """`kind name` to the object, as the API server gets it."""
    args = {key: value for key, value in sample(component).items() if key not in ("door", "gateway")}
    run(lambda: component("it", {**args, **more}))
    found = [whole(one.inputs) for one in recorder.found if one.type.startswith("kubernetes:")]
    return {f"{one['kind']} {one['metadata']['name']}": one for one in found}


@pytest.mark.parametrize("component", [ModelService, LlmService])
@pytest.mark.parametrize("mode", MODES)
def test_every_pod_is_locked_down_bounded_and_probed(recorder: Recorder, run: Run, component: Any, mode: str) -> None:
    found = made(run, recorder, component, **MODES[mode])
    pods = [one["spec"]["template"] for one in found.values() if one["kind"] == "Rollout"]
    assert len(pods) == (2 if "candidate" in MODES[mode]["rollout"] else 1)
    for pod in pods:
        spec, labels = pod["spec"], pod["metadata"]["labels"]
        assert labels["ml-platform/model"] == "fraud"
        assert labels["ml-platform/version"] in ("12", "13")
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert {one["topologyKey"] for one in spec["topologySpreadConstraints"]} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }
        for container in [*spec["containers"], *spec["initContainers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
            assert re.fullmatch(r"[^:@]+@sha256:[0-9a-f]{64}", container["image"])
            assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
        (server,) = spec["containers"]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(server)
        drain = server["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert drain + 30 <= spec["terminationGracePeriodSeconds"]
        assert "metrics" in {port["name"] for port in server["ports"]}
        # What it may write is a volume with an end.
        mounts = {mount["name"] for mount in server["volumeMounts"]}
        assert mounts == {one["name"] for one in spec["volumes"] if one["emptyDir"]["sizeLimit"]}


@pytest.mark.parametrize("component", [ModelService, LlmService])
@pytest.mark.parametrize("mode", MODES)
def test_the_api_server_would_take_every_custom_resource(
    recorder: Recorder, run: Run, component: Any, mode: str
) -> None:
    found = made(run, recorder, component, **MODES[mode])
    own = ("argoproj.io/", "keda.sh/", "gateway.networking.k8s.io/")
    checked = [one for one in found.values() if one["apiVersion"].startswith(own)]
    assert {problem for one in checked for problem in problems(one)} == set()
    assert {"Rollout", "ScaledObject"} <= {one["kind"] for one in checked}


def test_probes_are_those_of_the_open_inference_protocol(recorder: Recorder, run: Run) -> None:
    (server,) = made(run, recorder, **MODES["direct"])["Rollout fraud"]["spec"]["template"]["spec"]["containers"]
    paths = {key: server[key]["httpGet"]["path"] for key in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == {
        "startupProbe": "/v2/models/fraud/ready",
        "readinessProbe": "/v2/models/fraud/ready",
        "livenessProbe": "/v2/health/live",
    }
    assert server["startupProbe"]["periodSeconds"] * server["startupProbe"]["failureThreshold"] == 3 * 60


@pytest.mark.parametrize("component", [ModelService, LlmService])
@pytest.mark.parametrize("mode", MODES)
def test_only_paths_of_the_model_are_forwarded_from_outside(
    recorder: Recorder, run: Run, component: Any, mode: str
) -> None:
    found = made(run, recorder, component, **MODES[mode])
    if "HTTPRoute fraud" in found:
        rules = found["HTTPRoute fraud"]["spec"]["rules"]
        paths = [(one["path"]["type"], one["path"]["value"]) for rule in rules for one in rule["matches"]]
    else:
        (rule,) = found["Ingress fraud"]["spec"]["rules"]
        paths = [(one["pathType"], one["path"]) for one in rule["http"]["paths"]]
    assert {kind for kind, _ in paths} <= {"Prefix", "PathPrefix"}
    assert {path for _, path in paths} == ({"/v2/models/fraud"} if component is ModelService else {"/v1", "/health"})


@pytest.mark.parametrize(
    ("component", "health", "seconds"), [(ModelService, "/v2/models/fraud/ready", 30), (LlmService, "/health", 300)]
)
def test_the_load_balancer_waits_for_requests_as_long_as_the_pod_does(
    recorder: Recorder, run: Run, component: Any, health: str, seconds: int
) -> None:
    found = made(run, recorder, component, **MODES["direct"])
    notes = {key.rpartition("/")[2]: value for key, value in found["Ingress fraud"]["metadata"]["annotations"].items()}
    spec = found["Rollout fraud"]["spec"]["template"]["spec"]
    (server,) = spec["containers"]
    assert notes["healthcheck-path"] == health == server["readinessProbe"]["httpGet"]["path"]
    group = dict(one.split("=") for one in notes["target-group-attributes"].split(","))
    assert group["load_balancing.algorithm.type"] == "least_outstanding_requests"
    drain = server["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert (
        int(group["deregistration_delay.timeout_seconds"]) == spec["terminationGracePeriodSeconds"] == drain + seconds
    )
    balancer = dict(one.split("=") for one in notes["load-balancer-attributes"].split(","))
    idle = int(balancer["idle_timeout.timeout_seconds"])
    kept = {one["name"]: one["value"] for one in server["env"]}
    name = "SERVING_KEEP_ALIVE_SECONDS" if component is ModelService else "VLLM_HTTP_TIMEOUT_KEEP_ALIVE"
    assert int(kept[name]) > idle


def test_vllm_finishes_what_it_generates(recorder: Recorder, run: Run) -> None:
    """By default it aborts: `shutdown_timeout: int = 0` in vllm/engine/arg_utils.py of 0.33.0."""
    spec = made(run, recorder, LlmService, **MODES["direct"])["Rollout fraud"]["spec"]["template"]["spec"]
    (server,) = spec["containers"]
    flags = dict(one.removeprefix("--").split("=") for one in server["args"][1:])
    drain = server["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < drain + int(flags["shutdown-timeout"]) < spec["terminationGracePeriodSeconds"]


def test_a_language_model_waits_for_its_node_in_the_queue_of_its_team(recorder: Recorder, run: Run) -> None:
    template = made(run, recorder, LlmService, **MODES["direct"])["Rollout fraud"]["spec"]["template"]
    assert template["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "vision"
    assert template["metadata"]["labels"]["kueue.x-k8s.io/priority-class"] == "high"
    assert template["spec"]["nodeSelector"] == {"ml-platform/pool": "serving"}
    assert template["spec"]["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    (server,) = template["spec"]["containers"]
    assert server["resources"]["limits"]["nvidia.com/gpu"] == "2"
    assert "--tensor-parallel-size=2" in server["args"]
    assert server["startupProbe"]["periodSeconds"] * server["startupProbe"]["failureThreshold"] == 20 * 60


def test_a_canary_goes_through_the_load_balancer_and_every_step_is_judged(recorder: Recorder, run: Run) -> None:
    found = made(run, recorder, **MODES["canary"])
    canary = found["Rollout fraud"]["spec"]["strategy"]["canary"]
    kinds = [next(iter(step)) for step in canary["steps"]]
    assert kinds == ["setWeight", "analysis"] * 4
    assert [step["setWeight"] for step in canary["steps"][::2]] == [5, 25, 50, 100]
    assert canary["trafficRouting"] == {"alb": {"ingress": "fraud", "servicePort": 80}}
    (path,) = found["Ingress fraud"]["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "fraud", "port": {"name": "use-annotation"}}
    # The controller's field, which nobody else may have an opinion of.
    assert all("selector" not in found[f"Service {name}"]["spec"] for name in ("fraud", "fraud-canary"))
    assert "replicas" not in found["Rollout fraud"]["spec"]


def test_silence_is_a_bad_answer(recorder: Recorder, run: Run) -> None:
    metrics = made(run, recorder, **MODES["canary"])["AnalysisTemplate fraud"]["spec"]["metrics"]
    assert {one["name"]: one["successCondition"] for one in metrics} == {
        "errors": "len(result) == 1 && !isNaN(result[0]) && result[0] <= 0.01",
        "requests": "len(result) == 1 && !isNaN(result[0]) && result[0] >= 100.0",
    }
    assert all("failureCondition" not in one for one in metrics)
    assert {(one["count"], one["failureLimit"], one["consecutiveErrorLimit"]) for one in metrics} == {(4, 2, 2)}


def test_a_shadow_gets_copies_and_an_experiment_gets_who_asks_for_it(recorder: Recorder, run: Run) -> None:
    (rule,) = made(run, recorder, **MODES["shadow"])["HTTPRoute fraud"]["spec"]["rules"]
    assert rule["filters"] == [
        {
            "type": "RequestMirror",
            "requestMirror": {"backendRef": {"name": "fraud-candidate", "port": 80}, "percent": 10},
        }
    ]
    assert rule["backendRefs"] == [{"name": "fraud", "port": 80}]


def test_an_experiment_gets_who_asks_for_it(recorder: Recorder, run: Run) -> None:
    found = made(run, recorder, **MODES["ab-test"])
    chosen, rest = found["HTTPRoute fraud"]["spec"]["rules"]
    assert chosen["matches"][0]["headers"] == [{"type": "Exact", "name": "x-group", "value": "b"}]
    assert (chosen["backendRefs"][0]["name"], rest["backendRefs"][0]["name"]) == ("fraud-candidate", "fraud")
    candidate = found["Rollout fraud-candidate"]["spec"]["template"]["metadata"]["labels"]
    assert candidate["ml-platform/experiment"] == "deeper-trees"
    assert found["Service fraud"]["spec"]["selector"] != found["Service fraud-candidate"]["spec"]["selector"]


def test_a_lost_signal_is_not_an_idle_model(recorder: Recorder, run: Run) -> None:
    found = made(run, recorder, **MODES["shadow"])
    for name in ("fraud", "fraud-candidate"):
        spec = found[f"ScaledObject {name}"]["spec"]
        assert spec["scaleTargetRef"] == {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": name}
        prometheus, cpu, cron = spec["triggers"]
        assert prometheus["metadata"]["ignoreNullValues"] == "false"
        assert f"'{name}-.+'" in prometheus["metadata"]["query"]
        # Without the behavior, fewer pods than there are would be a fall back too.
        assert spec["fallback"] == {"failureThreshold": 4, "replicas": 5, "behavior": "currentReplicasIfHigher"}
        assert (cpu["type"], cron["type"]) == ("cpu", "cron")
        assert found[f"PodDisruptionBudget {name}"]["spec"]["maxUnavailable"] == 1


def test_only_the_load_balancer_the_team_and_monitoring_get_in(recorder: Recorder, run: Run) -> None:
    spec = made(run, recorder, **MODES["canary"])["NetworkPolicy fraud"]["spec"]
    asking, scraping = spec["ingress"]
    assert asking == {
        "from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/16"}}],
        "ports": [{"port": "http"}],
    }
    assert scraping["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "watch"}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 80, 443}


def test_pods_come_after_what_they_need_and_scaling_goes_before_them(recorder: Recorder, run: Run) -> None:
    made(run, recorder, **MODES["canary"])
    around = {"Service it-service", "Service it-canary", "Ingress it-ingress", "AnalysisTemplate it-analysis"}
    depends = recorder.one("Rollout", "it-rollout").depends
    assert {*around, "ServiceAccount it-account", "PodIdentityAssociation it"} <= depends
    assert "Rollout it-rollout" in recorder.one("ScaledObject", "it-rollout-scaling").depends


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"image": "fraud:12"}, "image = 'fraud:12'; allowed: NAME@sha256:.*another image tomorrow"),
        ({"model": "Fraud"}, "model = 'Fraud'; allowed: a DNS label"),
        ({"version": "a/b"}, "version = 'a/b'; allowed: what a label"),
        ({"rollout": {"mode": "slow"}}, "rollout.mode = 'slow'; allowed: direct, canary, shadow, ab-test, blue-green"),
        ({"rollout": {**DIRECT, "steps": [5]}}, "rollout.steps would be ignored: mode direct replaces pod by pod"),
        ({"rollout": {**CANARY, "percent": 5}}, "rollout.percent would be ignored: mode canary shifts"),
        (
            {"rollout": {**SHADOW, "analysis": CANARY["analysis"]}},
            "rollout.analysis would be ignored: mode shadow copies",
        ),
        ({"rollout": {**AB_TEST, "percent": 5}}, "rollout.percent would be ignored: mode ab-test routes by a header"),
        ({"rollout": {"mode": "blue-green", "steps": [5]}}, "rollout.steps would be ignored: mode blue-green switches"),
        ({"rollout": {"mode": "canary"}}, "rollout.analysis is missing; mode canary needs it"),
        ({"rollout": {**CANARY, "steps": [50, 5]}}, r"rollout.steps = \[50, 5\]; allowed: growing, 1 to 100"),
        ({"rollout": {**SHADOW, "percent": 0}}, "rollout.percent = 0; allowed: 1 to 100"),
        ({"rollout": {**CANARY, "analysis": {**CANARY["analysis"], "metrics": []}}}, "metrics is empty"),
        ({"rollout": {**CANARY, "analysis": {**CANARY["analysis"], "failures": 4}}}, "or nothing ever fails"),
        (
            {"rollout": {**SHADOW, "candidate": {**CANDIDATE, "image": "a:1"}}},
            "rollout.candidate.image = 'a:1'; allowed",
        ),
        ({"rollout": CANARY, "door": None}, "door is missing; the load balancer is what splits traffic"),
        ({"rollout": SHADOW, "door": None}, "gateway is missing; mode shadow needs a route"),
        ({"rollout": SHADOW, "gateway": GATEWAY}, "door would be ignored: requests of mode shadow come by the gateway"),
        ({"rollout": DIRECT, "gateway": GATEWAY}, "gateway would be ignored: requests of mode direct come by the door"),
        ({"least": 9}, "scaling.least = 9, most = 8; allowed: 0 <= least"),
        ({"least": 0}, "scaling.least = 0; allowed of mode canary: 1 or more, without traffic no version"),
        ({"least": 0, "hours": None, "rollout": DIRECT}, "scaling.least = 0 needs hours: without pods no signal"),
        ({"signals": []}, "scaling.signals is empty"),
        ({"limits": {**LIMITS, "request_seconds": 241}}, "limits.request_seconds = 241; allowed: 1 to 240"),
        ({"format": "h5"}, "format = 'h5'; allowed: sklearn, xgboost, lightgbm, pyfunc, onnx"),
        ({"limits": {**LIMITS, "requests": 0}}, "limits.requests = 0; allowed: from 1"),
        ({"server": {"batch": {"size": 1, "milliseconds": 5}}}, "server.batch.size = 1; allowed: from 2"),
        ({"server": {"variables": {"HOME": "/"}}}, "server.variables.HOME would be overwritten"),
        (
            {"captures": {"stream": "s", "sampling_parameter": "p", "queue_mib": 1, "hashed": ["id"]}},
            "captures.hashed needs captures.key_secret",
        ),
    ],
)
def test_what_would_not_work_is_refused_with_the_reason(
    run: Run, recorder: Recorder, more: dict[str, Any], told: str
) -> None:
    args = sample(ModelService)
    scaling = {**args["scaling"], **{key: more.pop(key) for key in ("least", "hours", "signals") if key in more}}
    args = {**args, "scaling": without_none(scaling), **more}
    with pytest.raises(ValueError, match=f"ModelService 'it': .*{told}"):
        run(lambda: ModelService("it", without_none(args)))  # pyright: ignore[reportArgumentType]
    assert recorder.of("Rollout") == []


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


@pytest.mark.parametrize(
    ("given", "written"),
    [(gib(1), "1Gi"), (gib(0.5), "512Mi"), (gib(2048), "2Ti"), (cpus(2), "2"), (cpus(0.25), "250m")],
)
def test_quantities_are_written_as_the_api_writes_them(given: str, written: str) -> None:
    """The controller of rollouts writes them so; in another form it would own them, and every change conflict."""
    assert given == written
    assert QUANTITY.fullmatch(given)
