"""The rights of an examination: what the checks call, and nothing else."""

import ast
import json
from pathlib import Path

import pytest
from botocore import xform_name
from typer.testing import CliRunner

from access import Policies, Principal, Request, decide, read
from mlp import preflight, state
from mlp.cli import app
from mlp.preflight.role import ACTIONS
from mlp.preflight.run import CHECKS
from tests.accounts.findings import examined
from tests.accounts.world import DEV, NUMBER, World

BY_ITSELF = {"sts:get_caller_identity", "s3:get_object", "s3:list_objects_v2"}
"""What is called besides `Account.get` and `Account.list`; the first needs no right."""


def written() -> set[str]:
    """Every call of a check, from its source: both names are literals."""
    assert preflight.__file__
    files = Path(preflight.__file__).parent.glob("*.py")
    calls = [node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    asking = [call for call in calls if ast.unparse(call.func) in ("account.get", "account.list")]
    return {":".join(ast.literal_eval(name) for name in call.args[:2]) for call in asking}


def test_the_actions_are_those_of_the_calls() -> None:
    assert written() == set(ACTIONS)


def test_no_check_calls_aws_behind_the_back_of_the_table(fine: World) -> None:
    fine.asked.clear()
    examined(0)
    asked = {f"{service}:{xform_name(operation)}" for service, operation in fine.asked}
    assert len(asked) > len(CHECKS) / 2
    assert asked <= {*ACTIONS, *BY_ITSELF}


READER = Principal.session(f"arn:aws:iam::{NUMBER}:role/preflight", "me")
ALIAS = {"kms:ResourceAliases": [state.key_alias(DEV)]}


@pytest.mark.parametrize(
    ("action", "resource", "context", "allowed"),
    [
        ("s3:GetObject", f"arn:aws:s3:::{DEV.state_bucket}/.pulumi/stacks/ml-platform/dev.json", {}, True),
        ("s3:ListBucket", f"arn:aws:s3:::{DEV.state_bucket}", {}, True),
        ("kms:Decrypt", f"arn:aws:kms:eu-central-1:{NUMBER}:key/state", ALIAS, True),
        ("ssm:GetParameter", "arn:aws:ssm:eu-central-1::parameter/aws/service/eks/optimized-ami/x", {}, True),
        ("s3:GetObject", "arn:aws:s3:::datasets/raw/one", {}, False),
        ("kms:Decrypt", f"arn:aws:kms:eu-central-1:{NUMBER}:key/data", {"kms:ResourceAliases": ["alias/a"]}, False),
        ("ssm:GetParameter", f"arn:aws:ssm:eu-central-1:{NUMBER}:parameter/password", {}, False),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-central-1:{NUMBER}:secret:one", {}, False),
    ],
)
def test_the_policy_reads_the_state_and_no_other_content(
    action: str, resource: str, context: dict[str, list[str]], allowed: bool
) -> None:
    policy = read("preflight", CliRunner().invoke(app, ["doctor", "--role"]).stdout)
    # The key's own policy leaves it to the policies of the account's principals.
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{NUMBER}:root"}, "Action": "kms:*", "Resource": "*"}
    key = read("key", {"Version": "2012-10-17", "Statement": [root]}) if action.startswith("kms:") else None
    decision = decide(Request(READER, action, resource, context), Policies(identity=[policy], resource=key))
    assert decision.allowed is allowed, decision.reason


def test_the_policy_has_the_actions_and_fits_into_a_managed_policy() -> None:
    told = CliRunner().invoke(app, ["doctor", "--role"]).stdout
    given = [statement["Action"] for statement in json.loads(told)["Statement"]]
    actions = {action for one in given for action in ([one] if isinstance(one, str) else one)}
    assert actions == {*ACTIONS.values(), "s3:GetObject", "kms:Decrypt"}
    assert len("".join(told.split())) <= 6_144  # characters of a managed policy (IAM quotas)
