"""Files to bring, and an https server that can misbehave."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.depot.making import TOMCAT


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes, str], Path]:
    def write(data: bytes, name: str = "archive.tar.gz") -> Path:
        path = tmp_path / "given" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    return write


@dataclass
class Served:
    """What the server gives away, how it misbehaves, and what it was asked."""

    data: bytes = TOMCAT
    etag: str | None = '"one"'
    status: int = 200
    break_after: list[int] = field(default_factory=list)
    """Bytes after which an answer breaks off, one entry for each answer."""
    redirect: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of each request."""
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self) -> None:
        served, wanted = self.served, self.headers.get("Range")
        served.asked.append((self.path, wanted))
        if served.redirect and self.path == "/moved.tar.gz":
            self.send_response(302)
            self.send_header("Location", served.redirect)
            self.end_headers()
            return
        begin = 0
        if wanted and self.headers.get("If-Range") == served.etag:
            begin = int(wanted.removeprefix("bytes=").rstrip("-"))
        if begin and begin >= len(served.data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(served.data)}")
            self.end_headers()
            return
        self.send_response(206 if begin else served.status)
        if begin:
            whole = len(served.data)
            self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
        body = served.data[begin:]
        self.send_header("Content-Length", str(len(body)))
        if served.etag:
            self.send_header("ETag", served.etag)
        self.end_headers()
        self.wfile.write(body[: served.break_after.pop(0)] if served.break_after else body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), address]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    home = tmp_path_factory.mktemp("authority")
    (home / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return home / "cert.pem", home / "key.pem"


@pytest.fixture
def served(authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    served = Served()
    handler = type("Handler", (_Handler,), {"served": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    served.url = f"https://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("installer.depot.download.PAUSE", 0.0)
    yield served
    server.shutdown()
    server.server_close()
