import json
from collections import Counter
from typing import Any

import pulumi
import pytest

from components.edge_delivery import EdgeDelivery
from tests.components import conftest
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

PEM = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"
BUCKET = "arn:aws:s3:::edge-0000000"
DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/edge-0000000"
SIGNER = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/id-of-edge-signing"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/a"
PUBLISHER = f"arn:aws:iam::{ACCOUNT}:role/publisher-1"
SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
NEW = {**SECURE, "s3:ObjectCreationOperation": "true", "s3:if-none-match": "*"}
OVER = {**SECURE, "s3:ObjectCreationOperation": "true"}
PART = {**SECURE, "s3:ObjectCreationOperation": "false"}


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setitem(conftest.ARNS, "Distribution", f"arn:aws:cloudfront::{ACCOUNT}:distribution/{{}}")
    recorder = Recorder()
    recorder.start()
    return recorder


def edge(**more: Any) -> EdgeDelivery:
    args = {
        "models": ["detector", "ranker"],
        "url_public_keys": {"blue": PEM},
        "kms_key_arn": "arn:key",
        "log_bucket": "logs",
        "aliases": ["models.example.com"],
        "certificate_arn": CERTIFICATE,
        "tags": TAGS,
    }
    return EdgeDelivery("edge", {**args, **more})  # pyright: ignore[reportArgumentType]


def test_delivery_is_a_bucket_a_distribution_and_two_kinds_of_keys(recorder: Recorder, run: Run) -> None:
    outputs = run(edge)
    assert set(outputs.pop("publish_policies")) == {"detector", "ranker"}
    assert outputs == {
        "distribution_domain": "edge-0000000.cloudfront.net",
        "distribution_arn": DISTRIBUTION,
        "distribution_id": "edge-0000000",
        "bucket_name": "edge-0000000",
        "bucket_arn": BUCKET,
        "key_group_id": "edge-0000000",
        "public_key_ids": {"blue": "edge-blue-0000000"},
        "signing_key_arn": SIGNER,
        "signing_key_alias": "alias/ml-platform-dev-edge-signing",
    }
    found = recorder.kinds()
    assert {kind: count for kind, count in found.items() if not kind.startswith("Bucket")} == Counter(
        {
            "EdgeDelivery": 1,
            "SecureBucket": 1,
            "OriginAccessControl": 1,
            "PublicKey": 1,
            "KeyGroup": 1,
            "Distribution": 1,
            "LogDeliverySource": 1,
            "LogDeliveryDestination": 1,
            "LogDelivery": 1,
            "Key": 1,
            "Alias": 1,
        }
    )


def test_only_signed_urls_over_tls_are_answered(recorder: Recorder, run: Run) -> None:
    run(edge)
    assert recorder.inputs("Distribution", "edge", "origins") == {
        "enabled": True,
        "comment": "Releases of edge",
        "priceClass": "PriceClass_100",
        "httpVersion": "http2and3",
        "isIpv6Enabled": True,
        "defaultCacheBehavior": {
            "targetOriginId": "releases",
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "viewerProtocolPolicy": "https-only",
            "trustedKeyGroups": ["edge-0000000"],
            "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "responseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "compress": True,
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "aliases": ["models.example.com"],
        "viewerCertificate": {
            "acmCertificateArn": CERTIFICATE,
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        },
        "tags": {**ALL_TAGS, "component": "edge"},
    }


def test_the_distribution_signs_every_request_to_its_bucket(recorder: Recorder, run: Run) -> None:
    run(edge)
    (origin,) = recorder.inputs("Distribution", "edge")["origins"]
    assert origin["originAccessControlId"] == "edge-0000000"
    assert recorder.inputs("OriginAccessControl", "edge", "description") == {
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }


def test_every_request_is_written_to_the_bucket_of_logs(recorder: Recorder, run: Run) -> None:
    run(edge)
    name = "ml-platform-dev-edge"
    source, destination = (recorder.inputs(f"LogDelivery{one}", "edge") for one in ("Source", "Destination"))
    assert (source["logType"], source["resourceArn"]) == ("ACCESS_LOGS", DISTRIBUTION)
    assert destination["deliveryDestinationConfiguration"] == {"destinationResourceArn": "arn:aws:s3:::logs"}
    delivery = recorder.inputs("LogDelivery", "edge")
    assert (source["name"], destination["name"], delivery["deliverySourceName"]) == (name, name, name)
    # CloudFront's deliveries are there, wherever the bucket is.
    assert {one["region"] for one in (source, destination, delivery)} == {"us-east-1"}


def test_price_class_and_web_acl_are_up_to_the_caller(recorder: Recorder, run: Run) -> None:
    run(lambda: edge(price_class="PriceClass_All", web_acl_arn="arn:acl"))
    inputs = recorder.inputs("Distribution", "edge")
    assert (inputs["priceClass"], inputs["webAclId"]) == ("PriceClass_All", "arn:acl")


def test_keys_of_urls_can_be_exchanged(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: edge(url_public_keys={"blue": PEM, "green": pulumi.Output.from_input(f"{PEM}\n")}))
    assert recorder.inputs("KeyGroup", "edge") == {"items": ["edge-blue-0000000", "edge-green-0000000"]}
    assert recorder.inputs("PublicKey", "edge-blue") == recorder.inputs("PublicKey", "edge-green")
    assert recorder.inputs("PublicKey", "edge-blue") == {"encodedKey": f"{PEM}\n"}
    assert set(outputs["public_key_ids"]) == {"blue", "green"}


@pytest.mark.parametrize(
    ("action", "resource", "source", "answer"),
    [
        ("s3:GetObject", f"{BUCKET}/detector/1.0.0/model.tflite", DISTRIBUTION, "Allow"),
        ("s3:GetObject", f"{BUCKET}/detector/latest.json", DISTRIBUTION, "Allow"),
        ("s3:GetObject", f"{BUCKET}/detector/latest.json", f"{DISTRIBUTION}-other", "no"),
        ("s3:PutObject", f"{BUCKET}/detector/latest.json", DISTRIBUTION, "no"),
        ("s3:ListBucket", BUCKET, DISTRIBUTION, "no"),
    ],
)
def test_only_this_distribution_reads(
    recorder: Recorder, run: Run, action: str, resource: str, source: str, answer: str
) -> None:
    run(edge)
    statements = recorder.statements("BucketPolicy", "edge-policy")
    context = {**SECURE, "aws:SourceArn": source}
    assert decide(statements, action, resource, "cloudfront.amazonaws.com", context) == answer
    assert decide(statements, action, resource, "lambda.amazonaws.com", context) == "no"


@pytest.mark.parametrize(
    ("key", "context", "answer"),
    [
        ("detector/1.0.0/model.tflite", NEW, "Allow"),
        ("detector/1.0.0/model.tflite", OVER, "Deny"),
        ("detector/1.0.0/model.tflite", PART, "Allow"),
        ("detector/1.0.0/deeper/model.tflite", OVER, "Deny"),
        ("detector/latest.json", OVER, "Allow"),
        ("ranker/1.0.0/model.tflite", NEW, "no"),
    ],
)
def test_a_release_is_written_once_and_what_is_latest_moves(
    recorder: Recorder, run: Run, key: str, context: dict[str, str], answer: str
) -> None:
    policy = json.loads(run(edge)["publish_policies"]["detector"])["Statement"]
    statements = [*policy, *recorder.statements("BucketPolicy", "edge-policy")]
    assert decide(statements, "s3:PutObject", f"{BUCKET}/{key}", PUBLISHER, context) == answer


@pytest.mark.parametrize(
    ("action", "resource", "algorithm", "answer"),
    [
        ("kms:Sign", SIGNER, "ECDSA_SHA_256", "Allow"),
        ("kms:Verify", SIGNER, "ECDSA_SHA_256", "Allow"),
        ("kms:GetPublicKey", SIGNER, "", "Allow"),
        ("kms:GenerateDataKey", "arn:key", "", "Allow"),
        ("kms:Sign", SIGNER, "ECDSA_SHA_384", "no"),
        ("kms:Sign", "arn:key", "ECDSA_SHA_256", "no"),
        ("kms:ScheduleKeyDeletion", SIGNER, "", "no"),
        ("s3:DeleteObject", f"{BUCKET}/detector/1.0.0/model.tflite", "", "no"),
        ("s3:GetObject", f"{BUCKET}/detector/1.0.0/model.tflite", "", "no"),
    ],
)
def test_a_publisher_puts_and_signs(
    recorder: Recorder, run: Run, action: str, resource: str, algorithm: str, answer: str
) -> None:
    policy = json.loads(run(edge)["publish_policies"]["detector"])["Statement"]
    assert decide(policy, action, resource, PUBLISHER, {"kms:SigningAlgorithm": algorithm}) == answer


@pytest.mark.parametrize(
    ("publishers", "action", "caller", "answer"),
    [
        ([], "kms:Sign", PUBLISHER, "Allow"),
        ([f"arn:aws:iam::{ACCOUNT}:role/publisher-*"], "kms:Sign", PUBLISHER, "Allow"),
        ([f"arn:aws:iam::{ACCOUNT}:role/publisher-*"], "kms:Sign", f"arn:aws:iam::{ACCOUNT}:role/other", "no"),
        ([f"arn:aws:iam::{ACCOUNT}:role/publisher-*"], "kms:Verify", f"arn:aws:iam::{ACCOUNT}:role/other", "Allow"),
        ([f"arn:aws:iam::{ACCOUNT}:role/publisher-*"], "kms:PutKeyPolicy", PUBLISHER, "Allow"),
        ([], "kms:Sign", "arn:aws:iam::210987654321:role/publisher-1", "no"),
        ([], "kms:Decrypt", PUBLISHER, "no"),
    ],
)
def test_the_signing_key_signs_for_publishers_of_the_account(
    recorder: Recorder, run: Run, publishers: list[str], action: str, caller: str, answer: str
) -> None:
    run(lambda: edge(publishers=publishers))
    context = {"kms:SigningAlgorithm": "ECDSA_SHA_256"}
    assert decide(recorder.statements("Key", "edge-signing"), action, SIGNER, caller, context) == answer


@pytest.mark.parametrize(("more", "days"), [({}, 30), ({"deletion_window_days": 7.0}, 7)])
def test_the_signing_key_signs_and_does_nothing_else(
    recorder: Recorder, run: Run, more: dict[str, Any], days: int
) -> None:
    run(lambda: edge(**more))
    assert recorder.inputs("Key", "edge-signing", "policy") == {
        "description": "Signs the releases of edge",
        "customerMasterKeySpec": "ECC_NIST_P256",
        "keyUsage": "SIGN_VERIFY",
        "deletionWindowInDays": days,
        "tags": {**ALL_TAGS, "component": "edge"},
    }


@pytest.mark.parametrize(
    ("more", "days", "forced"),
    [({}, 90, False), ({"noncurrent_version_days": 30.0, "force_destroy": True}, 30, True)],
)
def test_old_versions_expire(recorder: Recorder, run: Run, more: dict[str, Any], days: int, forced: bool) -> None:
    run(lambda: edge(**more))
    rules = recorder.inputs("BucketLifecycleConfiguration", "edge-lifecycle")["rules"]
    assert rules[1]["noncurrentVersionExpiration"] == {"noncurrentDays": days}
    assert recorder.inputs("Bucket", "edge")["forceDestroy"] is forced


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"models": ["Detector"]}, "'edge': models: model is 'Detector'; allowed: small letters"),
        ({"models": ["a/b"]}, "models: model is 'a/b'"),
        ({"url_public_keys": {}}, "url_public_keys is empty"),
        ({"price_class": "PriceClass_1"}, "price_class is 'PriceClass_1'; allowed: PriceClass_100, "),
        ({"aliases": []}, "aliases is empty; allowed: one domain name or more"),
    ],
)
def test_what_cloudfront_would_refuse_is_refused_first(recorder: Recorder, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        edge(**more)


def test_a_private_key_is_refused_and_not_quoted(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match=r"url_public_keys.blue is no public key") as caught:
        edge(url_public_keys={"blue": "-----BEGIN PRIVATE KEY-----\ncanary"})
    assert "canary" not in str(caught.value)
