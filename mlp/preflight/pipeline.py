"""The pipeline's runner: its connection to GitHub, and how many jobs the account lets it run."""

from collections.abc import Iterator

from mlp.preflight.account import Account, Finding
from mlp.preflight.capacity import quota_of

BUILDS = "L-2DC20C30"
"""Quota of CodeBuild: concurrently running builds for Linux/Medium environment."""
CONSOLE = (
    "https://{region}.console.aws.amazon.com/codesuite/settings/{account}/{region}/codeconnections/connections/{id}"
)


def connection(account: Account) -> Iterator[Finding]:
    """The connection to GitHub exists, and a person has completed it.

    Developer Tools User Guide, "Update a pending connection": its status is PENDING until a person installs AWS's
    app at GitHub, https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html.
    """
    if not (runner := account.settings.runner):
        return
    arn, path = runner.connection_arn, account.setting("ci.runner.connectionArn")
    _, _, _, region, number, resource = arn.split(":", 5)
    gone = ["ResourceNotFoundException"]
    found = account.get("codeconnections", "get_connection", absent=gone, region=region, ConnectionArn=arn)
    refused = "CodeBuild refuses to create the webhook of the runner, and jobs would never start"
    if not found:
        create = (
            f"aws codeconnections create-connection --provider-type GitHub --connection-name NAME --region {region}"
        )
        yield Finding(
            f"{path} names {arn}, which does not exist", refused, f"`{create}` prints an ARN: set it to that one"
        )
        return
    status, kind = found["Connection"]["ConnectionStatus"], found["Connection"]["ProviderType"]
    page = CONSOLE.format(region=region, account=number, id=resource.partition("/")[2])
    if kind != "GitHub":
        yield Finding(f"the connection {arn} is to {kind}", refused, f"set {path} to a connection to GitHub")
    elif status != "AVAILABLE":
        yield Finding(
            f"the connection {arn} is {status}",
            refused,
            f"open {page} and choose *Update pending connection*, as a person who may install apps at GitHub",
        )


def builds(account: Account) -> Iterator[Finding]:
    """The account lets the runner run as many jobs as the settings allow."""
    if not (runner := account.settings.runner):
        return
    if (quota := quota_of(account, "codebuild", BUILDS)) < runner.concurrent_jobs:
        yield Finding(
            f"the account may run {quota:g} builds of CodeBuild at a time; "
            f"{account.setting('ci.runner.concurrentJobs')} is {runner.concurrent_jobs}",
            "CodeBuild queues no build beyond the quota, and GitHub waits for the job in vain",
            f"aws service-quotas request-service-quota-increase --service-code codebuild --quota-code {BUILDS} "
            f"--desired-value {runner.concurrent_jobs} --region {account.settings.region}",
            blocks=quota < 1,
        )
