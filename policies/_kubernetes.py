"""What rules on Kubernetes objects share."""

from collections.abc import Iterable, Mapping
from typing import Any

from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack

NAMESPACE = "kubernetes:core/v1:Namespace"
GPU = "nvidia.com/gpu"
"""The resource that a pod asks for, and the taint of the nodes that have it."""
MODEL = "ml-platform/model"
"""Label of pods that serve a model; its value is the model's name."""


def place(resource: Resource) -> Any:
    """The name of the namespace that an object lies in, or of the namespace that it is."""
    return resource.get("metadata.name" if resource.type == NAMESPACE else "metadata.namespace")


def joined(resource: Resource, stack: Stack, token: str) -> list[Resource] | None:
    """The objects of a type that lie in an object's namespace; None if that is not known of one of them.

    A namespace that is made in the same update is known by where its name comes from, before its name is.
    """
    here, found = place(resource), []
    for one in stack.resources:
        if one.type != token:
            continue
        there = place(one)
        if resource.urn in one.sources.get("metadata", ()) or (here is not UNKNOWN and here == there):
            found.append(one)
        elif UNKNOWN in (here, there):
            return None
    return found


def judge_namespaced(resource: Resource, stack: Stack, demands: Iterable[Verdict]) -> Verdict:
    """The worst of some demands on an object, unless it lies in a namespace of the cluster's own or is one."""
    if place(resource) in stack.profile.system_namespaces:
        return not_applicable("it is of the cluster and its controllers")
    return worst(demands)


def forbid(resource: Resource, path: str, allowed: Any = False) -> Verdict:
    """Demand that a value is not set, or is `allowed`."""
    value = resource.get(path)
    if value is UNKNOWN:
        return unknown(at(resource, path))
    return PASS if value is ABSENT or value == allowed else fail(f"{at(resource, path)} must not be set", path)


def entry(resource: Resource, path: str, key: str) -> Any:
    """An entry of a map such as `metadata.labels`, whose keys have dots in them."""
    found = resource.get(path)
    if not isinstance(found, Mapping):
        return UNKNOWN if found is UNKNOWN else ABSENT
    value = found.get(key)
    return ABSENT if value is None or value == "" else value
