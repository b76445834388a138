"""Who let which model in, where the plan and an audit of the cluster find it."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components._component import Component, after
from components._kubernetes import custom, is_name, labels

NAMESPACE, NAME = "kube-system", "ml-platform-approvals"
"""Where it lies: there from the beginning, and no tenant may write there."""


class ApprovalArgs(TypedDict):
    """One approval: several people's consent to one content of one version of a model."""

    model: str
    """Model."""
    version: str
    """Its version."""
    digest: str
    """Digest of its files, which they have signed."""
    author: str
    """Who made the version, and does not count."""
    approvers: Sequence[str]
    """Who consented."""
    expires: str
    """When the first of these consents ends, RFC 3339: `2027-01-01T00:00:00Z`."""


class ApprovalsArgs(TypedDict):
    """Inputs of Approvals."""

    records: Mapping[str, ApprovalArgs]
    """Id, a DNS label, to approval."""
    tags: Mapping[str, str]
    """Mandatory tags, as labels."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """What must be there first and go last: `ready` of ClusterAddons. Default: nothing."""


class Approvals(Component):
    """A ConfigMap with every approval, a key each fact.

    Signatures are verified before a record gets here. What the API server admits is written into its policies, and not
    read from here.
    """

    ready: pulumi.Output[str]
    """Name of the ConfigMap, once it is there: models that need an approval come after it."""

    def __init__(self, name: str, args: ApprovalsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        if wrong := next((one for one in args["records"] if not is_name(one)), None):
            raise ValueError(f"Approvals {name!r}: records has {wrong!r}; allowed: a DNS label")
        document = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels(self._tags)},
            "data": encoded(args["records"]),
        }
        made = custom(name, document, self._child(args.get("after", [])))
        self._finish(ready=after(NAME, made))


def encoded(records: Mapping[str, ApprovalArgs]) -> dict[str, str]:
    """The records as keys `<id>.<fact>`, for admission policies compare texts and read no JSON.

    Several approvers have commas between them.
    """
    told = {id_: {**record, "approvers": ",".join(sorted(record["approvers"]))} for id_, record in records.items()}
    return {f"{id_}.{fact}": str(value) for id_, record in told.items() for fact, value in record.items()}
