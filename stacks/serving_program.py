"""How the settings of a service reach its MLServer: limits, computing, and what is captured."""

from components import CapturesArgs, GrantArgs, InferenceCapture, LimitsArgs, ServerArgs
from stacks import grants
from stacks.foundation import Foundation
from stacks.serving_settings import Captures, Limits, Server
from stacks.wiring import Wiring


def limits(one: Limits) -> LimitsArgs:
    """What one pod accepts."""
    return LimitsArgs(**one.model_dump(exclude_none=True))


def server(one: Server) -> ServerArgs:
    """How it computes."""
    return ServerArgs(**one.model_dump(exclude_none=True))


def captures(base: Foundation, capture: InferenceCapture, one: Captures) -> CapturesArgs:
    """What it captures, and in which form."""
    found = CapturesArgs(
        stream=capture.stream_name,
        sampling_parameter=capture.sampling_parameter_name,
        **one.model_dump(exclude_none=True, exclude={"key_secret"}),
    )
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
    keys = [grants.reads_secret(wiring, base, one.key_secret)] if one.key_secret else []
    return [*grants.captures(wiring, capture), *keys]
