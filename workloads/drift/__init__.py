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
    quality             what is measured as soon as true outcomes are known, see below

Settings of `quality`, the quality of predictions:

    output              output that is the prediction, such as predict_proba
    kind                classifier (the output is the probability of a class) or regression (it is a number)
    positive            true outcome, as text, that is the class of the probability; default 1
    least               what the area under the ROC curve (classifier) or R2 (regression) must be at least
    days                predictions of so many days back are looked at
    delayDays           days after which the outcome of a prediction is known; younger ones are only estimated
    slices              inputs whose most frequent values are each compared with all other rows; default none

A file below `truth` is CSV or Parquet, with a row each outcome: `id` of the request, `truth`, and `row` of the request,
from 0, where requests have several.

It is a long-running program and not a job that pushes: when it dies its series end, so that none is left behind with an
old value. A model or version whose run fails keeps its last verdict and the time of it, which grows stale.
"""
