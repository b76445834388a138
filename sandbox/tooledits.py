"""Changes to the sources of programs that are built, and the reasons; docs/sandbox.md says which of them could go."""

from typing import NamedTuple


class Edit(NamedTuple):
    """A text in a file of a module, and what replaces it in the copy that is built; the module stays as it is."""

    file: str
    old: str
    new: str


NAMESPACE_EDITS = (
    # The controller waits until other API servers have seen a namespace's deletion. The sandbox has one API server.
    Edit(
        "pkg/controller/namespace/namespace_controller.go",
        "namespaceDeletionGracePeriod = 5 *",
        "namespaceDeletionGracePeriod = 0 *",
    ),
)

ALERTMANAGER_EDITS = (
    # The module lacks the web pages that the release build generates.
    Edit("ui/web.go", "//go:embed app/dist", "//go:embed app/index.html"),
)

ROLLOUTS_EDITS = (
    # The ports for probes and metrics listen on all addresses of the machine, and no flag changes that.
    Edit("controller/controller.go", '"0.0.0.0:%d"', '"127.0.0.1:%d"'),
)

KEDA_EDITS = (
    # The port for metrics of the adapter listens on all addresses of the machine, and no flag changes that.
    Edit("cmd/adapter/main.go", 'fmt.Sprintf(":%v"', 'fmt.Sprintf("127.0.0.1:%v"'),
)

KUEUE_EDITS = (
    # The certificate of the port for metrics lies in a fixed folder of the machine, and no setting changes that.
    Edit(
        "cmd/kueue/main.go", 'metricsCertPath := "/etc/kueue/metrics/certs"', "metricsCertPath := cfg.Webhook.CertDir"
    ),
)

_CLASS = "kwok/apis/v1alpha1/doc.go"
KARPENTER_EDITS = (
    # An offering can be unavailable, as with the AWS provider: scenarios play shortages that way.
    Edit("kwok/cloudprovider/helpers.go", "opts.Offerings[i].Available = true", "_ = i"),
    # The ports for probes and metrics listen on all addresses of the machine, and no flag changes that.
    Edit("pkg/operator/operator.go", 'fmt.Sprintf(":%d"', 'fmt.Sprintf("127.0.0.1:%d"'),
    # The platform's node pools refer to an EC2NodeClass, as with the AWS provider, not to a KWOKNodeClass.
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
    # A node has the capacity of its instance type, not what the first pods on it request: limits of a pool count it.
    Edit(
        "kwok/cloudprovider/cloudprovider.go",
        "Capacity:    nodeClaim.Spec.Resources.Requests,",
        "Capacity:    lo.Assign(nodeClaim.Spec.Resources.Requests, instanceType.Capacity),",
    ),
)

_HOST = "python/cmd/pulumi-language-python/main.go"
LANGUAGE_HOST_EDITS = (
    # The last language host that is published as a Go module is older than the engine. The engine sends the folder of
    # a policy pack in a field that this host does not know: `program_directory` (2) of `info` (5). Newer hosts read it.
    Edit(_HOST, "args := []string{req.Program}", "args := []string{unread(req.ProtoReflect().GetUnknown(), 5, 2)}"),
    Edit(
        _HOST,
        '"google.golang.org/grpc"\n',
        '"google.golang.org/grpc"\n"google.golang.org/protobuf/encoding/protowire"\n',
    ),
    Edit(
        _HOST,
        "func (host *pythonLanguageHost) RunPlugin(",
        """// unread returns the text at a path of field numbers among the fields that this host does not know.
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


def _left_out(folder: str, *names: str) -> tuple[Edit, ...]:
    """Leave Go files of a package out of the build."""
    return tuple(Edit(f"{folder}/{name}.go", "\npackage ", "\n//go:build never\n\npackage ") for name in names)


_BACKEND, _SECRETS, _COMMANDS = "backend/diy/backend.go", "secrets/cloud/manager.go", "cmd/pulumi/pulumi.go"
ENGINE_EDITS = (
    # Compiling takes the engine's libraries most of its time, and a closed machine reaches neither Google nor Azure nor
    # Vault nor Pulumi Cloud. Left out are states in `gs://` and `azblob://`, secrets in `gcpkms://`, `azurekeyvault://`
    # and `hashivault://`, `pulumi logs` of Google Cloud, and `pulumi api`.
    Edit(_BACKEND, '	"gocloud.dev/blob/azureblob"  // driver for azblob://\n', ""),
    Edit(_BACKEND, '	"gocloud.dev/blob/gcsblob"    // driver for gs://\n', ""),
    Edit(_BACKEND, '	"github.com/pulumi/pulumi/pkg/v3/authhelpers"\n', ""),
    Edit(
        _BACKEND,
        """	if p.Scheme == gcsblob.Scheme {
		blobmux, err = authhelpers.GoogleCredentialsMux(ctx)
		if err != nil {
			return nil, err
		}
	}
""",
        "",
    ),
    Edit(
        _BACKEND,
        """	if p.Scheme == azureblob.Scheme {
		blobmux = &blob.URLMux{}
		blobmux.RegisterBucket(azureblob.Scheme, &azureblob.URLOpener{
			MakeClient:        azureblob.NewDefaultClient,
			ServiceURLOptions: *azureblob.NewDefaultServiceURLOptions(),
		})
	}
""",
        "",
    ),
    Edit(_SECRETS, '	_ "gocloud.dev/secrets/azurekeyvault" // support for azurekeyvault://\n', ""),
    Edit(_SECRETS, '	"gocloud.dev/secrets/gcpkms"          // support for gcpkms://\n', ""),
    Edit(_SECRETS, '	_ "gocloud.dev/secrets/hashivault"    // support for hashivault://\n', ""),
    Edit(_SECRETS, '	"google.golang.org/api/cloudkms/v1"\n', ""),
    Edit(_SECRETS, '	"github.com/pulumi/pulumi/pkg/v3/authhelpers"\n', ""),
    Edit(
        _SECRETS,
        """	case gcpkms.Scheme:
		credentials, err := authhelpers.ResolveGoogleCredentials(ctx, cloudkms.CloudkmsScope)
		if err != nil {
			return nil, fmt.Errorf("missing google credentials: %w", err)
		}

		kmsClient, _, err := gcpkms.Dial(ctx, credentials.TokenSource)
		if err != nil {
			return nil, fmt.Errorf("failed to connect to gcpkms: %w", err)
		}
		opener := gcpkms.URLOpener{
			Client: kmsClient,
		}

		return opener.OpenKeeperURL(ctx, u)
""",
        "",
    ),
    Edit(
        "operations/resources.go",
        """	case "gcp":
		return GCPOperationsProvider(ctx, ops.config, ops.resource)
""",
        "",
    ),
    Edit(_COMMANDS, '	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/cloud"\n', ""),
    Edit(_COMMANDS, "				cloud.NewAPICmd(),\n", ""),
    Edit("cmd/pulumi/cloud/envelope.go", '	Parameters      []ParamSpec `json:"parameters,omitempty"`\n', ""),
    *_left_out("operations", "operations_gcp"),
    *_left_out(
        "cmd/pulumi/cloud",
        "api",
        "describe",
        "describe_markdown",
        "encoding",
        "fields",
        "format",
        "list",
        "output",
        "paginate",
        "pathmatch",
        "schema",
        "spec",
        "spec_fetch",
    ),
)

_CONSTRUCT = "pkg/provider/provider_construct.go"
_PACKAGE = "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
PROVIDER_EDITS = (
    # The module lacks copies of its schema and of its names in Terraform that the release build makes.
    Edit("cmd/pulumi-resource-kubernetes/main.go", "-embed.json", ".json"),
    # The libraries of Kubernetes are those of the control plane, which are newer than the provider's own.
    Edit("pkg/await/await.go", "structured-merge-diff/v4/", "structured-merge-diff/v6/"),
    # The provider ends with a nil pointer while it deletes a Rollout: kstatus computes no status of an object whose
    # `status.observedGeneration` is a text, as Argo Rollouts writes it (cli-utils, pkg/kstatus/status/generic.go).
    Edit("pkg/await/condition/deleted.go", "r, _ := status.Compute(uns)", "r, err := status.Compute(uns)"),
    Edit("pkg/await/condition/deleted.go", 'if r.Message != ""', 'if err == nil && r.Message != ""'),
    # Compiling takes the types of the SDK for Go most of its time. Left out is what needs them: the components
    # `ConfigFile` and `ConfigGroup` of yaml/v2, `Chart` of helm.sh/v4 and `Directory` of kustomize/v2.
    Edit(_CONSTRUCT, f'	providerhelmv4 "{_PACKAGE}/helm/v4"\n', ""),
    Edit(_CONSTRUCT, f'	providerkustomizev2 "{_PACKAGE}/kustomize/v2"\n', ""),
    Edit(_CONSTRUCT, f'	provideryamlv2 "{_PACKAGE}/yaml/v2"\n', ""),
    Edit(_CONSTRUCT, '	"kubernetes:yaml/v2:ConfigFile":     provideryamlv2.NewConfigFileProvider,\n', ""),
    Edit(_CONSTRUCT, '	"kubernetes:yaml/v2:ConfigGroup":    provideryamlv2.NewConfigGroupProvider,\n', ""),
    Edit(_CONSTRUCT, '	"kubernetes:helm.sh/v4:Chart":       providerhelmv4.NewChartProvider,\n', ""),
    Edit(_CONSTRUCT, '	"kubernetes:kustomize/v2:Directory": providerkustomizev2.NewDirectoryProvider,\n', ""),
    *_left_out("pkg/helm", "fake", "keyring", "tool", "values"),
)
