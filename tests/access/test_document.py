"""Elements of statements, by IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy
language".
"""

import json
from typing import Any

import pytest

from access import MalformedPolicy, Principal, read
from tests.access.asking import ACCOUNT, BUCKET, OBJECT, ROLE, ask, document, statement


@pytest.mark.parametrize(
    ("elements", "allowed"),
    [
        ({"Action": "s3:getobject"}, True),  # prefix and action are not case-sensitive
        ({"Action": "S3:Get*"}, True),
        ({"Action": "s3:*Object"}, True),
        ({"Action": "s3:GetObjec?"}, True),
        ({"Action": ["s3:PutObject", "s3:ListBucket"]}, False),
        ({"NotAction": "iam:*"}, True),
        ({"NotAction": ["iam:*", "s3:Get*"]}, False),
        ({"Resource": OBJECT}, True),
        ({"Resource": OBJECT.upper()}, False),  # resources are case-sensitive
        ({"Resource": f"{BUCKET}/*"}, True),
        ({"Resource": BUCKET}, False),
        ({"Resource": "arn:aws:s3"}, True),  # missing parts of an ARN are wildcards
        ({"Resource": "arn:aws:s3:*:*:reports/2026/???.csv"}, True),
        ({"Resource": "arn:aws:*:reports/*"}, False),  # a wildcard ends with its part of the ARN
        ({"NotResource": f"{BUCKET}/*"}, False),
        ({"NotResource": ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]}, True),
    ],
)
def test_actions_and_resources(elements: dict[str, Any], allowed: bool) -> None:
    assert ask(identity=document(statement(**elements))).allowed is allowed


@pytest.mark.parametrize(
    ("element", "principal", "named"),
    [
        ({"AWS": ROLE}, Principal.session(ROLE, "one"), True),
        ({"AWS": ROLE}, Principal.session(f"{ROLE}-2", "one"), False),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/one"}, Principal.session(ROLE, "one"), True),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/one"}, Principal.session(ROLE, "two"), False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/team/*"}, Principal.session(ROLE, "one"), False),  # no wildcards
        ({"Service": ["ecs.amazonaws.com", "ec2.amazonaws.com"]}, Principal.service("ec2.amazonaws.com"), True),
        ({"Service": "ec2.amazonaws.com"}, Principal.service("ecs.amazonaws.com"), False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Principal.service("ec2.amazonaws.com"), False),
        ({"AWS": "*"}, Principal.service("ec2.amazonaws.com"), True),
        ("*", Principal.federated("accounts.google.com"), True),
        ({"Federated": "accounts.google.com"}, Principal.federated("accounts.google.com"), True),
        ({"Federated": "accounts.google.com"}, Principal.federated("www.amazon.com"), False),
        ({"CanonicalUser": "79a5"}, Principal("CanonicalUser", "79a5"), True),
    ],
)
def test_principals(element: Any, principal: Principal, named: bool) -> None:
    assert ask(principal=principal, resource_policy=document(statement(Principal=element))).allowed is named


def test_what_principals_send_about_themselves() -> None:
    """IAM User Guide, "AWS global condition context keys"."""
    session, service = Principal.session(ROLE, "one").keys, Principal.service("sns.amazonaws.com").keys
    assert session["aws:PrincipalArn"] == ROLE
    assert session["aws:PrincipalAccount"] == ACCOUNT
    assert Principal.aws(f"arn:aws:iam::{ACCOUNT}:user/team/ann").keys["aws:username"] == "ann"
    assert service == {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "sns.amazonaws.com"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "p: not JSON at line 1, column 2"),
        ("[]", "p: not an object"),
        ("{}", "p: it has no Statement"),
        (document(statement("Permit")), "p, statement 1: Effect is neither Allow nor Deny"),
        (document(statement(Action=None)), "p, statement 1: neither Action nor NotAction"),
        (document(statement(NotAction="a:b", Action="a:c")), "p, statement 1: both Action and NotAction"),
        (
            document(statement(Condition={"StringMatches": {"a": "b"}})),
            "p, statement 1: unknown operator StringMatches",
        ),
        (document(statement(Condition={"Null": "a"})), "p, statement 1: Condition is not an object of objects"),
        (document(statement(), {"Effekt": "Allow"}), "p, statement 2: unknown element Effekt; allowed: Action, "),
        (document(statement(Principal="arn:x")), "p, statement 1: Principal is neither * nor an object of AWS, "),
    ],
)
def test_malformed_documents(text: Any, message: str) -> None:
    with pytest.raises(MalformedPolicy) as error:
        read("p", text if isinstance(text, str) else json.dumps(text))
    assert str(error.value).startswith(message)
