"""Quality: whether predictions turned out right, as far as true outcomes are known."""

from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.watched import Watched

FIRST = 'measure=~"auc|r2"'
"""The measure that a model must keep: of a classifier, of a regression."""


def group(watched: Watched) -> Group:
    """Alerts of the quality of predictions."""
    return Group(
        name="quality",
        alerts=(
            Alert(
                name="QualityLow",
                expr=f"max by (model, version, measure) (ml_platform_quality{{{FIRST}}})"
                " and on (model, version) max by (model, version) (ml_platform_quality_lost) == 1",
                wait="5m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.model }} {{ $labels.version }}: {{ $labels.measure }} of predictions with a known"
                ' outcome is {{ $value | printf "%.3f" }}, certainly below what it must be',
                missing=Missing.SILENT,
                noticed="GroundTruthLate",
                retrain="performance",
            ),
        ),
    )
