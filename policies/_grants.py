"""What gives permissions to principals: policy documents, and policies that are attached by name."""

from collections.abc import Callable, Iterator

from policies._documents import Statement, judge_document
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
DOCUMENTS = (
    POLICY,
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
GRANTS = (*DOCUMENTS, *ATTACHMENTS, ROLE)


def judge_grants(
    resource: Resource, too_much: Callable[[Statement], bool], broad: Callable[[str], bool], what: str
) -> Verdict:
    """Judge all that a resource grants.

    Args:
        resource: One of `GRANTS`.
        too_much: Whether a statement is refused.
        broad: Whether AWS's own policy of this name is.
        what: What either grants, for the message.
    """

    def judge(path: str) -> Callable[[list[Statement]], Verdict]:
        def statements(found: list[Statement]) -> Verdict:
            numbers = [str(number) for number, one in enumerate(found, 1) if one.allows and too_much(one)]
            message = f"{at(resource, path)} grants {what}: statement {', '.join(numbers)}"
            return fail(message, path) if numbers else PASS

        return statements

    verdicts = [judge_document(resource, path, judge(path)) for path in _documents(resource)]
    verdicts += [_judge_attached(resource, path, broad, what) for path in _attached(resource)]
    return worst(verdicts) if verdicts else not_applicable("it grants nothing itself")


def is_ceiling(policy: Resource, stack: Stack) -> bool:
    """Whether a policy is the permissions boundary of some role: it then limits what others grant."""
    names = [name for name in (policy.get("arn"), policy.get("id")) if isinstance(name, str)]
    return policy.type == POLICY and any(
        policy.urn in role.sources.get("permissionsBoundary", ()) or role.get("permissionsBoundary") in names
        for role in stack.resources
        if role.type == ROLE
    )


def _documents(resource: Resource) -> Iterator[str]:
    if resource.type in DOCUMENTS:
        yield "policy"
    elif resource.type == ROLE:
        yield from (f"{path}.policy" for path in _items(resource, "inlinePolicies") if resource.get(path) != {})


def _attached(resource: Resource) -> Iterator[str]:
    if resource.type in ATTACHMENTS:
        yield "policyArn"
    elif resource.type == ROLE:
        yield from _items(resource, "managedPolicyArns")


def _items(resource: Resource, path: str) -> Iterator[str]:
    value = resource.get(path)
    if value is UNKNOWN:
        yield path
    elif isinstance(value, list):
        yield from (f"{path}[{index}]" for index in range(len(value)))


def _judge_attached(resource: Resource, path: str, broad: Callable[[str], bool], what: str) -> Verdict:
    arn = resource.get(path)
    if arn is UNKNOWN:
        # A policy of this stack is judged itself.
        return PASS if resource.comes_from(path.partition("[")[0], [POLICY]) else unknown(at(resource, path))
    if not isinstance(arn, str):
        return PASS if arn is ABSENT else fail(f"{at(resource, path)} is no ARN", path)
    by_aws, _, name = arn.partition(":policy/")
    refused = by_aws.endswith(":aws") and broad(name.rpartition("/")[2])
    return fail(f"{at(resource, path)} grants {what}", path) if refused else PASS
