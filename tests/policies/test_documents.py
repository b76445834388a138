import json
from typing import Any

import pytest

from policies._documents import Condition, MalformedDocument, parse


def test_reads_single_things_as_lists_and_ignores_case_where_iam_does() -> None:
    condition = {"Bool": {"aws:SecureTransport": False}, "StringLike": {"aws:PrincipalOrgID": ["o-1", "o-2"]}}
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": ["a", "b"], "Service": "c"},
        "Action": "S3:GetObject",
        "NotResource": "arn",
        "Condition": condition,
    }
    [read] = parse(json.dumps({"Statement": statement}))
    assert not read.allows
    assert read.principals == ("a", "b", "c")
    assert read.actions == ("s3:getobject",)
    assert read.resources == ()
    assert read.negated == ("NotResource",)
    assert read.conditions == (
        Condition("bool", "aws:securetransport", ("false",)),
        Condition("stringlike", "aws:principalorgid", ("o-1", "o-2")),
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "not JSON at line 1, column 2"),
        ("[]", "not an object"),
        (7.0, "not an object"),
        ("{}", "no `Statement`"),
        ({"Statement": ["hunter2"]}, "statement 1 is not an object"),
        ({"Statement": [{"Effect": "allow"}]}, "statement 1 has neither effect"),
        ({"Statement": {"Effect": "Allow", "Condition": "hunter2"}}, "condition of statement 1"),
        ({"Statement": {"Effect": "Allow", "Condition": {"Bool": "hunter2"}}}, "condition of statement 1"),
    ],
)
def test_says_what_is_malformed_without_quoting_it(document: Any, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason) as error:
        parse(document)
    assert "hunter2" not in str(error.value)
