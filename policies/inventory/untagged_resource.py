"""TAG-01: every resource says whose it is."""

import json
from typing import Any

from policies._controls import ai_act, ai_rmf, iso_42001, nist
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.inventory._taggable import TAGGABLE
from policies.profiles import PROFILES, Severity

TAGS = ("environment", "owner", "cost-centre", "data-class", "managed-by")


def _check(resource: Resource, stack: Stack) -> Verdict:
    own, all_tags = resource.get("tags"), resource.get("tagsAll")
    if resource.type not in TAGGABLE and own is ABSENT and all_tags is ABSENT:
        return not_applicable("it takes no tags")
    sources = [_provider_tags(resource), all_tags, own]
    tags = {key: value for source in sources if isinstance(source, dict) for key, value in source.items()}
    missing = [tag for tag in TAGS if tags.get(tag) in (None, "")]
    environment = tags.get("environment")
    if missing:
        lack = f"{at(resource, 'tags')} lack {', '.join(missing)}"
        return unknown(at(resource, "tags")) if UNKNOWN in sources else fail(lack)
    if environment is UNKNOWN:
        return unknown(at(resource, "tags.environment"))
    # A stack of another name, such as a preview of one change, belongs to no environment of its own.
    if stack.name in PROFILES and environment != stack.name:
        return fail(f"{at(resource, 'tags.environment')} is not {stack.name}, the environment of the stack")
    return PASS


def _provider_tags(resource: Resource) -> Any:
    """The provider's `defaultTags`; providers get nested settings as JSON text."""
    found = resource.provider.get("defaultTags")
    settings = json.loads(found) if isinstance(found, str) else found
    return settings.get("tags") if isinstance(settings, dict) else settings


RULE = Rule(
    id="TAG-01",
    name="untagged-resource",
    title=f"Whatever can be tagged has the tags {', '.join(TAGS)}.",
    why="Without them nobody can tell who answers for a resource, who pays for it, which data it holds, and whether "
    "it may be deleted.",
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
""",
    bad="""
aws.sqs.Queue("jobs", tags={"owner": "ml-platform"})
""",
)
