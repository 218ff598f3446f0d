"""Packs installed packages into wheels for Pyodide. They were installed by their locked hashes, so nothing is downloaded.

Compiled extensions are left out. The packed packages have a fallback in pure Python.
"""

import hashlib
import re
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_COMPILED = frozenset({".so", ".pyd", ".dylib"})
_INSTALLERS = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"})  # written by the installer
_TAGS = re.compile(r"^(Root-Is-Purelib|Tag): .*\n", re.MULTILINE)


def resolve(requirements: list[str], markers: Mapping[str, str]) -> list[str]:
    """Return the packages of some requirements and of all their dependencies.

    Args:
        requirements: Requirements, such as `httpx[http2]`.
        markers: The environment markers of the target platform (PEP 508), such as `sys_platform`.

    Returns:
        Normalized names, sorted.
    """
    found: dict[str, Requirement] = {}
    queue = [Requirement(text) for text in requirements]
    while queue:
        requirement = queue.pop()
        if str(requirement) in found:
            continue
        found[str(requirement)] = requirement
        for dependency in map(Requirement, metadata.requires(requirement.name) or []):
            if dependency.marker is None or any(
                dependency.marker.evaluate({**markers, "extra": extra}) for extra in {"", *requirement.extras}
            ):
                dependency.marker = None
                queue.append(dependency)
    return sorted({canonicalize_name(requirement.name) for requirement in found.values()})


def _record(name: str, content: bytes) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(content)}\n"


def pack(package: metadata.Distribution, folder: Path) -> None:
    """Write the wheel of an installed package into a folder (PyPA, "Binary distribution format")."""
    stem = f"{canonicalize_name(package.name).replace('-', '_')}-{package.version}"
    contents = {
        str(file): file.read_binary()
        for file in package.files or []
        if not {"..", "__pycache__"} & {*file.parts} and file.suffix not in _COMPILED and file.name not in _INSTALLERS
    }
    (dist_info,) = {name.partition("/")[0] for name in contents if ".dist-info/" in name}
    tags = _TAGS.sub("", contents[f"{dist_info}/WHEEL"].decode()).rstrip()
    contents[f"{dist_info}/WHEEL"] = f"{tags}\nRoot-Is-Purelib: true\nTag: py3-none-any\n".encode()
    record = "".join(_record(name, content) for name, content in contents.items())
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in contents.items():
            archive.writestr(file, content)
        archive.writestr(f"{dist_info}/RECORD", f"{record}{dist_info}/RECORD,,\n")
