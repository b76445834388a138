"""Zones of data, what describes them, and who may ask."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _lake_documents as lake
from components._component import Component
from components.artifact_store import ArtifactStore, ArtifactStoreArgs, ObjectLockArgs

ZONES = ("raw", "curated", "features", "lineage")
"""As it arrived; cleaned; ready to train on; what came from what."""
CATALOGUED = ("raw", "curated", "features")
QUERIED = ("curated", "features")
DVC = "dvc"
"""Prefix of the raw zone that the DVC remote lies in."""


class DataLakeArgs(TypedDict):
    """Inputs of DataLake."""

    kms_key_arn: pulumi.Input[str]
    """Key of data, catalogue and query results; needs the services `athena`, `glue`, `logs`, `s3`."""
    log_bucket: pulumi.Input[str]
    """Bucket that receives the access logs."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    scan_limit_gib: NotRequired[int]
    """Most that one query may scan, GiB; Athena charges by it. Default 100."""
    results_days: NotRequired[int]
    """Days until query results expire. Default 14."""
    noncurrent_version_days: NotRequired[int]
    """Days until an overwritten version of data expires. Default 90."""
    lineage_lock: NotRequired[ObjectLockArgs]
    """Retention of lineage records. Default: none."""
    encrypt_catalogue: NotRequired[bool]
    """Encrypt the Glue catalogue, of which account and region have one. Default true."""
    force_destroy: NotRequired[bool]
    """Delete the data with the lake. Default false."""


class DataLake(Component):
    """Four zones of versioned, encrypted data, a catalogue, a workgroup that limits queries, and a DVC remote."""

    bucket_names: pulumi.Output[dict[str, str]]
    """Zone to the name of its bucket."""
    bucket_arns: pulumi.Output[dict[str, str]]
    """Zone to the ARN of its bucket."""
    database_names: pulumi.Output[dict[str, str]]
    """Zone to its Glue database; lineage has none."""
    workgroup_name: pulumi.Output[str]
    """Athena workgroup."""
    workgroup_arn: pulumi.Output[str]
    """ARN of the workgroup."""
    results_bucket_arn: pulumi.Output[str]
    """Bucket of query results."""
    security_configuration: pulumi.Output[str]
    """Glue security configuration for jobs."""
    query_policy: pulumi.Output[str]
    """IAM policy document (JSON) that queries the curated and features zones in the workgroup."""
    dvc_url: pulumi.Output[str]
    """URL of the DVC remote."""
    dvc_config: pulumi.Output[str]
    """Text for `.dvc/config` of a repository whose data lies in the lake."""
    dvc_policy: pulumi.Output[str]
    """IAM policy document (JSON) that pulls from and pushes to the DVC remote."""

    def __init__(self, name: str, args: DataLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        key_arn, days = args["kms_key_arn"], int(args.get("noncurrent_version_days", 90))
        shared: ArtifactStoreArgs = {
            "kms_key_arn": key_arn,
            "log_bucket": args["log_bucket"],
            "noncurrent_version_days": days,
            "force_destroy": args.get("force_destroy", False),
            "tags": self._tags,
        }
        zones: dict[str, ArtifactStore] = {}
        for zone in ZONES:
            own: ArtifactStoreArgs = {**shared, "prefixes": [DVC] if zone == "raw" else []}
            if zone == "lineage" and "lineage_lock" in args:
                own["object_lock"] = args["lineage_lock"]
            zones[zone] = ArtifactStore(f"{name}-{zone}", own, self._child())
        results = ArtifactStore(
            f"{name}-results",
            {**shared, "expire_days": int(args.get("results_days", 14)), "prefixes": ["queries"]},
            self._child(),
        )
        databases = {
            zone: aws.glue.CatalogDatabase(
                f"{name}-{zone}",
                # Glue allows no hyphen where queries are to be written without quotes.
                name=self._physical_name(zone).replace("-", "_"),
                description=f"Tables of the {zone} zone",
                location_uri=pulumi.Output.concat(zones[zone].uri, "/tables/"),
                tags=self._tags,
                opts=self._child(),
            )
            for zone in CATALOGUED
        }
        security = self._encryption(key_arn, args.get("encrypt_catalogue", True))
        workgroup = self._workgroup(results, args)
        arns = pulumi.Output.all(**{zone: store.bucket_arn for zone, store in zones.items()})
        query = pulumi.Output.all(
            caller=self._caller(),
            workgroup_arn=workgroup.arn,
            databases=pulumi.Output.all(*[databases[zone].name for zone in QUERIED]),
            bucket_arns=pulumi.Output.all(*[zones[zone].bucket_arn for zone in QUERIED]),
            results_arn=results.bucket_arn,
            key_arn=key_arn,
        )
        dvc_url = pulumi.Output.concat(zones["raw"].uri, f"/{DVC}")
        self._finish(
            bucket_names=pulumi.Output.all(**{zone: store.bucket_name for zone, store in zones.items()}),
            bucket_arns=arns,
            database_names=pulumi.Output.all(**{zone: database.name for zone, database in databases.items()}),
            workgroup_name=workgroup.name,
            workgroup_arn=workgroup.arn,
            results_bucket_arn=results.bucket_arn,
            security_configuration=security.name,
            query_policy=query.apply(lambda values: documents.render(lake.query(**values))),
            dvc_url=dvc_url,
            dvc_config=pulumi.Output.all(dvc_url, self._caller()["region"], key_arn).apply(
                lambda values: lake.dvc_config(*values)
            ),
            dvc_policy=pulumi.Output.all(zones["raw"].bucket_arn, key_arn).apply(
                lambda values: documents.render(lake.dvc(values[0], values[1], DVC))
            ),
        )

    def _encryption(self, key_arn: pulumi.Input[str], catalogue: bool) -> "aws.glue.SecurityConfiguration":
        """How Glue encrypts its catalogue, and what its jobs write."""
        if catalogue:
            aws.glue.DataCatalogEncryptionSettings(
                self._name,
                data_catalog_encryption_settings={
                    "encryption_at_rest": {"catalog_encryption_mode": "SSE-KMS", "sse_aws_kms_key_id": key_arn},
                    "connection_password_encryption": {
                        "return_connection_password_encrypted": True,
                        "aws_kms_key_id": key_arn,
                    },
                },
                opts=self._child(),
            )
        return aws.glue.SecurityConfiguration(
            self._name,
            encryption_configuration={
                "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key_arn},
                "cloudwatch_encryption": {"cloudwatch_encryption_mode": "SSE-KMS", "kms_key_arn": key_arn},
                "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "CSE-KMS", "kms_key_arn": key_arn},
            },
            opts=self._child(),
        )

    def _workgroup(self, results: ArtifactStore, args: DataLakeArgs) -> "aws.athena.Workgroup":
        """A workgroup whose settings a client cannot change."""
        return aws.athena.Workgroup(
            self._name,
            name=self._physical_name(),
            force_destroy=args.get("force_destroy", False),
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": int(args.get("scan_limit_gib", 100)) * 2**30,
                "result_configuration": {
                    "output_location": pulumi.Output.concat(results.uri, "/queries/"),
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args["kms_key_arn"]},
                },
            },
            tags=self._tags,
            opts=self._child(),
        )
