import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from components.retraining_bus import WAIT_SECONDS
from tests.workloads.account import COOLDOWN, REGION, Account
from workloads.retraining import ATTEMPTS, LONGEST_WAIT, Outcome, main

DRIFT = {"window": "2026-08-01T10", "model": "churn", "trigger": "drift"}


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


def fail(request: dict[str, Any]) -> None:
    raise RuntimeError("no capacity")


def test_no_request_is_no_run(account: Account) -> None:
    assert account.handle() is Outcome.NONE
    assert account.noted() == account.runs == []


def test_a_request_starts_a_run_and_is_gone(account: Account) -> None:
    account.send(DRIFT)
    before = int(time.time())
    assert account.handle() is Outcome.STARTED
    assert account.asked() == [DRIFT]
    assert account.left(account.queue) == []
    (noted,) = [{name: next(iter(value.values())) for name, value in one.items()} for one in account.noted()]
    started = int(noted.pop("started"))
    assert before <= started <= time.time()
    assert json.loads(noted.pop("request")) == DRIFT
    assert noted == {
        **DRIFT,
        "run": account.runs[0]["run"],
        "state": "started",
        "until": str(started + COOLDOWN),
        "expires": str(started + COOLDOWN + 14 * 86400),
    }


def test_a_request_whose_consumer_is_too_slow_starts_one_run_under_one_name(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)

    def start(request: dict[str, Any]) -> None:
        account.runs.append(request)
        assert account.handle() is Outcome.STARTED

    assert account.handle(start) is Outcome.STARTED
    assert len({run["run"] for run in account.runs}) == 1
    assert account.left(account.queue) == account.left(account.dead) == []


@pytest.mark.parametrize("submitted", [True, False])
def test_a_request_whose_consumer_is_killed_is_started_again_under_the_same_name(
    account: Account, submitted: bool
) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)
    names: list[str] = []

    def start(request: dict[str, Any]) -> None:
        names.append(request["run"])
        account.runs.extend([request] if submitted else [])
        raise SystemExit

    with pytest.raises(SystemExit):
        account.handle(start)
    assert account.handle() is Outcome.STARTED
    assert {run["run"] for run in account.runs} == {*names}
    assert account.left(account.queue) == []


def test_a_request_that_comes_in_a_cooldown_waits_for_its_end_and_then_starts_a_run(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, later = account.waits(monkeypatch), {**DRIFT, "window": "2026-08-01T11"}
    account.send(DRIFT)
    account.handle()
    account.ahead = 600
    account.send(later)
    assert account.handle() is Outcome.WAITING
    assert waits == [pytest.approx(COOLDOWN - 600, abs=2)]
    account.ahead = COOLDOWN + 1
    assert account.handle() is Outcome.STARTED
    assert account.asked() == [DRIFT, later]
    assert account.left(account.queue) == account.left(account.dead) == []


def test_a_wait_is_never_longer_than_sqs_allows(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = account.waits(monkeypatch)
    account.bus = replace(account.bus, cooldown=13 * 86400)
    account.send(DRIFT)
    account.handle()
    account.send({**DRIFT, "window": "2026-08-01T11"})
    account.handle()
    assert waits == [LONGEST_WAIT]
    assert LONGEST_WAIT == WAIT_SECONDS < 12 * 3600


def test_several_requests_that_wait_for_one_cooldown_start_one_run(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)
    account.handle()
    for hour in (11, 12, 13):
        account.send({**DRIFT, "window": f"2026-08-01T{hour}"})
    account.ahead = COOLDOWN + 1
    outcomes = [account.handle() for _ in range(4)]
    assert outcomes == [Outcome.STARTED, Outcome.COVERED, Outcome.COVERED, Outcome.NONE]


def test_a_cause_starts_one_run_even_if_it_is_sent_again_after_the_cooldown(account: Account) -> None:
    account.send(DRIFT)
    account.handle()
    account.ahead = COOLDOWN + 1
    account.send({**DRIFT, "sent again by": "a receiver that was restarted"})
    assert account.handle() is Outcome.COVERED
    assert account.asked() == [DRIFT]
    assert account.left(account.queue) == []


def test_new_data_in_the_same_place_is_a_cause_of_its_own(account: Account) -> None:
    arrived = {**DRIFT, "trigger": "new-data", "window": "s3://lake/payments/"}
    account.send(arrived)
    account.handle()
    account.ahead = COOLDOWN + 1
    account.send({**arrived, "count": 2})
    assert account.handle() is Outcome.STARTED


def test_a_run_that_fails_is_released_and_its_request_starts_another_at_once(account: Account) -> None:
    account.send(DRIFT)
    account.handle()
    assert account.bus.release("churn", account.runs[0]["run"])
    assert account.handle() is Outcome.STARTED
    assert account.asked() == [DRIFT, {**DRIFT, "attempt": 2}]
    assert account.runs[0]["run"] != account.runs[1]["run"]


def test_a_request_starts_no_more_runs_than_it_may(account: Account) -> None:
    account.send(DRIFT)
    for attempt in range(1, ATTEMPTS + 1):
        account.handle()
        assert account.bus.release("churn", account.runs[-1]["run"]) is (attempt < ATTEMPTS)
    assert len(account.runs) == ATTEMPTS
    assert account.handle() is Outcome.NONE


@pytest.mark.parametrize(("model", "run"), [("churn", "another"), ("fraud", None)])
def test_a_run_that_is_not_the_last_releases_nothing(account: Account, model: str, run: str | None) -> None:
    account.send(DRIFT)
    account.handle()
    before = account.noted()
    assert not account.bus.release(model, run or account.runs[0]["run"])
    assert account.noted() == before
    assert account.left(account.queue) == []


def test_models_do_not_wait_for_each_other(account: Account) -> None:
    account.send(DRIFT)
    account.send({**DRIFT, "model": "fraud"}, "fraud")
    assert [account.handle(), account.handle()] == [Outcome.STARTED] * 2
    assert [run["model"] for run in account.runs] == ["churn", "fraud"]


def test_a_run_that_does_not_start_gives_the_cooldown_back_and_is_tried_again(account: Account) -> None:
    account.send(DRIFT)
    assert account.handle(fail) is Outcome.FAILED
    assert account.noted() == []
    assert account.left(account.queue) == ["in flight"]


def test_a_run_that_starts_at_last_is_no_dead_letter(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)
    assert [account.handle(fail), account.handle()] == [Outcome.FAILED, Outcome.STARTED]
    assert account.asked() == [DRIFT]
    assert account.left(account.queue) == account.left(account.dead) == []


def test_a_run_that_never_starts_ends_among_the_dead_letters(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)
    assert [account.handle(fail) for _ in range(3)] == [Outcome.FAILED, Outcome.FAILED, Outcome.NONE]
    assert [json.loads(body) for body in account.left(account.dead)] == [DRIFT]


@pytest.mark.parametrize(
    "body", ["not json", "[]", "1", {}, {**DRIFT, "model": ""}, {**DRIFT, "model": 1}, {"model": "churn"}]
)
def test_what_is_no_request_goes_to_the_dead_letters_and_nowhere_else(account: Account, body: Any) -> None:
    account.send(body)
    assert [account.handle() for _ in range(3)] == [Outcome.MALFORMED, Outcome.MALFORMED, Outcome.NONE]
    assert account.runs == account.noted() == account.left(account.queue) == []
    assert account.left(account.dead) == [body if isinstance(body, str) else json.dumps(body)]


def test_the_command_reads_the_request(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.send(DRIFT)
    copy = f"import sys, pathlib; pathlib.Path({str(tmp_path / 'run')!r}).write_text(sys.stdin.read())"
    main(["--queue-url", account.queue, "--table-name", "runs", "--once", "--", sys.executable, "-c", copy])
    request = json.loads((tmp_path / "run").read_text())
    assert request.pop("run").startswith("churn-")
    assert request == DRIFT
    assert account.left(account.queue) == []


def test_a_command_that_fails_starts_no_run(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.send(DRIFT)
    main(["--queue-url", account.queue, "--table-name", "runs", "--once", "--", "false"])
    assert account.noted() == []
    assert account.left(account.queue) == ["in flight"]


def test_the_program_tells_how_to_use_it() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "workloads.retraining", "--help"], capture_output=True, text=True, check=True
    )
    assert "--cooldown-minutes" in told.stdout


def test_a_run_that_fails_releases_itself_by_the_program(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.send(DRIFT)
    account.handle()
    release = ["--queue-url", account.queue, "--table-name", "runs", "--model", "churn", "--release"]
    assert main([*release, account.runs[0]["run"]]) == 0
    assert main([*release, account.runs[0]["run"]]) == 1
    assert [json.loads(body) for body in account.left(account.queue)] == [{**DRIFT, "attempt": 2}]


@pytest.mark.parametrize(
    "given",
    [
        ["--queue-url", "q", "true"],
        ["--table-name", "t", "true"],
        ["--queue-url", "q", "--table-name", "t"],
        ["--queue-url", "q", "--table-name", "t", "--release", "run"],
        ["--queue-url", "q", "--table-name", "t", "--release", "run", "--model", "churn", "true"],
    ],
)
def test_what_is_needed_is_demanded(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    for name in ("QUEUE_URL", "TABLE_NAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit):
        main(given)
