"""MLflow's REST interface, as much as a promotion needs of it; no package of MLflow is needed."""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 30
API = "/api/2.0/mlflow/"
HINT = "credentials are MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"


class RegistryError(Exception):
    """The registry cannot be asked, or has refused; the text has its address without credentials."""


class Missing(RegistryError):
    """There is no such model, version, alias or run."""


class _Stay(HTTPRedirectHandler):
    """A redirect would carry the credentials to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


class Registry:
    """A registry at an address.

    Attributes:
        address: Where it is, without credentials.
    """

    def __init__(self, uri: str, variables: Mapping[str, str] = os.environ) -> None:
        """Take credentials from the variables that MLflow's own client reads, or from the address.

        Raises:
            RegistryError: The address is not http:// or https://.
        """
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RegistryError("the tracking URI is not http://... or https://...: set --tracking")
        host = parts.netloc.rpartition("@")[2]
        self.address = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._headers = {"Content-Type": "application/json"}
        user = variables.get("MLFLOW_TRACKING_USERNAME") or parts.username
        password = variables.get("MLFLOW_TRACKING_PASSWORD") or parts.password
        if user and password:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {pair}"
        elif token := variables.get("MLFLOW_TRACKING_TOKEN"):
            self._headers["Authorization"] = f"Bearer {token}"
        self._opener = build_opener(_Stay())

    def version(self, model: str, version: str) -> dict[str, Any]:
        """A version of a registered model: `run_id`, `tags`, `source` and more."""
        return self._get("model-versions/get", name=model, version=version)["model_version"]

    def source(self, model: str, version: str) -> str:
        """Where its files are."""
        return self._get("model-versions/get-download-uri", name=model, version=version)["artifact_uri"]

    def model(self, model: str) -> dict[str, Any]:
        """A registered model: `tags` and `aliases`."""
        return self._get("registered-models/get", name=model)["registered_model"]

    def run(self, run_id: str) -> dict[str, Any]:
        """A run's `data`: `metrics` and `tags`."""
        return self._get("runs/get", run_id=run_id)["run"].get("data", {})

    def artifacts(self, run_id: str) -> str:
        """Where the files of a run are."""
        return self._get("runs/get", run_id=run_id)["run"]["info"]["artifact_uri"]

    def aliased(self, model: str, alias: str) -> str | None:
        """The version that an alias points at."""
        found = self.model(model).get("aliases", [])
        return next((str(one["version"]) for one in found if one["alias"] == alias), None)

    def point(self, model: str, alias: str, version: str) -> None:
        """Let an alias point at a version, and read it back.

        Raises:
            RegistryError: It points elsewhere afterwards.
        """
        self._post("registered-models/alias", name=model, alias=alias, version=version)
        if (found := self.aliased(model, alias)) != version:
            raise RegistryError(f"{alias} of {model} points at {found} and not at {version}: somebody else moved it")

    def tag(self, model: str, version: str, tags: Mapping[str, str]) -> None:
        """Tag a version."""
        for key, value in tags.items():
            self._post("model-versions/set-tag", name=model, version=version, key=key, value=value)

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        return self._ask(Request(f"{self.address}{API}{path}?{urlencode(query)}", headers=self._headers))

    def _post(self, path: str, **body: str) -> dict[str, Any]:
        return self._ask(Request(f"{self.address}{API}{path}", json.dumps(body).encode(), self._headers))

    def _ask(self, request: Request) -> dict[str, Any]:
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return json.loads(answer.read() or b"{}")
        except HTTPError as error:
            with error:
                told = _reason(error.read())
            if error.code in (401, 403):
                raise RegistryError(f"{self.address} answers {error.code}: {told or 'not allowed'}; {HINT}") from None
            kind = Missing if error.code == 404 and "RESOURCE_DOES_NOT_EXIST" in told else RegistryError
            raise kind(f"{self.address} answers {error.code}: {told or error.reason}") from None
        except (URLError, OSError) as error:
            raise RegistryError(f"{self.address} cannot be reached: {getattr(error, 'reason', error)}") from None
        except ValueError:
            raise RegistryError(f"{self.address} answers, but is no MLflow") from None


def tags(found: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a model, a version or a run's data."""
    return {str(one["key"]): str(one.get("value", "")) for one in found.get("tags", [])}


def _reason(body: bytes) -> str:
    """MLflow's own words, if they are such; a page of a proxy is left out."""
    try:
        found = json.loads(body)
        return f"{found['error_code']}: {found['message']}"[:300]
    except (ValueError, KeyError, TypeError):
        return ""
