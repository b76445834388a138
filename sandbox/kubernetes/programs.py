"""The command lines of the control plane's programs: loopback only, one user, nothing that a sandbox has no use for."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sandbox.files import as_csv
from sandbox.processes import mark

START = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "karpenter-kwok")
"""The programs in the order in which they start; the first two are the store and its server."""
ROLLOUTS = "rollouts-controller"
"""Runs too where models are served; nothing waits for it."""
KUEUE = "kueue"
"""Runs too once something has needed its queues."""
BESIDE = (ROLLOUTS, KUEUE)
"""The programs that not every control plane runs."""
QUEUES = "kueue.yaml"
"""Kueue's configuration, in the folder of the control plane."""
PROVIDER = "pulumi-resource-kubernetes"
"""The official provider, which the engine starts through the sandbox's."""
STOP = (*BESIDE, "karpenter-kwok", "kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd")
PORTS = (
    "etcd",
    "etcd-peer",
    "kube-apiserver",
    "kwok",
    "karpenter-metrics",
    "karpenter-health",
    "rollouts-metrics",
    "rollouts-health",
    "kueue-webhook",
    "kueue-metrics",
    "kueue-health",
)
HOST = "127.0.0.1"
PROGRAM = "program"
"""Role of these processes in the sandbox."""


class Program(NamedTuple):
    """A program and how it is started; `variables` are all that it sees of the environment."""

    name: str
    command: list[str]
    variables: dict[str, str]


def commands(folder: Path, paths: Mapping[str, str], ports: Mapping[str, int]) -> list[Program]:
    """The programs of a control plane, in the order in which they start.

    Args:
        folder: Holds `certificates/`, `data/`, `stages/`, `kubeconfig` and `instance-types.json`.
        paths: The program files, by name; those that it does not name are left out.
        ports: A free port for each of PORTS.
    """
    config, kept = str(folder / "kubeconfig"), folder / "certificates"
    server = [f"--cert-file={kept / 'server.pem'}", f"--key-file={kept / 'server.key'}"]
    peer = f"https://{HOST}:{ports['etcd-peer']}"
    store = f"https://{HOST}:{ports['etcd']}"
    controller = [f"--kubeconfig={config}", "--leader-elect=false", "--secure-port=0"]
    # By default 20 and 50 requests a second, with which a thousand pods take minutes.
    controller += ["--kube-api-qps=500", "--kube-api-burst=1000"]
    arguments: dict[str, list[str]] = {
        "etcd": [
            f"--data-dir={folder / 'data'}",
            f"--listen-client-urls={store}",
            f"--advertise-client-urls={store}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            *server,
            f"--trusted-ca-file={kept / 'ca.pem'}",
            "--client-cert-auth",
            f"--peer-cert-file={kept / 'server.pem'}",
            f"--peer-key-file={kept / 'server.key'}",
            f"--peer-trusted-ca-file={kept / 'ca.pem'}",
            "--peer-client-cert-auth",
            "--unsafe-no-fsync",  # what a crash of the machine takes, the next `mlp up` makes again
            "--log-level=warn",
        ],
        "kube-apiserver": [
            f"--etcd-servers={store}",
            f"--etcd-cafile={kept / 'ca.pem'}",
            f"--etcd-certfile={kept / 'server.pem'}",
            f"--etcd-keyfile={kept / 'server.key'}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            "--endpoint-reconciler-type=none",  # endpoints may not be loopback addresses
            f"--secure-port={ports['kube-apiserver']}",
            f"--tls-cert-file={kept / 'server.pem'}",
            f"--tls-private-key-file={kept / 'server.key'}",
            f"--token-auth-file={kept / 'tokens.csv'}",
            "--anonymous-auth=false",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={kept / 'accounts.key'}",
            f"--service-account-key-file={kept / 'accounts.key'}",
            "--service-cluster-ip-range=10.100.0.0/16",
            # As in EKS: the aggregation layer forwards requests to APIServices and names the user in headers.
            f"--proxy-client-cert-file={kept / 'server.pem'}",
            f"--proxy-client-key-file={kept / 'server.key'}",
            f"--requestheader-client-ca-file={kept / 'ca.pem'}",
            "--requestheader-allowed-names=kubernetes",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--allow-privileged=true",
            "--enable-priority-and-fairness=false",
            "--profiling=false",
        ],
        "kube-controller-manager": [
            *controller,
            "--use-service-account-credentials",  # as in EKS: rules tell who made a pod by these names
            f"--service-account-private-key-file={kept / 'accounts.key'}",
            f"--root-ca-file={kept / 'ca.pem'}",
        ],
        "kube-scheduler": controller,
        "kwok": [
            f"--kubeconfig={config}",
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--node-lease-duration-seconds=40",
            f"--server-address={HOST}:{ports['kwok']}",
            *(f"--config={as_csv(file)}" for file in sorted((folder / "stages").glob("*.yaml"))),
        ],
        "karpenter-kwok": [
            f"--instance-types-file-path={folder / 'instance-types.json'}",
            f"--metrics-port={ports['karpenter-metrics']}",
            f"--health-probe-port={ports['karpenter-health']}",
            "--disable-leader-election",
        ],
        ROLLOUTS: [
            f"--kubeconfig={config}",
            f"--metricsPort={ports['rollouts-metrics']}",
            f"--healthzPort={ports['rollouts-health']}",
            "--leader-elect=false",
            "--loglevel=warn",
        ],
        # Off: the API of pending workloads keeps its certificate in a fixed folder, and the sandbox does not use it.
        KUEUE: [f"--config={folder / QUEUES}", "--feature-gates=VisibilityOnDemand=false", "--zap-log-level=error"],
    }
    # A home of its own: nobody's ~/.kube or ~/.kwok shall count.
    # GOGC: at Go's own 100 the API server spends a quarter of its time on collecting garbage while it starts.
    variables = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "GOGC": "400"} | mark(folder.parent, PROGRAM)
    own = {
        # Soft: it would take a gigabyte for a few hundred pods. Below 500 MiB it spends its time on collecting garbage.
        "kube-apiserver": {"GOMEMLIMIT": "800MiB"},
        "karpenter-kwok": {
            "KUBECONFIG": config,
            "SYSTEM_NAMESPACE": "kube-system",
            "KUBERNETES_MIN_VERSION": "1.29.0-0",
        },
        # It makes a client of AWS for every load balancer, and asks it nothing.
        ROLLOUTS: {"AWS_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true"},
        KUEUE: {"KUBECONFIG": config},
    }
    return [
        Program(name, [paths[name], *arguments[name]], variables | own.get(name, {}))
        for name in (*START, *BESIDE)
        if name in paths
    ]
