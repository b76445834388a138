"""The drift exporter: judges captured predictions against reference data on a schedule, and serves the verdicts.

`python -m workloads.drift` reads from its environment:

    DRIFT_CAPTURES_URI     s3:// URI of all captures, as InferenceCapture gives it
    DRIFT_MODELS           JSON, model to {"reference": s3:// URI of a folder, "truth": likewise, optional,
                           "threshold": share of drifted columns that is drift, "windowSeconds", "minRows"}
    DRIFT_EVERY_SECONDS    from the start of one run to the next; default 3600
    DRIFT_ADDRESS          host:port of /metrics; default 0.0.0.0:9109

It is a long-running program and not a job that pushes: when it dies its series end, and none is left behind that nobody
keeps up to date. A model whose run fails keeps its last verdict and the time of it, which grows stale.
"""
