"""The registry with the real MLflow: log, register, judge, promote, refuse, roll back, trace."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from components import _mlflow as mlflow
from monitoring.emitters.mlflow import METRICS as METRICS_OF_MLFLOW
from tests.workloads.candidates import BAD, BETTER, GOOD, TAGS
from tests.workloads.database import Database, postgres
from tests.workloads.exposition import Exposition
from tests.workloads.test_promotion import KEYS, private, public
from tests.workloads.tracking import BUCKET, PASSWORD, PREFIX, REGION, ROOT, Place, s3
from workloads.promotion import artifacts
from workloads.promotion.__main__ import main
from workloads.promotion.gate import Check

GATE = {
    "aliases": {"champion": list(Check), "challenger": ["quality", "lineage"], "shadow": ["lineage"]},
    "models": {
        "fraud": {
            "quality": {"metric": "auc", "atLeast": 0.9, "maxLoss": 0.01},
            "fairness": {"metric": "auc", "maxGap": 0.05, "slices": ["young", "old"]},
            "latency": {"metric": "latency_p95_ms", "atMost": 50},
            "maxMib": 1,
        }
    },
    "approvers": {name: public(key) for name, key in KEYS.items()},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("mlflow")
    with s3() as endpoint:
        made = Place(folder, endpoint)
        aws(made).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        (folder / "gate.json").write_text(json.dumps(GATE))
        for name, key in KEYS.items():
            (folder / f"{name}.pem").write_bytes(private(key))
        yield made


@pytest.fixture(scope="module")
def database(place: Place) -> Iterator[Database | None]:
    """PostgreSQL with the tables of MLflow, made by two who start at once; where there is none, MLflow has SQLite."""
    with postgres() as server:
        found = Database(place, server) if server else None
        if found:
            made = found.create("mlflow")
            assert made.returncode == 0, made.stderr
            found.rotate()
            migrate = ("-m", "workloads.tracking.migrate")
            with ThreadPoolExecutor() as two:
                done = list(two.map(lambda _: place.run(*migrate, **found.variables), range(2)))
            assert [one.returncode for one in done] == [0, 0], [one.stderr[-2000:] for one in done]
        yield found


@pytest.fixture(scope="module", autouse=True)
def server(place: Place, database: Database | None) -> Iterator[None]:
    """MLflow, with the arguments that the component gives it."""
    if database:
        with place.server(mlflow.INI, **database.variables):
            yield
    else:
        ini = mlflow.INI.replace(mlflow.DATABASE_URI, f"sqlite:///{place.folder}/users.db")
        with place.server(ini, f"--backend-store-uri=sqlite:///{place.folder}/runs.db"):
            yield


def aws(place: Place) -> Any:
    session = boto3.Session("sandbox", "sandbox", region_name=REGION)
    return session.client("s3", endpoint_url=place.client["MLFLOW_S3_ENDPOINT_URL"])


def promote(place: Place, *arguments: str, code: int = 0, gate: bool = True, **variables: str) -> dict[str, Any]:
    """The command line, in this process; a test below calls the programs."""
    more = [f"--gate={place.folder}/gate.json"] if gate else []
    out, errors = io.StringIO(), io.StringIO()
    with patch.dict(os.environ, {**place.client, **variables}), redirect_stdout(out), redirect_stderr(errors):
        found = main([*arguments, *more, "--json"])
    text = out.getvalue() + errors.getvalue()
    assert found == code, text
    assert PASSWORD not in text
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def trained(place: Place) -> dict[str, list[str]]:
    """Model to the numbers of its versions."""
    good = [{**GOOD, "sklearn": True}, BETTER]
    given = {
        "fraud": {"tags": {"risk": "limited"}, "versions": [*good, *BAD.values()]},
        "credit": {"tags": {"risk": "high"}, "versions": [GOOD, {**GOOD, "files": {"model.bin": 20}}]},
    }
    done = place.run(str(ROOT / "tests/workloads/train.py"), given=json.dumps(given))
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    return {model: [str(one) for one in numbers] for model, numbers in found.items()}


@pytest.fixture(scope="module")
def versions(trained: dict[str, list[str]]) -> dict[str, str]:
    """Versions of the model `fraud`, by what is special about them."""
    return dict(zip(["first", "second", *BAD], trained["fraud"], strict=True))


def champion(place: Place, model: str = "fraud") -> str | None:
    _, text = place.get(f"/api/2.0/mlflow/registered-models/get?name={model}")
    aliases = json.loads(text)["registered_model"].get("aliases", [])
    return next((str(one["version"]) for one in aliases if one["alias"] == "champion"), None)


def test_a_request_without_credentials_or_by_another_name_is_refused(place: Place) -> None:
    path = "/api/2.0/mlflow/registered-models/search"
    assert place.get(path)[0] == 200
    assert place.get(path, user=None)[0] == 401
    assert place.get(path, password="wrong")[0] == 401
    assert place.get(path, host="evil.example.com")[0] == 403
    assert place.get(path, host="mlflow.mlflow.svc")[0] == 200
    assert place.get("/health", user=None, host="10.0.0.7:5000")[0] == 200  # the kubelet's probe


def test_a_good_version_becomes_champion_and_a_better_one_replaces_it(place: Place, versions: dict[str, str]) -> None:
    first, second = versions["first"], versions["second"]
    dry = promote(place, "fraud", first, "--to", "champion", "--dry-run")
    assert (dry["passed"], dry["promoted"], champion(place)) == (True, False, None)
    made = promote(place, "fraud", first, "--to", "champion")
    assert (made["promoted"], champion(place)) == (True, first)
    assert {line["check"] for line in made["lines"]} == {check.value for check in Check}
    assert made["digest"].startswith("sha256:")
    again = promote(place, "fraud", second, "--to", "champion", f"--publish=s3://{BUCKET}/published/")
    assert (again["champion"], champion(place)) == (first, second)
    assert (again["serves"], again["dataset"], len(again["run"])) == (second, TAGS["data_version"], 32)
    assert again["published"] == f"s3://{BUCKET}/published/fraud/{second}"
    assert read(place, f"published/fraud/{second}/model.bin") == b"w" * 10


def read(place: Place, key: str) -> bytes:
    return aws(place).get_object(Bucket=BUCKET, Key=key)["Body"].read()


def test_a_champion_that_changes_while_files_are_copied_ends_the_promotion(
    place: Place, versions: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    second, publish = versions["second"], artifacts.publish

    def slowly(*given: Any) -> None:
        publish(*given)
        path = "/api/2.0/mlflow/registered-models/alias"
        place.get(path, body={"name": "fraud", "alias": "champion", "version": versions["first"]})

    monkeypatch.setattr(artifacts, "publish", slowly)
    ended = promote(place, "fraud", second, "--to", "champion", f"--publish=s3://{BUCKET}/race", code=3)
    assert (
        f"the champion of fraud was {second} and is {versions['first']} now: run the command again" in ended["errors"]
    )
    assert champion(place) == versions["first"]
    monkeypatch.undo()
    promote(place, "fraud", second, "--to", "champion")


@pytest.mark.parametrize("reason", BAD)
def test_each_reason_is_a_refusal_and_the_alias_stays(place: Place, versions: dict[str, str], reason: str) -> None:
    done = promote(place, "fraud", versions[reason], "--to", "champion", code=1)
    wrong = {line["check"]: line["outcome"] for line in done["lines"] if line["outcome"] != "passed"}
    unmeasured = dict.fromkeys(("quality", "champion", "fairness", "latency"), "unknown")
    expected = {"lineage": {"lineage": "unknown"}, "unmeasured": unmeasured}
    assert wrong == expected.get(reason, {reason: "failed"})
    assert champion(place) == versions["second"]


def test_another_alias_demands_less(place: Place, versions: dict[str, str]) -> None:
    assert promote(place, "fraud", versions["latency"], "--to", "challenger")["promoted"]
    assert promote(place, "fraud", versions["quality"], "--to", "shadow")["promoted"]
    promote(place, "fraud", versions["quality"], "--to", "challenger", code=1)
    assert champion(place) == versions["second"]


def test_a_version_is_traced_back(place: Place, versions: dict[str, str]) -> None:
    found = promote(place, "fraud", versions["first"], "--lineage", gate=False)
    assert {key: found[key] for key in TAGS} == TAGS
    assert found["source"].startswith(f"s3://{BUCKET}/{PREFIX}/")
    assert found["run_id"]
    lost = promote(place, "fraud", versions["lineage"], "--lineage", code=1, gate=False)
    assert (lost["data_version"], lost["image_digest"]) == ("x", None)


def test_back_goes_to_the_version_before_and_not_to_content_that_changed(
    place: Place, versions: dict[str, str]
) -> None:
    first, second = versions["first"], versions["second"]
    source = promote(place, "fraud", first, "--lineage", gate=False)["source"]
    where = {"Bucket": BUCKET, "Key": f"{source.removeprefix(f's3://{BUCKET}/')}/MLmodel"}
    before = aws(place).get_object(**where)["Body"].read()
    aws(place).put_object(**where, Body=before + b"#")
    refused = promote(place, "fraud", "--back", code=1, gate=False)
    assert "was promoted with sha256:" in refused["message"]
    assert champion(place) == second
    aws(place).put_object(**where, Body=before)
    back = promote(place, "fraud", "--back", gate=False)
    assert back["champion"] == back["serves"] == first == champion(place)
    assert "first champion" in promote(place, "fraud", "--back", code=1, gate=False)["message"]


def test_a_high_risk_model_needs_two_who_signed_this_content(place: Place, trained: dict[str, list[str]]) -> None:
    one, other = trained["credit"]
    gate = {**GATE, "models": {"credit": GATE["models"]["fraud"]}}
    (place.folder / "credit.json").write_text(json.dumps(gate))
    ask = ("credit", one, "--to", "champion", f"--gate={place.folder}/credit.json")

    def approval(code: int) -> str:
        (line,) = [line for line in promote(place, *ask, gate=False, code=code)["lines"] if line["check"] == "approval"]
        return line["value"]

    def approve(version: str, name: str, key: str = "") -> None:
        promote(place, "credit", version, "--approve-as", name, f"--key={place.folder}/{key or name}.pem", gate=False)

    assert approval(1) == "0 valid"
    approve(one, "ana")
    approve(other, "ben")
    approve(one, "ben", key="cem")
    assert approval(1) == "1 valid (ben: not signed with the approver's key)"
    approve(one, "ben")
    assert approval(0) == "2 valid"
    assert champion(place, "credit") == one


def test_an_approval_lasts_a_year_at_most(place: Place) -> None:
    key = f"--key={place.folder}/ana.pem"
    done = promote(place, "fraud", "1", "--approve-as", "ana", key, "--days", "366", code=2, gate=False)
    assert done["errors"] == ["--days 366: allowed: 1 to 365"]


def test_a_request_that_fails_is_explained_without_its_credentials(place: Place, versions: dict[str, str]) -> None:
    to = ("fraud", versions["first"], "--to", "champion")
    wrong = promote(place, *to, code=3, MLFLOW_TRACKING_PASSWORD="canary-wrong")
    assert "answers 401" in wrong["errors"][0]
    assert "canary" not in json.dumps(wrong)
    nowhere = promote(place, *to, "--tracking=http://admin:canary@127.0.0.1:1", code=3)
    assert "http://127.0.0.1:1 cannot be reached" in nowhere["errors"][0]
    assert "canary" not in json.dumps(nowhere)
    assert "RESOURCE_DOES_NOT_EXIST" in promote(place, "fraud", "999", "--to", "champion", code=3)["errors"][0]
    (place.folder / "wrong.json").write_text('{"aliases": {"champion": ["qualty"]}}')
    assert (
        "aliases.champion.0"
        in promote(place, *to, f"--gate={place.folder}/wrong.json", code=2, gate=False)["errors"][0]
    )


def test_the_programs_do_the_same(place: Place, versions: dict[str, str]) -> None:
    gate = f"--gate={place.folder}/gate.json"
    arguments = ["fraud", versions["second"], "--to", "champion", "--dry-run"]
    there = place.run("-m", "workloads.promotion", *arguments, PROMOTION_GATE=gate.removeprefix("--gate="))
    command = [sys.executable, "-m", "mlp", "promote", *arguments, gate]
    here = subprocess.run(command, cwd=ROOT, env=place.client, capture_output=True, text=True, timeout=120)
    for done in (there, here):
        assert done.returncode == 0, done.stderr
        assert "passed  quality   0.95; allowed: auc >= 0.9" in done.stdout


def test_it_emits_what_the_contract_says(place: Place) -> None:
    assert place.get("/metrics", user=None)[0] == 401
    code, text = place.get("/metrics")
    assert code == 200
    seen = Exposition(text=text)
    assert [wrong for metric in METRICS_OF_MLFLOW for wrong in seen.departs(metric)] == []


def test_it_carries_on_when_the_password_of_its_database_has_changed(
    place: Place, database: Database | None, versions: dict[str, str]
) -> None:
    if not database:
        pytest.skip("PostgreSQL (initdb, postgres) is not on PATH: MLflow ran on SQLite")
    before = champion(place)
    signed = database.rotate()
    database.throw_out()
    # A connection of its pool is found dead first.
    answers = [place.get("/api/2.0/mlflow/registered-models/get?name=fraud") for _ in range(6)]
    assert answers[-1][0] == 200, answers
    assert champion(place) == before
    assert database.passwords.stat().st_mode & 0o777 == 0o600
    assert signed not in (place.folder / "server.log").read_text()
