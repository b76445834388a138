"""Rules on the exemptions themselves: what is malformed, over, nearly over or unused is a finding as well."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial

from policies._controls import ai_act, nist, soc_2
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, fail, not_applicable
from policies._view import Resource, Stack
from policies.exemptions import DEMANDS, GOVERNED_DAYS, Entry, Exemptions, ungoverned
from policies.profiles import Profile, Severity

TYPE = "ml-platform:policies:Exemption"
NOTICE_DAYS = 14
"""How many days before its end an exemption is spoken of."""

_ABSENT = {Point.ADMISSION: "an API server sees when exemptions end, not how they are kept"}
_CONTROLS = (*nist("CA-5", "RA-7"), *soc_2("CC3.2"))
_GOOD = """
- id: EX-1
  rule: KMS-01
  selector: "*::legacy-key"
  reason: Imported key material cannot be rotated.
  approver: security@example.org
  ticket: SEC-481
  created: 2026-01-10
  expires: 2026-04-30
"""


def views(exemptions: Exemptions, rules: Mapping[str, Rule], stack: Stack, now: datetime) -> Iterator[Resource]:
    """The exemptions as resources to be judged; `rules` are all there are, by id."""
    for entry in exemptions.entries:
        properties: dict[str, object] = {"faults": [*_faults(entry, rules, stack.profile)]}
        if entry.exemption:
            properties |= {"daysLeft": (entry.exemption.end - now).days, "over": now >= entry.exemption.end}
            if rule := rules.get(entry.exemption.rule):
                properties["ungoverned"] = ungoverned(entry.exemption, rule, stack.profile)
        yield Resource(TYPE, f"exemption {entry.id}", properties, protect=None, source=entry.source)


def with_use(views: Iterator[Resource], exemptions: Exemptions, used: Collection[str], stack: Stack, point: Point):
    """The same after everything was judged: each that could have answered for something says whether it did."""
    for view, entry in zip(views, exemptions.entries, strict=True):
        told = entry.exemption and _in_sight(entry.exemption.selector, stack, point)
        yield replace(view, properties={**view.properties, "used": entry.id in used}) if told else view


def _in_sight(selector: str, stack: Stack, point: Point) -> bool:
    """Whether anything that a selector may be about was judged: one of another stack is for that to tell."""
    kind = selector.partition(":")[0]
    if kind == "urn":
        return point is Point.STATE and fnmatchcase(f"urn:pulumi:{stack.name}", selector.partition("::")[0])
    if kind == "arn":
        return point is Point.LIVE
    return selector[0] in "*?" or any(token.startswith("kubernetes:") for token in stack.by_type)


def _faults(entry: Entry, rules: Mapping[str, Rule], profile: Profile) -> Iterator[str]:
    yield from entry.faults
    if exemption := entry.exemption:
        if rule := rules.get(exemption.rule):
            yield from filter(None, (demand(exemption, rule, profile) for demand in DEMANDS))
        else:
            yield "no rule has the id that it names"


def _malformed(exemption: Resource, stack: Stack) -> Verdict:
    faults = exemption.properties["faults"]
    return fail(f"{exemption.name} exempts nothing: {'; '.join(faults)}") if faults else PASS


def _expired(exemption: Resource, stack: Stack) -> Verdict:
    over = exemption.properties.get("over")
    return fail(f"{exemption.name} is over and exempts nothing") if over else PASS


def _near_its_end(exemption: Resource, stack: Stack) -> Verdict:
    if exemption.properties["faults"] or exemption.properties.get("over"):
        return not_applicable("it exempts nothing")
    left = exemption.properties["daysLeft"]
    when = f"in {left} days" if left else "today"
    return fail(f"{exemption.name} ends {when}") if left <= NOTICE_DAYS else PASS


def _unused(exemption: Resource, stack: Stack) -> Verdict:
    used = exemption.properties.get("used")
    if used is None or exemption.properties["faults"] or exemption.properties["over"]:
        return not_applicable("nobody can tell what it is used for")
    return PASS if used else fail(f"{exemption.name} answers for nothing that fails here")


def _ungoverned(exemption: Resource, stack: Stack) -> Verdict:
    reason = exemption.properties.get("ungoverned")
    return fail(f"{exemption.name} exempts nothing: {reason}") if reason else PASS


_rule = partial(Rule, types=(TYPE,), controls=_CONTROLS, good=_GOOD, joins=True, absent=_ABSENT)

OVERSIGHT: tuple[Rule, ...] = (
    _rule(
        id="EXM-01",
        name="malformed-exemption",
        severity=Severity.HIGH,
        check=_malformed,
        title="Every exemption says for what, why, by whom and until when, and lasts no longer than it may.",
        why="What nobody answers for is no exemption, and one without an end is a hole in the rules.",
        instead="Set what is missing; shorten it to `exemption_days` of the profile.",
        bad=_GOOD.replace("2026-04-30", "2029-04-30"),
    ),
    _rule(
        id="EXM-02",
        name="expired-exemption",
        severity=Severity.MEDIUM,
        check=_expired,
        title="No exemption is kept after its last day.",
        why="What it was about fails again; a file of old promises hides those that count.",
        instead="Remove it, or decide anew under a ticket of its own.",
        bad=_GOOD.replace("2026-04-30", "2026-02-01"),
    ),
    _rule(
        id="EXM-03",
        name="exemption-near-its-end",
        severity=Severity.LOW,
        check=_near_its_end,
        title=f"An exemption is dealt with {NOTICE_DAYS} days before its end.",
        why="The day after its end the change that it let through is refused.",
        instead="Repair what it is about, or have it decided anew in time.",
        bad=_GOOD.replace("2026-04-30", "2026-02-20"),
    ),
    _rule(
        id="EXM-04",
        name="unused-exemption",
        severity=Severity.LOW,
        check=_unused,
        title="Every exemption answers for something that fails.",
        why="One that is no longer needed would let the same failure come back unseen.",
        instead="Remove it.",
        bad=_GOOD.replace("legacy-key", "nothing"),
    ),
    _rule(
        id="AIG-13",
        name="ungoverned-exemption",
        severity=Severity.HIGH,
        check=_ungoverned,
        controls=(*ai_act("Article 9"), *soc_2("CC8.1")),
        title=f"An exemption from a critical rule on AI has a governance approver, and lasts {GOVERNED_DAYS} days.",
        why="These rules stand between a model and the people it decides about; who wants it to serve is not the one "
        "to say that it may without them.",
        instead="Have one of `governance_approvers` of the profile decide, and again after 30 days.",
        bad=_GOOD.replace("KMS-01", "AIG-03").replace("2026-04-30", "2026-02-08"),
        parameters=("governance_approvers",),
    ),
)
