"""Brings a file over https; what has arrived survives a dropped connection and a restart."""

from __future__ import annotations

import json
import random
import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from installer.depot.store import OnBytes
from runbook.errors import BadInput, CatherdError, Unreachable
from runbook.text import T

if TYPE_CHECKING:
    import httpx

REDIRECTS = 8
PAUSE = 0.25
"""Seconds before the first new attempt; doubled each time."""
TRIES = 5
"""Attempts in a row that bring nothing before a download is given up."""
_TELLING = (socket.gaierror, ssl.SSLCertVerificationError)
"""Causes below an error of httpx that say more than the error itself."""


def shown(url: str) -> str:
    """An address as people and logs may see it: without name, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def download(url: str, part: Path, progress: OnBytes | None = None) -> None:
    """Complete ``part`` from ``url``; bytes that are there already are not asked for again.

    Beside it lies ``<part>.json`` with the mark (ETag or date) of the version begun, so that
    two versions are never joined.

    :raises Unreachable: no answer, or it broke off; ``part`` stays for the next run
    :raises BadInput: the address is wrong, or leads away from https
    """
    import httpx

    context = ssl.create_default_context()
    timeout = httpx.Timeout(30.0, connect=10.0)
    failures = 0
    with httpx.Client(verify=context, timeout=timeout, follow_redirects=False) as client:
        while True:
            before = _size(part)
            try:
                return _attempt(client, url, part, progress)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failures = 0 if _size(part) > before else failures + 1
                if failures >= TRIES or _in_vain(error):
                    raise _explain(error, url, part) from error
            time.sleep(min(8.0, PAUSE * 2**failures) * random.uniform(0.8, 1.2))


def _attempt(client: httpx.Client, url: str, part: Path, progress: OnBytes | None) -> None:
    begun, mark = _size(part), _read_mark(part)
    headers = {"Accept-Encoding": "identity"}
    if begun and mark:
        headers |= {"Range": f"bytes={begun}-", "If-Range": mark}
    for _ in range(REDIRECTS):
        if urlsplit(url).scheme != "https":
            raise BadInput(
                T("The download leads away from https, so it is refused."),
                T("It leads to {url}.", url=shown(url)),
                T("Give an address that is served over https to its end."),
            )
        with client.stream("GET", url, headers=headers) as answer:
            if answer.has_redirect_location:
                url = urljoin(url, answer.headers["location"])
                continue
            return _receive(answer, part, begun, progress)
    raise BadInput(T("The download is redirected without end."), T("At {url}.", url=shown(url)))


def _receive(answer: httpx.Response, part: Path, begun: int, progress: OnBytes | None) -> None:
    if answer.status_code == 416:
        if answer.headers.get("content-range", "") == f"bytes */{begun}":
            return  # an earlier run ended just before it could say so
        part.unlink()
    if answer.status_code not in (200, 206):
        answer.raise_for_status()
        raise _unexpected(answer)
    resumed = answer.status_code == 206
    if resumed and not answer.headers.get("content-range", "").startswith(f"bytes {begun}-"):
        raise _unexpected(answer)
    done = begun if resumed else 0
    length = int(answer.headers.get("content-length") or 0)
    total = done + length if length else 0
    if not resumed:
        _write_mark(part, answer)
    with part.open("ab" if resumed else "wb") as file:
        for chunk in answer.iter_raw():  # as it arrives: nothing waits in a buffer to be lost
            file.write(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)


def _unexpected(answer: httpx.Response) -> Unreachable:
    return Unreachable(
        T("The server gave an answer that was not asked for: {code}.", code=answer.status_code),
        T("At {url}.", url=shown(str(answer.url))),
        T("Download the file by other means and name its path instead."),
    )


def _explain(error: Exception, url: str, part: Path) -> CatherdError:
    import httpx

    where = T("At {url}.", url=shown(url))
    again = T("{done} bytes are kept: run it again to go on from there.", done=_size(part))
    host = urlsplit(url).hostname or ""
    match next((cause for cause in _causes(error) if isinstance(cause, _TELLING)), error):
        case httpx.HTTPStatusError(response=answer):
            phrase = answer.reason_phrase
            what = T("The server answers {code} {phrase}.", code=answer.status_code, phrase=phrase)
            if answer.status_code in (401, 403, 404, 410):
                return BadInput(what, where, T("Look the address up again: old releases move."))
            return Unreachable(what, where, again)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return BadInput(T("This is no usable address: {why}.", why=error), where)
        case socket.gaierror():
            what = T("The name {host} is not known here.", host=host)
            remedy = T("Is this machine online? Does it need a proxy (HTTPS_PROXY)?")
            return Unreachable(what, where, remedy)
        case ssl.SSLCertVerificationError(verify_message=why):
            what = T("The certificate of {host} is not trusted: {why}.", host=host, why=why)
            remedy = T("Install ca-certificates, or name your own authority in SSL_CERT_FILE.")
            return Unreachable(what, where, remedy)
        case httpx.TimeoutException():
            return Unreachable(T("{host} does not answer in time.", host=host), where, again)
    why = str(error) or type(error).__name__
    return Unreachable(T("The download broke off: {why}.", why=why), where, again)


def _in_vain(error: Exception) -> bool:
    """Whether trying again at once would end the same."""
    import httpx

    if isinstance(error, httpx.HTTPStatusError):
        code = error.response.status_code
        return code < 500 and code not in (408, 416, 429)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return True
    return any(isinstance(cause, _TELLING) for cause in _causes(error))


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _mark_file(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_mark(part: Path) -> str:
    with suppress(FileNotFoundError, ValueError, KeyError):
        mark = json.loads(_mark_file(part).read_text("utf-8"))["mark"]
        return mark if isinstance(mark, str) else ""
    return ""


def _write_mark(part: Path, answer: httpx.Response) -> None:
    etag = answer.headers.get("etag", "")
    mark = answer.headers.get("last-modified", "") if etag.startswith("W/") or not etag else etag
    _mark_file(part).write_text(json.dumps({"mark": mark}), "utf-8")
