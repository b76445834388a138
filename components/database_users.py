"""The users of a PostgreSQL database that sign in with IAM, created by a Job in the cluster."""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as k8s

from components import _database_users as documents
from components._component import Component, after
from components._images import is_pinned
from components._kubernetes import labels
from components._tenant_documents import restricted_labels
from components.workload_identity import GrantKind, WorkloadIdentity


class DatabaseUsersArgs(TypedDict):
    """Inputs of DatabaseUsers."""

    cluster_name: pulumi.Input[str]
    """EKS cluster; the Kubernetes provider of the component must be of the same."""
    image: str
    """Image, `NAME@sha256:...`, with this repository's `workloads` and the packages of `tools/workloads`."""
    users: Sequence[str]
    """Users, each of which also gets a database of its name; at least one."""
    address: pulumi.Input[str]
    """Host of PostgreSQL."""
    database_name: pulumi.Input[str]
    """Database that the Job connects to."""
    master_secret_arn: pulumi.Input[str]
    """Secret with the administrator's `username` and `password`, as RDS keeps it."""
    kms_key_arn: pulumi.Input[str]
    """Key of that secret."""
    vpc_cidr: pulumi.Input[str]
    """Network that the database and the interface endpoint of Secrets Manager are in."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    https_cidrs: NotRequired[Sequence[pulumi.Input[str]]]
    """Networks it reaches by TLS besides the VPC's, where Secrets Manager has no interface endpoint. Default: none."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first, such as nodes that pods may run on. Default: nothing."""


class DatabaseUsers(Component):
    """A Job that creates users with the role `rds_iam`, and their databases, where they are missing.

    Only the Job reads the administrator's password, from Secrets Manager by its own role: no Kubernetes Secret has it,
    and no application. A change of the Job's inputs, or a Job that has failed, makes another one. A user that leaves
    `users` keeps its database and its rights in PostgreSQL: drop both by hand.
    """

    ready: pulumi.Output[str]
    """The component's name, once the users are there."""

    def __init__(self, name: str, args: DatabaseUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._validate(args)
        own, space = labels(self._tags), documents.NAMESPACE
        made = k8s.core.v1.Namespace(
            name,
            metadata={
                "name": space,
                "labels": {**own, **restricted_labels()},
            },
            opts=self._child(args.get("after", [])),
        )
        here = made.metadata.apply(lambda found: found["name"])
        identity = WorkloadIdentity(
            name,
            {
                "namespace": space,
                "service_account": documents.ACCOUNT,
                "cluster_name": args["cluster_name"],
                "grants": [
                    {
                        "kind": GrantKind.READ_SECRET,
                        "resource_arn": args["master_secret_arn"],
                        "kms_key_arn": args["kms_key_arn"],
                    }
                ],
                "tags": args["tags"],
            },
            self._child(),
        )
        account = k8s.core.v1.ServiceAccount(
            name,
            metadata={"name": documents.ACCOUNT, "namespace": here, "labels": own},
            automount_service_account_token=False,
            # A pod gets the credentials of its identity when it starts, and only then.
            opts=self._child([identity]),
        )
        doors = [
            k8s.networking.v1.NetworkPolicy(
                f"{name}-{called}",
                metadata={"name": called, "namespace": here, "labels": own},
                spec=spec,
                opts=self._child(),
            )
            for called, spec in documents.networks(args["vpc_cidr"], args.get("https_cidrs", [])).items()
        ]
        variables = documents.variables(
            self._caller()["region"], args["master_secret_arn"], args["address"], args["database_name"]
        )
        job = k8s.batch.v1.Job(
            name,
            # Without a name of its own: the template of a Job is immutable, and the provider creates the next one
            # before it deletes this one.
            metadata={"namespace": here, "labels": own, "annotations": documents.REPLACE_FAILED},
            spec=documents.job(args["image"], args["users"], variables, own),  # pyright: ignore[reportArgumentType]
            opts=self._child([account, *doors]),
        )
        self._finish(ready=after(name, job))

    def _validate(self, args: DatabaseUsersArgs) -> None:
        label, users = f"DatabaseUsers {self._name!r}", list(args["users"])
        if not users or not all(re.fullmatch(r"[a-z_][a-z0-9_]*", one) for one in users):
            raise ValueError(f"{label}: users = {users}; allowed: names of a-z, 0-9 and _, at least one")
        if not is_pinned(args["image"]):
            raise ValueError(f"{label}: image = {args['image']!r}; allowed: NAME@sha256:...")
