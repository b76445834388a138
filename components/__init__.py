"""What exists: one Pulumi component a file, with its pure document builders."""

from components._cluster_access import AccessArgs, AccessPolicy
from components._governance import ProvenanceArgs, ReviewArgs, RiskTier, SystemArgs
from components._mlserver import BatchArgs, CapturesArgs, LimitsArgs, ModelFormat, ServerArgs, SizeArgs
from components._rollout import AnalysisArgs, CandidateArgs, MatchArgs, MetricArgs, RolloutArgs, RolloutMode
from components._served_args import DoorArgs, GatewayArgs, HoursArgs, PlaceArgs, ScalingArgs, SignalArgs
from components._triggers import TriggerArgs, TriggerKind
from components.access_logs import AccessLogs, AccessLogsArgs
from components.admission_policies import AdmissionPolicies, AdmissionPoliciesArgs
from components.approvals import ApprovalArgs, Approvals, ApprovalsArgs
from components.artifact_store import ArtifactStore, ArtifactStoreArgs, ObjectLockArgs, ReplicaArgs, RetentionMode
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.backups import Backups, BackupsArgs
from components.batch_inference import BatchInference, BatchInferenceArgs, BatchJobArgs
from components.ci_identity import CiIdentity, CiIdentityArgs, PipelineStateArgs, PromotionArgs
from components.closed_namespace import ClosedNamespace, ClosedNamespaceArgs
from components.cluster import Cluster, ClusterArgs, SystemNodesArgs
from components.cluster_addons import ClusterAddons, ClusterAddonsArgs
from components.container_registry import ContainerRegistry, ContainerRegistryArgs, PullThroughArgs
from components.cost_guard import CostGuard, CostGuardArgs, IdleStopArgs
from components.data_lake import DataLake, DataLakeArgs
from components.database import Database, DatabaseArgs
from components.database_users import DatabaseUsers, DatabaseUsersArgs
from components.deploy_runner import DeployRunner, DeployRunnerArgs
from components.drift_monitor import DriftMonitor, DriftMonitorArgs, MeasuredModelArgs, WatchedModelArgs
from components.edge_delivery import EdgeDelivery, EdgeDeliveryArgs
from components.feature_backend import CacheEngine, FeatureBackend, FeatureBackendArgs
from components.gpu_node_access import GpuNodeAccess, GpuNodeAccessArgs, ManagedSpotArgs
from components.gpu_spot_pool import GpuSpotPool, GpuSpotPoolArgs, PoolUse
from components.inference_capture import InferenceCapture, InferenceCaptureArgs
from components.key_ring import DataKeyArgs, KeyRing, KeyRingArgs
from components.llm_service import GpuSizeArgs, LlmService, LlmServiceArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs
from components.model_service import ModelService, ModelServiceArgs
from components.monitoring import Monitoring, MonitoringArgs
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
    AdmissionPolicies,
    Approvals,
    ArtifactStore,
    AuditTrail,
    Backups,
    BatchInference,
    CiIdentity,
    ClosedNamespace,
    Cluster,
    ClusterAddons,
    ContainerRegistry,
    CostGuard,
    DataLake,
    Database,
    DatabaseUsers,
    DeployRunner,
    DriftMonitor,
    EdgeDelivery,
    FeatureBackend,
    GpuNodeAccess,
    GpuSpotPool,
    InferenceCapture,
    KeyRing,
    LlmService,
    ModelRegistry,
    ModelService,
    Monitoring,
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
    "AdmissionPolicies",
    "AdmissionPoliciesArgs",
    "AnalysisArgs",
    "ApprovalArgs",
    "Approvals",
    "ApprovalsArgs",
    "ArtifactStore",
    "ArtifactStoreArgs",
    "AuditTrail",
    "AuditTrailArgs",
    "Backups",
    "BackupsArgs",
    "BatchArgs",
    "BatchInference",
    "BatchInferenceArgs",
    "BatchJobArgs",
    "CacheEngine",
    "CandidateArgs",
    "CapturesArgs",
    "CiIdentity",
    "CiIdentityArgs",
    "ClosedNamespace",
    "ClosedNamespaceArgs",
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
    "DatabaseUsers",
    "DatabaseUsersArgs",
    "DeployRunner",
    "DeployRunnerArgs",
    "DoorArgs",
    "DriftMonitor",
    "DriftMonitorArgs",
    "EdgeDelivery",
    "EdgeDeliveryArgs",
    "FeatureBackend",
    "FeatureBackendArgs",
    "FlavorArgs",
    "GatewayArgs",
    "GpuNodeAccess",
    "GpuNodeAccessArgs",
    "GpuSizeArgs",
    "GpuSpotPool",
    "GpuSpotPoolArgs",
    "GrantArgs",
    "GrantKind",
    "HoursArgs",
    "IdleStopArgs",
    "InferenceCapture",
    "InferenceCaptureArgs",
    "IrsaArgs",
    "KeyRing",
    "KeyRingArgs",
    "LimitsArgs",
    "LlmService",
    "LlmServiceArgs",
    "ManagedSpotArgs",
    "MatchArgs",
    "MeasuredModelArgs",
    "MetricArgs",
    "ModelFormat",
    "ModelRegistry",
    "ModelRegistryArgs",
    "ModelService",
    "ModelServiceArgs",
    "Monitoring",
    "MonitoringArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "Notifications",
    "NotificationsArgs",
    "ObjectLockArgs",
    "PermissionsBoundary",
    "PermissionsBoundaryArgs",
    "PipelineStateArgs",
    "PlaceArgs",
    "PoolUse",
    "PromotionArgs",
    "Protocol",
    "ProvenanceArgs",
    "PullThroughArgs",
    "QuotaArgs",
    "ReplicaArgs",
    "RetentionMode",
    "RetrainingBus",
    "RetrainingBusArgs",
    "ReviewArgs",
    "RiskTier",
    "RolloutArgs",
    "RolloutMode",
    "ScalingArgs",
    "SecretArgs",
    "SecretRotationArgs",
    "Secrets",
    "SecretsArgs",
    "ServerArgs",
    "ServiceAccountArgs",
    "SignalArgs",
    "SizeArgs",
    "SubscriberArgs",
    "SystemArgs",
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
