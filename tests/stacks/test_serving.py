"""Served models: wired from a few lines of settings, and refused where they could not work."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring import promql
from tests.components.iam import decide
from tests.stacks.test_boundary import Account
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, refusal, shipped

DIGEST = "sha256:" + "0" * 64
IMAGE = f"example.com/serving/reference@{DIGEST}"
PROVENANCE = {"digest": DIGEST, "card": DIGEST, "run": "0123456789abcdef", "dataset": "payments@2026-10"}
CANDIDATE = {"version": "2", "image": IMAGE, "provenance": PROVENANCE}
ANALYSIS = {"maxErrorPercent": 1, "maxLatencyMs": 300}
LLM: dict[str, Any] = {
    "team": "language",
    "version": "7",
    "image": IMAGE,
    "system": "customer-churn",
    "provenance": PROVENANCE,
    "pool": "serving",
    "gpus": 1,
    "cpus": 3,
    "memoryGib": 14,
    "scaling": {"min": 1, "max": 2},
    "rollout": {"mode": "blue-green", "analysis": {**ANALYSIS, "maxLatencyMs": 20000}},
}
SLEEP = {"start": "0 7 * * 1-5", "end": "0 20 * * 1-5", "timezone": "Europe/Berlin"}
R, S, C = "services__fraud__rollout", "services__fraud__scaling", "services__fraud__captures"
EXAMPLE = Path(__file__).parents[2] / "examples" / "fraud-model" / "fraud.yaml"


def dev(**changes: Any) -> dict[str, Any]:
    return changed({**shipped("dev"), "llms": {"writer": LLM}}, **changes)


@pytest.fixture(scope="module")
def exports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def found(exports: dict[str, Any]) -> Any:
    return wired(dev(), exports, Account())


def test_a_new_model_is_at_most_twelve_lines_and_goes_into_every_environment() -> None:
    text = EXAMPLE.read_text()
    assert len(text.splitlines()) <= 12
    for environment in ("local", "dev", "staging", "prod"):
        values = shipped(environment)
        values["services"] = yaml.safe_load(text)
        if environment in ("staging", "prod"):
            values["services"]["fraud"]["provenance"]["approval"] = "fraud-1"
        assert [one.name for one in wired(values, None, Account()).of("Rollout")] == ["model-fraud-rollout"]


def test_models_run_in_their_teams_namespace_by_a_provider_that_waits_for_the_cluster(found: Any) -> None:
    namespaces = {one.name: one.inputs["metadata"]["namespace"] for one in found.of("Rollout")}
    assert namespaces == {
        "model-fraud-rollout": "vision",
        "model-churn-rollout": "language",
        "model-writer-rollout": "language",
    }
    depends = found.one("Rollout", "model-fraud-rollout").depends
    assert {"Namespace tenant-vision", "ResourceQuota tenant-vision", "ConfigMap approvals"} <= depends
    provider = found.one("Rollout", "model-fraud-rollout").provider
    assert "::kubernetes::" in provider
    (made,) = [one for one in found.found if one.type == "pulumi:providers:kubernetes"]
    assert "NodeGroup cluster-system" in made.depends


def test_a_model_reads_its_own_prefix_and_captures_if_it_is_sampled(found: Any) -> None:
    read = found.statements("RolePolicy", "model-fraud-read-prefix")
    (bucket,) = {one["Resource"].split("/")[0] for one in read if "s3:GetObject" in one["Action"]}
    assert decide(read, "s3:GetObject", f"{bucket}/models/fraud/1/model.joblib") == "Allow"
    assert decide(read, "s3:GetObject", f"{bucket}/models/churn/1/model.joblib") == "no"
    assert decide(read, "s3:PutObject", f"{bucket}/models/fraud/1/model.joblib") == "no"
    (server,) = found.inputs("Rollout", "model-fraud-rollout")["spec"]["template"]["spec"]["containers"]
    assert {"CAPTURE_STREAM", "CAPTURE_SAMPLING_PARAMETER"} <= {one["name"] for one in server["env"]}
    assert found.one("RolePolicy", "model-fraud-put-records")
    assert [one.name for one in found.of("RolePolicy") if one.name.startswith("model-churn-put")] == []


def test_rollouts_and_scalers_ask_only_for_what_somebody_emits(found: Any) -> None:
    asked = [
        metric["provider"]["prometheus"]["query"].replace("{{args.hash}}", "abc123")
        for one in found.of("AnalysisTemplate")
        for metric in one.inputs["spec"]["metrics"]
    ]
    scaled = [
        trigger["metadata"]["query"]
        for one in found.of("ScaledObject")
        for trigger in one.inputs["spec"]["triggers"]
        if trigger["type"] == "prometheus"
    ]
    assert (len(asked), len(scaled)) == (6, 6)
    assert {promql.labels(query) for query in (*asked, *scaled)} == {frozenset()}
    assert not any("{{" in query for query in (*asked, *scaled))
    # A model that sleeps has no pods whose silence would mean anything.
    assert {"vector(0)" in query for query in scaled if "churn" in query} == {True}
    assert {"vector(0)" in query for query in scaled if "fraud" in query} == {False}


def test_a_language_model_is_scaled_by_its_memory_and_its_queue(found: Any) -> None:
    triggers = found.inputs("ScaledObject", "model-writer-rollout-scaling")["spec"]["triggers"]
    assert {one["name"]: one["metadata"]["threshold"] for one in triggers} == {"kv-cache": "0.7", "waiting": "4"}
    assert "vllm:kv_cache_usage_perc" in triggers[0]["metadata"]["query"]
    # While its first pod starts there is no signal: no further GPU is asked for.
    assert found.inputs("ScaledObject", "model-writer-rollout-scaling")["spec"]["fallback"]["replicas"] == 1
    labels = found.inputs("Rollout", "model-writer-rollout")["spec"]["template"]["metadata"]["labels"]
    assert labels["kueue.x-k8s.io/queue-name"] == "language"


def test_others_learn_where_models_are(found: Any, exports: dict[str, Any]) -> None:
    assert found.found
    assert exports["services"]["fraud"]["host"] == "fraud.dev.models.example.com"
    assert exports["services"]["churn"]["url"] == "http://churn.language.svc"
    assert set(exports["services"]) == {"fraud", "churn", "writer"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({R: {"mode": "direct", "steps": [5]}}, "fraud.rollout.steps: would be ignored: direct replaces pod by pod"),
        ({R: {"mode": "blue-green", "steps": [5]}}, "rollout.steps: would be ignored: blue-green switches all traffic"),
        (
            {R: {"mode": "shadow", "percent": 5, "candidate": CANDIDATE, "analysis": ANALYSIS}},
            "rollout.analysis: would be ignored: shadow copies requests to a candidate",
        ),
        (
            {R: {"mode": "canary", "analysis": {**ANALYSIS, "percent": 1}}},
            "rollout.analysis.percent: no such setting; allowed here: maxErrorPercent",
        ),
        ({R: {"mode": "canary"}}, "rollout.analysis: missing; add what each step is judged by"),
        ({R: {"mode": "canari"}}, "does not match any of the expected tags: 'direct', 'canary', 'shadow', 'ab-test'"),
        (
            {R: {"mode": "canary", "steps": [50, 5], "analysis": ANALYSIS}},
            "rollout.steps = [50, 5]: allowed: shares that grow",
        ),
        (
            {R: {"mode": "canary", "analysis": {**ANALYSIS, "failures": 5}}},
            "rollout.analysis.failures = 5: allowed: fewer than checks, 5",
        ),
        (
            {R: {"mode": "shadow", "percent": 5, "candidate": CANDIDATE}},
            'rollout.mode = "shadow": needs `serving.gateway`, for a load balancer of AWS neither copies',
        ),
        ({"services__fraud__image": "fraud:1"}, 'fraud.image = "fraud:1": allowed: an image pinned by its digest'),
        ({"services__fraud__team": "nobody"}, 'fraud.team = "nobody": allowed: a tenant of tenants (vision, language)'),
        ({"services__fraud__store": "datasets"}, 'store.datasets = "models": allowed: a prefix of stores.datasets'),
        ({"serving": DELETE}, "needs `serving`, which has the domain and Prometheus: add it"),
        ({f"{S}__min": 0}, "scaling.min = 0: allowed of mode canary: 1 or more, for without traffic"),
        ({f"{S}__max": 0}, "scaling.max = 0: input should be greater"),
        ({f"{S}__min": 5, f"{S}__max": 4}, "scaling.max = 4: allowed: 5 or more"),
        ({"services__churn__scaling__hours": DELETE}, "churn.scaling.min = 0: needs `hours`, for without pods"),
        ({"llms__writer__pool": "training"}, 'writer.pool = "training": allowed: a pool of use serving (serving)'),
        ({"llms__writer__gpus": 2}, "writer.gpus = 2: allowed: at most pools.serving.maxGpusPerNode, 1"),
        ({"llms__writer__scaling__min": 9, "llms__writer__scaling__max": 9}, "9 GPUs at least: allowed: tenants"),
        ({"llms__fraud": LLM}, 'llms.fraud = "fraud": allowed: another name, `services.fraud` has it'),
        ({"serving__prometheus": "prometheus:9090"}, "serving.prometheus"),
        ({C: {"hashed": ["id"]}}, "fraud.captures.hashed = "),
        ({C: {"keySecret": "pepper"}}, 'captures.keySecret = "pepper": allowed: a secret of secrets.names (mlflow'),
        ({C: {"columns": ["a"], "masked": ["b"]}}, "lacks 'b', which is hashed or masked: add it"),
        ({C: {"hashed": ["b"], "masked": ["b"], "keySecret": "mlflow-admin"}}, "has ['b'], which `hashed` has too"),
        ({C: {"queueMib": 4096}}, "captures.queueMib = 4096: allowed: a quarter of memoryGib at most"),
        ({"services__fraud__limits": {"requestSeconds": 300}}, "limits.requestSeconds = 300"),
        ({"services__fraud__server": {"variables": {"lower": "x"}}}, "the name of an environment variable"),
    ],
)
def test_what_could_not_work_is_refused_with_the_reason(change: dict[str, Any], told: str) -> None:
    assert told in "\n".join(refusal(dev(**change)))


@pytest.mark.parametrize(
    ("environment", "change", "told"),
    [
        ("prod", {S: {"min": 0, "max": 2, "requestsPerSecond": 5, "hours": SLEEP}}, "scaling.min = 0: allowed in prod"),
        ("prod", {f"{S}__min": 1}, "scaling.min = 1: allowed in prod: 2 or more"),
        ("staging", {f"{S}__min": 1}, "scaling.min = 1: allowed in staging: 2 or more"),
    ],
)
def test_staging_and_prod_keep_serving(environment: str, change: dict[str, Any], told: str) -> None:
    assert told in "\n".join(refusal(changed(shipped(environment), **change)))


def test_with_a_gateway_a_candidate_runs_beside_the_version_that_serves() -> None:
    rollout = {"mode": "shadow", "percent": 5, "candidate": CANDIDATE}
    gateway = {"name": "models", "namespace": "gateway", "podsNamespace": "proxies"}
    found = wired(dev(**{R: rollout, "serving__gateway": gateway}), None, Account())
    versions = {
        one.inputs["metadata"]["name"]: one.inputs["spec"]["template"]["metadata"]["labels"]["ml-platform/version"]
        for one in found.of("Rollout")
        if "fraud" in one.name
    }
    assert versions == {"fraud": "1", "fraud-candidate": "2"}
    assert found.inputs("HTTPRoute", "model-fraud-route")["spec"]["hostnames"] == ["fraud.dev.models.example.com"]
    assert [one.name for one in found.of("Ingress") if "fraud" in one.name] == []
