"""The resource types that the emulated account understands: an entry a type, a file a group of services."""

from sandbox.aws.kind import Kind
from sandbox.aws.tables import (
    backups,
    batch,
    caches,
    clusters,
    containers,
    cost,
    databases,
    delivery,
    identity,
    lake,
    logs,
    messaging,
    network,
    routing,
    secrets,
    storage,
    streams,
    threats,
    workloads,
)

GROUPS = (
    backups,
    batch,
    caches,
    clusters,
    containers,
    cost,
    databases,
    delivery,
    identity,
    lake,
    logs,
    messaging,
    network,
    routing,
    secrets,
    storage,
    streams,
    threats,
    workloads,
)
KINDS: dict[str, Kind] = {kind.token: kind for group in GROUPS for kind in group.KINDS}
