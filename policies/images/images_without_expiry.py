"""ECR-05: old images go, released ones stay."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from policies import _joins
from policies._controls import ai_act, nist
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.images._repositories import LIFECYCLE, OWNER, REPOSITORY
from policies.profiles import Severity

_NEVER = 10_000
"""A rule that keeps so many images expires none."""


def _check(repository: Resource, stack: Stack) -> Verdict:
    def judge(policy: Resource) -> Verdict:
        document = policy.get("policy")
        if document is UNKNOWN:
            return unknown(at(policy, "policy"))
        if (rules := _rules(document)) is None:
            return fail(f"{at(policy, 'policy')} is no lifecycle policy", "policy")
        return worst(
            PASS if _keeps(rules, tag) else fail(f"{at(policy, 'policy')} expires images with a release tag", "policy")
            for tag in stack.profile.release_tags
        )

    return _joins.judge_attached(repository, OWNER, stack, LIFECYCLE, judge)


def _rules(document: Any) -> list[Mapping[str, Any]] | None:
    """What the rules of a policy select, in the order in which ECR applies them."""
    try:
        found = json.loads(document)["rules"]
        return [rule["selection"] for rule in sorted(found, key=lambda rule: rule["rulePriority"])]
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def _keeps(rules: list[Mapping[str, Any]], tag: str) -> bool:
    """Whether no image with a tag of this prefix ever expires.

    An image belongs to the first rule that selects it. One with a release tag may have others too, so that any rule
    on tags could select it.
    """
    for selection in rules:
        if selection.get("tagStatus") == "untagged":
            continue
        prefixes, patterns = selection.get("tagPrefixList") or [], selection.get("tagPatternList") or []
        selects = all(tag.startswith(one) for one in prefixes) and all(fnmatchcase(f"{tag}x", one) for one in patterns)
        many = selection.get("countType") == "imageCountMoreThan" and selection.get("countNumber", 0) >= _NEVER
        return selects and many
    return True


RULE = Rule(
    id="ECR-05",
    name="images-without-expiry",
    title="A repository expires images that nobody needs, and never those with a release tag.",
    why="Images that are never deleted cost more every month and keep old holes within reach; one that served a "
    "decision has to be there when the decision is questioned.",
    instead="Add a `LifecyclePolicy` whose first rule keeps the release tags by a count that is never reached.",
    severity=Severity.LOW,
    types=REPOSITORY,
    controls=(*nist("SI-12"), *ai_act("Article 18")),
    check=_check,
    good="""
repository = aws.ecr.Repository("serving")
releases = {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "imageCountMoreThan"}
others = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}
selections = [{**releases, "countNumber": 100000}, others]
rules = [
    {"rulePriority": number, "selection": selection, "action": {"type": "expire"}}
    for number, selection in enumerate(selections, 1)
]
aws.ecr.LifecyclePolicy("serving", repository=repository.name, policy=json.dumps({"rules": rules}))
""",
    bad="""
aws.ecr.Repository("serving")
""",
    parameters=("release_tags",),
    joins=True,
)
