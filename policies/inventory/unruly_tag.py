"""TAG-02: tags say something that reports can count."""

import re
from typing import Any

from policies._controls import nist
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.inventory._tags import tags_of
from policies.profiles import PROFILES, Severity


def _check(resource: Resource, stack: Stack) -> Verdict:
    tags = tags_of(resource)
    if tags is None:
        return not_applicable("it takes no tags")
    demands = {tag: _judge(resource, tag, tags.get(tag), pattern) for tag, pattern in stack.profile.tag_values.items()}
    return worst([*demands.values(), _belongs(resource, tags.get("environment"), stack)])


def _judge(resource: Resource, tag: str, value: Any, pattern: str) -> Verdict:
    path = f"tags.{tag}"
    if value is UNKNOWN:
        return unknown(at(resource, path))
    if value is ABSENT or re.fullmatch(pattern, str(value)):
        return PASS
    return fail(f"{at(resource, path)} does not match {pattern}", path)


def _belongs(resource: Resource, environment: Any, stack: Stack) -> Verdict:
    """Whether the tag names the stack's environment.

    A stack of another name, such as a preview of one change, belongs to no environment of its own.
    """
    own = stack.name.rpartition("/")[2].partition("-")[0]
    if own not in PROFILES or environment in (ABSENT, UNKNOWN, own):
        return PASS
    return fail(f"{at(resource, 'tags.environment')} is not {own}, the environment of the stack", "tags.environment")


RULE = Rule(
    id="TAG-02",
    name="unruly-tag",
    title="Tags have the values that the platform knows, and `environment` is that of the stack.",
    why="A cost centre in five spellings is five cost centres; a data class that nobody defined protects nothing.",
    instead="Use the values of the profile's `tag_values`.",
    severity=Severity.MEDIUM,
    types=("aws:*",),
    controls=nist("CM-8"),
    check=_check,
    good="""
aws.sqs.Queue("jobs", tags={"environment": "prod", "data-class": "confidential", "ai-risk-tier": "high"})
""",
    bad="""
aws.sqs.Queue("jobs", tags={"environment": "prod", "data-class": "top-secret", "ai-risk-tier": "some"})
""",
    parameters=("tag_values",),
)
