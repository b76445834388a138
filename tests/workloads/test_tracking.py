"""The client of the registry against servers that are no MLflow, and a promotion beside another one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.workloads.test_promotion import candidate, policy
from workloads.promotion import artifacts
from workloads.promotion.actions import Promotion
from workloads.promotion.candidate import Candidate
from workloads.promotion.gate import Alias
from workloads.promotion.registry import Registry, RegistryError
from workloads.tracking import token

SECRETS = {"MLFLOW_TRACKING_USERNAME": "ana", "MLFLOW_TRACKING_PASSWORD": "canary"}


class Server:
    """Answers everything alike, and notes who asked."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        self.seen: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append(self.headers.get("Authorization"))
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Log nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.http.server_port}"
        Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def serve() -> Iterator[Any]:
    made: list[Server] = []

    def start(*given: Any, **headers: str) -> Server:
        made.append(Server(*given, **headers))
        return made[-1]

    yield start
    for one in made:
        one.http.shutdown()
        one.http.server_close()


def told(uri: str, **variables: str) -> str:
    with pytest.raises(RegistryError) as caught:
        Registry(uri, variables).model("fraud")
    assert "canary" not in str(caught.value)
    return str(caught.value)


def test_credentials_do_not_follow_a_redirect(serve: Any) -> None:
    other = serve(200, b"{}")
    first = serve(302, b"", Location=other.uri)
    assert "answers 302" in told(first.uri, **SECRETS)
    assert first.seen == ["Basic YW5hOmNhbmFyeQ=="]
    assert other.seen == []


def test_credentials_come_from_the_variables_the_address_or_a_token(serve: Any) -> None:
    server = serve(404, b"")
    told(server.uri, **SECRETS)
    told(server.uri.replace("//", "//ana:canary@"))
    told(server.uri, MLFLOW_TRACKING_TOKEN="canary")
    told(server.uri)
    assert server.seen == ["Basic YW5hOmNhbmFyeQ=="] * 2 + ["Bearer canary", None]


def test_another_server_is_called_none_of_mlflow(serve: Any) -> None:
    assert told(serve(200, b"<html>").uri).endswith("answers, but is no MLflow")
    assert "answers 500: Internal Server Error" in told(serve(500, b"<html>secret of a proxy").uri)
    assert "set --tracking" in told("file:///mlruns")


class Shelf:
    """A registry in memory that another promotion changes: `moves` are the champions that each look finds."""

    def __init__(self, *moves: str | None) -> None:
        self.moves, self.said = list(moves), []

    def aliased(self, model: str, alias: str) -> str | None:
        return self.moves.pop(0) if len(self.moves) > 1 else self.moves[0]

    def tag(self, *given: Any) -> None:
        self.said.append("tag")

    def point(self, *given: Any) -> None:
        self.said.append("point")


class Judged(Promotion):
    """What is known of a version is given."""

    def _candidate(self, model: str, version: str, files: Any, unread: str) -> Candidate:
        return candidate(version=version)

    def _files(self, model: str, version: str) -> tuple[None, str]:
        return None, "not read"


def test_a_champion_that_changes_while_a_version_is_promoted_stops_the_promotion() -> None:
    shelf: Any = Shelf("6", "8")
    with pytest.raises(RegistryError, match="the champion of fraud was 6 and is 8 now: run the command again"):
        Judged(shelf, lambda: datetime(2026, 11, 21, tzinfo=UTC)).promote("fraud", "7", Alias.CHAMPION, policy())
    assert "point" not in shelf.said


def test_tags_are_written_before_the_alias_moves() -> None:
    shelf: Any = Shelf("6")
    done = Judged(shelf, lambda: datetime(2026, 11, 21, tzinfo=UTC)).promote("fraud", "7", Alias.CHAMPION, policy())
    assert (done.ok, shelf.said) == (True, ["tag", "point"])


@pytest.mark.parametrize("uri", ["file:///models", "mlflow-artifacts:/1", "s3:///nothing", "/models"])
def test_files_that_are_elsewhere_are_not_read(uri: str) -> None:
    with pytest.raises(artifacts.ArtifactError, match="allowed: s3://"):
        artifacts.read(uri)


def test_a_token_is_written_as_libpq_reads_it_and_closed_to_other_users(tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    for text in ("first", "second"):
        token.write(file, token.line(f"h:1/?a={text}\\"))
    assert file.read_text() == "*:*:*:*:h\\:1/?a=second\\\\\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["pgpass"]


def test_a_token_is_for_the_host_and_user_of_libpqs_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "sandbox")
    signed = token.sign({"AWS_REGION": "eu-central-1", "PGHOST": "db.example", "PGPORT": "5432", "PGUSER": "mlflow"})
    assert signed.startswith("db.example:5432/?Action=connect&DBUser=mlflow&")
    assert "X-Amz-Expires=900" in signed


class Known(Shelf):
    """A registry in memory with one version."""

    def version(self, model: str, version: str) -> dict[str, Any]:
        return {
            "run_id": "r",
            "tags": [{"key": "data_version", "value": "later"}, {"key": "approval.ana", "value": "{"}],
        }

    def run(self, run_id: str) -> dict[str, Any]:
        told = [{"key": "data_version", "value": "run"}, {"key": "mlflow.source.git.commit", "value": "c" * 40}]
        metrics = {"auc": 0.9, "slice.auc.old": "NaN", "slice.auc": 1}
        return {"tags": told, "metrics": [{"key": key, "value": value} for key, value in metrics.items()]}

    def model(self, model: str) -> dict[str, Any]:
        return {"tags": [{"key": "risk", "value": "limited"}]}

    def source(self, model: str, version: str) -> str:
        return "file:///elsewhere"

    def artifacts(self, run_id: str) -> str:
        return "file:///artifacts"


def test_a_version_is_what_run_version_and_model_say_and_unread_files_say_why() -> None:
    shelf: Any = Known(None)
    promotion = Promotion(shelf, lambda: datetime(2026, 11, 21, tzinfo=UTC))
    found = promotion.candidate("fraud", "7")
    assert (found.lineage.data_version, found.lineage.code_commit, found.risk) == ("later", "c" * 40, "limited")
    assert (found.approvals, list(found.slices), list(found.slices["auc"])) == ((), ["auc"], ["old"])
    assert (found.digest, found.size_bytes) == (None, None)
    assert found.unread.startswith("file:///elsewhere: allowed: s3://...")
    found = promotion._evaluated(found)
    assert (found.evaluation, found.unevaluated.partition(": allowed")[0]) == (None, "no evaluation: file:///artifacts")
    (size,) = [
        one for one in promotion.promote("fraud", "7", Alias.CHAMPION, policy()).data["lines"] if one["check"] == "size"
    ]
    assert "file:///elsewhere" in size["value"]
    assert "file:///elsewhere" in promotion.approve("fraud", "7", "ana", b"", 7).text
    assert shelf.said == []
