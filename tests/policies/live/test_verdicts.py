"""What boto3 makes well or badly in an account gets the verdict that its program gets at plan."""

import boto3
import pytest
from moto import mock_aws

from policies import data, identity, secrets
from policies._rule import Point
from policies._verdict import Outcome
from policies.findings import RULES_BY_ID, judge
from policies.live import COLLECTORS
from policies.live.account import read_account
from policies.live.role import ACTIONS
from tests.policies.live.cases import CASES, Ceiling, Make, role
from tests.policies.live.conftest import answer, made, refuse


def verdicts(session: boto3.Session, rule: str, token: str) -> list[tuple[Outcome, str]]:
    services = {collector.read.__module__ for collector in COLLECTORS if set(collector.types) & {token}}
    account = read_account(session, [one for one in COLLECTORS if one.read.__module__ in services])
    assert not account.errors
    found = [one for one in judge(account.stack, Point.LIVE, [RULES_BY_ID[rule]]) if one.resource.type == token]
    return [(one.outcome, one.verdict.message) for one in found]


each_case = pytest.mark.parametrize(
    ("rule", "token", "good", "bad"), CASES, ids=[f"{rule}-{token.rpartition(':')[2]}" for rule, token, *_ in CASES]
)


@each_case
def test_what_is_good_at_plan_is_good_in_the_account(
    session: boto3.Session, rule: str, token: str, good: Make, bad: Make
) -> None:
    good(session)
    assert verdicts(session, rule, token) == [(Outcome.PASS, "")]


@each_case
def test_what_is_bad_at_plan_is_bad_in_the_account(
    session: boto3.Session, rule: str, token: str, good: Make, bad: Make
) -> None:
    bad(session)
    [(outcome, message)] = verdicts(session, rule, token)
    assert outcome is Outcome.FAIL
    assert "correct horse" not in message


def test_every_rule_of_these_rooms_that_can_be_asked_of_an_account_has_a_case() -> None:
    rules = (*data.RULES, *identity.RULES, *secrets.RULES)
    assert {rule.id for rule in rules if Point.LIVE in rule.points} == {rule for rule, *_ in CASES}


def test_policies_of_aws_are_known_by_name() -> None:
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        session = made()
        role(session)
        for name in ("AdministratorAccess", "AmazonS3FullAccess", "SecurityAudit"):
            session.client("iam").attach_role_policy(RoleName="trainer", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
        token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
        found = [[outcome for outcome, _ in verdicts(session, rule, token)] for rule in ("IAM-01", "IAM-02")]
    assert found == [["FAIL", "PASS", "PASS"], ["PASS", "FAIL", "PASS"]]


def test_users_their_keys_and_their_passwords_are_identities_without_an_end(session: boto3.Session) -> None:
    iam = session.client("iam")
    iam.create_user(UserName="ann")
    iam.create_access_key(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="correct horse")
    for token in RULES_BY_ID["IAM-03"].types[:3]:
        [(outcome, _)] = verdicts(session, "IAM-03", token)
        assert outcome is Outcome.FAIL


def test_a_boundary_of_the_account_is_a_ceiling(session: boto3.Session) -> None:
    Ceiling.good(session)
    assert [outcome for outcome, _ in verdicts(session, "IAM-02", "aws:iam/policy:Policy")] == [Outcome.NOT_APPLICABLE]


@pytest.mark.parametrize(("days", "outcome"), [(30, Outcome.PASS), (120, Outcome.FAIL)])
def test_a_rotation(session: boto3.Session, days: int, outcome: Outcome) -> None:
    """Moto rotates by calling the function, for which it needs Docker."""
    rotating = {"ARN": "arn:tracker", "RotationEnabled": True, "RotationRules": {"AutomaticallyAfterDays": days}}
    by_rds = {**rotating, "ARN": "arn:of-rds", "OwningService": "rds"}
    answer(session, "secretsmanager.ListSecrets", {"SecretList": [rotating, by_rds]})
    found = verdicts(session, "SEC-01", "aws:secretsmanager/secretRotation:SecretRotation")
    assert [one for one, _ in found] == [outcome]


def test_nothing_denied_is_judged(session: boto3.Session) -> None:
    """Without a single permission every rule is undecided, but for tags on settings that take none."""
    for service in {call.partition(":")[0] for call in ACTIONS} - {"sts"}:
        refuse(session, f"{session.client(service).meta.service_model.service_id.hyphenize()}.*")
    account = read_account(session)
    tagless = {one.rule.id for one in judge(account.stack, Point.LIVE) if one.outcome is Outcome.NOT_APPLICABLE}
    assert tagless <= {"TAG-01", "TAG-02"}
    assert {one.outcome for one in judge(account.stack, Point.LIVE)} - {Outcome.NOT_APPLICABLE} == {Outcome.UNKNOWN}
    assert {one.rule.id for one in judge(account.stack, Point.LIVE)} >= {rule for rule, *_ in CASES}
