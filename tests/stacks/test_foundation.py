"""The wiring of an environment, as the engine would hear of it."""

import pulumi

from stacks.foundation import foundation
from stacks.settings import Settings
from tests.components.conftest import Recorder
from tests.stacks.test_settings import local, prod


def wired(settings: Settings) -> Recorder:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="ml-platform", stack="local", preview=False)

    @pulumi.runtime.test
    def body() -> None:
        foundation(settings)

    body()
    return recorder


def test_the_local_foundation_is_what_its_settings_say() -> None:
    found = wired(Settings.parse(local()))
    components = sorted((one.type.rpartition(":")[2], one.name) for one in found.found if "ml-platform:" in one.type)
    assert [pair for pair in components if pair[0] != "SecureBucket"] == [
        ("AccessLogs", "access-logs"),
        ("ArtifactStore", "artifacts"),
        ("ArtifactStore", "datasets"),
        ("AuditTrail", "audit"),
        ("KeyRing", "keys"),
    ]
    (trail,) = found.of("aws:cloudtrail/trail:Trail")
    assert trail.inputs["kmsKeyId"] == "arn:keys-audit"
    watched = trail.inputs["advancedEventSelectors"][1]["fieldSelectors"][2]["startsWiths"]
    assert watched == ["arn:aws:s3:::artifacts-0000000/", "arn:aws:s3:::datasets-0000000/"]


def test_the_provider_is_pinned_to_account_and_region() -> None:
    (provider,) = wired(Settings.parse(local())).of("pulumi:providers:aws")
    assert provider.inputs["region"] == "eu-central-1"
    assert provider.inputs["allowedAccountIds"] == '["123456789012"]'


def test_what_is_protected_is_not_emptied_by_a_destroy() -> None:
    for values, disposable in ((local(), True), (prod(), False)):
        buckets = wired(Settings.parse(values)).of("aws:s3/bucket:Bucket")
        assert len(buckets) == 4
        assert {bucket.inputs["forceDestroy"] for bucket in buckets} == {disposable}


def test_optional_settings_reach_the_store() -> None:
    values = local()
    values["stores"]["artifacts"] |= {
        "lock": {"mode": "GOVERNANCE", "days": 3},
        "replica": {"region": "eu-west-1", "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k"},
    }
    found = wired(Settings.parse(values))
    locks = {
        lock.name: lock.inputs
        for lock in found.of("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    }
    assert locks["artifacts-object-lock"]["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 3}}
    assert locks["artifacts-replica-object-lock"]["region"] == "eu-west-1"
    assert "datasets-object-lock" not in locks
