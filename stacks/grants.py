"""What pods may do in AWS with what the layers below have: each resource with the key that encrypts it."""

import pulumi

from components import GrantArgs, GrantKind, InferenceCapture
from stacks.foundation import Foundation
from stacks.wiring import Wiring


def reads_secret(wiring: Wiring, base: Foundation, name: str) -> GrantArgs:
    """Read one secret of `secrets.names`."""
    assert base.secrets is not None  # a rule of the settings
    assert wiring.settings.secrets
    key = base.keys[wiring.settings.secrets.data_class]
    return {"kind": GrantKind.READ_SECRET, "resource_arn": base.secrets[name], "kms_key_arn": key}


def captures(wiring: Wiring, capture: InferenceCapture) -> list[GrantArgs]:
    """Put records into the capture stream, and read which share of the requests is captured."""
    start = f"arn:aws:ssm:{wiring.settings.region}:{wiring.settings.account}:parameter/"
    parameter = pulumi.Output.concat(start, capture.sampling_parameter_name)
    return [
        {"kind": GrantKind.PUT_RECORDS, "resource_arn": capture.stream_arn},
        {"kind": GrantKind.READ_PARAMETER, "resource_arn": parameter},
    ]
