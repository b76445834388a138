"""What an alert means to a RetrainingBus, and that it means so once."""

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

REMEMBERED = 10_000
"""Alerts that are known to have been published; the oldest are forgotten."""


class Malformed(ValueError):
    """What was sent is no webhook of Alertmanager, or an alert of it lacks what an event needs."""


class PublishError(Exception):
    """The bus did not take an event; sent again, the webhook is worth another try."""


def event(alert: Mapping[str, Any], kinds: Mapping[str, str]) -> tuple[str, dict[str, Any]] | None:
    """The kind and detail of an alert's event; none of an alert that is over, or that asks for no retraining.

    The window is the moment since when the alert holds: all of its repetitions are about the same one.

    Raises:
        Malformed: It has no model, or no score that is a number.
    """
    try:
        labels, kind = alert["labels"], kinds.get(alert["labels"]["alertname"])
        if kind is None or alert["status"] != "firing":
            return None
        detail = {"model": labels["model"], "window": alert["startsAt"], "score": float(alert["annotations"]["score"])}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"an alert lacks {error}; needed: label model, annotation score, startsAt, status") from None
    if not math.isfinite(detail["score"]):
        raise Malformed(f"an alert has score {detail['score']}; needed: a number")
    if not all(isinstance(detail[name], str) and detail[name] for name in ("model", "window")):
        raise Malformed("an alert has an empty model or startsAt")
    more = {
        "alert": labels["alertname"],
        "version": labels.get("version", ""),
        "fingerprint": alert.get("fingerprint", ""),
    }
    return kind, {**detail, **more}


class Publisher:
    """Publishes the events of alerts, each once for a fingerprint and the moment since when it holds."""

    def __init__(self, client: Any, bus: str, source: str, kinds: Mapping[str, str]) -> None:
        """Publish to `bus` as `source`; `kinds` is the name of an alert to its trigger's kind."""
        self._client, self._bus, self._source, self._kinds = client, bus, source, kinds
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._alone = threading.Lock()

    def take(self, webhook: Any) -> int:
        """Publish what is new in a webhook; how many events that were.

        Raises:
            Malformed: It is none, or an alert in it lacks something; nothing was published.
            PublishError: The bus did not take an event; those before it were published, and are known.
        """
        if not isinstance(webhook, dict) or not isinstance(webhook.get("alerts"), list):
            raise Malformed("no webhook of Alertmanager: it has no list of alerts")
        found = [(alert, made) for alert in webhook["alerts"] if (made := event(alert, self._kinds))]
        with self._alone:
            return sum(self._publish(alert, *made) for alert, made in found)

    def _publish(self, alert: Mapping[str, Any], kind: str, detail: dict[str, Any]) -> bool:
        # Old versions of Alertmanager send no fingerprint: the labels, of which it is a hash, identify the alert then.
        print_ = alert.get("fingerprint") or json.dumps(alert["labels"], sort_keys=True)
        key = (print_, detail["window"])
        if key in self._known:
            return False
        entry = {"EventBusName": self._bus, "Source": self._source, "DetailType": kind, "Detail": json.dumps(detail)}
        try:
            done = self._client.put_events(Entries=[entry])
        except Exception as error:  # credentials, network or service: Alertmanager sends the webhook again
            raise PublishError(str(error)) from error
        if done["FailedEntryCount"]:
            raise PublishError(str(done["Entries"]))
        self._known[key] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return True
