from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.secrets._names import names_a_secret
from policies.secrets.plain_text_secret import RULE
from tests.policies.world import judged, made

DATABASE = "aws:rds/instance:Instance"
PARAMETER = "aws:ssm/parameter:Parameter"
NONE = frozenset[str]()


@pytest.mark.parametrize(
    "name",
    [
        "password", "masterPassword", "DB_PASSWORD", "admin-password", "secretString", "authToken", "GITHUB_TOKEN",
        "token", "apiKey", "privateKey", "clientSecret", "tunnel1PresharedKey", "secret_access_key", "passphrase",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "masterUserSecretKmsKeyId", "secretArn", "secretName", "existingSecret", "passwordWo", "passwordWoVersion",
        "passwordLength", "creationToken", "clientToken", "nextToken", "httpTokens", "kmsKeyId", "publicKey", "s3Key",
        "tokenKey", "secretId", "imagePullSecrets", "authTokenUpdateStrategy",
    ],
)  # fmt: skip
def test_names_of_references_versions_and_switches(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    "properties",
    [
        {"manageMasterUserPassword": True, "masterUserSecretKmsKeyId": "hunter2"},
        {"password": ""},
        {"password": None},
        {"password": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-AbCdEf"},
        {"adminPassword": "{{ .password }}"},
        {"password": {"valueFrom": "hunter2"}},
        {"passwordWo": "hunter2"},
    ],
)
def test_what_only_looks_like_a_secret_is_none(properties: dict[str, Any]) -> None:
    assert judged(RULE, made(DATABASE, properties=properties, secrets=NONE))[0] is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("path", ["password", "env[0].apiKey", "values.grafana.adminPassword"])
def test_plain_text_is_named_and_not_quoted(path: str) -> None:
    nested: Any = "hunter2"
    for step in reversed(path.replace("[0]", ".0").split(".")):
        nested = [nested] if step == "0" else {step: nested}
    outcome, message = judged(RULE, made(DATABASE, properties=nested, secrets=NONE))
    assert outcome is Outcome.FAIL
    assert message == f"`{path}` of thing is plain text, must be a secret of Pulumi"


def test_what_lies_in_a_secret_is_one() -> None:
    resource = made(DATABASE, properties={"settings": [{"password": "hunter2"}]}, secrets=frozenset({"settings"}))
    assert judged(RULE, resource)[0] is Outcome.PASS


def test_a_password_that_is_not_known_is_decided_later_unless_it_is_a_secret() -> None:
    password = {"password": UNKNOWN}
    assert judged(RULE, made(DATABASE, properties=password, secrets=NONE))[0] is Outcome.UNKNOWN
    assert judged(RULE, made(DATABASE, properties=password, secrets=frozenset(password)))[0] is Outcome.PASS


@pytest.mark.parametrize(("kind", "outcome"), [("SecureString", Outcome.FAIL), ("String", Outcome.NOT_APPLICABLE)])
def test_a_parameter_is_a_secret_if_its_type_says_so(kind: str, outcome: Outcome) -> None:
    properties = {"type": kind, "value": "hunter2"}
    assert judged(RULE, made(PARAMETER, properties=properties, secrets=NONE))[0] is outcome


def test_all_that_a_kubernetes_secret_holds_is_one() -> None:
    resource = made("kubernetes:core/v1:Secret", properties={"stringData": {"colour": "hunter2"}}, secrets=NONE)
    assert judged(RULE, resource)[0] is Outcome.FAIL


def test_the_key_of_a_secret_in_a_manifest_is_a_name() -> None:
    data = [{"secretKey": "adminPassword", "remoteRef": {"key": "grafana"}}]
    manifest = made(
        "kubernetes:external-secrets.io/v1:ExternalSecret", properties={"spec": {"data": data}}, secrets=NONE
    )
    assert judged(RULE, manifest)[0] is Outcome.NOT_APPLICABLE


def test_where_secrets_cannot_be_seen_nothing_is_said() -> None:
    resource = Resource(DATABASE, "arn:aws:rds:eu-central-1:111122223333:db:x", {"password": "hunter2"})
    outcome, message = judged(RULE, resource)
    assert outcome is Outcome.NOT_APPLICABLE
    assert "cannot be seen" in message
