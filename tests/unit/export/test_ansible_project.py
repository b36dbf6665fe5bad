"""The exported project as a whole: what it is made of, and what must not be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from installer.export.ansible import rendering
from installer.export.ansible.project import Project, make_project
from installer.export.ansible.roles import Role
from installer.export.ansible.writing import write
from installer.export.paper import on_paper
from runbook.actions import Action, Edit, Run
from runbook.cluster import Cluster
from runbook.errors import BadInput
from runbook.host import Host
from runbook.step import Actions
from runbook.steps import RUNBOOK
from runbook.text import use_language
from tests.engine.given import ANSWERS, RICH
from tests.engine.three_hosts import ThreeHosts
from tests.unit.export.ansible_project import exported, loaded, module_of, tasks_in
from tests.unit.export.documents import TWO_ON_ONE

VARIANTS = [{}, RICH, TWO_ON_ONE, {"options": {"environment": "profile.d"}}]


@pytest.fixture(scope="module", params=VARIANTS, ids=["plain", "rich", "two on one", "profile.d"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return exported(tmp_path_factory.mktemp("cluster"), request.param)


def test_every_task_is_named_and_uses_one_builtin_module(project: Project) -> None:
    found = list(tasks_in(project))
    assert len(found) > 40
    for path, task in found:
        assert module_of(task).startswith("ansible.builtin."), (path, task)
        assert not task["name"][0].islower(), (path, task["name"])


def test_lines_are_no_longer_than_the_linter_allows(project: Project) -> None:
    for path, data in project.files.items():
        if path.endswith(".yml"):
            assert max(map(len, data.decode().splitlines())) <= 160, path
            yaml.safe_load(data)


def test_every_step_that_changes_something_is_a_role(tmp_path: Path) -> None:
    project = exported(tmp_path)
    roles = {role["role"] for play in loaded(project, "site.yml") for role in play.get("roles", ())}
    assert roles == {step.id.replace("-", "_") for step in RUNBOOK} - {"check", "proof"}
    readme = project.files["README.md"].decode()
    assert "Prove that a session survives" in readme
    assert all(str(step.title) in readme for step in RUNBOOK)


def test_every_call_finds_its_handler_in_the_same_play(project: Project) -> None:
    calls = 0
    for play in loaded(project, "site.yml"):
        names = {role["role"] for role in play.get("roles", ())}
        of_play = [
            (p, t) for p, t in tasks_in(project) if p.split("/")[1:2] and p.split("/")[1] in names
        ]
        handlers = {task["name"] for path, task in of_play if "/handlers/" in path}
        for _, task in of_play:
            applied = task.get("ansible.builtin.include_role", {}).get("apply", {})
            called = [*task.get("notify", ()), *applied.get("notify", ())]
            calls += len(called)
            assert set(called) <= handlers
    assert calls > 8


def test_what_a_running_service_was_started_from_calls_for_a_restart(tmp_path: Path) -> None:
    project = exported(tmp_path)
    (unpacked,) = [t for p, t in tasks_in(project) if p == "roles/jdk/tasks/main.yml"]
    assert unpacked["ansible.builtin.include_role"]["apply"] == {"notify": ["Restart tomcat"]}
    (conf,) = [t for p, t in tasks_in(project) if p == "roles/modproxy/tasks/main.yml"]
    assert conf["notify"] == ["Reload httpd"]
    (built,) = [t for p, t in tasks_in(project) if p == "roles/httpd_build/tasks/main.yml"]
    assert built["ansible.builtin.include_role"]["apply"] == {"notify": ["Restart httpd"]}


def test_tomcats_are_taken_one_at_a_time_and_before_the_balancer(tmp_path: Path) -> None:
    plays = loaded(exported(tmp_path), "site.yml")
    assert [play["hosts"] for play in plays] == ["all", "balancers:tomcats", "tomcats", "balancers"]
    assert [play.get("serial") for play in plays] == [None, None, 1, None]
    assert all(play["any_errors_fatal"] for play in plays)


def test_no_secret_is_in_it_and_what_brings_one_is_not_shown(tmp_path: Path) -> None:
    project = exported(tmp_path, RICH)
    whole = b"\n".join(project.files.values()).decode()
    assert "@ajp@" not in whole
    assert "@replication@" not in whole
    digests = {artefact.sha256 for artefact in project.archives}
    assert set(re.findall(r"\b[0-9a-f]{48,}\b", whole)) <= digests
    for path in project.files:
        if "/templates/" in path and b"secrets_" in project.files[path]:
            name = Path(path).name
            role = path.split("/templates/")[0]
            (task,) = [
                task
                for where, task in tasks_in(project)
                if where.startswith(role)
                and task.get("ansible.builtin.template", {}).get("src") == name
            ]
            assert task["no_log"] is True
    for path, task in tasks_in(project):
        if path.startswith("roles/secrets/"):
            assert task["no_log"] is True


def test_without_secrets_there_is_no_role_for_them(tmp_path: Path) -> None:
    assert not any(path.startswith("roles/secrets") for path in exported(tmp_path).files)


def test_an_archive_is_fetched_again_only_from_an_open_address(tmp_path: Path) -> None:
    software = {
        "httpd": {**ANSWERS["software"]["httpd"], "source": "https://example.com/httpd.tar.gz"},
        "tomcat": {**ANSWERS["software"]["tomcat"], "source": "https://example.com/t?token=geheim"},
        "jdk": ANSWERS["software"]["jdk"],
    }
    project = exported(tmp_path, {"software": software})
    archives = loaded(project, "group_vars/all.yml")["archives"]
    assert [each.get("url") for each in archives.values()] == [
        "https://example.com/httpd.tar.gz",
        None,
        None,
    ]
    assert b"geheim" not in b"".join(project.files.values())


def test_what_hosts_differ_in_stands_in_their_variables(tmp_path: Path) -> None:
    hosts = [*ANSWERS["hosts"][:2], {**ANSWERS["hosts"][2], "http_port": 8081}]
    project = exported(tmp_path, {"hosts": hosts})
    nodes = [loaded(project, f"host_vars/{name}.yml")["node"] for name in ("tomcat1", "tomcat2")]
    assert [each["http_port"] for each in nodes] == ["8080", "8081"]
    pages = {
        (task["ansible.builtin.uri"]["url"], task["when"])
        for path, task in tasks_in(project)
        if path == "verify.yml" and "(tomcat-answers)" in task["name"]
    }
    assert pages == {
        ("http://127.0.0.1:{{ node.http_port }}/", f"inventory_hostname in ['{name}']")
        for name in ("tomcat1", "tomcat2")
    }


def test_logins_are_those_of_the_answers(tmp_path: Path) -> None:
    ssh = {"host": "gate", "port": 2222, "user": "op", "key": "keys/id", "jump": "a@b:22"}
    hosts = [{**ANSWERS["hosts"][0], "ssh": {**ssh, "legacy": True}}, *ANSWERS["hosts"][1:]]
    inventory = loaded(exported(tmp_path, {"hosts": hosts}), "inventory.yml")
    login = inventory["all"]["children"]["balancers"]["hosts"]["balancer"]
    words = login.pop("ansible_ssh_common_args")
    assert words.startswith("-J a@b:22 -o KexAlgorithms=+")
    assert login == {
        "ansible_host": "gate",
        "ansible_port": 2222,
        "ansible_user": "op",
        "ansible_ssh_private_key_file": str(tmp_path / "keys/id"),
    }


def test_it_speaks_the_language_of_the_operator(tmp_path: Path) -> None:
    use_language("zh")
    try:
        project = exported(tmp_path)
    finally:
        use_language(None)
    assert "安装" in project.files["README.md"].decode()
    assert any("重启 tomcat" in str(task["name"]) for _, task in tasks_in(project))
    foreign = [task["name"] for _, task in tasks_in(project) if task["name"].isascii()]
    assert foreign == []


def test_a_template_that_renders_to_something_else_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "render", lambda *_: b"something else")
    with pytest.raises(RuntimeError, match="a template of"):
        exported(tmp_path)
    rendering.prove_templates([Role(RUNBOOK[0])], {})


@pytest.mark.parametrize("lacking", [{"lines": ()}, {"unless": ""}])
def test_what_cannot_be_said_in_ansible_is_an_error(
    tmp_path: Path, lacking: dict[str, Any]
) -> None:
    installation = ThreeHosts(tmp_path).installation()

    def without(actions: Actions) -> Actions:
        def lessened(host: Host) -> Iterator[Action]:
            for action in actions(host):
                kinds = Edit if "lines" in lacking else Run
                yield replace(action, **lacking) if isinstance(action, kinds) else action

        return lessened

    installation.steps = tuple(
        replace(step, actions=without(step.actions)) for step in installation.steps
    )
    with pytest.raises(BadInput, match="cannot be exported"):
        make_project(on_paper(installation), tmp_path)


def test_a_jdk_of_the_distribution_comes_from_its_package_manager(tmp_path: Path) -> None:
    installation = ThreeHosts(tmp_path).installation()
    jdk = {"jdk": {"version": "17", "source": "package"}}
    answers = {**ANSWERS, "software": {**ANSWERS["software"], **jdk}}
    installation.cluster = Cluster.model_validate(answers)
    installation.artefacts = replace(installation.artefacts, jdk=None)
    project = make_project(on_paper(installation), tmp_path)
    asked, done = loaded(project, "roles/jdk/tasks/main.yml")
    assert "grep '^home=.'" in asked["ansible.builtin.shell"]["cmd"]
    assert "install openjdk-17-jdk-headless" in done["ansible.builtin.shell"]["cmd"]
    assert done["when"] == "jdk_needed.rc != 0"
    home = loaded(project, "group_vars/all.yml")["java_home"]
    assert home == "/usr/lib/jvm/java-17-openjdk-amd64"
    assert len(project.archives) == 2


def test_nothing_is_written_over(tmp_path: Path) -> None:
    project = exported(tmp_path)
    target = tmp_path / "out"
    write(project, target, None)
    assert (target / "site.yml").read_bytes() == project.files["site.yml"]
    assert list((target / "files").iterdir()) == []
    with pytest.raises(BadInput, match="not empty"):
        write(project, target, None)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        write(project, tmp_path / "file/in", None)
