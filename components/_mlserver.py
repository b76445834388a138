"""MLServer as a served model's program: what one pod asks for, accepts, computes with and captures."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from components import _served_plan as served

FOLDER = "/mnt/models"
FLUSH_SECONDS = 10
"""Seconds that captures which wait have to reach the stream, once the last request is answered."""
LONGEST_SECONDS = 240
"""Longest `request_seconds`: a request ends well before the load balancer gives it up."""


class ModelFormat(StrEnum):
    """What the model's folder has, and with what it is served."""

    SKLEARN = "sklearn"
    """`model.joblib`, `model.pickle` or `model.pkl`, by MLServer's runtime for scikit-learn."""
    XGBOOST = "xgboost"
    """`model.json`, `model.ubj` or `model.bst`, by MLServer's runtime for XGBoost."""
    LIGHTGBM = "lightgbm"
    """`model.bst`, by MLServer's runtime for LightGBM."""
    PYFUNC = "pyfunc"
    """A folder with `MLmodel`, by MLServer's runtime for MLflow."""
    ONNX = "onnx"
    """`model.onnx`, by onnxruntime."""


class SizeArgs(TypedDict):
    """What one pod asks for."""

    cpus: float
    """vCPUs."""
    memory_gib: float
    """Memory, GiB; also its limit."""
    model_gib: NotRequired[int]
    """Most the model takes on disk, GiB. Default 5."""


class LimitsArgs(TypedDict):
    """What one pod accepts; it refuses more at once, so that what it has accepted is answered in time."""

    request_mib: NotRequired[float]
    """Largest body of a request, MiB, measured after decompression; a larger one is answered 413. Default 10."""
    request_seconds: NotRequired[int]
    """Longest time to an answer, seconds, 1 to 240; then the answer is 504. Default 30."""
    requests: NotRequired[int]
    """Most requests that wait or are computed; a further one is answered 503. Default 100."""


class BatchArgs(TypedDict):
    """Adaptive batching of MLServer: requests that wait are computed together and answered one by one."""

    size: int
    """Most requests in a batch, from 2."""
    milliseconds: float
    """Longest time that a batch waits for further requests, milliseconds."""


class ServerArgs(TypedDict):
    """How MLServer computes."""

    threads: NotRequired[int]
    """Threads of OpenMP, OpenBLAS and joblib. Default: the vCPUs of a pod, rounded down, at least 1."""
    predictions: NotRequired[int]
    """Predictions at the same time, each in a thread of its own. Default 1."""
    batch: NotRequired[BatchArgs]
    """Adaptive batching. Default: none."""
    warm_up: NotRequired[str]
    """File in the model's folder: a request of the Open Inference Protocol, JSON, which the model answers before the
    pod is ready. Default: none."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Further environment variables, such as `MLSERVER_MODEL_EXTRA`. Default: none."""


class CapturesArgs(TypedDict):
    """Which requests and answers a model captures, and in which form."""

    stream: pulumi.Input[str]
    """Stream of InferenceCapture."""
    sampling_parameter: pulumi.Input[str]
    """Its parameter of model to percentage."""
    queue_mib: NotRequired[int]
    """Most memory of requests that wait for the stream, MiB; further ones are not captured, and counted. Default 32."""
    columns: NotRequired[Sequence[str]]
    """Input columns that are captured. Default: all."""
    hashed: NotRequired[Sequence[str]]
    """Columns whose values are replaced by their HMAC-SHA256. Needs `key_secret`. Default: none."""
    masked: NotRequired[Sequence[str]]
    """Columns of which only is captured whether there is a value. Default: none."""
    key_secret: NotRequired[pulumi.Input[str]]
    """ARN of the secret with the key of the HMAC; the pods need a grant to read it. Default: none."""


def mlserver(name: str, args: Any) -> served.Program:
    """MLServer by the entry point of `workloads.serving`; everything reaches it by environment variables.

    Args:
        name: Name of the component, for errors.
        args: `ModelServiceArgs`.

    Raises:
        ValueError: A limit is out of its range, or a variable is one that the component sets.
    """
    if text := _problem(args):
        raise ValueError(f"ModelService {name!r}: {text}")
    model, size, minutes = args["model"], args["size"], int(args.get("start_minutes", 5))
    models, mount = served.volume("models", FOLDER, int(size.get("model_gib", 5)))
    scratch, scratch_mount = served.volume("tmp", "/tmp", 1)
    mounts = [mount, scratch_mount]
    memory = served.gib(size["memory_gib"])
    asked = {"cpu": served.cpus(size["cpus"]), "memory": memory}
    resources = {"requests": {**asked, "ephemeral-storage": "1Gi"}, "limits": {"memory": memory}}
    ready = f"/v2/models/{model}/ready"

    def server(version: str, model_uri: Any) -> dict[str, Any]:
        variables = {**_variables(args, version), **args.get("server", {}).get("variables", {})}
        return {
            "command": ["python", "-m", "workloads.serving", FOLDER],
            "env": served.env(variables),
            "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 8082}],
            "startupProbe": served.probe(ready, "http", 5, 12 * minutes),
            "readinessProbe": served.probe(ready, "http", 5, 2),
            "livenessProbe": served.probe("/v2/health/live", "http", 10, 3),
            "resources": resources,
            "volumeMounts": mounts,
        }

    def fetch(model_uri: Any, digest: str) -> dict[str, Any]:
        return {
            "command": ["python", "-m", "workloads.fetch", model_uri, FOLDER, digest],
            "env": served.env({"HOME": "/tmp"}),
            "resources": resources,
            "volumeMounts": mounts,
        }

    return served.Program(
        server,
        port="http",
        metrics="metrics",
        volumes=[models, scratch],
        paths=[f"/v2/models/{model}"],
        health=ready,
        finish_seconds=int(_limits(args)["request_seconds"]) + FLUSH_SECONDS,
        fetch=fetch,
    )


def _limits(args: Any) -> dict[str, Any]:
    return {"request_mib": 10, "request_seconds": 30, "requests": 100, **args.get("limits", {})}


def _variables(args: Any, version: str) -> dict[str, Any]:
    limits, server = _limits(args), args.get("server", {})
    seconds, format_ = int(limits["request_seconds"]), ModelFormat(args.get("format", ModelFormat.SKLEARN))
    threads = str(int(server.get("threads", max(1, int(args["size"]["cpus"])))))
    found = {
        "MLSERVER_MODEL_NAME": args["model"],
        "MLSERVER_MODEL_VERSION": version,
        "MLSERVER_MODEL_IMPLEMENTATION": f"workloads.serving.runtimes.{format_}.Runtime",
        "MLSERVER_MODEL_URI": FOLDER,
        "MLSERVER_HTTP_PORT": "8080",
        "MLSERVER_METRICS_PORT": "8082",
        "MLSERVER_METRICS_DIR": "/tmp",
        # By default MLServer answers an error with its traceback.
        "MLSERVER_DEBUG": "false",
        # One process a pod: more pods, which are counted, spread and drained, instead of more workers.
        "MLSERVER_PARALLEL_WORKERS": "0",
        "SERVING_REQUEST_BYTES": str(round(1024**2 * limits["request_mib"])),
        "SERVING_REQUEST_SECONDS": str(seconds),
        "SERVING_REQUESTS": str(int(limits["requests"])),
        "SERVING_PREDICTIONS": str(int(server.get("predictions", 1))),
        "SERVING_KEEP_ALIVE_SECONDS": str(served.KEEP_ALIVE_SECONDS),
        "SERVING_FINISH_SECONDS": str(seconds),
        "SERVING_FLUSH_SECONDS": str(FLUSH_SECONDS),
        # Without them each library has a thread for every core of the node.
        "OMP_NUM_THREADS": threads,
        "LOKY_MAX_CPU_COUNT": threads,
        "HOME": "/tmp",
    }
    if batch := server.get("batch"):
        found["MLSERVER_MODEL_MAX_BATCH_SIZE"] = str(int(batch["size"]))
        found["MLSERVER_MODEL_MAX_BATCH_TIME"] = f"{float(batch['milliseconds']) / 1000:g}"
    if file := server.get("warm_up"):
        found["SERVING_WARM_UP"] = file
    return {**found, **_capture_variables(args["captures"])} if "captures" in args else found


def _capture_variables(captures: CapturesArgs) -> dict[str, Any]:
    found = {
        "CAPTURE_STREAM": captures["stream"],
        "CAPTURE_SAMPLING_PARAMETER": captures["sampling_parameter"],
        "CAPTURE_QUEUE_BYTES": str(1024**2 * int(captures.get("queue_mib", 32))),
    }
    for field in ("columns", "hashed", "masked"):
        if (names := captures.get(field)) is not None:
            found[f"CAPTURE_{field.upper()}"] = json.dumps(list(names))
    if "key_secret" in captures:
        found["CAPTURE_KEY_SECRET"] = captures["key_secret"]
    return found


def _problem(args: Any) -> str | None:
    if (format_ := args.get("format", ModelFormat.SKLEARN)) not in list(ModelFormat):
        return f"format = {format_!r}; allowed: {', '.join(ModelFormat)}"
    limits, server, captures = _limits(args), args.get("server", {}), args.get("captures", {})
    if not 1 <= int(limits["request_seconds"]) <= LONGEST_SECONDS:
        return f"limits.request_seconds = {limits['request_seconds']}; allowed: 1 to {LONGEST_SECONDS}"
    least = {
        "limits.request_mib": (limits["request_mib"], 0.001),
        "limits.requests": (limits["requests"], 1),
        "server.threads": (server.get("threads", 1), 1),
        "server.predictions": (server.get("predictions", 1), 1),
        "server.batch.size": (server.get("batch", {}).get("size", 2), 2),
        "server.batch.milliseconds": (server.get("batch", {}).get("milliseconds", 1), 0.1),
    }
    for field, (value, lowest) in least.items():
        if float(value) < lowest:
            return f"{field} = {value}; allowed: from {lowest}"
    if captures.get("hashed") and "key_secret" not in captures:
        return "captures.hashed needs captures.key_secret: without a key, hashes of known values can be looked up"
    if taken := sorted(_variables(args, "").keys() & server.get("variables", {}).keys()):
        return f"server.variables.{taken[0]} would be overwritten: another argument sets it; remove the variable"
    return None
