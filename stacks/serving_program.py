"""How the settings of a service reach its MLServer: limits, computing, and what is captured."""

import pulumi

from components import CapturesArgs, GrantArgs, GrantKind, InferenceCapture, LimitsArgs, ServerArgs
from stacks.foundation import Foundation
from stacks.serving_settings import Captures, Limits, Server
from stacks.wiring import Wiring


def limits(one: Limits) -> LimitsArgs:
    """What one pod accepts."""
    found: LimitsArgs = {}
    if one.request_mib:
        found["request_mib"] = one.request_mib
    if one.request_seconds:
        found["request_seconds"] = one.request_seconds
    if one.requests:
        found["requests"] = one.requests
    return found


def server(one: Server) -> ServerArgs:
    """How it computes."""
    found: ServerArgs = {"variables": one.variables}
    if one.predictions:
        found["predictions"] = one.predictions
    if one.threads:
        found["threads"] = one.threads
    if one.batch:
        found["batch"] = {"size": one.batch.size, "milliseconds": one.batch.milliseconds}
    if one.warm_up:
        found["warm_up"] = one.warm_up
    return found


def captures(base: Foundation, capture: InferenceCapture, one: Captures) -> CapturesArgs:
    """What it captures, and in which form."""
    found: CapturesArgs = {
        "stream": capture.stream_name,
        "sampling_parameter": capture.sampling_parameter_name,
        "hashed": one.hashed,
        "masked": one.masked,
    }
    if one.queue_mib:
        found["queue_mib"] = one.queue_mib
    if one.columns is not None:
        found["columns"] = one.columns
    if one.key_secret:
        assert base.secrets is not None  # a rule of the settings
        found["key_secret"] = base.secrets[one.key_secret]
    return found


def capture_grants(
    wiring: Wiring, base: Foundation, capture: InferenceCapture | None, one: Captures
) -> list[GrantArgs]:
    """What its pods need in AWS to capture; nothing if nothing is captured."""
    if capture is None:
        return []
    settings = wiring.settings
    start = f"arn:aws:ssm:{settings.region}:{settings.account}:parameter/"
    parameter = pulumi.Output.concat(start, capture.sampling_parameter_name.apply(lambda name: name.lstrip("/")))
    found: list[GrantArgs] = [
        {"kind": GrantKind.PUT_RECORDS, "resource_arn": capture.stream_arn},
        {"kind": GrantKind.READ_PARAMETER, "resource_arn": parameter},
    ]
    if one.key_secret:
        assert base.secrets is not None  # a rule of the settings
        assert settings.secrets
        kms = base.keys[settings.secrets.data_class]
        found.append({"kind": GrantKind.READ_SECRET, "resource_arn": base.secrets[one.key_secret], "kms_key_arn": kms})
    return found
