"""Passwords that only the platform's own programs use: generated in Secrets Manager once, and never printed."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from mlp.places import SessionError
from stacks.settings import Settings

SECRET = "aws:secretsmanager/secret:Secret"
LENGTH = 40
"""Letters and digits of a password: 238 bits, and no character that a shell or a file would have to escape."""


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
    client, made, wanted = aws.client("secretsmanager"), list[str](), names(settings)
    for one in resources:
        name = wanted.get(one["urn"].rpartition("::")[2])
        if one.get("type") != SECRET or name is None:
            continue
        try:
            if has_value(client.describe_secret(SecretId=one["id"])):
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


def names(settings: Settings) -> dict[str, str]:
    """The secrets that are such passwords: name in the state to name in the settings."""
    registry, monitoring = settings.model_registry, settings.monitoring
    wanted = [*([registry.admin_secret] if registry else []), *([monitoring.grafana_secret] if monitoring else [])]
    return {f"secrets-{name}": name for name in wanted}


def has_value(secret: Mapping[str, Any]) -> bool:
    """Whether a secret (DescribeSecret) has a value."""
    return any("AWSCURRENT" in labels for labels in (secret.get("VersionIdsToStages") or {}).values())
