"""Helm charts, rendered by `helm` where it is on PATH and the chart's repository answers."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlparse

import yaml

from sandbox.values import Properties, ResourceError

PULL_SECONDS = 30
"""How long a repository may take; a closed network often drops packets instead of refusing."""
RENDER_SECONDS = 60
UNSERVED = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService")
"""Kinds that send the API server's requests to a program of the chart; none runs here, so all would be refused."""


class Charts:
    """The charts of a control plane's releases, fetched once each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._silent: dict[str, str] = {}

    def fetch(self, given: Properties) -> tuple[Path | None, str]:
        """The archive of a release's chart, or None and why it cannot be had: the release is then recorded only."""
        if not (helm := shutil.which("helm")):
            return None, "helm is not on PATH"
        repository = given.get("repositoryOpts", {}).get("repo", "")
        host = urlparse(repository or given["chart"]).netloc
        local = Path(given["chart"])
        if local.exists():
            return local, ""
        archive = self._folder / f"{local.name}-{given['version']}.tgz"
        with self._lock:
            if archive.exists() or host in self._silent:
                return (archive, "") if archive.exists() else (None, self._silent[host])
            self._folder.mkdir(parents=True, exist_ok=True)
            command = [helm, "pull", given["chart"], "--version", given["version"], "--destination", str(self._folder)]
            try:
                _run([*command, *(["--repo", repository] if repository else [])], PULL_SECONDS)
            except ResourceError as error:
                self._silent[host] = f"{host} does not give it: {error}"
                return None, self._silent[host]
            found = next(self._folder.glob(f"{local.name}-*.tgz"))
            return found.rename(archive), ""

    def render(self, given: Properties, archive: Path) -> Iterator[dict[str, Any]]:
        """The objects of a release, in Helm's order, without hooks and without what would call programs of it.

        Raises:
            ResourceError: The chart refuses the values, by its schema or its templates.
        """
        command = ["helm", "template", given["name"], str(archive), "--namespace", given.get("namespace", "default")]
        command += ["--no-hooks", "--values", "-", *([] if given.get("skipCrds") else ["--include-crds"])]
        text = _run(command, RENDER_SECONDS, json.dumps(given.get("values", {})))
        return (one for one in yaml.safe_load_all(text) if one and one["kind"] not in UNSERVED)


def _run(command: list[str], seconds: float, given: str | None = None) -> str:
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ResourceError(f"no answer within {seconds:.0f} s") from None
    if done.returncode:
        raise ResourceError(" ".join(done.stderr.split()) or f"helm ended with {done.returncode}")
    return done.stdout
