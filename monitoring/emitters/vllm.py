"""vLLM, which serves language models."""

from monitoring.metric import SERVED, Emitter

EMITTER = Emitter(
    name="vllm",
    version="0.33.0",
    target_labels=SERVED,
    source="vllm-project/vllm, vllm/v1/metrics/loggers.py and its HTTP instrumentation",
)
_ENGINE = ("model_name", "engine")

METRICS = (
    EMITTER.gauge("vllm:num_requests_running", "requests", "requests being worked at", *_ENGINE),
    EMITTER.gauge("vllm:num_requests_waiting", "requests", "requests that wait for room in the batch", *_ENGINE),
    EMITTER.gauge("vllm:kv_cache_usage_perc", "ratio", "share of the KV cache in use, 0 to 1", *_ENGINE),
    EMITTER.counter("vllm:num_preemptions_total", "requests", "requests put back for want of KV cache", *_ENGINE),
    EMITTER.counter("vllm:prompt_tokens_total", "tokens", "tokens read", *_ENGINE),
    EMITTER.counter("vllm:generation_tokens_total", "tokens", "tokens written", *_ENGINE),
    EMITTER.histogram(
        "vllm:time_to_first_token_seconds", "seconds", "time from a request to its first token", *_ENGINE
    ),
    EMITTER.histogram("vllm:inter_token_latency_seconds", "seconds", "time between two tokens", *_ENGINE),
    EMITTER.histogram("vllm:e2e_request_latency_seconds", "seconds", "time from a request to its last token", *_ENGINE),
    EMITTER.counter(
        "http_requests_total",
        "requests",
        "requests answered; status is a class such as 5xx",
        "handler",
        "method",
        "status",
    ),
)
