from collections import Counter
from typing import Any

import pulumi
import pytest

from components import KeyRing
from components._key_services import SERVICE_STATEMENTS
from tests.components.conftest import ACCOUNT, ALL_TAGS, ARNS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

ADMIN, USER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("key-admin", "ml-train"))
STRANGER = f"arn:aws:iam::{ACCOUNT}:user/guest"
FOREIGNER = "arn:aws:iam::210987654321:role/ml-train"
KEYS = {"confidential": {"users": [f"arn:aws:iam::{ACCOUNT}:role/ml-*"]}, "audit": {"services": ["cloudtrail", "logs"]}}
CLOUDTRAIL, LOGS = "cloudtrail.amazonaws.com", f"logs.{REGION}.amazonaws.com"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
TRAIL_CONTEXT = {"aws:SourceArn": TRAIL, "kms:EncryptionContext:aws:cloudtrail:arn": TRAIL}
# What CloudTrail sends to a bucket with an S3 Bucket Key (S3 User Guide, "Reducing the cost of SSE-KMS").
BUCKET_KEY_CONTEXT = {"aws:SourceArn": TRAIL, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::audit"}
FOREIGN_TRAIL = {"aws:SourceArn": TRAIL.replace(ACCOUNT, "210987654321")}
GROUP = "kms:EncryptionContext:aws:logs:arn"
LOGS_CONTEXT = {GROUP: f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/audit"}


def ring(**more: Any) -> KeyRing:
    return KeyRing("keys", {"keys": KEYS, "tags": TAGS, **more})  # pyright: ignore[reportArgumentType]


def test_a_rotating_key_and_an_alias_for_each_data_class(recorder: Recorder, run: Run) -> None:
    outputs = run(ring)
    assert recorder.kinds() == Counter({"KeyRing": 1, "Key": 2, "Alias": 2})
    for data_class in KEYS:
        name = f"keys-{data_class}"
        assert recorder.inputs("Key", name, "policy") == {
            "description": f"Encrypts {data_class} data",
            "enableKeyRotation": True,
            "rotationPeriodInDays": 365,
            "deletionWindowInDays": 30,
            "tags": {**ALL_TAGS, "data-class": data_class, "component": "keys"},
        }
        alias = f"alias/ml-platform-dev-keys-{data_class}"
        assert recorder.inputs("Alias", name) == {"name": alias, "targetKeyId": f"id-of-{name}"}
        assert outputs["key_arns"][data_class] == ARNS["Key"].format(name)
        assert outputs["alias_names"][data_class] == alias
    assert outputs["key_arns"].keys() == outputs["alias_names"].keys() == KEYS.keys()


def test_periods_may_arrive_as_floats(recorder: Recorder, run: Run) -> None:
    run(lambda: ring(rotation_days=90.0, deletion_window_days=7.0))
    inputs = recorder.inputs("Key", "keys-audit")
    assert [inputs["rotationPeriodInDays"], inputs["deletionWindowInDays"]] == [90, 7]


USES = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"]
CARE = ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:UpdateAlias", "kms:RevokeGrant"]


@pytest.mark.parametrize("action", USES + CARE)
@pytest.mark.parametrize(
    ("caller", "uses", "cares"),
    [(ADMIN, "no", "Allow"), (USER, "Allow", "no"), (STRANGER, "no", "no"), (FOREIGNER, "no", "no")],
    ids=["administrator", "user", "stranger", "other-account"],
)
def test_administrators_do_not_use_a_key_and_users_do_not_administer_it(
    recorder: Recorder, run: Run, action: str, caller: str, uses: str, cares: str
) -> None:
    run(lambda: ring(administrators=[ADMIN]))
    statements = recorder.statements("Key", "keys-confidential")
    assert decide(statements, action, caller=caller) == (uses if action in USES else cares)


@pytest.mark.parametrize(
    ("caller", "for_aws", "answer"),
    [(USER, "true", "Allow"), (USER, "false", "no"), (ADMIN, "true", "no"), (ADMIN, "false", "no")],
)
def test_a_grant_goes_to_aws_resources_of_users_only(
    recorder: Recorder, run: Run, caller: str, for_aws: str, answer: str
) -> None:
    run(lambda: ring(administrators=[ADMIN]))
    statements = recorder.statements("Key", "keys-confidential")
    # Who may grant without limit may grant the use of the key to anyone.
    context = {"kms:GrantIsForAWSResource": for_aws}
    assert decide(statements, "kms:CreateGrant", caller=caller, context=context) == answer


@pytest.mark.parametrize("administrators", [[], [ADMIN]])
def test_the_root_of_the_account_is_never_locked_out(recorder: Recorder, run: Run, administrators: list[str]) -> None:
    run(lambda: ring(administrators=administrators))
    for key in KEYS:
        statements = recorder.statements("Key", f"keys-{key}")
        assert decide(statements, "kms:PutKeyPolicy", caller=f"arn:aws:iam::{ACCOUNT}:root") == "Allow"


def test_without_administrators_the_iam_policies_of_the_account_decide(recorder: Recorder, run: Run) -> None:
    run(ring)
    statements = recorder.statements("Key", "keys-confidential")
    assert decide(statements, "kms:PutKeyPolicy", caller=STRANGER) == "Allow"
    assert decide(statements, "kms:Decrypt", caller=STRANGER) == "no"


@pytest.mark.parametrize("action", USES)
def test_a_key_without_users_is_used_by_no_principal(recorder: Recorder, run: Run, action: str) -> None:
    run(ring)
    for caller in (USER, ADMIN, STRANGER, f"arn:aws:iam::{ACCOUNT}:root"):
        assert decide(recorder.statements("Key", "keys-audit"), action, caller=caller) == "no"


@pytest.mark.parametrize(
    ("caller", "action", "context", "answer"),
    [
        (CLOUDTRAIL, "kms:GenerateDataKey", TRAIL_CONTEXT, "Allow"),
        (CLOUDTRAIL, "kms:GenerateDataKey", BUCKET_KEY_CONTEXT, "Allow"),
        # CreateTrail fails without these two: the bucket has an S3 Bucket Key.
        (CLOUDTRAIL, "kms:Decrypt", BUCKET_KEY_CONTEXT, "Allow"),
        (CLOUDTRAIL, "kms:DescribeKey", {"aws:SourceArn": TRAIL}, "Allow"),
        (CLOUDTRAIL, "kms:GenerateDataKey", FOREIGN_TRAIL, "no"),
        (CLOUDTRAIL, "kms:DescribeKey", FOREIGN_TRAIL, "no"),
        (CLOUDTRAIL, "kms:PutKeyPolicy", TRAIL_CONTEXT, "no"),
        (LOGS, "kms:Encrypt", LOGS_CONTEXT, "Allow"),
        (LOGS, "kms:Decrypt", LOGS_CONTEXT, "Allow"),
        (LOGS, "kms:Decrypt", {GROUP: LOGS_CONTEXT[GROUP].replace(ACCOUNT, "210987654321")}, "no"),
        (LOGS, "kms:Decrypt", {}, "no"),
        (LOGS, "kms:PutKeyPolicy", LOGS_CONTEXT, "no"),
        ("sns.amazonaws.com", "kms:GenerateDataKey", TRAIL_CONTEXT, "no"),
    ],
)
def test_a_service_uses_a_key_on_behalf_of_this_account_only(
    recorder: Recorder, run: Run, caller: str, action: str, context: dict[str, str], answer: str
) -> None:
    run(ring)
    assert decide(recorder.statements("Key", "keys-audit"), action, caller=caller, context=context) == answer
    assert decide(recorder.statements("Key", "keys-confidential"), action, caller=caller, context=context) == "no"


def test_an_unknown_service_is_refused(run: Run) -> None:
    with pytest.raises(
        ValueError, match=r"KeyRing 'keys': keys\.a\.services has polly, ses; allowed: .*cloudtrail.*, sqs"
    ):
        run(lambda: ring(keys={"a": {"services": ["ses", "logs", "polly"]}}))


DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"
FOREIGN_DISTRIBUTION = DISTRIBUTION.replace(ACCOUNT, "210987654321")
RDS, SNS, EKS, ELASTICACHE, DAX, SCHEDULER = (
    {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    for service in ("rds", "sns", "eks", "elasticache", "dax", "scheduler")
)
EVENTS = "events.amazonaws.com"
BUS, SCHEDULE, TOPIC = (
    f"kms:EncryptionContext:aws:{name}" for name in ("events:event-bus:arn", "scheduler:schedule:arn", "sns:topicArn")
)
SPOT = "role/aws-service-role/spot.amazonaws.com/"
SCALING = "role/aws-service-role/autoscaling.amazonaws.com/"
FOR_AWS = {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize(
    ("service", "caller", "action", "context", "answer"),
    [
        ("rds", STRANGER, "kms:Decrypt", RDS, "Allow"),
        ("rds", STRANGER, "kms:Decrypt", {}, "no"),
        ("rds", FOREIGNER, "kms:Decrypt", RDS, "no"),
        ("rds", STRANGER, "kms:CreateGrant", RDS | FOR_AWS, "Allow"),
        ("rds", STRANGER, "kms:CreateGrant", RDS, "no"),
        ("rds", STRANGER, "kms:PutKeyPolicy", RDS, "no"),
        ("sqs", STRANGER, "kms:Decrypt", RDS, "no"),
        # CreateEventBus and CreateArchive describe the key and send no condition key with that.
        ("events", EVENTS, "kms:DescribeKey", {}, "Allow"),
        ("events", EVENTS, "kms:GenerateDataKey", {BUS: f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/b"}, "Allow"),
        ("events", EVENTS, "kms:ReEncryptTo", {BUS: f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/b"}, "Allow"),
        ("events", EVENTS, "kms:GenerateDataKey", {BUS: f"arn:aws:events:{REGION}:210987654321:event-bus/b"}, "no"),
        ("events", EVENTS, "kms:GenerateDataKey", {"aws:SourceAccount": ACCOUNT}, "no"),
        ("events", "sns.amazonaws.com", "kms:DescribeKey", {}, "no"),
        # EventBridge sends SNS neither source account nor source ARN; SQS gets both.
        ("events-topics", EVENTS, "kms:GenerateDataKey", {TOPIC: f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}, "Allow"),
        ("events-topics", EVENTS, "kms:Decrypt", {TOPIC: f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}, "Allow"),
        ("events-topics", EVENTS, "kms:Decrypt", {TOPIC: f"arn:aws:sns:{REGION}:210987654321:t"}, "no"),
        ("events-topics", EVENTS, "kms:DescribeKey", {}, "no"),
        ("events-queues", EVENTS, "kms:Decrypt", {"aws:SourceAccount": ACCOUNT}, "Allow"),
        ("events-queues", EVENTS, "kms:Decrypt", {"aws:SourceAccount": "210987654321"}, "no"),
        # CreateCluster makes its grant without kms:GrantIsForAWSResource.
        ("eks", STRANGER, "kms:CreateGrant", EKS, "Allow"),
        ("eks", STRANGER, "kms:DescribeKey", EKS, "Allow"),
        ("eks", STRANGER, "kms:CreateGrant", RDS, "no"),
        ("eks", FOREIGNER, "kms:CreateGrant", EKS, "no"),
        # ElastiCache calls KMS under two names.
        ("elasticache", STRANGER, "kms:CreateGrant", ELASTICACHE | FOR_AWS, "Allow"),
        ("elasticache", STRANGER, "kms:CreateGrant", DAX | FOR_AWS, "Allow"),
        # The execution role decrypts a schedule by itself, not through Scheduler.
        (
            "scheduler",
            STRANGER,
            "kms:Decrypt",
            {SCHEDULE: f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/d/s"},
            "Allow",
        ),
        (
            "scheduler",
            FOREIGNER,
            "kms:Decrypt",
            {SCHEDULE: f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/d/s"},
            "no",
        ),
        ("scheduler", STRANGER, "kms:Decrypt", {}, "no"),
        ("scheduler", STRANGER, "kms:DescribeKey", SCHEDULER, "Allow"),
        ("scheduler", STRANGER, "kms:CreateGrant", SCHEDULER | FOR_AWS, "no"),
        ("spot", f"arn:aws:iam::{ACCOUNT}:{SPOT}AWSServiceRoleForEC2Spot", "kms:CreateGrant", FOR_AWS, "Allow"),
        ("spot", STRANGER, "kms:CreateGrant", FOR_AWS, "no"),
        ("sns", "sns.amazonaws.com", "kms:GenerateDataKey", {"aws:SourceAccount": ACCOUNT}, "no"),
        ("sns", STRANGER, "kms:GenerateDataKey", SNS, "Allow"),
        ("sns-delivery", "sns.amazonaws.com", "kms:GenerateDataKey", {"aws:SourceAccount": ACCOUNT}, "Allow"),
        ("sns-delivery", STRANGER, "kms:GenerateDataKey", SNS, "no"),
        ("cloudfront", "cloudfront.amazonaws.com", "kms:Decrypt", {"aws:SourceArn": DISTRIBUTION}, "Allow"),
        ("cloudfront", "cloudfront.amazonaws.com", "kms:Decrypt", {"aws:SourceArn": FOREIGN_DISTRIBUTION}, "no"),
        ("cloudfront", "cloudfront.amazonaws.com", "kms:Encrypt", {"aws:SourceArn": DISTRIBUTION}, "no"),
        ("autoscaling", f"arn:aws:iam::{ACCOUNT}:{SCALING}AWSServiceRoleForAutoScaling", "kms:Decrypt", {}, "Allow"),
        ("autoscaling", f"arn:aws:iam::1:{SCALING}AWSServiceRoleForAutoScaling", "kms:Decrypt", {}, "no"),
        ("autoscaling", STRANGER, "kms:Decrypt", {}, "no"),
    ],
)
def test_each_service_uses_a_key_in_its_own_way(
    recorder: Recorder, run: Run, service: str, caller: str, action: str, context: dict[str, str], answer: str
) -> None:
    run(lambda: ring(keys={"a": {"services": [service]}}, administrators=[ADMIN]))
    assert decide(recorder.statements("Key", "keys-a"), action, caller=caller, context=context) == answer


def test_a_key_policy_with_every_service_is_within_the_limit_of_kms(recorder: Recorder, run: Run) -> None:
    # 32 KiB: KMS quotas, "key policy document size".
    run(lambda: ring(keys={"a": {"services": sorted(SERVICE_STATEMENTS)}}))
    assert len(recorder.one("Key", "keys-a").inputs["policy"]) < 32768
    sids = [statement["Sid"] for statement in recorder.statements("Key", "keys-a")]
    assert len(set(sids)) == len(sids)


def test_users_may_be_known_only_later(recorder: Recorder, run: Run) -> None:
    run(lambda: ring(keys={"a": {"users": [pulumi.Output.from_input(USER)]}}))
    assert decide(recorder.statements("Key", "keys-a"), "kms:Decrypt", caller=USER) == "Allow"
    assert decide(recorder.statements("Key", "keys-a"), "kms:Decrypt", caller=STRANGER) == "no"


def test_a_key_of_data_that_nobody_can_delete_outlives_the_stack(recorder: Recorder, run: Run) -> None:
    run(lambda: ring(keys={"audit": {"retain": True}, "internal": {}}))
    assert {one.name: one.retained for one in recorder.of("Key")} == {"keys-audit": True, "keys-internal": False}
