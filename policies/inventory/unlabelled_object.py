"""TAG-03: namespaces and workloads say whose they are, in the words of the tags."""

import re
from collections.abc import Iterator

from policies._controls import ai_rmf, iso_42001
from policies._kubernetes import NAMESPACE, judge_namespaced
from policies._pods import WORKLOADS
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, not_applicable, require
from policies._view import ABSENT, Resource, Stack
from policies.inventory._tags import TAGS
from policies.profiles import Profile, Severity

_LABELS = "object.metadata.?labels.orValue({})"
_LABELLED = f"{list(TAGS)}.all(tag, tag in {_LABELS} && {_LABELS}[tag].matches('^(' + {{tag_values}}[tag] + ')$'))"
_MADE_BY_ANOTHER = "size(object.metadata.?ownerReferences.orValue([])) > 0"
_MESSAGE = f"the labels {', '.join(TAGS)} must be there, with values of tags"


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.get("metadata.ownerReferences") is not ABSENT:
        return not_applicable("what made it is judged")
    return judge_namespaced(resource, stack, _labels(resource, stack.profile))


def _labels(resource: Resource, profile: Profile) -> Iterator[Verdict]:
    for tag in TAGS:
        yield _matches(resource, f"metadata.labels.{tag}", profile.tag_values[tag])


def _matches(resource: Resource, path: str, pattern: str) -> Verdict:
    return require(resource, path, lambda value: re.fullmatch(pattern, value) is not None, pattern)


RULE = Rule(
    id="TAG-03",
    name="unlabelled-object",
    title=f"Namespaces and workloads have the labels {', '.join(TAGS)}, with the values that tags may have.",
    why="What runs in a cluster has no tags: costs, owners and data classes of all that shares a node can be told "
    "apart by labels alone.",
    instead="Label the object like its component is tagged; `Tenant` and the model components do.",
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
        Admission(Target.NAMESPACES, {_LABELLED: _MESSAGE}),
        Admission(Target.WORKLOADS, {f"{_MADE_BY_ANOTHER} || {_LABELLED}": _MESSAGE}),
    ),
)
