"""The play itself: traffic that does not drift, then does, then does again while the cooldown holds."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import boto3
import numpy as np

from sandbox.loop import alertmanager
from sandbox.loop.data import payments, request
from sandbox.loop.programs import HOST, LoopError, Programs, ask, model_server, prometheus, query, wait_for
from sandbox.place import CREDENTIALS
from sandbox.processes import free_ports

MODEL, VERSION, OUTPUT = "fraud", "1", "predict_proba"
ROWS = 50  # payments in a request
THRESHOLD, MIN_ROWS, WINDOW_SECONDS, EVERY_SECONDS = 0.5, 400, 6, 2
LEAST_DISTANCE, FALSE_ALARMS_PER_DAY = 0.05, 0.01
QUIET_RUNS, REPEAT_SECONDS, COOLDOWN_MINUTES = 4, 2, 10
PATIENCE = 60  # seconds for one step of the chain
SERIES = {
    "share": "ml_platform_drift_share",
    "rows": "ml_platform_drift_rows",
    "firing": 'ALERTS{alertstate="firing", retrain="true"}',
    "answer": "rate(ml_platform_prediction_value_sum[5s]) / rate(ml_platform_prediction_value_count[5s])",
}
"""What is drawn, to the query that gives it."""


class Given(NamedTuple):
    """What the play finds: an account with capture and retraining bus, programs, and what is to be proven.

    That is groups of rules, and Alertmanager's configuration for the address of the receiver.
    """

    endpoint: str
    region: str
    capture: Mapping[str, str]
    retraining: Mapping[str, str]
    reference_uri: str
    groups: list[dict[str, Any]]
    kinds: Mapping[str, str]
    python: Path
    prometheus: Path
    routes: Callable[[str], Mapping[str, Any]]
    alertmanager: Path


class Mark(NamedTuple):
    """Something that happened, in seconds since the beginning."""

    second: float
    what: str
    detail: str


@dataclass
class Seen:
    """What a play showed."""

    started: float = field(default_factory=time.time)
    marks: list[Mark] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    webhooks: int = 0
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


class Player(ExitStack):
    """Everything that runs during a play; ended with it."""

    def __init__(self, given: Given, folder: Path, tell: Callable[[str], None]) -> None:
        """Start nothing yet; `tell` hears how it goes."""
        super().__init__()
        self.given, self.folder, self._tell = given, folder, tell
        self.seen, self.drifted, self._ended = Seen(), False, threading.Event()
        session = boto3.Session(*CREDENTIALS.values(), region_name=given.region)
        self.sqs, self.s3, self.dynamodb = (
            session.client(name, endpoint_url=given.endpoint)  # pyright: ignore[reportCallIssue, reportArgumentType]
            for name in ("sqs", "s3", "dynamodb")
        )

    def play(self) -> Seen:
        """All of it.

        Raises:
            LoopError: Something did not happen, or happened that must not.
        """
        self.begin()
        self.quiet()
        self.drift()
        self.consume("started")
        self.recover()
        self.drift()
        self.consume("waiting")
        self.seen.series = {name: self._range(expression) for name, expression in SERIES.items()}
        return self.seen

    def mark(self, what: str, detail: str = "") -> None:
        """Note that something happened."""
        self.seen.marks.append(Mark(round(time.time() - self.seen.started, 1), what, detail))
        self._tell(f"{what}: {detail}" if detail else what)

    def begin(self) -> None:
        """Train the model, put its reference data, start every program and let the traffic flow."""
        given, programs = self.given, self.enter_context(Programs(self.folder, self.given.endpoint, self.given.region))
        self._forget()
        self._tell("training the model")
        programs.start("train", [str(given.python), "-m", "sandbox.loop.train", str(self.folder)])
        if programs.running["train"].wait(PATIENCE):
            raise LoopError(f"the model was not trained; see {self.folder / 'train.log'}")
        bucket, _, prefix = given.reference_uri.removeprefix("s3://").partition("/")
        self.s3.upload_file(str(self.folder / "reference.csv"), bucket, f"{prefix}/reference.csv")
        self._programs(programs)
        self.mark("programs run", "MLServer, drift exporter, webhook receiver, Prometheus")
        thread = threading.Thread(target=self._traffic, daemon=True)
        thread.start()
        self.callback(lambda: (self._ended.set(), thread.join(5)))

    def _forget(self) -> None:
        """Take away what an earlier play left: requests, and the cooldown of its run."""
        queue = {"QueueUrl": self.given.retraining["queue"]}
        while left := self.sqs.receive_message(**queue, MaxNumberOfMessages=10).get("Messages"):
            for one in left:
                self.sqs.delete_message(**queue, ReceiptHandle=one["ReceiptHandle"])
        if self._waiting():  # somebody else's, for now; SQS purges only once a minute
            self.sqs.purge_queue(**queue)
        self.dynamodb.delete_item(TableName=self.given.retraining["table"], Key={"model": {"S": MODEL}})

    def _programs(self, programs: Programs) -> None:
        given = self.given
        serving, metrics, drift, hook, look, manage = free_ports(6)
        self._tell("starting the programs")
        variables = {
            "MLSERVER_MODEL_NAME": MODEL,
            "MLSERVER_MODEL_VERSION": VERSION,
            "MLSERVER_MODEL_URI": str(self.folder / "model"),
            "CAPTURE_STREAM": given.capture["stream"],
            "CAPTURE_SAMPLING_PARAMETER": given.capture["samplingParameter"],
        }
        self.model = model_server(programs, given.python, serving, metrics, **variables)
        watched = {"reference": given.reference_uri, "threshold": THRESHOLD, "minRows": MIN_ROWS}
        watched |= {"leastDistance": LEAST_DISTANCE, "falseAlarmsPerDay": FALSE_ALARMS_PER_DAY}
        programs.start(
            "drift-exporter",
            [str(given.python), "-m", "workloads.drift"],
            DRIFT_CAPTURES_URI=given.capture["uri"],
            DRIFT_REPORTS_URI=given.capture["uri"].removesuffix("captures") + "reports",
            DRIFT_MODELS=json.dumps({MODEL: {**watched, "windowSeconds": WINDOW_SECONDS}}),
            DRIFT_EVERY_SECONDS=str(EVERY_SECONDS),
            DRIFT_ADDRESS=f"{HOST}:{drift}",
        )
        programs.start(
            "webhook",
            [str(given.python), "-m", "workloads.alerts"],
            WEBHOOK_BUS=given.retraining["bus"],
            WEBHOOK_SOURCE="ml-platform.retraining-webhook",
            WEBHOOK_ALERTS=json.dumps(given.kinds),
            WEBHOOK_ADDRESS=f"{HOST}:{hook}",
        )
        labels = {"namespace": "fraud", "model": MODEL, "version": VERSION}
        jobs = {
            "models": {"static_configs": [{"targets": [f"{HOST}:{metrics}"], "labels": labels}]},
            "drift": {"honor_labels": True, "static_configs": [{"targets": [f"{HOST}:{drift}"]}]},
        }
        receiver = f"http://{HOST}:{hook}/"
        told = alertmanager.start(programs, given.alertmanager, manage, given.routes(receiver), REPEAT_SECONDS)
        self.prometheus = prometheus(programs, given.prometheus, look, jobs, given.groups, told)
        programs.answers("webhook", f"{receiver}healthz")
        programs.answers("prometheus", f"{self.prometheus}/-/ready")
        programs.answers("drift-exporter", f"http://{HOST}:{drift}/metrics")
        programs.answers("model-server", f"{self.model}/ready")
        self.programs = programs

    def quiet(self) -> None:
        """Some runs of the exporter over data like the reference: none of them is drift."""
        runs: set[float] = set()

        def enough() -> bool:
            self._never()
            if self._gauge("ml_platform_drift_rows", 0) >= MIN_ROWS and self._gauge("ml_platform_drift_detected") == 0:
                runs.add(self._gauge("ml_platform_drift_last_run_timestamp_seconds"))
            return len(runs) >= QUIET_RUNS

        self._await(f"{QUIET_RUNS} verdicts without drift", enough)
        rows = self._gauge("ml_platform_drift_rows")
        self.mark("no drift", f"{QUIET_RUNS} verdicts, the last on {rows:.0f} rows; no alert, no message")

    def drift(self) -> None:
        """Let the payments change, and follow it to exactly one message."""
        before = self._webhooks()
        self.drifted = True
        self.mark("payments change")
        self._await("the gauge says drift", lambda: self._gauge("ml_platform_drift_detected") == 1)
        self.mark("gauge", f"drift share {self._gauge('ml_platform_drift_share'):.2f}, threshold {THRESHOLD}")
        (fired,) = self._await("the alert fires", self._firing)
        self.mark("alert", f"{fired['labels']['alertname']}: {fired['annotations'].get('summary', '')}")
        self._await("the webhook is sent", lambda: self._webhooks() > before)
        self.mark("webhook", "from Alertmanager")
        self._await("a message is on the queue", self._waiting)
        self.mark("queue", "one message")
        # The alert still fires and is sent again: it stays one.
        self._await("the webhook is repeated", lambda: self._webhooks() >= before + 3)
        if (count := self._waiting()) != 1:
            raise LoopError(f"{count} messages are on the queue for one drift; exactly one is allowed")
        self.mark("still one message", f"after {self._webhooks() - before} webhooks")

    def consume(self, expected: str) -> None:
        """Run the consumer for one request, and see that it does what is expected of it."""
        given, log = self.given, self.folder / "consumer.log"
        place = ["--queue-url", given.retraining["queue"], "--table-name", given.retraining["table"]]
        often = ["--cooldown-minutes", str(COOLDOWN_MINUTES), "--once"]
        run = ["--", "sh", "-c", f"cat >> '{self.folder}/runs.jsonl'; echo >> '{self.folder}/runs.jsonl'"]
        command = [str(given.python), "-m", "workloads.retraining", *place, *often, *run]
        self.programs.start("consumer", command)
        self.programs.running["consumer"].wait(PATIENCE)
        outcome = (log.read_text().split() or ["nothing"])[-1]
        self.seen.outcomes.append(outcome)
        runs = (self.folder / "runs.jsonl").read_text().splitlines()
        self.seen.messages = [json.loads(line) for line in runs]
        if outcome != expected:
            raise LoopError(f"the consumer's outcome is {outcome}; {expected} is right; its log is {log}")
        if (left := self._waiting()) != (allowed := int(expected == "waiting")):
            raise LoopError(f"{left} messages are left on the queue; {allowed} should be")
        self.mark("retraining", f"{outcome}; {len(runs)} run in all")

    def recover(self) -> None:
        """Let the payments be as before, until the alert is over."""
        self.drifted = False
        self.mark("payments are as before")
        self._await("the alert is over", lambda: not self._firing())
        self.mark("alert over")

    def _traffic(self) -> None:
        rng = np.random.default_rng()
        while not self._ended.wait(0.08):
            try:
                ask(f"{self.model}/infer", request(payments(rng, ROWS, self.drifted), OUTPUT))
            except OSError as error:
                self._tell(f"a request failed: {error}")

    def _webhooks(self) -> int:
        """Webhooks that the receiver has taken; it answers those of alerts that are over too."""
        log = (self.folder / "webhook.log").read_text()
        self.seen.webhooks = len(re.findall(r" 200 \d+ published$", log, re.M))
        return self.seen.webhooks

    def _gauge(self, name: str, default: float = -1) -> float:
        return query(self.prometheus, f'{name}{{model="{MODEL}"}}').get(VERSION, default)

    def _firing(self) -> list[dict[str, Any]]:
        found = ask(f"{self.prometheus}/api/v1/alerts")["data"]["alerts"]
        return [one for one in found if one["state"] == "firing" and "retrain" in one["labels"]]

    def _waiting(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.given.retraining["queue"], AttributeNames=names)
        return sum(map(int, found["Attributes"].values()))

    def _never(self) -> None:
        if self._gauge("ml_platform_drift_detected") == 1 or self._firing() or self._waiting():
            raise LoopError(f"drift was found in payments that do not drift; logs are in {self.folder}")

    def _await(self, what: str, probe: Callable[[], Any]) -> Any:
        return wait_for(what, probe, PATIENCE, self.folder)

    def _range(self, expression: str) -> list[tuple[float, float]]:
        """Seconds since the beginning, and value."""
        asked = {"query": expression, "start": self.seen.started, "end": time.time(), "step": 1}
        found = ask(f"{self.prometheus}/api/v1/query_range?{urlencode(asked)}")["data"]["result"]
        points = [(at - self.seen.started, float(value)) for one in found for at, value in one["values"]]
        return sorted((second, value) for second, value in points if value == value)
