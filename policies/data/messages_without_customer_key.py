"""MSG-01: messages lie under an own key, travel encrypted, and come from whom the policy names."""

from policies._controls import cis_7, nist
from policies._documents import PLAIN_HTTP, Statement, judge_document
from policies._joins import members
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown, worst
from policies._view import ABSENT, Resource, Stack
from policies.profiles import Severity

_TOPIC = "aws:sns/topic:Topic"
_QUEUE = "aws:sqs/queue:Queue"
_POLICIES = {
    _TOPIC: ("aws:sns/topicPolicy:TopicPolicy", "arn", "arn", {"*", "sns:*", "sns:publish"}),
    _QUEUE: ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "url", {"*", "sqs:*", "sqs:sendmessage"}),
}
"""Type to that of its policy, the property that names it, its own of the same value, and actions that put messages."""


def _check(resource: Resource, stack: Stack) -> Verdict:
    return worst([require_customer_key(resource, "kmsMasterKeyId"), _policy(resource, stack)])


def _policy(resource: Resource, stack: Stack) -> Verdict:
    kind, by, name, puts = _POLICIES[resource.type]
    found = members(resource, stack, [kind], by, (name,))
    if found is None:
        return unknown(f"the policy of {resource.name}")
    holders = [*found, *([resource] if resource.get("policy") is not ABSENT else [])]
    if not holders:
        return fail(f"{resource.name} has no policy that denies access without TLS", "policy")
    return worst(_judge(holder, puts) for holder in holders)


def _judge(holder: Resource, puts: set[str]) -> Verdict:
    where = at(holder, "policy")

    def judge(statements: list[Statement]) -> Verdict:
        if any(one.allows and one.open_to_all and not one.conditions for one in statements):
            return fail(f"{where} lets anyone in", "policy")
        refusal = any(_refuses_plain(one, puts) for one in statements)
        return PASS if refusal else fail(f"{where} does not deny everyone access without TLS", "policy")

    return judge_document(holder, "policy", judge)


def _refuses_plain(statement: Statement, puts: set[str]) -> bool:
    """A second condition would leave a gap."""
    everyone = not statement.allows and not statement.negated and "*" in statement.principals
    return everyone and not puts.isdisjoint(statement.actions) and statement.conditions == (PLAIN_HTTP,)


RULE = Rule(
    id="MSG-01",
    name="messages-without-customer-key",
    title="A topic or queue encrypts with an own key, refuses connections without TLS and is open to nobody unnamed.",
    why="Messages set off retraining and pages at night: whoever can put one there starts either, and whoever reads "
    "them learns of models and data.",
    instead="Set `kmsMasterKeyId`, and add a policy that denies everyone when `aws:SecureTransport` is false.",
    severity=Severity.MEDIUM,
    types=(_TOPIC, _QUEUE),
    controls=(*nist("SC-28(1)", "SC-8", "AC-3"), *cis_7("2.21")),
    check=_check,
    good="""
key = aws.kms.Key("jobs", enable_key_rotation=True)
queue = aws.sqs.Queue("jobs", kms_master_key_id=key.arn)
refusal = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
aws.sqs.QueuePolicy("jobs", queue_url=queue.url, policy=json.dumps({"Statement": [refusal]}))
""",
    bad="""
aws.sqs.Queue("jobs", sqs_managed_sse_enabled=True)
""",
    joins=True,
)
