"""What an entry means: clients of the emulated account, and botocore's service models read along it."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlparse

from sandbox.aws.kind import Call, Kind
from sandbox.aws.shapes import members
from sandbox.place import LOOPBACK
from sandbox.values import UNKNOWN, Properties, ResourceError, is_unknown

_making = Lock()


@cache
def _session() -> Any:
    """Botocore's session, without the S3 transfers that boto3 adds and that take long to import.

    Imported here because the tables import this module, and most readers of the tables make no call.
    """
    from botocore.session import get_session

    return get_session()


def endpoint() -> str:
    """The address of the emulated account.

    Raises:
        ResourceError: It is not set, or not on this machine.
    """
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlparse(url).hostname not in LOOPBACK:
        raise ResourceError(
            f"AWS_ENDPOINT_URL = {url!r}: the sandbox provider only talks to the emulated account on this machine; "
            'run `mlp up`, or `eval "$(mlp env local)"` for plain Pulumi'
        )
    return url


@cache
def _client(service: str, region: str, url: str) -> Any:
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, max_pool_connections=32)
    return _session().create_client(service, region, endpoint_url=url, config=config)


def client(service: str, region: str) -> Any:
    """A client of the emulated account."""
    with _making:  # a session is not thread-safe, its clients are
        return _client(service, region, endpoint())


@cache
def account() -> str:
    """The id of the emulated account."""
    return client("sts", "us-east-1").get_caller_identity()["Account"]


@cache
def _operations(service: str) -> dict[str, Any]:
    from botocore import xform_name

    with _making:
        model: Any = _session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names} | {"": model}


@cache
def operation(service: str, method: str) -> Any:
    """Botocore's model of the operation behind a client's method."""
    operations = _operations(service)
    return operations[""].operation_model(operations[method])


def input_shapes(kind: Kind, call: Call) -> tuple[Any, Any]:
    """The shape of a call's request, and of the structure in it that holds the properties, if there is one."""
    shape = operation(kind.client, call.operation).input_shape
    wrapped = shape
    for name in call.wrap.split(".") if call.wrap else []:
        wrapped = wrapped.member if name == "0" else wrapped.members[name]
    return shape, wrapped if call.wrap else None


@cache
def takes(kind: Kind, call: Call) -> frozenset[str]:
    """The properties that a call sets."""
    shape, wrapped = input_shapes(kind, call)
    found = {*call.when, *call.uses, *call.attributes.values()}
    apart = {*call.bind, *call.fixed, call.wrap.split(".")[0], *(["Attributes"] if call.attributes else [])}
    for holder in filter(None, (shape, wrapped)):
        for key, (member, _) in members(holder, call.rename).items():
            if member not in apart:
                found.add(key)
    return frozenset(found)


@cache
def _properties() -> dict[str, dict[str, list[str]]]:
    return json.loads(Path(__file__).with_name("properties.json").read_text())


@cache
def properties(kind: Kind) -> frozenset[str]:
    """The properties that a resource of the official provider has: what a state may hold of one."""
    found = _properties()[kind.token]
    return frozenset({*found["inputs"], *found["outputs"]})


@cache
def inputs(kind: Kind) -> frozenset[str]:
    """The inputs that an entry understands: what its calls take or bind, and what is local.

    An API takes more than the official provider hands on to it.
    """
    calls = (*kind.create, *kind.updates, *kind.delete)
    templates = [template for call in calls for template in call.bind.values() if isinstance(template, str)]
    bound = {key for template in templates for key in template_keys(template)}
    taken = set().union(*(takes(kind, call) for call in calls))
    tags = {"tags"} if kind.tags else set()
    outputs = {key for key, template in kind.outputs.items() if isinstance(template, str) or key not in taken}
    computed = {"id", "account", *outputs, *kind.computed, *kind.invented}
    known = {*bound, *taken, *tags, *kind.local, *kind.defaults, "region"} - computed
    return frozenset(known & {*_properties()[kind.token]["inputs"]})


@cache
def replaces(kind: Kind) -> frozenset[str]:
    """The inputs that no update can change."""
    created = set().union(*(takes(kind, call) for call in kind.create))
    changeable = set().union(*(takes(kind, call) for call in (*kind.updates, *kind.delete)))
    tags = {"tags"} if kind.tags else set()
    return frozenset(inputs(kind) - changeable - (set(kind.local) - created) - tags)


def identity(kind: Kind, id_: str) -> Properties:
    """The properties that an id tells, to import a resource by it."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(kind.id))
    found = re.fullmatch(pattern, id_)
    return found.groupdict() if found else {}


def template_keys(template: str) -> Iterator[str]:
    """The properties that a template takes values of."""
    return iter(re.findall(r"\{(\w+)\}", template))


def fill(template: str, values: Properties) -> Any:
    """A template with values put in, and `account`; unknown if one of them is."""
    used = {key: account() if key == "account" else values.get(key, "") for key in template_keys(template)}
    return UNKNOWN if any(map(is_unknown, used.values())) else template.format_map(used)
