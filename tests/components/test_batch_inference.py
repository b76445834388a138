import json
from collections import Counter
from typing import Any

import pulumi
import pytest

from tests.components.batch import (
    DEFINITION,
    GROUP,
    IMAGE,
    JOB,
    OWN_TAGS,
    QUEUE,
    REPOSITORY,
    ROLE,
    STORE,
    Account,
    inference,
    of_job,
)
from tests.components.conftest import ACCOUNT, REGION, Recorder, Run
from tests.components.iam import decide


@pytest.fixture
def recorder() -> Recorder:
    recorder = Account()
    recorder.start()
    return recorder


def test_a_queue_is_instances_roles_a_store_and_definitions(recorder: Recorder, run: Run) -> None:
    outputs = run(inference)
    assert {key: value for key, value in outputs.items() if not key.endswith("_policy")} == {
        "queue_arn": QUEUE,
        "job_definition_arns": {"score": f"{DEFINITION}:1"},
        "compute_environment_arns": ["arn:batch-spot-0000000"],
        "checkpoint_uri": "s3://batch-0000000/checkpoints",
        "output_uri": "s3://batch-0000000/outputs",
        "job_role_arn": ROLE.format("job"),
        "log_group_name": "/aws/batch/ml-platform-dev-batch",
        "security_group_id": "batch-0000000",
    }
    found = recorder.kinds()
    assert {kind: count for kind, count in found.items() if not kind.startswith("Bucket")} == Counter(
        {
            "BatchInference": 1,
            "BatchCompute": 1,
            "ArtifactStore": 1,
            "SecureBucket": 1,
            "LogGroup": 1,
            "SecurityGroup": 1,
            "SecurityGroupEgressRule": 1,
            "LaunchTemplate": 1,
            "Role": 3,
            "RolePolicy": 4,
            "RolePolicyAttachment": 1,
            "InstanceProfile": 1,
            "ComputeEnvironment": 1,
            "JobQueue": 1,
            "JobDefinition": 1,
        }
    )


@pytest.mark.parametrize(
    ("name", "service", "known"),
    [
        ("job", "ecs-tasks.amazonaws.com", {"aws:SourceAccount": ACCOUNT}),
        ("execution", "ecs-tasks.amazonaws.com", {"aws:SourceAccount": ACCOUNT}),
        ("schedule", "scheduler.amazonaws.com", {"aws:SourceAccount": ACCOUNT}),
        ("instance", "ec2.amazonaws.com", {}),
    ],
)
def test_each_role_is_for_one_service(
    recorder: Recorder, run: Run, name: str, service: str, known: dict[str, str]
) -> None:
    run(lambda: of_job(schedule="rate(1 day)"))
    statements = recorder.statements("Role", f"batch-{name}", "assumeRolePolicy")
    trust = [{"Resource": "*", **one} for one in statements]
    other = {"aws:SourceAccount": "210987654321"}
    assert decide(trust, "sts:AssumeRole", caller=service, context=known) == "Allow"
    assert decide(trust, "sts:AssumeRole", caller="lambda.amazonaws.com", context=known) == "no"
    assert decide(trust, "sts:AssumeRole", caller=service, context=other) == ("no" if known else "Allow")


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("ecr:BatchGetImage", REPOSITORY, "Allow"),
        ("ecr:GetDownloadUrlForLayer", REPOSITORY, "Allow"),
        ("ecr:GetAuthorizationToken", "*", "Allow"),
        ("logs:PutLogEvents", f"{GROUP}:log-stream:a", "Allow"),
        ("ecr:BatchGetImage", f"{REPOSITORY}-other", "no"),
        ("ecr:PutImage", REPOSITORY, "no"),
        ("logs:PutLogEvents", f"{GROUP}-other:log-stream:a", "no"),
        ("logs:DeleteLogGroup", GROUP, "no"),
    ],
)
def test_containers_start_from_named_repositories_and_log_to_their_group(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(inference)
    assert recorder.inputs("RolePolicy", "batch-execution")["role"] == "batch-execution-0000000"
    assert decide(recorder.statements("RolePolicy", "batch-execution"), action, resource) == answer


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:GetObject", f"{STORE}/checkpoints/score/1", "Allow"),
        ("s3:PutObject", f"{STORE}/checkpoints/score/1", "Allow"),
        ("s3:PutObject", f"{STORE}/outputs/score/1", "Allow"),
        ("kms:GenerateDataKey", "arn:key", "Allow"),
        ("s3:GetObject", f"{STORE}/outputs/score/1", "no"),
        ("s3:DeleteObject", f"{STORE}/checkpoints/score/1", "no"),
        ("s3:PutObject", f"{STORE}/other/1", "no"),
        ("s3:GetObject", "arn:aws:s3:::models/a", "no"),
    ],
)
def test_jobs_resume_from_checkpoints_and_write_results(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(inference)
    policies = [one for one in recorder.of("RolePolicy") if one.inputs["role"] == "batch-job-0000000"]
    assert len(policies) == 3
    statements = [statement for one in policies for statement in json.loads(one.inputs["policy"])["Statement"]]
    assert decide(statements, action, resource) == answer


def test_jobs_are_granted_what_others_store(recorder: Recorder, run: Run) -> None:
    run(lambda: inference(job_policies={"models": "{}", "write": "{}"}))
    assert recorder.inputs("RolePolicy", "batch-job-policy-models") == {"role": "batch-job-0000000", "policy": "{}"}
    assert recorder.inputs("RolePolicy", "batch-job-write")["policy"] != "{}"
    assert recorder.one("JobDefinition", "batch-score").depends >= {"RolePolicy batch-job-policy-models"}


def test_a_container_is_pinned_read_only_and_told_where_its_checkpoints_are(recorder: Recorder, run: Run) -> None:
    run(lambda: of_job(environment={"CHECKPOINT_URI": "s3://mine", "SHARD": "1"}, gpus=1.0))
    found = json.loads(recorder.inputs("JobDefinition", "batch-score")["containerProperties"])
    assert found == {
        "image": IMAGE,
        "command": ["score", "--all"],
        "jobRoleArn": ROLE.format("job"),
        "executionRoleArn": ROLE.format("execution"),
        "resourceRequirements": [
            {"type": "VCPU", "value": "2"},
            {"type": "MEMORY", "value": "4096"},
            {"type": "GPU", "value": "1"},
        ],
        "environment": [
            {"name": "CHECKPOINT_URI", "value": "s3://batch-0000000/checkpoints/score"},
            {"name": "OUTPUT_URI", "value": "s3://batch-0000000/outputs/score"},
            {"name": "SHARD", "value": "1"},
        ],
        "privileged": False,
        "readonlyRootFilesystem": True,
        "volumes": [{"name": "tmp", "host": {}}],
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],
        "linuxParameters": {"initProcessEnabled": True},
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/aws/batch/ml-platform-dev-batch", "awslogs-region": REGION},
        },
    }


def test_a_job_without_gpus_asks_for_none(recorder: Recorder, run: Run) -> None:
    run(inference)
    found = json.loads(recorder.inputs("JobDefinition", "batch-score")["containerProperties"])
    assert [one["type"] for one in found["resourceRequirements"]] == ["VCPU", "MEMORY"]


@pytest.mark.parametrize(("more", "attempts"), [({}, 5), ({"attempts": 3.0}, 3)])
def test_only_a_reclaimed_host_is_tried_again(
    recorder: Recorder, run: Run, more: dict[str, Any], attempts: int
) -> None:
    run(lambda: of_job(**more))
    inputs = recorder.inputs("JobDefinition", "batch-score", "containerProperties")
    assert inputs == {
        "type": "container",
        "platformCapabilities": ["EC2"],
        "retryStrategy": {
            "attempts": attempts,
            "evaluateOnExits": [
                {"onStatusReason": "Host EC2*", "action": "RETRY"},
                {"onReason": "*", "action": "EXIT"},
            ],
        },
        "timeout": {"attemptDurationSeconds": 3600},
        "propagateTags": True,
        "tags": OWN_TAGS,
    }


@pytest.mark.parametrize(("more", "forced"), [({}, False), ({"force_destroy": True}, True)])
def test_results_go_with_the_component_only_if_wanted(
    recorder: Recorder, run: Run, more: dict[str, Any], forced: bool
) -> None:
    run(lambda: inference(**more))
    assert recorder.inputs("Bucket", "batch")["forceDestroy"] is forced


def test_results_can_be_read(recorder: Recorder, run: Run) -> None:
    statements = json.loads(run(inference)["output_reader_policy"])["Statement"]
    assert decide(statements, "s3:GetObject", f"{STORE}/outputs/score/1") == "Allow"
    assert decide(statements, "s3:GetObject", f"{STORE}/checkpoints/score/1") == "no"


def test_results_and_queue_outlive_the_last_job(recorder: Recorder, run: Run) -> None:
    run(inference)
    before = {(one.type, one.name) for one in recorder.found}
    recorder.found.clear()
    outputs = run(lambda: inference(jobs={}))
    after = {(one.type, one.name) for one in recorder.found}
    assert before - after == {("aws:batch/jobDefinition:JobDefinition", "batch-score")}
    submit, *_ = json.loads(outputs["submit_policy"])["Statement"]
    assert submit["Resource"] == [QUEUE]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"instance_types": ["m6i", "m6i"]}, r"'batch': instance_types is \['m6i', 'm6i'\]; allowed: two or more"),
        ({"max_vcpus": 0}, "max_vcpus is 0; allowed: 1 or more"),
        ({"jobs": {"a": {**JOB, "image": "score:latest"}}}, "jobs.a.image is 'score:latest'; allowed: .*@sha256"),
        ({"jobs": {"a": {**JOB, "image": f"{IMAGE}0"}}}, "jobs.a.image is"),
        ({"jobs": {"a": {**JOB, "attempts": 11}}}, "jobs.a.attempts is 11; allowed: 1 to 10"),
        ({"jobs": {"a": {**JOB, "timeout_minutes": 0}}}, "jobs.a.timeout_minutes is 0; allowed: 1 or more"),
        (
            {"jobs": {"a": {**JOB, "schedule": "rate(1 day)", "share": "b"}}, "shares": {"c": 1.0}},
            "jobs.a.share is 'b'; allowed: one of shares: c",
        ),
    ],
)
def test_what_batch_would_refuse_or_should_is_refused_first(
    recorder: Recorder, more: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        inference(**more)


def test_an_image_that_is_known_late_is_judged_too(recorder: Recorder, run: Run) -> None:
    with pytest.raises(ValueError, match="image is 'score:latest'"):
        run(lambda: of_job(image=pulumi.Output.from_input("score:latest")))
