"""Passwords that only the platform's own programs use: generated into Secrets Manager once, and seen by nobody."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from mlp.places import SessionError
from stacks.settings import Settings

SECRET = "aws:secretsmanager/secret:Secret"
LENGTH = 40
"""Letters and digits of a password: 238 bits, in every place where quotes or spaces would have to be escaped."""


def generate(aws: boto3.Session, settings: Settings, resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the administrators of MLflow and Grafana a password, unless they have one.

    Secrets Manager makes it (`GetRandomPassword`), and it goes back there: it is in no state, file or log. The request
    token follows from the secret, so that of two runs at once only one sets it
    (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html).

    Args:
        aws: A session of the account.
        settings: The environment.
        resources: The resources of its foundation's state.

    Returns:
        The names of the secrets that got a value.

    Raises:
        SessionError: The caller may not write a value.
    """
    client, made = aws.client("secretsmanager"), list[str]()
    wanted = {f"secrets-{name}": name for name in names(settings)}
    for one in resources:
        name = wanted.get(one["urn"].rpartition("::")[2])
        if one.get("type") != SECRET or name is None:
            continue
        try:
            if _has_value(client, one["id"]):
                continue
            password = client.get_random_password(PasswordLength=LENGTH, ExcludePunctuation=True)["RandomPassword"]
            token = str(uuid.uuid5(uuid.NAMESPACE_URL, one["id"]))
            client.put_secret_value(SecretId=one["id"], SecretString=password, ClientRequestToken=token)
        except client.exceptions.ResourceExistsException:
            continue  # another run was first
        except (BotoCoreError, ClientError) as error:
            raise SessionError(
                f"the secret {name} has no value, and cannot be given one: {error}; sign in as one of "
                f"ml-platform:secrets.administrators in stacks/Pulumi.{settings.environment}.yaml"
            ) from None
        made.append(name)
    return made


def names(settings: Settings) -> list[str]:
    """The secrets that are such passwords."""
    registry, monitoring = settings.model_registry, settings.monitoring
    wanted = [registry.admin_secret] if registry else []
    return [*wanted, monitoring.grafana_secret] if monitoring else wanted


def _has_value(client: Any, arn: str) -> bool:
    versions = client.describe_secret(SecretId=arn).get("VersionIdsToStages") or {}
    return any("AWSCURRENT" in labels for labels in versions.values())
