"""A whole account as a stack: every collector asked, and what none could read held as unread."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from policies._view import Resource, Stack
from policies.live import COLLECTORS
from policies.live.emulation import Emulation
from policies.live.reader import WORKERS, Clients, Collector, Reader

AT_ONCE = 8
"""Collectors under way; how many requests are is bounded by itself."""


class AccountUnreachableError(Exception):
    """The credentials open no account in the region."""


@dataclass(frozen=True)
class Account:
    """What was read of an account.

    Attributes:
        number: The account's.
        region: The region that was read.
        stack: Its resources, and one unread resource for each type of which there may be more.
        denied: IAM actions that the credentials lack.
        errors: `collector: action` to what went wrong otherwise.
    """

    number: str
    region: str
    stack: Stack
    denied: frozenset[str]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class Progress:
    """A collector is through: the `done`-th of `total`, and it read so many `resources`."""

    collector: str
    resources: int
    done: int
    total: int


def read_account(
    session: boto3.Session,
    collectors: Sequence[Collector] = COLLECTORS,
    on_progress: Callable[[Progress], None] = lambda _: None,
    environment: str = "prod",
    workers: int = WORKERS,
    emulation: Emulation | None = None,
) -> Account:
    """Read an account in the session's region.

    Args:
        session: Where credentials and region come from.
        collectors: What to read.
        on_progress: Called after each collector, always from the calling thread.
        environment: Names the stack, and so the profile that the account is judged by.
        workers: How many requests are under way at once.
        emulation: What the account lacks, if it is an emulated one.

    Raises:
        AccountUnreachableError: There is no region, or the credentials are not accepted in it.
    """
    if not (region := session.region_name):
        raise AccountUnreachableError("no region is set")
    clients = Clients(session, workers)
    try:
        number = clients["sts"].get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        message = f"the credentials are not accepted in {region} ({code}); an account may have to opt in to a region"
        raise AccountUnreachableError(message) from None
    readers = [Reader(session, number, workers, clients, emulation) for _ in collectors]
    found: list[list[Resource]] = [[] for _ in collectors]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {pool.submit(_read, *job): place for place, job in enumerate(zip(collectors, readers, strict=True))}
        for done, job in enumerate(as_completed(jobs), 1):
            place = jobs[job]
            found[place] = job.result()
            on_progress(Progress(collectors[place].name, len(found[place]), done, len(jobs)))
    pairs = list(zip(collectors, readers, strict=True))
    denied = frozenset(action for reader in readers for action in reader.denied)
    errors = {f"{one.name}: {call}": why for one, reader in pairs for call, why in sorted(reader.errors.items())}
    resources = tuple(resource for resources in found for resource in resources)
    return Account(
        number=number,
        region=region,
        # In the order of the collectors, whichever was first: reports do not change from run to run.
        stack=Stack(environment, resources, emulated=bool(emulation) and not (denied or errors)),
        denied=denied,
        errors=errors,
    )


def _read(collector: Collector, reader: Reader) -> list[Resource]:
    """What a collector yields, up to a defect of it, and for what it missed one unread resource of each type."""
    found: list[Resource] = []
    try:
        found.extend(collector(reader))
    # A defect of one collector leaves the others.
    except Exception as error:
        reader.fail(error)
    if reader.emulation:
        found = [masked for resource in found for masked in reader.emulation.masked(resource)]
    return [*found, *_unread(collector, reader)]


def _unread(collector: Collector, reader: Reader) -> Iterator[Resource]:
    missed = "; ".join(sorted(reader.missed))
    for token in collector.types:
        lacking = reader.emulation and token in reader.emulation.types
        if reason := f"the sandbox does not emulate {token}" if lacking else missed:
            urn = f"arn:aws:{token.split(':')[1].split('/')[0]}:{reader.region}:{reader.account}:*"
            yield Resource(token, urn, protect=None, unread=reason)
