"""Rules between settings of what is in the cluster."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stacks._fields import Problem, Problems
from stacks.models_rules import prefixes

if TYPE_CHECKING:
    from stacks.cluster_settings import Team
    from stacks.settings import Settings

NEEDS = {
    "addons": ("cluster",),
    "pools": ("cluster", "addons", "gpu"),
    "queue": ("addons", "pools"),
    "tenants": ("addons",),
}
"""Section to the sections that it cannot be without."""


def needs(settings: "Settings") -> Problems:
    """What is in the cluster needs the cluster, and its controllers."""
    for name, others in NEEDS.items():
        for other in others if getattr(settings, name) else ():
            if not getattr(settings, other):
                yield Problem(name, "...", f"needs `{other}`: add it")


def addons_of_protected(settings: "Settings") -> Problems:
    """Staging and prod survive the loss of a node."""
    if settings.addons and settings.addons.replicas < 2:
        yield Problem("addons.replicas", settings.addons.replicas, f"allowed in {settings.environment}: 2 or more")


def pools(settings: "Settings") -> Problems:
    """A pool has the limit of its use, nodes that can start, and all pools together no more GPUs than there may be."""
    zones = settings.network.zones if settings.network else ()
    for name, pool in settings.pools.items():
        path = f"pools.{name}"
        wanted, other = ("maxVcpus", "maxGpus") if pool.use == "cpu" else ("maxGpus", "maxVcpus")
        given = {"maxVcpus": pool.max_vcpus, "maxGpus": pool.max_gpus}
        if given[wanted] is None:
            yield Problem(f"{path}.{wanted}", None, f"use {pool.use} needs it: add it")
            continue
        if given[other] is not None:
            yield Problem(f"{path}.{other}", given[other], f"use {pool.use} has none: remove it")
        if pool.on_demand > pool.size:
            yield Problem(f"{path}.onDemand", pool.on_demand, f"allowed: at most {wanted}, {pool.size}")
        for number, zone in enumerate(pool.zones):
            if zone not in zones:
                yield Problem(f"{path}.zones.{number}", zone, f"allowed: a zone of network.zones ({', '.join(zones)})")
        if "spot" in pool.limits and min(len(set(pool.families)), len(set(pool.zones or zones))) < 2:
            yield Problem(path, "...", "spot needs two families and two zones, or runs out with the first shortage")
    gpus = [pool.size for pool in settings.pools.values() if pool.use != "cpu"]
    if settings.gpu and sum(gpus) > settings.gpu.max_gpus:
        allowed = f"pools have {sum(gpus)} together: allowed: at most gpu.maxGpus, {settings.gpu.max_gpus}"
        yield Problem("pools", "...", allowed)


def flavors(settings: "Settings") -> dict[str, int]:
    """Kinds of GPU nodes, spot first, to how many GPUs there may be of each."""
    found = [
        (capacity, f"{name}-{capacity}", limit)
        for name, pool in settings.pools.items()
        if pool.use != "cpu"
        for capacity, limit in pool.limits.items()
    ]
    return {name: limit for _, name, limit in sorted(found, key=lambda one: one[0] != "spot")}


def queue(settings: "Settings") -> Problems:
    """Teams of the queue are tenants, and own together no more GPUs than there may be."""
    known = flavors(settings)
    teams = settings.queue.teams if settings.queue else {}
    if settings.queue and settings.pools and not known:
        yield Problem("queue", "...", "there are no GPUs to queue for: add a pool of use training or serving")
    for name, team in teams.items():
        if name not in settings.tenants:
            allowed = f"allowed: a tenant of tenants ({', '.join(settings.tenants)})"
            yield Problem(f"queue.teams.{name}", name, allowed)
        for flavor in team.gpus:
            if flavor not in known:
                yield Problem(f"queue.teams.{name}.gpus.{flavor}", flavor, f"allowed: {', '.join(known) or 'none'}")
    for flavor, limit in known.items():
        if (owned := sum(team.gpus.get(flavor, 0) for team in teams.values())) > limit:
            yield Problem(
                f"queue.teams.*.gpus.{flavor}", owned, f"allowed for all teams together: {limit}, of its pool"
            )


def _reach(teams: Mapping[str, "Team"], name: str) -> int:
    """GPUs of the jobs that a team's queue can admit at a time: its own, and those of others that it may borrow."""
    own, others = teams[name], [team for other, team in teams.items() if other != name]
    kinds = {kind for team in teams.values() for kind in team.gpus}
    idle = {kind: sum(team.gpus.get(kind, 0) for team in others) for kind in kinds}
    return sum(own.gpus.get(kind, 0) + min(own.borrow_gpus, idle[kind]) for kind in kinds)


def tenants(settings: "Settings") -> Problems:
    """A tenant has GPUs through the queue only, at least its share there, and members without another access entry."""
    most = sum(flavors(settings).values())
    queued = settings.queue.teams if settings.queue else {}
    for name, tenant in settings.tenants.items():
        path = f"tenants.{name}"
        if tenant.gpus and name not in queued:
            yield Problem(f"{path}.gpus", tenant.gpus, f"GPUs come by the queue: add `queue.teams.{name}`")
        elif tenant.gpus > most:
            yield Problem(f"{path}.gpus", tenant.gpus, f"allowed: at most what all pools have, {most}")
        elif name in queued and tenant.gpus < (least := _reach(queued, name)):
            # Kueue does not know the ResourceQuota: a job that it admits beyond it holds its GPUs and has no pods.
            allowed = f"allowed: {least} or more, what queue.teams.{name} owns and may borrow"
            yield Problem(f"{path}.gpus", tenant.gpus, allowed)
        for account, wanted in tenant.service_accounts.items():
            if not wanted.reads and not wanted.writes:
                yield Problem(f"{path}.serviceAccounts.{account}", {}, "needs `reads` or `writes`: add one")
            yield from prefixes(settings, f"{path}.serviceAccounts.{account}.reads", wanted.reads)
            yield from prefixes(settings, f"{path}.serviceAccounts.{account}.writes", wanted.writes)
    yield from _members(settings)


def _members(settings: "Settings") -> Problems:
    access = settings.cluster.access.items() if settings.cluster else ()
    entered = {one.principal: f"cluster.access.{name}" for name, one in access}
    for path, member in _all_members(settings):
        if "*" in member:
            yield Problem(path, member, "allowed: one role or user, without *")
        elif member in entered:
            yield Problem(path, member, f"allowed: a principal without an access entry; {entered[member]} gives it one")
        entered.setdefault(member, path)


def _all_members(settings: "Settings") -> Iterator[tuple[str, str]]:
    for name, tenant in settings.tenants.items():
        for number, member in enumerate(tenant.members):
            yield f"tenants.{name}.members.{number}", member
