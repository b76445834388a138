"""The raw program: what `plan.json` beside it lists, each by its SDK class; no component, setting or policy."""

import json
import re
from functools import reduce
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws
from pulumi._types import input_type_py_to_pulumi_names


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
    resource = made[reference["urn"]]
    if type(resource) is pulumi.CustomResource:
        return reduce(lambda part, key: part[key], rest, resource.__dict__[first])
    found = getattr(resource, snake(first), resource.id)  # what the SDK does not know is the id under another name
    return reduce(lambda part, key: part[key if isinstance(key, int) else snake(key)], rest, found)


def snake(name: str) -> str:
    """The SDK's name of a property."""
    return re.sub("(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def register(token: str, name: str, props: dict[str, Any], options: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """Register one resource as a program without components does: by the class of its type."""
    _, module, kind = token.split(":")
    service = module.partition("/")[0]
    package = getattr(
        pulumi_aws, {"lambda": "lambda_", "index": "", "providers": ""}.get(service, service) or "provider"
    )
    arguments = getattr(package, f"{kind}InitArgs", None) or getattr(package, f"{kind}Args")
    names = {theirs: ours for ours, theirs in input_type_py_to_pulumi_names(arguments).items()}
    known = {names[key]: given for key, given in props.items() if key != "region" or key in names}
    return getattr(package, kind)(name, arguments(**known), options)


def main() -> None:
    """Register every resource of the plan."""
    made: dict[str, Any] = {}
    for one in json.loads(Path(__file__).with_name("plan.json").read_text()):
        options = pulumi.ResourceOptions(
            depends_on=[made[urn] for urn in one["depends"]],
            provider=made.get(one["provider"]),
            protect=one["protect"],
            additional_secret_outputs=one["secrets"],
        )
        props = {key: value(given, made) for key, given in one["props"].items()}
        if one["type"].startswith("kubernetes:"):
            # Not every kind has a class in the SDK: those of the platform's controllers do not.
            given = dict.fromkeys(one["reads"]) | props
            made[one["urn"]] = pulumi.CustomResource(one["type"], one["name"], given, options)
        elif one["type"] == "kubernetes":
            options = pulumi.ResourceOptions(version=one["version"])
            made[one["urn"]] = pulumi.ProviderResource("kubernetes", one["name"], props, options)
        elif one["type"] == "aws":
            made[one["urn"]] = pulumi_aws.Provider(one["name"], pulumi_aws.ProviderArgs(**provider(props)), options)
        else:
            made[one["urn"]] = register(one["type"], one["name"], props, options)


def provider(props: dict[str, Any]) -> dict[str, Any]:
    """A provider's arguments: the state has those that are no text as JSON."""
    return {
        snake(key): json.loads(given) if given in ("true", "false") or given[:1] == "[" else given
        for key, given in props.items()
    }


main()
