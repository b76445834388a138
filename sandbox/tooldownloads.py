"""Downloads over HTTP that go on where they broke off, and say in one sentence why they failed."""

import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.exceptions import ProxyError, RequestException, SSLError, Timeout, TooManyRedirects
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import HTTPError

REACH_SECONDS = 1.5
"""Within this time one of the hosts must take a connection, or the machine counts as one without a network."""
REDIRECTS = 5
ATTEMPTS = 3
KEPT_SECONDS = 7 * 86400
"""So long a file that broke off is kept, for another attempt."""
CHECKSUM_BYTES = 4 << 20
CHUNK = 1 << 20
TELL_SECONDS = 0.2

Count = Callable[[int, int], None]


class DownloadError(OSError):
    """A file cannot be downloaded; the text says what came instead of what."""


class BrokenOff(DownloadError):
    """A file came in part; the rest can be asked for."""


class _Network:
    """The hosts of some addresses; all of them are tried at the same time."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._doors = sorted({_door(address) for address in addresses})
        self._refused: dict[str, str] = {}
        self._changed = threading.Condition()
        self._reached = False
        self._deadline = time.monotonic() + REACH_SECONDS
        for door in self._doors:
            # A name server that does not answer cannot be given up by its caller: the thread is left alone.
            threading.Thread(target=self._knock, args=door, daemon=True).start()

    def refusal(self) -> str:
        """Wait for the first host that takes a connection, and return why none does, or nothing."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._reached or len(self._refused) == len(self._doors), self._deadline - time.monotonic()
            )
            if self._reached:
                return ""
            why = min(self._refused.values(), default=f"none within {REACH_SECONDS:g} s")
        hosts = ", ".join(host for host, _ in self._doors)
        return f"no connection to {'any of ' if self._doors[1:] else ''}{hosts}: {why}"

    def _knock(self, host: str, port: int) -> None:
        refused = ""
        try:
            socket.create_connection((host, port), timeout=REACH_SECONDS).close()
        except OSError as failed:
            refused = failed.strerror or str(failed)
        with self._changed:
            if refused:
                self._refused[f"{host}:{port}"] = refused
            self._reached = self._reached or not refused
            self._changed.notify_all()


def _door(address: str) -> tuple[str, int]:
    """Return the host and port that a request to an address connects to: the proxy's, if one is set."""
    parts = urlsplit(select_proxy(address, get_environ_proxies(address)) or address)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


_networks: dict[frozenset[str], _Network] = {}
_lock = threading.Lock()


def reach(addresses: frozenset[str]) -> None:
    """Return once one of the addresses' hosts takes a connection; they are tried once for all callers.

    Raises:
        DownloadError: None does within REACH_SECONDS.
    """
    with _lock:
        if not (network := _networks.get(addresses)):
            network = _networks[addresses] = _Network(addresses)
    if refusal := network.refusal():
        raise DownloadError(refusal)


class Downloads:
    """Downloads into a folder, where files that broke off wait for another attempt.

    Args:
        folder: The folder; what broke off more than KEPT_SECONDS ago is removed from it.
        answer_seconds: Within this time a server must answer, and after that send something more.
    """

    def __init__(self, folder: Path, answer_seconds: float) -> None:
        self._folder = folder
        self._seconds = answer_seconds
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.iterdir():
            with suppress(OSError):  # another process may have been first
                if part.stat().st_mtime < time.time() - KEPT_SECONDS:
                    part.unlink()

    def text(self, address: str) -> str:
        """Return a small text file.

        Raises:
            DownloadError: It cannot be had, or is a web page.
        """
        with self._answer(address) as answer:
            content = answer.raw.read(CHECKSUM_BYTES, decode_content=True)
        return content.decode(errors="replace")

    def file(self, address: str, digest: str, tell: Count) -> Path:
        """Download a file of a known sha256 digest, or the rest of it, and return where it lies.

        `tell` is called with how many bytes are there, and how many there will be (0: unknown). The caller removes the
        file.

        Raises:
            DownloadError: It cannot be had, or is another one.
        """
        part = self._folder / digest
        for attempt in range(ATTEMPTS):
            begun = part.exists()
            try:
                self._fill(address, part, tell)
            except BrokenOff:
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            with part.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found == digest:
                return part
            size = part.stat().st_size
            part.unlink()
            if not begun:  # what was kept of an earlier attempt may be to blame
                raise DownloadError(
                    f"{address} is not the file that its checksum is for: its {size} bytes have the sha256 {found}, "
                    f"expected is {digest}"
                )
        raise DownloadError(f"{address} changes while it is downloaded")

    def _fill(self, address: str, part: Path, tell: Count) -> None:
        kept = part.stat().st_size if part.exists() else 0
        # The bytes as they lie on the server: only those can be counted and continued.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={kept}-"} if kept else {})
        with self._answer(address, headers) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                return  # all of it is there, or too much: its digest tells
            if answer.status_code != requests.codes.partial_content:
                kept = 0
            length = answer.headers.get("Content-Length")
            total = kept + int(length) if length else 0
            told = 0.0
            with part.open("ab" if kept else "wb") as file:
                tell(kept, total)
                while chunk := answer.raw.read1(CHUNK, decode_content=False):
                    file.write(chunk)
                    kept += len(chunk)
                    if time.monotonic() - told > TELL_SECONDS:
                        told = time.monotonic()
                        tell(kept, total)
                tell(kept, total)

    @contextmanager
    def _answer(self, address: str, headers: dict[str, str] | None = None) -> Iterator[requests.Response]:
        host = urlsplit(address).netloc
        with requests.Session() as session:
            session.max_redirects = REDIRECTS
            authorities = os.environ.get("SSL_CERT_FILE")
            try:
                answer = session.get(address, headers=headers, stream=True, timeout=self._seconds, verify=authorities)
            except TooManyRedirects as failed:
                raise DownloadError(f"{address} redirects more than {REDIRECTS} times, as a loop does") from failed
            except Timeout as failed:
                raise DownloadError(f"{host} does not answer within {self._seconds:g} s") from failed
            except SSLError as failed:
                what_next = "name the file of your certificate authorities in SSL_CERT_FILE"
                raise DownloadError(f"{host} is not trusted ({_reason(failed)}): {what_next}") from failed
            except ProxyError as failed:
                raise DownloadError(f"the proxy does not lead to {host}: {_reason(failed)}") from failed
            except RequestException as failed:
                raise DownloadError(f"{host} cannot be reached: {_reason(failed)}") from failed
            with answer:
                _check(address, answer)
                try:
                    yield answer
                except HTTPError as failed:
                    raise BrokenOff(f"{address} breaks off before its end: {_reason(failed)}") from failed


def _check(address: str, answer: requests.Response) -> None:
    """Refuse an answer that is not the file: an error, a web page, or one that came over plain HTTP."""
    if address.startswith("https:") and not answer.url.startswith("https:"):
        raise DownloadError(f"{address} redirects to plain HTTP: {answer.url}")
    if answer.status_code == requests.codes.requested_range_not_satisfiable and "Range" in answer.request.headers:
        return
    if answer.status_code >= 400:
        raise DownloadError(f"{address} answers {answer.status_code} {answer.reason}")
    if answer.headers.get("Content-Type", "").partition(";")[0].strip() in ("text/html", "application/xhtml+xml"):
        page = answer.raw.read(CHUNK, decode_content=True).decode(errors="replace")
        title = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", page, re.I | re.S)
        said = f' with the title "{title[1]}"' if title else ""
        raise DownloadError(f"{address} answers with a web page{said} instead of the file: a proxy may want a sign-in")


def _reason(failed: BaseException) -> str:
    """Return the innermost reason of an error of a connection, in a few words."""
    inner = getattr(failed, "reason", None), *failed.args
    if deeper := next((cause for cause in inner if isinstance(cause, BaseException)), None):
        return _reason(deeper)
    text = getattr(failed, "strerror", None) or str(failed)
    return re.sub(r"^\S*Connection\(.*?\): ", "", text)
