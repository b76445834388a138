"""The verb `mlp loop`: from predictions that drift to a request for retraining, played on the sandbox."""

import fcntl
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from mlp.fetch import fetch
from mlp.places import SessionError, place_of
from mlp.report import Report
from mlp.session import Session, open_session
from monitoring.routes import configuration
from monitoring.rule import Severity
from monitoring.rules import alerts, groups
from monitoring.watched import Watched
from sandbox import pythons
from sandbox.account import Account
from sandbox.loop import report
from sandbox.loop.play import MODEL, Given, Player
from sandbox.toolchain import Event
from stacks.settings import Settings

NO_TOPICS = {severity.value: "arn:aws:sns:::none" for severity in Severity}
"""Topics of the routes that are not played."""
ALERT_FOR = "2s"
"""How long drift must last in the play before the alert fires; in the cluster it is minutes."""


def loop(out: Path | None, console: Console) -> Report:
    """Play the loop on the running local sandbox; see `mlp loop --help`.

    Raises:
        AccountError: The sandbox does not run.
        SessionError: It has no capture or retraining for the play's model, or another play runs.
        LoopError: A link of the chain does not hold; the text names it, and its log.
    """
    started = time.monotonic()
    settings = Settings.from_file("local")
    _ = Account(place_of(settings), settings.account).endpoint  # it runs, or says what to do
    session = open_session("local")
    folder = session.place.path("loop", "x").parent
    with _alone(folder), _ticking(console) as tell:
        given = _given(session, _outputs(session), tell)
        for left in ("series", "alerts"):
            shutil.rmtree(folder / left, ignore_errors=True)
        (folder / "runs.jsonl").unlink(missing_ok=True)
        with Player(given, folder, tell) as player:
            seen = player.play()
    from sandbox.loop.picture import draw  # matplotlib takes half a second, which errors need not wait for
    from sandbox.pictures import save

    pictures = out or folder
    pictures.mkdir(parents=True, exist_ok=True)
    picture = pictures / "loop.png"
    save(draw(seen), picture)
    seconds = round(time.monotonic() - started, 1)
    found = {
        "timeline": [mark._asdict() for mark in seen.marks],
        "webhooks": seen.webhooks,
        "runs": seen.messages,
        "outcomes": seen.outcomes,
    }
    text = f"{report.table(seen)}\nplayed in {seconds} s; picture {picture}, logs in {folder}"
    return Report(True, text, {"ok": True, "seconds": seconds, "files": {"png": str(picture)}, **found})


def rules() -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The platform's own rules that ask for a retraining, only quicker; and what kind of trigger each is."""
    kinds = {name: alert.retrain for name, alert in alerts(Watched()).items() if alert.retrain}
    chosen = [
        {**group, "rules": [{**rule, "for": ALERT_FOR} for rule in group["rules"] if rule.get("alert") in kinds]}
        for group in groups(Watched())
    ]
    return [group for group in chosen if group["rules"]], kinds


def _given(session: Session, outputs: dict[str, Any], tell: Callable[[str], None]) -> Given:
    def say(event: Event) -> None:
        tell(f"{event.tool}: {event.phase}")

    tools, (found, kinds) = fetch(("prometheus", "alertmanager"), needed_by="mlp loop").tools, rules()
    prometheus, alertmanager = tools["prometheus"].path, tools["alertmanager"].path
    assert prometheus
    assert alertmanager
    return Given(
        session.account.endpoint,
        session.settings.region,
        outputs["capture"],
        outputs["retraining"],
        f"s3://{outputs['stores']['datasets']['bucket']}/reference/{MODEL}",
        found,
        kinds,
        pythons.ensure("workloads", say),
        prometheus,
        lambda receiver: configuration(NO_TOPICS, session.settings.region, retraining_url=receiver),
        alertmanager,
    )


def _outputs(session: Session) -> dict[str, Any]:
    if session.stack not in session.states.names:
        raise SessionError("local is not up; bring it up with `mlp up`")
    found = json.loads(session.engine.call("stack", "output", "--json", "--stack", session.stack))
    if missing := [name for name in ("capture", "retraining", "stores") if not found.get(name)]:
        raise SessionError(f"local has no {', '.join(missing)}: its settings have them, so bring it up with `mlp up`")
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SessionError("the loop is being played here already; wait until that has ended") from None
        yield


@contextmanager
def _ticking(console: Console) -> Iterator[Callable[[str], None]]:
    """A function that says what happens, with the seconds since the beginning; it is called from several threads."""
    started, alone = time.monotonic(), threading.Lock()

    def tell(text: str) -> None:
        with alone:
            console.print(f"{time.monotonic() - started:6.1f} s  {text}", markup=False, soft_wrap=True)

    yield tell
