"""Helm releases, which are recorded: chart, version and values are kept in state, and nothing is rendered."""

from collections.abc import Iterator
from typing import Any

from sandbox.serve import Properties

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


def status(given: Properties, old: Properties | None) -> dict[str, Any]:
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
