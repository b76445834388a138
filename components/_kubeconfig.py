"""How to reach a cluster, without a secret."""

import json
from collections.abc import Sequence

AWS_CLI = ("aws", "--output", "json", "eks", "get-token")
"""The AWS CLI's own helper (https://docs.aws.amazon.com/cli/latest/reference/eks/get-token.html)."""


def kubeconfig(cluster: str, endpoint: str, authority: str, region: str, token_command: Sequence[str]) -> str:
    """A kubeconfig whose user authenticates with the AWS credentials of the caller.

    Args:
        cluster: Name of the cluster.
        endpoint: URL of its API server.
        authority: Certificate of that server's authority, base64.
        region: AWS region of the cluster.
        token_command: Command that prints an ExecCredential; `--cluster-name` and `--region` are appended to it.
    """
    command, *args = token_command
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": command,
            "args": [*args, "--cluster-name", cluster, "--region", region],
            "interactiveMode": "Never",
            "installHint": f"`{command}` signs in to {cluster}; put it on PATH",
        }
    }
    server = {"server": endpoint, "certificate-authority-data": authority}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": server}],
            "users": [{"name": cluster, "user": user}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        }
    )
