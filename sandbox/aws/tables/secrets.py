"""Secrets Manager."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_SECRET_ID = {"SecretId": "{id}"}
_WINDOW = {
    "RecoveryWindowInDays": lambda values: values.get("recoveryWindowInDays") or None,
    "ForceDeleteWithoutRecovery": lambda values: values.get("recoveryWindowInDays") == 0 or None,
}
_SECRET_ARN = {"SecretId": "{secretArn}"}
_POLICY = {"ARN": "secretArn", "ResourcePolicy": "policy"}
_ROTATION = {"RotationLambdaARN": "rotationLambdaArn"}


def _waiting(client: Any, arn: str) -> str:
    """Why a secret is still there: it can be restored until its recovery window ends."""
    deleted = client.describe_secret(SecretId=arn).get("DeletedDate")
    return f"deleted by Secrets Manager on {deleted:%Y-%m-%d}; free of charge until then" if deleted else ""


KINDS: tuple[Kind, ...] = (
    Kind(
        token="aws:secretsmanager/secret:Secret",
        client="secretsmanager",
        id="{arn}",
        autoname="name",
        create=(Call("create_secret"),),
        update=(Call("update_secret", _SECRET_ID),),
        read=(Get("describe_secret", _SECRET_ID),),
        delete=(Call("delete_secret", {**_SECRET_ID, **_WINDOW}),),
        tags=Tags("tag_resource", "untag_resource", _SECRET_ID),
        computed=("arn",),
        defaults={"recoveryWindowInDays": 30, "forceOverwriteReplicaSecret": False},
        local=("recoveryWindowInDays", "forceOverwriteReplicaSecret"),
        listing=Listing("list_secrets", "SecretList", "ARN", _waiting, given={"IncludePlannedDeletion": True}),
    ),
    Kind(
        token="aws:secretsmanager/secretPolicy:SecretPolicy",
        client="secretsmanager",
        id="{secretArn}",
        create=(Call("put_resource_policy", _SECRET_ARN, _POLICY),),
        update=(Call("put_resource_policy", _SECRET_ARN, _POLICY),),
        read=(Get("get_resource_policy", _SECRET_ARN, _POLICY, gone={"ResourcePolicy": None}),),
        delete=(Call("delete_resource_policy", _SECRET_ARN),),
        defaults={"blockPublicPolicy": False},
        local=("blockPublicPolicy",),
    ),
    Kind(
        token="aws:secretsmanager/secretRotation:SecretRotation",
        client="secretsmanager",
        id="{secretId}",
        create=(Call("rotate_secret", rename=_ROTATION),),
        update=(Call("rotate_secret", {"SecretId": "{id}"}, _ROTATION),),
        read=(),
        defaults={"rotateImmediately": True},
        emulated=False,  # moto rotates no secret that has no value yet, and calls the function for it in Docker
    ),
)
