"""The base of every component: its type token, its tags and who it runs as."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws

from components import _documents as documents

T = TypeVar("T")
PACKAGE = "ml-platform"
MANDATORY_TAGS = ("environment", "owner", "cost-centre", "data-class")
"""Tags a component refuses to be created without; `component` and `managed-by` it adds itself."""


class Component(pulumi.ComponentResource):
    """A component resource whose token is its class name and whose children carry the mandatory tags."""

    def __init__(self, name: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions | None) -> None:
        """Register the component.

        Args:
            name: Logical name; children are named from it.
            tags: At least `MANDATORY_TAGS`; applied to every child that can be tagged.
            opts: The caller's options; children inherit provider and protection, nothing else.

        Raises:
            ValueError: A mandatory tag is missing or empty.

        """
        if missing := [tag for tag in MANDATORY_TAGS if not tags.get(tag)]:
            raise ValueError(
                f"{type(self).__name__} {name!r}: `tags` lacks {', '.join(missing)}; "
                f"every component needs {', '.join(MANDATORY_TAGS)}"
            )
        super().__init__(f"{PACKAGE}:index:{type(self).__name__.lstrip('_')}", name, None, opts)
        self._name = name
        self._tags = {**tags, "component": name, "managed-by": "pulumi"}
        self._known: pulumi.Output[dict[str, str]] | None = None

    def _child(
        self, depends_on: Sequence[pulumi.Resource | pulumi.Input[str]] = (), retain: bool = False
    ) -> pulumi.ResourceOptions:
        """Options of a child: this component is its parent, and nothing of the caller's options.

        Args:
            depends_on: What is made before it. A text stands for the resources that it comes from, such as another
                component's `ready`.
            retain: Whether the account keeps it when it leaves the stack, because AWS refuses its deletion or others
                use it.
        """
        found: list[Any] = [
            one if isinstance(one, pulumi.Resource) else pulumi.Output.from_input(one).apply(lambda _: None)
            for one in depends_on
        ]
        return pulumi.ResourceOptions(parent=self, depends_on=found, retain_on_delete=retain or None)

    def _physical_name(self, suffix: str = "") -> str:
        """A name for what AWS cannot name by itself, unique per project, stack and component."""
        parts = (pulumi.get_project(), pulumi.get_stack(), self._name, suffix)
        return "-".join(part for part in parts if part)

    def _caller(self) -> pulumi.Output[dict[str, str]]:
        """The account, region and partition the component's provider works in, asked for once."""
        if self._known is None:
            opts = pulumi.InvokeOutputOptions(parent=self)
            self._known = pulumi.Output.all(
                account=aws.get_caller_identity_output(opts=opts).account_id,
                region=aws.get_region_output(opts=opts).region,
                partition=aws.get_partition_output(opts=opts).partition,
            )
        return self._known

    def _role(self, name: str, trust: pulumi.Input[documents.Statement], **more: Any) -> "aws.iam.Role":
        """A role that whoever `trust` names may assume."""
        return aws.iam.Role(
            name,
            assume_role_policy=pulumi.Output.from_input(trust).apply(lambda statement: documents.render([statement])),
            tags=self._tags,
            opts=self._child(),
            **more,
        )

    def _service_role(self, name: str, service: str) -> "aws.iam.Role":
        """A role that an AWS service assumes, for this account only if the service says for which it acts."""
        return self._role(name, self._caller()["account"].apply(lambda account: documents.trust(service, account)))

    def _attach(self, name: str, role: "aws.iam.Role", policy: str) -> "aws.iam.RolePolicyAttachment":
        """Give a role one of AWS's own policies, named with its path, for example `AmazonEKSClusterPolicy`."""
        arn = pulumi.Output.concat("arn:", self._caller()["partition"], f":iam::aws:policy/{policy}")
        return aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=arn, opts=self._child())

    def _finish(self, **outputs: Any) -> None:
        """Set the outputs as attributes and register them; the last call of every constructor."""
        for key, value in outputs.items():
            setattr(self, key, value)
        self.register_outputs(outputs)


def after(value: pulumi.Input[T], *resources: pulumi.Resource) -> pulumi.Output[T]:
    """The value, once all of these are there; whatever is made with it is taken away before them."""
    # A URN is known in a preview too, so the value stays known.
    return pulumi.Output.all(value, *[one.urn for one in resources]).apply(lambda found: found[0])
