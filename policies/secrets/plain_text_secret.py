"""SEC-02: what is a secret by its name is one to Pulumi too."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies._controls import nist, soc_2
from policies._decode import is_secret
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity
from policies.secrets._names import holds_text, names_a_secret

_ALWAYS = {"kubernetes:core/v1:Secret": ("data", "stringData")}
"""Properties that are secrets whatever the names in them say."""
_DEEP = {"aws:lb/listener:Listener": "defaultActions", "aws:lb/listenerRule:ListenerRule": "actions"}
"""Properties that may hold one deep inside: while all of it is unknown, nobody can tell."""
_NAMES_ALONE = ("secretkey",)
"""In a manifest, the name of a key within a `Secret`, not what it holds."""


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.secrets is None:
        return not_applicable("what Pulumi keeps as a secret cannot be seen here")
    verdicts = [_judge(resource, path, value) for path, value in _sensitive(resource)]
    return worst(verdicts) if verdicts else not_applicable("nothing in it is a secret by its name")


def _judge(resource: Resource, path: str, value: Any) -> Verdict:
    if is_secret(resource, path):
        return PASS
    if value is UNKNOWN:
        return unknown(f"whether {at(resource, path)} is a secret")
    return fail(f"{at(resource, path)} is plain text, must be a secret of Pulumi", path)


def _sensitive(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The path and value of all that is a secret by its name."""
    always = _ALWAYS.get(resource.type, ())
    if resource.type == "aws:ssm/parameter:Parameter" and resource.get("type") == "SecureString":
        always = ("value",)
    yield from ((path, value) for path in always if (value := resource.get(path)) is not ABSENT)
    if (path := _DEEP.get(resource.type, "")) and resource.get(path) is UNKNOWN:
        yield path, UNKNOWN
    yield from _walk(resource.properties, "", resource.type.startswith("kubernetes:"))


def _walk(value: Any, path: str, manifest: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            named = names_a_secret(str(key)) and not (manifest and str(key).lower() in _NAMES_ALONE)
            if named and (inner is UNKNOWN or holds_text(inner)):
                yield f"{path}.{key}" if path else str(key), inner
            elif isinstance(inner, (dict, list)):
                yield from _walk(inner, f"{path}.{key}" if path else str(key), manifest)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, (dict, list)):
                yield from _walk(inner, f"{path}[{index}]", manifest)


RULE = Rule(
    id="SEC-02",
    name="plain-text-secret",
    title="Passwords, tokens and private keys are secrets of Pulumi.",
    why="What is no secret to Pulumi stands in the state, in previews and in logs as plain text, for everyone who may "
    "read one of them, for ever.",
    instead="Set it with `pulumi config set --secret` and read it with `require_secret`, or wrap it in "
    "`pulumi.Output.secret`; better, let AWS make and rotate it.",
    severity=Severity.CRITICAL,
    types=("aws:*", "kubernetes:*"),
    controls=(*nist("IA-5(7)", "SC-28"), *soc_2("C1.1")),
    check=_check,
    good="""
sign_in = {
    "type": "authenticate-oidc",
    "authenticate_oidc": {
        "authorization_endpoint": "https://idp.example.com/authorize",
        "client_id": "ml-platform",
        "client_secret": pulumi.Output.secret("correct horse"),
        "issuer": "https://idp.example.com",
        "token_endpoint": "https://idp.example.com/token",
        "user_info_endpoint": "https://idp.example.com/user",
    },
}
aws.lb.Listener("tracking", load_balancer_arn="arn:aws:elasticloadbalancing:lb", default_actions=[sign_in])
forward = {"type": "forward", "target_group_arn": "arn:aws:elasticloadbalancing:target"}
aws.lb.Listener("models", load_balancer_arn="arn:aws:elasticloadbalancing:lb", default_actions=[forward])
""",
    bad="""
sign_in = {"type": "authenticate-oidc", "authenticate_oidc": {"client_secret": "correct horse"}}
aws.lb.Listener("tracking", load_balancer_arn="arn:aws:elasticloadbalancing:lb", default_actions=[sign_in])
""",
    absent={Point.LIVE: "an account does not know what Pulumi keeps as a secret"},
)
