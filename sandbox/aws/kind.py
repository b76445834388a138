"""How a resource type of the `aws` provider is carried out with boto3: data, one entry a type.

Most names need no entry: a member `KmsKeyId` of an API shape is the property `kmsKeyId`. What an entry says is
which operations create, read, update and delete, and where names or structure differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Call:
    """One boto3 operation that sets something.

    Attributes:
        operation: Method of the boto3 client, for example `put_bucket_versioning`.
        bind: API member to a template over the resource's properties and `id`, for example `"{id}"`, or to a
            function of them; None leaves the member out.
        rename: API member, at any depth, to its property where the name is not the member's own. A plural member
            renamed to its singular is a list of one.
        uses: Properties that functions in `bind` read.
        wrap: Dotted path of the structure that the properties lie in, where it is not the request itself; `0` stands
            for a list of one.
        fixed: Members with a constant value; they win over properties.
        when: The call is made only if these properties are set (true) or not (false).
        attributes: Key of the request's `Attributes`, a map of texts, to its property.
        at: Path of the part of the response that describes the resource.
    """

    operation: str
    bind: Mapping[str, str | Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    wrap: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, bool] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, eq=False)
class Get:
    """One boto3 operation that reads a part of a resource.

    Attributes:
        operation: Method of the boto3 client.
        bind: API member to a template, as in `Call`.
        rename: API member to property, as in `Call`.
        attributes: Key of the response's `Attributes`, a map of texts, to its property.
        at: Dotted path of the part of the response that holds the properties; a number is an index.
        into: Property that takes the whole part, where the API has no such level.
        match: Of a list at that path, the item with these members is meant; templates as in `bind`.
        gone: The resource does not exist if these members have these values.
        optional: Not finding it means that the properties are not set, rather than that the resource is gone.
        missing: Error code that means that the resource does not exist, where the code itself does not say so.
    """

    operation: str
    bind: Mapping[str, str | Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    into: str = ""
    match: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False
    missing: str = ""


@dataclass(frozen=True, eq=False)
class Tags:
    """The operations that change tags in place, and what they call the resource and its tags."""

    tag: str
    untag: str
    bind: Mapping[str, str | Callable[[dict[str, Any]], Any]]
    tags: str = "Tags"
    keys: str = "TagKeys"


@dataclass(frozen=True, eq=False)
class Listing:
    """How to list a type in the account.

    Attributes:
        operation: Method of the boto3 client, with a paginator where AWS pages it.
        at: Dotted path of the list in the response.
        name: Member of an item that names it; empty where the items are the names.
        kept: Tells why an item remains on purpose, or "" if it does not; AWS's own items are `AWS_OWNED`.
        given: Members of the request; `{account}` stands for the account.
    """

    operation: str
    at: str
    name: str
    kept: Callable[[Any, str], str] = lambda client, name: ""
    given: Mapping[str, str | bool] = field(default_factory=dict)


AWS_OWNED = "made by AWS"


@dataclass(frozen=True, eq=False)
class Kind:
    """A resource type.

    A property that some `create` call takes and no `update` call does forces replacement, as in AWS itself.

    Attributes:
        token: Pulumi type token.
        client: boto3 client.
        id: Template of the resource's id; importing parses it backwards.
        create: Calls in order; the first makes the resource.
        read: Reads in order; the first decides whether it exists.
        update: Calls of which those are made whose properties changed. Default: `create` without its first call.
        delete: Calls in order.
        tags: How tags change; `tags` is then a property.
        autoname: Property that is made up from the resource's name when it is not given.
        outputs: Computed property to a template, over which a read wins, or to a function of what is read, which may
            also add computed parts to an input.
        computed: Properties that only a read can tell.
        defaults: Inputs that the official provider fills in.
        local: Inputs that no read returns, such as `forceDestroy`.
        recorded: Inputs that the emulation accepts and forgets: kept in state, never read back.
        invented: Computed property to the beginning of a made-up value; only where AWS would make it up and the
            emulation lacks the type.
        emulated: Whether the emulation has the type at all. If not, inputs are checked against AWS's shapes and kept
            in state, and no call is made.
        fill: Called with client and properties after the first create call, for what no operation takes whole.
        empty: Called with client and state before deletion.
        listing: How to count what the account holds of it.
    """

    token: str
    client: str
    id: str
    create: tuple[Call, ...]
    read: tuple[Get, ...]
    delete: tuple[Call, ...] = ()
    update: tuple[Call, ...] | None = None
    tags: Tags | None = None
    autoname: str = ""
    outputs: Mapping[str, str | Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    computed: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    local: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    invented: Mapping[str, str] = field(default_factory=dict)
    emulated: bool = True
    fill: Callable[[Any, dict[str, Any]], None] | None = None
    empty: Callable[[Any, dict[str, Any]], None] | None = None
    listing: Listing | None = None

    @property
    def forgotten(self) -> list[str]:
        """What of the type the emulation only records: the type itself, or some of its inputs."""
        return [f"{self.token}.{name}" for name in self.recorded] if self.emulated else [self.token]

    @property
    def updates(self) -> tuple[Call, ...]:
        """The calls an update chooses from."""
        return self.create[1:] if self.update is None else self.update
