"""Charts at their pinned versions: from a folder, from their repositories, from the Go modules that have some."""

import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlparse

from components.versions import Chart
from sandbox import toolcache
from sandbox.kubernetes.crds import KARPENTER, PINS
from sandbox.toolchain import Toolbox

PULL_SECONDS = 60
"""How long a repository may take; a closed network often drops packets instead of refusing."""


class InModule(NamedTuple):
    """The folder of a chart in a Go module that `tools/crds` pins, in the version of the chart."""

    module: str
    folder: str


MODULES = {
    "cert-manager": InModule("github.com/cert-manager/cert-manager", "deploy/charts/cert-manager"),
    "karpenter": InModule(KARPENTER, "charts/karpenter"),
    "karpenter-crd": InModule(KARPENTER, "charts/karpenter-crd"),
    "kueue": InModule("sigs.k8s.io/kueue", "charts/kueue"),
}
VERSIONED_AT_RELEASE = ("cert-manager", "karpenter", "karpenter-crd")
"""Charts whose source has no version; the release of the project gives its own to chart and application."""


class ChartError(Exception):
    """A chart cannot be fetched or rendered; the text says why."""


class Archives:
    """Fetches charts, each once.

    Args:
        helm: The program.
        folder: Keeps them as `NAME-VERSION.tgz`; one that is there already is taken.
    """

    def __init__(self, helm: Path, folder: Path | None = None) -> None:
        self.helm = helm
        self.folder = folder or toolcache.default_root() / "charts"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._silent: dict[str, str] = {}

    def fetch(self, chart: Chart) -> Path:
        """The archive of a chart.

        Raises:
            ChartError: It is not in the folder, its repository does not give it, and no Go module has it.
        """
        archive = self.folder / f"{chart.name}-{chart.version}.tgz"
        if archive.exists():
            return archive
        try:
            return self._pull(chart)
        except ChartError:
            if chart.name not in MODULES:
                raise
            return self.package(chart, self.folder)

    def package(self, chart: Chart, folder: Path) -> Path:
        """Package a chart from its Go module."""
        source = MODULES[chart.name]
        version = ["--version", chart.version, "--app-version", chart.version]
        command = [self.helm, "package", Toolbox().modules(PINS)[source.module] / source.folder]
        command += version if chart.name in VERSIONED_AT_RELEASE else []
        run([*command, "--destination", folder])
        return folder / f"{chart.name}-{chart.version}.tgz"

    def _pull(self, chart: Chart) -> Path:
        host = urlparse(chart.repository).netloc
        if host in self._silent:
            raise ChartError(self._silent[host])
        repository = [] if chart.source.startswith("oci://") else ["--repo", chart.repository]
        command = [self.helm, "pull", chart.source, "--version", chart.version, "--destination", self.folder]
        try:
            run([*command, *repository], seconds=PULL_SECONDS)
        except ChartError as error:
            self._silent[host] = f"{host} does not give it: {error}"
            raise ChartError(self._silent[host]) from None
        return self.folder / f"{chart.name}-{chart.version}.tgz"


def run(command: list[str | Path], given: str | None = None, seconds: float = 120) -> str:
    """What a command prints.

    Raises:
        ChartError: It fails, or does not end in time.
    """
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ChartError(f"no answer within {seconds:.0f} s") from None
    if done.returncode:
        raise ChartError(" ".join(done.stderr.split())[-600:] or f"exit status {done.returncode}")
    return done.stdout
