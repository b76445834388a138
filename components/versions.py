"""Every chart that the platform installs, and every image that runs: the one place where a version is changed.

Seen in August 2026: the charts' own repositories. Karpenter 1.14 is for Kubernetes 1.29 to 1.36.
A new version of a chart needs the digests of its images: `crane digest NAME:TAG` says the one of all platforms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Image:
    """A container image, pinned: people read the tag, the digest decides.

    Attributes:
        name: Registry and repository.
        tag: Its version.
        sha: Hex digits of the SHA-256 of its index, which names the images of all platforms.
    """

    name: str
    tag: str
    sha: str

    @property
    def digest(self) -> str:
        """`sha256:...`."""
        return f"sha256:{self.sha}"

    @property
    def pinned_tag(self) -> str:
        """Tag and digest, for a chart that has a value for the tag only."""
        return f"{self.tag}@{self.digest}"


@dataclass(frozen=True)
class Chart:
    """A chart, pinned.

    Attributes:
        name: Name of the chart and of its release.
        version: Version of the chart.
        repository: Where it is; `oci://...` or `https://...`.
        namespace: Where it is installed.
        images: What runs in its pods, by a short name.
    """

    name: str
    version: str
    repository: str
    namespace: str = "kube-system"
    images: Mapping[str, Image] = field(default_factory=dict, hash=False)

    @property
    def source(self) -> str:
        """What Helm calls the chart: an OCI chart by its address, any other by its name."""
        return f"{self.repository}/{self.name}" if self.repository.startswith("oci://") else self.name


ARGO_ROLLOUTS = Chart(
    "argo-rollouts",
    "2.41.0",
    "https://argoproj.github.io/argo-helm",
    "argo-rollouts",
    {
        "controller": Image(
            "quay.io/argoproj/argo-rollouts",
            "v1.9.1",
            "15c0d41f2c69a382d4399bcb28ed4f03ee9f58b56cfc9e6cd55bcbf0f311c06d",
        )
    },
)
AWS_LOAD_BALANCER_CONTROLLER = Chart(
    "aws-load-balancer-controller",
    "3.5.0",
    "https://aws.github.io/eks-charts",
    images={
        "controller": Image(
            "public.ecr.aws/eks/aws-load-balancer-controller",
            "v3.5.0",
            "298acdff5a571731276aaea3d5cc450a264e4ad710a5bddf3e518f68a3f9f6cb",
        )
    },
)
CERT_MANAGER = Chart(
    "cert-manager",
    "v1.21.1",
    "oci://quay.io/jetstack/charts",
    "cert-manager",
    {
        part: Image(f"quay.io/jetstack/cert-manager-{part}", "v1.21.1", sha)
        for part, sha in {
            "controller": "416a2d76870d996460e62bd7f521bf14fa017be9e3e904aab92163a331fcb61a",
            "webhook": "d8b3961b51c8c7320633f8208dc46bf88aa13804d0f7cbe48a096b2c523cee42",
            "cainjector": "ccf6b919ec0500745a47a910118f834f9636d0aac1ff221245cd2557ed8c7c98",
            "acmesolver": "dbc7cc1354f603918e7c5af7f55a0a620537394452c93a565bde75c6f48e8837",
            "startupapicheck": "d8ab6416e6e7303a86fa0a8daa82c94a8001f21c9d78eb2e7db20534e5d07ae8",
        }.items()
    },
)
CLOUDWATCH_EXPORTER = Chart(
    # Its image is a setting: upstream publishes a tag, and no digest.
    "prometheus-yet-another-cloudwatch-exporter",
    "0.47.0",
    "oci://ghcr.io/prometheus-community/charts",
    "monitoring",
)
DCGM_EXPORTER = Chart(
    "dcgm-exporter",
    "4.8.2",
    "https://nvidia.github.io/dcgm-exporter/helm-charts",
    "nvidia",
    {
        "exporter": Image(
            "nvcr.io/nvidia/k8s/dcgm-exporter",
            "4.5.3-4.8.2-distroless",
            "60d3b00ac80b4ae77f94dae2f943685605585ad9e92fdccda3154d009ae317cc",
        )
    },
)
EXTERNAL_SECRETS = Chart(
    "external-secrets",
    "2.9.0",
    "https://charts.external-secrets.io",
    "external-secrets",
    {
        "controller": Image(
            "ghcr.io/external-secrets/external-secrets",
            "v2.9.0",
            "44eb290f1c7f5d8f4eec2168cea4a6cfbc72a955c6781eb835e1c40700475dbd",
        )
    },
)
KARPENTER = Chart(
    "karpenter",
    "1.14.1",
    "oci://public.ecr.aws/karpenter",
    images={
        "controller": Image(
            "public.ecr.aws/karpenter/controller",
            "1.14.1",
            "445baefaaa689029cc12ac1f659b916b0b82fb14308ce536f8521fcf079116fa",
        )
    },
)
KARPENTER_CRD = Chart("karpenter-crd", "1.14.1", "oci://public.ecr.aws/karpenter")
KEDA = Chart(
    "keda",
    "2.20.2",
    "https://kedacore.github.io/charts",
    "keda",
    {
        "operator": Image(
            "ghcr.io/kedacore/keda",
            "2.20.2",
            "fe74c7b8849586a67ad2201bcb89e7f5ac221ff90399ecaa8fd28427f1ef11e6",
        ),
        "metrics": Image(
            "ghcr.io/kedacore/keda-metrics-apiserver",
            "2.20.2",
            "27286536a8a775aeeee37a7e343f8ecebb27ebf680ee1181a4f99e82eefb253b",
        ),
        "webhooks": Image(
            "ghcr.io/kedacore/keda-admission-webhooks",
            "2.20.2",
            "41f74102aba7959c6e8d08b433ab8a5fd6cae7c5646c78f7fe3de40a52df3439",
        ),
    },
)
KUBE_PROMETHEUS_STACK = Chart(
    "kube-prometheus-stack",
    "88.5.3",
    "oci://ghcr.io/prometheus-community/charts",
    "monitoring",
    {
        "operator": Image(
            "quay.io/prometheus-operator/prometheus-operator",
            "v0.93.1",
            "e52bb28fd41c98dd407c7a8cba8bdcfe7eabd7447e250afaf1fe7bb816dedbff",
        ),
        "reloader": Image(
            "quay.io/prometheus-operator/prometheus-config-reloader",
            "v0.93.1",
            "428f088fe6fe07ab138bda92113664b04848a1dc408e4d3680a60ecdb55d1a65",
        ),
        "prometheus": Image(
            "quay.io/prometheus/prometheus",
            "v3.14.0-distroless",
            "50c707e96da5ade383cb1707790576480485e93de06aa60ad8802cb5f744bd0a",
        ),
        "alertmanager": Image(
            "quay.io/prometheus/alertmanager",
            "v0.34.0",
            "690c7b525f4367aa91f73e2f91c632206d32e97c6384bdbf2fb7a861b420340d",
        ),
        "grafana": Image(
            "docker.io/grafana/grafana",
            "13.2.0",
            "3fd54ae1214669f8355f065ec9f6445d5279a3d77095ab048ca045685272429b",
        ),
        "sidecar": Image(
            "quay.io/kiwigrid/k8s-sidecar",
            "2.11.2",
            "2912be006f62f9ea080194cf6d3afcd90daead8d101d0ba686a137a849f6a4f6",
        ),
        "kube-state-metrics": Image(
            "registry.k8s.io/kube-state-metrics/kube-state-metrics",
            "v2.20.0",
            "42cfe3723a5f058171c627537fb57a3ea0f26e4380fa18555a95cb1a1b4cfc5b",
        ),
        # The chart adds `-distroless` to its tag.
        "node-exporter": Image(
            "quay.io/prometheus/node-exporter",
            "v1.12.1",
            "8c9bac11973b94b59be88d6e11fee4429aa743c8846cdc75d65b18db33f6a106",
        ),
    },
)
KUEUE = Chart(
    "kueue",
    "0.19.2",
    "oci://registry.k8s.io/kueue/charts",
    "kueue-system",
    {
        "manager": Image(
            "registry.k8s.io/kueue/kueue",
            "v0.19.2",
            "8a77be2df3d441d1a99b60eb1625c835b5f4feda5db02ece26818cf2a30c4d86",
        )
    },
)
METRICS_SERVER = Chart(
    "metrics-server",
    "3.13.1",
    "https://kubernetes-sigs.github.io/metrics-server",
    images={
        "server": Image(
            "registry.k8s.io/metrics-server/metrics-server",
            "v0.8.1",
            "b2d2efaf5ac3b366ed0f839d2412a2c4279d4fc2a2a733f12c52133faed36c41",
        )
    },
)
MLFLOW = Chart(
    # Its image is a setting: the team's own, with the libraries of its database and its store.
    "mlflow",
    "1.11.5",
    "https://community-charts.github.io/helm-charts",
    "mlflow",
)
NVIDIA_DEVICE_PLUGIN = Chart(
    "nvidia-device-plugin",
    "0.20.0",
    "https://nvidia.github.io/k8s-device-plugin",
    "nvidia",
    {
        "plugin": Image(
            "nvcr.io/nvidia/k8s-device-plugin",
            "v0.20.0",
            "a61ba9fd8efb82f3a79f877f7580e02c1e8e7593f62473644bc9c79e315c3312",
        )
    },
)
OPENCOST = Chart(
    "opencost",
    "2.5.17",
    "https://opencost.github.io/opencost-helm-chart",
    "monitoring",
    {
        "exporter": Image(
            "ghcr.io/opencost/opencost",
            "1.120.1",
            "b0701f9b54e43c9abee98f5784792a5b469ca8951e87da32b161c1fa539ab0e1",
        )
    },
)
PROMETHEUS_OPERATOR_CRDS = Chart(
    "prometheus-operator-crds", "31.0.1", "oci://ghcr.io/prometheus-community/charts", "monitoring"
)

CHARTS = (
    ARGO_ROLLOUTS, AWS_LOAD_BALANCER_CONTROLLER, CERT_MANAGER, CLOUDWATCH_EXPORTER, DCGM_EXPORTER, EXTERNAL_SECRETS,
    KARPENTER, KARPENTER_CRD, KEDA, KUBE_PROMETHEUS_STACK, KUEUE, METRICS_SERVER, MLFLOW, NVIDIA_DEVICE_PLUGIN,
    OPENCOST, PROMETHEUS_OPERATOR_CRDS,
)  # fmt: skip
GATEWAY_API = "v1.6.1"
"""Release of the Gateway API; it has no chart, only `standard-install.yaml`."""
RUNNER_IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
"""Image of CodeBuild's own machines with Amazon Linux 2023, which AWS updates under this name and runs in no cluster.

CodeBuild User Guide, "Docker images provided by CodeBuild",
https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
"""
