"""The raw program: registers what `plan.json` beside it lists, with no component, setting or policy."""

import json
from functools import reduce
from pathlib import Path
from typing import Any

import pulumi


def value(given: Any, made: dict[str, pulumi.CustomResource]) -> Any:
    """A planned property with its references as outputs."""
    if isinstance(given, list):
        return [value(part, made) for part in given]
    if not isinstance(given, dict):
        return given
    if "$secret" in given:
        return pulumi.Output.secret(json.loads(given["$secret"]))
    if "$concat" in given:
        parts = [part if isinstance(part, str) else output(part, made) for part in given["$concat"]]
        return parts[0] if len(parts) == 1 else pulumi.Output.concat(*parts)
    return {key: value(part, made) for key, part in given.items()}


def output(reference: dict[str, Any], made: dict[str, pulumi.CustomResource]) -> Any:
    """What a reference means: an output, or a part of one."""
    first, *rest = reference["path"]
    return reduce(lambda found, key: found[key], rest, made[reference["urn"]].__dict__[first])


def main() -> None:
    """Register every resource of the plan."""
    made: dict[str, Any] = {}
    for one in json.loads(Path(__file__).with_name("plan.json").read_text()):
        props = dict.fromkeys(one["reads"]) | {key: value(given, made) for key, given in one["props"].items()}
        options = pulumi.ResourceOptions(
            depends_on=[made[urn] for urn in one["depends"]],
            provider=made.get(one["provider"]),
            protect=one["protect"],
            version=one["version"],
            additional_secret_outputs=one["secrets"],
        )
        kind = pulumi.ProviderResource if one["version"] else pulumi.CustomResource
        made[one["urn"]] = kind(one["type"], one["name"], props, options)


main()
