"""Reads AWS for the collectors: whole listings, many at once, and what cannot be read is unknown."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live.emulation import Emulation
from policies.live.role import ACTIONS

DENIED = frozenset(
    {
        "403",  # all that the answer to a HEAD request says
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ForbiddenException",
        "NotAuthorizedException",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
WORKERS = 16
Item = TypeVar("Item")


class Clients:
    """One client a service, for all threads, and so many requests at once."""

    def __init__(self, session: boto3.Session, workers: int = WORKERS) -> None:
        self.session = session
        self.under_way = BoundedSemaphore(workers)
        # Adaptive: slows down when AWS throttles. Connections suffice for all workers.
        self._config = Config(retries={"mode": "adaptive", "max_attempts": 5}, max_pool_connections=workers)
        self._made: dict[tuple[str, str | None], Any] = {}
        self._making = Lock()

    def __getitem__(self, service: str) -> Any:
        """The client of a service."""
        return self.client(service)

    def client(self, service: str, region: str | None = None) -> Any:
        """The client of a service in a region, the session's by default."""
        with self._making:  # a session may make one client at a time
            if (service, region) not in self._made:
                self._made[service, region] = self.session.client(service, region, config=self._config)
            return self._made[service, region]


class Reader:
    """An account and region that is read; each collector has one of its own, so that it is known who missed what.

    Attributes:
        session: Where credentials and region come from.
        account: Its number.
        workers: How many requests are under way at once.
        emulation: What the account lacks, if it is an emulated one.
        denied: IAM actions that the credentials lack; what they would tell is unknown.
        errors: Calls that failed otherwise, as IAM actions, and why; the same holds for what they would tell.
        missed: Reasons why there may be more than was listed.
    """

    def __init__(
        self,
        session: boto3.Session,
        account: str,
        workers: int = WORKERS,
        clients: Clients | None = None,
        emulation: Emulation | None = None,
    ) -> None:
        self.session = session
        self.account = account
        self.workers = workers
        self.emulation = emulation
        self.denied: set[str] = set()
        self.errors: dict[str, str] = {}
        self.missed: set[str] = set()
        self._clients = clients or Clients(session, workers)

    @property
    def region(self) -> str:
        """The region that is read."""
        assert self.session.region_name, "a session without a region"
        return self.session.region_name

    def get(self, service: str, operation: str, *, absent: Collection[str] = (), **arguments: Any) -> Any:
        """What a call answers; `ABSENT` for an error code in `absent`, `UNKNOWN` where it is denied or fails.

        Args:
            service: Name of the service, for example `s3`.
            operation: Name of the method, for example `get_bucket_versioning`.
            absent: Error codes by which the service says that nothing is set.
            arguments: The call's arguments.
        """

        def call(client: Any) -> Any:
            return getattr(client, operation)(**arguments)

        answer = self._ask(service, operation, absent, call)
        return UNKNOWN if isinstance(answer, _Refusal) else answer

    def list(
        self, service: str, operation: str, key: str, *, absent: Collection[str] = (), **arguments: Any
    ) -> list[Any]:
        """All items under `key` of all pages; none, and a note of what is missed, where it is denied or fails."""
        answer = self._ask(service, operation, absent, _whole(operation, key, arguments))
        if isinstance(answer, _Refusal):
            self.missed.add(answer.reason)
        return answer if isinstance(answer, list) else []

    def parts(self, service: str, operation: str, key: str, *, absent: Collection[str] = (), **arguments: Any) -> Any:
        """Like `list`, where the items belong to one resource as its tags do: `UNKNOWN` where it is denied or fails."""
        answer = self._ask(service, operation, absent, _whole(operation, key, arguments))
        return UNKNOWN if isinstance(answer, _Refusal) else [] if answer is ABSENT else answer

    def each(self, function: Callable[[Item], Iterable[Resource]], items: Iterable[Item]) -> Iterator[Resource]:
        """What `function` makes of each item, many at once, in the order of the items; a defect costs one item."""

        def made(item: Item) -> list[Resource]:
            try:
                return list(function(item))
            # A defect in one item leaves the others.
            except Exception as error:
                self.fail(error)
                return []

        with ThreadPoolExecutor(self.workers) as pool:
            for found in pool.map(made, items):
                yield from found

    def fail(self, error: Exception) -> None:
        """Note a defect of the collector."""
        # Not the exception's text: it may quote a value.
        reason = f"the collector is defective: {type(error).__name__}"
        self.errors["collector"] = reason
        self.missed.add(reason)

    def _ask(self, service: str, operation: str, absent: Collection[str], call: Callable[[Any], Any]) -> Any:
        """What a call answers, `ABSENT`, or why there is no answer: no single call ends an audit."""
        action = ACTIONS.get(f"{service}:{operation}", f"{service}:{operation}")
        lacking = _Refusal(f"the sandbox does not emulate {action}")
        if self.emulation and self.emulation.lacks(service):
            return lacking
        try:
            client = self._clients[service]
            with self._clients.under_way:
                return call(client)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in absent:
                return ABSENT
            if code in DENIED:
                self.denied.add(action)
                return _Refusal(f"the audit role may not call {action}")
        # A service that the region does not have, a call that an emulation lacks, a network that is gone.
        except Exception as error:
            code = type(error).__name__
        if self.emulation and self.emulation.lacks(service, code):
            return lacking
        self.errors[action] = code
        return _Refusal(f"{action} failed: {code}")


@dataclass(frozen=True)
class _Refusal:
    reason: str


def _whole(operation: str, key: str, arguments: Mapping[str, Any]) -> Callable[[Any], list[Any]]:
    """A call for all pages; a service may leave an empty list out."""

    def call(client: Any) -> list[Any]:
        if not client.can_paginate(operation):
            return getattr(client, operation)(**arguments).get(key) or []
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(key) or []]

    return call


@dataclass(frozen=True)
class Collector:
    """Reads every resource of some types.

    Attributes:
        types: Tokens of all that it may yield; whatever hides some of it makes the rules on these types undecided.
        read: Yields the resources.
    """

    types: tuple[str, ...]
    read: Callable[[Reader], Iterable[Resource]]

    @property
    def name(self) -> str:
        """What reports call it, for example `s3.buckets`."""
        return f"{self.read.__module__.rpartition('.')[2]}.{self.read.__name__}"

    def __call__(self, reader: Reader) -> Iterable[Resource]:
        """The resources."""
        return self.read(reader)


def collects(*types: str) -> Callable[[Callable[[Reader], Iterable[Resource]]], Collector]:
    """Make a collector of a function, which yields resources of these types."""
    return lambda read: Collector(types, read)
