"""The provider refuses a resource by the policies that an emulated account really holds."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pulumi.provider.experimental import provider as api

from sandbox.aws.contract import account
from sandbox.aws.contract.enforce import enforce
from sandbox.aws.provider import AwsProvider
from sandbox.place import CREDENTIALS
from sandbox.serve import to_properties
from sandbox.values import ResourceError
from tests.loops import wait

REGION, ACCOUNT = "eu-central-1", "123456789012"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ADMINISTER = {"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"}
OWN = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():
            patch.setenv(name, value)
        yield
    server.stop()


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # pyright: ignore


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(service: str, *actions: str, **more: Any) -> dict[str, Any]:
    principal = {"Service": f"{service}.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*", **more}


def key(*statements: dict[str, Any]) -> str:
    return client("kms").create_key(Policy=text(ADMINISTER, *statements))["KeyMetadata"]["Arn"]


def create(token: str, **values: Any) -> None:
    request = api.CreateRequest(f"urn:pulumi:s::p::{token}::thing", to_properties(values), 60.0, False)
    wait(AwsProvider().create(request))


LOGS = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"}}
USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")


def test_what_is_refused_is_not_made() -> None:
    group = {"name": "group", "retentionInDays": 1, "skipDestroy": False, "kmsKeyId": key(), "region": REGION}
    with pytest.raises(
        ResourceError, match=r"thing \(.*LogGroup\): CreateLogGroup: .*not allowed to be used: logs\.eu"
    ):
        create("aws:cloudwatch/logGroup:LogGroup", **group)
    assert client("logs").describe_log_groups()["logGroups"] == []
    create(
        "aws:cloudwatch/logGroup:LogGroup", **group | {"kmsKeyId": key(allow(f"logs.{REGION}", *USE, Condition=LOGS))}
    )
    assert [one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]] == ["group"]


def test_an_update_is_judged_as_well() -> None:
    token = "aws:sqs/queue:Queue"
    plain = {"name": "queue", "region": REGION}
    create(token, **plain)
    url = client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    silent = client("kms").create_key(
        Policy=text({**ADMINISTER, "Action": "kms:Put*"}), BypassPolicyLockoutSafetyCheck=True
    )
    changed = to_properties({**plain, "kmsMasterKeyId": silent["KeyMetadata"]["Arn"]})
    request = api.UpdateRequest(f"urn:pulumi:s::p::{token}::thing", url, to_properties(plain), changed, 60.0, [], False)
    with pytest.raises(ResourceError, match=r"SendMessage: .* is not authorized to perform: kms:Decrypt"):
        wait(AwsProvider().update(request))
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "KmsMasterKeyId" not in attributes


def test_topics_and_queues_are_asked_for_their_policies() -> None:
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    url = sqs.create_queue(QueueName="target")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:target"
    target = "aws:cloudwatch/eventTarget:EventTarget"
    for arn in (topic, queue):
        with pytest.raises(ResourceError, match=r"PutTargets: events\.amazonaws\.com is not authorized to perform: s"):
            enforce(target, {"rule": "r", "arn": arn}, REGION)
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=text(allow("events", "sns:Publish"))
    )
    enforce(target, {"rule": "r", "arn": topic}, REGION)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text(allow("events", "sqs:SendMessage"))})
    with pytest.raises(ResourceError, match="whatever aws:SourceAccount or aws:SourceArn is; add a condition on"):
        enforce(target, {"rule": "r", "arn": queue}, REGION)
    source = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"}}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": text(allow("events", "sqs:SendMessage", Condition=source))}
    )
    enforce(target, {"rule": "r", "arn": queue}, REGION)
    with pytest.raises(ResourceError, match=r"the request sends aws:SourceArn = .*:rule/bus/r"):
        enforce(target, {"rule": "r", "eventBusName": "bus", "arn": queue}, REGION)


def test_a_trail_needs_its_bucket_its_key_and_its_role() -> None:
    trail = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/t"
    s3, iam = client("s3"), client("iam")
    s3.create_bucket(Bucket="trails", CreateBucketConfiguration={"LocationConstraint": REGION})
    only = {"Condition": {"StringEquals": {"aws:SourceArn": trail}}}
    arn = key(allow("cloudtrail", "kms:GenerateDataKey*", "kms:DescribeKey", **only))
    iam.create_role(RoleName="logs", AssumeRolePolicyDocument=text(TRUST))
    values = {
        "name": "t",
        "s3BucketName": "trails",
        "kmsKeyId": arn,
        "cloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/logs",
        "cloudWatchLogsGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g:*",
    }

    def told() -> str:
        with pytest.raises(ResourceError) as caught:
            enforce("aws:cloudtrail/trail:Trail", values, REGION)
        return str(caught.value)

    first = told()
    assert "InsufficientS3BucketPolicyException" in first
    assert "InsufficientEncryptionPolicyException" not in first
    assert "logs:PutLogEvents" in first
    owned = {"StringEquals": {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"}}
    s3.put_bucket_policy(
        Bucket="trails",
        Policy=text(
            allow("cloudtrail", "s3:GetBucketAcl", Resource="arn:aws:s3:::trails", **only),
            allow("cloudtrail", "s3:PutObject", Resource="arn:aws:s3:::trails/*", Condition=owned),
        ),
    )
    writes = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    iam.put_role_policy(RoleName="logs", PolicyName="p", PolicyDocument=text(writes))
    enforce("aws:cloudtrail/trail:Trail", values, REGION)
    # With an S3 Bucket Key, CloudTrail also has to decrypt.
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket="trails", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert (
        "InsufficientEncryptionPolicyException: cloudtrail.amazonaws.com is not authorized to perform: kms:Decrypt"
        in told()
    )


def test_aws_own_policy_of_a_key_lets_services_work_for_their_callers() -> None:
    default = client("kms").create_key()["KeyMetadata"]["Arn"]
    enforce("aws:dynamodb/table:Table", {"name": "t", "serverSideEncryption": {"kmsKeyArn": default}}, REGION)
    enforce("aws:kms/key:Key", {"description": "no policy"}, REGION)
    with pytest.raises(ResourceError, match=r"MalformedPolicyDocumentException: .* perform: kms:PutKeyPolicy"):
        enforce("aws:kms/key:Key", {"policy": text({**ADMINISTER, "Action": "kms:Decrypt"})}, REGION)


def test_an_account_is_asked_once_for_what_several_requests_of_a_resource_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Any, ...]] = []
    answer = account._answer

    def noting(*given: Any, **named: Any) -> Any:
        asked.append((*given, *sorted(named.items())))
        return answer(*given, **named)

    default = client("kms").create_key()["KeyMetadata"]["Arn"]
    monkeypatch.setattr(account, "_answer", noting)
    enforce("aws:dynamodb/table:Table", {"name": "t", "serverSideEncryption": {"kmsKeyArn": default}}, REGION)
    assert asked == [("kms", REGION, "get_key_policy", ("KeyId", default), ("PolicyName", "default"))]


def test_a_role_is_limited_by_its_boundary() -> None:
    iam = client("iam")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=text({**everything, "Action": "s3:*"}))["Policy"][
        "Arn"
    ]
    trust = text({**TRUST, "Principal": {"Service": "scheduler.amazonaws.com"}, "Condition": OWN})
    iam.create_role(RoleName="bound", AssumeRolePolicyDocument=trust, PermissionsBoundary=limit)
    iam.put_role_policy(RoleName="bound", PolicyName="p", PolicyDocument=text(everything))
    dead = {"arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"}
    values = {"name": "s", "target": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/bound", "deadLetterConfig": dead}}
    with pytest.raises(ResourceError, match=r"perform: sqs:SendMessage: boundary of .*role/bound: no statement allows"):
        enforce("aws:scheduler/schedule:Schedule", values, REGION)
    iam.delete_role_permissions_boundary(RoleName="bound")
    enforce("aws:scheduler/schedule:Schedule", values, REGION)
