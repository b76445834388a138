import ast
import json
from pathlib import Path

import boto3

from policies.live.account import read_account
from policies.live.role import ACTIONS, policy

LIVE = Path(__file__).parents[3] / "policies" / "live"
CONTENTS = {"s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "kms:Decrypt"}


def written() -> set[str]:
    """Every call that a collector makes, from its source: `read.get` and its like take both names as literals."""
    calls = {"sts:get_caller_identity"}
    for file in LIVE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "read" and node.func.attr in ("get", "list", "parts"):
                    calls.add(":".join(ast.literal_eval(name) for name in node.args[:2]))
    return calls


def test_the_role_may_do_what_the_collectors_do_and_nothing_else() -> None:
    assert written() == set(ACTIONS)


def test_no_collector_calls_aws_behind_the_back_of_the_role(session: boto3.Session) -> None:
    made = set()
    session.events.register("before-call", lambda model, **_: made.add(model.name))
    read_account(session)
    services = {call.partition(":")[0] for call in ACTIONS}
    allowed = {
        session.client(service).meta.method_to_api_mapping[call.partition(":")[2]]
        for service in services
        for call in ACTIONS
        if call.startswith(f"{service}:")
    }
    assert made
    assert made <= allowed


def test_the_role_reads_how_things_are_set_up_and_never_what_they_hold() -> None:
    document = json.loads(policy())
    [statement] = document["Statement"]
    assert statement["Effect"] == "Allow"
    assert all(
        action.partition(":")[2].startswith(("Get", "List", "Describe", "View")) for action in statement["Action"]
    )
    assert not CONTENTS & set(statement["Action"])
    assert len("".join(policy().split())) <= 6_144  # characters of a managed policy (IAM quotas)
