"""Packs installed packages into wheels for a browser: what came here by its locked hash, so that nothing is fetched again.

What was compiled for this machine is left out; the packages that need it not have Python standing by in its place.
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
_INSTALLERS = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"})  # what installing has left
_TAGS = re.compile(r"^(Root-Is-Purelib|Tag): .*\n", re.MULTILINE)


def needed(wanted: list[str], there: Mapping[str, str]) -> list[str]:
    """Name every package that is wanted, and all that they need.

    Args:
        wanted: Requirements, such as `httpx[http2]`.
        there: The environment markers of the place where they are to run (PEP 508), such as `sys_platform`.

    Returns:
        normalized names, in order.
    """
    found: dict[str, Requirement] = {}
    queue = [Requirement(text) for text in wanted]
    while queue:
        requirement = queue.pop()
        if str(requirement) in found:
            continue
        found[str(requirement)] = requirement
        for below in map(Requirement, metadata.requires(requirement.name) or []):
            if below.marker is None or any(
                below.marker.evaluate({**there, "extra": extra}) for extra in {"", *requirement.extras}
            ):
                below.marker = None
                queue.append(below)
    return sorted({canonicalize_name(requirement.name) for requirement in found.values()})


def _record(name: str, content: bytes) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(content)}\n"


def pack(package: metadata.Distribution, folder: Path) -> None:
    """Put the wheel of an installed package into a folder (PyPA, "Binary distribution format")."""
    stem = f"{canonicalize_name(package.name).replace('-', '_')}-{package.version}"
    contents = {
        str(file): file.read_binary()
        for file in package.files or []
        if not {"..", "__pycache__"} & {*file.parts} and file.suffix not in _COMPILED and file.name not in _INSTALLERS
    }
    (about,) = {name.partition("/")[0] for name in contents if ".dist-info/" in name}
    plain = _TAGS.sub("", contents[f"{about}/WHEEL"].decode()).rstrip()
    contents[f"{about}/WHEEL"] = f"{plain}\nRoot-Is-Purelib: true\nTag: py3-none-any\n".encode()
    record = "".join(_record(name, content) for name, content in contents.items())
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in contents.items():
            archive.writestr(file, content)
        archive.writestr(f"{about}/RECORD", f"{record}{about}/RECORD,,\n")
