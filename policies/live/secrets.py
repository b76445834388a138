"""Secrets, never what they hold."""

from collections.abc import Iterator

from policies._view import Resource
from policies.live._answers import keys, pick, tags
from policies.live.reader import Reader, collects


@collects("aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation")
def secrets(read: Reader) -> Iterator[Resource]:
    """Secrets of the account's own; services make, rotate and delete theirs."""
    key = keys(read)
    for item in read.list("secretsmanager", "list_secrets", "SecretList"):
        if item.get("OwningService"):
            continue
        arn = item["ARN"]
        properties = {"arn": arn, "kmsKeyId": key(item.get("KmsKeyId")), "tags": tags(item.get("Tags"))}
        yield Resource("aws:secretsmanager/secret:Secret", arn, properties, protect=None)
        if item.get("RotationEnabled"):
            rules = {
                "automaticallyAfterDays": pick(item, "RotationRules", "AutomaticallyAfterDays"),
                "scheduleExpression": pick(item, "RotationRules", "ScheduleExpression"),
            }
            properties = {"secretId": arn, "rotationEnabled": True, "rotationRules": rules}
            yield Resource("aws:secretsmanager/secretRotation:SecretRotation", arn, properties, protect=None)
