"""The Job that creates the users of a database: what it may read and reach, how it runs, and when it runs again."""

import json
from typing import Any

import pytest

from components import DatabaseUsers
from tests.components.conftest import Recorder, Run
from tests.components.iam import decide
from tests.components.samples import KEY, sample

MASTER = sample(DatabaseUsers)["master_secret_arn"]
OTHER = f"registry/workloads@sha256:{'b' * 64}"


def users(**more: Any) -> DatabaseUsers:
    return DatabaseUsers("users", {**sample(DatabaseUsers), **more})  # pyright: ignore[reportArgumentType]


def spec(recorder: Recorder) -> dict[str, Any]:
    (job,) = recorder.of("Job")
    return job.inputs["spec"]


def container(recorder: Recorder) -> dict[str, Any]:
    (found,) = spec(recorder)["template"]["spec"]["containers"]
    return found


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("secretsmanager:GetSecretValue", MASTER, "Allow"),
        ("secretsmanager:GetSecretValue", MASTER.replace("rds!", "secrets-"), "no"),
        ("secretsmanager:PutSecretValue", MASTER, "no"),
        ("kms:Decrypt", KEY, "Allow"),
        ("kms:Decrypt", f"{KEY}-of-another", "no"),
        ("rds-db:connect", "*", "no"),
    ],
)
def test_it_reads_the_administrators_password_and_nothing_else(
    action: str, resource: str, answer: str, run: Run, recorder: Recorder
) -> None:
    run(users)
    (role,) = recorder.of("Role")
    allowed = [
        statement for one in recorder.of("RolePolicy") for statement in json.loads(one.inputs["policy"])["Statement"]
    ]
    assert decide(allowed, action, resource) == answer
    assert recorder.of("RolePolicyAttachment") == []
    associated = recorder.inputs("PodIdentityAssociation", "users")
    assert associated["roleArn"].endswith(role.name + "-0000000")
    pod = spec(recorder)["template"]["spec"]
    assert (associated["namespace"], associated["serviceAccount"]) == ("database-users", pod["serviceAccountName"])


def test_the_password_is_in_no_object_of_the_cluster(run: Run, recorder: Recorder) -> None:
    run(users)
    assert not any(one.kind in ("Secret", "ExternalSecret", "ConfigMap") for one in recorder.found)
    variables = {one["name"]: one["value"] for one in container(recorder)["env"]}
    assert variables["ADMINISTRATOR_ARN"] == MASTER
    assert not {"PGUSER", "PGPASSWORD", "PGPASSFILE"} & set(variables)


def test_nothing_comes_in_and_only_what_it_needs_goes_out(run: Run, recorder: Recorder) -> None:
    run(users)
    specs = [one.inputs["spec"] for one in recorder.of("NetworkPolicy")]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in specs
    assert all("ingress" not in one for one in specs)
    out = [rule for one in specs for rule in one.get("egress", [])]
    assert {
        (peer.get("ipBlock", {}).get("cidr", "kube-dns"), int(port["port"]))
        for rule in out
        for peer in rule["to"]
        for port in rule["ports"]
    } == {("kube-dns", 53), ("169.254.170.23/32", 80), ("10.0.0.0/16", 443), ("10.0.0.0/16", 5432)}


def test_it_starts_with_its_credentials_and_behind_its_network_policies(run: Run, recorder: Recorder) -> None:
    run(users)
    (job,) = recorder.of("Job")
    assert {"ServiceAccount users", "NetworkPolicy users-default-deny", "NetworkPolicy users-create"} <= job.depends
    assert "PodIdentityAssociation users" in recorder.one("ServiceAccount", "users").depends


def test_its_container_is_not_root_read_only_and_limited(run: Run, recorder: Recorder) -> None:
    run(users)
    pod, found = spec(recorder)["template"]["spec"], container(recorder)
    assert found["image"] == sample(DatabaseUsers)["image"]
    assert found["command"] == ["python", "-m", "workloads.tracking.accounts", "mlflow", "feast"]
    assert (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]) == (True, False)
    safe = found["securityContext"]
    assert (safe["readOnlyRootFilesystem"], safe["allowPrivilegeEscalation"]) == (True, False)
    assert safe["capabilities"] == {"drop": ["ALL"]}
    assert set(found["resources"]["limits"]) == {"memory"}
    labels = recorder.inputs("Namespace", "users")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    # Kueue holds back the Jobs of tenants that have no queue.
    assert "ml-platform/tenant" not in labels


@pytest.mark.parametrize(
    "change", [{"users": ["mlflow", "feast", "other"]}, {"image": OTHER}, {"address": "another.rds"}]
)
def test_another_input_is_another_template_and_so_another_job(
    change: dict[str, Any], run: Run, recorder: Recorder
) -> None:
    run(users)
    run(users)
    run(lambda: users(**change))
    first, same, other = [one.inputs for one in recorder.of("Job")]
    assert first == same
    assert first["spec"]["template"] != other["spec"]["template"]
    # With a name of its own, the next Job could be created only after this one is deleted.
    assert "name" not in first["metadata"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"users": ['x"; DROP']}, "users = .* allowed: names of a-z"),
        ({"users": []}, "users = .* at least one"),
        ({"image": "a:1"}, "image = 'a:1'; allowed: NAME@sha256"),
    ],
)
def test_what_it_cannot_create_is_refused(change: dict[str, Any], told: str, run: Run) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: users(**change))
