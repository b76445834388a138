"""The emulated AWS account: a moto server on a loopback port, and what it holds."""

import json
import secrets
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from pathlib import Path
from threading import Lock
from typing import IO, Any

from sandbox import claims, clock
from sandbox.place import CREDENTIALS, Place
from sandbox.processes import end_all, free_port, mark, marked

START_SECONDS = 30
ROLE = "account"


class AccountError(Exception):
    """The emulated account cannot be started or asked."""


@dataclass(frozen=True)
class Held:
    """Something the account holds: its type token, its name, and why it remains on purpose (or "")."""

    type: str
    name: str
    kept: str


@dataclass(frozen=True)
class Account:
    """The emulated account of an environment, with the environment's number; it lives as long as its process.

    The server has claimed its record, `account.json`: `id` of this account, `pid` and `port` of the server.
    """

    place: Place
    number: str

    @cached_property
    def _record(self) -> Path:
        return self.place.root / "account.json"

    @property
    def process(self) -> dict[str, Any] | None:
        """`id`, `pid` and `port` of the running server, or None."""
        return known if (known := self.running) and _answers(known["port"]) else None

    @property
    def running(self) -> dict[str, Any] | None:
        """The record of a server that runs or still starts, or None; another command may be writing it just now."""
        deadline = time.monotonic() + 1
        while claims.held(self._record) and time.monotonic() < deadline:
            if known := self._last():
                return known
            time.sleep(0.02)
        return None

    @property
    def endpoint(self) -> str:
        """The address of the running server.

        Raises:
            AccountError: It does not run.
        """
        if not (process := self.process):
            raise AccountError(f"the emulated account does not run; start it with `{self.place.up}`")
        return _address(process)

    @property
    def address(self) -> str:
        """The address of a server that was started and may not answer yet."""
        if not (known := self._last()):
            raise AccountError(f"the emulated account does not run; start it with `{self.place.up}`")
        return _address(known)

    def start(self) -> str:
        """Start the server if it does not run, without waiting for it; the account's id, another for every start."""
        log = self.place.path("logs", "account.log")
        if known := self.running:
            return known["id"]
        port, id_ = free_port((self._last() or {}).get("port", 0)), secrets.token_hex(8)
        self.stop()  # a server whose record cannot be read is of no use
        with self._claimed() as record:
            claims.write(record, {"id": id_, "pid": 0, "port": port})
            variables = {
                **CREDENTIALS,
                **mark(self.place.root, ROLE),
                clock.VARIABLE: str(self.place.root / clock.FILE),
                "MOTO_ACCOUNT_ID": self.number,
                "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
                "PYTHONDONTWRITEBYTECODE": "",
            }
            command = ["sandbox.moto_server", "-H", "127.0.0.1", "-p", str(port)]
            pid = claims.start(record, self._record, command, log, variables)
            claims.write(record, {"id": id_, "pid": pid, "port": port})
        return id_

    def wait(self) -> str:
        """The address of the server, once it answers.

        Raises:
            AccountError: It did not answer in time; the message names its log.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self.process:
            if not self.running or time.monotonic() > deadline:
                log, reset = self.place.path("logs", "account.log"), f"mlp reset {self.place.environment_name}"
                raise AccountError(f"the emulated account does not answer; its log is {log}\nNext: `{reset}`")
            time.sleep(0.02)
        return self.endpoint

    def stop(self) -> None:
        """Stop the server, and with it forget everything it holds."""
        servers = marked(self.place.root, ROLE)
        self._record.unlink(missing_ok=True)
        (self.place.root / clock.FILE).unlink(missing_ok=True)
        end_all(servers, 0)  # asked to end, it waits for connections that nobody closes

    def client(self, service: str, region: str) -> Any:
        """A boto3 client of the running server."""
        import boto3  # a quarter of a second, which only few commands need

        return boto3.Session("sandbox", "sandbox", region_name=region).client(service, endpoint_url=self.endpoint)  # pyright: ignore

    def held(self, regions: list[str]) -> list[Held]:
        """Everything the account holds of the types it understands, by asking it for each type in each region."""
        # Half a second, which only counting needs.
        import boto3

        from sandbox.aws.kind import AWS_OWNED, Kind
        from sandbox.aws.tables import KINDS

        session, endpoint, creating = boto3.Session("sandbox", "sandbox"), self.endpoint, Lock()

        @cache
        def client_of(service: str, region: str) -> Any:
            return session.client(service, region, endpoint_url=endpoint)  # pyright: ignore

        def of(kind: Kind, region: str) -> list[Held]:
            listing = kind.listing
            assert listing
            with creating:  # a session makes one client at a time
                client = client_of(kind.client, region)
            given = {
                key: value.format(account=self.number) if isinstance(value, str) else value
                for key, value in listing.given.items()
            }
            items = _items(client, listing.operation, listing.at, given)
            names = [item[listing.name] if listing.name else item for item in items]
            found = (Held(kind.token, name, listing.kept(client, name)) for name in names)
            return [held for held in found if held.kept != AWS_OWNED]

        asked = [(kind, region) for kind in KINDS.values() if kind.listing for region in regions]
        with ThreadPoolExecutor() as pool:
            answers = pool.map(of, *zip(*asked, strict=True))
        return list({(held.type, held.name): held for answer in answers for held in answer}.values())

    def _claimed(self) -> IO[str]:
        if record := claims.claim(self._record):
            return record
        raise AccountError("another command starts the emulated account just now; run this one again")

    def _last(self) -> dict[str, Any] | None:
        """The record, or None if there is none that can be read."""
        try:
            known = json.loads(self._record.read_text())
            return {"id": str(known["id"]), "pid": int(known["pid"]), "port": int(known["port"])}
        except (OSError, ValueError, TypeError, KeyError):
            return None


def _address(known: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{known['port']}"


def _items(client: Any, operation: str, at: str, given: dict[str, Any]) -> list[Any]:
    paged = client.can_paginate(operation)
    pages = client.get_paginator(operation).paginate(**given) if paged else [getattr(client, operation)(**given)]
    return [item for page in pages for item in reduce(lambda part, key: part.get(key) or {}, at.split("."), page)]


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/config", timeout=2) as answer:
            return answer.status in (200, 201)
    except (urllib.error.URLError, OSError):
        return False
