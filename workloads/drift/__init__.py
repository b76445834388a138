"""The drift exporter: judges captured predictions against reference data on a schedule, and serves the verdicts.

`python -m workloads.drift` reads from its environment:

    DRIFT_CAPTURES_URI     s3:// URI of all captures, as InferenceCapture gives it
    DRIFT_REPORTS_URI      s3:// URI that reports are written below, `<model>/<version>/<date>/<time>.html`
    DRIFT_MODELS           JSON, model to its settings, see below
    DRIFT_EVERY_SECONDS    from the start of one run to the next; default 3600
    DRIFT_ADDRESS          host:port of /metrics; default 0.0.0.0:9109

Settings of a model:

    reference           s3:// URI of a folder with the data that it was trained on; `<version>/` in it comes first
    time                column of the reference with the time of a row; then the same hours of the week are compared
    truth               s3:// URI of the folder that true outcomes arrive in
    threshold           share of drifted columns that is drift, over 0 to 1
    leastDistance       Jensen-Shannon distance that matters, 0 to 0.83, however certain a smaller one is
    falseAlarmsPerDay   expected number of days with a false alarm in a day of unchanged data, over 0 to 1
    windowSeconds       how long the captures go back that are judged together
    minRows             rows below which there is no verdict

It is a long-running program and not a job that pushes: when it dies its series end, and none is left behind that nobody
keeps up to date. A model or version whose run fails keeps its last verdict and the time of it, which grows stale.
"""
