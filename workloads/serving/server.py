"""MLServer with one model, without its repository API, and with a bound on what it reads."""

import logging
import sys
import zlib
from typing import Any

from mlserver import MLModel, MLServer, ModelSettings, Settings  # pyright: ignore[reportMissingImports]
from mlserver.settings import ModelParameters  # pyright: ignore[reportMissingImports]
from starlette.middleware import Middleware  # pyright: ignore[reportMissingImports]
from starlette.responses import JSONResponse  # pyright: ignore[reportMissingImports]

from workloads.serving.environment import Serving

log = logging.getLogger("serving")

REPOSITORY = "/v2/repository"
GZIP = zlib.MAX_WBITS | 16


class Server(MLServer):
    """Serves the model that the environment names, without a way to load or unload models.

    MLServer 1.7.1 has no switch for its repository API, by which any client can unload the model. Its gRPC server has
    that API too; no Service has its port, so it is not started.
    """

    def __init__(self, settings: Settings, serving: Serving) -> None:
        self._serving = serving
        settings._custom_rest_server_settings = {
            "timeout_keep_alive": serving.keep_alive_seconds,
            "timeout_graceful_shutdown": serving.finish_seconds,
        }
        super().__init__(settings)

    def _create_servers(self) -> None:
        super()._create_servers()
        self._grpc_server = _NoServer()
        app = self._rest_server._app
        app.router.routes[:] = [one for one in app.router.routes if not one.path.startswith(REPOSITORY)]
        if self._serving.request_bytes:
            app.user_middleware.append(Middleware(Bounded, most=self._serving.request_bytes))

    async def add_custom_handlers(self, model: MLModel) -> MLModel:
        """Leave out the paths that a runtime adds, such as `/invocations` of MLflow's, which are not watched."""
        return model

    async def close(self) -> bool:
        """Unload every model, so that it sends what it has captured; whether there was one."""
        models = list(await self._model_registry.get_models())
        for model in models:
            await model.unload()
        return bool(models)


class _NoServer:
    """Takes the place of the gRPC server."""

    async def start(self) -> None:
        """Serve nothing."""

    async def stop(self, sig: int | None = None) -> None:
        """Nothing to stop."""


class Bounded:
    """Reads a request before anything else does, unpacked, and refuses one that is too large."""

    def __init__(self, app: Any, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on with its whole body, or answer 413 or 400."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        body, more = bytearray(), True
        while more and len(body) <= self._most:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            headers, body = self._unpacked(scope["headers"], bytes(body))
        except zlib.error as error:
            answer = JSONResponse({"error": f"the body is not gzip, as Content-Encoding says: {error}"}, 400)
            return await answer(scope, receive, send)
        if len(body) > self._most:
            text = f"the body has more than {self._most} bytes, the most that this model accepts: send fewer rows"
            return await JSONResponse({"error": text}, 413)(scope, receive, send)
        whole = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Any:
            return whole.pop() if whole else await receive()

        # The same scope, in which the route leaves its path for who counts.
        scope["headers"] = headers
        return await self._app(scope, again, send)

    def _unpacked(self, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Headers and body as if nothing had been compressed, one byte more than allowed at most."""
        if not any(name == b"content-encoding" and b"gzip" in value for name, value in headers):
            return headers, body
        body = zlib.decompressobj(GZIP).decompress(body, self._most + 1)
        left = [one for one in headers if one[0] not in (b"content-encoding", b"content-length")]
        return [*left, (b"content-length", str(len(body)).encode())], body


async def serve(folder: str) -> int:
    """Serve the model that the environment names until a signal ends the server.

    Args:
        folder: Folder whose modules the model may import. Settings of MLServer in it are not read: with them a model
            could choose another runtime, which is neither bounded nor watched.

    Returns:
        Exit code, 1 if the model could not be loaded.
    """
    sys.path.insert(0, folder)
    model = ModelSettings()
    model.parameters = ModelParameters()
    server = Server(Settings(), Serving())
    await server.start([model])
    if await server.close():
        return 0
    log.error("the model %s was not loaded", model.name)
    return 1
