"""The walk for unused grants finds one that is added to a small plan in which everything is used."""

import json
from typing import Any

import pytest

from tests.sandbox.grants import Plan

ACCOUNT = "111111111111"
ROLE, POLICY, QUEUE, KEY, TOPIC, BUCKET = (
    f"arn:aws:{text}"
    for text in (
        f"iam::{ACCOUNT}:role/delivery-1",
        f"iam::{ACCOUNT}:policy/delivery-1",
        f"sqs:eu-central-1:{ACCOUNT}:queue-1",
        f"kms:eu-central-1:{ACCOUNT}:key/11111111-2222",
        f"sns:eu-central-1:{ACCOUNT}:topic-1",
        "s3:::bucket-1",
    )
)
VIA_SQS, VIA_S3, VIA_RDS = (
    {"StringEquals": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}} for service in ("sqs", "s3", "rds")
)
DATABASE = f"arn:aws:rds:eu-central-1:{ACCOUNT}:db:db-1"
LOGIN = f"arn:aws:rds-db:eu-central-1:{ACCOUNT}:dbuser:DB1/me"
BY_CLOUDFRONT = {"Principal": {"Service": "cloudfront.amazonaws.com"}}


def one(kind: str, name: str, given: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn::{name}", "type": f"aws:{kind}", "id": name, "inputs": given, "outputs": {**given, **outputs}}


def allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, **parts}


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": statements})


def role(name: str, arn: str, **principal: str) -> dict[str, Any]:
    return one("iam/role:Role", name, {}, arn=arn, assumeRolePolicy=text(allow(Principal=principal)))


def key(*statements: dict[str, Any]) -> dict[str, Any]:
    return one("kms/key:Key", "key-1", {"policy": text(*statements)}, arn=KEY, keyId="11111111-2222")


def policy(name: str, arn: str, *resources: str) -> dict[str, Any]:
    return one("iam/policy:Policy", name, {"policy": text(allow(Resource=list(resources)))}, arn=arn)


def rule(name: str, group: str, other: str) -> dict[str, Any]:
    given = {"securityGroupId": group, "referencedSecurityGroupId": other}
    return one("vpc/securityGroupIngressRule:SecurityGroupIngressRule", name, given)


def topic_policy(service: str) -> dict[str, Any]:
    given = {"arn": TOPIC, "policy": text(allow(Principal={"Service": service}))}
    return one("sns/topicPolicy:TopicPolicy", "topic-policy", given)


USED = (allow(Condition=VIA_SQS), allow(Condition=VIA_S3), allow(**BY_CLOUDFRONT), allow())
KEY_1 = key(*USED)


def plan(*more: dict[str, Any]) -> Plan:
    """A plan in which everything is used, with more in it; what has the name of something there replaces it."""
    encryption = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    resources = [
        role("delivery-1", ROLE, Service="firehose.amazonaws.com"),
        one("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "stream", {"roleArn": ROLE}),
        policy("policy-1", POLICY, QUEUE, f"{BUCKET}/captures/*", LOGIN, "*"),
        one("iam/rolePolicyAttachment:RolePolicyAttachment", "attached", {"policyArn": POLICY, "role": "delivery-1"}),
        KEY_1,
        one("sqs/queue:Queue", "queue-1", {"kmsMasterKeyId": KEY}, arn=QUEUE),
        one("s3/bucket:Bucket", "bucket-1", {}, arn=BUCKET, bucketRegionalDomainName="bucket-1.s3.example.com"),
        one(encryption, "encryption", {"bucket": "bucket-1", "rules": [{"kmsMasterKeyId": KEY}]}),
        one("cloudfront/distribution:Distribution", "web", {"origins": [{"domainName": "bucket-1.s3.example.com"}]}),
        one("sns/topic:Topic", "topic-1", {}, arn=TOPIC),
        topic_policy("cloudwatch.amazonaws.com"),
        one("cloudwatch/metricAlarm:MetricAlarm", "alarm", {"alarmActions": [TOPIC]}),
        one("ec2/securityGroup:SecurityGroup", "sg-11111", {}),
        one("rds/instance:Instance", "db", {"vpcSecurityGroupIds": ["sg-11111"]}, arn=DATABASE, resourceId="DB1"),
        rule("rule", "sg-11111", "sg-11111"),
    ]
    return Plan(list({each["urn"]: each for each in (*resources, *more)}.values()), ACCOUNT)


def answers(walk: Plan) -> dict[str, set[Any]]:
    unused, missing = walk.keys()
    return {
        "roles": walk.roles(),
        "unattached": walk.unattached(),
        "resources": walk.resources(),
        "unused": unused,
        "missing": missing,
        "groups": walk.groups(),
        "documents": walk.documents(),
    }


def test_where_everything_is_used_the_walk_finds_nothing() -> None:
    assert {question: found for question, found in answers(plan()).items() if found} == {}


LONELY, OTHER = f"arn:aws:iam::{ACCOUNT}:role/lonely", f"{QUEUE}-other"
TRAIL = one("cloudtrail/trail:Trail", "trail", {"roleArn": LONELY})
PROFILE = one("iam/instanceProfile:InstanceProfile", "profile", {"role": "lonely"}, arn="arn:profile")
DELIVERY = one("sns/topicSubscription:TopicSubscription", "queue", {"protocol": "sqs", "endpoint": QUEUE})


@pytest.mark.parametrize(
    ("more", "question", "found"),
    [
        ([role("lonely", LONELY, Service="ec2.amazonaws.com")], "roles", ("lonely", "ec2.amazonaws.com")),
        ([role("lonely", LONELY, Service="config.amazonaws.com"), TRAIL], "roles", ("lonely", "config.amazonaws.com")),
        ([role("lonely", LONELY, Federated="arn:oidc/other")], "roles", ("lonely", "arn:oidc/other")),
        ([role("lonely", LONELY, AWS="*")], "roles", ("lonely", "*")),
        ([role("lonely", LONELY, Service="ec2.amazonaws.com"), PROFILE], "unattached", "profile"),
        ([policy("loose", f"{POLICY}-2")], "unattached", "loose"),
        ([policy("policy-1", POLICY, OTHER)], "resources", ("policy-1", OTHER)),
        ([policy("policy-1", POLICY, f"{BUCKET}-2/*")], "resources", ("policy-1", f"{BUCKET}-2/*")),
        (
            [policy("policy-1", POLICY, LOGIN.replace("DB1", "DB2"))],
            "resources",
            ("policy-1", LOGIN.replace("1/", "2/")),
        ),
        ([key(*USED, allow(Condition=VIA_RDS))], "unused", ("key-1", "rds")),
        ([key(*USED, allow(Principal={"Service": "events.amazonaws.com"}))], "unused", ("key-1", "events")),
        ([key(*USED, allow(Principal={"Service": "sns.amazonaws.com"}))], "unused", ("key-1", "sns delivering")),
        ([key(*USED[1:])], "missing", ("key-1", "sqs")),
        (
            [one("ec2/securityGroup:SecurityGroup", "sg-22222", {}), rule("in", "sg-22222", "sg-11111")],
            "groups",
            "sg-22222",
        ),
        ([rule("rule", "sg-11111", "sg-33333")], "groups", "rule"),
        ([topic_policy("events.amazonaws.com")], "documents", ("topic-policy", "events.amazonaws.com")),
    ],
)
def test_a_grant_that_nobody_uses_is_found(more: list[dict[str, Any]], question: str, found: Any) -> None:
    assert {name: each for name, each in answers(plan(*more)).items() if each} == {question: {found}}


def test_a_topic_that_sends_to_a_queue_uses_its_key() -> None:
    granted = key(*USED, allow(Principal={"Service": "sns.amazonaws.com"}))
    assert answers(plan(granted, DELIVERY))["unused"] == set()
