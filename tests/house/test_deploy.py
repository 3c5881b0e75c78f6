"""What ``deploy/`` says is what the program does: commands, options, variables, ports, paths, users, metrics, sizes.

Each file is read, and held against the code and against the others. The tools that read these files themselves
(``systemd-analyze``, ``nginx``, ``promtool``) are asked where they are installed, by ``--soak``.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]

from cli import exits
from cli.main import root
from issuer.db import address
from issuer.desk import health
from issuer.desk.headers import MAX_BODY
from issuer.home.holders import DESK_VARIABLE, HoldersSettings
from tests.cli.support import commands
from tests.support.tools import ROOT
from verifier.app import HEALTH
from verifier.sources.recognise import MAX_FILE_BYTES

DEPLOY: Final = ROOT / "deploy"
UNITS: Final = sorted((DEPLOY / "systemd").glob("titlecert-*"))
SERVICES: Final = [each for each in UNITS if each.suffix == ".service"]
PROCESSES: Final = {"office": ["--alone"], "unlock": ["unlock"], "desk": ["desk"], "verifier": ["verifier"]}
PROGRAM: Final = "/opt/titlecert/bin/titlecert"
CLOSED: Final = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectProc": "invisible",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "LimitCORE": "0",
}
"""What every service gives up."""
NOT_OURS: Final = frozenset({"PGPASSFILE", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD_FILE"})
IMAGES: Final = {"office": 9464, "verifier": 9465, "desk": 9466, "unlock": None}
USERS: Final = {"office": "10001", "unlock": "10001", "desk": "10002", "verifier": "10003"}


def unit(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The sections of a unit, with their settings in order; one may stand several times."""
    found: dict[str, list[tuple[str, str]]] = {}
    section: list[tuple[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
            continue
        name, equals, value = line.partition("=")
        assert equals, f"{path.name}: {line}"
        section.append((name, value))
    return found


def one(path: Path, section: str, name: str) -> str:
    values = [value for key, value in unit(path)[section] if key == name]
    assert len(values) == 1, f"{path.name}: {name}"
    return values[0]


@cache
def variables() -> Mapping[str, Any]:
    """The variables that the program takes, with the option of a service that each is for."""
    found: dict[str, Any] = dict.fromkeys((address.VARIABLE, DESK_VARIABLE))
    for _, command in commands(root()):
        found |= {each.envvar: each for each in command.params if getattr(each, "envvar", None)}
    serve: Any = root().commands["serve"]
    return found | {each.envvar: each for each in serve.loaded.params if getattr(each, "envvar", None)}


def environment(name: str) -> dict[str, str]:
    """The settings of a file of variables."""
    lines = (DEPLOY / "environment" / f"{name}.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def parsed(words: list[str]) -> None:
    """Parse words behind the program's name. Raises what a wrong word or option raises."""
    command: Any = root()
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
        command = getattr(command, "loaded", command)
    command.make_context("titlecert", list(words), resilient_parsing=False)


def test_there_is_a_unit_for_each_process_and_a_socket_for_each_that_the_public_reaches() -> None:
    assert {each.name for each in UNITS} == {
        *(f"titlecert-{name}.service" for name in (*PROCESSES, "doctor")),
        *(f"titlecert-{name}.socket" for name in ("desk", "verifier")),
        "titlecert-doctor.timer",
    }


@pytest.mark.parametrize("path", SERVICES, ids=lambda each: each.stem)
def test_a_service_runs_a_command_that_there_is(path: Path) -> None:
    program, *words = shlex.split(one(path, "Service", "ExecStart"))
    name = path.stem.removeprefix("titlecert-")
    assert program == PROGRAM
    assert words[:1] == (["doctor"] if name == "doctor" else ["serve"])
    if name != "doctor":
        assert PROCESSES[name] == words[1:2]
    needed = ["--publication", "p"] if name == "verifier" else []
    parsed([*words, *needed])


@pytest.mark.parametrize("path", SERVICES, ids=lambda each: each.stem)
def test_a_service_is_closed_as_far_as_it_can_be_and_no_root(path: Path) -> None:
    settings = unit(path)["Service"]
    given = dict(settings)
    assert {name: given.get(name) for name in CLOSED} == CLOSED
    users = re.findall(r"^u (\S+)", (DEPLOY / "systemd" / "titlecert.sysusers").read_text("utf-8"), re.MULTILINE)
    assert given["User"] == given["Group"]
    assert given["User"] in users
    families = given["RestrictAddressFamilies"].split()
    assert families == ["AF_UNIX", "AF_INET", "AF_INET6"]
    assert ("SystemCallFilter", "@system-service") in settings


def test_who_is_reached_by_the_public_runs_as_another_user_than_who_holds_keys() -> None:
    user = {name: one(DEPLOY / "systemd" / f"titlecert-{name}.service", "Service", "User") for name in PROCESSES}
    assert user["office"] == user["unlock"] == "titlecert"
    assert len({user["office"], user["desk"], user["verifier"]}) == 3
    holders = HoldersSettings.model_validate(_toml(DEPLOY / "environment" / "holders.toml"))
    assert holders.unlock.users == (user["desk"],)
    assert holders.unlock.group == one(DEPLOY / "systemd" / "titlecert-desk.service", "Service", "SupplementaryGroups")
    folder = one(DEPLOY / "systemd" / "titlecert-unlock.service", "Service", "RuntimeDirectory")
    assert holders.unlock.socket == f"/run/{folder}/unlock.sock"


@pytest.mark.parametrize("name", PROCESSES)
def test_systemd_is_told_as_the_program_tells_it(name: str) -> None:
    path = DEPLOY / "systemd" / f"titlecert-{name}.service"
    assert one(path, "Service", "Type") == "notify"
    assert one(path, "Service", "NotifyAccess") == "main"
    assert int(one(path, "Service", "WatchdogSec")) >= 60, "two looks of ten seconds fit well"
    file = Path(one(path, "Service", "EnvironmentFile"))
    assert file.parent == Path("/etc/titlecert")
    assert (DEPLOY / "environment" / file.name).is_file()


@pytest.mark.parametrize("name", ["office", "desk", "verifier"])
def test_every_variable_is_one_that_the_program_takes(name: str) -> None:
    given = environment(name)
    assert set(given) <= set(variables())
    assert given["TITLECERT_LOG"] == "json"
    assert given["TITLECERT_METRICS"] == str(IMAGES[name])
    assert given["TITLECERT_BIND"].startswith("127.0.0.1:")


def test_ports_are_the_same_everywhere() -> None:
    compose = _yaml(DEPLOY / "containers" / "compose.yaml")["services"]
    for name in ("desk", "verifier"):
        bind = environment(name)["TITLECERT_BIND"]
        assert one(DEPLOY / "systemd" / f"titlecert-{name}.socket", "Socket", "ListenStream") == bind
        nginx = (DEPLOY / "nginx" / f"{name}.conf").read_text("utf-8")
        assert f"server {bind};" in nginx
        assert compose[name]["ports"] == [f"{bind}:{bind.rpartition(':')[2]}"]
    targets = _yaml(DEPLOY / "monitoring" / "prometheus.yml")["scrape_configs"]
    asked = {each["job_name"]: each["static_configs"][0]["targets"] for each in targets}
    assert asked == {f"titlecert-{n}": [f"127.0.0.1:{port}"] for n, port in IMAGES.items() if port is not None}


def test_the_proxy_takes_as_much_as_the_services_and_keeps_no_log_of_who_came() -> None:
    for name, most in (("verifier", MAX_FILE_BYTES), ("desk", MAX_BODY)):
        text = (DEPLOY / "nginx" / f"{name}.conf").read_text("utf-8")
        (size,) = re.findall(r"client_max_body_size (\d+)([mk]);", text)
        allowed = int(size[0]) * {"m": 1 << 20, "k": 1 << 10}[size[1]]
        assert most <= allowed < 2 * most + (1 << 20), (name, allowed, most)
        assert text.count("access_log off;") == text.count("server {") == 2
        assert "proxy_set_header Host $host;" in text
        assert text.count("{") == text.count("}")
    verifier = (DEPLOY / "nginx" / "verifier.conf").read_text("utf-8")
    assert "location = /v1/verify" in verifier
    desk = (DEPLOY / "nginx" / "desk.conf").read_text("utf-8")
    assert f"location ~ ^/({health.DESK_HEALTH.strip('/')}|{health.DESK_READY.strip('/')})$" in desk


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_has_a_user_without_rights_a_health_check_and_the_lock_of_its_process(name: str) -> None:
    text = (DEPLOY / "containers" / f"Containerfile.{name}").read_text("utf-8")
    lock = "requirements-verifier.lock" if name == "verifier" else "requirements-office.lock"
    assert f"-r {lock}" in text
    assert (ROOT / lock).is_file()
    assert "--require-hashes" in text
    assert f"USER {USERS[name]}:{USERS[name]}" in text
    assert "HEALTHCHECK" in text
    (entry,) = re.findall(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)
    words = yaml.safe_load(entry)
    assert words[0] == "titlecert"
    parsed([*words[1:], *(["--publication", "p"] if name == "verifier" else [])])
    port = IMAGES[name]
    if port is not None:
        assert f"TITLECERT_METRICS={port}" in text
        assert f"http://127.0.0.1:{port}/health" in text
    set_here = set(re.findall(r"\b(TITLECERT_[A-Z_]+)=", text))
    assert set_here <= set(variables())


def test_every_container_is_read_only_and_starts_what_there_is() -> None:
    told = _yaml(DEPLOY / "containers" / "compose.yaml")
    services = told["services"]
    assert set(services) == {*IMAGES, "database"}
    for name in IMAGES:
        each = services[name]
        assert each["read_only"] is True
        assert each["cap_drop"] == ["ALL"]
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert (ROOT / each["build"]["dockerfile"]).is_file()
        assert set(each.get("environment", {})) <= set(variables()) | NOT_OURS
        for port in each.get("ports", ()):
            assert port.startswith("127.0.0.1:"), "the public comes through the proxy"
        words = {"office": ["serve", "--alone"], "unlock": ["serve", "unlock"]}.get(name)
        if words is not None:
            parsed([*words, *each["command"]])
    assert "database" not in services["verifier"].get("networks", ())
    assert services["verifier"]["networks"] == ["outside"]
    assert "secrets" not in services["verifier"]
    named = {
        each if isinstance(each, str) else each["source"] for s in services.values() for each in s.get("secrets", ())
    }
    assert named == set(told["secrets"])


def metric_names() -> set[str]:
    """The names of all metrics, as the modules that make them write them; a counter is asked with ``_total``."""
    found: set[str] = set()
    for path in ("verifier/metrics.py", "issuer/standing/metrics.py", "issuer/desk/metrics.py"):
        text = (ROOT / path).read_text("utf-8")
        names = set(re.findall(r'"(titlecert_[a-z_]+)"', text))
        counters = set(re.findall(r'Counter\(\s*"(titlecert_[a-z_]+)"', text))
        found |= names - counters | {f"{each}_total" for each in counters}
    return found


def test_every_alarm_asks_a_metric_that_there_is_and_speaks_both_languages() -> None:
    rules = _yaml(DEPLOY / "monitoring" / "titlecert.rules.yml")["groups"][0]["rules"]
    asked = {name for each in rules for name in re.findall(r"titlecert_[a-z_]+", each["expr"])}
    assert asked <= metric_names()
    assert len(rules) >= 10
    for each in rules:
        assert each["labels"]["severity"] in {"warning", "critical"}
        assert re.search(r"[\u4e00-\u9fff]", each["annotations"]["summary_zh"])
        assert not re.search(r"[\u4e00-\u9fff]", each["annotations"]["summary"])
        for line in re.findall(r"titlecert (?:document waiting|[a-z]+)", each["annotations"]["next"]):
            parsed(shlex.split(line)[1:])
    assert HEALTH == "/v1/health"


def test_the_doctor_fails_for_what_is_critical_alone() -> None:
    path = DEPLOY / "systemd" / "titlecert-doctor.service"
    assert one(path, "Service", "SuccessExitStatus") == str(exits.WARNING)
    assert one(DEPLOY / "systemd" / "titlecert-doctor.timer", "Timer", "OnCalendar") == "hourly"


def lines_of(path: Path) -> Iterator[str]:
    """The commands of a page."""
    for block in re.findall(r"^```sh\n(.*?)^```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        yield from (line for line in block.splitlines() if line.startswith("titlecert "))


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_every_command_of_the_notes_parses_and_every_file_is_named(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    found = list(lines_of(DEPLOY / name))
    assert len(found) >= 6
    for line in found:
        parsed(shlex.split(line, comments=True)[1:])
    (version,) = set(re.findall(r"downgrade --to (\S+)", text))
    assert (ROOT / "issuer" / "db" / "migrations" / "versions" / f"{version}.py").is_file()
    for folder in ("systemd", "containers", "nginx", "monitoring", "environment"):
        assert f"{folder}/" in text
    assert list(lines_of(DEPLOY / "README.md")) == list(lines_of(DEPLOY / "README.zh.md"))


@pytest.mark.soak
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    tool = _tool("systemd-analyze")
    for path in UNITS:
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace(f"={PROGRAM} ", "=/bin/true "), "utf-8")
    paths = [str(tmp_path / each.name) for each in UNITS]
    done = subprocess.run([tool, "verify", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for path in SERVICES:
        words = [tool, "security", "--offline=yes", "--threshold=20", str(tmp_path / path.name)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.soak
def test_promtool_finds_nothing_wrong_and_the_alarms_fire() -> None:
    tool = _tool("promtool")
    folder = DEPLOY / "monitoring"
    for words in (
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "titlecert.rules.yml"),
        ("test", "rules", "titlecert.rules.test.yml"),
    ):
        done = subprocess.run([tool, *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.soak
def test_nginx_finds_nothing_wrong(tmp_path: Path) -> None:
    nginx, openssl = _tool("nginx"), _tool("openssl")
    text = "".join(each.read_text("utf-8") for each in sorted((DEPLOY / "nginx").glob("*.conf")))
    for host in ("zc.example", "desk.example"):
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        names = ["-keyout", f"{host}.key", "-out", f"{host}.pem", "-subj", f"/CN={host}"]
        subprocess.run([openssl, *words, *names], cwd=tmp_path, capture_output=True, check=True)
    for place in ("/etc/nginx/tls", "/var/log/nginx", "/var/cache/nginx"):
        text = text.replace(place, str(tmp_path))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{each}_temp_path {tmp_path};" for each in kinds)
    config = tmp_path / "nginx.conf"
    config.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {temporary} {text} }}", "utf-8")
    done = subprocess.run([nginx, "-t", "-c", config, "-p", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _toml(path: Path) -> Any:
    return tomllib.loads(path.read_text("utf-8"))
