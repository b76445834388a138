"""A small world to judge: resources by token and name, in a stack that demands everything unless told otherwise."""

from typing import Any

from policies._rule import Rule
from policies._verdict import Outcome
from policies._view import Resource, Stack

KEY = "aws:kms/key:Key"
BUCKET = "aws:s3/bucket:Bucket"


def urn(token: str, name: str, stack: str = "prod") -> str:
    return f"urn:pulumi:{stack}::ml-platform::{token}::{name}"


def made(token: str, name: str = "thing", properties: dict[str, Any] | None = None, **view: Any) -> Resource:
    return Resource(token, urn(token, name), properties or {}, **view)


def beside(token: str, properties: dict[str, Any], bucket: Resource, by: str = "bucket") -> Resource:
    """A resource whose property `by` names a bucket, as at a first preview: by its origin alone."""
    name = f"{bucket.name}-{token.rpartition(':')[2]}"
    return made(token, name, properties, sources={by: (bucket.urn,)})


def judged(rule: Rule, subject: Resource, *others: Resource, stack: str = "prod") -> tuple[Outcome, str]:
    """The outcome for `subject`, and the reason."""
    assert rule.covers(subject.type)
    verdict = rule.judge(subject, Stack(stack, (subject, *others)))
    return verdict.outcome, verdict.message
