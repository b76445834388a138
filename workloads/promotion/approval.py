"""Signed consent: a tag in a registry can be written by whoever registers a model, a signature cannot.

The key is ECDSA P-256, so that an approver's private half can stay in KMS (`ECC_NIST_P256`, `ECDSA_SHA_256`).
"""

import base64
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from workloads.promotion.candidate import Approval

_HOW = ec.ECDSA(hashes.SHA256())


def message(model: str, version: str, digest: str, expires: datetime) -> bytes:
    """What is signed: this version of this model with this content, until then."""
    return "\n".join(("ml-platform/approval/1", model, version, digest, expires.isoformat())).encode()


def approve(model: str, version: str, digest: str, approver: str, expires: datetime, private_key: bytes) -> Approval:
    """Sign a consent.

    Args:
        model: Registered model.
        version: Its version.
        digest: Digest of its files.
        approver: Who signs.
        expires: Until when it holds; with a time zone.
        private_key: PEM of an unencrypted P-256 key.

    Raises:
        ValueError: It is no such key.
    """
    try:
        key = serialization.load_pem_private_key(private_key, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("the key is no unencrypted P-256 private key in PEM")
    signature = base64.b64encode(key.sign(message(model, version, digest, expires), _HOW)).decode()
    return Approval(approver=approver, digest=digest, expires=expires, signature=signature)


def is_signed(found: Approval, model: str, version: str, public_key: str) -> bool:
    """Whether the approver's key signed exactly this."""
    try:
        key = serialization.load_pem_public_key(public_key.encode())
        signature = base64.b64decode(found.signature, validate=True)
    except ValueError:
        return False
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, message(model, version, found.digest, found.expires), _HOW)
    except InvalidSignature:
        return False
    return True
