"""Detached jobs: the real scripts on this machine."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.remote import jobs
from installer.remote.jobs import ENDED, Following
from installer.remote.target import Job
from runbook.errors import BadInput
from tests.unit.remote.running import old_host, run


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jobs, "JOBS", str(tmp_path / "lib" / "jobs"))
    return tmp_path


def follow(output: bytes) -> tuple[Following, bytes]:
    following = Following()
    return following, following.feed(output)


def processes_with(word: str) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


def test_a_job_runs_apart_and_its_output_comes_from_the_first_byte(shell: str, place: Path) -> None:
    job = Job("build", "printf 'L 5\\nX 0\\n\\0\\377'; sleep 0.4; echo err >&2; exit 4")
    following, output = follow(run(jobs.start_script(job), shell).output)
    assert (following.code, output) == (4, b"L 5\nX 0\n\0\xfferr\n")
    again, output = follow(run(jobs.start_script(Job("build", "echo other")), shell).output)
    assert (again.code, output) == (4, b"L 5\nX 0\n\0\xfferr\n"), "it has run, and is not run again"
    rest, output = follow(run(jobs.follow_script("build", 8), shell).output)
    assert (rest.code, output) == (4, b"\0\xfferr\n")
    assert (place / "lib" / "jobs").stat().st_mode & 0o777 == 0o700
    assert run(jobs.forget_script("build"), shell).ok
    assert not (place / "lib" / "jobs").exists()
    gone, _ = follow(run(jobs.follow_script("build", 0), shell).output)
    assert gone.missing


def test_two_who_start_a_job_get_one(place: Path) -> None:
    count = place / "count"
    job = Job("build", f"echo x >>'{count}'; sleep 0.5")
    script = jobs.start_script(job)
    starts = []
    for _ in range(2):
        starts.append(_background(script.text, script.data))
        time.sleep(0.1)
    for process in starts:
        following, _ = follow(process.communicate()[0])
        assert following.code == 0
    assert count.read_text() == "x\n"


def _background(text: str, data: bytes) -> subprocess.Popen[bytes]:
    from installer.remote.script import PREAMBLE, encode

    code = encode(PREAMBLE + text)
    process = subprocess.Popen(
        ["sh", "-c", f'eval "$(head -c {len(code)})"'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    process.stdin.write(code + data)
    process.stdin.close()
    process.stdin = None
    return process


def test_cancelling_ends_all_that_the_job_started(place: Path) -> None:
    word = f"6{time.time_ns() % 10**9}"
    script = f"""
trap '' TERM
sh -c 'sleep {word}; true' &
setsid sh -c 'sleep {word}; true' &
sleep {word}
"""
    start = jobs.start_script(Job("build", script))
    follower = _background(start.text, start.data)
    deadline = time.monotonic() + 5
    while len(processes_with(f"sleep {word}")) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    cancel = jobs.cancel_script("build")
    assert run(cancel).ok
    following, _ = follow(follower.communicate(timeout=10)[0])
    assert following.code == ENDED
    assert processes_with(f"sleep {word}") == []
    assert run(jobs.cancel_script("build")).ok


def test_stopping_leaves_no_process_of_any_job(place: Path) -> None:
    """Not even of one that begins another process all the time, as make does."""
    word = f"8{time.time_ns() % 10**9}"
    begin = f"sleep {word} & setsid sh -c 'sleep {word}' & sleep 0.05"
    forking = f"i=0; while [ $i -lt 80 ]; do {begin}; i=$((i + 1)); done; wait"
    followers = []
    for name in ("one", "two"):
        start = jobs.start_script(Job(name, forking, title=f"the job {name}"))
        followers.append(_background(start.text, start.data))
    deadline = time.monotonic() + 5
    while len(processes_with(f"sleep {word}")) < 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped = run(jobs.stop_script())
    assert stopped.ok
    assert stopped.text.splitlines() == ["the job one", "the job two"]
    assert processes_with(word) == []
    for each in followers:
        following, _ = follow(each.communicate(timeout=10)[0])
        assert following.code == ENDED
    assert not (place / "lib" / "jobs").exists()
    assert run(jobs.stop_script()).text == ""


def test_who_comes_later_gets_the_phase_and_the_last_lines(shell: str, place: Path) -> None:
    lines = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i + 1)); done"
    job = Job("build", f"echo '== unpack'; echo '== make all'; {lines}")
    first, output = follow(run(jobs.start_script(job), shell).output)
    assert first.joined is None
    assert len(output.splitlines()) == 3002
    later, tail = follow(run(jobs.start_script(job), shell).output)
    assert later.joined is not None
    assert (later.joined.phase, later.code, later.done) == ("make all", 0, len(output))
    assert output.endswith(tail)
    assert len(tail) <= 4096
    assert later.joined.lines + len(tail.splitlines()) == 3000
    assert tail.startswith(b"line ")
    assert 0 <= later.joined.running < 60
    assert 0 <= later.joined.silent < 60


def test_a_short_log_is_passed_on_whole(shell: str, place: Path) -> None:
    job = Job("build", "echo '== make'; echo done")
    run(jobs.start_script(job), shell)
    later, output = follow(run(jobs.start_script(job), shell).output)
    assert output == b"== make\ndone\n"
    assert later.joined is not None
    assert (later.joined.phase, later.joined.lines) == ("", 0)


def test_many_who_start_a_job_at_the_same_instant_get_one(place: Path) -> None:
    count, gate = place / "count", place / "gate"
    for number in range(5):
        script = jobs.start_script(Job(f"build{number}", f"echo x >>'{count}'; sleep 0.3"))
        text = f"while [ ! -e '{gate}' ]; do :; done\n{script.text}"
        starts = [_background(text, script.data) for _ in range(6)]
        gate.touch()
        codes = [follow(each.communicate(timeout=20)[0])[0].code for each in starts]
        gate.unlink()
        assert codes == [0] * 6
        assert count.read_text() == "x\n" * (number + 1)


def test_a_job_that_was_killed_is_started_anew(shell: str, place: Path) -> None:
    run(jobs.start_script(Job("build", "exit 3")), shell)
    directory = place / "lib" / "jobs" / "build"
    (directory / "exit").unlink()
    following, _ = follow(run(jobs.follow_script("build", 0), shell).output)
    assert following.code == ENDED
    following, output = follow(run(jobs.start_script(Job("build", "echo new")), shell).output)
    assert (following.code, output) == (0, b"new\n")


def test_a_follower_ends_when_nobody_listens(place: Path) -> None:
    word = f"7{time.time_ns() % 10**9}"
    script = jobs.start_script(Job("build", f"sleep 9{word}"))
    text = script.text.replace('"$quiet" -ge 15', '"$quiet" -ge 2')
    follower = _background(text, script.data)
    assert follower.stdout
    time.sleep(0.3)
    follower.stdout.close()
    follower.wait(timeout=10)
    assert run(jobs.cancel_script("build")).ok


def test_an_old_host_detaches_without_setsid(place: Path) -> None:
    bin = old_host(place / "bin")
    result = run(jobs.start_script(Job("build", "echo hi; exit 5")), path=bin)
    following, output = follow(result.output)
    assert (following.code, output) == (5, b"hi\n")


def test_job_names_are_plain() -> None:
    for name in ("", "..", "a/b", "-x", "a b"):
        with pytest.raises(BadInput):
            jobs.job_dir(name)


@given(st.lists(st.binary(min_size=1, max_size=20)), st.data())
def test_frames_may_be_cut_anywhere(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(b"L %d\n%bH\n" % (len(piece), piece) for piece in pieces) + b"X 7\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    following, output = Following(), b""
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        output += following.feed(stream[start:end])
    assert (following.code, output) == (7, b"".join(pieces))
    assert following.done == len(output)
