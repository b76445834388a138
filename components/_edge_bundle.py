"""A release of a model for edge devices, as plain data: its files, what is signed, where it lies.

A release lies below `<model>/<version>/` and never changes: its files, `manifest.json`, which names every file by its
digest, and `manifest.sig`, the signature of that manifest. `<model>/latest.json` names the newest release.

A device that updates itself
1. reads `latest.json`, and goes on only if the version is newer than its own: nobody signs `latest.json`, and whoever
   replaces it must not be able to bring back an old release,
2. fetches manifest and signature, and verifies them with the public key that it was built with (ECDSA on P-256 over
   the SHA-256 of the manifest's bytes),
3. goes on only if model, version and schema of the manifest are those it asked for,
4. fetches the files, and refuses those that `unfaithful` names.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, TypedDict

SCHEMA = 1
FORMATS = {"onnx": ".onnx", "tflite": ".tflite"}
"""Format of a model to the ending of its file."""
SIGNING_ALGORITHM = "ECDSA_SHA_256"
MANIFEST, SIGNATURE, LATEST = "manifest.json", "manifest.sig", "latest.json"
FOREVER, SHORTLY = "public, max-age=31536000, immutable", "public, max-age=60"
"""`Cache-Control` of what never changes, and of `latest.json`."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_FILE = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


class FileDigest(TypedDict):
    """What a manifest says of a file."""

    sha256: str
    size: int


def file_digest(content: bytes) -> FileDigest:
    """The digest of a file."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def model_name(name: str) -> str:
    """The name, if it can be the first part of a key.

    Raises:
        ValueError: It cannot.
    """
    return _matching(_NAME, "model", name, "small letters, digits and hyphens, at most 63")


def manifest(model: str, version: str, format: str, files: Mapping[str, FileDigest]) -> str:
    """The manifest of a release, as canonical JSON: equal releases have equal bytes.

    Args:
        model: Name of the model.
        version: Version of the release, `major.minor.patch`.
        format: A name of `FORMATS`.
        files: File name to digest; exactly one is the model itself.

    Raises:
        ValueError: A name, the version or the format is not allowed, or the model is missing.
    """
    if format not in FORMATS:
        raise ValueError(f"format is {format!r}; allowed: {', '.join(FORMATS)}")
    for name in files:
        _matching(_FILE, "file", name, "letters, digits, `.`, `_` and `-`")
        if name in (MANIFEST, SIGNATURE):
            raise ValueError(f"file is {name!r}; allowed: any name but {MANIFEST} and {SIGNATURE}")
    if sum(name.endswith(FORMATS[format]) for name in files) != 1:
        raise ValueError(f"files are {sorted(files)}; allowed: exactly one that ends in {FORMATS[format]}")
    return _canonical(
        {
            "schema": SCHEMA,
            "model": model_name(model),
            "version": _version(version),
            "format": format,
            "files": {name: {"sha256": one["sha256"], "size": one["size"]} for name, one in files.items()},
        }
    )


def signing_request(text: str, key_id: str) -> dict[str, Any]:
    """The arguments of KMS `Sign` that sign a manifest: its digest, so that its size does not matter."""
    digest = hashlib.sha256(text.encode()).digest()
    return {"KeyId": key_id, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": SIGNING_ALGORITHM}


def signature(key_id: str, signed: bytes) -> str:
    """The signature file: which key signed how, and the signature (DER) in base 64."""
    return _canonical(
        {"algorithm": SIGNING_ALGORITHM, "key": key_id, "signature": base64.b64encode(signed).decode("ascii")}
    )


def latest(text: str) -> str:
    """The `latest.json` that points to the release of a manifest."""
    release = json.loads(text)
    key = release_key(release["model"], release["version"], MANIFEST)
    return _canonical({"version": release["version"], "manifest": key, "sha256": file_digest(text.encode())["sha256"]})


def release_key(model: str, version: str, file: str) -> str:
    """The key of a file of a release."""
    return f"{model_name(model)}/{_version(version)}/{_matching(_FILE, 'file', file, 'a file name')}"


def latest_key(model: str) -> str:
    """The key of what names a model's newest release."""
    return f"{model_name(model)}/{LATEST}"


def is_newer(version: str, than: str) -> bool:
    """Whether a device that runs release `than` may take `version`."""
    return [int(part) for part in _version(version).split(".")] > [int(part) for part in _version(than).split(".")]


def unfaithful(text: str, files: Mapping[str, bytes]) -> list[str]:
    """The files that a manifest does not name, that are missing, or that are not what it says."""
    wanted = json.loads(text)["files"]
    return sorted(
        name
        for name in {*wanted, *files}
        if name not in wanted or name not in files or file_digest(files[name]) != wanted[name]
    )


def _version(version: str) -> str:
    return _matching(_VERSION, "version", version, "major.minor.patch")


def _matching(pattern: re.Pattern[str], what: str, value: str, allowed: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{what} is {value!r}; allowed: {allowed}")
    return value


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
