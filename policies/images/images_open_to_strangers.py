"""ECR-04: only accounts that the environment knows reach its images."""

import json
import re

from policies._controls import cis_eks, nist
from policies._documents import Statement, judge_document
from policies._principals import names_principals
from policies._rule import Rule
from policies._verdict import PASS, Outcome, Verdict, at, fail, not_applicable, unknown
from policies._view import ABSENT, Resource, Stack
from policies.images._repositories import POLICY, TEMPLATE
from policies.profiles import Severity

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::.*)?")


def _check(resource: Resource, stack: Stack) -> Verdict:
    path = "repositoryPolicy" if resource.type in TEMPLATE else "policy"
    if resource.type in TEMPLATE and resource.get(path) is ABSENT:
        return not_applicable("it gives its repositories no policy")
    named = names_principals(resource, path)
    if named.outcome is not Outcome.PASS:
        return named
    own = _own_accounts(resource)

    def judge(statements: list[Statement]) -> Verdict:
        strangers = {account for one in statements if one.allows for account in _accounts(one)}
        strangers -= {*own, *stack.profile.image_accounts}
        if not strangers:
            return PASS
        if not own:
            return unknown(f"the account of {resource.name}")
        return fail(f"{at(resource, path)} lets in accounts that are not among `image_accounts`", path)

    return judge_document(resource, path, judge)


def _own_accounts(resource: Resource) -> set[str]:
    """The registry's account, or those that the provider works in; none where neither is known."""
    registry, allowed = resource.get("registryId"), resource.provider.get("allowedAccountIds")
    # Providers get lists as JSON text.
    accounts = json.loads(allowed) if isinstance(allowed, str) else allowed
    return {one for one in (registry, *(accounts if isinstance(accounts, list) else ())) if isinstance(one, str)}


def _accounts(statement: Statement) -> list[str]:
    return [found[1] for found in map(_ACCOUNT.fullmatch, statement.principals) if found]


RULE = Rule(
    id="ECR-04",
    name="images-open-to-strangers",
    title="The policy of a repository lets in its own account and those that the environment knows.",
    why="Images hold code, model weights and what builds forgot in them. Whoever may push into a repository decides "
    "what runs in every cluster that pulls from it.",
    instead="Name the accounts in the policy, and those that may pull in the profile's `image_accounts`.",
    severity=Severity.CRITICAL,
    types=(*POLICY, *TEMPLATE),
    controls=(*cis_eks("5.1.2"), *nist("AC-3")),
    check=_check,
    good="""
pull = {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}
pull["Principal"] = {"Service": "lambda.amazonaws.com"}
policy = {"Version": "2012-10-17", "Statement": [pull]}
aws.ecr.RepositoryPolicy("serving", repository="serving", policy=json.dumps(policy))
""",
    bad="""
pull = {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Principal": "*"}
policy = {"Version": "2012-10-17", "Statement": [pull]}
aws.ecr.RepositoryPolicy("serving", repository="serving", policy=json.dumps(policy))
""",
    parameters=("image_accounts",),
    # Which account the repository belongs to is known of the made resource alone.
    joins=True,
)
