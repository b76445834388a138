"""EKS, launch templates, instance profiles."""

from sandbox.aws.kind import Kind

KINDS: tuple[Kind, ...] = ()
