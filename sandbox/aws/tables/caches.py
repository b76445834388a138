"""ElastiCache."""

from sandbox.aws.kind import Kind

KINDS: tuple[Kind, ...] = ()
