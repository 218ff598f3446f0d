"""The upload: exactly what the Worker needs. A mistake in the catalogue stops it."""

import ast
import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from lightning_cart import __version__
from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.deploy_check import MAX_UPLOAD_KIB, catalogue_kib, dry_run, main, read_upload
from lightning_cart_host.edge.staging import find_warnings, stage, stage_offline
from lightning_cart_host.server.catalog_folder import load_catalog
from support import ROOT
from support.app import PRODUCTS, SHOP, make_catalog
from support.javascript import compile_module

CONFIG = ROOT / "config"
SAMPLE = """
│ Name             │ type   │ size       │
│ jwt/types.py     │ python │ 3.10 KiB   │
│ worker/entry.py  │ python │ 0.61 KiB   │
│ Total (2 modules) │        │ 3.71 KiB │
Total Upload: 130.25 KiB / gzip: {gzipped} KiB
"""


# Calls that the runtime forbids while a Worker is loaded. PyJWT and asyncio are loaded before.
LOAD = """
import asyncio, os, random, sys, time, types
import jwt

def stand_in(name, **attributes):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(attributes)

def never(*_):
    raise RuntimeError("not while a Worker is loaded")

class Anything:
    def __getattr__(self, _name):
        return self

stand_in("js", **dict.fromkeys("AbortSignal Array JSON Object Promise Reflect Response fetch setTimeout".split(), Anything()))
stand_in("pyodide")
stand_in("pyodide.ffi", JsException=Exception, to_js=None)
stand_in("workers", WorkerEntrypoint=object, python_to_rpc=None)
os.urandom = random.random = random.getrandbits = time.time = time.time_ns = time.monotonic = never
import entry
print(*sorted(set(sys.modules)))
"""


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, as files, and names in them that could be modules."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    found = {node.module for node in nodes} | {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    return {f"{str(name).replace('.', '/')}{end}" for name in found for end in (".py", "/__init__.py")}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage(tmp_path_factory.mktemp("staged") / "edge", CONFIG)


def test_the_upload_is_the_worker_the_core_pyjwt_and_the_compiled_catalogue(staged: Path) -> None:
    core = {f"lightning_cart/{name}" for name in names(ROOT / "core" / "lightning_cart") if name.endswith(".py")}
    assert names(staged) - core == {
        "catalog_data.py",
        "entry.py",
        *(
            f"worker/{name}.py"
            for name in ["__init__", "adapter", "assembly", "crossing", "database", "log", "promises", "schedule", "sending"]
        ),
        *(f"jwt/{name}.py" for name in ["__init__", "algorithms", "api_jwk", "api_jws", "api_jwt", "exceptions"]),
        *(f"jwt/{name}.py" for name in ["types", "utils", "warnings"]),
    }


def test_the_core_is_uploaded_without_the_librarys_names(staged: Path) -> None:
    init = (staged / "lightning_cart" / "__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{__version__}"' in init
    assert "__all__" not in init


def test_of_the_core_all_is_uploaded_that_the_worker_imports_and_nothing_else(staged: Path) -> None:
    found: set[str] = set()
    new = {"entry.py"}
    while new:
        found |= new
        new = {name for path in new if (staged / path).is_file() for name in imported(staged / path)} - found
    core = {name for name in names(ROOT / "core") if name.endswith(".py") and not name.endswith("__init__.py")}
    assert found & core == names(staged) & core


def test_loading_the_worker_asks_for_no_randomness_and_no_time_and_reads_no_toml(staged: Path) -> None:
    loaded = subprocess.run([sys.executable, "-c", LOAD], cwd=staged, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    assert {"tomllib", "sqlite3", "secrets", "uuid"} & set(loaded.stdout.split()) == set()


OPERATORS = (
    *("web.admin", "web.admin_codes", "web.operator_views", "usecases.cancel", "usecases.codes", "usecases.code_wish"),
    *("usecases.forget", "usecases.refund", "usecases.review", "domain.refund_lines", "storage.code_store"),
    *("storage.forgetting", "storage.reviews"),
)


def test_what_only_operators_use_is_not_loaded_at_the_start(staged: Path) -> None:
    loaded = subprocess.run([sys.executable, "-c", LOAD], cwd=staged, capture_output=True, text=True, check=True).stdout.split()
    operators = {f"lightning_cart.{name}" for name in OPERATORS}
    assert [name for name in sorted(operators) if not (staged / f"{name.replace('.', '/')}.py").is_file()] == []
    assert operators & set(loaded) == set()


def defined(path: Path) -> set[str]:
    """Return the names that a module has, and the modules in its folder."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    named = {name for node in nodes if isinstance(name := getattr(node, "name", None), str)}
    aliased = {node.name.id for node in nodes if isinstance(node, ast.TypeAlias)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    given = {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return named | aliased | bound | given | ({one.stem for one in path.parent.iterdir()} if path.stem == "__init__" else set())


def test_every_name_is_there_that_an_uploaded_module_imports_from_another(staged: Path) -> None:
    count = 0
    for path in sorted(staged.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom):
                continue
            start = path.parents[node.level - 1] if node.level else staged
            place = start.joinpath(*(node.module or "").split("."))
            source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            if source.is_file():
                count += 1
                assert {alias.name for alias in node.names} <= defined(source), f"{path.relative_to(staged)}: {node.lineno}"
    assert count > 500


# RFC 7515, A.1: a token with HS256, and the same with another signature, without one, and of another algorithm.
TOKENS = """
import base64, hmac, json, sys
import jwt
from jwt.algorithms import HMACAlgorithm

def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

key = base64.urlsafe_b64decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==")
token = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
head, body, _ = token.split(".")

def say(token, key=key, algorithms=("HS256",), **options):
    try:
        claims = jwt.decode(token, key, list(algorithms), options={"verify_exp": False, **options})
    except jwt.InvalidTokenError as error:
        return type(error).__name__
    return claims

none = part(b'{"alg":"none"}') + f".{body}."
rsa = part(b'{"alg":"RS256"}') + f".{body}.{part(b'x')}"
tokens = jwt.PyJWS(algorithms=[])
tokens.register_algorithm("HS256", HMACAlgorithm(HMACAlgorithm.SHA256))
issued = tokens.encode(b'{"sub":"ord_1"}', key, "HS256")
cut, other = f"{head}.{body}", token[:-1] + "g"
results = [say(one) for one in (token, other, none, rsa, cut, "", "a.b.c", issued, issued[:-2])]
results += [say(token, key[1:]), say(token, verify_exp=True), say(token, require=["sub"]), say(token, algorithms=["HS512"])]
results += [issued]
print(json.dumps(results))
"""


def test_what_is_uploaded_of_pyjwt_says_of_every_token_what_the_whole_library_says(staged: Path) -> None:
    said = [
        subprocess.run([sys.executable, "-c", TOKENS], cwd=folder, capture_output=True, text=True, check=True).stdout
        for folder in (staged, Path(jwt.__file__).parents[1])
    ]
    assert said[0] == said[1]
    results = json.loads(said[0])
    assert results[0] == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert results[1:7] == [
        "InvalidSignatureError",
        *["InvalidAlgorithmError"] * 2,
        *["DecodeError"] * 3,
    ]
    assert results[7:13] == [
        {"sub": "ord_1"},
        "DecodeError",
        "InvalidSignatureError",
        "ExpiredSignatureError",
        "MissingRequiredClaimError",
        "InvalidAlgorithmError",
    ]


def test_the_offline_run_adds_the_sdk_and_what_calls_the_worker(tmp_path: Path, staged: Path) -> None:
    added = names(stage_offline(tmp_path, CONFIG)) - names(staged)
    assert {name.partition("/")[0] for name in added} == {"offline.py", "workers"}


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder to deploy."""

    def write(wrangler: str, *files: str) -> Path:
        shutil.copytree(CONFIG, tmp_path / "config")
        (tmp_path / "wrangler.toml").write_text(wrangler, encoding="utf-8")
        for file in files:
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).touch()
        return tmp_path

    return write


def test_a_deployment_is_warned_of_pages_that_it_does_not_upload(folder: Callable[..., Path]) -> None:
    given = ("success.html", "terms.html", "privacy.html", "test-10.svg", "mug.svg", "tshirt-blue.svg")
    root = folder('[assets]\ndirectory = "pages"\n', *(f"pages/{name}" for name in given))
    assert find_warnings(root)[1:] == [
        f"cancel_page of test-checkout: there is no /cancel.html in {root / 'pages'}",
        f"image of tshirt, m-white: there is no /tshirt-white.svg in {root / 'pages'}",
    ]


def test_a_deployment_without_assets_is_warned_of_every_path(folder: Callable[..., Path]) -> None:
    advice = "because the Worker serves no pages without [assets] in wrangler.toml: write the pages' whole URLs"
    assert find_warnings(folder('name = "shop"\n'))[1:] == [
        f"sites.toml: there is no /success.html, {advice}",
        f"sites.toml: there is no /cancel.html, {advice}",
        f"sites.toml: there is no /terms.html, {advice}",
        f"sites.toml: there is no /privacy.html, {advice}",
    ]


def test_a_deployment_is_warned_of_what_the_catalogue_is_warned_of() -> None:
    assert find_warnings(ROOT) == [
        "products.toml:144: products.supporter.interval: paypal and square cannot charge a recurring price"
    ]


def test_what_an_earlier_build_left_is_gone(tmp_path: Path) -> None:
    (tmp_path / "left.py").write_text("")
    assert "left.py" not in names(stage(tmp_path, CONFIG))


ODD = PRODUCTS.replace('"Mug"', '"Mug \\"ü\\" \\\\ \U0001f375 {x}"').replace('image = "/test-10.svg"', "")


@pytest.mark.parametrize(
    "catalog",
    [make_catalog(), make_catalog(ODD), load_catalog(CONFIG)],
    ids=["the tests'", "with every sort of character", "the example"],
)
def test_the_compiled_catalogue_is_the_catalogue(catalog: Catalog) -> None:
    assert compile_module(catalog).CATALOG._replace(currencies={}) == catalog


@pytest.mark.parametrize("catalog", [make_catalog(), load_catalog(CONFIG)], ids=["the tests'", "the example"])
def test_the_compiled_catalogue_knows_the_currencies_of_each_site(catalog: Catalog) -> None:
    compiled = compile_module(catalog).CATALOG
    assert compiled.currencies == {site_id: catalog.currencies_of(site_id) for site_id in catalog.sites}
    assert [compiled.currencies_of(site_id) for site_id in compiled.sites] == list(compiled.currencies.values())


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    def write(products: str) -> Path:
        (tmp_path / "products.toml").write_text(products, encoding="utf-8")
        (tmp_path / "sites.toml").write_text(SHOP, encoding="utf-8")
        return tmp_path

    return write


def test_a_mistake_in_the_catalogue_leaves_the_last_build_as_it_was(tmp_path: Path, config: Callable[[str], Path]) -> None:
    target = tmp_path / "edge"
    stage(target, CONFIG)
    with pytest.raises(CatalogError, match="above zero"):
        stage(target, config(PRODUCTS.replace('"10.00"', '"0.00"')))
    assert "entry.py" in names(target)


def test_another_pyjwt_than_the_locked_one_is_not_uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "1.0.0")
    with pytest.raises(ConfigurationError, match=r"PyJWT 1\.0\.0 is installed"):
        stage(tmp_path, CONFIG)


def test_without_the_sdk_the_offline_run_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "workers", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="run scripts/setup demo"):
        stage_offline(tmp_path, CONFIG)


def test_wranglers_table_is_read() -> None:
    upload = read_upload(SAMPLE.format(gzipped="61.50"))
    assert upload
    assert (upload.modules, upload.raw, upload.gzipped) == ({"jwt/types.py": 3.1, "worker/entry.py": 0.61}, 130.25, 61.5)


@pytest.mark.parametrize(
    ("text", "status"),
    [(SAMPLE.format(gzipped="160.00"), 0), (SAMPLE.format(gzipped="160.01"), 1), ("Error: no build", 2)],
    ids=["up to 150 KiB without the catalogue are small enough", "more is too much", "no upload at all is a failure"],
)
def test_the_size_of_the_upload_is_bounded(text: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightning_cart_host.edge.deploy_check.dry_run", lambda _arguments: text)
    monkeypatch.setattr("lightning_cart_host.edge.deploy_check.catalogue_kib", lambda: 10.0)
    assert main([]) == status


@pytest.mark.process
def test_wrangler_would_upload_the_worker_within_the_bound() -> None:
    upload = read_upload(dry_run(["--env", "production"]))
    assert upload
    assert upload.gzipped - catalogue_kib() <= MAX_UPLOAD_KIB
    assert {"worker/adapter.py", "catalog_data.py", "jwt/__init__.py"} <= set(upload.modules)
    assert [name for name in upload.modules if name.startswith(("tests", "host", "sandbox", ".venv"))] == []
