"""`mlp up` on a real account, stage by stage: what stops it, and how it goes on."""

from pathlib import Path

import boto3
import pytest

from mlp import staged
from stacks import settings as module
from stacks.examples import examples
from stacks.settings import Settings
from stacks.stages import Stage, reached, stage_of
from tests.mlp.test_cloud import bootstrap, calls, put_state, run
from tests.stacks.test_settings import shipped

START = "urn:pulumi:dev::ml-platform::ml-platform:index"


def ups(notes: Path) -> list[str]:
    """The last stage of each `up` that the engine was called for."""
    return [call[1]["MLP_UNTIL"] for call in calls(notes) if call[0][0] == "up"]


def test_own_values_are_no_examples(own_values: Path) -> None:
    assert list(examples(Settings.from_file("dev"))) == []


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_example_value_is_named_with_its_line_and_what_to_give(stack: str) -> None:
    settings = Settings.from_file(stack)
    lines = (module.DIRECTORY / f"Pulumi.{stack}.yaml").read_text().splitlines()
    found = list(staged.missing(settings, Stage.MODELS))
    for need in found:
        place, _, _ = need.partition(": ml-platform:")
        file, _, number = place.partition(":")
        assert file == f"stacks/Pulumi.{stack}.yaml"
        assert "give: " in need
        key = need.removeprefix(f"{place}: ml-platform:").partition(" = ")[0].split(".")
        assert any(part in lines[int(number) - 1] for part in reversed(key) if not part.isdigit())
    for part in ("notifications.page.0", "ci.repository", "ci.stateKeyArn", "modelRegistry.image", "edge.publicKey"):
        assert any(f"ml-platform:{part}" in need for need in found)


def test_a_real_account_gets_no_example_value(account: boto3.Session, engine: Path) -> None:
    bootstrap(account)
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 1
    assert "dev: stopped before the stage foundation" in told
    assert 'ml-platform:notifications.page.0.endpoint = "ml-oncall@example.com": an example value; give: ' in told
    assert "Next: give them, then run `mlp up dev` again" in told
    assert ups(engine) == []


def test_a_first_up_goes_through_the_stages_in_order(account: boto3.Session, engine: Path, own_values: Path) -> None:
    bootstrap(account)
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 0, told
    assert ups(engine) == list(Stage)
    assert told.index("stage foundation, 1 of 5") < told.index("stage models, 5 of 5")


def test_it_stops_before_the_stage_that_needs_an_image_and_goes_on_from_there(
    account: boto3.Session, engine: Path, own_values: Path
) -> None:
    bootstrap(account)
    file = own_values / "Pulumi.dev.yaml"
    given = file.read_text()
    file.write_text(given.replace(f"registry/workloads@sha256:{'1' * 64}", f"registry/workloads@sha256:{'0' * 64}"))
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 1
    assert "stopped before the stage platform: 1 things are missing" in told
    assert len(ups(engine)) == 3
    file.write_text(given)
    put_state(account, f"{START}:KeyRing::keys", f"{START}:Cluster::cluster")
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 0, told
    # The cluster once more, because its stage may not have been finished.
    assert ups(engine)[3:] == ["cluster", "platform", "models"]


def test_what_has_every_stage_is_changed_at_once(account: boto3.Session, engine: Path, own_values: Path) -> None:
    bootstrap(account)
    put_state(account, f"{START}:RetrainingBus::retraining")
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 0, told
    assert ups(engine) == ["models"]


def test_what_is_taken_away_comes_no_further() -> None:
    settings = Settings.from_file("dev").model_copy(update={"decommission": True})
    assert staged.ahead(settings, Stage.STORES) == [Stage.STORES]
    assert staged.ahead(settings, reached([])) == [Stage.FOUNDATION]


def test_no_stage_is_below_the_one_that_is_reached() -> None:
    settings = Settings.from_file("dev")
    assert staged.ahead(settings, Stage.PLATFORM, Stage.STORES) == [Stage.PLATFORM]
    # Nothing of the models is left in the settings: they are deleted, and nothing else is.
    fewer = Settings.parse({key: value for key, value in shipped("dev").items() if stage_of(key) is not Stage.MODELS})
    assert staged.ahead(fewer, Stage.MODELS) == [Stage.PLATFORM]


def test_passwords_are_generated_once_and_shown_nowhere(account: boto3.Session, engine: Path, own_values: Path) -> None:
    bootstrap(account)
    client = account.client("secretsmanager")
    arns = {name: client.create_secret(Name=name)["ARN"] for name in ("grafana-admin", "mlflow-admin", "watchdog-url")}
    start = f"{START}:Secrets$aws:secretsmanager/secret:Secret::secrets"
    put_state(
        account, *(f"{start}-{name}" for name in arns), ids={f"{start}-{name}": arn for name, arn in arns.items()}
    )
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 0, told
    values = [
        client.get_secret_value(SecretId=arns[name])["SecretString"] for name in ("grafana-admin", "mlflow-admin")
    ]
    assert all(len(value) == 40 and value.isalnum() for value in values)
    assert len(set(values)) == 2
    assert "generated the password grafana-admin in Secrets Manager" in told
    assert run("up", "dev", "--yes", "--skip-preflight")[0] == 0
    assert values == [client.get_secret_value(SecretId=arns[name])["SecretString"] for name in list(arns)[:2]]
    # A person gives this one: an address cannot be generated.
    assert "VersionIdsToStages" not in client.describe_secret(SecretId=arns["watchdog-url"])
    written = [file.read_text() for file in own_values.parent.rglob("*") if file.is_file()]
    assert not any(value in text for value in values for text in [told, *written])
