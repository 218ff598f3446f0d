"""Every procedure of docs/host.md is carried out: below a folder of its own, with real databases, and without root."""

import configparser
import os
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import yaml  # type: ignore[import-untyped] # it has no types

from lightning_cart_host.adapters.database import CONNECTIONS, is_postgres
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from lightning_cart_host.cli.database.copying import Progress
from lightning_cart_host.cli.database.opening import copy_database
from lightning_cart_host.edge.wrangler import NODE, OFFLINE_WRANGLER, offline_environment, skip_update_check
from lightning_cart_host.server.metrics import HISTOGRAMS, Metrics
from lightning_cart_host.server.metrics_page import MetricsPage
from support import ROOT
from support.app import Shop, run
from support.databases import live
from support.documents import DOCUMENTS, check_command, read_blocks, shell_commands
from support.processes import without_settings

pytestmark = pytest.mark.process

PAGE = "docs/host.md"
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", DOCUMENTS[PAGE], re.MULTILINE | re.DOTALL))
MOVED = ("/opt/lightning-cart", "/etc/", "/var/lib/lightning-cart", "/usr/local/bin")
COMMANDS = [line for block in read_blocks(PAGE, "sh") for line in shell_commands(block.text)]
DAMAGE = "UPDATE orders SET status = 'expired'"
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
# What a machine has that a test does not, or must not call. `CALLS` is the file in which they say how they were called.
PROGRAMS = {
    "sudo": 'if [ "$1" = -u ]; then export PGUSER="$2"; shift 2; fi; exec "$@"',
    "useradd": 'echo useradd "$@" >> "$CALLS"',
    "systemctl": 'echo systemctl "$@" >> "$CALLS"',
    "python3": 'mkdir -p "$3/bin"; cp "$BIN/pip" "$BIN/lightning-cart" "$3/bin"',
    "pip": 'echo pip "$@" >> "$CALLS"; while [ $# -gt 1 ]; do if [ "$1" = -r ]; then test -f "$2"; fi; shift; done',
    # Without what asks the providers.
    "lightning-cart": f'case $1 in doctor | reconcile) ;; *) exec {sys.executable} -m lightning_cart_host "$@" ;; esac',
    # Without the users and groups that are not there.
    "install": 'set -- $(printf " %s\\n" "$*" | sed -E "s/ -[og] [^ ]+//g"); exec /usr/bin/install "$@"',
    "docker": 'test "$5$6" = -Tpostgres || exit 0; shift 6; exec "$@"',
    "npx": f'shift; set -- $(printf "%s\\n" "$*" | sed "s/ --env production --remote/ --local/"); '
    f'exec {NODE} --no-warnings {OFFLINE_WRANGLER} "$@"',
}
SQLITE = f"""#!{sys.executable}
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    print(*database.iterdump(), sep="\\n") if sys.argv[2:] else database.executescript(sys.stdin.read())
database.close()
"""


def shell(section: str, *, containing: str = "") -> str:
    """Return the only block of shell commands of a section that contains a text."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if containing in block]
    return str(found)


class Machine:
    """A folder that has the places of a machine, a checkout, and PostgreSQL.

    Args:
        root: The folder.
        postgres: A running server.
    """

    def __init__(self, root: Path, postgres: LocalPostgres) -> None:
        self.root, self.checkout, self.calls = root, root / "checkout", root / "calls"
        self.database = root / "var" / "lib" / "lightning-cart" / "lightning-cart.db"
        self.postgres = postgres
        self.bin = root / "bin"
        unit = (ROOT / "deploy" / "lightning-cart.service").read_text(encoding="utf-8")
        (state,) = re.findall(r"^StateDirectory=(.+)$", unit, re.MULTILINE)
        made = [f"var/lib/{folder}" for folder in state.split()]
        for folder in ("bin", "etc/systemd/system", "etc/caddy", "usr/local/bin", *made):
            (root / folder).mkdir(parents=True)
        for name, script in PROGRAMS.items():
            self._add(name, f"#!/bin/sh\nset -eu\n{script}\n")
        if not shutil.which("sqlite3"):
            self._add("sqlite3", SQLITE)
        self.checkout.mkdir()
        for name in ("requirements", "config", "migrations", ".env.example"):
            (self.checkout / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "deploy", self.checkout / "deploy")
        for path in (self.checkout / "deploy").iterdir():
            path.write_text(self.moved(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _add(self, name: str, program: str) -> None:
        (self.bin / name).write_text(program, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def moved(self, text: str) -> str:
        """Return a text with the places of this folder."""
        for place in MOVED:
            text = re.sub(rf"(?<![\w.]){place}", f"{self.root}{place}", text)
        return text

    def run(self, commands: str) -> str:
        """Run commands in the checkout, and return what they print."""
        places = (f"{self.root}/usr/local/bin", self.bin, self.postgres._programs, os.environ["PATH"])
        env = {
            **without_settings(offline_environment(self.root)),
            "PATH": os.pathsep.join(map(str, places)),
            "BIN": str(self.bin),
            "CALLS": str(self.calls),
            "PGHOST": str(self.postgres.folder),
            "PGUSER": "postgres",
        }
        self.calls.write_text("")
        command = ["sh", "-euc", self.moved(commands)]
        done = subprocess.run(command, cwd=self.checkout, env=env, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout

    def calls_of(self, program: str) -> list[str]:
        """Return how the last commands called a program."""
        return [line.partition(" ")[2] for line in self.calls.read_text().splitlines() if line.split()[0] == program]

    def set_database(self, name: str) -> None:
        """Write the engine's settings."""
        settings = self.root / "etc" / "lightning-cart" / ".env"
        settings.write_text(f"RECEIPT_SECRET={'0123456789abcdef' * 2}\nDATABASE={self.moved(name)}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Return a machine on which the engine is installed, with the orders of some lives."""
    with LocalPostgres(durable=False) as postgres:
        made = Machine(tmp_path_factory.mktemp("machine"), postgres)
        made.run(shell("Install with systemd", containing="useradd"))
        with closing(SqliteDatabase(made.database)) as database:
            run(database.migrate(ROOT / "migrations"))
            run(live(database))
        made.run(shell("PostgreSQL"))
        yield made


def tables(machine: Machine, database: str) -> dict[str, tuple[int, str]]:
    """Return the number of rows and the digest of each table of a database."""
    copy = machine.root / "copy.db"
    copy.unlink(missing_ok=True)
    copied = copy_database(database, str(copy), Progress(lambda _: None))
    return {table.table: (table.rows, table.sha256) for table in copied}


# ---- install


def test_it_is_installed_with_its_settings_for_the_service_alone(machine: Machine) -> None:
    etc = machine.root / "etc"
    assert stat.S_IMODE((etc / "lightning-cart" / ".env").stat().st_mode) == 0o600
    assert sorted(path.name for path in (etc / "lightning-cart" / "config").iterdir()) == [
        "products.toml",
        "shipping.toml",
        "sites.toml",
        "taxes.toml",
    ]
    units = {path.name for path in (ROOT / "deploy").iterdir() if path.suffix in {".service", ".timer"}}
    assert {path.name for path in (etc / "systemd" / "system").iterdir()} == units


def test_it_starts_units_that_are_there(machine: Machine) -> None:
    machine.run(shell("Install with systemd", containing="daemon-reload"))
    *_, enabled = machine.calls_of("systemctl")
    for unit in enabled.split()[2:]:
        name = unit if unit.endswith(".timer") else f"{unit}.service"
        assert (machine.root / "etc" / "systemd" / "system" / name).is_file()


@pytest.mark.parametrize("section", ["Install with systemd", "PostgreSQL"])
def test_the_database_is_one_that_the_engine_takes(machine: Machine, section: str) -> None:
    (block,) = re.findall(r"^```ini\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)
    parser = configparser.ConfigParser()
    parser.read_string(f"[engine]\n{block}")
    name = parser["engine"]["database"]
    machine.set_database(name)
    assert is_postgres(name) is (section == "PostgreSQL")
    if not is_postgres(name):
        assert Path(machine.moved(name)) == machine.database
        assert "7 orders" in machine.run("lightning-cart orders list")


def test_every_command_of_ours_is_parsed(tmp_path: Path) -> None:
    ours = [
        line[line.index("lightning-cart ") :] for line in COMMANDS if re.match("lightning-cart |docker .* exec engine", line)
    ]
    assert len(ours) > 9
    for line in ours:
        check_command(line, tmp_path)


def test_caddy_gets_its_file(machine: Machine) -> None:
    machine.run(shell("TLS"))
    assert "\npay.shop.example {\n" in (machine.root / "etc" / "caddy" / "Caddyfile").read_text()
    machine.run(shell("More engines"))
    assert "reverse_proxy 10.0.0.1:8080 10.0.0.2:8080 {\n" in (machine.root / "etc" / "caddy" / "Caddyfile").read_text()


def test_the_page_names_the_number_of_connections() -> None:
    assert f"up to {CONNECTIONS} connections in each" in DOCUMENTS[PAGE]


# ---- databases


@pytest.fixture(scope="module")
def postgres(machine: Machine) -> str:
    """Move the orders of SQLite to PostgreSQL, and return its URL."""
    machine.run(shell("SQLite to PostgreSQL", containing="database copy"))
    return machine.postgres.url_of("lightning_cart")


@pytest.mark.usefixtures("postgres")
def test_sqlite_moves_to_postgres(machine: Machine) -> None:
    machine.set_database("postgresql:///lightning_cart")
    assert "7 orders" in machine.run("lightning-cart orders list")


def test_a_backup_of_sqlite_comes_back(machine: Machine) -> None:
    machine.set_database("/var/lib/lightning-cart/lightning-cart.db")
    before = tables(machine, str(machine.database))
    machine.run(shell("Backup and restore", containing="lightning-cart backup"))
    with closing(sqlite3.connect(machine.database)) as database, database:
        database.execute(DAMAGE)
    machine.run(shell("Backup and restore", containing="lightning-cart restore"))
    (machine.database.parent / "backups" / "before.backup").unlink()
    assert tables(machine, str(machine.database)) == before


def damage(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(DAMAGE)


def test_a_backup_of_postgres_comes_back(machine: Machine, postgres: str) -> None:
    machine.set_database("postgresql:///lightning_cart")
    before = tables(machine, postgres)
    machine.run(shell("Backup and restore", containing="lightning-cart backup"))
    damage(postgres)
    machine.run(shell("Backup and restore", containing="lightning-cart restore"))
    assert tables(machine, postgres) == before


def test_a_dump_by_the_container_of_postgres_comes_back(machine: Machine, postgres: str) -> None:
    with psycopg.connect(machine.postgres.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE lightning_cart SUPERUSER LOGIN")
    before = tables(machine, postgres)
    machine.run(shell("Backup and restore", containing="pg_dump -U"))
    damage(postgres)
    machine.run(shell("Backup and restore", containing="pg_restore -U"))
    assert tables(machine, postgres) == before


def test_postgres_moves_to_the_edge_and_back(machine: Machine, postgres: str) -> None:
    machine.set_database("/var/lib/lightning-cart/lightning-cart.db")
    before = tables(machine, postgres)
    binding = '[[d1_databases]]\nbinding = "DB"\ndatabase_name = "shop"\ndatabase_id = "0"\nmigrations_dir = "migrations"\n'
    head = 'name = "shop"\nmain = "none.js"\ncompatibility_date = "2024-11-01"\n'
    (machine.checkout / "wrangler.toml").write_text(head + binding)
    skip_update_check(machine.root)
    machine.run(shell("Host to edge, and back", containing="database copy"))
    machine.run(shell("Host to edge, and back", containing="d1 execute"))
    machine.run(shell("Host to edge, and back", containing="d1 export"))
    assert tables(machine, str(machine.database)) == before


# ---- upgrade and containers


def test_an_upgrade_installs_what_is_locked_and_restarts(machine: Machine) -> None:
    machine.run(shell("Upgrade", containing="systemctl restart"))
    assert machine.calls_of("systemctl") == ["restart lightning-cart"]
    assert [call.split()[-1] for call in machine.calls_of("pip")] == ["requirements/build.txt", "."]


def test_docker_is_asked_for_services_that_are_in_compose(machine: Machine) -> None:
    machine.run(shell("Containers", containing="cp "))
    commands = [shlex.split(line) for line in COMMANDS if line.startswith("docker ")]
    assert {tuple(words[:3]) for words in commands} == {("docker", "compose", "-f")}
    assert all((machine.checkout / words[3]).is_file() for words in commands)
    named = {word for words in commands for word in words if re.match(r"engine|caddy$|postgres$", word)}
    assert named == set(COMPOSE["services"]) - {"caddy"}


# ---- metrics

(SCRAPE, RULES) = (yaml.safe_load(block.text) for block in read_blocks(PAGE, "yaml"))
EXPRESSIONS = [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
TABLE = dict(re.findall(r"^\| `(lightning_cart_\w+)` \| (.*?) \|", SECTIONS["Metrics"], re.MULTILINE))


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """Return the labels of each metric that the page of a running engine has."""
    shop, metrics = Shop(), Metrics()
    for histogram in HISTOGRAMS:
        metrics.observe(histogram, tuple("x" for _ in histogram.labels), 1)
    shop.database.connection.execute("INSERT INTO reconciling VALUES ('loop:tidy', '', 1), ('ran:tidy', '', 1)")
    text = run(MetricsPage(shop.app, shop.database, metrics).text())
    found = {}
    for name in re.findall(r"^# TYPE (\w+)", text, re.MULTILINE):
        lines = re.findall(rf"^{name}\S*\{{(.*)\}}", text, re.MULTILINE)
        found[name] = {label for line in lines for label in re.findall(r"(\w+)=", line)}
    return found


def test_every_metric_is_on_the_page_with_its_labels(shown: dict[str, set[str]]) -> None:
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in TABLE.items()} == {
        name: labels - {"le"} for name, labels in shown.items()
    }


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_alert_asks_for_metrics_and_labels_that_are_there(expression: str, shown: dict[str, set[str]]) -> None:
    asked = re.findall(r"(lightning_cart_\w+?)(?:_count)?\b(?:\{(.*?)\})?", expression)
    assert asked
    for name, matchers in asked:
        assert set(re.findall(r"(\w+)[=!]~?\"", matchers.replace("=~", "=").replace("!=", "="))) <= shown[name]


def test_prometheus_asks_the_port_of_the_service() -> None:
    (target,) = SCRAPE["scrape_configs"][0]["static_configs"][0]["targets"]
    assert f"--metrics-port {target.rpartition(':')[2]}" in (ROOT / "deploy" / "lightning-cart.service").read_text()
