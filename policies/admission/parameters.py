"""What the policies are told beside the rules: `variables.params`, whose keys begin with what they are about.

| key | value |
|---|---|
| `environment` | whose demands these are |
| `exemption.<rule>.<exemption>` | `<begin> <end> <place>`: instants in RFC 3339, and a regular expression |
| `approval.<approval>.<fact>` | a fact of an approval, as `policies.ai` asks for it |

An object claims an exemption with the label `policies.ml-platform/exemption`; pods of a workload with that of their
template, as their own names are made up: it counts in the namespaces of its selector, and for what lies in none by
name. One for a single finding or for labels besides does not count here: a policy cannot tell. What is missing or
malformed refuses.

It is written into the policies. Kubernetes would have them refer to a ConfigMap; but once no binding refers to any, the
API server goes on with the last one that it saw, until it is started again (kubernetes/kubernetes#130887): an exemption
that was taken back would still count.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from policies._rule import Rule
from policies.exemptions import DEMANDS, Exemption
from policies.profiles import Profile

LABEL = "policies.ml-platform/exemption"
"""Label by which an object says which exemption it claims."""


def parameters(
    profile: Profile, rules: Iterable[Rule], exemptions: Iterable[Exemption], approvals: Mapping[str, str]
) -> dict[str, str]:
    """Key to value; an exemption that the profile does not allow is not there."""
    # Of an empty map the API server does not know that it holds texts, and refuses what compares them.
    found = {"environment": profile.environment}
    found |= {f"approval.{key}": value for key, value in approvals.items()}
    known = {rule.id: rule for rule in rules}
    for one in exemptions:
        rule = known.get(one.rule)
        if not rule or one.finding or one.labels or any(demand(one, rule, profile) for demand in DEMANDS):
            continue
        if place := _place(one.selector):
            found[f"exemption.{one.rule}.{one.id}"] = f"{_instant(one.begin)} {_instant(one.end)} {place}"
    return found


def variables(params: Mapping[str, str], rule_ids: Iterable[str]) -> dict[str, str]:
    """Name to CEL: `accepted` are those of some rules that an object need not comply with, when it is made.

    The API server knows no clock but the creation of what it is asked for. An object that is there keeps the time of
    its own creation: a controller that changes later is found by its new pods, all else by the audit of the cluster.
    """
    key = "'exemption.' + rule + '.' + variables.claim"
    begin, end, place = (f"variables.params[{key}].split(' ')[{part}]" for part in range(3))
    made = "timestamp(object.metadata.creationTimestamp)"
    return {
        "params": json.dumps(params, ensure_ascii=False),
        "claim": f"variables.labels[?'{LABEL}'].orValue('')",
        "place": "object.metadata.?namespace.orValue(object.metadata.?name.orValue(''))",
        "accepted": f"variables.claim == '' ? [] : {json.dumps([*rule_ids])}.filter(rule, "
        f"{key} in variables.params && variables.place.matches({place}) && "
        f"timestamp({begin}) <= {made} && {made} < timestamp({end}))",
    }


def otherwise(rule_id: str) -> str:
    """CEL that is true of an object that need not comply with a rule."""
    return f"'{rule_id}' in variables.accepted"


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(selector: str) -> str:
    """The namespace in a selector `kind/namespace/name`, or the name in `kind//name`, as a regular expression."""
    kind, _, rest = selector.partition("/")
    namespace, _, name = rest.partition("/")
    if not name or ":" in kind:
        return ""  # it selects resources of AWS, or of Pulumi
    glob = namespace or name
    return "^" + "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in glob) + "$"
