"""What the charts' templates make of Monitoring's values; the templates are named with their versions."""

from components import Monitoring
from tests.components.conftest import Recorder, Run
from tests.components.samples import sample
from tests.components.test_monitoring import make, released


def test_the_image_of_kube_state_metrics_names_the_algorithm_of_its_digest(recorder: Recorder, run: Run) -> None:
    # kube-state-metrics 8.4.0, templates/_helpers.tpl prints REGISTRY/REPOSITORY:TAG@SHA and adds no algorithm.
    run(make)
    values = released(recorder, "kube-prometheus-stack")
    assert values["kube-state-metrics"]["image"]["sha"].startswith("sha256:")
    assert "secrets" not in values["kube-state-metrics"]["collectors"]


def test_a_first_release_does_not_ask_its_own_webhook(recorder: Recorder, run: Run) -> None:
    # kube-prometheus-stack 88.5.3, templates of the webhook configurations:
    # without `patch`, `failurePolicy` is Fail, and the release's own rules are refused before the operator answers.
    run(make)
    operator = released(recorder, "kube-prometheus-stack")["prometheusOperator"]
    assert operator["admissionWebhooks"]["failurePolicy"] == "IgnoreOnInstallOnly"


def test_opencost_asks_prometheus_in_the_domain_of_the_cluster(recorder: Recorder, run: Run) -> None:
    # opencost 2.5.17, templates/_helpers.tpl: `clusterName` is the DNS domain, cluster.local by default.
    run(make)
    values = released(recorder, "opencost")
    assert "clusterName" not in values
    assert values["opencost"]["exporter"]["defaultClusterId"] == sample(Monitoring)["cluster_name"]


def test_grafana_reads_secrets_of_its_namespace_only(recorder: Recorder, run: Run) -> None:
    run(make)
    assert released(recorder, "kube-prometheus-stack")["grafana"]["rbac"] == {"namespaced": True}


def test_alertmanager_has_the_routes_and_may_publish(recorder: Recorder, run: Run) -> None:
    run(make)
    found = released(recorder, "kube-prometheus-stack")["alertmanager"]
    # kube-prometheus-stack 88.5.3, templates/alertmanager/secret.yaml: `stringConfig` is read only with `tplConfig`.
    assert found["config"] == sample(Monitoring)["routes"]
    assert not {"stringConfig", "tplConfig"} & found.keys()
    association = recorder.inputs("PodIdentityAssociation", "it-alertmanager")
    assert (association["namespace"], association["serviceAccount"]) == ("monitoring", found["serviceAccount"]["name"])
    publish, *_ = recorder.statements("RolePolicy", "it-alertmanager-publish-topic")
    assert publish["Resource"] in (sample(Monitoring)["topic_arns"]["page"], [sample(Monitoring)["topic_arns"]["page"]])
