"""What a database and its clients need of IAM, as plain data."""

from collections.abc import Mapping

from components import _documents as documents


def connect(caller: Mapping[str, str], resource_id: str, user: str) -> documents.Statement:
    """Let a principal log in to this database as one of its users."""
    database = f"arn:{caller['partition']}:rds-db:{caller['region']}:{caller['account']}:dbuser:{resource_id}"
    return {"Sid": "Connect", "Effect": "Allow", "Action": "rds-db:connect", "Resource": f"{database}/{user}"}


def write_metrics(caller: Mapping[str, str]) -> list[documents.Statement]:
    """Let enhanced monitoring write to the one log group that it has in a region."""
    group = f"arn:{caller['partition']}:logs:{caller['region']}:{caller['account']}:log-group:RDSOSMetrics"
    return [
        {
            "Sid": "MakeLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
            "Resource": group,
        },
        {
            "Sid": "WriteMetrics",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
            "Resource": f"{group}:log-stream:*",
        },
    ]
