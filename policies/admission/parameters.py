"""What the policies are told beside the rules: one ConfigMap, whose keys begin with what they are about.

| key | value |
|---|---|
| `exemption.<rule>.<exemption>` | `<instant> <place>`: when it ends, in RFC 3339, and a regular expression |
| `approval.<key>` | whatever the rule that asks for it makes of it |

An object claims an exemption with the label `policies.ml-platform/exemption`; pods of a workload with that of their
template, as their own names are made up: it counts in the namespaces of its selector, and for what lies in none by
name. One that names a finding within an object does not count here: a policy cannot tell findings apart. Nobody but
administrators may write to the namespace of the ConfigMap; a ConfigMap or an instant that is missing or malformed
refuses.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

from policies.exemptions import Exemption

LABEL = "policies.ml-platform/exemption"
"""Label by which an object says which exemption it claims."""


def parameters(exemptions: Iterable[Exemption], approvals: Mapping[str, str]) -> dict[str, str]:
    """The data of the ConfigMap."""
    found = {f"approval.{key}": value for key, value in approvals.items()}
    for one in exemptions:
        if (place := _place(one.selector)) and not one.finding:
            found[f"exemption.{one.rule}.{one.id}"] = f"{_end(one)} {place}"
    return found


def variables(rule_ids: Iterable[str]) -> dict[str, str]:
    """Name to CEL: `accepted` are those of some rules that an object need not comply with, when it is made.

    The API server knows no clock but the creation of what it is asked for. An object that is there keeps the time of
    its own creation: a controller that changes later is found by its new pods, all else by the audit of the cluster.
    """
    key = "'exemption.' + rule + '.' + variables.claim"
    ends, place = (f"params.data[{key}].split(' ')[{part}]" for part in (0, 1))
    return {
        "claim": f"variables.labels[?'{LABEL}'].orValue('')",
        "place": "object.metadata.?namespace.orValue(object.metadata.?name.orValue(''))",
        "accepted": f"variables.claim == '' ? [] : {json.dumps([*rule_ids])}.filter(rule, "
        f"{key} in params.?data.orValue({{}}) && variables.place.matches({place}) && "
        f"timestamp(object.metadata.creationTimestamp) < timestamp({ends}))",
    }


def otherwise(rule_id: str) -> str:
    """CEL that is true of an object that need not comply with a rule."""
    return f"'{rule_id}' in variables.accepted"


def _end(one: Exemption) -> str:
    """The instant from which it no longer holds: the end of its last day."""
    end = datetime.combine(one.expires + timedelta(days=1), time(), UTC)
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(selector: str) -> str | None:
    """The namespace of a selector `kind/namespace/name`, or the name of `kind/name`, as a regular expression."""
    kind, _, rest = selector.partition("/")
    if selector != "*" and (not rest or ":" in kind):
        return None  # it selects resources of AWS, or of Pulumi
    glob = rest.partition("/")[0] or "*"
    return "^" + "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in glob) + "$"
