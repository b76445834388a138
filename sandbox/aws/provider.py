"""The sandbox's `aws` provider: a resource's life cycle by the tables, the invokes, and strict configuration."""

import asyncio
import json
import os
from importlib.metadata import version
from typing import Any

from pulumi.provider.experimental import provider as api

from sandbox.aws.contract.enforce import enforce
from sandbox.aws.engine import Resource
from sandbox.aws.model import client, endpoint, inputs, properties, replaces
from sandbox.aws.shapes import same
from sandbox.aws.tables import KINDS
from sandbox.serve import DiffRequest, journal, serve, to_plain, to_properties
from sandbox.values import UNKNOWN, Properties, ResourceError

CONFIG = {
    "allowedAccountIds",
    "region",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "version",
}
"""Provider settings that are carried out, and those the SDK always sends that change nothing here."""


class AwsProvider(api.Provider):
    """Carries out the types of `KINDS` against the emulated account; anything else is an error naming it."""

    region = os.environ.get("AWS_REGION", "us-east-1")

    async def check_config(self, request: api.CheckRequest) -> api.CheckResponse:
        """Refuse provider settings that would have no effect here."""
        failures = [
            api.CheckFailure(key, f"not understood by the sandbox; known: {', '.join(sorted(CONFIG))}")
            for key in request.new_inputs
            if key not in CONFIG
        ]
        return api.CheckResponse(request.new_inputs, failures)

    async def diff_config(self, request: DiffRequest) -> api.DiffResponse:
        """Another region or account is another set of resources."""
        old, new = to_plain(request.old_state), to_plain(request.new_inputs)
        changed = [key for key in {*old, *new} - {"version"} if old.get(key) != new.get(key)]
        return api.DiffResponse(bool(changed), replaces=[key for key in changed if key == "region"], diffs=changed)

    async def configure(self, request: api.ConfigureRequest) -> api.ConfigureResponse:
        """Take the region, and refuse an account that is not allowed, as the official provider does."""
        settings = to_plain(request.args)
        self.region = settings.get("region", self.region)
        endpoint()
        allowed = settings.get("allowedAccountIds", [])
        allowed = json.loads(allowed) if isinstance(allowed, str) else allowed
        account = await asyncio.to_thread(lambda: client("sts", self.region).get_caller_identity()["Account"])
        if allowed and account not in allowed:
            raise ResourceError(f"AWS account ID not allowed: {account}; allowedAccountIds: {', '.join(allowed)}")
        return api.ConfigureResponse(supports_preview=True)

    async def check(self, request: api.CheckRequest) -> api.CheckResponse:
        """Normalise and judge the inputs of a resource."""
        resource = self._resource(request, to_plain(request.new_inputs))
        try:
            values = await asyncio.to_thread(resource.normalise, to_plain(request.old_inputs))
        except ResourceError as error:
            return api.CheckResponse(request.new_inputs, [api.CheckFailure("", str(error))])
        return api.CheckResponse(to_properties(values))

    async def diff(self, request: DiffRequest) -> api.DiffResponse:
        """Compare inputs; see `serve` for why the old state is the old inputs."""
        old, new = to_plain(request.old_state), to_plain(request.new_inputs)
        kind = self._kind(request)
        changed = sorted(key for key in {*old, *new} - set(request.ignore_changes) if old.get(key) != new.get(key))
        replacing = [key for key in changed if key in replaces(kind)]
        named = old.get(kind.autoname, "") if kind.autoname else ""
        keeps_name = not any(key in kind.id for key in replacing) and not named.startswith(f"{request.name}-")
        detail = {key: api.PropertyDiff(_how(key, old, new, key in replacing), True) for key in changed}
        return api.DiffResponse(
            bool(changed), replacing, [], bool(replacing) and keeps_name, diffs=changed, detailed_diff=detail
        )

    async def create(self, request: api.CreateRequest) -> api.CreateResponse:
        """Make the resource; at preview, what it would be."""
        values = to_plain(request.properties)
        resource = self._resource(request, values)
        if request.preview:
            return api.CreateResponse("", to_properties(self._planned(resource, values)))

        def create_and_note() -> tuple[str, Properties]:
            # In one thread, which ends its work even if the engine is killed and the call is cancelled.
            id_: str = ""
            enforce(resource.kind.token, resource.values, resource.region)
            journal(request.urn, None)
            try:
                id_, state = resource.create()
            finally:
                journal(request.urn, id_)
            return id_, state

        id_, state = await self._named(request, create_and_note)
        return api.CreateResponse(id_, to_properties(state))

    async def read(self, request: api.ReadRequest) -> api.ReadResponse:
        """Read the live resource, for refresh and import."""
        kind, known = self._kind(request), to_plain(request.inputs)
        resource = self._resource(request, known, request.resource_id)
        live = await self._named(request, resource.read)
        if live is None:
            return api.ReadResponse("")
        state = resource.state(live)
        understood = inputs(kind)
        wanted = known or {key: value for key, value in state.items() if value not in (None, {}, [])}
        return api.ReadResponse(
            request.resource_id,
            to_properties(state),
            # What was given and still holds stays as it was given, without what AWS adds to it.
            to_properties({key: _held(known.get(key), state.get(key)) for key in wanted if key in understood}),
        )

    async def update(self, request: api.UpdateRequest) -> api.UpdateResponse:
        """Change the resource in place."""
        old, new = to_plain(request.olds), to_plain(request.news)
        computed = {key: value for key, value in old.items() if key not in inputs(self._kind(request))}
        resource = self._resource(request, {**computed, **new}, request.resource_id)
        if request.preview:
            parts = {key: old[key] for key, one in resource.kind.outputs.items() if callable(one) and key in old}
            return api.UpdateResponse(to_properties({**computed, **new, **parts}))

        def judge_and_update() -> Properties:
            enforce(resource.kind.token, resource.values, resource.region)
            return resource.update(old)

        return api.UpdateResponse(to_properties(await self._named(request, judge_and_update)))

    async def delete(self, request: api.DeleteRequest) -> None:
        """Delete the resource."""
        resource = self._resource(request, to_plain(request.properties), request.resource_id)
        await self._named(request, resource.delete)

    async def invoke(self, request: api.InvokeRequest) -> api.InvokeResponse:
        """Answer the data sources in use."""
        if request.tok not in INVOKES:
            raise ResourceError(f"{request.tok}: not understood by the sandbox; known: {', '.join(INVOKES)}")
        answer = await asyncio.to_thread(INVOKES[request.tok], self.region, to_plain(request.args))
        return api.InvokeResponse(to_properties(answer))

    def _kind(self, request: Any) -> Any:
        token = request.type.rpartition("$")[2]  # a URN's type starts with those of the parents
        if token not in KINDS:
            raise ResourceError(f"{request.name}: type {token} has no entry in sandbox/aws/tables")
        return KINDS[token]

    def _resource(self, request: Any, values: Properties, id_: str = "") -> Resource:
        return Resource(self._kind(request), request.name, self.region, values, id_)

    def _planned(self, resource: Resource, values: Properties) -> Properties:
        kind = resource.kind
        later = dict.fromkeys((*kind.computed, *kind.outputs, *kind.invented), UNKNOWN)
        tags = {"tagsAll": values.get("tags", {})} if kind.tags else {}
        parts = {key: UNKNOWN for key, one in kind.outputs.items() if callable(one)}
        planned = {**later, **tags, **values, **parts, "region": resource.region}
        return {key: value for key, value in planned.items() if key in properties(kind)}

    async def _named(self, request: Any, action: Any) -> Any:
        try:
            return await asyncio.to_thread(action)
        except ResourceError as error:
            raise ResourceError(f"{request.name} ({self._kind(request).token}): {error}") from error


def _held(given: Any, live: Any) -> Any:
    return given if given is not None and same(given, live) else live


def _how(key: str, old: Properties, new: Properties, replace: bool) -> api.PropertyDiffKind:
    change = "ADD" if key not in old else "DELETE" if key not in new else "UPDATE"
    return api.PropertyDiffKind[f"{change}_REPLACE" if replace else change]


def _caller(region: str, args: Properties) -> Properties:
    found = client("sts", region).get_caller_identity()
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


INVOKES = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getPartition:getPartition": lambda region, args: {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:index/getRegion:getRegion": lambda region, args: {
        "id": region,
        "region": region,
        "name": region,
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
    },
}
"""Data source to its answer for a region and arguments."""


def main() -> None:
    """Serve the provider; the plugin's entry point."""
    serve(AwsProvider(), version("pulumi_aws"))


if __name__ == "__main__":
    main()
