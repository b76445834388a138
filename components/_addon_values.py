"""Values of the charts of ClusterAddons, as plain data: only what differs from the charts' own.

Everything runs on the system nodes, never on nodes that Karpenter takes away, and not as root.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components import versions
from components._kubernetes import GPU, GPU_NODE, POOL

Values = dict[str, Any]
SYSTEM = {
    "nodeSelector": {POOL: "system"},
    "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
}
GPU_NODES = {
    "nodeSelector": {GPU_NODE: "true"},
    "tolerations": [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}],
}


@dataclass(frozen=True)
class Setup:
    """What the values are made from.

    Attributes:
        cluster: Name of the EKS cluster.
        region: Its region.
        vpc_id: Its VPC.
        replicas: Pods of each controller; two or more get a disruption budget.
        gateway_api: Whether the CRDs of the Gateway API are there.
        tags: Tags of load balancers.
    """

    cluster: pulumi.Input[str]
    region: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    replicas: int
    gateway_api: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def budget(self) -> Values:
        """A disruption budget in the form that most charts know."""
        return {"enabled": self.replicas > 1, "minAvailable": 1}


def resources(cpu: str, memory: str) -> Values:
    """Requests, and a limit of memory; a limit of CPU would only make a controller slow."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def argo_rollouts(setup: Setup) -> Values:
    """It asks AWS whether a load balancer really sends where an Ingress says, before it takes old pods away."""
    region = [{"name": "AWS_REGION", "value": setup.region}]
    return {
        "controller": {
            **SYSTEM,
            "replicas": setup.replicas,
            "awsVerifyTargetGroup": True,
            "extraEnv": region,
            "metrics": {"enabled": True},
            "pdb": setup.budget,
            "resources": resources("100m", "512Mi"),
        },
        "serviceAccount": {"name": versions.ARGO_ROLLOUTS.name},
        # One traffic router is used; rights on the others' objects it needs none.
        "providerRBAC": {"providers": {name: name == "awsLoadBalancerController" for name in _ROUTERS}},
        "dashboard": {"enabled": False},
    }


_ROUTERS = (
    *("istio", "smi", "ambassador", "awsLoadBalancerController", "awsAppMesh", "traefik", "apisix", "contour"),
    *("glooPlatform", "gatewayAPI"),
)


def cert_manager(setup: Setup) -> Values:
    """With its CRDs; Helm's hook waits until the webhook answers."""
    budget = {"enabled": setup.replicas > 1}
    part = {**SYSTEM, "podDisruptionBudget": budget, "replicaCount": setup.replicas}
    return {
        **part,
        "resources": resources("50m", "256Mi"),
        "crds": {"enabled": True},
        "webhook": {**part, "resources": resources("20m", "64Mi")},
        "cainjector": {**part, "resources": resources("50m", "384Mi")},
        "startupapicheck": {**SYSTEM, "resources": resources("10m", "64Mi")},
    }


def load_balancer_controller(setup: Setup) -> Values:
    """Without the webhook on every Service of the cluster, which fails closed: a Service names its class itself."""
    return {
        **SYSTEM,
        "clusterName": setup.cluster,
        "region": setup.region,
        "vpcId": setup.vpc_id,
        "replicaCount": setup.replicas,
        "resources": resources("100m", "256Mi"),
        "serviceAccount": {"name": versions.AWS_LOAD_BALANCER_CONTROLLER.name},
        "enableCertManager": True,
        "enableServiceMutatorWebhook": False,
        "controllerConfig": {
            "featureGates": {"ALBGatewayAPI": setup.gateway_api, "NLBGatewayAPI": setup.gateway_api},
        },
        "defaultTags": dict(setup.tags),
        **({"podDisruptionBudget": {"maxUnavailable": 1}} if setup.replicas > 1 else {}),
    }


def external_secrets(setup: Setup) -> Values:
    """Its webhooks are about its own kinds only."""
    part = {"replicaCount": setup.replicas, "podDisruptionBudget": setup.budget}
    return {
        **part,
        "global": SYSTEM,
        "leaderElect": setup.replicas > 1,
        "serviceAccount": {"name": versions.EXTERNAL_SECRETS.name},
        "resources": resources("50m", "256Mi"),
        "webhook": {**part, "resources": resources("20m", "128Mi")},
        "certController": {**part, "resources": resources("20m", "256Mi")},
    }


def keda(setup: Setup) -> Values:
    """One metrics server serves `external.metrics.k8s.io`; nothing else in the cluster may."""
    budget = {"podDisruptionBudget": {part: {"maxUnavailable": 1} for part in ("operator", "metricServer", "webhooks")}}
    part = {"replicaCount": setup.replicas}
    return {
        **SYSTEM,
        "clusterName": setup.cluster,
        "operator": {"name": "keda-operator", **part},
        "prometheus": {"operator": {"enabled": True}},
        "metricsServer": part,
        "webhooks": part,
        "resources": {
            "operator": resources("100m", "512Mi"),
            "metricServer": resources("50m", "256Mi"),
            "webhooks": resources("20m", "128Mi"),
        },
        **(budget if setup.replicas > 1 else {}),
    }


def metrics_server(setup: Setup) -> Values:
    """With a certificate that the API server verifies."""
    return {
        **SYSTEM,
        "replicas": setup.replicas,
        "podDisruptionBudget": setup.budget,
        "tls": {"type": "cert-manager"},
        "apiService": {"insecureSkipTLSVerify": False},
        "resources": resources("100m", "200Mi"),
    }


def karpenter(setup: Setup, queue: pulumi.Input[str]) -> Values:
    """The region is given: with one hop, a pod cannot ask the node's metadata."""
    chart = versions.KARPENTER
    return {
        **SYSTEM,
        "replicas": setup.replicas,
        "serviceAccount": {"name": chart.name},
        "settings": {"clusterName": setup.cluster, "interruptionQueue": queue},
        "controller": {
            "image": {"digest": chart.digests["public.ecr.aws/karpenter/controller"]},
            "env": [{"name": "AWS_REGION", "value": setup.region}],
            "resources": resources("500m", "1Gi"),
        },
    }


def device_plugin() -> Values:
    """Makes GPUs schedulable; without it Karpenter never calls a GPU node initialized, and never empties it."""
    return {**GPU_NODES, "resources": resources("20m", "64Mi")}


def dcgm_exporter() -> Values:
    """Metrics of GPUs; what collects them finds the pods itself."""
    return {**GPU_NODES, "serviceMonitor": {"enabled": False}}
