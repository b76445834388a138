"""What a workload says of the model that it serves, as labels and annotations of its pods: for a check and for CEL."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from policies._pods import in_pod, judge_pods
from policies._rule import Admission, Target
from policies._verdict import Verdict, at, not_applicable, require, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack

PREFIX = "ml-platform/"
WORD = "[!-~]+"
ADDRESS = "(https|s3|oci)://[!-~]+"
DIGEST = "sha256:[0-9a-f]{64}"
HIGH, LIMITED = ("high",), ("limited",)


@dataclass(frozen=True)
class Fact:
    """One label or annotation of the pods.

    Attributes:
        key: Its key, without the prefix.
        pattern: What its whole value must match; a regular expression that RE2 knows, without quotes.
        wanted: The same in words, to complete "must be ...".
        kind: `labels` or `annotations`.
    """

    key: str
    pattern: str = WORD
    wanted: str = "set"
    kind: str = "annotations"

    def path(self, workload: Resource) -> str:
        """Where it is."""
        return in_pod(workload, f"metadata.{self.kind}.{PREFIX}{self.key}")

    def of(self, workload: Resource) -> Any:
        """What it says."""
        return workload.get(self.path(workload))

    def demand(self, workload: Resource) -> Verdict:
        """Demand that it is there and says something that can be meant."""
        accept = re.compile(self.pattern).fullmatch
        return require(workload, self.path(workload), lambda value: accept(value) is not None, self.wanted)

    @property
    def cel(self) -> str:
        """Its value in CEL; empty where it is missing."""
        return f"variables.{self.kind}[?'{PREFIX}{self.key}'].orValue('')"

    @property
    def said(self) -> str:
        """The demand in CEL."""
        return f"{self.cel}.matches('^(?:{self.pattern})$')"


MODEL = Fact("model", kind="labels")
VERSION = Fact("version", "[A-Za-z0-9_.-]*[0-9][A-Za-z0-9_.-]*", "a number or has one, no name that moves", "labels")
TIER = Fact("risk-tier", "minimal|limited|high", "minimal, limited or high", "labels")
MODEL_DIGEST = Fact("model-digest", DIGEST, "the digest of the model's files, sha256:...")


def demands(workload: Resource, facts: Iterable[Fact]) -> Iterable[Verdict]:
    """The demands of several facts."""
    return (fact.demand(workload) for fact in facts)


def judge_model(workload: Resource, stack: Stack, wanted: Iterable[Verdict], tiers: tuple[str, ...] = ()) -> Verdict:
    """The worst of some demands on a workload that serves a model, of some risk tiers only if they are given."""
    if (model := MODEL.of(workload)) is ABSENT:
        return not_applicable("it serves no model")
    if model is UNKNOWN:
        return unknown(at(workload, MODEL.path(workload)))
    tier = TIER.of(workload) if tiers else ABSENT
    if tier is UNKNOWN:
        return unknown(at(workload, TIER.path(workload)))
    if tiers and tier not in tiers:
        return not_applicable("models of its risk tier need it not")
    return judge_pods(workload, stack, wanted)


def undecided(value: Any) -> bool:
    """Whether anything in a value is not known."""
    if isinstance(value, Mapping):
        return any(map(undecided, value.values()))
    return any(map(undecided, value)) if isinstance(value, list) else value is UNKNOWN


def in_service(stack: Stack) -> Verdict | None:
    """Why a demand on models in service is none here, if so."""
    return None if stack.profile.in_service else not_applicable("no model is put into service here")


def admission(
    facts: Iterable[Fact] = (),
    tiers: tuple[str, ...] = (),
    unless: str = "",
    more: Mapping[str, str] = MappingProxyType({}),
) -> Admission:
    """The demands in CEL on workloads that serve a model, of some risk tiers only if they are given.

    Args:
        facts: What must be said; one expression for all, as each that an API server evaluates takes time.
        tiers: Risk tiers that the demands are for; none: all.
        unless: CEL that is true where nothing is demanded.
        more: Further demands, each with the message for what does not comply.
    """
    told, expressions = list(facts), dict(more)
    if told:
        text = f"labels and annotations of its pods must say {', '.join(f'{PREFIX}{one.key}' for one in told)}"
        expressions = {" && ".join(one.said for one in told): text, **expressions}
    spared = [unless, f"{MODEL.cel} == ''", f"!({TIER.cel} in {json.dumps([*tiers])})" if tiers else ""]
    guard = " || ".join(filter(None, spared))
    return Admission(Target.WORKLOADS, {f"{guard} || ({cel})": text for cel, text in expressions.items()})
