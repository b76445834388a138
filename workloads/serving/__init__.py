"""A runtime for MLServer that serves a scikit-learn model, measures what it answers and captures a sample of it.

`MLSERVER_MODEL_IMPLEMENTATION=workloads.serving.model.CapturedModel mlserver start .` serves the model that the
environment names:

    MLSERVER_MODEL_NAME, MLSERVER_MODEL_VERSION    what is served; the labels of its pod say the same
    MLSERVER_MODEL_URI                             folder with model.joblib or model.pkl
    MLSERVER_MODEL_EXTRA                           {"predict_fn": "predict_proba"}, if that is what it answers
    CAPTURE_STREAM, CAPTURE_SAMPLING_PARAMETER     stream and parameter of InferenceCapture; none: nothing is captured
    CAPTURE_QUEUE                                  requests that wait for the stream at most; default 1000
    CAPTURE_REFRESH_SECONDS                        how old what is known of the parameter may be; default 60

and everything else that MLServer itself reads: ports, workers, metrics.
"""
