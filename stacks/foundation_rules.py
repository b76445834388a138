"""Rules between settings of the foundation layer."""

import ipaddress
from typing import TYPE_CHECKING

from stacks._fields import LockMode, Problem, Problems

if TYPE_CHECKING:
    from stacks.settings import Settings

PROTECTED_RETENTION_DAYS = 183
"""Six months: the least that Regulation (EU) 2024/1689 asks for logs of high-risk systems, articles 19 and 26(6)."""


def stores(settings: "Settings") -> Problems:
    """A replica lies in another region, under a key of that region."""
    for name, store in settings.stores.items():
        if not (replica := store.replica):
            continue
        path = f"stores.{name}.replica"
        if replica.region == settings.region:
            yield Problem(f"{path}.region", replica.region, "allowed: any other region than `region`")
        if replica.kms_key_arn.split(":")[3] != replica.region:
            yield Problem(f"{path}.kmsKeyArn", replica.kms_key_arn, f"allowed: a key in {replica.region}")
        if f"{name}-replica" in settings.stores:
            yield Problem(f"stores.{name}-replica", "...", f"allowed: another name; the copy of stores.{name} has it")


def network(settings: "Settings") -> Problems:
    """Addresses and zones are real, and nodes can reach what they need."""
    if not (found := settings.network):
        for name in ("database", "features", "cluster", "batch"):
            if getattr(settings, name):
                yield Problem(name, "...", "needs a network: add `network`")
        return
    try:
        length = ipaddress.ip_network(found.cidr).prefixlen
    except ValueError:
        yield Problem("network.cidr", found.cidr, "allowed: the address of a network, such as 10.0.0.0/16")
    else:
        if not 16 <= length <= 20:
            yield Problem("network.cidr", found.cidr, "allowed: /16 to /20")
    regions = {zone[:-1] for zone in found.zones}
    if settings.region not in regions and len(regions) == 1 and len(found.zones) > 1:
        # All zones agree with each other: the region is more likely to be the one that is wrong.
        allowed = f"allowed: {regions.pop()}, the region of all network.zones, or other zones there"
        yield Problem("region", settings.region, allowed)
    else:
        for number, zone in enumerate(found.zones):
            if zone[:-1] != settings.region:
                yield Problem(f"network.zones.{number}", zone, f"allowed: a zone of {settings.region}")
    if len(set(found.zones)) < len(found.zones):
        yield Problem("network.zones", list(found.zones), "allowed: each zone once")
    if settings.cluster and found.nat == "none":
        needed = {"ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts"}
        if missing := sorted(needed - set(found.interface_endpoints)):
            yield Problem(
                "network.nat", "none", f"nodes could not start: allowed: single or per-zone, or endpoints {missing}"
            )


def network_of_prod(settings: "Settings") -> Problems:
    """Prod survives the loss of a zone."""
    if settings.network and len(settings.network.zones) < 3:
        yield Problem("network.zones", list(settings.network.zones), "allowed in prod: three zones or more")
    if settings.network and settings.network.nat == "single":
        yield Problem("network.nat", "single", "allowed in prod: per-zone, or none with endpoints")


def told(settings: "Settings") -> Problems:
    """What watches has somebody to tell."""
    for name in ("costs", "threats"):
        if getattr(settings, name) and not settings.notifications:
            yield Problem(name, "...", "has nobody to tell: add `notifications`")


def costs_of_prod(settings: "Settings") -> Problems:
    """Prod is never stopped."""
    if settings.costs and settings.costs.idle_stop:
        yield Problem("costs.idleStop", "...", "prod is never idle: remove it")


def deletion(settings: "Settings") -> Problems:
    """Staging and prod are protected, unless they are being taken away."""
    environment = settings.environment
    if environment.protected and not (settings.deletion_protection or settings.decommission):
        yield Problem("deletionProtection", False, f"allowed in {environment}: true")
    if environment == "local" and settings.deletion_protection:
        yield Problem("deletionProtection", True, "allowed in local: false, or `down` could not take it away")


def audit_of_prod(settings: "Settings") -> Problems:
    """Nobody can erase what prod's audit trail says of the last year."""
    lock = settings.audit.lock
    if lock.mode is not LockMode.COMPLIANCE:
        yield Problem("audit.lock.mode", lock.mode.value, "allowed in prod: COMPLIANCE")
    if lock.days < 365:
        yield Problem("audit.lock.days", lock.days, "allowed in prod: 365 or more")
    if settings.keys.deletion_window_days < 30:
        yield Problem("keys.deletionWindowDays", settings.keys.deletion_window_days, "allowed in prod: 30")


def real(settings: "Settings") -> Problems:
    """What runs on a real account has a network of its own and a budget."""
    for name in ("network", "costs"):
        if getattr(settings, name) is None:
            yield Problem(name, None, f"{settings.environment} needs it: add it")


def safety_of_protected(settings: "Settings") -> Problems:
    """Staging and prod are watched, backed up, and wake somebody."""
    environment = settings.environment
    for name in ("threats", "backups", "notifications"):
        if getattr(settings, name) is None:
            yield Problem(name, None, f"{environment} needs it: add it")
    if settings.notifications and not settings.notifications.page:
        yield Problem("notifications.page", [], f"allowed in {environment}: at least one subscriber")
    if settings.capture and settings.capture.retention_days < PROTECTED_RETENTION_DAYS:
        yield Problem(
            "capture.retentionDays",
            settings.capture.retention_days,
            f"allowed in {environment}: {PROTECTED_RETENTION_DAYS} or more",
        )


def backups(settings: "Settings") -> Problems:
    """A locked backup cannot expire before its lock."""
    if (found := settings.backups) and found.daily_days < found.lock.days:
        yield Problem("backups.dailyDays", found.daily_days, f"allowed: backups.lock.days, {found.lock.days}, or more")


def subscribers(settings: "Settings") -> Problems:
    """An endpoint is what its protocol takes."""
    starts = {"https": "https://", "sqs": "arn:", "lambda": "arn:", "email": ""}
    for severity in ("page", "ticket", "info"):
        for number, one in enumerate(getattr(settings.notifications, severity)) if settings.notifications else ():
            if not one.endpoint.startswith(starts[one.protocol]) or (
                one.protocol == "email" and "@" not in one.endpoint
            ):
                # The end of an address may be a token.
                allowed = f"allowed: what protocol {one.protocol} takes: {starts[one.protocol] or 'an e-mail address'}"
                yield Problem(f"notifications.{severity}.{number}.endpoint", f"{one.endpoint[:8]}...", allowed)
