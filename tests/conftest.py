"""What every layer shares: the engine on PATH, if this machine has it, and the longest tests first."""

import os
import signal

import pulumi.runtime.resource
import pytest
from pulumi.runtime.proto import source_pb2

from sandbox.kubernetes.programs import PROVIDER
from sandbox.toolchain import TOOLS, Toolbox
from stacks._sdk import wait_for_outputs_once

# The engine would start the official provider from PATH, instead of the sandbox's, which leads it to the control plane.
os.environ["PATH"] = os.pathsep.join(
    [*map(str, Toolbox().look([tool.name for tool in TOOLS if tool.name != PROVIDER]).path), os.environ["PATH"]]
)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background, by a shell that has every process below ignore Ctrl-C; some tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
wait_for_outputs_once()  # as the program does
# Under mocks nobody asks where a resource was written, and to find it takes long where pytest lies above.
pulumi.runtime.resource._get_stack_trace = source_pb2.StackTrace
LONGEST = (
    "test_sim",
    "test_control_plane",
    "test_admission",
    "test_prod",
    "test_serving",
    "test_loop",
    "test_dev",
    "test_tenants",
    "test_staging",
    "test_layers",
    "test_kubernetes_provider",
    "test_recovery",
    "test_week",
    "test_rollouts",
    "test_plane",
    "test_examples",
    "test_engine",
    "test_placed",
    "test_life_cycle",
    "test_plugin",
)
"""Modules that keep a worker busy for a minute and more: begun last, one of them would keep everybody waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest modules; `--no-loadscope-reorder` keeps that order among several workers."""
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
