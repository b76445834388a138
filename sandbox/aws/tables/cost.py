"""Budgets and Cost Explorer."""

from sandbox.aws.kind import Kind

KINDS: tuple[Kind, ...] = ()
