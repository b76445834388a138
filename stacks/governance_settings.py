"""Settings of what is said of models: the AI systems they are part of, where they come from, and who let them in."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from stacks._fields import Email, Model, Slug
from stacks.explain import like
from workloads.promotion.gate import Name, Risk

Digest = Annotated[str, like(r"^sha256:[0-9a-f]{64}$", "a digest, sha256: and 64 hex digits")]
Reference = Annotated[str, like(r"^(https|s3|oci)://\S+$", "an address, https://..., s3://... or oci://...")]
Word = Annotated[str, like(r"^\S{1,250}$", "up to 250 characters without spaces")]


class Review(Model):
    """An assessment and when somebody last looked at it."""

    uri: Reference
    reviewed: date = Field(description="day of the last review")


class AiSystem(Model):
    """An entry of the inventory of AI systems; one that is prohibited has no tier, and so no entry."""

    risk: Risk = Field(description="its risk tier: minimal, limited or high")
    oversight: Email | None = Field(default=None, description="whom to reach to have it stopped; tier high")
    fallback: Word | None = Field(default=None, description="what answers when its model is taken back; tier high")
    risk_assessment: Review | None = Field(default=None, description="its risk assessment; tier high")
    impact_assessment: Review | None = Field(default=None, description="its impact on fundamental rights; tier high")
    notice: Reference | None = Field(default=None, description="where people are told that it is AI; tier limited")


class Provenance(Model):
    """Where one version of a model comes from, and who approved it."""

    digest: Digest = Field(description="digest of its files, as `mlp promote` prints it")
    run: Word = Field(description="run that trained it")
    dataset: Word = Field(description="version of the data that it was trained on")
    card: Digest | None = Field(default=None, description="digest of its model card, README.md among its files")
    attestation: Reference | None = Field(default=None, description="where the attestation of its build is")
    approval: Slug | None = Field(default=None, description="the approval that let it in, of approvals")


class Consent(Model):
    """What one approver has signed."""

    expires: AwareDatetime
    signature: str = Field(min_length=1, description="Base64, as `mlp promote --approve-as` makes it")


class Approval(Model):
    """Several people's consent to one content of one version of a model; `mlp promote --record` prints it."""

    model: Slug
    version: str
    digest: Digest
    author: Word = Field(description="who made the version, and does not count")
    consents: dict[Name, Consent] = Field(min_length=2, description="approver to what was signed")

    @property
    def expires(self) -> str:
        """When the first consent ends."""
        return min(one.expires for one in self.consents.values()).strftime("%Y-%m-%dT%H:%M:%SZ")
