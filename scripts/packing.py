"""Packs installed packages into wheels for a browser: what came here by its locked hash, so that nothing is fetched again.

What was compiled for this machine is left out; the packages that need it not have Python standing by in its place.
"""

import re
import zipfile
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
        wanted: requirements, such as `httpx[http2]`.
        there: the environment markers of the place where they are to run (PEP 508), such as `sys_platform`.

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


def pack(name: str, folder: Path) -> None:
    """Put the wheel of an installed package into a folder (Python Packaging Authority, "Binary distribution format")."""
    package = metadata.distribution(name)
    wheel = folder / f"{canonicalize_name(package.name).replace('-', '_')}-{package.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in package.files or []:
            elsewhere = ".." in file.parts or "__pycache__" in file.parts
            if not elsewhere and file.suffix not in _COMPILED and file.name not in _INSTALLERS:
                text = file.read_binary()
                if file.name == "WHEEL":
                    text = (_TAGS.sub("", text.decode()).rstrip() + "\nRoot-Is-Purelib: true\nTag: py3-none-any\n").encode()
                archive.writestr(str(file), text)
