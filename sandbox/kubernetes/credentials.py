"""The control plane's own certificate authority, its token and its kubeconfig; none of them leaves the machine."""

import ipaddress
import json
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.files import write_private

LIFE = timedelta(days=3650)
NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


def make(folder: Path) -> None:
    """Write `ca.pem`, `server.pem`, the keys and `tokens.csv` into a folder, unless they are there.

    The one certificate serves the API server and etcd, and is what the API server shows etcd.
    """
    if (folder / "tokens.csv").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = [*map(x509.DNSName, NAMES), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    root = _certificate("sandbox", authority).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    leaf = (
        _certificate("kubernetes", key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    )
    encoding = serialization.Encoding.PEM
    write_private(folder / "ca.pem", root.sign(authority, hashes.SHA256()).public_bytes(encoding))
    write_private(folder / "server.pem", leaf.sign(authority, hashes.SHA256()).public_bytes(encoding))
    for name, secret in ("server.key", key), ("accounts.key", ec.generate_private_key(ec.SECP256R1())):
        form = serialization.PrivateFormat.TraditionalOpenSSL
        write_private(folder / name, secret.private_bytes(encoding, form, serialization.NoEncryption()))
    # Last: it says that the others are there.
    write_private(folder / "tokens.csv", f"{secrets.token_urlsafe(32)},admin,admin,system:masters\n".encode())


def token(folder: Path) -> str:
    """The token of the one user, who may do everything."""
    return (folder / "tokens.csv").read_text().partition(",")[0]


def kubeconfig(folder: Path, port: int) -> str:
    """What leads a client to the API server: JSON, which is YAML too."""
    authority = b64encode((folder / "ca.pem").read_bytes()).decode()
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": authority}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": cluster}],
            "users": [{"name": "sandbox", "user": {"token": token(folder)}}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
            "current-context": "sandbox",
        }
    )


def _certificate(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """A certificate by the authority of the sandbox, to be extended and signed."""
    begin = datetime.now(UTC) - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
    )
