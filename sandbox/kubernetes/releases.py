"""Helm releases: chart, version and values are kept in state; rendered and applied where the chart can be had."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kubernetes.charts import Charts
from sandbox.kubernetes.client import Client, Object
from sandbox.values import Properties, ResourceError

TOKEN = "kubernetes:helm.sh/v3:Release"
INPUTS = {
    "allowNullValues",
    "atomic",
    "chart",
    "cleanupOnFail",
    "compat",
    "createNamespace",
    "dependencyUpdate",
    "description",
    "disableCRDHooks",
    "disableWebhooks",
    "forceUpdate",
    "lint",
    "maxHistory",
    "name",
    "namespace",
    "postrender",
    "recreatePods",
    "replace",
    "repositoryOpts",
    "resetValues",
    "reuseValues",
    "skipAwait",
    "skipCrds",
    "timeout",
    "valueYamlFiles",
    "values",
    "verify",
    "version",
    "waitForJobs",
}
DISCOVERY_SECONDS = 10.0
"""How long a kind may take to be served after its definition was applied."""


def refusals(given: Properties) -> Iterator[tuple[str, str]]:
    """What is wrong with a release's inputs: property and reason."""
    for key in given:
        if key not in INPUTS:
            yield key, f"not understood by the sandbox; known: {', '.join(sorted(INPUTS))}"
    for key in "chart", "version", "name":
        if not given.get(key):
            yield key, "a release needs it: without it the chart or its objects' names change by themselves"


def identity(given: Properties) -> str:
    """The official provider's id."""
    return f"{given.get('namespace', 'default')}/{given['name']}"


class Releases:
    """What the releases of a control plane have made of their charts."""

    def __init__(self, client: Client, charts: Charts) -> None:
        self._client, self._charts = client, charts

    def install(self, given: Properties, old: Properties | None = None) -> Properties:
        """Install or upgrade a release, and return its state.

        What is applied is not waited for: its containers do not run here. Where the chart cannot be had the release
        is recorded only, and `sandbox.recordedOnly` says why.

        Raises:
            ResourceError: The chart refuses the values, or the API server an object.
        """
        archive, why = self._charts.fetch(given)
        before, made = _references(old), list[Object]()
        try:
            for one in self._charts.render(given, archive) if archive else ():
                if reference := self._apply(one, given, before):
                    made.append(reference)
        except ResourceError:
            self._delete([one for one in made if one not in before])  # its state will not name them
            raise
        self._delete([one for one in before if one not in made])
        return {
            **given,
            "status": _status(given, old),
            "resourceNames": _listed(made),
            "sandbox": {"objects": made} if archive else {"recordedOnly": why},
        }

    def remove(self, state: Properties) -> None:
        """Delete what a release has made; namespaces stay, as Helm leaves them."""
        self._delete(_references(state))

    def _apply(self, given: Object, release: Properties, before: list[Object]) -> Object | None:
        """Apply an object of a chart; None if it is a definition that is there already and not the release's."""
        metadata = {key: given["metadata"][key] for key in ("name", "namespace") if key in given["metadata"]}
        deadline = time.monotonic() + DISCOVERY_SECONDS
        while not (kind := self._client.kind(given["apiVersion"], given["kind"])) and time.monotonic() < deadline:
            time.sleep(0.2)
        if kind and kind.namespaced:
            metadata.setdefault("namespace", release.get("namespace", "default"))
            self._namespace(metadata["namespace"])
        reference = {"apiVersion": given["apiVersion"], "kind": given["kind"], "metadata": metadata}
        if given["kind"] == "CustomResourceDefinition" and reference not in before and self._client.get(reference):
            return None
        self._client.apply({**given, "metadata": {**given["metadata"], **metadata}})
        return reference

    def _namespace(self, name: str) -> None:
        wanted = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        if not self._client.get(wanted):
            self._client.apply(wanted)

    def _delete(self, references: list[Object]) -> None:
        for one in reversed(references):
            self._client.delete(one, "Background")


def _listed(references: Iterable[Object]) -> dict[str, list[str]]:
    """Kind and version to names, as the official provider lists what a release holds."""
    found: dict[str, list[str]] = {}
    for one in references:
        metadata = one["metadata"]
        found.setdefault(f"{one['kind']}/{one['apiVersion']}", []).append(
            "/".join(metadata[key] for key in ("namespace", "name") if key in metadata)
        )
    return found


def _references(state: Properties | None) -> list[Object]:
    return (state or {}).get("sandbox", {}).get("objects", [])


def _status(given: Properties, old: Properties | None) -> dict[str, Any]:
    """What Helm would say of a release that is installed, or upgraded once more."""
    revision = old["status"]["revision"] + 1 if old and "status" in old else 1
    return {
        "name": given["name"],
        "namespace": given.get("namespace", "default"),
        "chart": given["chart"].rpartition("/")[2],
        "version": given["version"],
        "revision": revision,
        "status": "deployed",
    }
