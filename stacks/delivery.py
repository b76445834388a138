"""How an environment is deployed: the roles of its pipeline, and the boundary of every role that a pipeline makes."""

from collections.abc import Mapping

import pulumi

from components import ArtifactStore, CiIdentity, CiIdentityArgs, KeyRing, PermissionsBoundary
from stacks._fields import MODELS, PROJECT, ROLE_PATH
from stacks.foundation_settings import Ci
from stacks.images import REGISTRY, in_ecr
from stacks.wiring import Wiring


def boundary(wiring: Wiring) -> PermissionsBoundary:
    """Wire the boundary."""
    settings = wiring.settings
    return PermissionsBoundary(
        "boundary",
        {
            "regions": settings.regions,
            "role_path": ROLE_PATH,
            "allow_teardown": not settings.protected,
            "tags": wiring.tags("internal"),
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
