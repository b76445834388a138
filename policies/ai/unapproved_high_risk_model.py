"""AIG-03: a model of risk tier high serves once two people have approved exactly it, and as long as they do."""

import re
from collections.abc import Iterator
from datetime import datetime

from policies._controls import ai_act, ai_rmf, iso_42001, soc_2
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.ai._approvals import APPROVAL, cel, record
from policies.ai._examples import APPROVED, UNAPPROVED
from policies.ai._facts import HIGH, MODEL, MODEL_DIGEST, VERSION, admission, in_service, judge_model
from policies.profiles import Severity

_WHAT = {"model": MODEL, "version": VERSION, "digest": MODEL_DIGEST}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _check(workload: Resource, stack: Stack) -> Verdict:
    return in_service(stack) or judge_model(workload, stack, _demands(workload, stack), HIGH)


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    named = APPROVAL.demand(workload)
    found = record(stack, str(APPROVAL.of(workload))) if named is PASS else ABSENT
    where = f"the approval that {at(workload, APPROVAL.path(workload))} names"
    if found is UNKNOWN or named is not PASS:
        yield unknown(where) if found is UNKNOWN else named
        return
    if found is ABSENT:
        yield fail(f"{where} is not complete, or there is none", "approval")
        return
    for key, fact in _WHAT.items():
        value = fact.of(workload)
        if value is UNKNOWN:
            yield unknown(at(workload, fact.path(workload)))
        elif value != found[key]:
            yield fail(f"{where} is of another {key}", key)
    if len({one for one in found["approvers"].split(",") if one not in ("", found["author"])}) < 2:
        yield fail(f"{where} has fewer than two approvers beside the author", "approvers")
    if not _INSTANT.fullmatch(found["expires"]) or _at(found["expires"]) <= stack.now:
        yield fail(f"{where} is over", "expires")


def _at(instant: str) -> datetime:
    try:
        return datetime.fromisoformat(instant)
    except ValueError:  # a day that there is not
        return datetime.fromisoformat("0001-01-01T00:00:00Z")


_SAME = " && ".join(f"{cel(key)} == {fact.cel}" for key, fact in _WHAT.items())
_OTHERS = f"{cel('approvers')}.split(',').filter(one, !(one in ['', {cel('author')}]))"
_ADMISSION = {
    f"{APPROVAL.cel} != '' && {MODEL_DIGEST.cel} != '' && {_SAME}": "no approval is of this model, version and digest",
    f"{cel('author')} != '' && {_OTHERS}.exists(one, {_OTHERS}.exists(other, one != other))": "its approval needs two "
    "approvers beside the author",
    f"{cel('expires')} != '' && timestamp(object.metadata.creationTimestamp) < timestamp({cel('expires')})": "its "
    "approval is over",
}

RULE = Rule(
    id="AIG-03",
    name="unapproved-high-risk-model",
    title="A model of risk tier high is approved, as what it is, by two others than its author, and not for ever.",
    why="Nobody sees all of what a model will do. A second and a third pair of eyes are what stands between a mistake "
    "and the people it is made about; consent to other files, or of last year, is none.",
    instead="Have two approvers sign (`mlp promote --approve-as`), take the record that `mlp promote --record` prints "
    "into `approvals`, and name it in `provenance.approval`.",
    severity=Severity.CRITICAL,
    types=WORKLOADS,
    controls=(
        *ai_act("Article 9", "Article 14", "Article 17"),
        *ai_rmf("MANAGE 1.1"),
        *iso_42001("A.6.2.4", "A.6.2.5"),
        *soc_2("CC8.1"),
    ),
    check=_check,
    good=APPROVED,
    bad=UNAPPROVED,
    joins=True,
    parameters=("in_service", "system_namespaces"),
    admission=admission(tiers=HIGH, unless="!{in_service}", more=_ADMISSION),
)
