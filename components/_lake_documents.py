"""What consumers of a data lake may do, as plain data."""

from collections.abc import Mapping, Sequence

from components import _documents as documents

QUERY = [
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
]
READ_TABLES = ["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]


def query(
    caller: Mapping[str, str],
    workgroup_arn: str,
    databases: Sequence[str],
    bucket_arns: Sequence[str],
    results_arn: str,
    key_arn: str,
) -> list[documents.Statement]:
    """Query the tables of these databases, whose data lies in these buckets, in one workgroup."""
    glue = f"arn:{caller['partition']}:glue:{caller['region']}:{caller['account']}"
    tables = [f"{glue}:{part}" for name in databases for part in (f"database/{name}", f"table/{name}/*")]
    data, buckets = [f"{arn}/*" for arn in bucket_arns], [*bucket_arns, results_arn]
    return [
        documents.allow(QUERY, workgroup_arn),
        documents.allow(READ_TABLES, [f"{glue}:catalog", *tables]),
        documents.allow(["s3:GetBucketLocation", "s3:ListBucket"], buckets),
        documents.allow(["s3:GetObject"], data),
        documents.allow(["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], f"{results_arn}/queries/*"),
        documents.allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
    ]


def dvc(bucket_arn: str, key_arn: str, prefix: str) -> list[documents.Statement]:
    """Pull from and push to a DVC remote; DVC never overwrites, and nothing is deleted."""
    return documents.joined(
        [documents.read_prefix(bucket_arn, key_arn, prefix), documents.write_prefix(bucket_arn, key_arn, prefix)]
    )


def dvc_config(url: str, region: str, key_arn: str) -> str:
    """The text of `.dvc/config`, as `dvc remote add` and `dvc remote modify` would write it."""
    settings = {"url": url, "region": region, "sse": "aws:kms", "sse_kms_key_id": key_arn}
    lines = ["[core]", "    remote = lake", "['remote \"lake\"']"]
    return "\n".join([*lines, *(f"    {key} = {value}" for key, value in settings.items())]) + "\n"
