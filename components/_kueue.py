"""Kueue's configuration and objects, as plain data (kueue.x-k8s.io/v1beta2 of 0.19)."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from components import versions
from components._addon_values import SYSTEM, Values, apart, resources
from components._kubernetes import GPU, TENANT

QUEUE = "kueue.x-k8s.io/queue-name"
"""Label by which a workload joins the LocalQueue of its namespace."""
API = "kueue.x-k8s.io/v1beta2"
PLAIN = "plain"
"""Flavor of CPU and memory: any node. Only who asks for GPUs gets a flavor that tolerates their taint."""
FRAMEWORKS = ("batch/job", "pod", "deployment", "statefulset")
"""What Kueue manages without the CRDs of another operator."""


def values(replicas: int, frameworks: Sequence[str]) -> Values:
    """Values of the chart; the configuration is a text in them."""
    image = versions.KUEUE.images["manager"]
    return {
        "enableCertManager": True,
        "managerConfig": {"controllerManagerConfigYaml": yaml.safe_dump(configuration(frameworks, replicas > 1))},
        "controllerManager": {
            **SYSTEM,
            "replicas": replicas,
            "podDisruptionBudget": {"enabled": replicas > 1, "minAvailable": 1},
            "topologySpreadConstraints": apart(**{"control-plane": "controller-manager"}),
            "manager": {
                "image": {"repository": image.name, "tag": image.pinned_tag},
                "resources": resources("500m", "512Mi", unlimited=True),
            },
        },
    }


def configuration(frameworks: Sequence[str], elects: bool) -> dict[str, Any]:
    """The manager's configuration: tenants' namespaces only, so that an outage of Kueue stops nobody else."""
    return {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": ":8081"},
        "metrics": {"bindAddress": ":8443", "enableClusterQueueResources": True},
        "webhook": {"port": 9443},
        "leaderElection": {"leaderElect": elects, "resourceName": "c1f6bfd2.kueue.x-k8s.io"},
        # cert-manager makes the webhook's certificate.
        "internalCertManagement": {"enable": False},
        "manageJobsWithoutQueueName": False,
        "managedJobsNamespaceSelector": {"matchExpressions": [{"key": TENANT, "operator": "Exists"}]},
        "integrations": {"frameworks": list(frameworks)},
        "fairSharing": {"preemptionStrategies": ["LessThanOrEqualToFinalShare", "LessThanInitialShare"]},
        # What no queue has a quota of must not keep a job waiting for ever.
        "resources": {"excludeResourcePrefixes": ["ephemeral-storage"]},
    }


def flavor(node_labels: Mapping[str, str]) -> dict[str, Any]:
    """Spec of a ResourceFlavor of GPU nodes: what it admits gets their labels as selector, and tolerates the taint."""
    toleration = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}
    return {"nodeLabels": dict(node_labels), "tolerations": [toleration]}


def cluster_queue(
    team: str,
    cohort: str,
    cpus: int,
    memory_gib: int,
    gpus: Mapping[str, int],
    flavors: Sequence[str],
    borrow_gpus: int,
    weight: int,
) -> dict[str, Any]:
    """Spec of a team's ClusterQueue: its own quota, and what it may borrow of others' GPUs while they are idle."""

    def share(flavor_: str) -> dict[str, Any]:
        return {"name": GPU, "nominalQuota": str(gpus.get(flavor_, 0)), "borrowingLimit": str(borrow_gpus)}

    plain = [{"name": "cpu", "nominalQuota": str(cpus)}, {"name": "memory", "nominalQuota": f"{memory_gib}Gi"}]
    gpu_flavors = [{"name": one, "resources": [share(one)]} for one in flavors]
    return {
        "cohortName": cohort,
        "namespaceSelector": {"matchLabels": {TENANT: team}},
        "queueingStrategy": "BestEffortFIFO",
        "resourceGroups": [
            {"coveredResources": ["cpu", "memory"], "flavors": [{"name": PLAIN, "resources": plain}]},
            {"coveredResources": [GPU], "flavors": gpu_flavors},
        ],
        # The next kind of node is tried before another team is.
        "flavorFungibility": {"whenCanBorrow": "TryNextFlavor", "whenCanPreempt": "TryNextFlavor"},
        "preemption": {"reclaimWithinCohort": "Any", "withinClusterQueue": "LowerPriority"},
        "fairSharing": {"weight": str(weight)},
    }
