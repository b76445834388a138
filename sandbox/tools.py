"""The table of the programs that the sandbox runs."""

from typing import Any, NamedTuple

from sandbox.tooledits import (
    ALERTMANAGER_EDITS,
    ENGINE_EDITS,
    KARPENTER_EDITS,
    KEDA_EDITS,
    KUEUE_EDITS,
    LANGUAGE_HOST_EDITS,
    NAMESPACE_EDITS,
    PROVIDER_EDITS,
    ROLLOUTS_EDITS,
    Edit,
)

CORES = 2  # of the machine on which the costs were measured, of the year 2026


class Cost(NamedTuple):
    """What it takes to build a program, with those before it in the table built and all modules downloaded."""

    seconds: int  # of processor time; two quiet cores need a little more than half of it on the clock
    megabytes: int  # size of the program file


class Tool(NamedTuple):
    """A program, named like its file and, unless `pinned_in` says otherwise, like the directory that pins it."""

    name: str
    module: str  # the Go module whose pinned version is the version of the tool
    package: str  # main package, below the module
    cost: Cost = Cost(0, 0)
    needed_by: str = ""  # commands that need it if `mlp up` of the local environment does not
    stamp: str = ""  # variable of the program that takes its version
    scripts: tuple[str, ...] = ()  # files of the module that must lie beside the program
    accepts: str = ""  # range of versions taken from PATH, ">=LOW,<HIGH"; if empty, PATH is not searched
    part_of: str = ""  # tool, earlier in the table, that brings this one along on PATH and in its release
    ask: str = "version"  # arguments that make the program say its version
    pinned_in: str = ""  # directory below `tools/` that pins it together with others
    edits: tuple[Edit, ...] = ()  # what is built differently

    @property
    def folder(self) -> str:
        """The directory below `tools/` with its go.mod."""
        return self.pinned_in or self.name

    @property
    def main(self) -> str:
        """The import path of its main package."""
        return f"{self.module}/{self.package}" if self.package else self.module


_TESTS = "make test"
_PLANE: dict[str, Any] = {"pinned_in": "kubernetes"}  # one graph: what these programs share is compiled once
_KUBERNETES: dict[str, Any] = {
    "stamp": "k8s.io/component-base/version.gitVersion",
    "accepts": ">=1.36,<1.37",
    "ask": "--version",
}
_PROMETHEUS: dict[str, Any] = {"stamp": "github.com/prometheus/common/version.Version", "ask": "--version"}


def _kubernetes(name: str, cost: Cost, **more: Any) -> Tool:
    """A program of the Kubernetes module."""
    return Tool(name, "k8s.io/kubernetes", f"cmd/{name}", cost, **(_PLANE | _KUBERNETES | more))


def _keda(name: str, package: str, cost: Cost, **more: Any) -> Tool:
    """A program of KEDA, which scales what runs in the cluster."""
    module = "github.com/kedacore/keda/v2"
    return Tool(name, module, package, cost, _TESTS, f"{module}/version.Version", **_PLANE, **more)


def _prometheus(name: str, cost: Cost, needed_by: str) -> Tool:
    """A program of the Prometheus module, whose tags are one major version lower than its releases' names."""
    module = "github.com/prometheus/prometheus"
    return Tool(name, module, f"cmd/{name}", cost, needed_by, accepts=">=3.5,<4", pinned_in="prometheus", **_PROMETHEUS)


def _alertmanager(name: str, cost: Cost, needed_by: str) -> Tool:
    """A program of the Alertmanager module."""
    module, more = "github.com/prometheus/alertmanager", {"accepts": ">=0.27,<1", "edits": ALERTMANAGER_EDITS}
    return Tool(name, module, f"cmd/{name}", cost, needed_by, pinned_in="alertmanager", **(_PROMETHEUS | more))


# The engine comes first and is pinned to the newest versions; its language host is pinned to the same versions of what
# they share. The API server compiles most of what the other programs of its graph use.
TOOLS = (
    Tool(
        "pulumi",
        "github.com/pulumi/pulumi/pkg/v3",
        "cmd/pulumi",
        Cost(185, 80),
        stamp="github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
        accepts=">=3.255,<4",  # 3.255 is the first engine that runs executable policy packs
        edits=ENGINE_EDITS,
    ),
    Tool(
        "pulumi-language-python",
        "github.com/pulumi/pulumi/sdk/v3",
        "python/cmd/pulumi-language-python",
        Cost(10, 20),
        scripts=("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"),
        part_of="pulumi",
        edits=LANGUAGE_HOST_EDITS,
    ),
    _kubernetes("kube-apiserver", Cost(320, 105)),
    _kubernetes("kube-controller-manager", Cost(76, 95), edits=NAMESPACE_EDITS),
    _kubernetes("kube-scheduler", Cost(5, 72)),
    Tool("etcd", "go.etcd.io/etcd/server/v3", "", Cost(13, 26), accepts=">=3.6,<3.7", ask="--version", **_PLANE),
    Tool("kwok", "sigs.k8s.io/kwok", "cmd/kwok", Cost(20, 63), accepts=">=0.8,<0.9", ask="--version", **_PLANE),
    Tool("karpenter-kwok", "sigs.k8s.io/karpenter", "kwok", Cost(40, 42), edits=KARPENTER_EDITS, **_PLANE),
    Tool(
        "rollouts-controller",
        "github.com/argoproj/argo-rollouts",
        "cmd/rollouts-controller",
        Cost(78, 88),
        edits=ROLLOUTS_EDITS,
        **_PLANE,
    ),
    Tool(
        "pulumi-resource-kubernetes",
        "github.com/pulumi/pulumi-kubernetes/provider/v4",
        "cmd/pulumi-resource-kubernetes",
        Cost(70, 93),
        stamp="github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version",
        edits=PROVIDER_EDITS,
    ),
    _kubernetes(
        "kubectl",
        Cost(26, 59),
        needed_by="mlp kubectl, mlp audit --cluster",
        accepts=">=1.35,<1.38",  # it may be one minor version off
        ask="version --client",
    ),
    Tool(
        "kueue",
        "sigs.k8s.io/kueue",
        "cmd/kueue",
        Cost(120, 110),
        needed_by="mlp sim of a scenario with teams, make test",
        stamp="sigs.k8s.io/kueue/pkg/version.GitVersion",
        scripts=("config/components/webhook/manifests.yaml",),
        edits=KUEUE_EDITS,
        **_PLANE,
    ),
    _keda(
        "keda-operator",
        "cmd/operator",
        Cost(160, 165),
        scripts=tuple(f"config/crd/bases/eventing.keda.sh_{one}cloudeventsources.yaml" for one in ("", "cluster")),
    ),
    _keda("keda-adapter", "cmd/adapter", Cost(30, 115), edits=KEDA_EDITS),
    _prometheus("prometheus", Cost(220, 150), "mlp loop"),
    _prometheus("promtool", Cost(20, 130), _TESTS),
    _alertmanager("alertmanager", Cost(60, 40), "mlp loop"),
    _alertmanager("amtool", Cost(10, 30), _TESTS),
    Tool(
        "pulumi-language-yaml",
        "github.com/pulumi/pulumi-yaml",
        "cmd/pulumi-language-yaml",
        Cost(40, 60),
        needed_by="Pulumi programs in YAML",
        part_of="pulumi",
    ),
    Tool(
        "helm",
        "helm.sh/helm/v4",
        "cmd/helm",
        Cost(120, 60),
        needed_by="make test, make charts",
        stamp="helm.sh/helm/v4/internal/version.version",
        accepts=">=3.18,<5",
    ),
    # Checks `.github/workflows`. Its Python package downloads a program that nothing pins.
    Tool(
        "actionlint",
        "github.com/rhysd/actionlint",
        "cmd/actionlint",
        Cost(10, 6),
        needed_by="make lint, make test",
        stamp="github.com/rhysd/actionlint.version",
        accepts=">=1.7,<2",
        ask="-version",
    ),
)
