"""A stand-in for Alertmanager, where the machine has none: it posts what Prometheus' alerts become.

It knows no routes, groups or silences. Like Alertmanager it sends a webhook for alerts that fire, repeats it while they
do, tries again what was not taken, and says when they are over.
"""

import json
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

from sandbox.loop.programs import ask

NEVER = "0001-01-01T00:00:00Z"


class Forwarder:
    """Polls Prometheus and posts to one receiver, in a thread; a context manager."""

    def __init__(self, prometheus: str, receiver: str, label: str, repeat: float, tell: Callable[[str], None]) -> None:
        """Begin with `__enter__`.

        Args:
            prometheus: Its address.
            receiver: Address of the webhook.
            label: Alerts that have it go there, as by a route.
            repeat: Seconds after which an alert that still fires is sent again.
            tell: Told what the receiver does not take.
        """
        self._from, self._to, self._label, self._repeat, self._tell = prometheus, receiver, label, repeat, tell
        self._sent: dict[str, tuple[float, dict[str, Any]]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Forwarder":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._ended.wait(0.5):
            try:
                self._forward([alert(one) for one in ask(f"{self._from}/api/v1/alerts")["data"]["alerts"]])
            except (OSError, ValueError) as error:
                self._tell(f"alerts are not forwarded: {error}")

    def _forward(self, alerts: list[dict[str, Any]]) -> None:
        now = time.monotonic()
        firing = {
            one["fingerprint"]: one for one in alerts if one["status"] == "firing" and self._label in one["labels"]
        }
        for print_, (_, old) in list(self._sent.items()):
            if print_ not in firing and self._post({**old, "status": "resolved"}):
                del self._sent[print_]
        for print_, one in firing.items():
            last = self._sent.get(print_, (-self._repeat, one))[0]
            if now - last >= self._repeat and self._post(one):
                self._sent[print_] = (now, one)

    def _post(self, one: dict[str, Any]) -> bool:
        try:
            ask(self._to, webhook(one))
        except HTTPError as error:
            self._tell(f"the receiver answers {error.code}: {error.read().decode()}")
            return error.code < 500  # as Alertmanager does, which gives up what is refused for good
        return True


def alert(found: dict[str, Any]) -> dict[str, Any]:
    """An alert of Prometheus as Alertmanager has it."""
    labels = found["labels"]
    return {
        "status": found["state"],
        "labels": labels,
        "annotations": found["annotations"],
        "startsAt": found["activeAt"],
        "endsAt": NEVER,
        "generatorURL": "",
        "fingerprint": f"{zlib.crc32(json.dumps(labels, sort_keys=True).encode()):016x}",
    }


def webhook(one: dict[str, Any]) -> dict[str, Any]:
    """Version 4 of Alertmanager's webhook, with one alert."""
    return {
        "version": "4",
        "groupKey": "{}",
        "truncatedAlerts": 0,
        "status": one["status"],
        "receiver": "retraining",
        "groupLabels": {},
        "commonLabels": one["labels"],
        "commonAnnotations": one["annotations"],
        "externalURL": "",
        "alerts": [one],
    }
