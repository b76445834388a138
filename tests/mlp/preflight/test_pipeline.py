"""The checks of the pipeline's runner."""

from collections.abc import Callable

import pytest

from tests.accounts.findings import blocking, examined, setting
from tests.accounts.healthy import connection
from tests.accounts.world import NUMBER, World

ARN = f"arn:aws:codeconnections:eu-west-1:{NUMBER}:connection/22222222-3333-4444-5555-66667777abcd"
PAGE = (
    f"https://eu-west-1.console.aws.amazon.com/codesuite/settings/{NUMBER}/eu-west-1/codeconnections/connections/"
    "22222222-3333-4444-5555-66667777abcd"
)


def gone(world: World) -> None:
    world.refuse("codeconnections", "GetConnection", "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("change", "what", "mend"),
    [
        (lambda world: connection(world, "PENDING"), f"the connection {ARN} is PENDING", f"open {PAGE} and choose"),
        (lambda world: connection(world, "ERROR"), f"the connection {ARN} is ERROR", f"open {PAGE} and choose"),
        (
            lambda world: connection(world, "AVAILABLE", "Bitbucket"),
            f"the connection {ARN} is to Bitbucket",
            f"set {setting('ci.runner.connectionArn')} to a connection to GitHub",
        ),
        (
            gone,
            f"{setting('ci.runner.connectionArn')} names {ARN}, which does not exist",
            "`aws codeconnections create-connection --provider-type GitHub --connection-name NAME --region eu-west-1`",
        ),
    ],
)
def test_a_connection_that_codebuild_cannot_use_stops_the_stage_of_the_cluster(
    fine: World, change: Callable[[World], None], what: str, mend: str
) -> None:
    fine.set("ci.runner.connectionArn", ARN)
    change(fine)
    found = examined()
    assert blocking(found) == {"connection": [what]}
    assert found["connection"][0]["stage"] == "cluster"
    assert mend in found["connection"][0]["mend"]


def test_fewer_builds_than_jobs_are_a_warning_and_none_stops(fine: World) -> None:
    def allow(value: float) -> None:
        quota = {"ServiceCode": "codebuild", "QuotaCode": "L-2DC20C30", "Value": value, "Adjustable": True}
        many = {**quota, "Value": 256.0}
        fine.answer(
            "service-quotas",
            "GetServiceQuota",
            lambda asked: {"Quota": quota if asked["QuotaCode"] == "L-2DC20C30" else many},
        )

    allow(1.0)
    (found,) = examined(0)["builds"]
    assert found["what"] == (
        f"the account may run 1 builds of CodeBuild at a time; {setting('ci.runner.concurrentJobs')} is 2"
    )
    assert "--quota-code L-2DC20C30 --desired-value 2" in found["mend"]
    allow(0.0)
    assert blocking(examined()).keys() == {"builds"}


def test_without_a_runner_nothing_is_asked_of_codeconnections(fine: World) -> None:
    fine.set("ci.runner", None)
    fine.set("cluster.publicAccess", ["192.0.2.0/24"])
    fine.asked.clear()
    assert examined(0) == {}
    assert not [one for one in fine.asked if one[0] == "codeconnections"]
