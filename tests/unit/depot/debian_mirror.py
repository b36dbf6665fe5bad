"""A Debian mirror in a directory, and an apt-get that serves from it and logs what is asked."""

from __future__ import annotations

import io
import lzma
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

_APT_GET = """#!{python}
import hashlib, pathlib, shutil, sys
root = pathlib.Path({root!r})
words, options = [], {{}}
arguments = iter(sys.argv[1:])
for word in arguments:
    if word == "-o":
        name, _, value = next(arguments).partition("=")
        options[name] = value
    elif word != "-q":
        words.append(word)
with (root / "log").open("a") as log:
    print(*words, file=log)
if words[0] == "update":
    sources = pathlib.Path(options["Dir::Etc::sourceparts"])
    text = "".join(path.read_text() for path in sources.iterdir())
    (root / "sources").write_text(text)
    if (root / "no-network").exists():
        sys.exit("E: Failed to fetch the lists")
    sys.exit()
found = []
for word in words[1:]:
    if not word.startswith("--"):
        pattern = word.replace("/", "@") + ("/*" if words[0] == "source" else "_*")
        files = sorted((root / "served").glob(pattern))
        if not files:
            sys.exit("W: trouble\\nE: Unable to locate package " + word)
        found += files
for path in found:
    data = path.read_bytes()
    if "--print-uris" in words:
        print(f"'http://mirror/{{path.name}}' {{path.name}} {{len(data)}}",
              "SHA256:" + hashlib.sha256(data).hexdigest())
    elif (root / "damages").exists():
        pathlib.Path(path.name).write_bytes(b"damaged")
    elif not pathlib.Path(path.name).exists():
        shutil.copy(path, ".")
"""


class Mirror:
    """What is served; ``directory`` belongs in front of PATH."""

    def __init__(self, root: Path) -> None:
        self.root, self.directory, self.served = root, root / "bin", root / "served"
        self.directory.mkdir(parents=True)
        self.served.mkdir()
        program = self.directory / "apt-get"
        program.write_text(_APT_GET.format(python=sys.executable, root=str(root)))
        program.chmod(0o755)

    def asked(self) -> list[str]:
        """The command lines since the last time, without options."""
        log = self.root / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def switch(self, name: str, on: bool = True) -> None:
        """``no-network``: no lists arrive; ``damages``: no file arrives whole."""
        (self.root / name).touch() if on else (self.root / name).unlink()

    def source(self, wanted: str, name: str, data: bytes) -> None:
        directory = self.served / wanted.replace("/", "@")
        directory.mkdir()
        (directory / name).write_bytes(data)

    def package(self, name: str, version: str, files: Mapping[str, bytes | str]) -> None:
        """A real package of ``files``; a text is where a link points."""
        tree = self.root / "tree"
        control = tree / "DEBIAN/control"
        control.parent.mkdir(parents=True)
        control.write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: nobody <nobody@localhost>\nDescription: made for a test\n"
        )
        for path, content in files.items():
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                target.symlink_to(content)
            else:
                target.write_bytes(content)
                target.chmod(0o755 if "/bin/" in path else 0o644)
        package = self.served / f"{name}_{version}_all.deb"
        line = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(package)]
        subprocess.run(line, check=True, capture_output=True)
        subprocess.run(["rm", "-r", tree], check=True)


def jar_of(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return buffer.getvalue()


def tar_xz(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return lzma.compress(buffer.getvalue())
