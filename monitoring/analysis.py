"""What a rollout asks before it goes on, and what a scaler counts: PromQL over the contract, for one service's pods.

Pods are chosen by the label `pod`. A version that differs in its image alone has the same `version` as the one before
it; the hash in the names of its pods differs.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Server:
    """How a model server says what happens to its requests.

    Attributes:
        requests: Counter of answers.
        asked: Selector of those that a user asked for; probes and scrapes count otherwise as traffic that goes well.
        failed: Selector of those that failed, by the server's fault.
        seconds: Histogram of the time to an answer.
        timed: Selector of what of it is a user's.
        alive: Gauge that is there as long as the server is.
    """

    requests: str
    asked: str
    failed: str
    seconds: str
    timed: str
    alive: str

    def traffic(self, namespace: str, pods: str, window: str) -> str:
        """Requests within the window."""
        return f"sum(increase({self.requests}{_of(namespace, pods, self.asked)}[{window}]))"

    def errors(self, namespace: str, pods: str, window: str) -> str:
        """Share of requests that failed, 0 to 1; NaN or no answer without requests."""
        failed = f"sum(rate({self.requests}{_of(namespace, pods, self.asked, self.failed)}[{window}]))"
        # No series of failures is the best that can be, and must not be the same as no series at all.
        return f"({failed} or vector(0)) / sum(rate({self.requests}{_of(namespace, pods, self.asked)}[{window}]))"

    def latency(self, namespace: str, pods: str, window: str, quantile: float = 0.95) -> str:
        """Seconds within which that share of requests is answered."""
        buckets = f"{self.seconds}_bucket{_of(namespace, pods, self.timed)}"
        return f"histogram_quantile({quantile}, sum by (le) (rate({buckets}[{window}])))"

    def rate(self, namespace: str, pods: str, window: str, sleeps: bool = False) -> str:
        """Requests a second: 0 without traffic, no answer if no pod is scraped; or 0, of a service that may sleep."""
        found = f"sum(rate({self.requests}{_of(namespace, pods, self.asked)}[{window}]))"
        return f"{found} or vector(0)" if sleeps else f"{found} or 0 * sum({self.alive}{_of(namespace, pods)})"

    def level(self, gauge: str, namespace: str, pods: str, sleeps: bool = False) -> str:
        """A gauge, of all pods together."""
        found = f"sum({gauge}{_of(namespace, pods)})"
        return f"{found} or vector(0)" if sleeps else found


MLSERVER = Server(
    requests="rest_server_requests_total",
    asked='path=~".+/infer"',
    failed='status_code=~"5.."',
    seconds="rest_server_request_duration_seconds",
    timed='path=~".+/infer"',
    alive="rest_server_requests_in_progress",
)
VLLM = Server(
    requests="http_requests_total",
    asked='handler=~"/v1/.+"',
    failed='status="5xx"',
    seconds="vllm:e2e_request_latency_seconds",
    timed="",
    alive="vllm:num_requests_waiting",
)
QUEUE = MappingProxyType({MLSERVER: "rest_server_requests_in_progress", VLLM: "vllm:num_requests_waiting"})
"""Server to the gauge of requests that wait or are being worked at."""
KV_CACHE = "vllm:kv_cache_usage_perc"
"""Share of the memory for what was read so far that is in use, 0 to 1, of one pod."""


def of_all(name: str) -> str:
    """Pattern of the names of a service's pods, of all its versions but not of a candidate beside it."""
    return f"{name}-[a-z0-9]+-[a-z0-9]+"


def of_hash(name: str, hash_: str) -> str:
    """Pattern of the names of the pods of one version."""
    return f"{name}-{hash_}-[a-z0-9]+"


def _of(namespace: str, pods: str, *more: str) -> str:
    return "{" + ",".join([f'namespace="{namespace}"', f'pod=~"{pods}"', *filter(None, more)]) + "}"
