"""What exists: one Pulumi component a file, with its pure document builders."""

from components._triggers import TriggerArgs, TriggerKind
from components.access_logs import AccessLogs, AccessLogsArgs
from components.artifact_store import ArtifactStore, ArtifactStoreArgs, ObjectLockArgs, ReplicaArgs, RetentionMode
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.backups import Backups, BackupsArgs
from components.ci_identity import CiIdentity, CiIdentityArgs, PipelineStateArgs, PromotionArgs
from components.cost_guard import CostGuard, CostGuardArgs, IdleStopArgs, NodeGroupStopArgs
from components.inference_capture import InferenceCapture, InferenceCaptureArgs
from components.key_ring import DataKeyArgs, KeyRing, KeyRingArgs
from components.network import NatMode, Network, NetworkArgs
from components.notifications import Notifications, NotificationsArgs, Protocol, SubscriberArgs
from components.retraining_bus import RetrainingBus, RetrainingBusArgs
from components.threat_detection import ThreatDetection, ThreatDetectionArgs
from components.workload_identity import GrantArgs, GrantKind, IrsaArgs, WorkloadIdentity, WorkloadIdentityArgs

SERVED = [
    AccessLogs,
    ArtifactStore,
    AuditTrail,
    Backups,
    CiIdentity,
    CostGuard,
    InferenceCapture,
    KeyRing,
    Network,
    Notifications,
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
    "Backups",
    "BackupsArgs",
    "CiIdentity",
    "CiIdentityArgs",
    "CostGuard",
    "CostGuardArgs",
    "DataKeyArgs",
    "GrantArgs",
    "GrantKind",
    "IdleStopArgs",
    "InferenceCapture",
    "InferenceCaptureArgs",
    "IrsaArgs",
    "KeyRing",
    "KeyRingArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "NodeGroupStopArgs",
    "Notifications",
    "NotificationsArgs",
    "ObjectLockArgs",
    "PipelineStateArgs",
    "PromotionArgs",
    "Protocol",
    "ReplicaArgs",
    "RetentionMode",
    "RetrainingBus",
    "RetrainingBusArgs",
    "SubscriberArgs",
    "ThreatDetection",
    "ThreatDetectionArgs",
    "TriggerArgs",
    "TriggerKind",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
]
