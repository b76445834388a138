"""How an environment is deployed: the roles of its pipeline, and the boundary of every role that a pipeline makes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components import (
    ArtifactStore,
    CiIdentity,
    CiIdentityArgs,
    Cluster,
    DeployRunner,
    KeyRing,
    PermissionsBoundary,
    PermissionsBoundaryArgs,
)
from stacks._fields import MODELS, PROJECT, ROLE_PATH
from stacks.foundation_settings import Ci
from stacks.images import REGISTRY, in_ecr
from stacks.wiring import Wiring

if TYPE_CHECKING:
    from stacks.foundation import Foundation


def boundary(wiring: Wiring, ci: Ci) -> PermissionsBoundary:
    """Wire the boundary."""
    settings = wiring.settings
    args: PermissionsBoundaryArgs = {
        "regions": settings.regions,
        "role_path": ROLE_PATH,
        "allow_teardown": not settings.protected,
        "tags": wiring.tags("internal"),
    }
    if ci.runner:
        args["connection_arn"] = ci.runner.connection_arn
    return PermissionsBoundary("boundary", args, wiring.opts)


def deploy_runner(wiring: Wiring, base: "Foundation", ci: Ci, cluster: Cluster) -> DeployRunner | None:
    """Wire the machines on which the pipeline's jobs reach the API server of the cluster, if the settings have them."""
    if not (runner := ci.runner) or not wiring.settings.cluster:
        return None
    data_class = wiring.settings.cluster.data_class
    return DeployRunner(
        "runner",
        {
            "repository": ci.repository,
            "connection_arn": runner.connection_arn,
            "workflows": runner.workflows,
            "vpc_id": base.in_network("vpcId"),
            "subnet_ids": base.in_network("privateSubnets"),
            "cluster_security_group_id": cluster.security_group_id,
            "kms_key_arn": base.keys[data_class],
            "privileged": runner.privileged,
            "concurrent_jobs": runner.concurrent_jobs,
            "log_days": runner.log_days,
            "tags": wiring.tags(data_class),
        },
        wiring.opts,
    )


def pipeline(
    wiring: Wiring, ci: Ci, above: pulumi.Output[str], keys: KeyRing, stores: Mapping[str, ArtifactStore]
) -> CiIdentity:
    """Wire the roles of the pipeline, below the boundary `above`.

    They belong to the foundation: an access entry of the cluster names the deploy role, which must exist by then. The
    promote role pushes into repositories of the platform layer, whose names are derived from the settings.
    """
    settings = wiring.settings
    args: CiIdentityArgs = {
        "repository": ci.repository,
        "environment": settings.environment.value,
        "regions": settings.regions,
        "branch": ci.branch,
        "state": {
            "bucket_arn": f"arn:aws:s3:::{settings.state_bucket}",
            "kms_key_arn": ci.state_key_arn,
            "secrets_key_arn": ci.state_key_arn,
        },
        "permissions_boundary_arn": above,
        "tags": wiring.tags("internal"),
    }
    if ci.provider_arn:
        args["provider_arn"] = ci.provider_arn
    if (source := ci.promotion) and settings.registry:
        names, ecr = settings.registry.repositories, f"arn:aws:ecr:{settings.region}"
        there, here = f"{ecr}:{source.account}:repository", f"{ecr}:{settings.account}:repository"
        args["promotion"] = {
            "source_repository_arns": [f"{there}/{PROJECT}-{source.stack}-{REGISTRY}/{name}" for name in names],
            "repository_arns": [f"{here}/{in_ecr(settings, name)}" for name in names],
            "source_bucket_arn": f"arn:aws:s3:::{source.bucket}",
            "source_kms_key_arn": source.kms_key_arn,
            "bucket_arn": stores["artifacts"].bucket_arn,
            "kms_key_arn": keys.key_arns[settings.stores["artifacts"].data_class],
            "prefix": MODELS,
        }
    return CiIdentity("ci", args, wiring.administrators)
