"""GuardDuty, Security Hub, Config, Access Analyzer."""

from sandbox.aws.kind import Kind

KINDS: tuple[Kind, ...] = ()
