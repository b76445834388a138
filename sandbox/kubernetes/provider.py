"""The sandbox's `kubernetes` provider: server-side apply on the control plane of `MLP_SANDBOX_KUBECONFIG`."""

import asyncio
import os
import re
import secrets
import time
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from pulumi.provider.experimental import provider as api

from sandbox.kubernetes import objects, releases
from sandbox.kubernetes.changes import changes, replacing
from sandbox.kubernetes.charts import Charts
from sandbox.kubernetes.client import ApiError, Client, Object
from sandbox.serve import DiffRequest, journal, serve, to_plain, to_properties
from sandbox.values import UNKNOWN, Properties, ResourceError, is_unknown

CONFIG = {"enableServerSideApply", "kubeconfig", "version"}  # carried out, or without an effect here
PATCH = "Patch"
"""End of the token of a patch: some fields of an object that others make, such as `NamespacePatch`."""
WAIT_SECONDS = 600.0
"""The official provider's patience, unless a resource has its own."""
POLL_SECONDS = 0.1
START_SECONDS = 60.0
"""How long the control plane may take to answer: it starts while the engine does."""


class KubernetesProvider(api.Provider):
    """Carries out every kind that the API server knows, and Helm releases as far as their charts can be had."""

    @cached_property
    def client(self) -> Client:
        """The control plane of the environment.

        Raises:
            ResourceError: It does not run.
        """
        file = os.environ.get("MLP_SANDBOX_KUBECONFIG", "")
        if not file or not Path(file).exists():
            raise ResourceError("the sandbox's control plane does not run; start it with `mlp up`")
        found = Client(yaml.safe_load(Path(file).read_text()))
        _until(lambda: (found, "" if found.ready() else "its API server does not answer"), START_SECONDS, "not up")
        return found

    @cached_property
    def releases(self) -> releases.Releases:
        """The Helm releases of the control plane; their charts are kept beside its kubeconfig."""
        folder = Path(os.environ.get("MLP_SANDBOX_KUBECONFIG", "")).parent / "charts"
        return releases.Releases(self.client, Charts(folder))

    async def check_config(self, request: api.CheckRequest) -> api.CheckResponse:
        """Refuse provider settings that would have no effect here."""
        known = ", ".join(sorted(CONFIG))
        unknown = [key for key in request.new_inputs if key not in CONFIG]
        failures = [api.CheckFailure(key, f"not understood by the sandbox; known: {known}") for key in unknown]
        return api.CheckResponse(request.new_inputs, failures)

    async def diff_config(self, request: DiffRequest) -> api.DiffResponse:
        """Whatever the kubeconfig says, the objects are in the same control plane."""
        return api.DiffResponse(False)

    async def configure(self, request: api.ConfigureRequest) -> api.ConfigureResponse:
        """Nothing of the settings counts here."""
        return api.ConfigureResponse(supports_preview=True)

    async def check(self, request: api.CheckRequest) -> api.CheckResponse:
        """Give an object its kind, its namespace and, if it has none, a name."""
        old, new = to_plain(request.old_inputs), to_plain(request.new_inputs)
        if _token(request) == releases.TOKEN:
            failures = [api.CheckFailure(key, why) for key, why in releases.refusals(new)]
            return api.CheckResponse(request.new_inputs, failures)
        try:
            return api.CheckResponse(to_properties(await asyncio.to_thread(self._named, request, old, new)))
        except ResourceError as error:
            return api.CheckResponse(request.new_inputs, [api.CheckFailure("", str(error))])

    async def diff(self, request: DiffRequest) -> api.DiffResponse:
        """Compare inputs field by field; the API server says which of them cannot change in place."""
        old, new = to_plain(request.old_state), to_plain(request.new_inputs)
        found = [one for one in changes(old, new) if not _ignored(one.path, request.ignore_changes)]
        immutable: list[str] = []
        if _token(request) == releases.TOKEN:
            immutable = [key for key in ("name", "namespace") if old.get(key) != new.get(key)]
        elif found and not is_unknown(new):
            immutable = await asyncio.to_thread(self._immutable, new)
        replace = replacing(found, immutable, old, new)
        detail = {
            one.path: api.PropertyDiff(
                api.PropertyDiffKind[f"{one.kind}_REPLACE" if one.path in replace else one.kind], True
            )
            for one in found
        }
        top = sorted({re.split(r"[.\[]", one.path)[0] for one in found})
        renamed = old.get("metadata", {}).get("name") != new.get("metadata", {}).get("name")
        return api.DiffResponse(
            bool(found), replace, [], bool(replace) and not renamed, diffs=top, detailed_diff=detail
        )

    async def create(self, request: api.CreateRequest) -> api.CreateResponse:
        """Apply a new object and wait until it is ready; at preview, ask the API server what it would be."""
        given = to_plain(request.properties)
        if _token(request) == releases.TOKEN:
            if request.preview:
                return api.CreateResponse("", request.properties)
            installed = await self._call(request, self.releases.install, given)
            return api.CreateResponse(releases.identity(given), to_properties(installed))
        if request.preview:
            return api.CreateResponse("", to_properties(await self._call(request, self._planned, given)))

        def make() -> tuple[str, Object]:
            id_ = self._identity(given)
            if self.client.get(given) and not _token(request).endswith(PATCH):
                raise ResourceError(f"{given['kind']} {id_} already exists; import it or choose another name")
            self._apply(given)
            journal(request.urn, id_)
            return id_, self._settled(given, request.timeout)

        id_, live = await self._call(request, make)
        return api.CreateResponse(id_, to_properties(_state(live)))

    async def read(self, request: api.ReadRequest) -> api.ReadResponse:
        """Read the live object, for refresh and import."""
        known = to_plain(request.inputs)
        if _token(request) == releases.TOKEN:
            return api.ReadResponse(request.resource_id if known else "", request.properties, request.inputs)
        live = await self._call(request, self.client.get, known or _reference(_token(request), request.resource_id))
        if live is None:
            return api.ReadResponse("")
        inputs = await self._call(request, self._still, known, live) if known else objects.own(live)
        return api.ReadResponse(request.resource_id, to_properties(_state(live)), to_properties(inputs))

    async def update(self, request: api.UpdateRequest) -> api.UpdateResponse:
        """Apply an object again; at preview as a dry run, which tells of conflicts before anything changes."""
        given = to_plain(request.news)
        if _token(request) == releases.TOKEN:
            if request.preview:
                return api.UpdateResponse(request.news)
            installed = await self._call(request, self.releases.install, given, to_plain(request.olds))
            return api.UpdateResponse(to_properties(installed))
        if request.preview:
            return api.UpdateResponse(to_properties(await self._call(request, self._planned, given)))

        def change() -> Object:
            self._apply(given)
            return self._settled(given, request.timeout)

        return api.UpdateResponse(to_properties(_state(await self._call(request, change))))

    async def delete(self, request: api.DeleteRequest) -> None:
        """Delete an object and wait until it is gone, finalizers and all."""
        state = to_plain(request.properties)
        if _token(request) == releases.TOKEN:
            await self._call(request, self.releases.remove, state)
        elif _token(request).endswith(PATCH):
            # Applying none of its fields gives them up.
            await self._call(request, self._apply, objects.reference(state))
        else:
            await self._call(request, self._remove, state, request.timeout)

    async def invoke(self, request: api.InvokeRequest) -> api.InvokeResponse:
        """Refuse what renders YAML or charts on the way: a release or an object is what the platform is made of."""
        raise ResourceError(f"{request.tok}: not understood by the sandbox")

    def _named(self, request: api.CheckRequest, old: Properties, new: Properties) -> Object:
        given = {**_reference(_token(request), ""), **new, "metadata": {**new.get("metadata", {})}}
        metadata = given["metadata"]
        if not metadata.get("name"):
            kept = objects.annotations(old).get(objects.AUTONAMED) == "true"
            made_up = f"{request.name}-{secrets.token_hex(4)}"
            metadata["name"] = old["metadata"]["name"] if kept else made_up
            metadata["annotations"] = {**(metadata.get("annotations") or {}), objects.AUTONAMED: "true"}
        kind = self.client.kind(given["apiVersion"], given["kind"])
        if kind and kind.namespaced:
            metadata.setdefault("namespace", "default")
        return given

    def _planned(self, given: Object) -> Object:
        later = {"status": UNKNOWN}
        if is_unknown(given):
            return given | later
        try:
            planned = self._apply(given, dry_run=True)
        except ApiError as error:
            # Its namespace or its definition is made by the same update, or it is deleted first.
            if error.code != 404 and not error.immutable:
                raise
            return given | later
        own = objects.own(planned)
        return own | later | {"metadata": own["metadata"] | dict.fromkeys(("uid", "resourceVersion"), UNKNOWN)}

    def _apply(self, given: Object, dry_run: bool = False) -> Object:
        force = objects.annotations(given).get(objects.FORCE) == "true"
        return self.client.apply(given, dry_run, force)

    def _immutable(self, given: Object) -> list[str]:
        try:
            self._apply(given, dry_run=True)
        except ApiError as error:
            return error.immutable  # any other refusal is told by the preview of the update
        return []

    def _still(self, given: Object, live: Object) -> Object:
        """The inputs of a live object: as they were given if applying them would change nothing."""
        try:
            if objects.same(self._apply(given, dry_run=True), live):
                return given
        except ApiError:
            pass
        return objects.held(given, live)

    def _settled(self, given: Object, timeout: float) -> Object:
        def ready() -> tuple[Object, str]:
            if not (live := self.client.get(given)):
                raise ResourceError(f"{given['kind']} {self._identity(given)} was deleted while it was waited for")
            return live, objects.waits_for(live)

        asked = objects.annotations(given).get(objects.TIMEOUT_SECONDS)
        return _until(ready, timeout or float(asked or WAIT_SECONDS), "not ready")

    def _remove(self, given: Object, timeout: float) -> None:
        propagation = objects.annotations(given).get(objects.PROPAGATION, "foreground").capitalize()
        self.client.delete(given, propagation)

        def gone() -> tuple[None, str]:
            if not (live := self.client.get(given)):
                return None, ""
            return None, f"finalizers {', '.join(live['metadata'].get('finalizers', [])) or '(none)'}"

        _until(gone, timeout or WAIT_SECONDS, "not gone")

    def _identity(self, given: Object) -> str:
        kind = self.client.kind(given["apiVersion"], given["kind"])
        return objects.identity(given, bool(kind and kind.namespaced))

    async def _call(self, request: Any, action: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return await asyncio.to_thread(action, *arguments)
        except ResourceError as error:
            text = str(error)
            if _token(request) == "kubernetes:core/v1:Secret" and isinstance(error, ApiError):
                # The API server quotes the values that it refuses.
                text = f"refused: {', '.join(cause.get('field', '') for cause in error.causes) or error.code}"
            raise ResourceError(f"{request.name} ({_token(request)}): {text}") from error


def _until(look: Callable[[], tuple[Any, str]], seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found, lacking = look()
        if not lacking:
            return found
        if time.monotonic() > deadline:
            raise ResourceError(f"{what} after {seconds:.0f} s: {lacking}")
        time.sleep(POLL_SECONDS)


def _token(request: Any) -> str:
    """The type of a request's resource, without the types of its parents."""
    return request.type.rpartition("$")[2]


def _reference(token: str, id_: str) -> Object:
    """The kind in a type token, and the object that an id names."""
    _, group, kind = token.removesuffix(PATCH).split(":")
    namespace, _, name = id_.rpartition("/")
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": group.removeprefix("core/"), "kind": kind, "metadata": metadata if id_ else {}}


def _ignored(path: str, ignored: list[str]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignored)


def _state(live: Object) -> Properties:
    metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    return live | {"metadata": metadata}


def main() -> None:
    """Serve the provider; the plugin's entry point."""
    serve(KubernetesProvider(), version("pulumi_kubernetes"))


if __name__ == "__main__":
    main()
