"""Archives built in memory, honest and hostile."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Literal

Member = tuple[str, bytes | str, bytes]
"""Name, type of a tar member, and content (or where a link points)."""
Mode = Literal["w", "w:gz", "w:bz2", "w:xz"]


def tar_of(*members: Member, mode: Mode = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind if isinstance(kind, bytes) else kind.encode()
            if info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = content.decode()
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(*members: tuple[str, bytes], attributes: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = attributes
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


TOMCAT = tar_of(
    ("apache-tomcat-10.1.60", tarfile.DIRTYPE, b""),
    ("apache-tomcat-10.1.60/conf/server.xml", tarfile.REGTYPE, b"<Server/>"),
    ("apache-tomcat-10.1.60/lib/catalina.jar", tarfile.REGTYPE, b"PK" * 1000),
    ("apache-tomcat-10.1.60/webapps/ROOT/WEB-INF/web.xml", tarfile.REGTYPE, b"<web-app/>"),
    ("apache-tomcat-10.1.60/legal/a/LICENSE", tarfile.REGTYPE, b"free"),
    ("apache-tomcat-10.1.60/legal/b/LICENSE", tarfile.SYMTYPE, b"../a/LICENSE"),
    (
        "apache-tomcat-10.1.60/bin/again.sh",
        tarfile.LNKTYPE,
        b"apache-tomcat-10.1.60/conf/server.xml",
    ),
)
