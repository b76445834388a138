"""What the official provider calls the properties of each emulated type, as `sandbox/aws/properties.json` has them.

After an upgrade of pulumi_aws: `python -m tests.sandbox.properties > sandbox/aws/properties.json`.
"""

import importlib
import inspect
import json
import re
from typing import Any

from pydantic.alias_generators import to_camel

from sandbox.aws.tables import KINDS


def of(token: str) -> dict[str, list[str]]:
    """Inputs of a type, and the outputs that are no inputs, as the SDK has them."""
    made = _class(token)
    parameters = [*inspect.signature(made._internal_init).parameters][1:]
    inputs = {to_camel(one) for one in parameters} - {"resourceName", "opts", "__props__"}
    outputs = {to_camel(name) for name, value in vars(made).items() if isinstance(value, property)}
    return {"inputs": sorted(inputs), "outputs": sorted(outputs - inputs)}


def required(token: str) -> set[str]:
    """Inputs without which the SDK refuses a resource of the type."""
    source = inspect.getsource(_class(token)._internal_init)
    return {to_camel(name) for name in re.findall(r"Missing required property '(\w+)'", source)}


def _class(token: str) -> Any:
    _, module, name = token.split(":")
    return getattr(importlib.import_module(f"pulumi_aws.{module.partition('/')[0]}"), name)


def text() -> str:
    """The file: a line for each type."""
    lines = [f"{json.dumps(token)}: {json.dumps(of(token))}" for token in sorted(KINDS)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    print(text(), end="")
