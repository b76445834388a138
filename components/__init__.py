"""What exists: one Pulumi component a file, with its pure document builders."""

from components._cluster_access import AccessArgs, AccessPolicy
from components._triggers import TriggerArgs, TriggerKind
from components.access_logs import AccessLogs, AccessLogsArgs
from components.artifact_store import ArtifactStore, ArtifactStoreArgs, ObjectLockArgs, ReplicaArgs, RetentionMode
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.backups import Backups, BackupsArgs
from components.batch_inference import BatchInference, BatchInferenceArgs, BatchJobArgs
from components.ci_identity import CiIdentity, CiIdentityArgs, PipelineStateArgs, PromotionArgs
from components.cluster import Cluster, ClusterArgs, SystemNodesArgs
from components.cluster_addons import ClusterAddons, ClusterAddonsArgs
from components.container_registry import ContainerRegistry, ContainerRegistryArgs, PullThroughArgs
from components.cost_guard import CostGuard, CostGuardArgs, IdleStopArgs, NodeGroupStopArgs
from components.data_lake import DataLake, DataLakeArgs
from components.database import Database, DatabaseArgs
from components.drift_monitor import DriftMonitor, DriftMonitorArgs, WatchedModelArgs
from components.edge_delivery import EdgeDelivery, EdgeDeliveryArgs
from components.feature_backend import CacheEngine, FeatureBackend, FeatureBackendArgs
from components.gpu_node_access import GpuNodeAccess, GpuNodeAccessArgs, ManagedSpotArgs
from components.gpu_spot_pool import GpuSpotPool, GpuSpotPoolArgs, PoolUse
from components.inference_capture import InferenceCapture, InferenceCaptureArgs
from components.key_ring import DataKeyArgs, KeyRing, KeyRingArgs
from components.network import NatMode, Network, NetworkArgs
from components.notifications import Notifications, NotificationsArgs, Protocol, SubscriberArgs
from components.permissions_boundary import PermissionsBoundary, PermissionsBoundaryArgs
from components.retraining_bus import RetrainingBus, RetrainingBusArgs
from components.secret_store import SecretArgs, SecretRotationArgs, Secrets, SecretsArgs
from components.tenant import QuotaArgs, ServiceAccountArgs, Tenant, TenantArgs
from components.threat_detection import ThreatDetection, ThreatDetectionArgs
from components.training_queue import FlavorArgs, TeamArgs, TrainingQueue, TrainingQueueArgs
from components.workload_identity import GrantArgs, GrantKind, IrsaArgs, WorkloadIdentity, WorkloadIdentityArgs

SERVED = [
    AccessLogs,
    ArtifactStore,
    AuditTrail,
    Backups,
    BatchInference,
    CiIdentity,
    Cluster,
    ClusterAddons,
    ContainerRegistry,
    CostGuard,
    DataLake,
    Database,
    DriftMonitor,
    EdgeDelivery,
    FeatureBackend,
    GpuNodeAccess,
    GpuSpotPool,
    InferenceCapture,
    KeyRing,
    Network,
    Notifications,
    PermissionsBoundary,
    RetrainingBus,
    Secrets,
    Tenant,
    ThreatDetection,
    TrainingQueue,
    WorkloadIdentity,
]
"""The components that `components/PulumiPlugin.yaml` serves to other languages."""

__all__ = [
    "SERVED",
    "AccessArgs",
    "AccessLogs",
    "AccessLogsArgs",
    "AccessPolicy",
    "ArtifactStore",
    "ArtifactStoreArgs",
    "AuditTrail",
    "AuditTrailArgs",
    "Backups",
    "BackupsArgs",
    "BatchInference",
    "BatchInferenceArgs",
    "BatchJobArgs",
    "CacheEngine",
    "CiIdentity",
    "CiIdentityArgs",
    "Cluster",
    "ClusterAddons",
    "ClusterAddonsArgs",
    "ClusterArgs",
    "ContainerRegistry",
    "ContainerRegistryArgs",
    "CostGuard",
    "CostGuardArgs",
    "DataKeyArgs",
    "DataLake",
    "DataLakeArgs",
    "Database",
    "DatabaseArgs",
    "DriftMonitor",
    "DriftMonitorArgs",
    "EdgeDelivery",
    "EdgeDeliveryArgs",
    "FeatureBackend",
    "FeatureBackendArgs",
    "FlavorArgs",
    "GpuNodeAccess",
    "GpuNodeAccessArgs",
    "GpuSpotPool",
    "GpuSpotPoolArgs",
    "GrantArgs",
    "GrantKind",
    "IdleStopArgs",
    "InferenceCapture",
    "InferenceCaptureArgs",
    "IrsaArgs",
    "KeyRing",
    "KeyRingArgs",
    "ManagedSpotArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "NodeGroupStopArgs",
    "Notifications",
    "NotificationsArgs",
    "ObjectLockArgs",
    "PermissionsBoundary",
    "PermissionsBoundaryArgs",
    "PipelineStateArgs",
    "PoolUse",
    "PromotionArgs",
    "Protocol",
    "PullThroughArgs",
    "QuotaArgs",
    "ReplicaArgs",
    "RetentionMode",
    "RetrainingBus",
    "RetrainingBusArgs",
    "SecretArgs",
    "SecretRotationArgs",
    "Secrets",
    "SecretsArgs",
    "ServiceAccountArgs",
    "SubscriberArgs",
    "SystemNodesArgs",
    "TeamArgs",
    "Tenant",
    "TenantArgs",
    "ThreatDetection",
    "ThreatDetectionArgs",
    "TrainingQueue",
    "TrainingQueueArgs",
    "TriggerArgs",
    "TriggerKind",
    "WatchedModelArgs",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
]
