"""How policies of several kinds work together, by AWS's own tables.

"Evaluation": IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access" and "Policy
evaluation for requests within a single account". "Cross-account": the same, "Cross-account policy evaluation logic".
"Boundaries": IAM User Guide, "Permissions boundaries for IAM entities". "KMS": KMS Developer Guide, "Key policies".
"""

from typing import Any

import pytest

from access import ANONYMOUS, UNKNOWN, Outcome, Principal
from tests.access.asking import ACCOUNT, BUCKET, KEY, OTHER, ROLE, ROOT, USER, ask, document, statement

ALLOW, DENY = document(statement()), document(statement("Deny"))
READ = document(statement(Action="s3:GetObject", Resource=f"{BUCKET}/*"))
NOTHING = document(statement(Action="ec2:DescribeVpcs"))
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/session-1"
FEDERATED = Principal("AWS", f"arn:aws:sts::{ACCOUNT}:federated-user/carlos", USER)
CALLER = Principal.aws(USER)


def to(*names: str, kind: str = "AWS", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return document(statement(effect, Principal={kind: list(names)}, **more))


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ({}, False),  # Evaluation: an implicit deny
        ({"identity": READ}, True),
        ({"identity": [NOTHING, READ]}, True),
        ({"identity": [READ, DENY]}, False),  # Evaluation: an explicit deny overrides an allow
        ({"identity": READ, "resource_policy": to(ROLE, effect="Deny")}, False),
        ({"resource_policy": to(ROLE)}, True),  # Evaluation: one of the two is enough within an account
        ({"identity": READ, "resource_policy": to(ROLE, Action="s3:PutObject")}, True),
        ({"identity": READ, "boundary": NOTHING}, False),  # Boundaries: the intersection
        ({"identity": READ, "boundary": READ}, True),
        ({"boundary": READ}, False),  # Boundaries: they grant nothing themselves
        ({"identity": READ, "session": NOTHING}, False),
        ({"identity": READ, "session": [NOTHING, READ]}, True),
        ({"identity": READ, "service_control": [[ALLOW], [NOTHING]]}, False),  # every level must allow
        ({"identity": READ, "service_control": [[ALLOW], [NOTHING, READ]]}, True),
        ({"identity": READ, "resource_control": [[ALLOW], [DENY]]}, False),
        ({"identity": READ, "endpoint": to("*", Action="s3:PutObject")}, False),
        ({"identity": READ, "endpoint": to("*")}, True),
    ],
)
def test_within_an_account(policies: dict[str, Any], allowed: bool) -> None:
    assert ask(**policies).allowed is allowed


@pytest.mark.parametrize(
    ("principal", "named", "limited_by"),
    [
        # Evaluation, "Resource-based policies and implicit denies in other policy types": the principal that the
        # bucket's policy names decides which other policies limit it.
        (Principal.session(ROLE, "session-1"), ROLE, {"boundary", "session"}),
        (Principal.session(ROLE, "session-1"), SESSION, set()),
        (Principal.session(ROLE, "session-1"), "*", set()),
        (Principal.session(ROLE, "session-1"), ROOT, {"identity", "boundary", "session"}),
        (Principal.aws(ROLE), ROLE, {"boundary", "session"}),
        (CALLER, USER, set()),
        (CALLER, ACCOUNT, {"identity", "boundary", "session"}),
        (FEDERATED, FEDERATED.name, set()),
        (FEDERATED, USER, {"boundary", "session"}),
    ],
)
def test_what_limits_a_resource_policy(principal: Principal, named: str, limited_by: set[str]) -> None:
    for kind in ("identity", "boundary", "session"):
        others: dict[str, Any] = dict.fromkeys(("identity", "boundary", "session"), READ) | {kind: NOTHING}
        assert ask(principal=principal, resource_policy=to(named), **others).allowed is (kind not in limited_by), kind


@pytest.mark.parametrize(
    ("identity", "bucket", "allowed"),
    [(READ, to(ROLE), True), (NOTHING, to(ROLE), False), (READ, to(OTHER), False), (READ, to(ROOT), True)],
)
def test_across_accounts_both_sides_must_allow(identity: Any, bucket: Any, allowed: bool) -> None:
    """Cross-account: the trusted account's identity policy and the trusting account's resource policy."""
    assert ask(owner=OTHER, identity=identity, resource_policy=bucket).allowed is allowed


@pytest.mark.parametrize(
    ("identity", "key", "allowed"),
    [
        (ALLOW, to(ROOT), True),  # KMS: the statement for the root lets IAM policies decide
        (NOTHING, to(ROOT), False),
        (ALLOW, to(ROOT, Action="kms:Describe*"), False),  # KMS: IAM policies alone allow nothing
        (ALLOW, to(ROLE, Action="kms:Describe*"), False),
        (NOTHING, to(ROLE), True),
        (NOTHING, to("*", Condition={"ArnLike": {"aws:PrincipalArn": ROLE}}), True),
        (ALLOW, to("*", Condition={"StringEquals": {"kms:CallerAccount": OTHER}}), False),
        (NOTHING, to("*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}), True),
    ],
)
def test_a_key_policy_must_allow(identity: Any, key: Any, allowed: bool) -> None:
    assert ask("kms:Decrypt", KEY, identity=identity, resource_policy=key).allowed is allowed


def test_a_trust_policy_must_allow() -> None:
    """IAM User Guide, "Policy evaluation logic": trust policies must explicitly allow principals."""
    trust = document(statement(Resource=None, Action="sts:AssumeRole", Principal={"AWS": ROOT}))
    other = document(statement(Resource=None, Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}))
    target = f"arn:aws:iam::{ACCOUNT}:role/target"
    assert ask("sts:AssumeRole", target, identity=ALLOW, resource_policy=trust).allowed
    assert not ask("sts:AssumeRole", target, resource_policy=trust).allowed
    assert not ask("sts:AssumeRole", target, identity=ALLOW, resource_policy=other).allowed
    assert ask("sts:AssumeRole", target, Principal.service("ec2.amazonaws.com"), resource_policy=other).allowed


def test_services_need_the_resource_policy_alone() -> None:
    service = Principal.service("events.amazonaws.com")
    named = to("events.amazonaws.com", kind="Service")
    assert ask("sns:Publish", "arn:aws:sns:eu-central-1:1:t", service, resource_policy=named).allowed
    assert not ask("sns:Publish", "arn:aws:sns:eu-central-1:1:t", service, resource_policy=to(ROOT)).allowed
    denied = document(*named["Statement"], statement("Deny", Principal="*"))
    assert not ask("sns:Publish", "arn:aws:sns:eu-central-1:1:t", service, resource_policy=denied).allowed
    scp = [[NOTHING]]
    assert ask("sns:Publish", "*", service, resource_policy=named, service_control=scp).allowed


def test_anonymous_requests_need_a_star_as_principal() -> None:
    assert ask(principal=ANONYMOUS, resource_policy=to("*")).allowed
    assert not ask(principal=ANONYMOUS, identity=ALLOW, resource_policy=to(ROOT)).allowed


def test_the_root_user_needs_no_policy_but_obeys_the_organisation() -> None:
    root = Principal.aws(ROOT)
    assert ask(principal=root, boundary=NOTHING).allowed
    assert not ask(principal=root, service_control=[[NOTHING]]).allowed


def test_service_linked_roles_are_not_limited_by_the_organisation() -> None:
    linked = Principal.session(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/spot.amazonaws.com/Spot", "one")
    assert ask(principal=linked, identity=ALLOW, service_control=[[NOTHING]]).allowed


@pytest.mark.parametrize(
    ("listed", "denied"),
    [
        # IAM User Guide, "NotPrincipal": a Deny spares a session only where its role and account are listed as well.
        ([SESSION, ROLE, ROOT], False),
        ([SESSION, ROLE], True),
        ([SESSION, ROOT], True),
        ([ROOT], True),
    ],
)
def test_not_principal(listed: list[str], denied: bool) -> None:
    policy = document(statement("Deny", NotPrincipal={"AWS": listed}))
    assert ask(identity=ALLOW, resource_policy=policy).allowed is not denied


def test_not_principal_of_an_allow_excludes_the_principals_that_it_lists() -> None:
    allow = document(statement(NotPrincipal={"AWS": [ROLE]}))
    assert not ask(resource_policy=allow).allowed
    assert ask(principal=CALLER, resource_policy=allow).allowed


def test_what_is_not_known_decides_only_where_it_matters() -> None:
    assert ask(identity=UNKNOWN).outcome is Outcome.UNKNOWN
    assert ask(identity=[UNKNOWN, READ]).outcome is Outcome.UNKNOWN  # it may deny
    assert ask(identity=READ, resource_policy=UNKNOWN).outcome is Outcome.UNKNOWN
    other = document(statement(Principal=UNKNOWN, Action="ec2:*"))
    assert ask(identity=READ, boundary=NOTHING, resource_policy=other).outcome is Outcome.DENIED
    assert ask(identity=READ, boundary=NOTHING, resource_policy=UNKNOWN).outcome is Outcome.UNKNOWN
    assert ask(identity=[READ, document(statement("Deny", Resource=UNKNOWN))]).outcome is Outcome.UNKNOWN
    assert ask(identity=[DENY, UNKNOWN]).outcome is Outcome.DENIED
    assert ask(resource=UNKNOWN, identity=READ).outcome is Outcome.UNKNOWN
    assert ask(resource=UNKNOWN, identity=ALLOW).outcome is Outcome.ALLOWED
    secret = document(statement(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}))
    assert ask(context={"aws:SourceVpce": UNKNOWN}, identity=secret).outcome is Outcome.UNKNOWN
    assert ask(identity=secret).outcome is Outcome.DENIED


def test_the_reason_names_policy_statement_and_what_is_missing() -> None:
    only = statement(Sid="Only", Principal={"Service": "sns.amazonaws.com"}, Condition={"Bool": {"aws:A": True}})
    found = ask("kms:Decrypt", KEY, Principal.service("sns.amazonaws.com"), resource_policy=document(only))
    assert found.policy == "resource_policy"
    assert found.reason == (
        f"resource_policy: no statement allows kms:Decrypt on {KEY} to sns.amazonaws.com; "
        "Only allows it only if Bool aws:A = true, and the request sends no aws:A"
    )
    denied = ask(identity=[ALLOW, document(statement("Deny", Sid="Never"))])
    assert (denied.policy, denied.statement) == ("identity", "Never")
    assert ask(identity=[NOTHING, READ]).reason == "identity: statement 1 allows s3:GetObject"
    assert ask(identity=READ, boundary=NOTHING).policy == "boundary"
