"""What the sandbox refuses because AWS would: rows that name AWS's pages, and prod with faults of a first deploy."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.contract.judge import refusals
from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows import ROWS
from sandbox.aws.tables import KINDS
from tests.sandbox.rendered import DOCUMENTS, RenderedAccount, rendered

Statement = dict[str, Any]
REGION = "eu-central-1"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.type.rpartition(':')[2]} {row.operation}")
def test_a_row_names_a_type_of_the_sandbox_and_pages_of_aws(row: Row) -> None:
    assert row.type in KINDS
    assert row.sources
    assert all(page.startswith("https://docs.aws.amazon.com/") for page in row.sources)


def test_no_call_asks_for_what_it_says_is_never_sent() -> None:
    calls = [call for row in ROWS if isinstance(row.calls, tuple) for call in row.calls]
    assert [call for call in calls if set(call.without) & set(call.sends)] == []


def refused(kind: str, name: str, change: Callable[[list[Statement]], list[Statement]], *types: str) -> list[str]:
    """What AWS refuses of prod's resources of some types, after a change of the statements of one policy."""
    resources = rendered("prod")
    (one,) = [each for each in resources if each.type.rpartition(":")[2] == kind and each.name == name]
    account, arn = RenderedAccount(resources), RenderedAccount(resources).arn(one)
    statements = copy.deepcopy(json.loads(one.values[DOCUMENTS[one.type]])["Statement"])
    account.documents[arn] = json.dumps({"Version": "2012-10-17", "Statement": change(statements)})
    judged = [each for each in resources if each.type.rpartition(":")[2] in types]
    assert judged
    rows = [(each, row) for each in judged for row in ROWS if row.type == each.type and not row.advice]
    return [str(found) for each, row in rows for found in refusals(row, each.values, account) if not found.open]


def condition(sid: str, operator: str, **keys: Any) -> Callable[[list[Statement]], list[Statement]]:
    """Adds a condition to a statement; the first one that has no Sid if that is empty."""

    def change(statements: list[Statement]) -> list[Statement]:
        (one,) = [each for each in statements if each.get("Sid", "") == sid]
        one.setdefault("Condition", {}).setdefault(operator, {}).update(
            {key.replace("__", ":"): value for key, value in keys.items()}
        )
        return statements

    return change


def without(sid: str, action: str = "") -> Callable[[list[Statement]], list[Statement]]:
    """Takes a statement out, or one action of it."""

    def change(statements: list[Statement]) -> list[Statement]:
        if not action:
            return [one for one in statements if one.get("Sid") != sid]
        for one in statements:
            if one.get("Sid") == sid:
                one["Action"] = [each for each in one["Action"] if each != action]
        return statements

    return change


ACCOUNT = {"aws__SourceAccount": "333333333333"}


@pytest.mark.parametrize(
    ("kind", "name", "change", "type_", "told"),
    [
        # Each is what a reader found in the components beside AWS's documents, before the first deploy.
        (
            "Key",
            "keys-internal",
            condition("GrantViaEks", "Bool", kms__GrantIsForAWSResource="true"),
            "Cluster",
            "CreateCluster: InvalidParameterException: arn:aws:sts::333333333333:assumed-role/caller/session is not "
            "authorized to perform: kms:CreateGrant",
        ),
        (
            "Key",
            "keys-audit",
            without("UseByCloudTrail", "kms:Decrypt"),
            "Trail",
            "CreateTrail: InsufficientEncryptionPolicyException: cloudtrail.amazonaws.com is not authorized to perform",
        ),
        (
            "Role",
            "audit-delivery",
            condition("", "StringEquals", **ACCOUNT),
            "Trail",
            "InvalidCloudWatchLogsRoleArnException: Access denied. Check the trust relationships for your role: "
            "cloudtrail.amazonaws.com is not authorized to perform: sts:AssumeRole",
        ),
        ("Key", "keys-internal", without("DescribeToEvents"), "EventBus", "CreateEventBus: AccessDeniedException"),
        ("Key", "keys-internal", without("UseByEvents", "kms:ReEncrypt*"), "EventArchive", "CreateArchive: "),
        (
            "Key",
            "keys-confidential",
            condition("GrantViaElastiCache", "StringEquals", kms__ViaService=f"elasticache.{REGION}.amazonaws.com"),
            "ReplicationGroup",
            "and the request sends kms:ViaService = dax.eu-central-1.amazonaws.com",
        ),
        (
            "TopicPolicy",
            "notifications-ticket",
            condition("PublishByEvents", "StringEquals", **ACCOUNT),
            "EventTarget",
            "it never sends aws:SourceAccount here: take that condition out",
        ),
        (
            "Key",
            "keys-internal",
            condition("PublishByEvents", "StringEquals", **ACCOUNT),
            "EventTarget",
            "PutTargets: events.amazonaws.com is not authorized to perform: kms:Decrypt",
        ),
        (
            "Key",
            "keys-confidential",
            condition("UseForSchedules", "StringEquals", kms__ViaService=f"scheduler.{REGION}.amazonaws.com"),
            "Schedule",
            "it never sends kms:ViaService here",
        ),
        (
            "BucketPolicy",
            "audit-policy",
            without("WriteLogFiles"),
            "Trail",
            "CreateTrail: InsufficientS3BucketPolicyException",
        ),
        ("Key", "keys-confidential", without("UseByLogs"), "LogGroup", "logs.eu-central-1.amazonaws.com is not"),
    ],
)
def test_a_fault_of_the_first_deploy_is_refused(
    kind: str, name: str, change: Callable[[list[Statement]], list[Statement]], type_: str, told: str
) -> None:
    found = refused(kind, name, change, type_)
    assert found
    assert any(told in one for one in found), found
    assert all("https://docs.aws.amazon.com/" in one for one in found)


def test_what_is_not_in_the_account_is_not_refused() -> None:
    """A key of another account, whose policy the account does not know."""
    (trail,) = [one for one in rendered("prod") if one.type.endswith(":Trail")]
    foreign = {**trail.values, "kmsKeyId": f"arn:aws:kms:{REGION}:999999999999:key/1"}
    account = RenderedAccount(rendered("prod"))
    assert [str(one) for row in ROWS if row.type == trail.type for one in refusals(row, foreign, account)] == []


def test_a_policy_that_lets_a_service_act_for_any_account_is_found() -> None:
    row = Row(
        "t", "Do", (Call("service x.amazonaws.com", ("x:Do",), "{on}", {"a:B": "{account}"}, (("a:B",),)),), ("p",)
    )
    account = RenderedAccount(rendered("prod"))
    topic = next(arn for arn in account.documents if ":sns:" in arn)
    allow = {"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "x:Do", "Resource": "*"}
    account.documents[topic] = {"Statement": [allow]}
    (found,) = refusals(row, {"on": topic}, account)
    assert found.open
    assert found.by_service
    assert str(found).endswith(
        f"allows x:Do on {topic} to x.amazonaws.com, whatever a:B is; add a condition on a:B (p)"
    )
    account.documents[topic] = {"Statement": [{**allow, "Condition": {"StringEquals": {"a:B": account.id}}}]}
    assert list(refusals(row, {"on": topic}, account)) == []
