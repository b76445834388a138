"""Reads AWS for the collectors: whole listings, many at once, and what may not be read is unknown."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from policies._view import ABSENT, UNKNOWN, Resource

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
Item = TypeVar("Item")


@dataclass
class Reader:
    """An account and region that is read.

    Attributes:
        session: Where credentials and region come from.
        account: Its number.
        workers: How many requests are under way at once.
        denied: Calls that the credentials may not make, as `service:operation`; what they would tell is unknown.
    """

    session: boto3.Session
    account: str
    workers: int = 16
    denied: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Adaptive: slows down when AWS throttles. Connections suffice for all workers.
        self._config = Config(retries={"mode": "adaptive", "max_attempts": 10}, max_pool_connections=self.workers)
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The region that is read."""
        assert self.session.region_name, "a session without a region"
        return self.session.region_name

    def get(self, service: str, operation: str, *, absent: Collection[str] = (), **arguments: Any) -> Any:
        """What a call answers; `ABSENT` for an error code in `absent`, `UNKNOWN` where access is denied.

        Args:
            service: Name of the service, for example `s3`.
            operation: Name of the method, for example `get_bucket_versioning`.
            absent: Error codes by which the service says that nothing is set.
            arguments: The call's arguments.
        """
        try:
            return getattr(self._client(service), operation)(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in absent:
                return ABSENT
            if code in DENIED:
                self.denied.add(f"{service}:{operation}")
                return UNKNOWN
            raise

    def list(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """All items under `key` of all pages; none, and a note in `denied`, where access is denied."""
        client = self._client(service)
        try:
            if not client.can_paginate(operation):
                return list(getattr(client, operation)(**arguments)[key])
            return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]
        except ClientError as error:
            if error.response["Error"]["Code"] not in DENIED:
                raise
            self.denied.add(f"{service}:{operation}")
            return []

    def each(self, function: Callable[[Item], Iterable[Resource]], items: Iterable[Item]) -> Iterator[Resource]:
        """What `function` makes of each item, many at once, in the order of the items."""
        with ThreadPoolExecutor(self.workers) as pool:
            for made in pool.map(lambda item: list(function(item)), items):
                yield from made

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.session.client(service, config=self._config)
        return self._clients[service]


Collector = Callable[[Reader], Iterable[Resource]]
