"""LAM-01: a function runs in the network, is traced, cannot starve the others and carries no secrets."""

from collections.abc import Mapping

from policies._controls import nist
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity
from policies.secrets._names import holds_text, names_a_secret

_VARIABLES = "environment.variables"


def _check(function: Resource, stack: Stack) -> Verdict:
    return worst(
        [
            require(function, "vpcConfig.subnetIds", lambda subnets: len(subnets) > 0, "at least one subnet"),
            require(function, "tracingConfig.mode", lambda mode: mode == "Active", "Active"),
            require(function, "reservedConcurrentExecutions", lambda most: most >= 0, "0 or more"),
            _variables(function),
        ]
    )


def _variables(function: Resource) -> Verdict:
    found = function.get(_VARIABLES)
    if found is UNKNOWN:
        return unknown(at(function, _VARIABLES))
    if not isinstance(found, Mapping):
        return PASS
    looking = sum(names_a_secret(name) and holds_text(value) for name, value in found.items())
    return fail(f"{at(function, _VARIABLES)} has {looking} that look like secrets", _VARIABLES) if looking else PASS


RULE = Rule(
    id="LAM-01",
    name="function-outside-the-network",
    title="A function runs in subnets of the VPC, is traced, has a concurrency of its own and no secrets in variables.",
    why="Outside the VPC it leaves by the Internet, past every endpoint policy. Without a limit of its own, one "
    "function can use up the account's. Variables are readable to everyone who may describe the function.",
    instead="Set `vpcConfig`, `tracingConfig` `Active` and `reservedConcurrentExecutions`; pass the ARN of a secret "
    "and read it at run time.",
    severity=Severity.MEDIUM,
    types=("aws:lambda/function:Function",),
    controls=nist("SC-7", "IA-5(7)", "SC-5(2)"),
    check=_check,
    good="""
aws.lambda_.Function(
    "rotation",
    role="arn:aws:iam::111122223333:role/rotation",
    vpc_config={"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
    tracing_config={"mode": "Active"},
    reserved_concurrent_executions=2,
    environment={"variables": {"SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-AbCdEf"}},
)
""",
    bad="""
aws.lambda_.Function(
    "rotation",
    role="arn:aws:iam::111122223333:role/rotation",
    environment={"variables": {"DB_PASSWORD": "correct horse"}},
)
""",
)
