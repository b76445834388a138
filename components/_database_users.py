"""The Job that creates the users of a database as plain data: its spec, its variables, its network."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components._addon_values import SYSTEM, resources
from components._kubernetes import LOCKED
from components._tenant_documents import DENY_ALL, ways_out

NAMESPACE = ACCOUNT = "database-users"
PORT = 5432
REPLACE_FAILED = {"pulumi.com/replaceUnready": "true"}
"""Annotation by which the next update replaces a Job that has failed.

Without it the provider waits for the failed Job again: https://github.com/pulumi/pulumi-kubernetes/issues/856
"""
Values = dict[str, Any]


def variables(
    region: pulumi.Input[str], secret_arn: pulumi.Input[str], host: pulumi.Input[str], database: pulumi.Input[str]
) -> dict[str, pulumi.Input[str]]:
    """Environment variables of `workloads.tracking.accounts`.

    Args:
        region: Region of the secret.
        secret_arn: Secret with the name and password of the administrator.
        host: Host of PostgreSQL.
        database: Database to connect to.
    """
    return {
        "AWS_REGION": region,
        "ADMINISTRATOR_ARN": secret_arn,
        "PGHOST": host,
        "PGPORT": str(PORT),
        "PGDATABASE": database,
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "10",
    }


def job(image: str, users: Sequence[str], given: Mapping[str, pulumi.Input[str]], own: Mapping[str, str]) -> Values:
    """Spec of the Job.

    It retries for up to ten minutes, since a network policy or a DNS record can take effect after the pod has started.
    No `ttlSecondsAfterFinished`: an object that Kubernetes deletes by itself is missing to Pulumi's refresh.

    Args:
        image: Image, by its digest.
        users: Users to create.
        given: Environment variables.
        own: Labels of the pod.
    """
    return {
        "backoff_limit": 6,
        "active_deadline_seconds": 600,
        "template": {
            "metadata": {"labels": dict(own)},
            "spec": {
                # It may run on system nodes, but need not: the pod is gone before Karpenter consolidates a node.
                "tolerations": SYSTEM["tolerations"],
                "service_account_name": ACCOUNT,
                "automount_service_account_token": False,
                "restart_policy": "Never",
                "security_context": {
                    "run_as_non_root": True,
                    "run_as_user": 1001,
                    "run_as_group": 1001,
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "create",
                        "image": image,
                        "command": ["python", "-m", "workloads.tracking.accounts", *users],
                        "env": [{"name": key, "value": value} for key, value in given.items()],
                        "resources": resources("50m", "256Mi"),
                        "security_context": LOCKED,
                    }
                ],
            },
        },
    }


def networks(vpc_cidr: Any, https_cidrs: Sequence[Any]) -> dict[str, Any]:
    """Name to spec of network policies: nothing comes in; DNS, credentials, TLS and PostgreSQL go out.

    Args:
        vpc_cidr: Network of the database and of the interface endpoint of Secrets Manager.
        https_cidrs: Networks that are reached by TLS besides.
    """
    database = {"to": [{"ipBlock": {"cidr": vpc_cidr}}], "ports": [{"port": PORT, "protocol": "TCP"}]}
    egress = [*ways_out([vpc_cidr, *https_cidrs]), database]
    return {
        "default-deny": DENY_ALL,
        "create": {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress},
    }
