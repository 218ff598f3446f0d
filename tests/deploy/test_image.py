"""The image of the engine: what can be checked without docker, and where docker works, the image itself."""

import functools
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import yaml  # type: ignore[import-untyped] # it has no types

from support import ROOT
from support.documents import check_command, tracked

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
KNOWN = {"FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


@functools.cache
def has_docker() -> bool:
    """Return whether a docker engine answers."""
    command = ["docker", "info", "--format", "{{.ServerVersion}}"]
    return (
        bool(shutil.which("docker")) and subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
    )


def instructions() -> list[tuple[str, str]]:
    """Return each instruction of the Dockerfile with its arguments; a backslash continues a line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def of(name: str) -> list[str]:
    return [rest for found, rest in instructions() if found == name]


def copied() -> list[str]:
    """Return what is copied from the repository."""
    return [source for rest in of("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]


def ignored(path: str) -> bool:
    """Return whether `.dockerignore` keeps a file from the builder: the last pattern that matches decides."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    is_ignored = False
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        names = [path, *(path[: match.start()] for match in re.finditer("/", path))]
        if any(fnmatch(name, bare) or fnmatch(f"/{name}", bare.replace("**/", "*/")) for name in names):
            is_ignored = not pattern.startswith("!")
    return is_ignored


def test_every_instruction_is_one_of_docker() -> None:
    assert [name for name, _ in instructions() if name not in KNOWN] == []


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_is_in_the_repository_and_reaches_the_builder(source: str) -> None:
    files = tracked(source)
    assert files
    assert [name for name in files if ignored(name)] == []


def test_the_wheel_is_built_from_what_is_copied() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*wheel["packages"], *wheel["force-include"], "pyproject.toml", "README.md", "LICENSE"]
    assert [path for path in needed if not any(f"{path}/".startswith(f"{source}/") for source in copied())] == []


@pytest.mark.parametrize(
    "path", [".env", "deploy/.env", "config/.env", "core/.dev.vars", "host/orders.db", "core/a.db-wal", ".git/HEAD"]
)
def test_no_secret_reaches_the_builder(path: str) -> None:
    assert ignored(path)


def test_every_package_is_locked_by_its_hash() -> None:
    installs = [part for run in of("RUN") for part in run.split("&&") if "pip" in part and " install " in part]
    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-index" in part for part in installs)


def test_the_locked_packages_are_those_of_the_extras() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "host.txt").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = [re.split(r"[^a-z0-9-]", need, maxsplit=1)[0] for name in ("host", "postgres", "fast") for need in extras[name]]
    assert set(wanted) - locked == set()


def test_it_runs_as_a_user_without_rights() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    (user,) = of("USER")
    assert user == "10001:10001"
    assert "USER" in last_stage
    assert "--uid 10001" in last_stage


def test_the_engine_is_the_first_process_and_gets_the_signals() -> None:
    (entrypoint,), (command,), (signal,) = of("ENTRYPOINT"), of("CMD"), of("STOPSIGNAL")
    assert json.loads(entrypoint) == ["lightning-cart"]
    assert signal == "SIGTERM"
    line = shlex.join([*json.loads(entrypoint), *json.loads(command)])
    check_command(line, ROOT)


# ---- the health check


@pytest.fixture(params=[204, 500])
def status(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def port(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)  # as an engine without the key of a provider
            self.end_headers()

        def do_OPTIONS(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_health_check_succeeds_while_the_engine_answers_even_if_it_can_take_no_orders(status: int, port: int) -> None:
    (rest,) = of("HEALTHCHECK")
    _, *arguments = json.loads(rest[rest.index("CMD") + 3 :])
    command = [sys.executable, *(part.replace(":8080/", f":{port}/") for part in arguments)]
    env = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(command, env=env, capture_output=True, check=False, timeout=30)
    assert (done.returncode == 0) is (status == 204)


# ---- compose.yaml

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
EXAMPLE = (DEPLOY / "env.example").read_text(encoding="utf-8")
ENGINES = [service for name, service in COMPOSE["services"].items() if name.startswith("engine")]


def test_compose_starts_postgres_two_engines_and_caddy() -> None:
    assert sorted(COMPOSE["services"]) == ["caddy", "engine-1", "engine-2", "postgres"]


def test_every_variable_of_compose_is_in_the_example_and_required() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+)", text))
    assert used
    assert [name for name in used if not re.search(rf"^{name}=", EXAMPLE, re.MULTILINE)] == []
    assert set(re.findall(r"\$\{\w+([^}]*)\}", text)) == {":?set it in deploy/.env"}


def test_the_engine_knows_each_setting_of_the_example_and_of_compose() -> None:
    from lightning_cart.providers import STRATEGIES
    from lightning_cart_host.server.env_check import setting_names

    compose = {name for engine in ENGINES for name in engine["environment"]}
    written = set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)) - {"DOMAIN", "POSTGRES_PASSWORD"}
    assert (compose | written) - setting_names(STRATEGIES) == {"FORWARDED_ALLOW_IPS"}  # which uvicorn reads


def test_the_engines_are_alike_and_unprivileged() -> None:
    one, two = ENGINES
    assert one == two
    assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert "ports" not in one


def test_only_caddy_is_reached_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["caddy"]


def test_every_file_and_volume_of_compose_is_there() -> None:
    mounts = [mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service.get("volumes", ())]
    files = [mount for mount in mounts if mount.startswith(".")]
    assert [mount for mount in files if not (DEPLOY / mount).exists()] == []
    assert sorted(set(mounts) - set(files)) == sorted(COMPOSE["volumes"])
    build = ENGINES[0]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_caddy_knows_both_engines() -> None:
    assert COMPOSE["services"]["caddy"]["environment"]["ENGINES"] == "engine-1:8080 engine-2:8080"


if has_docker():

    @pytest.mark.process
    def test_the_image_is_built_and_runs_without_rights() -> None:
        subprocess.run(["make", "image"], cwd=ROOT, check=True, capture_output=True, timeout=600)
        command = ["docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", "python", "lightning-cart"]
        script = "import os, psycopg, uvloop, httptools, lightning_cart_host; print(os.getuid())"
        assert subprocess.run([*command, "-c", script], check=True, capture_output=True, text=True).stdout == "10001\n"
