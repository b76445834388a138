"""TAG-01: every resource says whose it is."""

from policies._controls import ai_act, ai_rmf, iso_42001, nist
from policies._rule import Rule
from policies._verdict import PASS, Outcome, Verdict, at, not_applicable, unknown
from policies._view import Resource, Stack
from policies.inventory._tags import SYSTEM, TAGS, TIER, tags_of
from policies.profiles import Severity


def _check(resource: Resource, stack: Stack) -> Verdict:
    tags = tags_of(resource)
    if tags is None:
        return not_applicable("it takes no tags")
    wanted = (*TAGS, SYSTEM, TIER) if {SYSTEM, TIER} & tags.values.keys() else TAGS
    missing = [tag for tag in wanted if tags.values.get(tag) in (None, "")]
    if missing and tags.whole:
        lack = f"{at(resource, 'tags')} lack {', '.join(missing)}"
        return Verdict(Outcome.FAIL, lack, tuple(f"tags.{tag}" for tag in missing))
    return unknown(at(resource, "tags")) if missing else PASS


RULE = Rule(
    id="TAG-01",
    name="untagged-resource",
    title=f"Whatever can be tagged has the tags {', '.join(TAGS)}; what belongs to one AI system also {SYSTEM} and "
    f"{TIER}.",
    why="Without them nobody can tell who answers for a resource, who pays for it, which data it holds, which AI "
    "system it serves, and whether it may be deleted.",
    instead="Pass the tags to the component, or set the provider's `defaultTags`. `environment` is the stack's name.",
    severity=Severity.HIGH,
    types=("aws:*",),
    controls=(
        *nist("CM-8", "PM-5"),
        *ai_act("Article 11", "Annex IV"),
        *ai_rmf("GOVERN 1.6"),
        *iso_42001("A.4.2"),
    ),
    check=_check,
    good="""
tags = {
    "environment": "prod",
    "owner": "ml-platform",
    "cost-centre": "ml-1",
    "data-class": "confidential",
    "managed-by": "pulumi",
}
aws.sqs.Queue("jobs", tags=tags)
aws.sqs.Queue("decisions", tags={**tags, "ai-system-id": "credit", "ai-risk-tier": "high"})
""",
    bad="""
aws.sqs.Queue("jobs", tags={"owner": "ml-platform"})
""",
)
