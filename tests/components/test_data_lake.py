import configparser
import json
from typing import Any

import pytest

from components import DataLake
from tests.components.conftest import ACCOUNT, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

KEY = "arn:key"
ZONES = ("raw", "curated", "features", "lineage")
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"


def lake(**more: Any) -> DataLake:
    return DataLake("lake", {"kms_key_arn": KEY, "log_bucket": "logs", "tags": TAGS, **more})  # pyright: ignore


def statements(document: str) -> list[dict[str, Any]]:
    return json.loads(document)["Statement"]


def test_every_zone_is_a_store_of_its_own(recorder: Recorder, run: Run) -> None:
    outputs = run(lake)
    assert {one.name for one in recorder.of("ArtifactStore")} == {f"lake-{zone}" for zone in (*ZONES, "results")}
    assert outputs["bucket_names"] == {zone: f"lake-{zone}-0000000" for zone in ZONES}
    for encryption in recorder.of("BucketServerSideEncryptionConfiguration"):
        (rule,) = encryption.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == KEY


def test_tables_are_catalogued_where_there_are_any_under_names_that_need_no_quotes(
    recorder: Recorder, run: Run
) -> None:
    names = run(lake)["database_names"]
    assert names == {zone: f"ml_platform_dev_lake_{zone}" for zone in ("raw", "curated", "features")}
    assert recorder.inputs("CatalogDatabase", "lake-raw")["locationUri"] == "s3://lake-raw-0000000/tables/"


def test_the_catalogue_and_what_jobs_write_are_encrypted(recorder: Recorder, run: Run) -> None:
    run(lake)
    settings = recorder.inputs("DataCatalogEncryptionSettings", "lake")["dataCatalogEncryptionSettings"]
    assert settings["encryptionAtRest"] == {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": KEY}
    assert settings["connectionPasswordEncryption"]["returnConnectionPasswordEncrypted"]
    jobs = recorder.inputs("SecurityConfiguration", "lake")["encryptionConfiguration"]
    assert {part["kmsKeyArn"] for part in jobs.values()} == {KEY}
    assert jobs["jobBookmarksEncryption"]["jobBookmarksEncryptionMode"] == "CSE-KMS"


def test_the_catalogue_of_the_account_can_be_left_to_somebody_else(recorder: Recorder, run: Run) -> None:
    run(lambda: lake(encrypt_catalogue=False))
    assert not recorder.of("DataCatalogEncryptionSettings")
    assert recorder.of("SecurityConfiguration")


def test_a_query_is_limited_and_its_result_encrypted_whatever_a_client_asks_for(recorder: Recorder, run: Run) -> None:
    run(lambda: lake(scan_limit_gib=5))
    found = recorder.inputs("Workgroup", "lake")["configuration"]
    assert found["enforceWorkgroupConfiguration"]
    assert found["bytesScannedCutoffPerQuery"] == 5 * 1024**3
    result = found["resultConfiguration"]
    assert result["outputLocation"] == "s3://lake-results-0000000/queries/"
    assert result["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}


def test_results_expire_and_data_does_not(recorder: Recorder, run: Run) -> None:
    run(lambda: lake(results_days=3))
    for zone in (*ZONES, "results"):
        rules = recorder.inputs("BucketLifecycleConfiguration", f"lake-{zone}-lifecycle")["rules"]
        expiring = [rule["expiration"] for rule in rules if rule["id"] == "expire-objects"]
        assert expiring == ([{"days": 3}] if zone == "results" else [])


def test_lineage_can_be_kept_from_being_rewritten(recorder: Recorder, run: Run) -> None:
    run(lambda: lake(lineage_lock={"mode": "COMPLIANCE", "days": 9}))
    (lock,) = recorder.of("BucketObjectLockConfiguration")
    assert lock.name.startswith("lake-lineage")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 9}}


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("athena:StartQueryExecution", "arn:ml-platform-dev-lake", "Allow"),
        ("athena:StartQueryExecution", "arn:primary", "no"),
        ("athena:DeleteWorkGroup", "arn:ml-platform-dev-lake", "no"),
        ("glue:GetTable", f"{GLUE}:table/ml_platform_dev_lake_curated/t", "Allow"),
        ("glue:GetTable", f"{GLUE}:table/ml_platform_dev_lake_raw/t", "no"),
        ("glue:DeleteTable", f"{GLUE}:table/ml_platform_dev_lake_curated/t", "no"),
        ("s3:GetObject", "arn:aws:s3:::lake-features-0000000/tables/a", "Allow"),
        ("s3:GetObject", "arn:aws:s3:::lake-raw-0000000/tables/a", "no"),
        ("s3:PutObject", "arn:aws:s3:::lake-curated-0000000/tables/a", "no"),
        ("s3:PutObject", "arn:aws:s3:::lake-results-0000000/queries/a", "Allow"),
        ("kms:Decrypt", KEY, "Allow"),
        ("kms:Decrypt", "arn:other", "no"),
    ],
)
def test_who_queries_reads_curated_data_and_writes_results(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    assert decide(statements(run(lake)["query_policy"]), action, resource) == answer


def test_dvc_is_told_where_its_remote_lies_and_how_it_is_encrypted(run: Run) -> None:
    outputs = run(lake)
    parsed = configparser.ConfigParser()
    parsed.read_string(outputs["dvc_config"])
    remote = dict(parsed["'remote \"lake\"'"])
    assert remote == {
        "url": outputs["dvc_url"],
        "region": REGION,
        "sse": "aws:kms",
        "sse_kms_key_id": KEY,
    }
    assert parsed["core"]["remote"] == "lake"
    granted = statements(outputs["dvc_policy"])
    bucket = "arn:aws:s3:::lake-raw-0000000"
    assert decide(granted, "s3:PutObject", f"{bucket}/dvc/files/md5/a") == "Allow"
    assert decide(granted, "s3:GetObject", f"{bucket}/tables/a") == "no"
    assert decide(granted, "s3:DeleteObject", f"{bucket}/dvc/files/md5/a") == "no"
