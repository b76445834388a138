"""Carries out one resource type's entry with botocore."""

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sandbox.aws.kind import Call, Get, Kind
from sandbox.aws.model import client, fill, identity, input_shapes, inputs, operation, properties, takes, template_keys
from sandbox.aws.shapes import from_api, members, same, text, to_api, untext
from sandbox.values import Properties, ResourceError

NOT_FOUND = re.compile(r"NoSuch|NotFound|NonExistent|^404$")
"""What the error codes have in common by which AWS says that a resource does not exist."""
EMPTYINGS = 20
"""How often a resource is emptied that something else fills again. The official provider repeats without a limit:
hashicorp/terraform-provider-aws, internal/service/s3/bucket.go, resourceBucketDelete."""


class _NotEmpty(ResourceError):
    """AWS deletes only what is empty."""


class Resource:
    """One resource of a kind, in one region: its entry, and the properties and id that templates see."""

    def __init__(self, kind: Kind, name: str, region: str, values: Properties, id_: str = "") -> None:
        self.kind, self.name, self.given = kind, name, values
        self.region = values.get("region") or region
        # The API takes parts of the id as members of a request; the official provider has no such properties.
        parts = identity(kind, id_) if id_ else {}
        self.values: Properties = {**parts, **values, "region": self.region, "id": id_}

    @property
    def client(self) -> Any:
        """The client of the resource's region."""
        return client(self.kind.client, self.region)

    def normalise(self, old: Properties) -> Properties:
        """The inputs with a made-up name and the defaults of the official provider.

        Raises:
            ResourceError: An input that the entry does not understand, or a value that AWS does not allow.
        """
        kind, values = self.kind, {k: v for k, v in self.given.items() if v is not None}
        if "region" in inputs(kind):
            values["region"] = self.region
        if kind.autoname and not values.get(kind.autoname):
            made_up = f"{self.name}-{secrets.token_hex(4)[:7]}"
            values[kind.autoname] = old.get(kind.autoname) or made_up
        values = {**kind.defaults, **values}
        understood = inputs(kind)
        for key in values:
            if key not in understood:
                raise ResourceError(f"{key}: not understood; known: {', '.join(sorted(understood))}")
        for call in (*kind.create, *kind.updates):
            self._members(call, values)
        return values

    def create(self) -> tuple[str, Properties]:
        """Make the resource; its id and state."""
        if not self.kind.emulated:
            self.values |= {key: start + secrets.token_hex(8) for key, start in self.kind.invented.items()}
            self.values["id"] = fill(self.kind.id, self.values)
            return self.values["id"], self._settled()
        first, *rest = self.kind.create
        described = self._call(first, self.values)
        self.values |= {key: value for key, value in described.items() if key in self.kind.computed}
        self.values["id"] = fill(self.kind.id, self.values)
        try:
            if self.kind.fill:
                self.kind.fill(self.client, self.values)
            for call in rest:
                if self._wanted(call, self.values) and (call.when or self._takes(call) & set(self.values)):
                    self._call(call, self.values)
            return self.values["id"], self._settled()
        except ResourceError:
            with suppress(ResourceError):
                self.delete()  # half a resource that no state knows would stay for ever
            raise

    def update(self, old: Properties) -> Properties:
        """Change the resource in place to its values; the new state."""
        if not self.kind.emulated:
            return self._settled()
        changed = {k for k in {*old, *self.values} if k in inputs(self.kind) and old.get(k) != self.values.get(k)}
        if "tags" in changed and self.kind.tags:
            self._retag(old.get("tags") or {}, self.values.get("tags") or {})
        for call in self.kind.updates:
            if changed & self._takes(call) and self._wanted(call, self.values):
                self._call(call, self.values)
        return self._settled()

    def read(self) -> Properties | None:
        """The live properties, or None if the resource does not exist."""
        if not self.kind.emulated:
            found = {key: value for key, value in self.values.items() if key != "id"}
            return {**found, **self._computed(found)} if found.keys() & inputs(self.kind) - {"region"} else None
        found = {key: self.values[key] for key in template_keys(self.kind.id) if key in self.values}
        for get in self.kind.read:
            part = self._get(get, {**self.values, **found})
            if part is None and not get.optional:
                return None
            found = {**(part or {}), **found}  # the first read is the resource itself
        if "tags" in inputs(self.kind):
            found.setdefault("tags", {})
        made = self._computed({**self.values, **found})
        found = {**made, **found, **{key: made[key] for key, one in self.kind.outputs.items() if callable(one)}}
        known = {*inputs(self.kind), *self.kind.computed, *self.kind.outputs, "tagsAll"}
        return {key: found[key] for key in known - {*self.kind.recorded, *self.kind.local} if key in found}

    def _computed(self, seen: Properties) -> Properties:
        tags = {"tagsAll": seen.get("tags", {})} if "tags" in inputs(self.kind) else {}
        seen = {**seen, "id": self.values["id"]}
        return tags | {k: one(seen) if callable(one) else fill(one, seen) for k, one in self.kind.outputs.items()}

    def delete(self) -> None:
        """Delete the resource; one that does not exist is no error, whatever the service calls it."""
        if not self.kind.emulated:
            return
        try:
            for _ in range(EMPTYINGS):
                with suppress(_NotEmpty):
                    self._delete()
                    return
            self._delete()
        except (ResourceError, ClientError):
            if self.read() is not None:
                raise

    def _delete(self) -> None:
        if self.kind.empty:
            self.kind.empty(self.client, self.values)
        for call in self.kind.delete:
            if self._wanted(call, self.values):
                self._call(call, self.values)

    def state(self, live: Properties) -> Properties:
        """What the engine keeps: inputs as they were given where they still hold, live values elsewhere."""
        kept = {key: value for key, value in self.values.items() if key != "id"}
        changed = {key: value for key, value in live.items() if not same(kept.get(key), value)}
        shown = {key for key, one in self.kind.outputs.items() if callable(one)} & kept.keys() & live.keys()
        added = {key: {**live[key], **kept[key]} for key in shown if isinstance(live[key], dict)}
        return {k: value for k, value in {**kept, **added, **changed}.items() if k in properties(self.kind)}

    def _settled(self) -> Properties:
        live = self.read()
        if live is None:
            raise ResourceError("was created, but cannot be read back")
        for key in inputs(self.kind) - {*self.kind.local, *self.kind.recorded, "region"}:
            if key in self.values and not same(self.values[key], live.get(key)):
                raise ResourceError(f"{key}: the emulation forgets it; add it to `recorded` of {self.kind.token}")
        return self.state(live)

    def _retag(self, old: dict[str, str], new: dict[str, str]) -> None:
        tags = self.kind.tags
        assert tags
        if removed := [key for key in old if key not in new]:
            keys = operation(self.kind.client, tags.untag).input_shape.members[tags.keys]
            structured = keys.member.type_name == "structure"
            fixed = {tags.keys: [{"Key": key} for key in removed] if structured else removed}
            self._send(tags.untag, {**self._bound(tags.bind, self.values), **fixed}, " (tags)")
        if new:
            self._call(Call(tags.tag, bind=tags.bind, rename={tags.tags: "tags"}), {**self.values, "tags": new})

    def _wanted(self, call: Call, values: Properties) -> bool:
        return all(bool(values.get(key)) == bool(value) for key, value in call.when.items())

    def _takes(self, call: Call) -> frozenset[str]:
        return takes(self.kind, call)

    def _params(self, call: Call, values: Properties) -> Properties:
        found, within = self._members(call, values)
        wrapped_params: Any = within
        for name in reversed(call.wrap.split(".") if call.wrap else []):
            wrapped_params = [wrapped_params] if name == "0" else {name: wrapped_params}
        return _merge(_merge({**found, **self._bound(call.bind, values)}, wrapped_params), dict(call.fixed))

    def _members(self, call: Call, values: Properties) -> tuple[Properties, Any]:
        """What the properties are in the request itself, and in the structure in it that holds properties."""
        shape, wrapped = input_shapes(self.kind, call)
        found: Properties = {}
        for holder, target in ((shape, found), (wrapped, wrapped_params := {})):
            for key, (member, inner) in members(holder, call.rename).items() if holder else ():
                if values.get(key) is not None and member not in call.bind and member not in call.fixed:
                    target[member] = to_api(values[key], inner, call.rename, key)
        if texts := {name: text(values[key]) for name, key in call.attributes.items() if values.get(key) is not None}:
            found["Attributes"] = texts
        return found, wrapped_params

    def _bound(self, bind: Mapping[str, Any], values: Properties) -> Properties:
        filled = {k: t(values) if callable(t) else fill(t, values) for k, t in bind.items()}
        return {member: value for member, value in filled.items() if value is not None}

    def _call(self, call: Call, values: Properties) -> Properties:
        params = self._params(call, values)
        setting = ", ".join(sorted(self._takes(call) & set(values)))
        response = self._send(call.operation, params, f" ({setting})" if setting else "")
        shape = operation(self.kind.client, call.operation).output_shape
        for name in call.at.split(".") if call.at else []:
            if name == "0":
                response, shape = response[0], shape.member
            else:
                response, shape = response.get(name, {}), shape.members[name]
        return from_api(response, shape, call.rename) if shape else {}

    def _get(self, get: Get, values: Properties) -> Properties | None:
        try:
            params = self._bound(get.bind, values)
            found = self._send(get.operation, _as_lists(self.kind.client, get.operation, params), "")
        except ResourceError as error:
            if _not_found(error, get.missing):
                return None
            raise
        shape = operation(self.kind.client, get.operation).output_shape
        for name in get.at.split(".") if get.at else []:
            if name.isdigit():
                found, shape = next(iter(found[int(name) :]), None), shape.member
            else:
                found, shape = found.get(name), shape.members[name]
            if found is None:
                return None
        if get.match:
            wanted = self._bound(get.match, values)
            found = next((item for item in found if wanted.items() <= item.items()), None)
            shape = shape.member
        if not found or any(found.get(key) == value for key, value in get.gone.items()):
            return None
        if get.attributes:
            return {
                key: untext(found["Attributes"][k]) for k, key in get.attributes.items() if k in found["Attributes"]
            }
        part = from_api(found, shape, get.rename)
        return {get.into: part} if get.into and part else part if not get.into else None

    def _send(self, method: str, params: Properties, setting: str) -> Any:
        try:
            return getattr(self.client, method)(**params)
        except ClientError as error:
            detail = error.response["Error"]
            kind = _NotEmpty if detail["Code"].endswith("NotEmpty") else ResourceError
            raise kind(f"{method}{setting}: {detail['Code']}: {detail['Message']}") from error
        except (BotoCoreError, ResponseParserError) as error:
            # botocore quotes the value it refuses, which may be a secret.
            text = re.sub(r"value: .*?, type:", "type:", str(error), flags=re.DOTALL)
            raise ResourceError(f"{method}{setting}: {text}") from error


def _not_found(error: ResourceError, missing: str) -> bool:
    """Whether AWS said that what was asked for does not exist; `missing` is a further code for that."""
    if not isinstance(cause := error.__cause__, ClientError):
        return False
    code = cause.response["Error"]["Code"]
    return code == missing or bool(NOT_FOUND.search(code))


def _as_lists(service: str, method: str, params: Properties) -> Properties:
    shape = operation(service, method).input_shape
    return {
        k: [v] if shape.members[k].type_name == "list" and not isinstance(v, list) else v for k, v in params.items()
    }


def _merge(into: Properties, more: Properties) -> Properties:
    both = {k: _merge(into[k], v) if isinstance(v, dict) and v and k in into else v for k, v in more.items()}
    return {**into, **both}
