"""The account that is examined: its answers, what the stacks of the environment have in it, and findings about it."""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from mlp.places import SessionError
from mlp.preflight.role import ACTIONS, LISTING, STATE
from mlp.state_bucket import Checkpoint
from mlp.state_copy import StateCopy
from policies.live.reader import DENIED, Clients
from stacks._fields import PROJECT
from stacks.settings import Settings

ORGANISATION = "service control policy"
"""What AWS writes into an answer that an organisation's policy denies."""
NO_COST_EXPLORER = "not enabled for cost explorer"
"""What Cost Explorer answers every caller of an account that may not use it."""
RIGHTS = "give the credentials the rights that `mlp doctor --role` prints"
MENDS = {
    ORGANISATION: "have the administrators of the organisation allow it, or go on without: it does not stop `mlp up`",
    # https://docs.aws.amazon.com/cost-management/latest/userguide/ce-enable.html
    NO_COST_EXPLORER: "enable Cost Explorer for the account; in an organisation, its management account lets member "
    "accounts use it",
}
"""What an answer has in it to what gives the check its sight, where that is not a right of the credentials."""


class Finding(NamedTuple):
    """Something that AWS would refuse, or that would have no effect.

    Attributes:
        what: What is so.
        why: What follows from it.
        mend: The command or the setting that mends it.
        blocks: Whether `mlp up` stops, because it would fail; it goes on otherwise.
    """

    what: str
    why: str
    mend: str
    blocks: bool = True


class Unseen(Exception):
    """A check could not look; the message says what it lacks.

    Attributes:
        answer: What AWS answered, empty if it did not.
    """

    def __init__(self, lacks: str, answer: str = "") -> None:
        super().__init__(lacks)
        self.answer = answer

    @property
    def mend(self) -> str:
        """What lets the check look."""
        return next((mend for text, mend in MENDS.items() if text in self.answer), RIGHTS)


class Principal(NamedTuple):
    """Who acts: `role` or `user`, its account, and its name, which is unique there whatever its path is."""

    kind: str
    account: str
    name: str

    @classmethod
    def of(cls, arn: str) -> "Principal":
        """The principal that an ARN of IAM or STS names; a session is that of its role."""
        *_, number, resource = arn.split(":", 5)
        kind, _, path = resource.partition("/")
        if kind == "assumed-role":
            return cls("role", number, path.partition("/")[0])
        return cls(kind, number, path.rpartition("/")[2])


class Account:
    """The account of an environment.

    Attributes:
        settings: The environment.
        session: A boto3 session of its account, in its region.
        caller: ARN of who asks, as STS knows it.
    """

    def __init__(self, settings: Settings, session: boto3.Session, copy: StateCopy, caller: str) -> None:
        self.settings = settings
        self.session = session
        self.caller = caller
        self._clients = Clients(session)
        self._state: list[dict[str, Any]] | Unseen
        try:
            found = [one for checkpoint in _checkpoints(copy) for one in checkpoint.resources]
            self._state = [one for one in found if one.get("id") and not one.get("delete")]
        except Unseen as unseen:
            self._state = unseen
        except SessionError as error:
            self._state = Unseen(str(error))

    @property
    def resources(self) -> list[dict[str, Any]]:
        """What the environment's stacks have made: type, id, URN and more of each, as the engine's state has it.

        Raises:
            Unseen: The state cannot be read.
        """
        if isinstance(self._state, Unseen):
            raise self._state
        return self._state

    @cached_property
    def made(self) -> frozenset[tuple[str, str]]:
        """Type and id of each of these resources."""
        return frozenset((one["type"], one.get("id", "")) for one in self.resources)

    def lacks(self, type_: str, id_: str = "") -> bool:
        """Whether no stack of the environment has made a resource of a type, or the one with an id."""
        return not any(made == type_ and (not id_ or one == id_) for made, one in self.made)

    def setting(self, path: str) -> str:
        """A setting and the file that has it."""
        return f"{PROJECT}:{path} in stacks/Pulumi.{self.settings.environment}.yaml"

    def get(
        self, service: str, operation: str, *, absent: Collection[str] = (), region: str | None = None, **arguments: Any
    ) -> Any:
        """What a call answers, None for an error code in `absent`.

        Args:
            service: Name of the service, for example `iam`.
            operation: Name of the method, for example `get_role`.
            absent: Error codes by which the service says that there is no such thing.
            region: Another region than the environment's.
            arguments: The call's arguments.

        Raises:
            Unseen: It is denied, or fails.
        """
        client = self._clients.client(service, region)
        return self._ask(service, operation, absent, lambda: getattr(client, operation)(**arguments))

    def list(self, service: str, operation: str, key: str, *, absent: Collection[str] = (), **arguments: Any) -> Any:
        """All items under `key` of all pages, none for an error code in `absent`; otherwise as `get`."""
        client = self._clients.client(service)

        def pages() -> list[Any]:
            if not client.can_paginate(operation):
                return getattr(client, operation)(**arguments).get(key, [])
            return [one for page in client.get_paginator(operation).paginate(**arguments) for one in page.get(key, [])]

        return self._ask(service, operation, absent, pages) or []

    def _ask(self, service: str, operation: str, absent: Collection[str], call: Any) -> Any:
        with self._clients.under_way:
            return asked(ACTIONS[f"{service}:{operation}"], call, absent)


def asked(action: str, call: Any, absent: Collection[str] = ()) -> Any:
    """What a call answers, None for an error code in `absent`.

    Args:
        action: The IAM action that the call needs.
        call: The call.
        absent: Error codes by which the service says that there is no such thing.

    Raises:
        Unseen: It is denied, or fails.
    """
    try:
        return call()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in absent:
            return None
        if code not in DENIED:
            raise Unseen(f"{action} failed with {code}", message) from None
        whose = ", which a service control policy of the organisation denies" if ORGANISATION in message else ""
        raise Unseen(f"needs {action}{whose}", message) from None
    except BotoCoreError as error:
        raise Unseen(f"{action} failed: {error}") from None


def _checkpoints(copy: StateCopy) -> Iterator[Checkpoint]:
    """The newest checkpoint of each stack; that of this machine where the bucket lacks its last change."""
    here = copy.read() if copy.ahead else None
    if here:
        yield here
    for name in asked(LISTING, copy.bucket.names, ["NoSuchBucket"]) or ():
        if not here or name.partition(".")[0] != here.name.partition(".")[0]:
            yield asked(STATE, lambda name=name: copy.bucket.read(name))
