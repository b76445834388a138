"""Which custom resources the API server knows, and from where: the charts' own definitions where they can be had."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PINS = "crds"
"""The folder below `tools/` whose go.mod pins the modules."""


class Source(NamedTuple):
    """The definitions of one API group, in a folder of a Go module; the module's version is the chart's."""

    group: str
    module: str
    folder: str


class StandIn(NamedTuple):
    """A kind without a schema: its definition cannot be had as a Go module in the version of its chart."""

    group: str
    version: str
    kind: str
    plural: str
    cluster: bool = False


KARPENTER = "github.com/aws/karpenter-provider-aws"
SOURCES = (
    Source("karpenter.sh", KARPENTER, "pkg/apis/crds"),
    Source("autoscaling.x-k8s.io", KARPENTER, "pkg/apis/crds"),
    Source("karpenter.k8s.aws", KARPENTER, "pkg/apis/crds"),
    Source("kueue.x-k8s.io", "sigs.k8s.io/kueue", "config/components/crd/bases"),
    Source("jobset.x-k8s.io", "sigs.k8s.io/jobset", "config/components/crd/bases"),
    Source("trainer.kubeflow.org", "github.com/kubeflow/trainer/v2", "manifests/base/crds"),
    Source("cert-manager.io", "github.com/cert-manager/cert-manager", "deploy/crds"),
    Source("acme.cert-manager.io", "github.com/cert-manager/cert-manager", "deploy/crds"),
    Source("keda.sh", "github.com/kedacore/keda/v2", "config/crd/bases"),
    Source("gateway.networking.k8s.io", "sigs.k8s.io/gateway-api", "config/crd/standard"),
    Source(
        "monitoring.coreos.com",
        "github.com/prometheus-operator/prometheus-operator",
        "example/prometheus-operator-crd",
    ),
    Source("argoproj.io", "github.com/argoproj/argo-rollouts", "manifests/crds"),
)
SECRETS, GENERATORS = "external-secrets.io", "generators.external-secrets.io"
STAND_INS = (
    StandIn(SECRETS, "v1", "ExternalSecret", "externalsecrets"),
    StandIn(SECRETS, "v1", "SecretStore", "secretstores"),
    StandIn(SECRETS, "v1", "ClusterSecretStore", "clustersecretstores", cluster=True),
    StandIn(SECRETS, "v1", "ClusterExternalSecret", "clusterexternalsecrets", cluster=True),
    StandIn(SECRETS, "v1alpha1", "PushSecret", "pushsecrets"),
    StandIn(GENERATORS, "v1alpha1", "ECRAuthorizationToken", "ecrauthorizationtokens"),
    StandIn(GENERATORS, "v1alpha1", "Password", "passwords"),
    StandIn("elbv2.k8s.aws", "v1beta1", "TargetGroupBinding", "targetgroupbindings"),
    StandIn("elbv2.k8s.aws", "v1beta1", "IngressClassParams", "ingressclassparams", cluster=True),
    StandIn("gateway.k8s.aws", "v1", "LoadBalancerConfiguration", "loadbalancerconfigurations"),
    StandIn("gateway.k8s.aws", "v1", "TargetGroupConfiguration", "targetgroupconfigurations"),
    StandIn("gateway.k8s.aws", "v1", "ListenerRuleConfiguration", "listenerruleconfigurations"),
)


# The loader in C is ten times as fast. `=` and dates are read as the texts that JSON has for them.
_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
for _tag in ("value", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_scalar)


def definitions(modules: Mapping[str, Path]) -> list[dict[str, Any]]:
    """The definitions to install, those of the modules and the stand-ins.

    Raises:
        FileNotFoundError: A group's folder holds no definition of it; the pinned module has changed its layout.
    """
    found: list[dict[str, Any]] = []
    for source in SOURCES:
        folder = modules[source.module] / source.folder
        group = [crd for crd in _read(folder) if crd["spec"]["group"] == source.group]
        if not group:
            raise FileNotFoundError(f"no definition of {source.group} in {folder}")
        found += group
    return [*map(trimmed, found), *map(stand_in, STAND_INS)]


def trimmed(crd: dict[str, Any]) -> dict[str, Any]:
    """A definition as the API server needs it.

    Without the descriptions, which are most of it; and without conversion by a webhook, for which nothing runs here:
    one version is read as another as it was written.
    """
    spec = {key: value for key, value in crd["spec"].items() if key not in ("conversion", "preserveUnknownFields")}
    return {
        "apiVersion": crd["apiVersion"],
        "kind": crd["kind"],
        "metadata": {"name": crd["metadata"]["name"], "annotations": crd["metadata"].get("annotations", {})},
        "spec": {**spec, "versions": [_without_words(version) for version in spec["versions"]]},
    }


def stand_in(kind: StandIn) -> dict[str, Any]:
    """A definition that takes anything."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{kind.group}",
            # Groups below k8s.io and the like are the community's, which wants to be asked.
            "annotations": {"api-approved.kubernetes.io": "unapproved, a stand-in in a sandbox"},
        },
        "spec": {
            "group": kind.group,
            "scope": "Cluster" if kind.cluster else "Namespaced",
            "names": {"kind": kind.kind, "plural": kind.plural, "singular": kind.kind.lower()},
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": anything},
                }
            ],
        },
    }


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        for document in yaml.load_all(file.read_text(), _Loader):
            if document and document.get("kind") == "CustomResourceDefinition":
                yield document


def _without_words(node: Any, named: bool = False) -> Any:
    """A schema without descriptions; `named` says that the keys are names of properties, of which one may be that."""
    if isinstance(node, dict):
        items = {key: value for key, value in node.items() if named or key != "description"}
        return {key: _without_words(value, not named and key == "properties") for key, value in items.items()}
    return [_without_words(item) for item in node] if isinstance(node, list) else node
