"""The local platform on the real engine: up, in use, changed, refused, and down again with nothing left."""

import json
import time
from typing import Any

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
ORDINARY_PROGRAM = """
from stacks.layers import build
from stacks.settings import Settings

build(Settings.from_engine())
"""
CARELESS_PROGRAM = (
    ORDINARY_PROGRAM
    + """
import pulumi, pulumi_aws as aws

provider = aws.Provider("other", region="eu-central-1")
aws.s3.Bucket("careless", bucket="careless", opts=pulumi.ResourceOptions(provider=provider))
"""
)


@pytest.fixture(scope="module")
def platform(checkout: Checkout) -> dict[str, Any]:
    """The report of the first `mlp up`."""
    return checkout.mlp("up")


def test_the_report_of_up_tells_what_happened(platform: dict[str, Any]) -> None:
    assert platform["ok"]
    assert platform["stack"] == "local"
    assert platform["created"] == 51
    assert platform["updated"] == platform["unchanged"] == platform["deleted"] == 0
    assert platform["policy"]["rules"] == 32
    assert platform["policy"]["findings"] == []
    assert platform["recorded_only"] == ["aws:kms/key:Key.rotationPeriodInDays"]
    assert set(platform["outputs"]) == {"account", "audit", "keys", "logBucket", "region", "stores"}


def test_a_second_preview_is_empty(checkout: Checkout, platform: dict[str, Any]) -> None:
    report = checkout.mlp("preview")
    assert report["changes"] == []
    assert report["unchanged"] == platform["created"]


def test_an_object_goes_in_and_out_through_the_components_own_policies(
    checkout: Checkout, platform: dict[str, Any]
) -> None:
    store = platform["outputs"]["stores"]["artifacts"]
    iam, writer, reader = checkout.client("iam"), "writer", "reader"
    keys = {}
    for user, policies in ((writer, store["writerPolicies"]), (reader, store["readerPolicies"])):
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="models", PolicyDocument=policies["models"])
        keys[user] = iam.create_access_key(UserName=user)["AccessKey"]
    s3 = {
        user: checkout.client("s3", id=key["AccessKeyId"], secret=key["SecretAccessKey"]) for user, key in keys.items()
    }
    where = {"Bucket": store["bucket"], "Key": "models/fraud/1"}
    with checkout.enforcing_iam():
        first = s3[writer].put_object(**where, Body=b"one")
        second = s3[writer].put_object(**where, Body=b"two")
        assert s3[reader].get_object(**where)["Body"].read() == b"two"
        assert s3[reader].get_object(**where, VersionId=first["VersionId"])["Body"].read() == b"one"
        for client, call, arguments in (
            (s3[reader], "put_object", {**where, "Body": b"three"}),
            (s3[writer], "put_object", {**where, "Key": "models-secret/1", "Body": b"three"}),
            (s3[writer], "delete_object", where),
            (s3[reader], "get_object", {**where, "Key": "runs/1"}),
        ):
            with pytest.raises(client.exceptions.ClientError, match=r"AccessDenied|Forbidden"):
                getattr(client, call)(**arguments)
    assert first["VersionId"] != second["VersionId"]
    assert second["ServerSideEncryption"] == "aws:kms"
    assert second["SSEKMSKeyId"] == platform["outputs"]["keys"]["confidential"]
    for user in keys:
        iam.delete_access_key(UserName=user, AccessKeyId=keys[user]["AccessKeyId"])
        iam.delete_user_policy(UserName=user, PolicyName="models")
        iam.delete_user(UserName=user)


def test_a_changed_setting_updates_in_place(checkout: Checkout, platform: dict[str, Any]) -> None:
    checkout.setting("stores.artifacts.noncurrentVersionDays", 30)
    report = checkout.mlp("up")
    assert (report["created"], report["updated"], report["deleted"]) == (0, 1, 0)
    rules = checkout.client("s3").get_bucket_lifecycle_configuration(
        Bucket=platform["outputs"]["stores"]["artifacts"]["bucket"]
    )["Rules"]
    assert {"NoncurrentDays": 30} in [rule.get("NoncurrentVersionExpiration") for rule in rules]


def test_a_change_behind_pulumis_back_is_found_and_made_good(checkout: Checkout, platform: dict[str, Any]) -> None:
    where = {"Bucket": platform["outputs"]["stores"]["datasets"]["bucket"]}
    s3 = checkout.client("s3")
    s3.put_bucket_versioning(**where, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(**where)
    found = checkout.pulumi("refresh", "-s", "local", "--yes", "--skip-preview", "--non-interactive")
    assert "~ 1 updated" in found.stdout, found.stdout + found.stderr
    assert "- 1 deleted" in found.stdout
    report = checkout.mlp("up")
    assert (report["created"], report["updated"]) == (1, 1)
    assert s3.get_bucket_versioning(**where)["Status"] == "Enabled"
    assert s3.get_public_access_block(**where)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]


def test_an_audit_reads_the_emulated_account_without_further_settings(
    checkout: Checkout, platform: dict[str, Any]
) -> None:
    done = checkout.run("audit", "--account", "--format", "json", "--fail-on", "critical")
    assert "this is the emulated account of local" in done.stderr
    found = json.loads(done.stdout)
    assert found["environment"] == "local"
    assert found["sources"] == [f"emulated account {platform['outputs']['account']} in eu-central-1"]
    buckets = {one["resource"] for one in found["verdicts"] if one["rule"] == "S3-02" and one["outcome"] == "PASS"}
    assert f"arn:aws:s3:::{platform['outputs']['audit']['bucket']}" in buckets


def test_an_audit_of_the_state_names_the_file_and_line_of_a_resource(
    checkout: Checkout, platform: dict[str, Any]
) -> None:
    state = checkout.path / "state.json"
    state.write_text(checkout.pulumi("stack", "export", "-s", "local").stdout)
    done = checkout.run("audit", "--state", str(state), "--env", "prod", "--format", "sarif", "--verbose")
    assert done.returncode == 1, done.stdout + done.stderr  # prod demands more than local has
    [run] = json.loads(done.stdout)["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    files = {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places}
    assert {uri.partition("/")[0] for uri, _ in files} == {"components"}
    for uri, line in files:
        assert len((checkout.path / uri).read_text().splitlines()) >= line
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]}) == len(
        run["results"]
    )


def test_evidence_of_the_account_is_sealed_and_kept_where_nobody_can_erase_it(
    checkout: Checkout, platform: dict[str, Any]
) -> None:
    out, store = checkout.path / "evidence", f"s3://{platform['outputs']['audit']['bucket']}/evidence"
    key = checkout.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    for _ in range(2):
        done = checkout.run("evidence", "--out", str(out), "--kms-key", key, "--put", store)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "7 files are in s3://" in done.stdout
        time.sleep(1)  # bundles are named by the second
    checkout.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert checkout.run("evidence", "--verify", str(out)).returncode == 0
    kept = checkout.client("s3").list_objects_v2(Bucket=platform["outputs"]["audit"]["bucket"], Prefix="evidence/")
    assert kept["KeyCount"] == 14
    first = min(out.iterdir())
    (first / "findings.json").write_text("{}")
    done = checkout.run("evidence", "--verify", str(out))
    assert (done.returncode, done.stdout) == (4, f"{first.name}: findings.json was changed\n")


def test_a_misconfiguration_is_refused_before_anything_is_made(checkout: Checkout, platform: dict[str, Any]) -> None:
    before = checkout.held()
    checkout.program(CARELESS_PROGRAM)
    report = checkout.mlp("up", code=1)
    checkout.program(ORDINARY_PROGRAM)
    refused = {found["rule"] for found in report["policy"]["findings"] if found["urn"].endswith("::careless")}
    assert {"S3-01", "S3-02", "S3-03", "S3-04", "TAG-01"} <= refused
    assert checkout.held() == before


def test_a_wrong_setting_stops_before_the_engine(checkout: Checkout) -> None:
    checkout.setting("audit.lock.days", 0)
    done = checkout.run("up")
    checkout.setting("audit.lock.days", 1)
    assert done.returncode == 2
    assert "ml-platform:audit.lock.days = 0: input should be greater than or equal to 1" in done.stderr


def test_down_leaves_nothing_behind(checkout: Checkout, platform: dict[str, Any]) -> None:
    account = json.loads((checkout.path / ".sandbox" / "local" / "account.json").read_text())
    report = checkout.mlp("down")
    assert report["left"] == []
    # Two of the platform, and the one that evidence was signed with.
    assert [entry.split()[0] for entry in report["retained"]] == ["aws:kms/key:Key"] * 3
    assert not (checkout.path / ".sandbox").exists()
    assert not checkout.answers(account["port"])
