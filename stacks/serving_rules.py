"""Rules between settings of served models."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks._fields import MODELS, Problem, Problems
from stacks.models_rules import prefixes
from stacks.serving_settings import Llm, Served, Service

if TYPE_CHECKING:
    from stacks.settings import Settings

BESIDE = ("shadow", "ab-test")


def served(settings: "Settings") -> Iterator[tuple[str, str, Served]]:
    """Path, name and settings of every served model."""
    for section in ("services", "llms"):
        for name, one in getattr(settings, section).items():
            yield f"{section}.{name}", name, one


def services(settings: "Settings") -> Problems:
    """A model runs in a tenant's namespace, comes from a store, and its way in can do what its rollout needs."""
    for path, name, one in served(settings):
        if not settings.addons:
            yield Problem(path, "...", "needs `addons`: add it")
        if not settings.serving:
            yield Problem(path, "...", "needs `serving`, which has the domain and Prometheus: add it")
        elif one.rollout.mode in BESIDE and not settings.serving.gateway:
            why = "a load balancer of AWS neither copies requests nor knows a candidate"
            yield Problem(f"{path}.rollout.mode", one.rollout.mode, f"needs `serving.gateway`, for {why}: add it")
        if one.team not in settings.tenants:
            yield Problem(f"{path}.team", one.team, f"allowed: a tenant of tenants ({', '.join(settings.tenants)})")
        yield from prefixes(settings, f"{path}.store", {one.store: (MODELS,)})
        if len(name) > 20:
            yield Problem(
                path, name, "allowed: a name of up to 20 characters, which roles and pods still have in theirs"
            )
        yield from _pods(settings, path, one)
    for name in settings.services.keys() & settings.llms.keys():
        yield Problem(f"llms.{name}", name, f"allowed: another name, `services.{name}` has it")


def _pods(settings: "Settings", path: str, one: Served) -> Problems:
    assert isinstance(one, Service | Llm)
    least, mode = one.scaling.min, one.rollout.mode
    if one.scaling.max < max(1, least):
        yield Problem(f"{path}.scaling.max", one.scaling.max, f"allowed: {max(1, least)} or more")
    if settings.environment.protected and 0 < least < 2:
        yield Problem(f"{path}.scaling.min", least, f"allowed in {settings.environment}: 2 or more")
    if least == 0:
        where = f"{path}.scaling.min"
        if settings.environment == "prod":
            yield Problem(where, 0, "allowed in prod: 2 or more, for the first request after a pause fails")
        elif mode != "direct":
            yield Problem(where, 0, f"allowed of mode {mode}: 1 or more, for without traffic no version can be judged")
        elif isinstance(one, Llm) or not one.scaling.hours:
            yield Problem(where, 0, "needs `hours`, for without pods no signal rises and nothing would wake them")
    steps = list(getattr(one.rollout, "steps", ()))
    if steps != sorted(set(steps)):
        yield Problem(f"{path}.rollout.steps", steps, "allowed: shares that grow")
    analysis = getattr(one.rollout, "analysis", None)
    if analysis and analysis.failures >= analysis.checks:
        allowed = f"allowed: fewer than checks, {analysis.checks}, or nothing ever fails"
        yield Problem(f"{path}.rollout.analysis.failures", analysis.failures, allowed)
    if isinstance(one, Llm):
        yield from _gpus(settings, path, one)
    else:
        yield from _captures(settings, path, one)


def _captures(settings: "Settings", path: str, one: Service) -> Problems:
    """Columns are captured in one form each, and a hash has a key."""
    found, path = one.captures, f"{path}.captures"
    known = settings.secrets.names if settings.secrets else {}
    if found.key_secret and found.key_secret not in known:
        allowed = f"allowed: a secret of secrets.names ({', '.join(known)})"
        yield Problem(f"{path}.keySecret", found.key_secret, allowed)
    if found.hashed and not found.key_secret:
        yield Problem(f"{path}.hashed", found.hashed, "needs `keySecret`: without a key, hashes can be looked up")
    for column in found.hashed + found.masked:
        if found.columns is not None and column not in found.columns:
            yield Problem(f"{path}.columns", found.columns, f"lacks {column!r}, which is hashed or masked: add it")
    if both := set(found.hashed) & set(found.masked):
        yield Problem(f"{path}.masked", found.masked, f"has {sorted(both)}, which `hashed` has too: remove them there")
    if found.queue_mib and 4 * found.queue_mib > 1024 * one.memory_gib:
        allowed = f"allowed: a quarter of memoryGib at most, {256 * one.memory_gib:g}"
        yield Problem(f"{path}.queueMib", found.queue_mib, allowed)


def _gpus(settings: "Settings", path: str, one: Llm) -> Problems:
    pools = {name: pool for name, pool in settings.pools.items() if pool.use == "serving"}
    if one.pool not in pools:
        yield Problem(f"{path}.pool", one.pool, f"allowed: a pool of use serving ({', '.join(pools) or 'none'})")
    elif one.gpus > pools[one.pool].max_gpus_per_node:
        most = pools[one.pool].max_gpus_per_node
        yield Problem(f"{path}.gpus", one.gpus, f"allowed: at most pools.{one.pool}.maxGpusPerNode, {most}")
    tenant = settings.tenants.get(one.team)
    if tenant and one.gpus * one.scaling.min > tenant.gpus:
        allowed = f"{one.gpus * one.scaling.min} GPUs at least: allowed: tenants.{one.team}.gpus, {tenant.gpus}"
        yield Problem(f"{path}.scaling.min", one.scaling.min, allowed)
