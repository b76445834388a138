"""Functions; what their variables hold is not looked at."""

from collections.abc import Iterator
from typing import Any

from policies._view import Resource
from policies.live._answers import keys, pick
from policies.live.reader import Reader, collects


@collects("aws:lambda/function:Function")
def functions(read: Reader) -> Iterator[Resource]:
    """Functions."""
    key = keys(read)

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["FunctionArn"]
        reserved = read.get("lambda", "get_function_concurrency", FunctionName=arn)
        network, variables = item.get("VpcConfig") or {}, pick(item, "Environment", "Variables") or {}
        properties = {
            "environment": {"variables": {name: _kind(value) for name, value in variables.items()}},
            "kmsKeyArn": key(item.get("KMSKeyArn")),
            "reservedConcurrentExecutions": pick(reserved, "ReservedConcurrentExecutions"),
            "tags": pick(read.get("lambda", "list_tags", Resource=arn), "Tags"),
            "tracingConfig": {"mode": pick(item, "TracingConfig", "Mode")},
            "vpcConfig": {
                "subnetIds": network.get("SubnetIds") or [],
                "securityGroupIds": network.get("SecurityGroupIds") or [],
            },
        }
        yield Resource("aws:lambda/function:Function", arn, properties, protect=None)

    yield from read.each(one, read.list("lambda", "list_functions", "Functions"))


def _kind(value: str) -> str:
    """Whether a variable refers to something or holds it."""
    return "arn:" if value.startswith("arn:") else "held"
