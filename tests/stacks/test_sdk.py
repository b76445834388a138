"""The corrections of the SDK: what they save, and that nothing gets lost by them."""

import asyncio
import linecache
import os
import subprocess
import sys
import traceback
from importlib.metadata import version
from typing import Any

import pulumi
import pulumi.runtime.stack as stack
import pytest
from pulumi.runtime.settings import SETTINGS

from stacks._sdk import CORRECTED, keep_debug_messages, look_at_sources_once, send, wait_for_outputs_once
from tests.components.conftest import Recorder
from tests.loops import wait
from tests.sandbox.conftest import until

MANY = 100


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No outputs of other tests, and the SDK as it was afterwards."""
    monkeypatch.setattr(stack, "asyncio", asyncio)
    monkeypatch.setattr(SETTINGS, "outputs", set())


def output(after: int, value: Any = None, error: Exception | None = None) -> pulumi.Output[Any]:
    """An output that is there after some turns of the loop."""

    async def come() -> Any:
        for _ in range(after):
            await asyncio.sleep(0)
        if error:
            raise error
        return value

    return pulumi.Output.from_input(come())


def waits(monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the SDK waits for outputs that are there one after the other."""
    calls, of_the_sdk = [], asyncio.wait

    async def counted(*given: Any, **more: Any) -> Any:
        calls.append(1)
        return await of_the_sdk(*given, **more)

    monkeypatch.setattr(asyncio, "wait", counted)

    async def program() -> None:
        for number in range(MANY):
            output(after=5 * number)
        await stack.wait_for_rpcs()

    wait(program())
    assert not SETTINGS.outputs  # pyright: ignore[reportAttributeAccessIssue]
    return len(calls)


def test_the_sdk_is_the_one_that_was_corrected() -> None:
    """Another version: look whether it still waits for outputs one by one; if not, `stacks/_sdk.py` can go."""
    assert version("pulumi") == CORRECTED


def test_the_sdk_itself_waits_once_for_every_output(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waits(monkeypatch) >= MANY / 2


def test_corrected_it_waits_for_all_of_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_outputs_once()
    assert waits(monkeypatch) <= 5


def test_an_output_that_fails_is_raised_while_others_are_still_open() -> None:
    wait_for_outputs_once()

    async def program() -> None:
        never = output(after=10**9)
        output(after=3, error=ValueError("no such bucket"))
        try:
            await stack.wait_for_rpcs()
        finally:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            del never

    with pytest.raises(ValueError, match="no such bucket"):
        wait(program())


def test_outputs_that_come_of_others_are_waited_for_too() -> None:
    wait_for_outputs_once()
    seen: list[int] = []

    async def program() -> None:
        output(after=3, value=1).apply(lambda one: output(after=3, value=one + 1).apply(seen.append))
        await stack.wait_for_rpcs()

    wait(program())
    assert seen == [2]


def test_another_version_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacks._sdk.version", lambda package: "4.0.0")
    wait_for_outputs_once()
    assert stack.asyncio is asyncio  # pyright: ignore[reportPrivateImportUsage]


@pytest.mark.parametrize("pause", [True, False])
def test_what_was_made_is_registered_before_the_program_ends(pause: bool) -> None:
    recorder = Recorder()
    recorder.start()
    registered: list[str] = []

    async def program() -> None:
        pulumi.CustomResource("test:index:Thing", "first", {"name": output(after=3, value="one")})
        if pause:
            await send()
            until(lambda: recorder.found, seconds=10)  # without a turn of the loop, as where a program is at work
        registered.extend(one.name for one in recorder.found)

    @pulumi.runtime.test
    def body() -> pulumi.Output[None]:
        return pulumi.Output.from_input(program())

    body()
    assert registered == (["first"] if pause else [])
    assert recorder.one("Thing", "first").inputs == {"name": "one"}


@pytest.mark.parametrize(("option", "sent"), [("", ["told"]), ("true", ["asked", "told"])])
def test_debug_messages_are_sent_to_who_asks_for_them(
    monkeypatch: pytest.MonkeyPatch, option: str, sent: list[str]
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)  # put back afterwards
    monkeypatch.setattr(pulumi.log, "get_engine", object)
    monkeypatch.setattr(pulumi.log, "_log", lambda engine, severity, message, *about: seen.append(message))
    monkeypatch.setenv("PULUMI_OPTION_DEBUG", option)
    keep_debug_messages()
    pulumi.log.debug("asked")
    pulumi.log.info("told")
    assert seen == sent


@pytest.mark.parametrize(("first", "said"), [("", "collected"), ("import stacks._sdk; stacks._sdk.hasten()", "")])
def test_a_program_ends_without_collecting_what_it_made(first: str, said: str) -> None:
    program = f"""{first}
class Made:
    def __del__(self, write=__import__("os").write): write(1, b"collected")
made = Made()
made.itself = made"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == said


def test_a_stack_asks_the_file_system_for_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(linecache, "checkcache", linecache.checkcache)  # put back afterwards
    traceback.extract_stack()
    look = os.stat
    monkeypatch.setattr(os, "stat", lambda path, *more, **about: asked.append(path) or look(path, *more, **about))
    traceback.extract_stack()
    assert asked
    look_at_sources_once()
    asked.clear()
    here = traceback.extract_stack()[-1]
    assert asked == []
    assert (here.filename, here.name) == (__file__, "test_a_stack_asks_the_file_system_for_nothing_twice")
    assert here.line == "here = traceback.extract_stack()[-1]"
