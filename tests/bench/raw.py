"""Registers the resources of a state one by one, those that another one's output names as a reference to it."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="eu-central-1")
resources = json.loads(Path(__file__).with_name("resources.json").read_text())
made: dict[str, pulumi.Output[str]] = {}


def referred(value: Any) -> Any:
    """A value whose parts that only the account can make up are taken from what has made them."""
    if isinstance(value, dict):
        return {key: referred(item) for key, item in value.items()}
    if isinstance(value, list):
        return [referred(item) for item in value]
    if not isinstance(value, str):
        return value
    # The longest: an ARN rather than the name in it.
    if text := max((text for text in made if text in value), key=len, default=""):
        before, _, after = value.partition(text)
        return made[text] if value == text else pulumi.Output.concat(referred(before), made[text], referred(after))
    return value


everything = json.dumps([one["inputs"] for one in resources])
for one in resources:
    own = {
        key: value
        for key, value in one["outputs"].items()
        if isinstance(value, str)
        and len(value) > 7
        and key != "region"
        and one["inputs"].get(key) != value
        and value in everything
    }
    properties = {**dict.fromkeys(key for key in own if key != "id"), **referred(one["inputs"])}
    opts = pulumi.ResourceOptions(provider=provider)
    resource = pulumi.CustomResource(one["type"], one["urn"].rpartition("::")[2], properties, opts)
    for key, value in own.items():
        made.setdefault(value, resource.id if key == "id" else getattr(resource, key))
