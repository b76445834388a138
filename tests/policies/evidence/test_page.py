"""The page as a reader has it: in a tree, and in a real browser where there is one."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from policies._verdict import Outcome
from policies.evidence.page import page
from tests.policies.evidence.records import record
from tests.policies.output.findings import finding

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-logging=stderr --no-pdf-header-footer"
)
in_browser = pytest.mark.skipif(not BROWSER, reason="no Chromium on PATH")


class Outline(HTMLParser):
    """Elements in order, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(page(record(), {"findings.json": "ab" * 32}))
    return file


@pytest.fixture(scope="module")
def outline(written: Path) -> Outline:
    return Outline(written.read_text())


def test_names_of_others_are_text(written: Path, outline: Outline) -> None:
    assert not outline.all("script", "img", "link", "iframe")
    text = written.read_text()
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", text)


def test_it_loads_and_runs_nothing(outline: Outline) -> None:
    policies = [one["content"] for one in outline.all("meta") if "http-equiv" in one]
    assert policies
    assert policies[0]
    assert policies[0].startswith("default-src 'none'")
    assert not [one for _, one in outline.elements if "src" in one or any(name.startswith("on") for name in one)]


def test_it_can_be_walked_by_headings_tables_and_links(outline: Outline) -> None:
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert len(outline.all("table")) == len(outline.all("caption"))
    assert all(one.get("scope") in ("row", "col") for one in outline.all("th"))
    ids = [one["id"] for _, one in outline.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["href"] for one in outline.all("a")} == {f"#{id_}" for id_ in ids}
    assert outline.all("html") == [{"lang": "en"}]


def test_it_says_supports_and_never_satisfies(written: Path) -> None:
    words = re.findall(r"(\w+ satisf\w+)", written.read_text())
    assert words == ["none satisfies"]


def test_a_long_list_of_failures_is_cut_and_says_so() -> None:
    text = page(record(*(finding(Outcome.FAIL, f"thing-{number}") for number in range(600))), {})
    assert "100 more are in findings.json" in text
    assert "thing-599" not in text


def browse(folder: Path, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER
    command = [BROWSER, *FLAGS.split(), f"--user-data-dir={folder / 'profile'}", *arguments, file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the page's console shows: broken policies, scripts and resources."""
    return [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


@in_browser
def test_a_browser_shows_it_without_a_complaint(written: Path, tmp_path: Path) -> None:
    done = browse(tmp_path, written, "--dump-dom")
    shown = Outline(done.stdout)
    assert not shown.all("script")
    assert len(shown.all("table")) == len(Outline(written.read_text()).all("table"))
    assert complaints(done) == []


@in_browser
def test_a_browser_does_complain_of_what_the_page_forbids(written: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text(written.read_text().replace("<h1>", "<script>alert(1)</script><h1>"))
    assert complaints(browse(tmp_path, broken, "--dump-dom"))


@in_browser
def test_it_prints_on_pages(written: Path, tmp_path: Path) -> None:
    browse(tmp_path, written, f"--print-to-pdf={tmp_path / 'page.pdf'}")
    pages = len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "page.pdf").read_bytes()))
    assert 5 <= pages <= 60
