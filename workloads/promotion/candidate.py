"""What is known of a model version, as plain data."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

EVALUATION = "evaluation.csv"
"""File of a run: id, label and prediction of each row of the test set."""


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lineage(_Fact):
    """Where a version comes from; nothing is what nobody wrote down."""

    data_version: str | None = None
    """Version of the training data, as the data's own versioning calls it."""
    code_commit: str | None = None
    """Commit of the code that trained it, 40 or 64 hex digits."""
    image_digest: str | None = None
    """Digest of the image that trained it, `sha256:...`, with or without its name before an `@`."""


class Approval(_Fact):
    """Somebody's consent to one model, bound to its content and limited in time."""

    approver: str
    """Who; the gate knows the public key."""
    digest: str
    """Digest of the model's files that were approved."""
    expires: datetime
    """When it ends; with a time zone."""
    signature: str
    """Base64 of the ECDSA signature of `approval.message`."""


class Candidate(_Fact):
    """A version of a registered model; what is not known is None or missing."""

    model: str
    version: str
    run_id: str | None = None
    """Run that trained it."""
    metrics: Mapping[str, float] = {}
    """Metrics of its run."""
    slices: Mapping[str, Mapping[str, float]] = {}
    """Metric to slice to value."""
    evaluation: str | None = None
    """Text of the run's EVALUATION, if it is compared with a champion."""
    unevaluated: str = ""
    """Why there is no evaluation."""
    size_bytes: int | None = Field(default=None, ge=0)
    """Bytes of all its files, counted, not claimed."""
    digest: str | None = None
    """Digest of all its files, computed, not claimed; see `artifacts.digest`."""
    unread: str = ""
    """Why its files could not be read."""
    lineage: Lineage = Lineage()
    risk: str | None = None
    """Risk tier, as the registered model is tagged."""
    author: str | None = None
    """Who trained it, as the run says; does not count as an approver."""
    approvals: tuple[Approval, ...] = ()
