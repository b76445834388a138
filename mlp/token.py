"""The verb `mlp token`: how kubectl and the Kubernetes provider sign in to an EKS cluster, without the AWS CLI.

A token is a presigned request for sts:GetCallerIdentity that names the cluster in a signed header. The API server's
authenticator sends the request to STS, and so learns who signed it (kubernetes-sigs/aws-iam-authenticator,
pkg/token/token.go; https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html).
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

CLUSTER_HEADER = "x-k8s-aws-id"
PREFIX = "k8s-aws-v1."
SECONDS = 60
"""X-Amz-Expires of the request. STS ignores it and accepts the request for 15 minutes; older authenticators demand at
most 60."""
VALID = timedelta(minutes=14)
"""How long a client keeps a token: a minute less than STS accepts it."""


def token(
    cluster_name: Annotated[str, typer.Option("--cluster-name", metavar="NAME", help="Name of the EKS cluster.")],
    region: Annotated[str, typer.Option("--region", metavar="REGION", help="AWS region of the cluster.")],
    role_arn: Annotated[
        str | None,
        typer.Option("--role-arn", metavar="ARN", help="Role to assume first.", show_default="the shell's credentials"),
    ] = None,
) -> None:
    """Print the token that signs in to an EKS cluster, as kubectl wants it (ExecCredential); kubeconfigs call this.

    It holds for 14 minutes and belongs to the AWS credentials of the shell.

    \b
    Examples:
      mlp token --cluster-name ml-platform-dev-cluster --region eu-central-1
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from mlp.ending import fail

    try:
        typer.echo(json.dumps(credential(_session(region, role_arn), cluster_name, datetime.now(UTC))))
    except (BotoCoreError, ClientError) as error:
        fail(Console(stderr=True, highlight=False), False, 1, f"no token for {cluster_name}: {error}")


def credential(session: Any, cluster: str, now: datetime) -> dict[str, Any]:
    """The ExecCredential (client.authentication.k8s.io/v1) of a cluster.

    Args:
        session: A botocore session with a region and credentials.
        cluster: Name of the cluster.
        now: When it is asked for.

    Raises:
        NoCredentialsError: The session has no credentials.
    """
    sts = session.create_client("sts")

    def name_cluster(request: Any, **_: Any) -> None:
        request.headers[CLUSTER_HEADER] = cluster

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", name_cluster)
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=SECONDS, HttpMethod="GET")
    text = base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"expirationTimestamp": f"{now + VALID:%Y-%m-%dT%H:%M:%SZ}", "token": PREFIX + text},
    }


def _session(region: str, role_arn: str | None) -> Any:
    """A botocore session in a region, with the credentials of the shell or of a role that they assume."""
    from botocore.session import Session  # boto3 takes longer, and does not do more here

    session = Session()
    session.set_config_variable("region", region)
    if role_arn:
        sts = session.create_client("sts")
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="mlp-token")["Credentials"]
        session.set_credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    return session
