"""Serves the state of an environment's stacks to the engine: the part of Pulumi Cloud's API that its commands use.

A backend of this kind gets an entry for each resource that the engine begins and finishes, in batches; a folder or a
bucket gets the whole state each time. Paths and bodies are those of pkg/backend/httpstate/client in
github.com/pulumi/pulumi at v3.259.0, described in https://www.pulumi.com/docs/reference/cloud-rest-api/.
"""

import gzip
import json
import re
import socket
import sys
import threading
import traceback
import uuid
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox import claims
from sandbox.backend.store import Stack, Store, StoreError
from sandbox.processes import connected

ORGANIZATION = "organization"
"""Owner of every stack, as in a backend that is a folder; stack references name it."""
NAME = r"(\w[\w.-]*)"
PROJECT = rf"/api/stacks/{ORGANIZATION}/{NAME}"
STACK = rf"{PROJECT}/{NAME}"
KINDS = "update|preview|refresh|destroy"
UPDATE = rf"{STACK}/(?:{KINDS})/{NAME}"
PREVIEW = "preview-"
JOURNAL_VERSION = 1

Answer = dict[str, Any] | bytes | None
Handler = Callable[..., Answer]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register what answers a path; the groups of the path are its arguments, after the request."""

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(path), handler))
        return handler

    return register


class Request(BaseHTTPRequestHandler):
    """A connection of an engine, and the request that it sends now."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two pieces would wait for the acknowledgement of the first
    server: "Server"  # pyright: ignore[reportIncompatibleVariableOverride]
    body: bytes

    @property
    def given(self) -> dict[str, Any]:
        """What was sent, decoded."""
        return json.loads(self.body or b"{}")

    @property
    def query(self) -> dict[str, list[str]]:
        """The parameters of the address."""
        return parse_qs(urlsplit(self.path).query)

    @property
    def store(self) -> Store:
        """The stacks."""
        return self.server.store

    def respond(self) -> None:
        """Answer one request."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.headers.get("Content-Encoding") == "gzip":
                self.body = gzip.decompress(self.body)
            with self.server.lock:
                self._send(HTTPStatus.OK, self._answer())
        except StoreError as error:
            self._refuse(error.code, str(error))
        except Exception as error:  # the engine tries again, then shows this
            traceback.print_exc()
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, f"the state cannot be kept: {error}")

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = respond

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the log is for failures."""

    def _answer(self) -> Answer:
        path = urlsplit(self.path).path
        for method, pattern, handler in ROUTES:
            if method == self.command and (found := pattern.fullmatch(path)):
                return handler(self, *found.groups())
        raise StoreError(HTTPStatus.NOT_FOUND, f"the sandbox's state backend does not have this: {self.command} {path}")

    def _refuse(self, code: HTTPStatus, message: str) -> None:
        self._send(code, {"code": code, "message": message})

    def _send(self, code: HTTPStatus, answer: Answer) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer or {}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)


class Server(ThreadingHTTPServer):
    """The service on a socket that listens already, for the stacks in a folder."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, folder: Path) -> None:
        super().__init__(listening.getsockname(), Request, bind_and_activate=False)
        self.socket, self.store, self.lock = listening, Store(folder), threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing where an engine has gone away, which ends with open connections."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@route("GET", "/api/capabilities")
def _capabilities(request: Request) -> Answer:
    return {"capabilities": []}


@route("GET", "/api/user")
def _user(request: Request) -> Answer:
    return {"githubLogin": ORGANIZATION, "name": ORGANIZATION, "organizations": []}


@route("GET", "/api/user/organizations/default")
def _default_organization(request: Request) -> Answer:
    return {"githubLogin": ORGANIZATION}


@route("GET", "/api/user/stacks")
def _list(request: Request) -> Answer:
    (project,) = request.query.get("project", ["*"])
    return {"stacks": [_summary(stack) for stack in request.store.stacks(project)]}


@route("HEAD", PROJECT)
def _has_project(request: Request, project: str) -> Answer:
    if not request.store.stacks(project):
        raise StoreError(HTTPStatus.NOT_FOUND, f"no stack of the project {project}")


@route("POST", PROJECT)
def _create(request: Request, project: str) -> Answer:
    request.store.create(project, request.given["stackName"], request.given.get("state"))


@route("GET", STACK)
def _stack(request: Request, *names: str) -> Answer:
    stack = request.store.stack(*names)
    return {**_named(stack), "activeUpdate": (stack.update or {}).get("id", ""), "tags": {}, "version": 0}


@route("DELETE", STACK)
def _remove(request: Request, *names: str) -> Answer:
    request.store.stack(*names).remove(force=request.query.get("force") == ["true"])


@route("GET", f"{STACK}/export")
def _export(request: Request, *names: str) -> Answer:
    return request.store.stack(*names).export()


@route("POST", f"{STACK}/import")
def _import(request: Request, *names: str) -> Answer:
    request.store.stack(*names).replace(request.given)
    return {"updateId": "import"}


@route("GET", UPDATE)
def _result(request: Request, *names: str) -> Answer:
    return {"status": "succeeded", "events": []}  # the engine asks after an import only, which is done at once


@route("POST", f"{STACK}/({KINDS})")
def _plan(request: Request, project: str, name: str, kind: str) -> Answer:
    request.store.stack(project, name)
    return {"updateID": f"{kind}-{uuid.uuid4()}"}


@route("POST", UPDATE)
def _start(request: Request, project: str, name: str, update: str) -> Answer:
    if request.given.get("journalVersion") != JOURNAL_VERSION:
        raise StoreError(
            HTTPStatus.BAD_REQUEST, "PULUMI_DISABLE_JOURNALING is set; unset it: the sandbox keeps the state by journal"
        )
    if not update.startswith(PREVIEW):
        agent = re.search(r"\((v?\d[^;]*);", request.headers.get("User-Agent", ""))
        engine = connected(request.client_address[1])
        request.store.stack(project, name).start(update, engine, agent[1] if agent else "")
    return {"version": 0, "token": update, "journalVersion": JOURNAL_VERSION}


@route("PATCH", f"{UPDATE}/journalentries")
def _append(request: Request, project: str, name: str, update: str) -> Answer:
    request.store.stack(project, name).append(update, request.body)


@route("POST", f"{UPDATE}/events/batch")
def _events(request: Request, *names: str) -> Answer:
    return None  # what the Cloud's console would show


@route("POST", f"{UPDATE}/renew_lease")
def _renew(request: Request, project: str, name: str, update: str) -> Answer:
    if not update.startswith(PREVIEW):
        request.store.stack(project, name).renew(update)
    return {"token": update}


@route("POST", f"{UPDATE}/(?:complete|cancel)")
def _finish(request: Request, project: str, name: str, update: str) -> Answer:
    if not update.startswith(PREVIEW):
        request.store.stack(project, name).finish(update)


@route("POST", f"{STACK}/(?:encrypt|decrypt|batch-encrypt|batch-decrypt)")
def _encrypt(request: Request, project: str, name: str) -> Answer:
    told = f"the sandbox encrypts nothing by itself; run `pulumi stack change-secrets-provider passphrase -s {name}`"
    raise StoreError(HTTPStatus.BAD_REQUEST, told)


def _named(stack: Stack) -> dict[str, Any]:
    return {"id": stack.name, "orgName": ORGANIZATION, "projectName": stack.project, "stackName": stack.name}


def _summary(stack: Stack) -> dict[str, Any]:
    resources = json.loads(stack.export())["deployment"].get("resources") or ()
    return {**_named(stack), "lastUpdate": int(stack.file.stat().st_mtime), "resourceCount": len(resources)}


if __name__ == "__main__":
    claims.end_when_lost()
    Server(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])).serve_forever()
