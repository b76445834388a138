"""Every command of a runbook names what exists: the person who reads it at night has no time to find out."""

import pytest

from monitoring import rules
from tests.monitoring.runbooks import FOLDER, OPERATED, Command, commands, rendered, wrong
from tests.monitoring.sample import WATCHED

ALERTS = rules.alerts(WATCHED)


def test_there_is_a_runbook_for_every_alert_and_for_nothing_else() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == {*ALERTS}


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_says_what_it_means_what_to_look_at_and_what_to_do(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    parts = [line for line in text.splitlines() if line.startswith("## ")]
    assert parts == ["## Look at", "## Do"]
    assert "```sh\n" in text.partition("## Look at")[2].partition("## Do")[0]


@pytest.mark.parametrize("name", ALERTS)
def test_every_command_of_a_runbook_names_what_exists(name: str) -> None:
    page = (FOLDER / f"{name}.md").read_text()
    found = list(commands(name, page))
    assert found
    assert [text for command in found for text in wrong(command, page)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kubectl -n drifts get pods", "there is no namespace drifts"),
        ("kubectl -n monitoring logs deploy/drift-exporter", "namespace monitoring has no Deployment drift-exporter"),
        ("kubectl -n monitoring logs deploy/prometheus-operated", "has no Deployment prometheus-operated"),
        ("kubectl -n keda logs -l app=keda-controller --tail=5", "no pod in keda has the label app=keda-controller"),
        ("kubectl get nodegroups", "the cluster has no nodegroups"),
        ("kubectl look pods", "kubectl has no verb look"),
        ("kubectl argo rollouts rollback $MODEL -n $NAMESPACE", "has no verb rollback"),
        ("kubectl -n $TEAM get pods", "$TEAM is no label of the alert"),
        ("aws sqs describe-queue", "sqs has no operation describe-queue"),
        ("aws sqs purge-queue --queue-name a", "has no option --queue-name"),
        ("aws queues list", "AWS has no service queues"),
        ("mlp rollback fraud", "mlp has no verb rollback"),
        (
            "promtool query instant http://a 'rollout_info{phase=\"Degraded\"}'",
            'never has phase="Degraded"',
        ),
    ],
)
def test_a_command_that_names_what_does_not_exist_is_found(text: str, told: str) -> None:
    (found, *_) = [*wrong(Command("ServiceDown", text), ""), "nothing"]
    assert told in found


def test_what_an_operator_makes_is_in_no_chart() -> None:
    assert OPERATED & rendered() == frozenset()


def test_commands_are_read_from_blocks_and_from_prose() -> None:
    page = "# A\n\n```sh\nkubectl get pods -A | head\nmlp status\n```\n\n- Do `kubectl get\n  nodes`, not `maxGpus`.\n"
    assert [one.text for one in commands("A", page)] == [
        "kubectl get pods -A | head",
        "mlp status",
        "kubectl get nodes",
    ]
    assert next(commands("A", page)).words == ["kubectl", "get", "pods", "-A"]
