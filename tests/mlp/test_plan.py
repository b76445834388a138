"""What `preview` and `up` say, from event logs of the real engine; `tests.mlp.events.record` made them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mlp.outcome import Outcome
from mlp.plan import plan
from mlp.policy import Verdicts
from mlp.report import Asked, Report, report_of

EVENTS = Path(__file__).parent / "events"
SECRETS = ("first-token", "second-token", "a-password")


def outcome(name: str) -> Outcome:
    found = Outcome()
    for line in (EVENTS / f"{name}.jsonl").read_text().splitlines():
        found.take(json.loads(line))
    return found


def report(name: str, diff: bool = False, no_changes: bool = False, after: tuple[str, ...] = ()) -> Report:
    return report_of("local", 12.3, outcome(name), Verdicts(), Asked(diff, no_changes), after)


def shown(found: Report, width: int = 0, **console: Any) -> str:
    file = io.StringIO()
    found.print(Console(file=file, width=width or 80, emoji=False, **console))
    return file.getvalue()


def test_a_preview_says_first_what_it_would_do_with_replacements_and_deletions() -> None:
    first = report("preview").text.splitlines()[0]
    assert first == (
        "local: would create 4, update 1, replace 2 (1 holds data), delete 1 (1 holds data); 3 unchanged (12 s)"
    )


def test_an_update_says_what_it_did() -> None:
    first = report("up").text.splitlines()[0]
    assert first == "local: created 4, updated 1, replaced 2 (1 held data), deleted 1 (1 held data); 3 unchanged (12 s)"


def test_nothing_to_change_is_said_first() -> None:
    found = report("again")
    assert found.text.splitlines()[0] == "local: nothing to change; 10 resources are as the settings say (12 s)"
    assert list(plan(outcome("again"))) == []


def test_what_would_lose_its_data_comes_before_everything_else() -> None:
    lines = report("preview").text.splitlines()
    start = lines.index("What these hold would be lost:")
    assert lines[start + 1 : start + 3] == [
        " +- aws:s3:Bucket models  [diff: ~bucket (replaces), ~tags]",
        " -  aws:cloudwatch:LogGroup old-logs",
    ]
    assert start < next(number for number, line in enumerate(lines) if "models-events" in line)


def test_outputs_are_named_where_there_were_some_before() -> None:
    assert "outputs that would change: bucket" in report("preview").text.splitlines()
    for name in ("create", "again", "destroy"):
        assert "outputs that" not in report(name).text


def test_every_other_change_is_in_the_tree_of_its_component_with_its_properties() -> None:
    lines = report("preview").text.splitlines()
    start = lines.index("    ml-platform:index:ArtifactStore models")
    assert sorted(lines[start + 1 : start + 3]) == sorted(
        (
            " ~  ├─ aws:sqs:Queue models-events  [diff: ~tags, ~visibilityTimeoutSeconds]",
            " +- └─ aws:s3:BucketVersioning models-versioning  [diff: ~bucket (replaces)]",
        )
    )
    # All of it new: one line.
    assert " +  ml-platform:index:Notifications alarms: 3 resources" in lines
    assert "untouched" not in "\n".join(lines)


def replaced(*lacks: str, **has: Any) -> str:
    """The line of a resource that is replaced, if metadata of its event is missing or another."""
    found = Outcome()
    for line in (EVENTS / "preview.jsonl").read_text().splitlines():
        event = json.loads(line)
        metadata = event.get("resourcePreEvent", {}).get("metadata", {})
        if metadata.get("urn", "").endswith("::models-versioning"):
            for name in lacks:
                metadata.pop(name, None)
            metadata |= has
        found.take(event)
    (line,) = [line.text for line in plan(found) if "models-versioning" in line.text]
    return line


def test_what_is_replaced_because_of_something_else_says_so() -> None:
    # As the engine writes it where a resource has to be deleted before one that it depends on.
    line = replaced("detailedDiff", "diffs", "keys")
    assert line.endswith("aws:s3:BucketVersioning models-versioning (because of what it depends on)  [diff: ~bucket]")


def test_what_is_replaced_for_its_live_state_says_what_the_provider_names() -> None:
    # As the engine writes it of a Job that has failed.
    line = replaced("detailedDiff", "diffs", keys=['.metadata.annotations["pulumi.com/replaceUnready"]'])
    assert "models-versioning  [diff: " in line
    assert '~metadata.annotations["pulumi.com/replaceUnready"] (replaces)' in line


def test_a_diff_shows_old_and_new_values_and_every_resource() -> None:
    text = report("preview", diff=True).text
    assert '~ bucket: "models-1-example" => "models-2-example" (replaces)' in text
    assert '~ tags: {"owner": "us"} => {"owner": "them"}' in text
    assert "~ visibilityTimeoutSeconds: 30 => 60" in text
    assert text.count("aws:sns:Topic alarms-") == 3


@pytest.mark.parametrize("name", ["create", "preview", "up", "destroy"])
@pytest.mark.parametrize("diff", [True, False])
def test_no_secret_is_shown(name: str, diff: bool) -> None:
    found = report(name, diff)
    for text in (found.text, json.dumps(found.data)):
        assert [secret for secret in SECRETS if secret in text] == []
    assert not diff or name == "destroy" or '"token": "[secret]"' in found.text or "[secret]" in found.text


def test_a_program_hears_of_replacements_and_of_each_property() -> None:
    data = report("preview").data
    assert (data["created"], data["updated"], data["replaced"], data["deleted"], data["unchanged"]) == (4, 1, 2, 1, 3)
    assert data["preview"]
    (bucket,) = [one for one in data["changes"] if one["op"] == "replace" and one["urn"].endswith("::models")]
    assert bucket["properties"] == [
        {"path": "bucket", "kind": "update", "replaces": True},
        {"path": "tags", "kind": "update", "replaces": False},
    ]
    assert bucket["loses_data"]
    # As many steps as the engine has, with the parts of replacements.
    assert {one["op"] for one in data["changes"]} == {
        *("create", "update", "replace", "delete", "create-replacement", "delete-replaced")
    }


@pytest.mark.parametrize(("name", "code"), [("preview", 3), ("create", 3), ("again", None)])
def test_where_no_changes_are_expected_a_change_has_an_exit_code_of_its_own(name: str, code: int | None) -> None:
    found = report(name, no_changes=True)
    assert found.code == code
    assert found.data["ok"] == (code is None)
    assert report(name).code is None


@pytest.mark.parametrize("name", ["create", "preview", "up", "again", "destroy"])
def test_progress_only_grows_and_ends_with_all_resources(name: str) -> None:
    found, counts = Outcome(), []
    for line in (EVENTS / f"{name}.jsonl").read_text().splitlines():
        found.take(json.loads(line))
        counts.append(len(found.done))
    assert counts == sorted(counts)
    assert counts[-1] == len(found.resources) == len({step["urn"] for step in urns(name)})


def urns(name: str) -> list[dict[str, str]]:
    events = map(json.loads, (EVENTS / f"{name}.jsonl").read_text().splitlines())
    return [event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event]


def test_an_update_has_as_many_resources_as_its_preview() -> None:
    assert outcome("up").resources == outcome("preview").resources


@pytest.mark.parametrize("diff", [True, False])
def test_sixty_columns_are_enough(diff: bool) -> None:
    found = report(
        "preview", diff, after=("mlp up prod --sandbox does it", "mlp preview prod --sandbox --diff shows more")
    )
    wide, narrow = shown(found, 60, force_terminal=False), shown(found, 60, force_terminal=True, no_color=True)
    plain = narrow.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert max(len(line) for line in plain.splitlines()) <= 60
    # No word is broken, unless it is longer than a line.
    assert [word for word in wide.split() if len(word) < 40 and word not in plain.split()] == []


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b" not in shown(report("preview"), force_terminal=False)
    assert "\x1b[35m" in shown(report("preview"), force_terminal=True)
    assert "\x1b[35m" not in shown(report("preview"), force_terminal=True, no_color=True)
