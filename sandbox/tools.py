"""The table of the programs that the sandbox runs."""

from typing import NamedTuple


class Edit(NamedTuple):
    """A text of a file of the module that is another one in what is built; the module itself stays as it is."""

    file: str
    old: str
    new: str


class Tool(NamedTuple):
    """A program, named like its file and, unless `pinned_in` says otherwise, like the directory that pins it."""

    name: str
    module: str  # the Go module whose pinned version is the version of the tool
    package: str  # main package, below the module
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


def _kubernetes(name: str, accepts: str, ask: str = "--version", edits: tuple[Edit, ...] = ()) -> Tool:
    """A program of the Kubernetes module, which says its version only if it is told while it is built."""
    stamp, module = "k8s.io/component-base/version.gitVersion", "k8s.io/kubernetes"
    return Tool(name, module, f"cmd/{name}", stamp, accepts=accepts, ask=ask, pinned_in="kubernetes", edits=edits)


NAMESPACE_EDITS = (
    # It waits until other API servers have heard of a namespace's deletion; here is one, and four go one by one.
    Edit(
        "pkg/controller/namespace/namespace_controller.go",
        "namespaceDeletionGracePeriod = 5 *",
        "namespaceDeletionGracePeriod = 0 *",
    ),
)


def _prometheus(name: str) -> Tool:
    """A program of the Prometheus module, whose tags are one major version lower than its releases' names."""
    stamp = "github.com/prometheus/common/version.Version"
    path = "github.com/prometheus/prometheus"
    return Tool(name, path, f"cmd/{name}", stamp, accepts=">=3.5,<4", ask="--version", pinned_in="prometheus")


def _alertmanager(name: str) -> Tool:
    """A program of the Alertmanager module, which lacks the pages that its build makes: it serves none."""
    pages = (Edit("ui/web.go", "//go:embed app/dist", "//go:embed app/index.html"),)
    stamp, path = "github.com/prometheus/common/version.Version", "github.com/prometheus/alertmanager"
    accepts, ask = ">=0.27,<1", "--version"
    return Tool(name, path, f"cmd/{name}", stamp, accepts=accepts, ask=ask, pinned_in="alertmanager", edits=pages)


_CLASS = "kwok/apis/v1alpha1/doc.go"
KARPENTER_EDITS = (
    # A shortage is an offering that is there and not available, as its edition for AWS has it.
    Edit("kwok/cloudprovider/helpers.go", "opts.Offerings[i].Available = true", "_ = i"),
    # Its two doors for probes and figures open on every address of the machine, and no flag changes that.
    Edit("pkg/operator/operator.go", 'fmt.Sprintf(":%d"', 'fmt.Sprintf("127.0.0.1:%d"'),
    # It shall serve node pools whose class is an EC2NodeClass, as its edition for AWS does, not a class of its own.
    Edit(_CLASS, '"sigs.k8s.io/karpenter/kwok/apis"', '_ "sigs.k8s.io/karpenter/kwok/apis"'),
    Edit(_CLASS, 'Group: apis.Group, Version: "v1alpha1"', 'Group: "karpenter.k8s.aws", Version: "v1"'),
    Edit(
        _CLASS,
        """AddKnownTypes(gv,
		&KWOKNodeClass{},
		&KWOKNodeClassList{},
	)""",
        """AddKnownTypeWithName(gv.WithKind("EC2NodeClass"), &KWOKNodeClass{})
	scheme.Scheme.AddKnownTypeWithName(gv.WithKind("EC2NodeClassList"), &KWOKNodeClassList{})""",
    ),
    # A node has what its instance type has, not what the first pods on it asked for: the limits of a pool count that.
    Edit(
        "kwok/cloudprovider/cloudprovider.go",
        "Capacity:    nodeClaim.Spec.Resources.Requests,",
        "Capacity:    lo.Assign(nodeClaim.Spec.Resources.Requests, instanceType.Capacity),",
    ),
)

_HOST = "python/cmd/pulumi-language-python/main.go"
LANGUAGE_HOST_EDITS = (
    # The last host that is in a module is older than the engine, which names the folder of a policy pack in a field
    # that it does not know: `program_directory`, 2, of `info`, 5. Newer hosts read it.
    Edit(_HOST, "args := []string{req.Program}", "args := []string{unread(req.ProtoReflect().GetUnknown(), 5, 2)}"),
    Edit(
        _HOST,
        '"google.golang.org/grpc"\n',
        '"google.golang.org/grpc"\n"google.golang.org/protobuf/encoding/protowire"\n',
    ),
    Edit(
        _HOST,
        "func (host *pythonLanguageHost) RunPlugin(",
        """// unread is the text at a path of field numbers in what the protocol of this host has no names for.
func unread(message []byte, path ...protowire.Number) string {
	for len(message) > 0 {
		number, kind, tag := protowire.ConsumeTag(message)
		if tag < 0 {
			break
		}
		length := protowire.ConsumeFieldValue(number, kind, message[tag:])
		if length < 0 {
			break
		}
		if number == path[0] && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message[tag:])
			if len(path) == 1 {
				return string(value)
			}
			return unread(value, path[1:]...)
		}
		message = message[tag+length:]
	}
	return ""
}

func (host *pythonLanguageHost) RunPlugin(""",
    ),
)

TOOLS = (
    Tool(
        "pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        package="cmd/pulumi",
        stamp="github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
        accepts=">=3.255,<4",  # 3.255 is the first engine that runs executable policy packs
    ),
    Tool(
        "pulumi-language-python",
        module="github.com/pulumi/pulumi/sdk/v3",
        package="python/cmd/pulumi-language-python",
        scripts=("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"),
        part_of="pulumi",
        edits=LANGUAGE_HOST_EDITS,
    ),
    Tool("pulumi-language-yaml", "github.com/pulumi/pulumi-yaml", "cmd/pulumi-language-yaml", part_of="pulumi"),
    Tool("etcd", "go.etcd.io/etcd/server/v3", "", accepts=">=3.6,<3.7", ask="--version"),
    _kubernetes("kube-apiserver", ">=1.36,<1.37"),
    _kubernetes("kube-controller-manager", ">=1.36,<1.37", edits=NAMESPACE_EDITS),
    _kubernetes("kube-scheduler", ">=1.36,<1.37"),
    _kubernetes("kubectl", ">=1.35,<1.38", "version --client"),  # may be one minor version off
    Tool("kwok", "sigs.k8s.io/kwok", "cmd/kwok", accepts=">=0.8,<0.9", ask="--version"),
    Tool("karpenter-kwok", "sigs.k8s.io/karpenter", "kwok", pinned_in="karpenter", edits=KARPENTER_EDITS),
    _prometheus("prometheus"),
    _prometheus("promtool"),
    _alertmanager("alertmanager"),
    _alertmanager("amtool"),
    Tool(
        "rollouts-controller",
        "github.com/argoproj/argo-rollouts",
        "cmd/rollouts-controller",
        pinned_in="argo-rollouts",
        # Its doors for probes and figures open on every address of the machine.
        edits=(Edit("controller/controller.go", '"0.0.0.0:%d"', '"127.0.0.1:%d"'),),
    ),
    # `mlp up` takes it from PATH only: who has none asks no repository for a chart.
    Tool("helm", "helm.sh/helm/v4", "cmd/helm", "helm.sh/helm/v4/internal/version.version", accepts=">=3.18,<5"),
    # Checks `.github/workflows`; its Python package fetches a program that nothing pins.
    Tool(
        "actionlint",
        "github.com/rhysd/actionlint",
        "cmd/actionlint",
        "github.com/rhysd/actionlint.version",
        accepts=">=1.7,<2",
        ask="-version",
    ),
)
