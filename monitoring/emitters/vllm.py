"""vLLM, which serves language models."""

from monitoring.label import SERVED, formed, known, named
from monitoring.metric import Emitter, floats

_SOURCE = "vllm-project/vllm v0.33.0"
EMITTER = Emitter(
    name="vllm",
    version="0.33.0",
    target_labels=SERVED,
    source=f"{_SOURCE}, vllm/v1/metrics/loggers.py, buckets.py and its HTTP instrumentation",
)
FIRST_TOKEN = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0),
    *(160.0, 640.0, 2560.0),
)
"""Seconds: buckets of the time to the first token."""
NEXT_TOKEN = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0),
)
"""Seconds: buckets of the time between two tokens."""
_WHOLE = (
    *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0),
    *(1920.0, 7680.0),
)
_ENGINE = (named("model_name", "assistant"), formed("engine", r"[0-9]+", "0"))

METRICS = (
    EMITTER.gauge("vllm:num_requests_running", "requests", "requests being worked at", *_ENGINE),
    EMITTER.gauge("vllm:num_requests_waiting", "requests", "requests that wait for room in the batch", *_ENGINE),
    EMITTER.gauge("vllm:kv_cache_usage_perc", "ratio", "share of the KV cache in use, 0 to 1", *_ENGINE),
    EMITTER.counter("vllm:num_preemptions_total", "requests", "requests put back for want of KV cache", *_ENGINE),
    EMITTER.counter("vllm:prompt_tokens_total", "tokens", "tokens read", *_ENGINE),
    EMITTER.counter("vllm:generation_tokens_total", "tokens", "tokens written", *_ENGINE),
    EMITTER.histogram(
        "vllm:time_to_first_token_seconds",
        "seconds",
        "time from a request to its first token",
        *_ENGINE,
        bounds=floats(*FIRST_TOKEN),
    ),
    EMITTER.histogram(
        "vllm:inter_token_latency_seconds", "seconds", "time between two tokens", *_ENGINE, bounds=floats(*NEXT_TOKEN)
    ),
    EMITTER.histogram(
        "vllm:e2e_request_latency_seconds",
        "seconds",
        "time from a request to its last token",
        *_ENGINE,
        bounds=floats(*_WHOLE),
    ),
    EMITTER.counter(
        "http_requests_total",
        "requests",
        "requests answered; status is a class such as 5xx",
        formed("handler", r"/.*|none", "/v1/chat/completions", "/v1/completions", "/health", "/metrics"),
        known("method", *("GET", "HEAD", "POST"), examples=("POST",), source="RFC 9110, 9.1"),
        known(
            "status",
            *("1xx", "2xx", "3xx", "4xx", "5xx"),
            examples=("2xx", "4xx", "5xx"),
            source=f"{_SOURCE}, vllm/entrypoints/serve/instrumentator/metrics.py: groups of status codes",
        ),
    ),
)
