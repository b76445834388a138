"""The same program gets the same verdict wherever it is asked for: at plan and in the account that it made."""

from collections.abc import Iterator

import boto3
import pytest

from policies._rule import Rule
from policies._verdict import Outcome, worst
from policies._view import Resource, Stack
from policies.live import COLLECTORS
from policies.live.account import read_account
from policies.registry import RULES
from tests.components.conftest import REGION
from tests.policies.account import account, empty, made

pytestmark = pytest.mark.sandbox
ALONE = (
    *("S3-02", "S3-03", "S3-04", "S3-07", "S3-08", "S3-12", "KMS-01", "KMS-02", "ECR-01", "ECR-02", "ECR-03", "ECR-05"),
    *("EKS-11", "CST-06", "TAG-01", "TAG-02", "NET-01", "NET-04", "NET-07", "RDS-04", "RED-01", "MSG-01", "IAM-04"),
    *("IAM-05", "AUD-03", "AUD-05"),
)
"""Rules whose examples need nothing but what they make; for all others, `tests/policies/live` makes good and bad."""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with account(tmp_path_factory.mktemp("account") / "log") as address:
        yield address


def verdict(rule: Rule, stack: Stack, ids: set[str]) -> Outcome:
    """The worst that the rule says of what the example made."""
    judged = [one for one in stack.resources if rule.covers(one.type) and (not ids or _is_one_of(one, ids))]
    return worst(rule.judge(resource, stack) for resource in judged).outcome


def _is_one_of(resource: Resource, ids: set[str]) -> bool:
    return resource.urn in ids or any(resource.urn.endswith((f":{one}", f"/{one}")) for one in ids)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id in ALONE], ids=lambda rule: rule.id)
def test_plan_and_account_agree(rule: Rule, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"URL": endpoint, "URL_S3": endpoint}.items():
        monkeypatch.setenv(f"AWS_ENDPOINT_{name}", value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    for program, expected in ((rule.good, Outcome.PASS), (rule.bad, Outcome.FAIL)):
        empty(endpoint)
        plan, ids = made(program)
        kinds = {resource.type for resource in plan.resources}
        asked = [collector for collector in COLLECTORS if kinds & set(collector.types)]
        live = read_account(boto3.Session(region_name=REGION), asked).stack
        assert verdict(rule, plan, set()) is expected
        assert verdict(rule, live, ids) is expected
