import base64
import hashlib
import json
from typing import Any

import pytest

from components import _edge_bundle as bundle

FILES = {"model.tflite": b"weights", "labels.txt": b"cat\ndog\n"}
DIGESTS = {name: bundle.file_digest(content) for name, content in FILES.items()}


def made(**more: Any) -> str:
    args: dict[str, Any] = {"model": "detector", "version": "1.2.0", "format": "tflite", "files": DIGESTS}
    return bundle.manifest(**{**args, **more})


def test_a_manifest_names_every_file_by_its_digest() -> None:
    assert json.loads(made()) == {
        "schema": 1,
        "model": "detector",
        "version": "1.2.0",
        "format": "tflite",
        "files": {
            "model.tflite": {"sha256": hashlib.sha256(b"weights").hexdigest(), "size": 7},
            "labels.txt": {"sha256": hashlib.sha256(b"cat\ndog\n").hexdigest(), "size": 8},
        },
    }


def test_equal_releases_have_equal_bytes() -> None:
    assert made(files=dict(reversed(DIGESTS.items()))) == made()
    assert " " not in made()
    assert made(version="1.2.1") != made()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"format": "pt"}, "format is 'pt'; allowed: onnx, tflite"),
        ({"format": "onnx"}, "exactly one that ends in .onnx"),
        ({"files": {}}, "exactly one that ends in .tflite"),
        ({"files": {**DIGESTS, "b.tflite": DIGESTS["labels.txt"]}}, "exactly one that ends in .tflite"),
        ({"files": {**DIGESTS, "../x": DIGESTS["labels.txt"]}}, "file is '../x'"),
        ({"files": {**DIGESTS, "a/b": DIGESTS["labels.txt"]}}, "file is 'a/b'"),
        ({"files": {**DIGESTS, "manifest.sig": DIGESTS["labels.txt"]}}, "file is 'manifest.sig'"),
        ({"version": "1.2"}, "version is '1.2'; allowed: major.minor.patch"),
        ({"version": "01.2.0"}, "version is '01.2.0'"),
        ({"version": "1.2.0\n"}, "version is"),
        ({"model": "Detector"}, "model is 'Detector'"),
    ],
)
def test_what_cannot_be_a_release_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        made(**more)


def test_the_digest_of_the_manifest_is_signed() -> None:
    assert bundle.signing_request(made(), "alias/a") == {
        "KeyId": "alias/a",
        "Message": hashlib.sha256(made().encode()).digest(),
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


def test_a_signature_says_which_key_made_it_and_how() -> None:
    found = json.loads(bundle.signature("arn:key", b"\x30\x45"))
    assert (found["key"], found["algorithm"]) == ("arn:key", "ECDSA_SHA_256")
    assert base64.b64decode(found["signature"]) == b"\x30\x45"


def test_what_is_latest_names_the_manifest_and_its_digest() -> None:
    assert json.loads(bundle.latest(made())) == {
        "version": "1.2.0",
        "manifest": "detector/1.2.0/manifest.json",
        "sha256": hashlib.sha256(made().encode()).hexdigest(),
    }


def test_only_what_is_latest_lies_beside_the_releases() -> None:
    assert bundle.release_key("detector", "1.2.0", "model.tflite") == "detector/1.2.0/model.tflite"
    assert bundle.latest_key("detector") == "detector/latest.json"
    with pytest.raises(ValueError, match=r"file is '../1.1.0/model.tflite'"):
        bundle.release_key("detector", "1.2.0", "../1.1.0/model.tflite")


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [("1.10.0", "1.9.9", True), ("2.0.0", "1.9.9", True), ("1.2.0", "1.2.0", False), ("1.1.9", "1.2.0", False)],
)
def test_a_device_never_goes_back(version: str, than: str, newer: bool) -> None:
    assert bundle.is_newer(version, than) is newer


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        (FILES, []),
        ({**FILES, "model.tflite": b"other"}, ["model.tflite"]),
        ({"model.tflite": b"weights"}, ["labels.txt"]),
        ({**FILES, "extra.sh": b"rm"}, ["extra.sh"]),
        ({}, ["labels.txt", "model.tflite"]),
    ],
)
def test_a_file_that_the_manifest_does_not_vouch_for_is_found(files: dict[str, bytes], wrong: list[str]) -> None:
    assert bundle.unfaithful(made(), files) == wrong
