"""TAG-03: namespaces and workloads say whose they are, in the words of the tags."""

import re
from collections.abc import Iterator

from policies._controls import ai_rmf, iso_42001
from policies._kubernetes import NAMESPACE, judge_namespaced
from policies._pods import WORKLOADS, in_pod
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, best, not_applicable, require, worst
from policies._view import ABSENT, Resource, Stack
from policies.inventory._tags import TAGS
from policies.profiles import Profile, Severity


def _labelled(labels: str) -> str:
    """CEL: whether labels are there, with values of tags."""
    return f"{list(TAGS)}.all(tag, tag in {labels} && {labels}[tag].matches('^(' + {{tag_values}}[tag] + ')$'))"


_OWN = _labelled("object.metadata.?labels.orValue({})")
_MADE_BY_ANOTHER = "size(object.metadata.?ownerReferences.orValue([])) > 0"
_MESSAGE = f"the labels {', '.join(TAGS)} must be there, with values of tags"


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.get("metadata.ownerReferences") is not ABSENT:
        return not_applicable("what made it is judged")
    # Charts label their workloads themselves, but accept more labels for the pods.
    places = ["metadata.labels", *([in_pod(resource, "metadata.labels")] if resource.type in WORKLOADS else [])]
    found = [worst(_labels(resource, stack.profile, place)) for place in places]
    return judge_namespaced(resource, stack, [best(found)])


def _labels(resource: Resource, profile: Profile, place: str) -> Iterator[Verdict]:
    for tag in TAGS:
        yield _matches(resource, f"{place}.{tag}", profile.tag_values[tag])


def _matches(resource: Resource, path: str, pattern: str) -> Verdict:
    return require(resource, path, lambda value: re.fullmatch(pattern, value) is not None, pattern)


RULE = Rule(
    id="TAG-03",
    name="unlabelled-object",
    title=f"Namespaces and workloads have the labels {', '.join(TAGS)}, with the values that tags may have.",
    why="What runs in a cluster has no tags: costs, owners and data classes of all that shares a node can be told "
    "apart by labels alone.",
    instead="Label the object like its component is tagged; `Tenant` and the model components do. Where a "
    "chart accepts no labels for a workload, those of its pods count.",
    severity=Severity.MEDIUM,
    types=(NAMESPACE, *WORKLOADS),
    controls=(*ai_rmf("GOVERN 1.6"), *iso_42001("A.4.2")),
    check=_check,
    good="""
labels = {
    "environment": "prod",
    "owner": "vision",
    "cost-centre": "ml-1",
    "data-class": "confidential",
    "managed-by": "pulumi",
}
k8s.core.v1.Namespace("vision", metadata={"name": "vision", "labels": labels})
""",
    bad="""
k8s.core.v1.Namespace("vision", metadata={"name": "vision", "labels": {"owner": "vision"}})
""",
    parameters=("tag_values", "system_namespaces"),
    admission=(
        Admission(Target.NAMESPACES, {_OWN: _MESSAGE}),
        Admission(Target.WORKLOADS, {f"{_MADE_BY_ANOTHER} || {_OWN} || {_labelled('variables.labels')}": _MESSAGE}),
    ),
)
