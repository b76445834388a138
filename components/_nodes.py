"""What every EC2 node of the platform has, whoever starts it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

NODE_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy", "AmazonSSMManagedInstanceCore")
"""AWS managed policies of a node's role; the network plug-in has a role of its own."""


def launch_template(
    kms_key_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    volume_gib: int,
    tagged: Sequence[str] = ("instance", "volume"),
) -> dict[str, Any]:
    """Arguments of a launch template: no IMDSv1, no IMDS for pods, encrypted volumes, tags on what it starts."""
    return {
        "update_default_version": True,
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "disabled",
        },
        "block_device_mappings": [
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_type": "gp3",
                    "volume_size": volume_gib,
                    "encrypted": "true",
                    "kms_key_id": kms_key_arn,
                    "delete_on_termination": "true",
                },
            }
        ],
        "tag_specifications": [{"resource_type": kind, "tags": dict(tags)} for kind in tagged],
        "tags": dict(tags),
    }
