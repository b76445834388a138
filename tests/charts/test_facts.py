"""The facts are of the pinned charts and of today's values, every value is read, and helm says the same."""

from pathlib import Path

import pytest
import yaml

from components.versions import CHARTS, Chart
from mlp.fetch import fetch
from tests.charts import facts
from tests.charts.__main__ import kubernetes
from tests.charts.archives import MODULES, Archives
from tests.charts.render import Renderer, leaves, mutated
from tests.charts.wired import ENVIRONMENTS, digest, releases

each_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


def test_every_chart_is_installed_in_every_environment() -> None:
    known = {chart.name for chart in CHARTS}
    assert [name for name in ENVIRONMENTS if {*releases(name)} != known] == []
    assert {file.stem for file in facts.FOLDER.iterdir()} == known


@each_chart
def test_facts_are_of_the_pinned_version_and_of_todays_values(chart: Chart) -> None:
    found = facts.facts(chart.name)
    today = {name: digest(releases(name)[chart.name].get("values", {})) for name in ENVIRONMENTS}
    assert (found.version, found.values) == (chart.version, today), "run `make charts`: see docs/charts.md"


@each_chart
def test_no_value_is_ignored(chart: Chart) -> None:
    """Helm ignores a key that no template reads, and says nothing."""
    assert facts.facts(chart.name).unread == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_provider_hands_on_every_value(environment: str) -> None:
    """By default it drops null and empty lists, which take values of a chart away."""
    assert [name for name, one in releases(environment).items() if not one.get("allowNullValues")] == []


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    helm = fetch(["helm"]).tools["helm"].path
    assert helm
    return Archives(helm, tmp_path_factory.mktemp("archives"))


@pytest.mark.parametrize("chart", [one for one in CHARTS if one.name in MODULES], ids=lambda chart: chart.name)
def test_helm_renders_what_the_facts_say(
    chart: Chart, archives: Archives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the charts that Go modules have, which every machine can render."""
    renderer = Renderer(archives.helm, archives.package(chart, archives.folder))
    shipped = facts.facts(chart.name)
    objects = {name: renderer.objects(releases(name)[chart.name], kubernetes(name)) for name in ENVIRONMENTS}
    before = (facts.FOLDER / f"{chart.name}.yaml").read_text()
    monkeypatch.setattr(facts, "FOLDER", tmp_path)
    facts.write(chart, shipped.values, shipped.unread, objects)
    assert yaml.safe_load((tmp_path / f"{chart.name}.yaml").read_text()) == yaml.safe_load(before)


CHART = {
    "Chart.yaml": "apiVersion: v2\nname: sample\nversion: 1.0.0\n",
    "values.yaml": "size: 1\nnames: []\nunknown: {}\n",
    "templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
    '  size: "{{ .Values.size }}"\n  names: "{{ range .Values.names }}{{ .first }}{{ end }}"\n'
    '  other: "{{ randAlphaNum 9 }}"\n',
    "templates/strict.yaml": "{{ if not .Values.strict }}{{ fail `no` }}{{ end }}",
}


def test_a_value_that_no_template_reads_is_found(archives: Archives, tmp_path: Path) -> None:
    for name, text in CHART.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    values = {"size": 2, "strict": True, "names": [{"first": "a", "last": "b"}], "mistyped": {"key": []}}
    release = {"name": "it", "namespace": "here", "values": values}
    found = Renderer(archives.helm, tmp_path).read(release, "1.35")
    assert {path for path, is_read in found.items() if not is_read} == {"names.0.last", "mistyped.key"}
    assert found["size"]
    assert found["names.0.first"]
    assert found["strict"]
    assert "size" not in Renderer(archives.helm, tmp_path).read(release, "1.35", {"size"})


def test_each_value_is_changed_alone() -> None:
    values = {"a": {"b": [1, {"c": "x"}]}, "d": True, "e": {}}
    assert [*leaves(values)] == [("a", "b", 0), ("a", "b", 1, "c"), ("d",), ("e",)]
    assert mutated(values, ("a", "b", 0)) == {**values, "a": {"b": [2, {"c": "x"}]}}
    assert mutated(values, ("a", "b", 1, "c"))["a"] == {"b": [1, {"c": "sentinel"}]}
    assert mutated(values, ("d",))["d"] is False
    assert mutated(values, ("e",))["e"] == "sentinel"


def test_what_is_another_text_each_time_is_no_fact() -> None:
    secret = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"key": "b3RoZXI="}}
    assert facts.pruned(secret, "here") == {
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "here"},
        "stringData": {"key": ""},
    }
