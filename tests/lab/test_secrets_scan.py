"""A run with every kind of secret, watched: none is seen in a process, a file or on a screen."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from runbook.steps import RUNBOOK
from tests.lab.commands import CATHERD, on, say
from tests.lab.sampling import Samples, in_files, on_host, seen

pytestmark = pytest.mark.lab

NODES = ("--host", "tomcat1", "--host", "tomcat2")
PASSPHRASE = "pass-phrase-of-the-test-8c1f"
CANARY = "canary-of-the-test-77aa31"


@dataclass
class Ran:
    """What came to a terminal, and what was asked there."""

    text: str = ""
    asked: list[str] = field(default_factory=list)


@dataclass
class Project:
    """A cluster whose login key has a passphrase, with state directories of its own."""

    hosts: lab.Lab
    place: Path

    def __post_init__(self) -> None:
        write_answers(self.hosts, say, options={"members": "ajp", "encrypt": True})
        shutil.copy(self.hosts.directory / "cluster.toml", self.place / "cluster.toml")
        key = self.place / "key"
        shutil.copy(self.hosts.key, key)
        words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", str(key)]
        subprocess.run(words, check=True)
        config = self.hosts.ssh_config.read_text()
        (self.place / "ssh_config").write_text(config.replace(str(self.hosts.key), str(key)))
        self.answers = {
            "Passphrase of the key": PASSPHRASE,
            "sudo password": self.hosts.sudo_password.read_text().strip(),
        }
        self.state = self.place / "state"
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != "SSH_AUTH_SOCK"},
            "XDG_STATE_HOME": str(self.state), "TERM": "xterm", "COLUMNS": "200",
        }  # fmt: skip

    def catherd(self, *words: str) -> Ran:
        """Run a command at a terminal, and answer what it asks."""
        ran, started = Ran(), time.monotonic()
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.place)
            os.execve(CATHERD, ["catherd", *words], self.environment)
        unread = ""
        while time.monotonic() - started < 1500:
            if not select.select([terminal], [], [], 0.5)[0]:
                continue
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if b"\x1b[6n" in data:  # where is the cursor?
                os.write(terminal, b"\x1b[1;1R")
            ran.text += data.decode("utf-8", "replace")
            unread += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode("utf-8", "replace"))
            for question, answer in self.answers.items():
                if question in unread and question not in ran.asked:
                    ran.asked.append(question)
                    time.sleep(0.3)
                    os.write(terminal, answer.encode() + b"\r")
        os.waitpid(process, 0)
        os.close(terminal)
        return ran


@pytest.fixture(scope="module")
def project(lab_hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(lab_hosts, tmp_path_factory.mktemp("project"))


def test_no_secret_is_seen_anywhere(project: Project, tmp_path: Path) -> None:
    hosts, samples = project.hosts, Samples(project.hosts, tmp_path)
    steps = [step.id for step in RUNBOOK if step.id not in ("check", "proof")]
    run = ("run", "--yes", *NODES, *(word for step in steps for word in ("--only", step)))
    began = time.monotonic()
    with samples.during():
        on(hosts, "tomcat1", f"CATHERD_TEST={CANARY}-e sh -c 'sleep 2; : {CANARY}-a' & exit 0")
        shown = {"run": project.catherd(*run)}
    seconds = time.monotonic() - began
    assert "Passphrase of the key" in shown["run"].asked, shown["run"].text
    assert "sudo password" in shown["run"].asked
    shown["json"] = project.catherd("plan", "--json")
    for command in ("plan", "verify", "status"):
        shown[command] = project.catherd(command)
    files = "cat /var/lib/catherd/secrets/ajp /var/lib/catherd/secrets/replication || :"
    generated = [on(hosts, host, files).split() for host in ("tomcat1", "tomcat2")]
    assert generated[0] == generated[1]
    assert len(generated[0]) == 2, shown["run"].text
    ajp, replication = generated[0]
    secrets = {"AJP secret": ajp, "encryption key": replication, **project.answers}

    on(hosts, "tomcat1", f"echo {CANARY} >/var/log/canary; chmod 644 /var/log/canary")
    (project.state / "canary").write_text(f"x{CANARY}x")
    canaries = {"argument": f"{CANARY}-a", "environment": f"{CANARY}-e"}
    assert sorted(samples.find(canaries)) == [
        f"{what} in processes of {where}"
        for what in ("argument", "environment")
        for where in ("controller", "tomcat1")
    ], "the sampling sees what is there"
    found, read = samples.find(secrets), 0

    places = [project.state, *_cache()]
    for wanted, expected in (({"canary": CANARY}, 1), (secrets, 0)):
        leaks, count = in_files(places, wanted)
        assert len(leaks) == expected, leaks
        read += count
    for name, ran in shown.items():
        assert len(ran.text) > 200, name
        found += [f"{what} on the screen of {name}" for what in seen(ran.text.encode(), secrets)]

    places_there = "find /tmp /var/tmp /run /var/log /dev/shm /home -xdev -type f"
    readable = "find / -xdev -type f -newer /root/samples.start -perm -004"
    on_hosts = 0
    for host in hosts.hosts:
        on(hosts, host.name, "touch -d '-1 hour' /root/samples.start")
        on(hosts, host.name, "journalctl -o export >/var/log/journal.export 2>/dev/null || :")
        for files in (places_there, readable):
            leaks, count = on_host(hosts, host.name, files, secrets)
            found, on_hosts = found + leaks, on_hosts + count
            leaks, _ = on_host(hosts, host.name, files, {"canary": CANARY})
            expected = 1 if host.name == "tomcat1" else 0
            assert len(leaks) == expected, leaks
    assert found == []
    print(
        f"{len(secrets)} secrets; {seconds:.0f} s of a run; samples {samples.taken}; "
        f"{read} files here, {on_hosts} on the hosts, {len(shown)} screens"
    )
    assert min(samples.taken.values()) > seconds / 10, "all the time"


def test_secrets_on_the_hosts_are_for_root_and_tomcat_only(project: Project) -> None:
    for host in ("tomcat1", "tomcat2"):
        modes = on(
            project.hosts,
            host,
            "stat -c '%a %U:%G %n' /var/lib/catherd /var/lib/catherd/secrets "
            "/var/lib/catherd/secrets/* /usr/local/tomcat/conf/server.xml | sort",
        ).split("\n")
        assert [line for line in modes if line] == [
            "600 root:root /var/lib/catherd/secrets/ajp",
            "600 root:root /var/lib/catherd/secrets/replication",
            "640 root:tomcat /usr/local/tomcat/conf/server.xml",
            "700 root:root /var/lib/catherd",
            "700 root:root /var/lib/catherd/secrets",
        ]


def test_tomcat_is_not_root_and_listens_for_the_cluster_only(project: Project) -> None:
    for name in ("tomcat1", "tomcat2"):
        user = "ps -o user= -p $(systemctl show -p MainPID --value tomcat)"
        assert on(project.hosts, name, user).strip() == "tomcat"
        listening = on(project.hosts, name, "ss -Hltn").splitlines()
        found = {line.split()[3].replace("[::ffff:", "").replace("]", "") for line in listening}
        address = project.hosts.host(name).address
        assert {each for each in found if each.endswith((":8009", ":4000"))} == {
            f"{address}:8009",
            f"{address}:4000",
        }
        assert not {each for each in found if each.endswith(":8005")} - {"127.0.0.1:8005"}


def test_nothing_can_be_written_by_everybody(project: Project) -> None:
    for host in project.hosts.hosts:
        places = "/usr/local/tomcat /usr/java /usr/local/apache /var/lib/catherd /etc"
        find = f"find {places} ! -type l -perm /002 2>/dev/null || :"
        assert on(project.hosts, host.name, find) == ""


def _cache() -> list[Path]:
    import platformdirs

    return [platformdirs.user_cache_path("catherd") / "depot"]
