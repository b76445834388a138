"""The contract refuses an environment whose policies lack something."""

import json
from collections import Counter

import pytest

from tests.sandbox.policy_mutants import Court, mutants
from tests.sandbox.policy_parts import Part
from tests.sandbox.rendered import rendered

SURVIVORS = {
    # ElastiCache User Guide, "At-rest encryption", names grants and no other use of a key; they are kept until it does.
    *(
        f"Key keys-confidential: UseViaElastiCache without {what}"
        for what in (
            "all",
            "kms:Decrypt",
            "kms:GenerateDataKey*",
            "StringEquals kms:ViaService elasticache.eu-central-1.amazonaws.com",
            "StringEquals kms:ViaService dax.eu-central-1.amazonaws.com",
        )
    ),
    # The load balancers that deliver are made by a controller in the cluster, so no resource here needs it.
    "BucketPolicy access-logs-policy: DeliverBalancerLogs without all",
    # A rule of the platform's own: no service of AWS depends on it.
    "BucketPolicy edge-policy: DenyOverwritingReleases without all",
    # Which of the two runs of the pipeline assumes the role is known to GitHub only.
    "Role ci-plan: statement 1 without StringEquals token.actions.githubusercontent.com:sub "
    "repo:example/ml-platform:ref:refs/heads/main",
    "Role ci-plan: statement 1 without StringEquals token.actions.githubusercontent.com:sub "
    "repo:example/ml-platform:pull_request",
    # These topics are for alarms and rules that the account's other programs add.
    *(
        f"TopicPolicy notifications-{severity}: PublishBy{who} without all"
        for severity in ("page", "info")
        for who in ("Services", "Events")
    ),
}
"""Mutants of prod that the contract accepts, and why."""


@pytest.fixture(scope="module")
def court() -> Court:
    return Court(rendered("prod"))


def test_a_part_is_taken_out_and_empty_conditions_with_it() -> None:
    conditions = {"Bool": {"k": "1"}, "Null": {"l": "1", "m": ["1", "2"]}}
    text = json.dumps({"Statement": [{"Action": ["a", "b"], "Condition": conditions}]})
    assert Part(0).out_of(text) == '{"Statement": []}'
    assert '"Action": ["b"]' in Part(0, ("Action", 0)).out_of(text)
    assert '"Condition": {"Null"' in Part(0, ("Condition", "Bool", "k")).out_of(text)
    assert '"m": ["1"]' in Part(0, ("Condition", "Null", "m", 1)).out_of(text)
    only = '{"Statement": [{"Action": "a", "Condition": {"Bool": {"k": "1"}}}]}'
    assert Part(0, ("Condition", "Bool", "k")).out_of(only) == '{"Statement": [{"Action": "a"}]}'


def test_the_contract_accepts_prod(court: Court) -> None:
    assert [str(one) for one in court.refused] == []


def test_almost_every_mutant_of_prod_is_refused(court: Court) -> None:
    found = list(mutants(rendered("prod")))
    assert Counter(one.resource.type.rpartition(":")[2] for one in found).keys() >= {
        *("BucketPolicy", "Key", "QueuePolicy", "Role", "TopicPolicy"),
    }
    survivors = {str(one) for one in found if not court.refusal(one)}
    assert survivors == SURVIVORS
    assert len(survivors) <= len(found) * 0.02


@pytest.mark.parametrize("environment", ["local", "dev", "staging"])
def test_the_contract_accepts_the_other_environments(environment: str) -> None:
    """Where an environment can be taken down with its data, retention may be bypassed: advice is not judged."""
    assert [str(one) for one in Court(rendered(environment)).refused if not one.row.advice] == []


@pytest.mark.parametrize(
    "without",
    [("costs",), ("database",), ("drift", "retraining"), ("gpu",), ("model_registry",), ("monitoring",), ("serving",)],
    ids="+".join,
)
def test_the_contract_accepts_an_environment_without_some_sections(without: tuple[str, ...]) -> None:
    """No section lives on what the key policies grant to another one."""
    assert [str(one) for one in Court(rendered("local", without)).refused if not one.row.advice] == []
