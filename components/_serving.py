"""What a served model is made of in the cluster, as plain data; ModelService and LlmService differ in their program."""

from collections.abc import Mapping, Sequence
from typing import Any

from components import _governance as governance
from components import _rollout as rollouts
from components import _served_ways as ways
from components._governance import ProvenanceArgs
from components._kubernetes import LOCKED
from components._rollout import BESIDE, RolloutMode
from components._served_args import ScalingArgs
from components._served_plan import DRAIN_SECONDS, NAME, Document, Plan
from components.workload_identity import GrantArgs, WorkloadIdentityArgs

MODEL, VERSION = "ml-platform/model", "ml-platform/version"
"""Labels of pods, which scraping turns into labels of what they measure."""
EXPERIMENT = "ml-platform/experiment"
DEADLINE_SECONDS = 1800
"""How long pods of a version may take to be ready, a node for them and the download of the model included."""
AVAILABLE = {"pulumi.com/waitFor": "condition=Available", "pulumi.com/timeoutSeconds": str(DEADLINE_SECONDS)}
"""A Rollout is waited for until pods of some version serve; the steps of a canary may take hours."""
USER = 1000
"""User and group of every container."""
HASH = "rollouts-pod-template-hash"


def identity(plan: Plan, grants: Sequence[GrantArgs], tags: Mapping[str, str]) -> WorkloadIdentityArgs:
    """Who the pods are in AWS."""
    found: WorkloadIdentityArgs = {
        "namespace": plan.place["namespace"],
        "service_account": plan.name,
        "cluster_name": plan.place["cluster_name"],
        "grants": grants,
        "tags": tags,
    }
    if "permissions_boundary_arn" in plan.place:
        found["permissions_boundary_arn"] = plan.place["permissions_boundary_arn"]
    return found


def around(plan: Plan) -> dict[str, Document]:
    """What pods are reached by, and who they are; it is there before them, and goes after them."""
    account = plan.document("v1", "ServiceAccount", plan.name, None)
    del account["spec"]
    found = {
        "account": {**account, "automountServiceAccountToken": False},
        "network": plan.document("networking.k8s.io/v1", "NetworkPolicy", plan.name, ways.network(plan)),
        **{name.removeprefix(f"{plan.name}-"): one for name, one in ways.services(plan).items()},
    }
    if "analysis" in plan.rollout:
        spec = rollouts.analysis_template(plan.rollout["analysis"])
        found["analysis"] = plan.document(rollouts.API, "AnalysisTemplate", plan.name, spec)
    if plan.door and plan.mode not in BESIDE:
        # The load balancer of a canary is made once the Rollout, which comes later, has written the shares.
        wait = ways.SKIP_AWAIT if plan.mode is RolloutMode.CANARY else ways.ADDRESS
        notes = {**wait, **ways.balancer(plan, plan.door)}
        found["ingress"] = plan.document(
            "networking.k8s.io/v1", "Ingress", plan.name, ways.ingress(plan, plan.door), annotations=notes
        )
    if plan.gateway and plan.mode in BESIDE:
        found["route"] = plan.document(
            "gateway.networking.k8s.io/v1", "HTTPRoute", plan.name, ways.route(plan, plan.gateway)
        )
    return found


def pods(plan: Plan) -> dict[str, Document]:
    """The Rollouts: of the version that serves, and of a candidate."""
    own = _pod(plan, plan.name, plan.version, plan.image, plan.model_uri, plan.provenance)
    found = {"rollout": _rollout(plan, plan.name, own, rollouts.strategy(plan.name, plan.rollout))}
    if "candidate" in plan.rollout:
        one, name = plan.rollout["candidate"], f"{plan.name}-candidate"
        more = {EXPERIMENT: plan.rollout["experiment"]} if "experiment" in plan.rollout else {}
        other = _pod(plan, name, one["version"], one["image"], one["model_uri"], one["provenance"], more)
        direct = rollouts.strategy(name, {"mode": RolloutMode.DIRECT})
        found["candidate"] = _rollout(plan, name, other, direct)
    return found


def over(plan: Plan) -> dict[str, Document]:
    """What changes and guards the number of pods; it goes before them, for its controller holds on to it."""
    found = {}
    for key, document in pods(plan).items():
        name = document["metadata"]["name"]
        found[f"{key}-scaling"] = plan.document("keda.sh/v1alpha1", "ScaledObject", name, _scaling(plan, name))
        found[f"{key}-budget"] = plan.document(
            "policy/v1", "PodDisruptionBudget", name, {"maxUnavailable": 1, "selector": _select(name)}
        )
    return found


def _select(name: str) -> Document:
    return {"matchLabels": {NAME: name}}


def _rollout(plan: Plan, name: str, pod: Document, strategy: Document) -> Document:
    spec = {
        # Without `replicas`: those are the scaler's.
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": DEADLINE_SECONDS,
        "progressDeadlineAbort": True,
        "selector": _select(name),
        "strategy": strategy,
        "template": pod,
    }
    # Its controller writes it back whole, and by that becomes an owner of what it had only read.
    notes = {"pulumi.com/patchForce": "true", **AVAILABLE, governance.MODE: plan.mode.value}
    return plan.document(rollouts.API, "Rollout", name, spec, annotations=notes)


def _pod(
    plan: Plan,
    name: str,
    version: str,
    image: str,
    model_uri: Any,
    provenance: ProvenanceArgs,
    labels: Mapping[str, str] | None = None,
) -> Document:
    program = plan.program
    server = {
        # Sleeps where the image has no shell.
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
        **program.server(version, model_uri),
    }
    before = [_container("fetch", image, program.fetch(model_uri, provenance["digest"]))] if program.fetch else []
    spread = {"maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": _select(name)}
    spec = {
        "serviceAccountName": plan.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": program.end_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            # Of each version by itself: the old one's pods say nothing about the new one's.
            {**spread, "topologyKey": key, "matchLabelKeys": [HASH]}
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "initContainers": before,
        "containers": [_container("server", image, server)],
        "volumes": list(program.volumes),
        **program.nodes,
    }
    told = {MODEL: plan.name, VERSION: version, **governance.labels(plan.system)}
    mine = {**plan.labels, NAME: name, **told, **program.labels, **(labels or {})}
    # Pausing the scaler at 0 pods stops a model, and nothing scales it up again.
    notes = governance.annotations(plan.system, provenance, model_uri, plan.captures_uri, f"scaledobject/{name}")
    return {"metadata": {"labels": mine, "annotations": notes}, "spec": spec}


def _container(name: str, image: str, parts: Mapping[str, Any]) -> Document:
    return {"name": name, "image": image, "securityContext": LOCKED, **parts}


def _scaling(plan: Plan, name: str) -> Document:
    scaling = plan.scaling
    least, most = int(scaling["least"]), int(scaling["most"])
    triggers: list[Document] = [
        {
            "type": "prometheus",
            "name": one["name"],
            "metricType": "AverageValue",
            "metadata": _asked(scaling, one, name),
        }
        for one in scaling["signals"]
    ]
    if percent := int(scaling.get("cpu_percent", 0)):
        triggers.append({"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(percent)}})
    if hours := scaling.get("hours"):
        open_ = {"start": hours["start"], "end": hours["end"], "timezone": hours["timezone"]}
        triggers.append({"type": "cron", "metadata": {**open_, "desiredReplicas": str(max(1, least))}})
    return {
        "scaleTargetRef": {"apiVersion": rollouts.API, "kind": "Rollout", "name": name},
        "minReplicaCount": least,
        "maxReplicaCount": most,
        "pollingInterval": 15,
        "cooldownPeriod": 300,
        # While a signal is lost, as many as are enough on a usual day, and no fewer than there are.
        "fallback": {
            "failureThreshold": 4,
            "replicas": int(scaling.get("blind", max(1, (least + most + 1) // 2))),
            "behavior": "currentReplicasIfHigher",
        },
        "triggers": triggers,
    }


def _asked(scaling: ScalingArgs, one: Mapping[str, Any], name: str) -> dict[str, str]:
    return {
        "serverAddress": scaling["address"],
        "query": one["query"].replace("{{name}}", name),
        "threshold": f"{float(one['threshold']):g}",
        # By default no answer is 0, and the busiest service has the fewest pods.
        "ignoreNullValues": "false",
    }
