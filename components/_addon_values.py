"""Values of the charts of ClusterAddons, as plain data: only what differs from the charts' own.

Everything runs on the system nodes, never on nodes that Karpenter takes away, and not as root.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components import versions
from components._kubernetes import GPU, GPU_NODE, LOCKED, POOL

Values = dict[str, Any]
_NAME = "app.kubernetes.io/name"
SYSTEM = {
    "nodeSelector": {POOL: "system"},
    "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
}
GPU_NODES = {
    "nodeSelector": {GPU_NODE: "true"},
    "tolerations": [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}],
}
KUBELET_CLIENT = {
    **LOCKED,
    "runAsNonRoot": False,
    # Helm merges: without the empty list, the exporter keeps its chart's SYS_ADMIN.
    "capabilities": {"add": [], "drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Of a pod that talks to the kubelet on its sockets: those are root's, so it is root, and nothing more."""
GPU_COUNTERS = {
    "DCGM_FI_DEV_GPU_UTIL": "Share of time in which the GPU did anything (in %).",
    "DCGM_FI_DEV_FB_USED": "Memory in use (in MiB).",
    "DCGM_FI_DEV_FB_FREE": "Memory that is free (in MiB).",
    "DCGM_FI_DEV_GPU_TEMP": "Temperature (in C).",
    "DCGM_FI_DEV_POWER_USAGE": "Power draw (in W).",
    "DCGM_FI_DEV_XID_ERRORS": "Number of the last XID error.",
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": "Whether memory could not be repaired.",
}
"""Field of DCGM to its help: what the exporter reads, all of it without profiling."""


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


def resources(cpu: str, memory: str, unlimited: bool = False) -> Values:
    """Requests, and a limit of memory; a limit of CPU would only make a controller slow.

    With `unlimited`, null takes away the limit of CPU that the chart sets.
    """
    limits = {"cpu": None} if unlimited else {}
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {**limits, "memory": memory}}


def apart(**labels: str) -> list[Values]:
    """Topology spread constraints that keep the pods with these labels on different nodes.

    Only pods of one revision count, so that a new revision can start beside the old one on as few nodes. A node that
    is drained or down does not count, so that a pod whose node is lost can start again.
    """
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule",
            "nodeTaintsPolicy": "Honor",
            "matchLabelKeys": ["pod-template-hash"],
            "labelSelector": {"matchLabels": labels},
        }
    ]


def argo_rollouts(setup: Setup) -> Values:
    """It asks AWS whether a load balancer really sends where an Ingress says, before it takes old pods away."""
    image = versions.ARGO_ROLLOUTS.images["controller"]
    region = [{"name": "AWS_REGION", "value": setup.region}]
    return {
        "controller": {
            **SYSTEM,
            "image": {"tag": image.pinned_tag},
            "replicas": setup.replicas,
            "awsVerifyTargetGroup": True,
            "extraEnv": region,
            "metrics": {"enabled": True},
            "pdb": setup.budget,
            "resources": resources("100m", "512Mi"),
            "topologySpreadConstraints": apart(**{_NAME: versions.ARGO_ROLLOUTS.name}),
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

    def part(component: str) -> Values:
        return {
            **SYSTEM,
            **images[component],
            "podDisruptionBudget": budget,
            "replicaCount": setup.replicas,
            "topologySpreadConstraints": apart(
                **{"app.kubernetes.io/instance": versions.CERT_MANAGER.name, "app.kubernetes.io/component": component}
            ),
        }

    images = {name: {"image": {"digest": image.digest}} for name, image in versions.CERT_MANAGER.images.items()}
    return {
        **part("controller"),
        "resources": resources("50m", "256Mi"),
        "crds": {"enabled": True},
        "webhook": {**part("webhook"), "resources": resources("20m", "64Mi")},
        "cainjector": {**part("cainjector"), "resources": resources("50m", "384Mi")},
        "acmesolver": images["acmesolver"],
        "startupapicheck": {**SYSTEM, **images["startupapicheck"], "resources": resources("10m", "64Mi")},
    }


def load_balancer_controller(setup: Setup) -> Values:
    """Without the webhook on every Service of the cluster, which fails closed: a Service names its class itself."""
    return {
        **SYSTEM,
        "image": {"tag": versions.AWS_LOAD_BALANCER_CONTROLLER.images["controller"].pinned_tag},
        "clusterName": setup.cluster,
        "region": setup.region,
        "vpcId": setup.vpc_id,
        "replicaCount": setup.replicas,
        "resources": resources("100m", "256Mi"),
        "podSecurityContext": {"fsGroup": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        "securityContext": {**LOCKED, "runAsNonRoot": True},
        "serviceAccount": {"name": versions.AWS_LOAD_BALANCER_CONTROLLER.name},
        "enableCertManager": True,
        "enableServiceMutatorWebhook": False,
        "controllerConfig": {
            "featureGates": {"ALBGatewayAPI": setup.gateway_api, "NLBGatewayAPI": setup.gateway_api},
        },
        "defaultTags": dict(setup.tags),
        "topologySpreadConstraints": apart(**{_NAME: versions.AWS_LOAD_BALANCER_CONTROLLER.name}),
        **({"podDisruptionBudget": {"maxUnavailable": 1}} if setup.replicas > 1 else {}),
    }


_CLUSTER_SECRETS = ("ClusterExternalSecret", "ClusterGenerator", "ClusterPushSecret", "ClusterStore", "PushSecret")


def external_secrets(setup: Setup) -> Values:
    """Its webhooks are about its own kinds only."""
    image = {"tag": versions.EXTERNAL_SECRETS.images["controller"].pinned_tag}
    probe = {"enabled": True}

    def part(name: str) -> Values:
        return {
            "image": image,
            "replicaCount": setup.replicas,
            "podDisruptionBudget": setup.budget,
            "topologySpreadConstraints": apart(**{_NAME: name}),
        }

    return {
        **part("external-secrets"),
        "global": SYSTEM,
        # The platform makes a SecretStore and ExternalSecrets in a namespace, and nothing of the whole cluster.
        **{f"process{kind}": False for kind in _CLUSTER_SECRETS},
        "leaderElect": setup.replicas > 1,
        "serviceAccount": {"name": versions.EXTERNAL_SECRETS.name},
        "resources": resources("50m", "256Mi"),
        "livenessProbe": probe,
        "readinessProbe": probe,
        "webhook": {**part("external-secrets-webhook"), "livenessProbe": probe, "resources": resources("20m", "128Mi")},
        "certController": {
            **part("external-secrets-cert-controller"),
            "livenessProbe": probe,
            "resources": resources("20m", "256Mi"),
        },
    }


def keda(setup: Setup) -> Values:
    """One metrics server serves `external.metrics.k8s.io`; nothing else in the cluster may."""
    budget = {"podDisruptionBudget": {part: {"maxUnavailable": 1} for part in ("operator", "metricServer", "webhooks")}}
    part = {"replicaCount": setup.replicas}
    tags = {name: {"tag": image.pinned_tag} for name, image in versions.KEDA.images.items()}
    return {
        **SYSTEM,
        "image": {"keda": tags["operator"], "metricsApiServer": tags["metrics"], "webhooks": tags["webhooks"]},
        "clusterName": setup.cluster,
        "operator": {"name": "keda-operator", **part},
        "prometheus": {"operator": {"enabled": True}},
        # By default it may read and scale objects of every kind.
        "rbac": {"scaledRefKinds": [{"apiGroup": "argoproj.io", "kind": "rollouts"}]},
        "metricsServer": part,
        "webhooks": part,
        "resources": {
            "operator": resources("100m", "512Mi", unlimited=True),
            "metricServer": resources("50m", "256Mi", unlimited=True),
            "webhooks": resources("20m", "128Mi", unlimited=True),
        },
        "topologySpreadConstraints": {
            "operator": apart(app="keda-operator"),
            "metricsServer": apart(app="keda-operator-metrics-apiserver"),
            "webhooks": apart(app="keda-admission-webhooks"),
        },
        **(budget if setup.replicas > 1 else {}),
    }


def metrics_server(setup: Setup) -> Values:
    """With a certificate that the API server verifies."""
    return {
        **SYSTEM,
        "image": {"tag": versions.METRICS_SERVER.images["server"].pinned_tag},
        "replicas": setup.replicas,
        "podDisruptionBudget": setup.budget,
        "tls": {"type": "cert-manager"},
        "apiService": {"insecureSkipTLSVerify": False},
        "resources": resources("100m", "200Mi"),
        "topologySpreadConstraints": apart(**{_NAME: versions.METRICS_SERVER.name}),
    }


def karpenter(setup: Setup, queue: pulumi.Input[str]) -> Values:
    """The region is given: with one hop, a pod cannot ask the node's metadata."""
    image = versions.KARPENTER.images["controller"]
    return {
        **SYSTEM,
        "replicas": setup.replicas,
        "serviceAccount": {"name": versions.KARPENTER.name},
        "settings": {"clusterName": setup.cluster, "interruptionQueue": queue},
        "controller": {
            "image": {"tag": image.tag, "digest": image.digest},
            "env": [{"name": "AWS_REGION", "value": setup.region}],
            "resources": resources("500m", "1Gi"),
        },
    }


def device_plugin() -> Values:
    """Makes GPUs schedulable; without it Karpenter never calls a GPU node initialized, and never empties it."""
    image = {"tag": versions.NVIDIA_DEVICE_PLUGIN.images["plugin"].pinned_tag}
    return {**GPU_NODES, "image": image, "securityContext": KUBELET_CLIENT, "resources": resources("20m", "64Mi")}


def dcgm_exporter() -> Values:
    """Metrics of GPUs; what collects them finds the pods itself.

    The chart's own list has counters of profiling, which want SYS_ADMIN. Ours is an annotation of the pod, mounted as
    a file: a ConfigMap would have to be there before the namespace that the release makes.
    """
    image = {"tag": versions.DCGM_EXPORTER.images["exporter"].pinned_tag}
    counters = "".join(f"{field}, gauge, {text}\n" for field, text in GPU_COUNTERS.items())
    item = {"path": "counters.csv", "fieldRef": {"fieldPath": f"metadata.annotations['{_COUNTERS}']"}}
    return {
        **GPU_NODES,
        "image": image,
        "podAnnotations": {_COUNTERS: counters},
        "extraConfigMapVolumes": [{"name": "counters", "downwardAPI": {"items": [item]}}],
        "extraVolumeMounts": [{"name": "counters", "mountPath": "/counters", "readOnly": True}],
        "arguments": ["-f", "/counters/counters.csv"],
        "securityContext": KUBELET_CLIENT,
        "resources": resources("100m", "512Mi", unlimited=True),
        "serviceMonitor": {"enabled": False},
    }


_COUNTERS = "ml-platform/counters"
