"""Jobs that run by themselves, and what becomes of those that do not."""

import json
import re
from typing import Any

import pytest

from monitoring.alerts import account
from monitoring.watched import Watched
from tests.components.batch import BATCH, DEFINITION, JOB, QUEUE, ROLE, SUBMIT, Account, inference, of_job
from tests.components.conftest import ACCOUNT, REGION, Recorder, Run
from tests.components.iam import decide

WATCHED = Watched(emitters=("yet-another-cloudwatch-exporter",))
UNDELIVERED = f"arn:aws:sqs:{REGION}:{ACCOUNT}:batch-undelivered-0000000"


@pytest.fixture
def recorder() -> Recorder:
    recorder = Account()
    recorder.start()
    return recorder


@pytest.mark.parametrize(("more", "share"), [({}, {}), ({"shares": {"daily": 1.0}}, {"ShareIdentifier": "daily"})])
def test_a_schedule_submits_its_job(recorder: Recorder, run: Run, more: dict[str, Any], share: dict[str, str]) -> None:
    jobs = {"score": {**JOB, "schedule": "cron(0 3 * * ? *)", "share": "daily"}, "other": JOB}
    run(lambda: inference(jobs=jobs, **more))
    (schedule,) = recorder.of("Schedule")
    target = schedule.inputs.pop("target")
    assert schedule.inputs == {
        "scheduleExpression": "cron(0 3 * * ? *)",
        "flexibleTimeWindow": {"mode": "OFF"},
        "kmsKeyArn": "arn:key",
    }
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:batch:submitJob"
    assert target["roleArn"] == ROLE.format("schedule")
    assert json.loads(target["input"]) == {
        "JobName": "score",
        "JobQueue": QUEUE,
        "JobDefinition": f"{DEFINITION}:1",
        **share,
    }
    assert target["deadLetterConfig"] == {"arn": UNDELIVERED}
    assert target["retryPolicy"]["maximumEventAgeInSeconds"] == 3600
    assert "RolePolicy batch-schedule" in schedule.depends


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("batch:SubmitJob", QUEUE, "Allow"),
        ("batch:SubmitJob", DEFINITION, "Allow"),
        ("batch:SubmitJob", f"{DEFINITION}:7", "Allow"),
        ("batch:SubmitJob", f"{QUEUE}-other", "no"),
        ("batch:SubmitJob", f"{DEFINITION}-other:1", "no"),
        ("batch:RegisterJobDefinition", DEFINITION, "no"),
        ("batch:TerminateJob", f"{BATCH}:job/1", "no"),
    ],
)
def test_only_these_jobs_are_submitted_to_this_queue(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    outputs = run(lambda: of_job(schedule="rate(1 day)"))
    document = json.loads(outputs["submit_policy"])
    assert decide(document["Statement"], action, resource, SUBMIT) == answer
    assert decide(recorder.statements("RolePolicy", "batch-schedule"), action, resource) == answer


@pytest.mark.parametrize(("region", "answer"), [(REGION, "Allow"), ("us-east-1", "no")])
def test_who_submits_also_follows(recorder: Recorder, run: Run, region: str, answer: str) -> None:
    document = json.loads(run(inference)["submit_policy"])
    context = {"aws:RequestedRegion": region}
    assert decide(document["Statement"], "batch:DescribeJobs", "*", SUBMIT, context) == answer


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("kms:Decrypt", "arn:key", "Allow"),
        ("kms:GenerateDataKey", "arn:key", "Allow"),
        ("sqs:SendMessage", UNDELIVERED, "Allow"),
        ("kms:Decrypt", "arn:other-key", "no"),
        ("kms:Encrypt", "arn:key", "no"),
        ("sqs:SendMessage", f"{UNDELIVERED}-other", "no"),
        ("sqs:ReceiveMessage", UNDELIVERED, "no"),
    ],
)
def test_a_schedule_decrypts_itself_and_sends_what_fails(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(lambda: of_job(schedule="rate(1 day)"))
    assert decide(recorder.statements("RolePolicy", "batch-schedule"), action, resource) == answer


def test_the_queue_of_what_fails_is_one_that_the_alert_watches(recorder: Recorder, run: Run) -> None:
    run(lambda: of_job(schedule="rate(1 day)"))
    queue = recorder.one("Queue", "batch-undelivered").inputs
    assert queue["kmsMasterKeyId"] == "arn:key"
    assert queue["messageRetentionSeconds"] == 14 * 24 * 60 * 60
    (alert,) = [one for one in account.group(WATCHED).alerts if one.name == "RequestsUndelivered"]
    (watched,) = re.findall(r'QueueName=~"([^"]+)"', alert.expr)
    assert re.fullmatch(watched, "batch-undelivered-0000000")


def test_a_job_that_failed_for_good_is_published_to_the_topic(recorder: Recorder, run: Run) -> None:
    run(lambda: inference(topic_arn="arn:topic"))
    (rule,) = recorder.of("EventRule")
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.batch"],
        "detail-type": ["Batch Job State Change"],
        "detail": {"status": ["FAILED"], "jobQueue": [QUEUE]},
    }
    (target,) = recorder.of("EventTarget")
    assert target.inputs["arn"] == "arn:topic"


def test_without_a_topic_no_rule_publishes_failed_jobs(recorder: Recorder, run: Run) -> None:
    run(inference)
    assert recorder.of("EventRule") == []


def test_without_a_schedule_there_is_no_queue(recorder: Recorder, run: Run) -> None:
    run(inference)
    assert recorder.of("Queue") == []
