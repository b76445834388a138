"""From drift to retraining, played as a user does: it closes once, and what breaks it is noticed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import pythons
from sandbox.toolchain import Toolbox
from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
FORGETFUL = {
    "if key in self._known:": "if not key:",
    '"window": alert["startsAt"]': '"window": __import__("time").ctime()',
}
"""What makes the receiver take every alert for a new one: a text of its source to another."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The models' part of the local environment, up."""
    Toolbox().ensure(["prometheus", "alertmanager"])
    pythons.ensure("workloads")
    made = Checkout(tmp_path_factory.mktemp("loop"), keep=("capture", "retraining"))
    try:
        assert "`mlp up`" in made.mlp("loop", code=1)["errors"][0]
        made.mlp("up", "local")
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def played(checkout: Checkout) -> dict[str, Any]:
    return checkout.mlp("loop", "--out", "figures")


def moments(played: dict[str, Any], what: str) -> list[float]:
    return [mark["second"] for mark in played["timeline"] if mark["what"] == what]


def test_drift_becomes_one_run_and_none_while_the_cooldown_holds(played: dict[str, Any]) -> None:
    assert played["outcomes"] == ["started", "waiting"]
    (run,) = played["runs"]
    assert (run["model"], run["trigger"]) == ("fraud", "drift")
    # Each alert was sent several times, and put on the queue once.
    assert played["webhooks"] >= 6
    assert len(moments(played, "still one message")) == 2


def test_nothing_happens_before_the_payments_change(played: dict[str, Any]) -> None:
    (quiet,), changed = moments(played, "no drift"), moments(played, "payments change")
    assert len(changed) == 2
    assert quiet <= changed[0]
    assert all(
        moment > changed[0] for what in ("gauge", "alert", "webhook", "queue") for moment in moments(played, what)
    )


def test_it_ends_within_three_minutes_and_with_a_picture(played: dict[str, Any], checkout: Checkout) -> None:
    assert played["seconds"] < 180
    assert (checkout.path / played["files"]["png"]).read_bytes().startswith(b"\x89PNG")


def test_only_the_request_that_waits_is_left_on_the_queue(played: dict[str, Any], checkout: Checkout) -> None:
    sqs = checkout.client("sqs")
    (queue,) = [url for url in sqs.list_queues()["QueueUrls"] if "dead" not in url and url.endswith(".fifo")]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    assert [int(counts[name]) for name in names] == [0, 1]


def test_a_receiver_that_forgets_is_noticed(played: dict[str, Any], checkout: Checkout) -> None:
    """One link broken, to see that the loop can fail; every other one has tests of its own."""
    file = Path(checkout.path, "workloads/alerts/events.py")
    right = wrong = file.read_text()
    for old, new in FORGETFUL.items():
        assert old in wrong
        wrong = wrong.replace(old, new)
    file.write_text(wrong)
    try:
        said = "\n".join(checkout.mlp("loop", code=1)["errors"])
        assert "messages are on the queue for one drift; exactly one is allowed" in said
    finally:
        file.write_text(right)
