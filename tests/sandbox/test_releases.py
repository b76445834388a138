"""Helm releases with the real helm, a chart repository on this machine and a real API server."""

import http.server
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import yaml

from sandbox.toolchain import Toolbox
from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
PROGRAM = """
import pulumi, pulumi_kubernetes as k8s

opts = pulumi.ResourceOptions(provider=k8s.Provider("p", kubeconfig="an address that nobody has"))
k8s.helm.v3.Release(
    "demo",
    k8s.helm.v3.ReleaseArgs(
        chart="demo",
        name="demo",
        namespace="demos",
        version="1.2.3",
        repository_opts={"repo": "REPOSITORY"},
        values=VALUES,
    ),
    opts=opts,
)
"""
CHART = {
    "Chart.yaml": yaml.safe_dump({"apiVersion": "v2", "name": "demo", "version": "1.2.3"}),
    "values.yaml": "size: 1\nextra: true\n",
    "values.schema.json": json.dumps({"properties": {"size": {"type": "integer"}}}),
    "templates/settings.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-settings"}
data: {size: "{{ .Values.size }}"}
""",
    "templates/extra.yaml": """
{{ if .Values.extra }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: demo-extra}
rules: []
{{ end }}
""",
    "templates/hook.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
""",
    "templates/webhook.yaml": """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: demo}
webhooks: []
""",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a chart repository."""
    folder = tmp_path_factory.mktemp("repository")
    for name, text in CHART.items():
        file = folder / "demo" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with tarfile.open(folder / "demo-1.2.3.tgz", "w:gz") as archive:
        archive.add(folder / "demo", "demo")
    entry = {"apiVersion": "v2", "name": "demo", "version": "1.2.3", "urls": ["demo-1.2.3.tgz"]}
    (folder / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": {"demo": [entry]}}))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with pytest.MonkeyPatch.context() as patch:
        (helm,) = Toolbox().ensure(["helm"]).path
        patch.setenv("PATH", f"{helm}{os.pathsep}{os.environ['PATH']}")
        made = Checkout(tmp_path_factory.mktemp("releases"), cluster=True)
        yield made
        made.end()


def program(repository: str, values: Any) -> str:
    return PROGRAM.replace("REPOSITORY", repository).replace("VALUES", repr(values))


def state_of(checkout: Checkout) -> dict[str, Any]:
    exported = json.loads(checkout.pulumi("stack", "export", "-s", "local").stdout)["deployment"]["resources"]
    (found,) = [one for one in exported if one["type"].endswith(":Release")]
    return found["outputs"]


def test_a_chart_that_can_be_had_is_rendered_and_applied(checkout: Checkout, repository: str) -> None:
    checkout.program(program(repository, {"size": 4}))
    assert checkout.mlp("up")["ok"]
    assert checkout.live("configmap", "demo-settings", "--namespace=demos")["data"] == {"size": "4"}
    assert checkout.live("clusterrole", "demo-extra")["rules"] is None
    # Nothing would answer the webhook, and hooks are jobs of containers.
    assert checkout.kubectl("get", "validatingwebhookconfiguration", "demo").returncode == 1
    assert checkout.kubectl("get", "configmap", "hook", "--namespace=demos").returncode == 1
    assert state_of(checkout)["resourceNames"] == {
        "ConfigMap/v1": ["demos/demo-settings"],
        "ClusterRole/rbac.authorization.k8s.io/v1": ["demo-extra"],
    }
    assert checkout.mlp("preview")["changes"] == []


def test_an_upgrade_takes_away_what_the_chart_no_longer_has(checkout: Checkout, repository: str) -> None:
    checkout.program(program(repository, {"size": 5, "extra": False}))
    assert checkout.mlp("up")["ok"]
    assert checkout.live("configmap", "demo-settings", "--namespace=demos")["data"] == {"size": "5"}
    assert checkout.kubectl("get", "clusterrole", "demo-extra").returncode == 1
    assert state_of(checkout)["status"]["revision"] == 2


def test_values_that_the_charts_schema_refuses_are_refused(checkout: Checkout, repository: str) -> None:
    checkout.program(program(repository, {"size": "much"}))
    report = checkout.mlp("up", code=1)
    assert "size" in str(report["errors"])
    assert checkout.live("configmap", "demo-settings", "--namespace=demos")["data"] == {"size": "5"}


def test_a_repository_that_does_not_answer_makes_a_release_recorded_only(checkout: Checkout) -> None:
    checkout.program(PROGRAM.replace("REPOSITORY", "http://127.0.0.1:9").replace("VALUES", "{}").replace("demo", "two"))
    report = checkout.mlp("up")
    assert "127.0.0.1:9 does not give it" in state_of(checkout)["sandbox"]["recordedOnly"]
    assert any("two" in line and "127.0.0.1:9" in line for line in report["recorded_only"])


def test_what_a_release_made_goes_with_it(checkout: Checkout, repository: str) -> None:
    checkout.program(program(repository, {"size": 4}))
    checkout.mlp("up")
    checkout.program("import pulumi\n")
    checkout.mlp("up")
    assert checkout.kubectl("get", "configmap", "demo-settings", "--namespace=demos").returncode == 1
