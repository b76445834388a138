"""Every chart that the platform installs: the one place where a version is changed.

Seen in August 2026: the charts' own repositories. Karpenter 1.14 is for Kubernetes 1.29 to 1.36.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Chart:
    """A chart, pinned.

    Attributes:
        name: Name of the chart and of its release.
        version: Version of the chart.
        repository: Where it is; `oci://...` or `https://...`.
        namespace: Where it is installed.
        digests: Image, without its tag, to its digest, where the chart's authors publish it.
    """

    name: str
    version: str
    repository: str
    namespace: str = "kube-system"
    digests: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def source(self) -> str:
        """What Helm calls the chart: an OCI chart by its address, any other by its name."""
        return f"{self.repository}/{self.name}" if self.repository.startswith("oci://") else self.name


ARGO_ROLLOUTS = Chart("argo-rollouts", "2.41.0", "https://argoproj.github.io/argo-helm", "argo-rollouts")
AWS_LOAD_BALANCER_CONTROLLER = Chart("aws-load-balancer-controller", "3.5.0", "https://aws.github.io/eks-charts")
CERT_MANAGER = Chart("cert-manager", "v1.21.1", "oci://quay.io/jetstack/charts", "cert-manager")
CLOUDWATCH_EXPORTER = Chart(
    "prometheus-yet-another-cloudwatch-exporter", "0.50.0", "oci://ghcr.io/prometheus-community/charts", "monitoring"
)
DCGM_EXPORTER = Chart("dcgm-exporter", "4.8.2", "https://nvidia.github.io/dcgm-exporter/helm-charts", "nvidia")
EXTERNAL_SECRETS = Chart("external-secrets", "2.9.0", "https://charts.external-secrets.io", "external-secrets")
KARPENTER = Chart(
    "karpenter",
    "1.14.1",
    "oci://public.ecr.aws/karpenter",
    digests={
        "public.ecr.aws/karpenter/controller": "sha256:723130949e4cab989461ff07d1be4cd781d63515432494641b33c235f300ae23"
    },
)
KARPENTER_CRD = Chart("karpenter-crd", "1.14.1", "oci://public.ecr.aws/karpenter")
KEDA = Chart("keda", "2.20.2", "https://kedacore.github.io/charts", "keda")
KUBE_PROMETHEUS_STACK = Chart(
    "kube-prometheus-stack", "88.5.3", "oci://ghcr.io/prometheus-community/charts", "monitoring"
)
KUEUE = Chart("kueue", "0.19.2", "oci://registry.k8s.io/kueue/charts", "kueue-system")
METRICS_SERVER = Chart("metrics-server", "3.13.1", "https://kubernetes-sigs.github.io/metrics-server")
MLFLOW = Chart("mlflow", "1.11.5", "https://community-charts.github.io/helm-charts", "mlflow")
NVIDIA_DEVICE_PLUGIN = Chart("nvidia-device-plugin", "0.20.0", "https://nvidia.github.io/k8s-device-plugin", "nvidia")
OPENCOST = Chart("opencost", "2.5.17", "https://opencost.github.io/opencost-helm-chart", "monitoring")
PROMETHEUS_OPERATOR_CRDS = Chart(
    "prometheus-operator-crds", "31.0.1", "oci://ghcr.io/prometheus-community/charts", "monitoring"
)

CHARTS = (
    ARGO_ROLLOUTS,
    AWS_LOAD_BALANCER_CONTROLLER,
    CERT_MANAGER,
    CLOUDWATCH_EXPORTER,
    DCGM_EXPORTER,
    EXTERNAL_SECRETS,
    KARPENTER,
    KARPENTER_CRD,
    KEDA,
    KUBE_PROMETHEUS_STACK,
    KUEUE,
    METRICS_SERVER,
    MLFLOW,
    NVIDIA_DEVICE_PLUGIN,
    OPENCOST,
    PROMETHEUS_OPERATOR_CRDS,
)
GATEWAY_API = "v1.6.1"
"""Release of the Gateway API; it has no chart, only `standard-install.yaml`."""
