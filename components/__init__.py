"""What exists: one Pulumi component a file, with its pure document builders."""

from components.access_logs import AccessLogs, AccessLogsArgs
from components.artifact_store import (
    ArtifactStore,
    ArtifactStoreArgs,
    ObjectLockArgs,
    ReplicaArgs,
    RetentionMode,
)
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.key_ring import DataKeyArgs, KeyRing, KeyRingArgs

SERVED = [AccessLogs, ArtifactStore, AuditTrail, KeyRing]
"""The components that `components/PulumiPlugin.yaml` serves to other languages."""

__all__ = [
    "SERVED",
    "AccessLogs",
    "AccessLogsArgs",
    "ArtifactStore",
    "ArtifactStoreArgs",
    "AuditTrail",
    "AuditTrailArgs",
    "DataKeyArgs",
    "KeyRing",
    "KeyRingArgs",
    "ObjectLockArgs",
    "ReplicaArgs",
    "RetentionMode",
]
