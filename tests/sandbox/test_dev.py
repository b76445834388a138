"""The dev environment in the sandbox: up by stages, used as the platform uses it, nothing more to change, down."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from stacks.images import images, in_ecr, repository
from stacks.settings import Settings
from tests.sandbox import first_deploy
from tests.sandbox.changes import lost, names, take_away
from tests.sandbox.conftest import ROOT, Checkout

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("dev"), "dev")
    # A secret whose value a person has, as staging and prod have it.
    made.setting("secrets.names.watchdog-url", "Address of the service that raises the alarm when alerting is silent")
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(dev: Checkout) -> dict[str, Any]:
    """The report of the last stage, with what all stages have created; the commands are those of the page."""
    *stages, _ = first_deploy.IN_SANDBOX.splitlines()
    reports = [dev.mlp(*command.removeprefix("mlp ").split()) for command in stages]
    assert all(report["created"] for report in reports)
    return {**reports[-1], "created": sum(report["created"] for report in reports)}


@pytest.fixture(scope="module")
def shell(dev: Checkout, up: dict[str, Any]) -> first_deploy.Shell:
    return first_deploy.terminal(dev, dev.client("sts").meta.endpoint_url)


def test_everything_is_made_and_nothing_refused(up: dict[str, Any]) -> None:
    assert up["ok"]
    assert up["created"] >= 400
    assert up["policy"]["findings"] == []
    parts = {"audit", "batch", "capture", "cluster", "database", "edge", "features", "lake", "network", "registry"}
    assert parts <= set(up["outputs"])
    assert all(secret not in json.dumps(up) for secret in ("BEGIN PRIVATE", "aws_secret_access_key"))


def test_a_second_preview_is_empty(dev: Checkout, up: dict[str, Any]) -> None:
    assert dev.mlp("preview", "dev", "--sandbox")["changes"] == []


def test_every_workload_reaches_what_its_role_may_use(dev: Checkout, up: dict[str, Any]) -> None:
    found = dev.mlp("explain-access", "--env", "dev")["edges"]
    assert len(found) > 100
    assert {edge["passage"] for edge in found} == {"pass"}


def test_a_deleted_object_is_restored_from_its_version(dev: Checkout, up: dict[str, Any]) -> None:
    s3, where = dev.client("s3"), {"Bucket": up["outputs"]["stores"]["artifacts"]["bucket"], "Key": "models/fraud/1"}
    first = s3.put_object(**where, Body=b"weights")["VersionId"]
    s3.delete_object(**where)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(**where)
    s3.copy_object(**where, CopySource={**where, "VersionId": first})
    assert s3.get_object(**where)["Body"].read() == b"weights"


def requests(dev: Checkout, queue: str) -> list[dict[str, Any]]:
    """What the queue holds, taken out of it."""
    sqs, found = dev.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def drift(bus: str, score: float, window: str) -> dict[str, str]:
    detail = {"model": "fraud", "window": window, "score": score}
    return {
        "Source": "ml-platform.drift",
        "DetailType": "drift",
        "EventBusName": bus,
        "Detail": json.dumps(detail),
    }


def test_drift_that_is_told_three_times_is_one_request_and_a_replay_makes_it_another(
    dev: Checkout, up: dict[str, Any]
) -> None:
    bus, events, began = up["outputs"]["retraining"], dev.client("events"), datetime.now(UTC) - timedelta(minutes=1)
    retraining = Settings.from_file("dev").retraining
    assert retraining
    starts = retraining.triggers["fraud-drift"].threshold
    assert starts
    quiet, loud = drift(bus["bus"], starts / 2, "2026-W01"), drift(bus["bus"], starts * 2, "2026-W02")
    assert [events.put_events(Entries=[one])["FailedEntryCount"] for one in (quiet, loud, loud, loud)] == [0] * 4
    first = requests(dev, bus["queue"])
    assert first == [{"window": "2026-W02", "model": "fraud", "trigger": "drift"}]
    events.start_replay(
        ReplayName="again",
        EventSourceArn=bus["archiveArn"],
        EventStartTime=began,
        EventEndTime=datetime.now(UTC) + timedelta(seconds=1),
        Destination={"Arn": bus["busArn"]},
    )
    deadline = time.monotonic() + 30
    while events.describe_replay(ReplayName="again")["State"] != "COMPLETED":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert requests(dev, bus["queue"]) == first


def test_an_image_is_pulled_by_the_digest_it_was_pushed_with_and_its_tag_cannot_move(
    dev: Checkout, up: dict[str, Any]
) -> None:
    ecr = dev.client("ecr")
    name = up["outputs"]["registry"]["urls"]["serving/reference"].partition("/")[2]
    kind = "application/vnd.docker.distribution.manifest.v2+json"

    def push(layer: str) -> dict[str, Any]:
        content = {"schemaVersion": 2, "mediaType": kind, "layers": [{"digest": f"sha256:{layer}", "size": 1}]}
        return ecr.put_image(repositoryName=name, imageManifest=json.dumps(content), imageTag="1.0")["image"]

    pushed = push("a" * 64)
    wanted = [{"imageDigest": pushed["imageId"]["imageDigest"]}]
    (pulled,) = ecr.batch_get_image(repositoryName=name, imageIds=wanted)["images"]
    assert pulled["imageManifest"] == pushed["imageManifest"]
    with pytest.raises(ecr.exceptions.ClientError, match="AlreadyExists"):
        push("b" * 64)
    (tagged,) = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "1.0"}])["images"]
    assert tagged["imageManifest"] == pushed["imageManifest"]


def test_a_budget_tells_whom_its_thresholds_name(dev: Checkout, up: dict[str, Any]) -> None:
    """AWS itself publishes when a threshold is passed; here the test does, to the subscriber the budget names."""
    budgets, sns, sqs = (dev.client(name) for name in ("budgets", "sns", "sqs"))
    account, topic = {"AccountId": "111111111111"}, up["outputs"]["topics"]["ticket"]
    whole = next(b for b in budgets.describe_budgets(**account)["Budgets"] if b["BudgetLimit"]["Amount"] == "3000")
    assert whole["CostFilters"] == {"LinkedAccount": ["111111111111"]}
    named = {**account, "BudgetName": whole["BudgetName"]}
    thresholds = budgets.describe_notifications_for_budget(**named)["Notifications"]
    assert sorted((one["NotificationType"], one["Threshold"]) for one in thresholds) == [
        ("ACTUAL", 50.0),
        ("ACTUAL", 80.0),
        ("ACTUAL", 100.0),
        ("FORECASTED", 100.0),
    ]
    queue = sqs.create_queue(QueueName="ticket-reader")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    sns.publish(TopicArn=topic, Subject="AWS Budgets: dev has exceeded your alert threshold", Message="80 %")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "80 %"
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=queue)


def test_a_batch_job_runs_to_its_end(dev: Checkout, up: dict[str, Any]) -> None:
    batch, outputs = dev.client("batch"), up["outputs"]["batch"]
    job = batch.submit_job(jobName="score", jobQueue=outputs["queue"], jobDefinition=outputs["jobs"]["score-fraud"])[
        "jobId"
    ]
    deadline = time.monotonic() + 30
    while (status := batch.describe_jobs(jobs=[job])["jobs"][0]["status"]) != "SUCCEEDED":
        assert status != "FAILED"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_secret_of_the_first_deployment_gets_its_value(dev: Checkout, shell: first_deploy.Shell) -> None:
    done = shell.run(first_deploy.SECRET.replace("staging", "dev"), given="https://watchdog.test/a b\n")
    assert done.returncode == 0, done.stderr
    arn = shell.run("mlp output secrets.watchdog-url --env dev").stdout.strip()
    found = dev.client("secretsmanager").get_secret_value(SecretId=arn)
    assert found["SecretString"] == "https://watchdog.test/a b"
    assert found["SecretString"] not in done.stdout + done.stderr


def test_the_images_of_the_first_deployment_are_those_that_the_settings_name(
    dev: Checkout, shell: first_deploy.Shell
) -> None:
    done = shell.run(first_deploy.IMAGES)
    assert done.returncode == 0, done.stderr
    settings, ecr = Settings.from_file("dev"), dev.client("ecr")
    for name in {repository(image) for _, image in images(settings)}:
        wanted = {"repositoryName": in_ecr(settings, name), "imageIds": [{"imageTag": "1"}]}
        (pushed,) = ecr.describe_images(**wanted)["imageDetails"]
        assert pushed["imageDigest"] in done.stdout


def test_the_certificates_of_the_first_deployment_are_requested(dev: Checkout, shell: first_deploy.Shell) -> None:
    done = shell.run(first_deploy.MODELS)
    assert done.returncode == 0, done.stderr
    settings = Settings.from_file("dev")
    assert settings.serving
    assert settings.edge
    for region, domains in ((settings.region, [f"*.{settings.serving.domain}"]), ("us-east-1", settings.edge.aliases)):
        found = dev.client("acm", region).list_certificates()["CertificateSummaryList"]
        assert [one["DomainName"] for one in found] == [*domains]
    assert "-----BEGIN PUBLIC KEY-----" in done.stdout


def test_the_runner_of_the_first_deployment_is_started_as_the_workflow_wants_it(
    dev: Checkout, up: dict[str, Any], shell: first_deploy.Shell
) -> None:
    for block in (first_deploy.CONNECTION, first_deploy.DEPLOY):
        done = shell.run(block)
        assert done.returncode == 0, done.stderr
    sent = json.loads((dev.path / "gh.json").read_text())
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text())
    (job,) = workflow["jobs"].values()
    name, field, environment = sent.pop("run")
    assert (name, environment) == (workflow["name"], sent["environment"])
    assert environment in workflow[True]["workflow_dispatch"]["inputs"][field]["options"]
    given = {one for one in sent if f"vars.{one} " in json.dumps(job)}
    assert given == {"DEPLOY_ROLE", "AWS_REGION"}
    assert sent["DEPLOY_ROLE"] == up["outputs"]["ci"]["deploy"]
    assert job["runs-on"].startswith(
        f"{up['outputs']['runner']['label']}-".replace("-dev-", "-${{ inputs.environment }}-")
    )


def test_the_cluster_is_looked_into_as_the_first_deployment_says(shell: first_deploy.Shell) -> None:
    done = shell.run(first_deploy.LOOK)
    assert done.returncode == 0, done.stderr
    assert "Job/database-users" in done.stdout.replace("job/", "Job/")


def test_the_users_of_the_database_are_created_once(dev: Checkout, up: dict[str, Any]) -> None:
    (job,) = dev.live("jobs", "--namespace=database-users")["items"]
    assert job["status"]["succeeded"] == 1
    (pod,) = dev.live("pods", "--namespace=database-users")["items"]
    assert pod["spec"]["containers"][0]["command"][-2:] == ["mlflow", "feast"]


def test_a_tenant_a_trigger_a_job_and_a_service_are_taken_away(dev: Checkout, up: dict[str, Any]) -> None:
    take_away(dev, "language", "fraud-data", "score-fraud", "churn")
    report = dev.mlp("up", "dev", "--sandbox")
    assert lost(report) == set()
    assert names(report, "delete") >= {
        "ml-platform:index:Tenant tenant-language",
        "aws:cloudwatch/eventRule:EventRule retraining-fraud-data",
        "aws:batch/jobDefinition:JobDefinition batch-score-fraud",
        "ml-platform:index:ModelService model-churn",
    }


def test_down_leaves_only_what_is_retained_on_purpose(dev: Checkout, up: dict[str, Any]) -> None:
    report = dev.mlp(*first_deploy.IN_SANDBOX.splitlines()[-1].removeprefix("mlp ").split())
    assert report["left"] == []
    assert {entry.split()[0] for entry in report["retained"]} == {
        "aws:batch/jobDefinition:JobDefinition",
        "aws:kms/key:Key",
        "aws:secretsmanager/secret:Secret",
    }
    assert all("free of charge" in entry for entry in report["retained"])
    assert not (dev.path / ".sandbox").exists()
