from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from components.workload_identity import WorkloadIdentity
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

HERE = f"{REGION}:{ACCOUNT}"
BUCKET, KEY = "arn:aws:s3:::store", f"arn:aws:kms:{HERE}:key/1"
QUEUE, TOPIC, BUS = f"arn:aws:sqs:{HERE}:jobs", f"arn:aws:sns:{HERE}:alerts", f"arn:aws:events:{HERE}:event-bus/ml"
STREAM, SECRET = f"arn:aws:firehose:{HERE}:deliverystream/log", f"arn:aws:secretsmanager:{HERE}:secret:api-AbCdEf"
DATABASE, CACHE = f"arn:aws:rds-db:{HERE}:dbuser:db-1/mlflow", f"arn:aws:elasticache:{HERE}:replicationgroup:online"
USER, REPOSITORY = f"arn:aws:elasticache:{HERE}:user:feast", f"arn:aws:ecr:{HERE}:repository/train"
WORKGROUP, GLUE = f"arn:aws:athena:{HERE}:workgroup/ml", f"arn:aws:glue:{HERE}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer-0000000"
CLUSTER = f"arn:aws:eks:{HERE}:cluster/platform"
ISSUER = "oidc.eks.eu-central-1.amazonaws.com/id/AB"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
S3 = {"resource_arn": BUCKET, "prefix": "models", "kms_key_arn": KEY}
READ = {"kind": "read-prefix", **S3}


def identity(*grants: dict[str, Any], **more: Any) -> Callable[[], WorkloadIdentity]:
    args = {"namespace": "training", "service_account": "trainer", "grants": list(grants) or [READ], "tags": TAGS}
    where = {} if "irsa" in more else {"cluster_name": "platform"}
    return lambda: WorkloadIdentity("trainer", {**args, **where, **more})  # pyright: ignore[reportArgumentType]


def trust(recorder: Recorder) -> list[dict[str, Any]]:
    return recorder.statements("Role", "trainer", "assumeRolePolicy")


def test_an_identity_is_a_role_its_grants_and_the_association(recorder: Recorder, run: Run) -> None:
    outputs = run(identity(READ, {**READ, "prefix": "runs"}, {"kind": "send-queue", "resource_arn": QUEUE}))
    assert recorder.kinds() == Counter(["WorkloadIdentity", "Role", *["RolePolicy"] * 2, "PodIdentityAssociation"])
    assert recorder.inputs("PodIdentityAssociation", "trainer") == {
        "clusterName": "platform",
        "namespace": "training",
        "serviceAccount": "trainer",
        "roleArn": ROLE,
        "tags": {**ALL_TAGS, "component": "trainer"},
    }
    assert recorder.inputs("Role", "trainer", "assumeRolePolicy") == {
        "maxSessionDuration": 3600,
        "tags": {**ALL_TAGS, "component": "trainer"},
    }
    assert outputs["role_arn"] == ROLE
    assert outputs["role_name"] == "trainer-0000000"
    assert outputs["annotations"] == {}
    # A pod that starts in between would fail on its first request.
    association = recorder.one("PodIdentityAssociation", "trainer")
    assert association.depends >= {"RolePolicy trainer-read-prefix", "RolePolicy trainer-send-queue"}


def test_irsa_needs_no_association_but_an_annotation(recorder: Recorder, run: Run) -> None:
    outputs = run(identity(irsa={"oidc_provider_arn": PROVIDER, "issuer_url": f"https://{ISSUER}"}))
    assert recorder.of("PodIdentityAssociation") == []
    assert outputs["association_id"] is None
    assert outputs["annotations"] == {"eks.amazonaws.com/role-arn": ROLE}


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, "Allow"),
        ({"aws:SourceAccount": "210987654321"}, "no"),
        ({"aws:SourceArn": f"{CLUSTER}-other"}, "no"),
        ({"aws:RequestTag/kubernetes-namespace": "serving"}, "no"),
        ({"aws:RequestTag/kubernetes-service-account": "default"}, "no"),
    ],
)
def test_pod_identity_hands_the_role_to_one_service_account_of_one_cluster(
    recorder: Recorder, run: Run, changed: dict[str, str], answer: str
) -> None:
    run(identity())
    context = {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": CLUSTER,
        "aws:RequestTag/kubernetes-namespace": "training",
        "aws:RequestTag/kubernetes-service-account": "trainer",
    }
    for action in ("sts:AssumeRole", "sts:TagSession"):
        assert decide(trust(recorder), action, "*", "pods.eks.amazonaws.com", {**context, **changed}) == answer
        assert decide(trust(recorder), action, "*", "ec2.amazonaws.com", context) == "no"
        without = {key: value for key, value in context.items() if key not in changed}
        assert changed == {} or decide(trust(recorder), action, "*", "pods.eks.amazonaws.com", without) == "no"


@pytest.mark.parametrize(
    ("subject", "audience", "answer"),
    [
        ("system:serviceaccount:training:trainer", "sts.amazonaws.com", "Allow"),
        ("system:serviceaccount:training:trainer", "vault", "no"),
        ("system:serviceaccount:training:trainer2", "sts.amazonaws.com", "no"),
        ("system:serviceaccount:serving:trainer", "sts.amazonaws.com", "no"),
    ],
)
def test_irsa_hands_the_role_to_one_service_account(
    recorder: Recorder, run: Run, subject: str, audience: str, answer: str
) -> None:
    run(identity(irsa={"oidc_provider_arn": PROVIDER, "issuer_url": f"https://{ISSUER}"}))
    context = {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": audience}
    assert decide(trust(recorder), "sts:AssumeRoleWithWebIdentity", "*", PROVIDER, context) == answer
    assert decide(trust(recorder), "sts:AssumeRoleWithWebIdentity", "*", f"{PROVIDER}X", context) == "no"
    assert decide(trust(recorder), "sts:AssumeRole", "*", PROVIDER, context) == "no"


def test_a_boundary_and_longer_sessions_reach_the_role(recorder: Recorder, run: Run) -> None:
    run(identity(permissions_boundary_arn="arn:aws:iam::1:policy/b", max_session_seconds=7200.0))
    inputs = recorder.inputs("Role", "trainer")
    assert (inputs["permissionsBoundary"], inputs["maxSessionDuration"]) == ("arn:aws:iam::1:policy/b", 7200)


TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/cooldown"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/sampling"
GRANTS: dict[str, tuple[dict[str, str], list[tuple[str, str]], list[tuple[str, str]]]] = {
    "read-prefix": (
        S3,
        [("s3:GetObject", f"{BUCKET}/models/a"), ("kms:Decrypt", KEY)],
        [("s3:PutObject", f"{BUCKET}/models/a"), ("s3:GetObject", f"{BUCKET}/runs/a"), ("kms:GenerateDataKey", KEY)],
    ),
    "write-prefix": (
        S3,
        [("s3:PutObject", f"{BUCKET}/models/a"), ("kms:GenerateDataKey", KEY)],
        [("s3:GetObject", f"{BUCKET}/models/a"), ("s3:DeleteObject", f"{BUCKET}/models/a")],
    ),
    "use-key": (
        {"resource_arn": KEY},
        [("kms:Decrypt", KEY), ("kms:GenerateDataKey", KEY)],
        [("kms:Decrypt", f"{KEY}2"), ("kms:ScheduleKeyDeletion", KEY), ("kms:CreateGrant", KEY)],
    ),
    "consume-queue": (
        {"resource_arn": QUEUE, "kms_key_arn": KEY},
        [("sqs:ReceiveMessage", QUEUE), ("sqs:DeleteMessage", QUEUE), ("kms:Decrypt", KEY)],
        [("sqs:SendMessage", QUEUE), ("sqs:PurgeQueue", QUEUE), ("sqs:ReceiveMessage", f"{QUEUE}-other")],
    ),
    "use-table": (
        {"resource_arn": TABLE, "kms_key_arn": KEY},
        [("dynamodb:PutItem", TABLE), ("dynamodb:GetItem", TABLE), ("kms:Decrypt", KEY)],
        [("dynamodb:Scan", TABLE), ("dynamodb:DeleteTable", TABLE), ("dynamodb:PutItem", f"{TABLE}2")],
    ),
    "read-parameter": (
        {"resource_arn": PARAMETER},
        [("ssm:GetParameter", PARAMETER)],
        [("ssm:PutParameter", PARAMETER), ("ssm:GetParameter", f"{PARAMETER}2")],
    ),
    "send-queue": (
        {"resource_arn": QUEUE, "kms_key_arn": KEY},
        [("sqs:SendMessage", QUEUE), ("kms:GenerateDataKey", KEY)],
        [("sqs:ReceiveMessage", QUEUE), ("sqs:SendMessage", f"{QUEUE}-other")],
    ),
    "publish-topic": (
        {"resource_arn": TOPIC},
        [("sns:Publish", TOPIC)],
        [("sns:Subscribe", TOPIC), ("sns:Publish", f"{TOPIC}2"), ("kms:GenerateDataKey", KEY)],
    ),
    "put-records": (
        {"resource_arn": STREAM},
        [("firehose:PutRecord", STREAM), ("firehose:PutRecordBatch", STREAM)],
        [("firehose:DeleteDeliveryStream", STREAM), ("firehose:PutRecord", f"{STREAM}2")],
    ),
    "read-secret": (
        {"resource_arn": SECRET, "kms_key_arn": KEY},
        [("secretsmanager:GetSecretValue", SECRET), ("kms:Decrypt", KEY)],
        [("secretsmanager:PutSecretValue", SECRET), ("secretsmanager:ListSecrets", "*")],
    ),
    "connect-database": (
        {"resource_arn": DATABASE},
        [("rds-db:connect", DATABASE)],
        [("rds-db:connect", DATABASE.replace("mlflow", "postgres"))],
    ),
    "connect-cache": (
        {"resource_arn": CACHE, "user_arn": USER},
        [("elasticache:Connect", CACHE), ("elasticache:Connect", USER)],
        [("elasticache:Connect", USER.replace("feast", "default"))],
    ),
    "pull-image": (
        {"resource_arn": REPOSITORY},
        [("ecr:BatchGetImage", REPOSITORY), ("ecr:GetDownloadUrlForLayer", REPOSITORY)],
        [("ecr:PutImage", REPOSITORY), ("ecr:BatchGetImage", f"{REPOSITORY}2")],
    ),
    "query-lake": (
        {"resource_arn": WORKGROUP, "database": "events"},
        [
            ("athena:StartQueryExecution", WORKGROUP),
            ("glue:GetTable", f"{GLUE}:catalog"),
            ("glue:GetTable", f"{GLUE}:table/events/clicks"),
        ],
        [
            ("athena:StartQueryExecution", f"{WORKGROUP}2"),
            ("glue:GetTable", f"{GLUE}:table/events2/clicks"),
            ("glue:CreateTable", f"{GLUE}:table/events/clicks"),
        ],
    ),
}
