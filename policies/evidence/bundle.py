"""A bundle of evidence: files, a manifest with their digests and that of the bundle before, and a signature.

<environment>-<instant>/
index.html  findings.json  controls.json  approvals.json  public-key.pem
manifest.json     sha256 of each of these, and of the manifest of the bundle before
manifest.sig      ECDSA signature of manifest.json
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.evidence.signing import ALGORITHM, Signer, fingerprint, verifies

VERSION = 1
MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "public-key.pem"


@dataclass(frozen=True)
class Link:
    """A bundle as the next one names it.

    Attributes:
        name: Its folder.
        digest: The sha256 of its manifest.
    """

    name: str
    digest: str


def digest(content: bytes) -> str:
    """The sha256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sealed(
    files: Mapping[str, bytes], about: Mapping[str, Any], previous: Link | None, signer: Signer
) -> dict[str, bytes]:
    """The files of a bundle, with key, manifest and signature; `about` says what the bundle is of."""
    whole = {**files, KEY: signer.public_key}
    manifest = {
        "version": VERSION,
        **about,
        "previous": {"name": previous.name, "sha256": previous.digest} if previous else None,
        "algorithm": ALGORITHM,
        "files": {name: digest(content) for name, content in sorted(whole.items())},
    }
    written = json.dumps(manifest, indent=1).encode()
    return {**whole, MANIFEST: written, SIGNATURE: signer.sign(written)}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a bundle to a folder that does not exist yet."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def last(folder: Path) -> Link | None:
    """The youngest bundle below a folder."""
    found = bundles(folder)
    return Link(found[-1].name, digest((found[-1] / MANIFEST).read_bytes())) if found else None


def bundles(folder: Path) -> list[Path]:
    """The bundles below a folder, the oldest first: their names end with the instant."""
    found = [manifest.parent for manifest in folder.glob(f"*/{MANIFEST}")]
    return sorted(found, key=lambda one: (one.name.rpartition("-")[2], one.name))


def problems(folder: Path, key: bytes | None = None) -> Iterator[str]:
    """What is wrong with a bundle, or with the chain of the bundles below a folder; nothing if all is as it was.

    Args:
        folder: A bundle, or a folder of bundles.
        key: The public key that must have signed; without it each bundle's own, which shows changes, not who made it.
    """
    chain = [folder] if (folder / MANIFEST).exists() else bundles(folder)
    if not chain:
        yield f"{folder}: no bundle"
    before: Link | None = None
    for number, bundle in enumerate(chain):
        yield from (f"{bundle.name}: {problem}" for problem in _of_bundle(bundle, key))
        content = (bundle / MANIFEST).read_bytes()
        # Of a bundle that stands alone, or comes first, what was before is elsewhere.
        if number and (named := _previous(content)) != before:
            yield f"{bundle.name}: the bundle before it is not the one that it names, {named.name if named else 'none'}"
        before = Link(bundle.name, digest(content))


def _of_bundle(bundle: Path, key: bytes | None) -> Iterator[str]:
    content = {file.name: file.read_bytes() for file in bundle.iterdir() if file.is_file()}
    yield from (f"{file.name} is no file" for file in bundle.iterdir() if not file.is_file())
    manifest, signature, own = content.pop(MANIFEST), content.pop(SIGNATURE, b""), content.get(KEY, b"")
    if not verifies(own if key is None else key, signature, manifest):
        by = "the key of the bundle" if key is None else fingerprint(key)
        yield f"{MANIFEST} is not signed by {by}"
        return
    named: dict[str, str] = json.loads(manifest)["files"]
    for name in sorted(named.keys() | content.keys()):
        if name not in content:
            yield f"{name} is missing"
        elif name not in named:
            yield f"{name} does not belong to it"
        elif digest(content[name]) != named[name]:
            yield f"{name} was changed"


def _previous(manifest: bytes) -> Link | None:
    try:
        named = json.loads(manifest)["previous"]
        return Link(named["name"], named["sha256"]) if named else None
    except (ValueError, KeyError, TypeError):
        return None
