"""Values of the charts of Monitoring, as plain data: only what differs from the charts' own.

On EKS the controller manager, the scheduler and etcd cannot be scraped, and kube-proxy listens on loopback only: their
targets would be down for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import versions
from components._addon_values import SYSTEM, Values, resources
from components._kubernetes import LOCKED, STORAGE_CLASS

NAMESPACE = versions.KUBE_PROMETHEUS_STACK.namespace
PROMETHEUS = f"{versions.KUBE_PROMETHEUS_STACK.name}-prometheus"
"""Service of Prometheus, on port 9090."""
ALERTMANAGER_ACCOUNT = "alertmanager"
GRAFANA_SECRET = "grafana-admin"
VALUE = "{{ .value }}"
"""A secret's value, in a template of external-secrets."""
GRAFANA_KEYS = {"admin-user": "admin", "admin-password": VALUE}
WATCHDOG_SECRET, WATCHDOG_KEY = "watchdog", "url"
WATCHDOG_FILE = f"/etc/alertmanager/secrets/{WATCHDOG_SECRET}/{WATCHDOG_KEY}"
"""Where the pods of Alertmanager have the address of the dead man's switch."""
STORE = "secrets-manager"
_COLLECTORS = (
    *("certificatesigningrequests", "configmaps", "cronjobs", "daemonsets", "deployments", "endpointslices"),
    *("horizontalpodautoscalers", "ingresses", "jobs", "leases", "limitranges", "mutatingwebhookconfigurations"),
    *("namespaces", "networkpolicies", "nodes", "persistentvolumeclaims", "persistentvolumes"),
    *("poddisruptionbudgets", "pods", "replicasets", "replicationcontrollers", "resourcequotas", "services"),
    *("statefulsets", "storageclasses", "validatingwebhookconfigurations", "volumeattachments"),
)
"""What kube-state-metrics lists: the chart's own collectors without `secrets`."""
_UNREACHABLE = ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
_RECORDING = (
    "k8sContainerCpuUsageSecondsTotal",
    "k8sContainerMemoryCache",
    "k8sContainerMemoryRss",
    "k8sContainerMemorySwap",
    "k8sContainerMemoryWorkingSetBytes",
    "k8sContainerResource",
    "k8sPodOwner",
    "kubeApiserverAvailability",
    "kubeApiserverBurnrate",
    "kubeApiserverHistogram",
    "kubelet",
    "kubePrometheusGeneral",
    "kubePrometheusNodeRecording",
    "node",
    "nodeExporterRecording",
)
"""Groups of the chart that record what its dashboards read. Its groups of alerts are off, see `stack`."""
_ALERTING = (
    "alertmanager",
    "configReloaders",
    "general",
    "kubeApiserverSlos",
    "kubeStateMetrics",
    "kubernetesApps",
    "kubernetesResources",
    "kubernetesStorage",
    "kubernetesSystem",
    "network",
    "nodeExporterAlerting",
    "prometheus",
    "prometheusOperator",
)
"""Groups of the chart that alert. Those of parts that are off have no effect, and are not named."""


@dataclass(frozen=True)
class Setup:
    """What the values are made from.

    Attributes:
        cluster: Name of the EKS cluster.
        replicas: Pods of Prometheus and of Alertmanager; two or more get a disruption budget.
        retention_days: Days that samples are kept.
        storage_gib: Volume of each Prometheus, GiB.
        memory_gib: Memory of each Prometheus, GiB.
        watchdog: Whether there is the address of a dead man's switch.
    """

    cluster: pulumi.Input[str]
    replicas: int
    retention_days: int
    storage_gib: int
    memory_gib: int
    watchdog: bool = False


def stack(setup: Setup, alertmanager: pulumi.Input[Mapping[str, Any]]) -> Values:
    """Prometheus, Alertmanager, Grafana and what they look at.

    The chart brings over a hundred alerts of its own, with severities that the routes here do not know. They are
    off: every alert is one of the platform, which has a test and a runbook.
    """
    node_exporter = versions.KUBE_PROMETHEUS_STACK.images["node-exporter"]
    return {
        # They have a release of their own, which is upgraded; a chart's own CRDs never are.
        "crds": {"enabled": False},
        "defaultRules": {"rules": {**dict.fromkeys(_RECORDING, True), **dict.fromkeys(_ALERTING, False)}},
        **{part: {"enabled": False} for part in _UNREACHABLE},
        "prometheusOperator": _operator(),
        "prometheus": _prometheus(setup),
        "alertmanager": _alertmanager(setup, alertmanager),
        "grafana": _grafana(),
        "kube-state-metrics": {
            **SYSTEM,
            "image": _kube_state_metrics(),
            # Without it the exporter lists every Secret of the cluster, which no rule asks about.
            "collectors": _COLLECTORS,
            "resources": resources("20m", "256Mi"),
        },
        "prometheus-node-exporter": {
            "image": {"tag": node_exporter.tag, "digest": node_exporter.digest},
            # It looks at the host, which the namespace of the others forbids.
            "namespaceOverride": "kube-system",
            "containerSecurityContext": {**LOCKED, "seccompProfile": {"type": "RuntimeDefault"}},
            "resources": resources("20m", "64Mi"),
        },
    }


def _pinned(part: str) -> Values:
    image = versions.KUBE_PROMETHEUS_STACK.images[part]
    return {"tag": image.tag, "sha": image.sha}


def _kube_state_metrics() -> Values:
    """The image of the sub-chart, which prints the digest as it is, algorithm included."""
    image = versions.KUBE_PROMETHEUS_STACK.images["kube-state-metrics"]
    return {"tag": image.tag, "sha": image.digest}


def _operator() -> Values:
    return {
        **SYSTEM,
        "image": _pinned("operator"),
        # cert-manager makes the webhook's certificate, and no job has to. A first release brings rules before the
        # operator can answer, so it must not ask the webhook; upgrades do.
        "admissionWebhooks": {
            "certManager": {"enabled": True},
            "failurePolicy": "IgnoreOnInstallOnly",
        },
        "prometheusConfigReloader": {
            "image": _pinned("reloader"),
            "enableProbe": True,
            "resources": resources("10m", "64Mi"),
        },
        "resources": resources("50m", "256Mi"),
    }


def _prometheus(setup: Setup) -> Values:
    kinds = ("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig")
    return {
        "podDisruptionBudget": {"enabled": setup.replicas > 1, "minAvailable": 1},
        # Two replicas differ by a scrape; a reader stays with one.
        "service": {"sessionAffinity": "ClientIP"},
        "prometheusSpec": {
            **SYSTEM,
            "podAntiAffinity": "hard",
            "image": _pinned("prometheus"),
            "replicas": setup.replicas,
            # Otherwise only what carries the release's own label is read.
            **{f"{kind}SelectorNilUsesHelmValues": False for kind in kinds},
            "externalLabels": {"cluster": setup.cluster},
            "scrapeInterval": "30s",
            "evaluationInterval": "30s",
            "retention": f"{setup.retention_days}d",
            # Before the volume is full, when nothing could be written at all.
            "retentionSize": f"{setup.storage_gib * 85 // 100}GiB",
            "storageSpec": {"volumeClaimTemplate": {"spec": volume(setup.storage_gib)}},
            "resources": resources("500m", f"{setup.memory_gib}Gi"),
        },
    }


def _alertmanager(setup: Setup, configuration: pulumi.Input[Mapping[str, Any]]) -> Values:
    return {
        "podDisruptionBudget": {"enabled": setup.replicas > 1, "minAvailable": 1},
        "serviceAccount": {"name": ALERTMANAGER_ACCOUNT},
        # The chart merges it into its own, whose route and receivers it replaces; `global.resolve_timeout` and the
        # folder of templates remain. `stringConfig` would be read only with `tplConfig`, by which Helm evaluates the
        # templates of Alertmanager.
        "config": configuration,
        "alertmanagerSpec": {
            **SYSTEM,
            "automountServiceAccountToken": False,
            "podAntiAffinity": "hard",
            "image": _pinned("alertmanager"),
            "replicas": setup.replicas,
            "secrets": [WATCHDOG_SECRET] if setup.watchdog else [],
            "storage": {"volumeClaimTemplate": {"spec": volume(2)}},
            "resources": resources("20m", "128Mi"),
        },
    }


def _grafana() -> Values:
    """Grafana, which keeps nothing: dashboards are ConfigMaps, and the password comes from Secrets Manager."""
    return {
        **SYSTEM,
        "image": _pinned("grafana"),
        "admin": {"existingSecret": GRAFANA_SECRET, "userKey": "admin-user", "passwordKey": "admin-password"},
        "grafana.ini": {
            "analytics": {"check_for_updates": False, "check_for_plugin_updates": False, "reporting_enabled": False},
            "auth.anonymous": {"enabled": False},
            "users": {"allow_sign_up": False},
            "security": {"cookie_secure": True, "disable_gravatar": True},
        },
        "persistence": {"enabled": False},
        # A Role in its namespace; a ClusterRole would read every Secret of the cluster.
        "rbac": {"namespaced": True},
        "containerSecurityContext": _CONTAINER,
        "extraEmptyDirMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        "resources": resources("100m", "512Mi"),
        "sidecar": {
            "image": _pinned("sidecar"),
            "resources": resources("20m", "160Mi"),
            "securityContext": _CONTAINER,
            "dashboards": {
                "searchNamespace": NAMESPACE,
                "folderAnnotation": "grafana_folder",
                # The annotation names a folder only where folders come from the structure of the files.
                "provider": {"foldersFromFilesStructure": True},
            },
        },
    }


_CONTAINER = {**LOCKED, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def opencost(setup: Setup) -> Values:
    """Prices of nodes and containers, without its web page: the dashboards show what it says."""
    user = {"runAsUser": 1001, "runAsGroup": 1001, "fsGroup": 1001}
    prometheus = {"serviceName": PROMETHEUS, "namespaceName": NAMESPACE, "port": 9090}
    return {
        # The chart's `clusterName` is the DNS domain of the cluster, not its name.
        "podSecurityContext": {**user, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "opencost": {
            **SYSTEM,
            "exporter": {
                "image": {"tag": versions.OPENCOST.images["exporter"].pinned_tag},
                "defaultClusterId": setup.cluster,
                "securityContext": _CONTAINER,
                # What it downloads of price lists.
                "extraVolumeMounts": [{"name": "var", "mountPath": "/var/configs"}],
                "resources": resources("50m", "1Gi"),
            },
            "mcp": {"enabled": False},
            "metrics": {
                "serviceMonitor": {"enabled": True},
                # By default it emits metrics of kube-state-metrics too, and sums of them are double.
                "kubeStateMetrics": {"emitKsmV1Metrics": False},
            },
            "prometheus": {"internal": prometheus},
            "ui": {"enabled": False},
        },
        "extraVolumes": [{"name": "var", "emptyDir": {}}],
    }


def volume(gib: int) -> Values:
    """Spec of a claim."""
    return {
        "storageClassName": STORAGE_CLASS,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{gib}Gi"}},
    }


def callers(namespaces: Sequence[str]) -> Values:
    """Spec of the network policy: the namespace itself, who asks Prometheus, and the API server at the webhook."""
    name = "kubernetes.io/metadata.name"
    who = {"namespaceSelector": {"matchExpressions": [{"key": name, "operator": "In", "values": list(namespaces)}]}}
    return {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {}}]},
            *([{"from": [who], "ports": [{"port": 9090, "protocol": "TCP"}]}] if namespaces else []),
            # The control plane has no pods, and so no labels.
            {"ports": [{"port": 10250, "protocol": "TCP"}]},
        ],
    }
