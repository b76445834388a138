"""The stages in which an account gets an environment for the first time, so that a person can act between them."""

from collections.abc import Iterable

from stacks._fields import Layer
from stacks._stage import Stage
from stacks.settings import Settings

UNTIL = "MLP_UNTIL"
"""Variable that names the last stage that the program makes. Default: the last one."""
LAYERS = {
    Stage.FOUNDATION: Layer.FOUNDATION,
    Stage.STORES: Layer.PLATFORM,
    Stage.CLUSTER: Layer.PLATFORM,
    Stage.PLATFORM: Layer.PLATFORM,
    Stage.MODELS: Layer.MODELS,
}
COMPONENTS = {
    Stage.STORES: ("ContainerRegistry", "DataLake", "Database", "FeatureBackend"),
    Stage.CLUSTER: ("Cluster", "DeployRunner", "GpuNodeAccess"),
    Stage.PLATFORM: (
        "AdmissionPolicies", "ClosedNamespace", "ClusterAddons", "DatabaseUsers", "GpuSpotPool", "ModelRegistry",
        "Monitoring", "Tenant", "TrainingQueue",
    ),
    Stage.MODELS: (
        "Approvals", "BatchInference", "DriftMonitor", "EdgeDelivery", "InferenceCapture", "LlmService", "ModelService",
        "RetrainingBus", "WorkloadIdentity",
    ),
}  # fmt: skip
"""Stage to the components that the program makes in it; all others belong to the foundation.

A stack that has one of these has reached the stage, and the program must not stop before it: the engine deletes what
the program does not make.
"""
SECTIONS = {
    Stage.STORES: ("registry", "database", "lake", "features"),
    Stage.CLUSTER: ("cluster", "gpu"),
    Stage.PLATFORM: ("addons", "pools", "queue", "tenants", "monitoring", "modelRegistry"),
    Stage.MODELS: (
        "retraining", "capture", "batch", "drift", "edge", "serving", "aiSystems", "approvals", "services", "llms",
        "workloads",
    ),
}  # fmt: skip
"""Stage to the sections of the settings that it needs first; all others are needed from the foundation on."""


def stages(settings: Settings) -> list[Stage]:
    """The stages that a stack has."""
    own = [stage for stage in Stage if settings.layer in (None, LAYERS[stage])]
    given = {str(type(settings).model_fields[name].alias) for name in settings.model_fields_set}
    return [stage for stage in own if stage not in SECTIONS or given & set(SECTIONS[stage])]


def stage_of(path: str) -> Stage:
    """The first stage that needs a setting."""
    section = path.partition(".")[0]
    return next((stage for stage, sections in SECTIONS.items() if section in sections), Stage.FOUNDATION)


def reached(urns: Iterable[str]) -> Stage | None:
    """The last stage of which a state holds anything; none if it holds nothing."""
    types = {urn.split("::")[2].partition("$")[0].rpartition(":")[2] for urn in urns}
    found = [stage for stage, components in COMPONENTS.items() if types & set(components)]
    return found[-1] if found else Stage.FOUNDATION if types else None
