"""GPUs: idle ones and what they cost, broken ones."""

from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.services import PODS
from monitoring.watched import Watched

GPU = "Hostname, gpu, modelName"
SHOWN = "{{ $labels.Hostname }}, GPU {{ $labels.gpu }} ({{ $labels.modelName }})"
EXPORTER = "nvidia"
"""Namespace of the exporter. A GPU that no pod has is shown with the exporter's own pod."""
FREE, HELD = f'namespace="{EXPORTER}"', f'namespace!="{EXPORTER}", pod!=""'
BROKEN = (48, 62, 63, 64, 74, 79, 92, 94, 95)
"""XIDs of broken hardware; the others come from the programs. NVIDIA, "XID Errors", r580."""


def group(watched: Watched) -> Group:
    """Alerts of GPUs."""
    bounds = watched.thresholds
    use = f"avg_over_time(DCGM_FI_DEV_GPU_UTIL{{{HELD}}}[1h])"
    idle = (
        f"count by (Hostname, namespace, pod) (max by (Hostname, gpu, namespace, pod) ({use})"
        f" < {bounds.gpu_idle_percent:g}) unless on (namespace, pod) max by (namespace, pod) ({PODS})"
    )
    price = 'label_replace(max by (node) (node_gpu_hourly_cost), "Hostname", "$1", "node", "(.+)")'
    broken = " or ".join(f"max by ({GPU}) (DCGM_FI_DEV_XID_ERRORS) == {number}" for number in BROKEN)
    common = {"missing": Missing.SILENT, "noticed": "EmitterMissing"}
    return Group(
        name="gpu",
        alerts=(
            Alert(
                name="GpuIdle",
                # Without a price it is still idle.
                expr=f"({idle}) * on (Hostname) group_left () {price} or 0 * ({idle})",
                wait="1h",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.namespace }}/{{ $labels.pod }} holds GPUs and does not use them:"
                ' {{ $value | printf "%.2f" }} USD an hour',
                **common,
            ),
            Alert(
                name="GpuUnassigned",
                expr=f"count by (Hostname) (max by (Hostname, gpu) (DCGM_FI_DEV_GPU_UTIL{{{FREE}}}))"
                f" unless on (Hostname) max by (Hostname) (DCGM_FI_DEV_GPU_UTIL{{{HELD}}})",
                wait="3h",
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary="{{ $labels.Hostname }}: no pod has any of its {{ $value }} GPUs for three hours",
                **common,
            ),
            Alert(
                name="GpuBroken",
                expr=broken,
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary=f"{SHOWN}: XID {{{{ $value }}}}, which is broken hardware",
                **common,
            ),
            Alert(
                name="GpuMemoryBroken",
                expr=f"max by ({GPU}) (DCGM_FI_DEV_ROW_REMAP_FAILURE) > 0",
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary=f"{SHOWN}: {{{{ $value }}}} memory failure that could not be repaired",
                **common,
            ),
            Alert(
                name="GpuHot",
                expr=f"max by ({GPU}) (DCGM_FI_DEV_GPU_TEMP) > {bounds.gpu_celsius:g}",
                wait="10m",
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary=f"{SHOWN}: {{{{ $value }}}} degrees Celsius, it will slow down",
                **common,
            ),
        ),
    )
