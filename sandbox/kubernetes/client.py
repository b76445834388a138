"""The API server as the sandbox needs it: discovery, server-side apply, deletion, plain errors."""

from base64 import b64decode
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import quote, urlparse

from sandbox.kubernetes.api import Api
from sandbox.place import LOOPBACK
from sandbox.values import ResourceError

MANAGER = "mlp"
"""The field manager of everything that the sandbox itself applies."""
Object = dict[str, Any]


class ApiError(ResourceError):
    """The API server's refusal: its words and its code."""

    def __init__(self, code: int, status: Mapping[str, Any]) -> None:
        super().__init__(str(status.get("message") or f"the API server answered {code}"))
        self.code = code


class Kind(NamedTuple):
    """Where the objects of a kind are."""

    path: str
    plural: str
    namespaced: bool


class Client:
    """The API server that a kubeconfig names, which must be on this machine."""

    def __init__(self, kubeconfig: Mapping[str, Any]) -> None:
        """Take server, authority and token of a kubeconfig's only context.

        Raises:
            ResourceError: The server is not on this machine.
        """
        cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
        if urlparse(cluster["server"]).hostname not in LOOPBACK:
            raise ResourceError(f"{cluster['server']} is not on this machine, where the sandbox stays")
        authority = b64decode(cluster["certificate-authority-data"]).decode()
        self._api = Api(cluster["server"], user["token"], authority)
        self._lock, self._kinds = Lock(), dict[str, dict[str, Kind]]()

    def ready(self) -> bool:
        """Whether the API server takes requests."""
        return self._api.ready()

    def kind(self, version: str, kind: str) -> Kind | None:
        """Where objects of a kind are, or None if the API server does not know it (yet)."""
        with self._lock:
            if kind not in self._kinds.get(version, {}):
                self._kinds[version] = self._discover(version)
            return self._kinds[version].get(kind)

    def get(self, given: Object) -> Object | None:
        """The live object, or None."""
        try:
            return self.send("GET", self._path(given))
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def apply(self, given: Object, force: bool = False) -> Object:
        """Apply an object; what it is then.

        Raises:
            ApiError: It is refused; a conflict names the other managers.
        """
        query = f"?fieldManager={MANAGER}&fieldValidation=Strict&force={str(force).lower()}"
        return self.send("PATCH", self._path(given) + query, given, "application/apply-patch+yaml")

    def delete(self, given: Object, propagation: str) -> None:
        """Begin to delete an object; none is none to delete."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        try:
            self.send("DELETE", self._path(given), body)
        except ApiError as error:
            if error.code != 404:
                raise

    def _path(self, given: Object) -> str:
        version, name, metadata = given["apiVersion"], given["kind"], given["metadata"]
        if not (kind := self.kind(version, name)):
            raise ApiError(404, {"message": f"the API server knows no {name} of {version}; its definition comes first"})
        namespace = f"/namespaces/{quote(metadata['namespace'])}" if kind.namespaced else ""
        return f"{kind.path}{namespace}/{kind.plural}/{quote(metadata['name'])}"

    def _discover(self, version: str) -> dict[str, Kind]:
        path = f"/apis/{version}" if "/" in version else f"/api/{version}"
        try:
            found = self.send("GET", path)["resources"]
        except ApiError as error:
            if error.code == 404:
                return {}
            raise
        return {one["kind"]: Kind(path, one["name"], one["namespaced"]) for one in found if "/" not in one["name"]}

    def send(self, method: str, path: str, body: Object | None = None, content: str = "application/json") -> Any:
        """What the API server answers to a request.

        Raises:
            ApiError: It refuses.
            ResourceError: It does not answer.
        """
        try:
            code, answer = self._api.send(method, path, body, content)
        except OSError as error:
            raise ResourceError(str(error)) from error
        decoded = answer if isinstance(answer, dict) else {"message": answer}
        if code >= 400:
            raise ApiError(code, decoded)
        return decoded
