"""MLServer as the platform runs it: one model, in threads, within bounds, watched and captured.

`python -m workloads.serving FOLDER` serves the model that the environment names:

    MLSERVER_MODEL_NAME, MLSERVER_MODEL_VERSION    what is served; the labels of its pod say the same
    MLSERVER_MODEL_URI                             folder with the model
    MLSERVER_MODEL_IMPLEMENTATION                  workloads.serving.runtimes.FORMAT.Runtime
    MLSERVER_MODEL_EXTRA                           {"predict_fn": "predict_proba"}, if that is what it answers

with everything else that MLServer itself reads (ports, metrics, batching), and the variables of
`workloads.serving.environment`. `workloads.serving.erase` deletes the captured rows of one person.
"""
