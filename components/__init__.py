"""What exists: one Pulumi component a file, with its pure document builders."""

from components._triggers import TriggerArgs, TriggerKind
from components.access_logs import AccessLogs, AccessLogsArgs
from components.artifact_store import ArtifactStore, ArtifactStoreArgs, ObjectLockArgs, ReplicaArgs, RetentionMode
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.ci_identity import CiIdentity, CiIdentityArgs, PipelineStateArgs, PromotionArgs
from components.inference_capture import InferenceCapture, InferenceCaptureArgs
from components.key_ring import DataKeyArgs, KeyRing, KeyRingArgs
from components.network import NatMode, Network, NetworkArgs
from components.retraining_bus import RetrainingBus, RetrainingBusArgs
from components.threat_detection import ThreatDetection, ThreatDetectionArgs
from components.workload_identity import GrantArgs, GrantKind, IrsaArgs, WorkloadIdentity, WorkloadIdentityArgs

SERVED = [
    AccessLogs,
    ArtifactStore,
    AuditTrail,
    CiIdentity,
    InferenceCapture,
    KeyRing,
    Network,
    RetrainingBus,
    ThreatDetection,
    WorkloadIdentity,
]
"""The components that `components/PulumiPlugin.yaml` serves to other languages."""

__all__ = [
    "SERVED",
    "AccessLogs",
    "AccessLogsArgs",
    "ArtifactStore",
    "ArtifactStoreArgs",
    "AuditTrail",
    "AuditTrailArgs",
    "CiIdentity",
    "CiIdentityArgs",
    "DataKeyArgs",
    "GrantArgs",
    "GrantKind",
    "InferenceCapture",
    "InferenceCaptureArgs",
    "IrsaArgs",
    "KeyRing",
    "KeyRingArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "ObjectLockArgs",
    "PipelineStateArgs",
    "PromotionArgs",
    "ReplicaArgs",
    "RetentionMode",
    "RetrainingBus",
    "RetrainingBusArgs",
    "ThreatDetection",
    "ThreatDetectionArgs",
    "TriggerArgs",
    "TriggerKind",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
]
