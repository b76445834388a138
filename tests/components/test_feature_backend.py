import json
from typing import Any

import pytest

from components import CacheEngine, FeatureBackend
from components.feature_backend import connect
from tests.components.conftest import REGION, TAGS, Recorder, Run
from tests.components.iam import decide

KEY = "arn:key"


def backend(**more: Any) -> FeatureBackend:
    args = {
        "vpc_id": "vpc",
        "subnet_ids": ["a", "b"],
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "users": ["feast"],
        "tags": TAGS,
    }
    return FeatureBackend("features", {**args, **more})  # pyright: ignore[reportArgumentType]


def test_the_online_store_is_encrypted_at_rest_and_on_the_way(recorder: Recorder, run: Run) -> None:
    run(backend)
    cache = recorder.inputs("ReplicationGroup", "features")
    assert (cache["engine"], cache["engineVersion"]) == ("valkey", "8.0")
    assert (cache["transitEncryptionEnabled"], cache["transitEncryptionMode"]) == (True, "required")
    assert (cache["atRestEncryptionEnabled"], cache["kmsKeyId"]) == (True, KEY)
    assert "authToken" not in cache


@pytest.mark.parametrize(("replicas", "nodes", "safe"), [(0, 1, False), (1, 2, True), (2, 3, True)])
def test_a_replica_makes_it_survive_a_node(recorder: Recorder, run: Run, replicas: int, nodes: int, safe: bool) -> None:
    run(lambda: backend(replicas=replicas))
    cache = recorder.inputs("ReplicationGroup", "features")
    assert cache["numCacheClusters"] == nodes
    assert cache["multiAzEnabled"] is cache["automaticFailoverEnabled"] is safe


def test_nobody_connects_who_is_not_named(recorder: Recorder, run: Run) -> None:
    run(backend)
    assert not recorder.of("SecurityGroupIngressRule")
    run(lambda: backend(client_security_group_ids=["sg-a", "sg-b"]))
    rules = [one.inputs for one in recorder.of("SecurityGroupIngressRule")]
    assert sorted(one["referencedSecurityGroupId"] for one in rules) == ["sg-a", "sg-b"]
    assert {(one["fromPort"], one["toPort"], one.get("cidrIpv4")) for one in rules} == {(6379, 6379, None)}


def test_users_sign_in_by_iam_and_may_not_administer(recorder: Recorder, run: Run) -> None:
    run(lambda: backend(users=["feast", "loader"]))
    users = [one.inputs for one in recorder.of("User")]
    for user in users:
        # ElastiCache signs in by IAM only who has the same id and name.
        assert user["userId"] == user["userName"]
        assert user["authenticationMode"] == {"type": "iam"}
        assert "-@admin -@dangerous" in user["accessString"]
    members = recorder.inputs("UserGroup", "features")["userIds"]
    assert sorted(members) == sorted(user["userId"] for user in users)
    assert recorder.inputs("ReplicationGroup", "features")["userGroupIds"]


def test_redis_gets_a_default_user_that_can_do_nothing(recorder: Recorder, run: Run) -> None:
    run(lambda: backend(engine=CacheEngine.REDIS))
    default = recorder.inputs("User", "features-default")
    assert (default["userName"], default["accessString"]) == ("default", "off ~* -@all")
    assert default["userId"] in recorder.inputs("UserGroup", "features")["userIds"]
    assert recorder.inputs("ReplicationGroup", "features")["engine"] == "redis"
    assert recorder.inputs("ParameterGroup", "features")["family"] == "redis7"


def test_it_can_follow_the_minor_version_that_aws_has_installed(recorder: Recorder, run: Run) -> None:
    run(lambda: backend(engine_version="8.1"))
    cache = recorder.inputs("ReplicationGroup", "features")
    assert (cache["engineVersion"], cache["autoMinorVersionUpgrade"]) == ("8.1", True)
    assert recorder.inputs("ParameterGroup", "features")["family"] == "valkey8"


def test_a_store_that_is_full_says_so_instead_of_forgetting(recorder: Recorder, run: Run) -> None:
    run(backend)
    assert recorder.inputs("ParameterGroup", "features")["parameters"] == [
        {"name": "maxmemory-policy", "value": "noeviction"}
    ]


def test_its_logs_are_encrypted_and_end(recorder: Recorder, run: Run) -> None:
    run(lambda: backend(log_days=7))
    groups = recorder.of("LogGroup")
    assert {one.inputs["name"].rpartition("dev-")[2] for one in groups} == {"features-engine-log", "features-slow-log"}
    assert {(one.inputs["kmsKeyId"], one.inputs["retentionInDays"]) for one in groups} == {(KEY, 7)}
    kinds = recorder.inputs("ReplicationGroup", "features")["logDeliveryConfigurations"]
    assert {one["logType"] for one in kinds} == {"engine-log", "slow-log"}


def test_a_user_signs_in_to_this_store_as_itself(run: Run) -> None:
    outputs = run(backend)
    granted = json.loads(outputs["connect_policies"]["feast"])["Statement"]
    group, user = outputs["replication_group_arn"], outputs["user_arns"]["feast"]
    assert granted == [connect(group, user)]
    assert decide(granted, "elasticache:Connect", group) == "Allow"
    assert decide(granted, "elasticache:Connect", f"{group}-other") == "no"
    assert decide(granted, "elasticache:ModifyUser", user) == "no"


def test_offline_features_are_versioned_catalogued_and_granted(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: backend(noncurrent_version_days=5))
    assert outputs["offline_uri"] == "s3://features-offline-0000000/offline"
    assert outputs["offline_database"] == "ml_platform_dev_features"
    rules = recorder.inputs("BucketLifecycleConfiguration", "features-offline-lifecycle")["rules"]
    assert rules[1]["noncurrentVersionExpiration"] == {"noncurrentDays": 5}
    bucket = outputs["offline_bucket_arn"]
    reader = json.loads(outputs["offline_reader_policy"])["Statement"]
    writer = json.loads(outputs["offline_writer_policy"])["Statement"]
    assert decide(reader, "s3:GetObject", f"{bucket}/offline/a") == "Allow"
    assert decide(reader, "s3:PutObject", f"{bucket}/offline/a") == "no"
    assert decide(writer, "s3:PutObject", f"{bucket}/offline/a") == "Allow"


def test_feast_is_told_where_features_lie_and_no_secret(run: Run) -> None:
    outputs = run(backend)
    config = json.loads(outputs["feast_config"])
    assert config["online_store"] == {
        "type": "redis",
        "connection_string": f"{outputs['online_endpoint']},ssl=true",
    }
    assert config["offline_store"]["region"] == REGION
    assert "password" not in outputs["feast_config"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"replicas": 6}, "replicas = 6; allowed: 0 to 5"),
        ({"users": ["feast", "Default User"]}, "users has Default User; allowed: a-z"),
        ({"users": ["default"]}, "users has default"),
        ({"engine_version": "8"}, "engine_version = '8'; allowed: MAJOR.MINOR"),
    ],
)
def test_what_elasticache_would_refuse_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: backend(**more))
