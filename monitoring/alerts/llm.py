"""Language models on vLLM: the first token, the queue, the KV cache."""

from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.services import FIRST_TOKEN, OF, OWN, SERVICE, promised
from monitoring.watched import Server, Watched


def group(watched: Watched) -> Group:
    """Alerts of language models; none where there is none."""
    if not any(service.server is Server.VLLM for service in watched.services):
        return Group(name="llm")
    first_token = f"rate({FIRST_TOKEN}_bucket{{{OWN}}}[5m])"
    return Group(
        name="llm",
        alerts=(
            Alert(
                name="FirstTokenSlow",
                expr=f"histogram_quantile(0.95, sum by ({OF}, le) ({first_token})) > {promised('first_token_seconds')}"
                " and ml_platform:requests:rate5m > 0.01",
                wait="10m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: 95 % of first tokens take up to {{{{ $value | humanizeDuration }}}}",
                missing=Missing.SILENT,
                noticed="ServiceDown",
            ),
            Alert(
                name="GenerationQueueLong",
                expr=f"avg by ({OF}) (vllm:num_requests_waiting{{{OWN}}}) > {promised('queue')}",
                wait="5m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: {{{{ $value | humanize }}}} requests wait at each replica",
                missing=Missing.SILENT,
                noticed="ServiceDown",
            ),
            Alert(
                name="GenerationCacheFull",
                expr=f"max by ({OF}) (vllm:kv_cache_usage_perc{{{OWN}}}) > {watched.thresholds.cache_usage:g}",
                wait="10m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: {{{{ $value | humanizePercentage }}}} of the KV cache is in use",
                missing=Missing.SILENT,
                noticed="ServiceDown",
            ),
        ),
    )
