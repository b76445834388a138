import json
from collections import Counter
from typing import Any

import pytest

from components.inference_capture import InferenceCapture
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

ARN = "arn:aws:s3:::capture-0000000"
STREAM = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/capture-0000000"
NAME = "ml-platform-dev-capture"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/kinesisfirehose/{NAME}"
OWN = {"tags": {**ALL_TAGS, "component": "capture"}}
FIREHOSE = "firehose.amazonaws.com"


def capture(**more: Any) -> InferenceCapture:
    args = {"kms_key_arn": "arn:key", "log_bucket": "logs", "sampling_percent": {"churn": 10}, "tags": TAGS, **more}
    return InferenceCapture("capture", args)  # pyright: ignore[reportArgumentType]


def test_a_capture_is_a_stream_into_a_bucket_of_its_own(recorder: Recorder, run: Run) -> None:
    outputs = run(capture)
    assert all(json.loads(outputs.pop(name)) for name in ("producer_policy", "reader_policy", "eraser_policy"))
    assert outputs == {
        "stream_name": "capture-0000000",
        "stream_arn": STREAM,
        "bucket_name": "capture-0000000",
        "uri": "s3://capture-0000000/captures",
        "sampling_parameter_name": "capture-sampling-0000000",
    }
    assert recorder.kinds() == Counter(
        [
            "InferenceCapture",
            "SecureBucket",
            "Bucket",
            "BucketVersioning",
            "BucketServerSideEncryptionConfiguration",
            "BucketPublicAccessBlock",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketLifecycleConfiguration",
            "BucketLogging",
            "LogGroup",
            "LogStream",
            "Role",
            "RolePolicy",
            "FirehoseDeliveryStream",
            "Parameter",
        ]
    )


def test_records_are_encrypted_from_the_first_moment(recorder: Recorder, run: Run) -> None:
    run(capture)
    stream = recorder.one("FirehoseDeliveryStream", "capture")
    assert {key: value for key, value in stream.inputs.items() if key != "extendedS3Configuration"} == {
        **OWN,
        "destination": "extended_s3",
        "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": "arn:key"},
    }
    (rule,) = recorder.inputs("BucketServerSideEncryptionConfiguration", "capture-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"}
    # The bucket refuses another key, and Firehose tries its role when the stream is made.
    assert stream.depends >= {"BucketPolicy capture-policy", "RolePolicy capture-delivery"}


@pytest.mark.parametrize(("more", "seconds"), [({}, 300), ({"buffer_seconds": 60.0}, 60)])
def test_captures_are_filed_by_model_version_and_day(
    recorder: Recorder, run: Run, more: dict[str, Any], seconds: int
) -> None:
    run(lambda: capture(**more))
    destination = recorder.inputs("FirehoseDeliveryStream", "capture")["extendedS3Configuration"]
    processors = destination.pop("processingConfiguration")["processors"]
    assert destination == {
        "bucketArn": ARN,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/capture-delivery-0000000",
        "kmsKeyArn": "arn:key",
        "compressionFormat": "GZIP",
        "prefix": "captures/!{partitionKeyFromQuery:model}/!{partitionKeyFromQuery:version}/!{timestamp:yyyy/MM/dd}/",
        "errorOutputPrefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
        "bufferingInterval": seconds,
        "bufferingSize": 64,
        "dynamicPartitioningConfiguration": {"enabled": True},
        "cloudwatchLoggingOptions": {
            "enabled": True,
            "logGroupName": f"/aws/kinesisfirehose/{NAME}",
            "logStreamName": "capture-0000000",
        },
    }
    assert {
        one["type"]: {p["parameterName"]: p["parameterValue"] for p in one["parameters"]} for one in processors
    } == {
        "MetadataExtraction": {
            "JsonParsingEngine": "JQ-1.6",
            "MetadataExtractionQuery": "{model: .model, version: .version}",
        },
        "AppendDelimiterToRecord": {"Delimiter": "\\n"},
    }


@pytest.mark.parametrize(("more", "days"), [({}, 90), ({"retention_days": 7.0}, 7)])
def test_captures_expire(recorder: Recorder, run: Run, more: dict[str, Any], days: int) -> None:
    run(lambda: capture(**more))
    _, expire, versions = recorder.inputs("BucketLifecycleConfiguration", "capture-lifecycle")["rules"]
    assert expire == {"id": "expire", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": days}}
    # What has expired is a version still.
    assert versions["noncurrentVersionExpiration"] == {"noncurrentDays": 1}


@pytest.mark.parametrize("given", [False, True])
def test_captures_go_with_the_stream_only_on_demand(recorder: Recorder, run: Run, given: bool) -> None:
    run(lambda: capture(**({"force_destroy": True} if given else {})))
    assert recorder.inputs("Bucket", "capture")["forceDestroy"] is given


@pytest.mark.parametrize(("more", "days"), [({}, 30), ({"log_group_days": 7.0}, 7)])
def test_what_goes_wrong_is_told_in_an_encrypted_log_group(
    recorder: Recorder, run: Run, more: dict[str, Any], days: int
) -> None:
    run(lambda: capture(**more))
    assert recorder.inputs("LogGroup", "capture") == {
        **OWN,
        "name": f"/aws/kinesisfirehose/{NAME}",
        "kmsKeyId": "arn:key",
        "retentionInDays": days,
    }
    assert recorder.inputs("LogStream", "capture") == {"logGroupName": f"/aws/kinesisfirehose/{NAME}"}


def test_producers_read_how_much_to_capture(recorder: Recorder, run: Run) -> None:
    run(lambda: capture(sampling_percent={"fraud": 100.0, "churn": 0.0}))
    parameter = recorder.inputs("Parameter", "capture-sampling")
    # The SDK takes every parameter's value for a secret.
    assert parameter.pop("value")["value"] == '{"churn": 0, "fraud": 100}'
    assert parameter == {**OWN, "type": "String"}


S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": ARN}


@pytest.mark.parametrize(
    ("action", "resource", "context", "answer"),
    [
        ("s3:PutObject", f"{ARN}/captures/churn/1/a", {}, "Allow"),
        ("s3:PutObject", f"{ARN}/errors/a", {}, "Allow"),
        ("s3:PutObject", f"{ARN}/a", {}, "no"),
        ("s3:PutObject", "arn:aws:s3:::other/captures/a", {}, "no"),
        ("s3:DeleteObject", f"{ARN}/captures/a", {}, "no"),
        ("s3:ListBucket", ARN, {}, "Allow"),
        ("s3:PutBucketPolicy", ARN, {}, "no"),
        ("kms:GenerateDataKey", "arn:key", S3, "Allow"),
        ("kms:Decrypt", "arn:key", {**S3, "kms:EncryptionContext:aws:s3:arn": f"{ARN}/captures/a"}, "Allow"),
        ("kms:Decrypt", "arn:key", {**S3, "kms:EncryptionContext:aws:s3:arn": f"{ARN}-other"}, "no"),
        ("kms:Decrypt", "arn:key", {**S3, "kms:ViaService": f"sqs.{REGION}.amazonaws.com"}, "no"),
        ("kms:Decrypt", "arn:key", {}, "no"),
        ("kms:Decrypt", "arn:other", S3, "no"),
        ("logs:PutLogEvents", f"{GROUP}:log-stream:capture-0000000", {}, "Allow"),
        ("logs:PutLogEvents", f"{GROUP}:log-stream:other", {}, "no"),
        ("logs:CreateLogStream", f"{GROUP}:log-stream:capture-0000000", {}, "no"),
    ],
)
def test_the_delivery_role_writes_captures_and_errors(
    recorder: Recorder, run: Run, action: str, resource: str, context: dict[str, str], answer: str
) -> None:
    run(capture)
    assert recorder.inputs("RolePolicy", "capture-delivery")["role"] == "capture-delivery-0000000"
    assert decide(recorder.statements("RolePolicy", "capture-delivery"), action, resource, context=context) == answer


@pytest.mark.parametrize(("account", "answer"), [(ACCOUNT, "Allow"), ("210987654321", "no")])
def test_only_firehose_of_this_account_delivers(recorder: Recorder, run: Run, account: str, answer: str) -> None:
    run(capture)
    trust = [{"Resource": "*", **one} for one in recorder.statements("Role", "capture-delivery", "assumeRolePolicy")]
    context = {"sts:ExternalId": account}
    assert decide(trust, "sts:AssumeRole", caller=FIREHOSE, context=context) == answer
    assert decide(trust, "sts:AssumeRole", caller="ec2.amazonaws.com", context=context) == "no"
    assert decide(trust, "sts:AssumeRole", caller=FIREHOSE) == "no"


@pytest.mark.parametrize(
    ("action", "resource", "producers", "readers"),
    [
        ("firehose:PutRecord", STREAM, "Allow", "no"),
        ("firehose:PutRecordBatch", STREAM, "Allow", "no"),
        ("firehose:PutRecord", "arn:other", "no", "no"),
        ("firehose:DeleteDeliveryStream", STREAM, "no", "no"),
        ("ssm:GetParameter", "arn:capture-sampling-0000000", "Allow", "no"),
        ("ssm:GetParameter", "arn:secret", "no", "no"),
        ("ssm:PutParameter", "arn:capture-sampling-0000000", "no", "no"),
        ("s3:GetObject", f"{ARN}/captures/churn/1/a", "no", "Allow"),
        ("s3:GetObject", f"{ARN}/errors/a", "no", "no"),
        ("s3:PutObject", f"{ARN}/captures/churn/1/a", "no", "no"),
        ("kms:Decrypt", "arn:key", "no", "Allow"),
        ("kms:GenerateDataKey", "arn:key", "no", "no"),
    ],
)
def test_producers_put_and_readers_read(run: Run, action: str, resource: str, producers: str, readers: str) -> None:
    outputs = run(capture)
    assert decide(json.loads(outputs["producer_policy"])["Statement"], action, resource) == producers
    assert decide(json.loads(outputs["reader_policy"])["Statement"], action, resource) == readers


@pytest.mark.parametrize(
    ("action", "resource", "context", "answer"),
    [
        ("s3:ListBucketVersions", ARN, {"s3:prefix": "captures/churn/"}, "Allow"),
        ("s3:ListBucketVersions", ARN, {"s3:prefix": ""}, "no"),
        ("s3:GetObjectVersion", f"{ARN}/captures/churn/1/a", {}, "Allow"),
        ("s3:PutObject", f"{ARN}/captures/churn/1/a", {}, "Allow"),
        ("s3:DeleteObjectVersion", f"{ARN}/captures/churn/1/a", {}, "Allow"),
        ("s3:DeleteObjectVersion", f"{ARN}/errors/a", {}, "no"),
        ("s3:DeleteBucket", ARN, {}, "no"),
        ("kms:Decrypt", "arn:key", {}, "Allow"),
        ("kms:Decrypt", "arn:other", {}, "no"),
    ],
)
def test_who_erases_reaches_captures_only(
    run: Run, action: str, resource: str, context: dict[str, str], answer: str
) -> None:
    statements = json.loads(run(capture)["eraser_policy"])["Statement"]
    assert decide(statements, action, resource, context=context) == answer


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sampling_percent": {"churn": 101}}, "sampling_percent.churn = 101; allowed: 0 to 100"),
        ({"sampling_percent": {"churn": -1.0}}, "sampling_percent.churn = -1; allowed: 0 to 100"),
        ({"buffer_seconds": 59}, "buffer_seconds = 59; allowed: 60 to 900"),
        ({"buffer_seconds": 901}, "buffer_seconds = 901; allowed: 60 to 900"),
        ({"retention_days": 0}, "retention_days = 0; allowed: from 1"),
    ],
)
def test_what_aws_or_arithmetic_refuses_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="InferenceCapture 'capture'") as error:
        run(lambda: capture(**more))
    assert told in str(error.value)
