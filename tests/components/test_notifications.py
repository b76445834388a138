from collections import Counter
from typing import Any

import pytest

from components import Notifications, Protocol
from components.notifications import publish, topic_policy
from tests.components.conftest import ACCOUNT, TAGS, Recorder, Run
from tests.components.iam import decide

MAIL = {"protocol": Protocol.EMAIL, "endpoint": "oncall@example.com"}
HOOK = {"protocol": Protocol.HTTPS, "endpoint": "https://example.com/hook/canary"}
ARN, KEY = "arn:aws:sns:eu-central-1:123456789012:t", "arn:key"


def notifications(**more: Any) -> Notifications:
    args = {"kms_key_arn": KEY, "subscribers": {"page": [MAIL]}, "tags": TAGS}
    return Notifications("n", {**args, **more})  # pyright: ignore[reportArgumentType]


def test_every_severity_has_an_encrypted_topic_of_its_own(recorder: Recorder, run: Run) -> None:
    outputs = run(notifications)
    assert {one.name for one in recorder.of("Topic")} == {"n-page", "n-ticket", "n-info"}
    assert {one.inputs["kmsMasterKeyId"] for one in recorder.of("Topic")} == {KEY}
    assert outputs["topic_arns"].keys() == outputs["publish_policies"].keys() == {"page", "ticket", "info"}
    assert recorder.kinds() == Counter({"Notifications": 1, "Topic": 3, "TopicPolicy": 3, "TopicSubscription": 1})


def test_subscribers_hear_of_their_severity(recorder: Recorder, run: Run) -> None:
    run(lambda: notifications(subscribers={"page": [MAIL, HOOK], "info": [MAIL]}))
    found = {one.name: one.inputs for one in recorder.of("TopicSubscription")}
    assert set(found) == {"n-page-0", "n-page-1", "n-info-0"}
    assert found["n-page-0"]["endpoint"] == "oncall@example.com"
    assert found["n-info-0"]["topic"] == recorder.inputs("TopicPolicy", "n-info")["arn"]


def test_a_url_is_kept_secret(recorder: Recorder, run: Run) -> None:
    run(lambda: notifications(subscribers={"page": [MAIL, HOOK]}))
    kept = recorder.inputs("TopicSubscription", "n-page-1")["endpoint"]
    # The engine's mark of a secret, and inside it the value.
    assert isinstance(kept, dict)
    assert kept["value"] == HOOK["endpoint"]


@pytest.mark.parametrize("service", ["budgets", "costalerts", "cloudwatch"])
def test_services_publish_for_this_account_only(service: str) -> None:
    caller = f"{service}.amazonaws.com"
    own, other = {"aws:SourceAccount": ACCOUNT}, {"aws:SourceAccount": "210987654321"}
    assert decide(topic_policy(ARN, ACCOUNT), "sns:Publish", ARN, caller, own) == "Allow"
    assert decide(topic_policy(ARN, ACCOUNT), "sns:Publish", ARN, caller, other) == "no"


def test_rules_of_eventbridge_publish_without_a_source_account() -> None:
    # EventBridge User Guide, "Using resource-based policies": no Condition blocks in topic policies for EventBridge.
    assert decide(topic_policy(ARN, ACCOUNT), "sns:Publish", ARN, "events.amazonaws.com", {}) == "Allow"
    assert decide(topic_policy(ARN, ACCOUNT), "sns:Publish", ARN, "s3.amazonaws.com", {}) == "no"


def test_nobody_publishes_in_the_clear() -> None:
    plain = {"aws:SecureTransport": "false"}
    assert decide(topic_policy(ARN, ACCOUNT), "sns:Publish", ARN, context=plain) == "Deny"


def test_a_publisher_uses_topic_and_key_and_nothing_else() -> None:
    assert decide(publish(ARN, KEY), "sns:Publish", ARN) == "Allow"
    assert decide(publish(ARN, KEY), "kms:GenerateDataKey", KEY) == "Allow"
    assert decide(publish(ARN, KEY), "sns:Publish", f"{ARN}-other") == "no"
    assert decide(publish(ARN, KEY), "sns:Subscribe", ARN) == "no"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"subscribers": {}}, r"subscribers\.page is empty, so nobody is woken up"),
        ({"subscribers": {"page": [MAIL], "alarm": []}}, r"subscribers has alarm; allowed: page, ticket, info"),
        ({"subscribers": {"page": [{**MAIL, "endpoint": "nobody"}]}}, r"page\[0\]\.endpoint: allowed for email"),
        ({"subscribers": {"page": [{**HOOK, "endpoint": "http://example.com"}]}}, "allowed for https: a URL that"),
        ({"subscribers": {"page": [{**HOOK, "endpoint": "https://me:canary@example.com"}]}}, "names no user"),
        ({"subscribers": {"page": [{"protocol": Protocol.SQS, "endpoint": "queue"}]}}, "the ARN of a queue"),
        ({"subscribers": {"page": [{"protocol": Protocol.LAMBDA, "endpoint": "f"}]}}, "the ARN of a function"),
    ],
)
def test_a_subscriber_that_cannot_hear_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        run(lambda: notifications(**more))
    assert "canary" not in str(caught.value)


def test_where_nobody_is_on_call_nobody_needs_to_be_paged(recorder: Recorder, run: Run) -> None:
    run(lambda: notifications(subscribers={}, allow_unsubscribed=True))
    assert not recorder.of("TopicSubscription")
