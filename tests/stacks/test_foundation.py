"""The wiring of an environment, as the engine would hear of it."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pytest
from pulumi.runtime.stack import Stack

from policies.registry import RULES
from stacks.layers import build
from stacks.settings import Settings
from stacks.stages import Stage
from stacks.wiring import PROTECTED
from tests.components.conftest import ACCOUNT, ARNS, Recorder
from tests.components.iam import decide
from tests.sandbox.conftest import IN_CLUSTER, MODELS
from tests.stacks.test_settings import changed, local, prod
from tests.stacks.test_wrong_settings import REPLICA

LOCK = {"mode": "GOVERNANCE", "days": 3}


def wired(
    values: dict,
    exports: dict | None = None,
    recorder: Recorder | None = None,
    admission: Sequence[dict] = (),
    until: Stage = Stage.MODELS,
) -> Recorder:
    """What the environment registers; `exports` receives what it exports, resolved."""
    recorder = recorder or Recorder()
    recorder.start("local")

    @pulumi.runtime.test
    def body() -> pulumi.Output[None]:
        build(Settings.parse(values), admission, until)
        stack = pulumi.runtime.get_root_resource()
        assert isinstance(stack, Stack)
        return pulumi.Output.all(**stack.outputs).apply((exports if exports is not None else {}).update)

    body()
    return recorder


def foundation_of_local() -> dict[str, Any]:
    """What local has besides its network, its cluster, what is in that, and its models layer."""
    return {key: value for key, value in local().items() if key not in (*IN_CLUSTER, *MODELS)}


def test_the_local_foundation_is_what_its_settings_say() -> None:
    found = wired(foundation_of_local())
    components = sorted(one.title for one in found.found if one.parent.startswith("Stack "))
    assert components == [
        "AccessLogs access-logs",
        "ArtifactStore artifacts",
        "ArtifactStore datasets",
        "AuditTrail audit",
        "KeyRing keys",
        "aws aws",
    ]
    assert {one.name for one in found.of("Key")} == {"keys-confidential", "keys-audit"}
    assert {key.inputs["deletionWindowInDays"] for key in found.of("Key")} == {7}
    assert found.inputs("BucketObjectLockConfiguration", "audit-object-lock")["rule"] == {
        "defaultRetention": {"mode": "GOVERNANCE", "days": 1}
    }
    assert found.inputs("LogGroup", "audit")["retentionInDays"] == 1


def test_components_are_joined_by_key_log_bucket_and_trail() -> None:
    found = wired(foundation_of_local())
    keys = {one.name: one.inputs["kmsKeyId"] for one in [*found.of("Trail"), *found.of("LogGroup")]}
    for encryption in found.of("BucketServerSideEncryptionConfiguration"):
        (rule,) = encryption.inputs["rules"]
        keys[encryption.name] = rule["applyServerSideEncryptionByDefault"].get("kmsMasterKeyId")
    confidential, audit = (ARNS["Key"].format(f"keys-{name}") for name in ("confidential", "audit"))
    assert keys == {
        "audit": audit,
        "audit-encryption": audit,
        "artifacts-encryption": confidential,
        "datasets-encryption": confidential,
        "access-logs-encryption": None,
    }
    assert {one.name: one.inputs["targetBucket"] for one in found.of("BucketLogging")} == dict.fromkeys(
        ["artifacts-logging", "datasets-logging", "audit-logging"], "access-logs-0000000"
    )
    watched = found.inputs("Trail", "audit")["advancedEventSelectors"][1]["fieldSelectors"][2]["startsWiths"]
    assert watched == ["arn:aws:s3:::artifacts-0000000/", "arn:aws:s3:::datasets-0000000/"]


def test_what_holds_data_is_tagged_with_its_class() -> None:
    found = wired(foundation_of_local())
    tags = {one.name: one.inputs["tags"] for one in found.of("Bucket")}
    assert {name: one["data-class"] for name, one in tags.items()} == {
        "access-logs": "internal",
        "artifacts": "confidential",
        "datasets": "confidential",
        "audit": "audit",
    }
    for one in tags.values():
        assert (one["environment"], one["owner"], one["cost-centre"]) == ("local", "ml-platform", "ml-0001")


def test_the_exports_are_what_other_stacks_build_on() -> None:
    exports: dict = {}
    wired(local(), exports)
    assert (exports["account"], exports["region"]) == (ACCOUNT, "eu-central-1")
    assert exports["keys"] == {name: ARNS["Key"].format(f"keys-{name}") for name in ("confidential", "audit")}
    assert exports["audit"] == {
        "trail": ARNS["Trail"].format("ml-platform-local-audit"),
        "bucket": "audit-0000000",
        "logGroup": "/aws/cloudtrail/ml-platform-local-audit",
    }
    assert exports["stores"].keys() == {"artifacts", "datasets"}
    artifacts = exports["stores"]["artifacts"]
    assert (artifacts["bucket"], artifacts["uri"]) == ("artifacts-0000000", "s3://artifacts-0000000")
    assert artifacts["readerPolicies"].keys() == artifacts["writerPolicies"].keys() == {"models", "runs"}


def test_everything_goes_through_the_provider_of_the_account_and_region() -> None:
    found = wired(foundation_of_local())
    provider = found.one("aws", "aws")
    assert provider.inputs["region"] == "eu-central-1"
    assert provider.inputs["allowedAccountIds"] == '["123456789012"]'
    resources = [one.provider for one in found.found if one.type.startswith("aws:")]
    assert resources
    assert all("pulumi:providers:aws::aws::" in one for one in resources + [by for _, by in found.invokes])


@pytest.mark.parametrize(
    ("values", "protected"),
    [(local(), False), (changed(prod(), layer="foundation"), True)],
    ids=["local", "prod"],
)
def test_what_is_protected_is_neither_deleted_nor_emptied(values: dict, protected: bool) -> None:
    found = wired(values)
    assert len(found.of("Bucket")) >= 4
    assert {bucket.inputs["forceDestroy"] for bucket in found.of("Bucket")} == {not protected}
    assert {one.protect for one in found.of("Bucket")} == {protected}
    assert {one.protect for one in found.of("Key")} == {protected}
    # What can be made again may change and go: a rule, a role, a policy.
    assert not any(one.protect for kind in ("EventRule", "Role", "BucketPolicy", "Route") for one in found.of(kind))
    sids = {one["Sid"] for one in found.statements("BucketPolicy", "audit-policy")}
    assert ("DenyRetentionBypass" in sids) is protected


def test_optional_settings_reach_the_store_they_belong_to() -> None:
    found = wired(changed(local(), stores__artifacts__lock=LOCK, stores__artifacts__replica=REPLICA))
    locks = {lock.name: lock.inputs for lock in found.of("BucketObjectLockConfiguration")}
    assert locks["artifacts-object-lock"]["rule"] == {"defaultRetention": LOCK}
    assert locks["artifacts-replica-object-lock"]["region"] == "eu-west-1"
    assert "datasets-object-lock" not in locks
    (rule,) = found.inputs("BucketServerSideEncryptionConfiguration", "artifacts-replica-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == REPLICA["kmsKeyArn"]


def test_the_key_of_a_replicated_store_lets_its_replication_role_decrypt() -> None:
    found = wired(changed(local(), stores__artifacts__replica=REPLICA))
    role = found.inputs("BucketReplicationConfig", "artifacts-replication")["role"]
    assert decide(found.statements("Key", "keys-confidential"), "kms:Decrypt", caller=role) == "Allow"
    assert decide(found.statements("Key", "keys-audit"), "kms:Decrypt", caller=role) == "no"


def test_every_type_that_the_rules_demand_protection_of_is_protected() -> None:
    (demanded,) = [rule.types for rule in RULES if rule.id == "S3-10"]
    # The rule also knows types of earlier SDKs, which this program does not create.
    assert {one for one in demanded if not one.startswith("aws:s3/bucketV2")} <= PROTECTED


def test_keys_of_write_once_data_are_retained() -> None:
    found = wired(changed(prod(), layer="foundation"))
    # The audit trail and the backups of prod are locked in compliance mode.
    assert {one.name for one in found.of("Key") if one.retained} == {"keys-audit", "keys-confidential"}
    assert not any(one.retained for one in wired(foundation_of_local()).found)
