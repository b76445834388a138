"""What models were asked and answered: a sample of it, kept for monitoring and retraining."""

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _lifecycle as lifecycle
from components._component import Component
from components._secure_bucket import _SecureBucket

PREFIX, ERRORS = "captures", "errors"
DAY = "!{timestamp:yyyy/MM/dd}"
PARTITIONS = "{model: .model, version: .version}"


class InferenceCaptureArgs(TypedDict):
    """Inputs of InferenceCapture."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts stream, objects and log group; Firehose, S3 and CloudWatch Logs must be allowed to use it."""
    log_bucket: pulumi.Input[str]
    """Bucket that records who accessed the captures."""
    sampling_percent: Mapping[str, int]
    """Model to the share of its requests that producers capture, 0 to 100; none of a model that is not named."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    retention_days: NotRequired[int]
    """Days until a capture expires. Default 90."""
    buffer_seconds: NotRequired[int]
    """Seconds that Firehose gathers records of a partition for one object, 60 to 900. Default 300."""
    log_group_days: NotRequired[int]
    """Days that CloudWatch Logs keeps the delivery errors. Default 30."""
    force_destroy: NotRequired[bool]
    """Delete the captures with the stream. Default false."""


class InferenceCapture(Component):
    """A stream that takes requests with their answers, and keeps them in a bucket of its own, by model and version.

    A record is one JSON object with at least `model` and `version`, which name the prefix it lands under:
    `captures/<model>/<version>/<yyyy>/<mm>/<dd>/`, compressed, an object a line. One without them lands under
    `errors/`. How much is captured is up to the producers, who read it from a parameter.
    """

    stream_name: pulumi.Output[str]
    """Name of the stream to put records on."""
    stream_arn: pulumi.Output[str]
    """ARN of the stream."""
    bucket_name: pulumi.Output[str]
    """Name of the bucket that keeps the captures."""
    uri: pulumi.Output[str]
    """`s3://` URI of all captures; models are one level below."""
    sampling_parameter_name: pulumi.Output[str]
    """Parameter (JSON) of model to percentage."""
    producer_policy: pulumi.Output[str]
    """IAM policy document (JSON) that reads the parameter and puts records."""
    reader_policy: pulumi.Output[str]
    """IAM policy document (JSON) that lists and reads the captures, decryption included."""
    eraser_policy: pulumi.Output[str]
    """IAM policy document (JSON) that replaces captures and deletes their versions, for `workloads.serving.erase`."""

    def __init__(self, name: str, args: InferenceCaptureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        sampling = {model: int(percent) for model, percent in args["sampling_percent"].items()}
        buffer_seconds, retention_days = int(args.get("buffer_seconds", 300)), int(args.get("retention_days", 90))
        problems = [
            f"sampling_percent.{model} = {percent}; allowed: 0 to 100"
            for model, percent in sampling.items()
            if not 0 <= percent <= 100
        ]
        if not 60 <= buffer_seconds <= 900:
            problems.append(f"buffer_seconds = {buffer_seconds}; allowed: 60 to 900")
        if retention_days < 1:
            problems.append(f"retention_days = {retention_days}; allowed: from 1")
        if problems:
            raise ValueError(f"InferenceCapture {name!r}: {'; '.join(problems)}")

        key, caller = args["kms_key_arn"], self._caller()
        store = _SecureBucket(
            name,
            {
                "tags": self._tags,
                "kms_key_arn": key,
                "log_bucket": args["log_bucket"],
                "force_destroy": args.get("force_destroy", False),
                "lifecycle": [lifecycle.expire(retention_days), lifecycle.expire_versions(1)],
            },
            self._child(),
        )
        group = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/kinesisfirehose/{self._physical_name()}",
            kms_key_id=key,
            retention_in_days=int(args.get("log_group_days", 30)),
            tags=self._tags,
            opts=self._child(),
        )
        errors = aws.cloudwatch.LogStream(name, log_group_name=group.name, opts=self._child())
        role = self._role(f"{name}-delivery", caller["account"].apply(trust))
        grant = aws.iam.RolePolicy(
            f"{name}-delivery",
            role=role.name,
            policy=pulumi.Output.all(store.arn, key, group.arn, errors.name, caller["region"]).apply(
                lambda values: documents.render(delivery(*values))
            ),
            opts=self._child(),
        )
        stream = aws.kinesis.FirehoseDeliveryStream(
            name,
            destination="extended_s3",
            server_side_encryption={"enabled": True, "key_type": "CUSTOMER_MANAGED_CMK", "key_arn": key},
            extended_s3_configuration={
                "bucket_arn": store.arn,
                "role_arn": role.arn,
                "kms_key_arn": key,
                "compression_format": "GZIP",
                "prefix": f"{PREFIX}/!{{partitionKeyFromQuery:model}}/!{{partitionKeyFromQuery:version}}/{DAY}/",
                "error_output_prefix": f"{ERRORS}/!{{firehose:error-output-type}}/{DAY}/",
                "buffering_interval": buffer_seconds,
                # The least that AWS allows a stream with partitions.
                "buffering_size": 64,
                "dynamic_partitioning_configuration": {"enabled": True},
                "processing_configuration": {"enabled": True, "processors": processors()},
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": group.name,
                    "log_stream_name": errors.name,
                },
            },
            tags=self._tags,
            # Firehose tries its role when it is made.
            opts=self._child([store.policy, grant]),
        )
        parameter = aws.ssm.Parameter(
            f"{name}-sampling",
            type="String",
            value=json.dumps(sampling, sort_keys=True),
            tags=self._tags,
            opts=self._child(),
        )
        self._finish(
            stream_name=stream.name,
            stream_arn=stream.arn,
            bucket_name=store.bucket.bucket,
            uri=pulumi.Output.concat("s3://", store.bucket.bucket, f"/{PREFIX}"),
            sampling_parameter_name=parameter.name,
            producer_policy=pulumi.Output.all(stream.arn, parameter.arn).apply(
                lambda arns: documents.render(producing(*arns))
            ),
            reader_policy=pulumi.Output.all(store.arn, key).apply(
                lambda arns: documents.render(documents.read_prefix(arns[0], arns[1], PREFIX))
            ),
            eraser_policy=pulumi.Output.all(store.arn, key).apply(lambda arns: documents.render(erasing(*arns))),
        )


def processors() -> list:
    """Take the partition from the record, and end each record with a line."""
    return [
        {
            "type": "MetadataExtraction",
            "parameters": [
                {"parameter_name": "JsonParsingEngine", "parameter_value": "JQ-1.6"},
                {"parameter_name": "MetadataExtractionQuery", "parameter_value": PARTITIONS},
            ],
        },
        {
            "type": "AppendDelimiterToRecord",
            "parameters": [{"parameter_name": "Delimiter", "parameter_value": "\\n"}],
        },
    ]


def trust(account: str) -> documents.Statement:
    """Let Firehose assume a role for streams of this account, whose id it gives as the external id."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "firehose.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": account}},
    }


def delivery(bucket_arn: str, key_arn: str, group_arn: str, log_stream: str, region: str) -> list[documents.Statement]:
    """What Firehose needs to write captures and what went wrong, and to use the key for nothing but this bucket."""
    return [
        documents.allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket_arn]),
        documents.allow(
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            [f"{bucket_arn}/{PREFIX}/*", f"{bucket_arn}/{ERRORS}/*"],
        ),
        documents.allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key_arn],
            StringEquals={"kms:ViaService": f"s3.{region}.amazonaws.com"},
            # With a bucket key, S3 encrypts in the context of the bucket.
            StringLike={"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]},
        ),
        documents.allow(["logs:PutLogEvents"], [f"{group_arn}:log-stream:{log_stream}"]),
    ]


def producing(stream_arn: str, parameter_arn: str) -> list[documents.Statement]:
    """What a serving model needs to learn how much to capture, and to capture it."""
    return [
        {
            "Sid": "PutRecords",
            "Effect": "Allow",
            "Action": ["firehose:PutRecord", "firehose:PutRecordBatch"],
            "Resource": stream_arn,
        },
        {"Sid": "ReadSampling", "Effect": "Allow", "Action": "ssm:GetParameter", "Resource": parameter_arn},
    ]


def erasing(bucket_arn: str, key_arn: str) -> list[documents.Statement]:
    """What it takes to delete rows from captures: list and read versions, write an object anew, delete a version."""
    return [
        documents.allow(["s3:ListBucketVersions"], [bucket_arn], StringLike={"s3:prefix": [f"{PREFIX}/*"]}),
        documents.allow(
            ["s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"], [f"{bucket_arn}/{PREFIX}/*"]
        ),
        documents.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]
