from collections import Counter
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.workload_identity import GrantKind, WorkloadIdentity
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
    (statement,) = recorder.statements("Role", "trainer", "assumeRolePolicy")
    principal = {"Service": next(iter(statement["Principal"].values()))}
    return [{"Resource": "*", **statement, "Principal": principal}]


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


@pytest.mark.parametrize("kind", GRANTS)
def test_a_grant_allows_what_its_kind_says_and_nothing_else(recorder: Recorder, run: Run, kind: str) -> None:
    values, allowed, refused = GRANTS[kind]
    run(identity({"kind": kind, **values}))
    assert recorder.inputs("RolePolicy", f"trainer-{kind}", "policy") == {"name": kind, "role": "trainer-0000000"}
    statements = recorder.statements("RolePolicy", f"trainer-{kind}")
    assert [one for one in allowed if decide(statements, *one) != "Allow"] == []
    assert [one for one in refused if decide(statements, *one) != "no"] == []


def test_events_are_published_under_one_source_only(recorder: Recorder, run: Run) -> None:
    run(identity({"kind": "publish-events", "resource_arn": BUS, "source": "ml.training"}))
    statements = recorder.statements("RolePolicy", "trainer-publish-events")
    for source, answer in (("ml.training", "Allow"), ("ml.registry", "no"), ("aws.s3", "no")):
        assert decide(statements, "events:PutEvents", BUS, context={"events:source": source}) == answer


def test_logging_in_to_the_registry_is_bound_to_its_region(recorder: Recorder, run: Run) -> None:
    run(identity({"kind": "pull-image", "resource_arn": REPOSITORY}))
    statements = recorder.statements("RolePolicy", "trainer-pull-image")
    for region, answer in ((REGION, "Allow"), ("us-east-1", "no")):
        context = {"aws:RequestedRegion": region}
        assert decide(statements, "ecr:GetAuthorizationToken", context=context) == answer


def test_every_kind_is_tested_and_offered() -> None:
    assert {*GRANTS, "publish-events"} == {str(kind) for kind in GrantKind}


def test_no_grant_names_a_wildcard_resource_but_the_registrys_login(recorder: Recorder, run: Run) -> None:
    run(identity(*({"kind": kind, **values} for kind, (values, _, _) in GRANTS.items())))
    for policy in recorder.of("RolePolicy"):
        for statement in recorder.statements("RolePolicy", policy.name):
            assert "*" not in "".join(statement["Action"])
            if statement["Action"] != ["ecr:GetAuthorizationToken"]:
                resources = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
                assert [one for one in resources if "*" in one.split("/")[0]] == []


def test_grants_of_a_kind_share_a_policy_whose_statements_are_not_repeated(recorder: Recorder, run: Run) -> None:
    run(identity(READ, {**READ, "prefix": "runs"}))
    statements = recorder.statements("RolePolicy", "trainer-read-prefix")
    assert decide(statements, "s3:GetObject", f"{BUCKET}/runs/a") == "Allow"
    assert [one["Action"] for one in statements].count(["kms:Decrypt", "kms:DescribeKey"]) == 1
    assert [one for one in statements if "Sid" in one] == []


def refused(match: str, build: Callable[[], Any], run: Run) -> None:
    with pytest.raises(ValueError, match=match):
        run(build)


@pytest.mark.parametrize("kind", ["read-prefix", "write-prefix"])
def test_objects_are_never_granted_without_their_key(run: Run, kind: str) -> None:
    refused(
        r"WorkloadIdentity 'trainer': grants\[1\].kms_key_arn is missing",
        identity(READ, {"kind": kind, "resource_arn": BUCKET, "prefix": "models"}),
        run,
    )


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ({**READ, "kind": "admin"}, r"\.kind is 'admin'; allowed: read-prefix"),
        ({"kind": "use-key"}, r"\.resource_arn is missing; `use-key` needs resource_arn"),
        ({**READ, "source": "a"}, r"\.source is not for `read-prefix`; allowed: kind, resource_arn, prefix"),
        ({**READ, "actions": ["s3:*"]}, r"\.actions is not for"),
        ({"kind": "publish-events", "resource_arn": BUS}, r"\.source is missing"),
        ({"kind": "publish-events", "resource_arn": BUS, "source": "*"}, r"\.source = '\*'"),
        ({"kind": "query-lake", "resource_arn": WORKGROUP, "database": "*"}, r"\.database = '\*'"),
        ({"kind": "connect-cache", "resource_arn": CACHE, "user_arn": CACHE}, r"\.user_arn = .* elasticache:user:"),
        *(({**READ, "prefix": one}, r"\.prefix = ") for one in ("", "*", "a/", "/", "a/*")),
    ],
)
def test_a_wrong_field_is_named(run: Run, grant: dict[str, Any], told: str) -> None:
    refused(rf"WorkloadIdentity 'trainer': grants\[0\]{told}", identity(grant), run)


WILD = ["*", "arn:aws:s3:::*", "arn:aws:s3:::models-?", "arn:aws:kms:eu-central-1:1:key/a", "arn:key"]


@pytest.mark.parametrize("arn", WILD)
def test_a_resource_that_is_not_exactly_one_of_its_kind_is_refused(run: Run, arn: str) -> None:
    refused(r"grants\[0\].resource_arn = .* one s3:", identity({**READ, "resource_arn": arn}), run)


@pytest.mark.parametrize("arn", WILD)
def test_it_is_also_refused_if_it_is_known_only_later(run: Run, arn: str) -> None:
    later = pulumi.Output.from_input(arn)
    refused(r"'trainer': grants\[0\].resource_arn = .* one s3:", identity({**READ, "resource_arn": later}), run)


def test_more_than_a_role_can_hold_is_refused(run: Run) -> None:
    many = [{**READ, "prefix": f"{'models' * 10}-{number}"} for number in range(60)]
    refused(r"grants need \d+ characters of policy; allowed: 10240", identity(*many), run)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"grants": []}, "grants is empty"),
        ({"namespace": "*"}, r"namespace = '\*'"),
        ({"namespace": "a.b"}, "namespace = 'a.b'"),
        ({"service_account": "train*"}, r"service_account = 'train\*'"),
        ({"service_account": "a" * 254}, "service_account = .* up to 253 characters"),
        ({"max_session_seconds": 3599}, "max_session_seconds = 3599; allowed: 3600 to 43200"),
        ({"max_session_seconds": 43201}, "max_session_seconds = 43201"),
        ({"irsa": {"oidc_provider_arn": "a", "issuer_url": "b"}, "cluster_name": "c"}, "cluster_name and `irsa`"),
    ],
)
def test_wrong_arguments_are_refused(run: Run, more: dict[str, Any], told: str) -> None:
    refused(f"WorkloadIdentity 'trainer': {told}", identity(**more), run)


def test_a_cluster_is_needed_without_irsa(run: Run) -> None:
    args: Any = {"namespace": "a", "service_account": "b", "grants": [READ], "tags": TAGS}
    refused("cluster_name and `irsa` exclude each other", lambda: WorkloadIdentity("trainer", args), run)
