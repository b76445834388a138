"""The workflows of GitHub: checked by actionlint and zizmor, and the script of the one comment played."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlp.fetch import fetch
from policies.output.markdown import MARKER
from policies.profiles import ENVIRONMENTS
from stacks.settings import Settings
from tests.stacks.test_boundary import planned

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
# Stands for the program of GitHub: keeps what it is told, and answers as if there were a comment, or none.
GH = """#!/bin/sh
echo "$@" >> {journal}
case "$*" in
  *"run download"*) test -d {summaries} && cp -r {summaries} summaries ;;
  *--paginate*) echo "{comment}" ;;
esac
"""


def test_actionlint_is_content() -> None:
    program = fetch(["actionlint"]).tools["actionlint"].path
    assert program
    done = subprocess.run([program, *FILES], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_zizmor_is_content() -> None:
    program = Path(sys.executable).with_name("zizmor")
    command = [program, "--offline", "--quiet", "--persona", "pedantic", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@each_file
def test_every_action_is_pinned_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses: (.*)", file.read_text())
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


@each_file
def test_nothing_is_permitted_but_what_a_job_names(file: Path) -> None:
    document = yaml.safe_load(file.read_text())
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["permissions"]
        assert "write-all" not in str(job["permissions"])


def test_every_environment_of_an_account_is_audited() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "policies.yml").read_text())["jobs"]
    assert {"local", *jobs["audit"]["strategy"]["matrix"]["environment"]} == set(ENVIRONMENTS)


def test_the_deployment_runs_on_the_runner_of_its_environment() -> None:
    document = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text())
    (job,) = document["jobs"].values()
    chosen = document[True]["workflow_dispatch"]["inputs"]["environment"]["options"]
    assert {"local", *chosen} == set(ENVIRONMENTS)
    for environment in chosen:
        settings = Settings.from_file(environment)
        assert settings.ci
        assert settings.ci.runner
        assert document["name"] in settings.ci.runner.workflows
        project = planned(settings).inputs("Project", "runner")["name"]
        label = job["runs-on"].replace("${{ inputs.environment }}", environment)
        assert label == f"codebuild-{project}-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}"
        # The deploy role trusts the jobs of this GitHub environment, whose protection rules hold.
        assert job["environment"] == "${{ inputs.environment }}"


@each_file
def test_what_changes_a_real_account_runs_on_a_runner_in_its_vpc(file: Path) -> None:
    for job in yaml.safe_load(file.read_text())["jobs"].values():
        lines = [line for one in job["steps"] for line in one.get("run", "").splitlines()]
        real = [line for line in lines if re.search(r"mlp (up|down|preview) ", line) and "--sandbox" not in line]
        assert not real or job["runs-on"].startswith("codebuild-"), real


def step(name: str) -> dict[str, Any]:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "policies.yml").read_text())["jobs"]
    [found] = [one for one in jobs["comment"]["steps"] if one["name"].startswith(name)]
    return found


@pytest.mark.parametrize(
    ("comment", "method"), [("", "POST repos/o/r/issues/7/comments"), ("42", "PATCH repos/o/r/issues/comments/42")]
)
@pytest.mark.parametrize("summarised", [True, False])
def test_there_is_one_comment_whatever_happened(tmp_path: Path, comment: str, method: str, summarised: bool) -> None:
    summaries, journal = tmp_path / "made", tmp_path / "journal"
    if summarised:
        (summaries / "summary-prod").mkdir(parents=True)
        (summaries / "summary-prod" / "summary.md").write_text("### Policies, prod: nothing refused\n")
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH.format(journal=journal, summaries=summaries, comment=comment))
    program.chmod(0o755)
    variables = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "REPOSITORY": "o/r",
        "PULL_REQUEST": "7",
        "RUN": "1",
    }
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Write the comment")["run"]]
    subprocess.run(script, cwd=tmp_path, env=variables, check=True, capture_output=True)
    written = (tmp_path / "comment.md").read_text()
    assert written.startswith(MARKER)
    assert "### Policies, dev: refused at preview, or failed" in written
    assert ("### Policies, prod: nothing refused" in written) == summarised
    assert method in journal.read_text()
    assert journal.read_text().count("--method") == 1
