"""What NVIDIA's exporter of GPU metrics reads, and how it is given that."""

from typing import Any

from components import ClusterAddons
from monitoring.emitters import dcgm
from tests.components.conftest import Recorder, Run
from tests.components.samples import sample


def exporter(recorder: Recorder, run: Run) -> dict[str, Any]:
    """The values of its release."""
    run(lambda: ClusterAddons("it", sample(ClusterAddons)))  # pyright: ignore
    return recorder.inputs("Release", "it-dcgm-exporter")["values"]


def test_the_exporter_of_gpus_reads_what_is_in_the_catalogue_and_needs_no_rights_for_it(
    recorder: Recorder, run: Run
) -> None:
    values = exporter(recorder, run)
    (counters,) = values["podAnnotations"].values()
    read = [line.split(",")[0] for line in counters.splitlines()]
    assert {metric.name for metric in dcgm.METRICS} <= set(read)
    # DCGM refuses fields of profiling without CAP_SYS_ADMIN, and the exporter ends.
    assert not [field for field in read if "_PROF_" in field]


def test_the_exporter_of_gpus_is_given_its_counters_as_a_file(recorder: Recorder, run: Run) -> None:
    values = exporter(recorder, run)
    ((annotation, counters),) = values["podAnnotations"].items()
    (volume,), (mount,) = values["extraConfigMapVolumes"], values["extraVolumeMounts"]
    (item,) = volume["downwardAPI"]["items"]
    assert item["fieldRef"]["fieldPath"] == f"metadata.annotations['{annotation}']"
    assert volume["name"] == mount["name"]
    assert values["arguments"] == ["-f", f"{mount['mountPath']}/{item['path']}"]
    # DCGM field, type, help: what the exporter takes a line apart into.
    assert {len(line.split(",")) for line in counters.splitlines()} == {3}
