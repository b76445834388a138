"""What every component in the cluster does the same way: releases of charts, labels, names."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.versions import Chart

GPU = "nvidia.com/gpu"
"""The resource that a pod asks for, and the taint of the nodes that have it."""
GPU_NODE = "nvidia.com/gpu.present"
"""Label of nodes with GPUs, by which the device plugin's chart finds them."""
POOL, USE, TENANT = "ml-platform/pool", "ml-platform/use", "ml-platform/tenant"
"""Labels of nodes, and of tenants' namespaces."""
STORAGE_CLASS = "encrypted"
"""Class of volumes that a claim gets if it names none."""
CAPACITY = "karpenter.sh/capacity-type"
READY = {"pulumi.com/waitFor": "condition=Ready"}
"""Annotation of a custom resource that its controller must have accepted.

Without it the provider reports success once the API server has the object: `ReadyCondition` in
provider/pkg/metadata/overrides.go of pulumi/pulumi-kubernetes.
"""
LOCKED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
"""What holds every container, whoever it runs as."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def is_name(text: str) -> bool:
    """Whether a text is a DNS label, as most names in Kubernetes are."""
    return bool(_NAME.fullmatch(text))


def release(
    name: str, chart: Chart, values: Mapping[str, Any], opts: pulumi.ResourceOptions, skip_crds: bool = False
) -> "k8s.helm.v3.Release":
    """Install a chart into its namespace, which exists, and wait until it serves; undo it if it does not.

    A Release runs the chart's hooks and is one resource, whose inputs a preview and a policy see; Chart does neither.
    The release keeps the chart's own name: with a suffix, service accounts would not match their identities.
    """
    return k8s.helm.v3.Release(
        name,
        name=chart.name,
        chart=chart.source,
        version=chart.version,
        repository_opts=None if chart.source.startswith("oci://") else {"repo": chart.repository},
        namespace=chart.namespace,
        values=dict(values),
        # By default the provider drops null and empty lists, which take a value of the chart away: `excludeNulls` in
        # provider/pkg/provider/helm_release.go of pulumi/pulumi-kubernetes.
        allow_null_values=True,
        atomic=True,
        cleanup_on_fail=True,
        max_history=5,
        timeout=600,
        wait_for_jobs=True,
        skip_crds=skip_crds,
        opts=opts,
    )


def manifests(path: str) -> Iterator[dict[str, Any]]:
    """The objects of a YAML file.

    Raises:
        ValueError: There is no such file, or something in it is no Kubernetes object.

    """
    try:
        documents = [one for one in yaml.safe_load_all(Path(path).read_text()) if one]
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"= {path!r}: {error}; allowed: the path of a file of manifests") from None
    for number, document in enumerate(documents):
        if not isinstance(document, dict) or not {"apiVersion", "kind", "metadata"} <= set(document):
            raise ValueError(f"= {path!r}: document {number} is no Kubernetes object")
        yield document


def custom(name: str, document: Mapping[str, Any], opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """Any object of any kind; the SDK's own `CustomResource` knows no fields beside `spec`."""
    group = document["apiVersion"] if "/" in document["apiVersion"] else f"core/{document['apiVersion']}"
    return pulumi.CustomResource(f"kubernetes:{group}:{document['kind']}", name, dict(document), opts)


def labels(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as labels, which cost reports group by; a character that a label cannot have becomes a hyphen."""
    return {key: re.sub(r"[^A-Za-z0-9_.-]", "-", value)[:63].strip("-_.") for key, value in tags.items()}
