"""A real Prometheus with a history of the contract's synthetic series."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from monitoring import synthetic
from monitoring.alerts.cost import BUDGET
from monitoring.synthetic import Series
from sandbox.processes import end, free_port
from sandbox.toolchain import Toolbox

NOW = 1_790_000_000 // 7200 * 7200
"""When the history ends, Unix seconds: always the same, so that pictures are."""
STEP = 60
HOURS = 6
READY_SECONDS = 60
BUDGET_USD = 6000.0
"""Of a month, of the made-up platform."""


def times(hours: float = HOURS) -> list[float]:
    """A time for each minute until now."""
    count = int(hours * 3600 / STEP)
    return [float(NOW - STEP * number) for number in range(count, -1, -1)]


class Prometheus:
    """Asks a server."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def at(self, expr: str, moment: float = NOW) -> list[dict[str, Any]]:
        """What an expression says at a moment."""
        return self._ask("query", query=expr, time=moment)["result"]

    def over(self, expr: str, hours: float = HOURS - 1.5, step: int = 120) -> list[dict[str, Any]]:
        """What an expression says over the last hours."""
        return self._ask("query_range", query=expr, start=NOW - hours * 3600, end=NOW, step=step)["result"]

    def values(self, metric: str, label: str) -> list[str]:
        """What `label_values(metric, label)` answers in Grafana."""
        return self._ask(f"label/{label}/values", **{"match[]": metric, "start": NOW - HOURS * 3600, "end": NOW})

    @property
    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _ask(self, what: str, **given: Any) -> Any:
        address = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(given)}"
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{given}: {json.load(error)['error']}") from None


@contextmanager
def serving(folder: Path, found: Iterator[Series], moments: Sequence[float]) -> Iterator[Prometheus]:
    """A Prometheus that holds these series and a budget, and scrapes nothing."""
    tools = Toolbox().ensure(["prometheus", "promtool"]).tools
    history, port = folder / "history.om", free_port(0)
    budget = Series(BUDGET, {}, (BUDGET_USD,) * len(moments))
    with history.open("w") as file:
        file.writelines(synthetic.openmetrics(chain(found, [budget]), moments))
    made = [
        str(tools["promtool"].path),
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(history),
        str(folder / "data"),
    ]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    (folder / "prometheus.yml").write_text("{}")
    command = [
        str(tools["prometheus"].path),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        asked, deadline = Prometheus(port), time.monotonic() + READY_SECONDS
        while not asked.ready:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Prometheus did not get ready: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield asked
    finally:
        end(process.pid, 10)
        process.wait(10)
