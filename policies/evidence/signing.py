"""Signs and verifies: ECDSA over P-256 with SHA-256, by a key in AWS KMS or one in a file."""

import hashlib
import os
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ALGORITHM = "ECDSA_SHA_256"
_SCHEME = ec.ECDSA(hashes.SHA256())


class SigningError(Exception):
    """A key cannot be used; the message says why."""


class Signer(Protocol):
    """Somebody who signs."""

    @property
    def public_key(self) -> bytes:
        """The key that verifies, as PEM."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature of some bytes."""
        ...


class KeyFile:
    """A private key in a file, made there if there is none. It shows later changes; who made it is not shown."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            _write(file, ec.generate_private_key(ec.SECP256R1()))
        try:
            key = serialization.load_pem_private_key(file.read_bytes(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SigningError(f"{file}: no private key in PEM without a password") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise SigningError(f"{file}: the key must be one of the curve P-256")
        self._key = key

    @property
    def public_key(self) -> bytes:
        """The key that verifies, as PEM."""
        return _pem(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        """The signature of some bytes."""
        return self._key.sign(data, _SCHEME)


class KmsKey:
    """A key in AWS KMS, of usage SIGN_VERIFY and spec ECC_NIST_P256, which never leaves it."""

    def __init__(self, client: Any, key: str) -> None:
        self._client, self._id = client, key
        answer = client.get_public_key(KeyId=key)
        if ALGORITHM not in answer.get("SigningAlgorithms", ()):
            raise SigningError(f"{key}: the key must have usage SIGN_VERIFY and spec ECC_NIST_P256")
        self._public = serialization.load_der_public_key(answer["PublicKey"])

    @property
    def public_key(self) -> bytes:
        """The key that verifies, as PEM."""
        return _pem(self._public)

    def sign(self, data: bytes) -> bytes:
        """The signature of at most 4,096 bytes, which a manifest stays far below."""
        answer = self._client.sign(KeyId=self._id, Message=data, MessageType="RAW", SigningAlgorithm=ALGORITHM)
        return answer["Signature"]


def verifies(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a signature is of these bytes by that key."""
    try:
        key = serialization.load_pem_public_key(public_key)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signature, data, _SCHEME)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """By what people compare keys."""
    return f"SHA256:{hashlib.sha256(public_key).hexdigest()}"


def _pem(key: Any) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _write(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Nobody else reads it, not even for a moment.
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(text)
