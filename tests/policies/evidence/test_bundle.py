import json
import shutil
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from policies.evidence import bundle
from policies.evidence.contents import about, contents
from policies.evidence.signing import KeyFile, KmsKey, SigningError, verifies
from policies.evidence.store import Store, StoreError
from tests.policies.evidence.records import MADE, record


@pytest.fixture
def signer(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys" / "key.pem")


def made(out: Path, signer: KeyFile, hour: int = 9) -> Path:
    """One more bundle below a folder."""
    found = record(made=MADE.replace(hour=hour))
    folder = out / found.name
    bundle.write(folder, bundle.sealed(contents(found), about(found), bundle.last(out), signer))
    return folder


def test_a_bundle_says_what_it_is_of(tmp_path: Path, signer: KeyFile) -> None:
    folder = made(tmp_path, signer)
    manifest = json.loads((folder / bundle.MANIFEST).read_text())
    assert folder.name == "prod-20261121T093005Z"
    assert (manifest["environment"], manifest["previous"], manifest["commit"]) == ("prod", None, "c" * 40)
    assert {*manifest["files"], bundle.MANIFEST, bundle.SIGNATURE} == {file.name for file in folder.iterdir()}
    assert list(bundle.problems(folder)) == list(bundle.problems(folder, signer.public_key)) == []


def test_any_changed_byte_shows(tmp_path: Path, signer: KeyFile) -> None:
    folder = made(tmp_path, signer)
    for file in folder.iterdir():
        content = file.read_bytes()
        for place in range(0, len(content), max(1, len(content) // 25)):
            file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            assert list(bundle.problems(tmp_path)), f"byte {place} of {file.name}"
        file.write_bytes(content + b"\n")
        assert list(bundle.problems(tmp_path)), f"one more byte in {file.name}"
        file.write_bytes(content)
    assert list(bundle.problems(tmp_path)) == []


def test_what_is_missing_or_added_shows(tmp_path: Path, signer: KeyFile) -> None:
    folder = made(tmp_path, signer)
    (folder / "more.txt").write_text("")
    (folder / "findings.json").unlink()
    told = list(bundle.problems(folder))
    assert told == [f"{folder.name}: findings.json is missing", f"{folder.name}: more.txt does not belong to it"]
    assert list(bundle.problems(tmp_path / "nowhere")) != []


def test_a_chain_shows_what_was_taken_out_or_put_in_another_order(tmp_path: Path, signer: KeyFile) -> None:
    first, second, third = (made(tmp_path, signer, hour) for hour in (9, 10, 11))
    assert list(bundle.problems(tmp_path)) == []
    kept = shutil.move(second, tmp_path.parent / f"{tmp_path.name}-kept")
    assert list(bundle.problems(tmp_path)) == [
        f"{third.name}: the bundle before it is not the one that it names, {second.name}"
    ]
    shutil.move(kept, second)
    shutil.rmtree(first)
    assert list(bundle.problems(tmp_path)) == []  # a chain may begin elsewhere: in the store
    shutil.rmtree(third)
    again = made(tmp_path, signer, 11)
    (again / "findings.json").write_text("{}")
    assert list(bundle.problems(tmp_path)) == [f"{again.name}: findings.json was changed"]


def test_another_key_is_not_the_one_that_was_published(tmp_path: Path, signer: KeyFile) -> None:
    folder, other = made(tmp_path, signer), KeyFile(tmp_path / "other.pem")
    [told] = bundle.problems(folder, other.public_key)
    assert "is not signed by SHA256:" in told


def test_a_key_file_is_read_by_its_owner_alone_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "new" / "key.pem"
    assert KeyFile(file).public_key == KeyFile(file).public_key
    assert file.stat().st_mode & 0o777 == 0o600
    for wrong in (b"nonsense", KeyFile(file).public_key):
        file.write_bytes(wrong)
        with pytest.raises(SigningError, match=r"key\.pem"):
            KeyFile(file)


@mock_aws
def test_a_key_of_kms_signs_and_never_leaves_it(tmp_path: Path) -> None:
    client = boto3.client("kms", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    key = client.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    signer = KmsKey(client, key)
    assert verifies(signer.public_key, signer.sign(b"told"), b"told")
    assert not verifies(signer.public_key, signer.sign(b"told"), b"tolb")
    other = client.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    with pytest.raises(SigningError, match="ECC_NIST_P256"):
        KmsKey(client, other)


@mock_aws
def test_the_store_keeps_bundles_and_knows_the_last(tmp_path: Path, signer: KeyFile) -> None:
    client = boto3.client("s3", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    client.create_bucket(Bucket="plain")
    client.create_bucket(Bucket="worm", ObjectLockEnabledForBucket=True)
    for address in ("worm", "s3://", "s3://plain/evidence", "s3://worm/evidence", "s3://nowhere"):
        with pytest.raises(StoreError):
            Store(client, address)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}}
    client.put_object_lock_configuration(
        Bucket="worm", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    store = Store(client, "s3://worm/evidence/")
    assert store.last() is None
    folders = [made(tmp_path, signer, hour) for hour in (9, 10)]
    assert [store.put(folder) for folder in folders] == [7, 7]
    assert store.last() == bundle.last(tmp_path)
    key = f"evidence/{folders[0].name}/findings.json"
    assert client.get_object(Bucket="worm", Key=key)["Body"].read() == (folders[0] / "findings.json").read_bytes()
    version = client.head_object(Bucket="worm", Key=key)["VersionId"]
    with pytest.raises(ClientError):
        client.delete_object(Bucket="worm", Key=key, VersionId=version)
