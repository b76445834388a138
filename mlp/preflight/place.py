"""The settings' own values, where the state lies, and whether the cluster's API server can be reached from here."""

import base64
import shlex
import tempfile
from collections.abc import Iterator

from mlp import state
from mlp.preflight.account import Account, Finding
from stacks.examples import examples

SECONDS = 5
"""How long the API server has to take a connection."""


def example_values(account: Account) -> Iterator[Finding]:
    """The settings have values of their own, not those that they are shipped with."""
    if paths := [problem.path for problem in examples(account.settings)]:
        stack = account.settings.stack
        yield Finding(
            f"{len(paths)} settings in stacks/Pulumi.{account.settings.environment}.yaml have example values: "
            f"{', '.join(paths)}",
            "`mlp up` stops before the first stage that needs one of them",
            f"give your own; `mlp up {stack}` prints each with its line and what to give",
        )


def state_bucket(account: Account) -> Iterator[Finding]:
    """The bucket of the state is the environment's own, versioned, and encrypted with its key."""
    settings = account.settings
    mine = {"Bucket": settings.state_bucket, "ExpectedBucketOwner": settings.account}
    mend = f"mlp bootstrap {settings.stack}"
    found = account.get("s3", "head_bucket", absent=["404", "NoSuchBucket"], **mine)
    if not found:
        yield Finding(f"the bucket {settings.state_bucket} does not exist", "it keeps the state", mend)
        return
    region = found["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", settings.region)
    if region != settings.region:
        yield Finding(
            f"the bucket {settings.state_bucket} is in {region}, not in {settings.region}",
            "the key of the state must be in the region of its bucket",
            f"set {account.setting('region')} to {region}, or delete the bucket and run `{mend}`",
        )
        return
    if account.get("s3", "get_bucket_versioning", **mine).get("Status") != "Enabled":
        yield Finding(
            f"the bucket {settings.state_bucket} keeps no versions", "an overwritten state could not be restored", mend
        )
    absent = ["ServerSideEncryptionConfigurationNotFoundError"]
    rules = account.get("s3", "get_bucket_encryption", absent=absent, **mine) or {}
    kinds = [
        rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        for rule in rules.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    ]
    if "aws:kms" not in kinds:
        yield Finding(
            f"the bucket {settings.state_bucket} does not encrypt with the key of the state",
            "every principal with s3:GetObject on the bucket could read the state",
            mend,
        )


def state_key(account: Account) -> Iterator[Finding]:
    """The key of the state is enabled, rotates, and is the one that the pipeline's settings name."""
    settings, alias = account.settings, state.key_alias(account.settings)
    mend = f"mlp bootstrap {settings.stack}"
    found = account.get("kms", "describe_key", absent=["NotFoundException"], KeyId=alias)
    if not found:
        yield Finding(f"the key {alias} does not exist", "it encrypts the state and the secrets in it", mend)
        return
    key = found["KeyMetadata"]
    if key["KeyState"] != "Enabled":
        yield Finding(
            f"the key {alias} is {key['KeyState']}",
            "the state and the secrets in it cannot be read",
            f"aws kms cancel-key-deletion --key-id {key['KeyId']}; aws kms enable-key --key-id {key['KeyId']}",
        )
        return
    if not account.get("kms", "get_key_rotation_status", KeyId=key["KeyId"])["KeyRotationEnabled"]:
        yield Finding(f"the key {alias} does not rotate", "the audit of the account refuses it", mend, blocks=False)
    ci = settings.ci
    if ci and ci.state_key_arn != key["Arn"]:
        yield Finding(
            f"{account.setting('ci.stateKeyArn')} is not the key of the state, {key['Arn']}",
            "the pipeline could not decrypt the state",
            f"set it to {key['Arn']}",
        )


def api_server(account: Account) -> Iterator[Finding]:
    """The cluster's API server answers from here."""
    settings = account.settings
    if not settings.cluster or not settings.in_cluster:
        return
    mend = _way_in(account)
    found = account.get("eks", "describe_cluster", absent=["ResourceNotFoundException"], name=settings.cluster_name)
    if not found:
        if not settings.cluster.public_access:
            yield Finding(
                "the API server of the cluster will have a private address only",
                "`mlp up` creates Kubernetes resources after the cluster, which it must reach for that",
                mend,
                blocks=False,
            )
        return
    cluster = found["cluster"]
    if reason := _unreachable(cluster["endpoint"], cluster["certificateAuthority"]["data"]):
        yield Finding(
            f"the API server {cluster['endpoint']} cannot be reached from here: {reason}",
            "nothing in Kubernetes could be previewed or changed",
            mend,
        )


def _way_in(account: Account) -> str:
    """The ways to the API server that the settings have, or may have."""
    found = account.settings
    assert found.cluster
    ways: list[str] = []
    if found.runner:
        run = f"gh workflow run {shlex.quote(found.runner.workflows[0])} --field environment={found.stack}"
        ways.append(f"run mlp in a job of the runner: `{run}`")
    ways += [f"run mlp in {name}" for name in found.cluster.deploy_from]
    if not found.cluster.private_networks and found.environment != "prod":
        ways.append(f"name your network in {account.setting('cluster.publicAccess')}")
    return ", or ".join(ways)


def _unreachable(endpoint: str, authority: str) -> str:
    """Why a server does not answer; empty if it does, with any status: a request without a token gets 401 or 403."""
    import requests  # with the shell's proxies, as client-go takes them

    with tempfile.NamedTemporaryFile() as file:
        file.write(base64.b64decode(authority))
        file.flush()
        try:
            requests.get(f"{endpoint}/readyz", timeout=SECONDS, verify=file.name)
        except requests.RequestException as error:
            return type(error).__name__
    return ""
