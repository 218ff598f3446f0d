"""Draws the packages from their imports; `python -m lightning_cart_host.generate.architecture_diagram` prints the diagram.

An arrow means "imports". An arrow that follows from two others is left out.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_PACKAGES = {  # where each package is
    "worker": "worker",
    "lightning_cart_notebook": "notebooks/lightning_cart_notebook",
    "lightning_cart_host": "host/lightning_cart_host",
    "lightning_cart_sandbox": "sandbox/lightning_cart_sandbox",
    "lightning_cart": "core/lightning_cart",
}
_WITH_FOLDERS = ("lightning_cart_host", "lightning_cart")
_TOP = "top modules"  # of a package: what is in none of its folders

type Arrows = dict[str, set[str]]


def _imported(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _place(module: str) -> tuple[str, str]:
    """Return the package of a module and its folder there."""
    package, _, rest = module.partition(".")
    folder = rest.partition(".")[0]
    known = package in _PACKAGES and (_ROOT / _PACKAGES[package] / folder).is_dir()
    return package, folder if known and folder else _TOP


def _read() -> tuple[Arrows, Mapping[str, Arrows]]:
    """Return the imports between packages, and those between the folders of each."""
    between: Arrows = {package: set() for package in _PACKAGES}
    within: dict[str, Arrows] = {package: {} for package in _PACKAGES}
    for package, where in _PACKAGES.items():
        for path in sorted((_ROOT / where).rglob("*.py")):
            parts = path.relative_to(_ROOT / where).parts
            if parts in {("__init__.py",), ("__main__.py",)}:
                continue  # they pass on what the others define
            folder = parts[0] if len(parts) > 1 else _TOP
            arrows = within[package].setdefault(folder, set())
            for target, target_folder in map(_place, _imported(path)):
                if target == package:
                    arrows.add(target_folder)
                elif target in _PACKAGES:
                    between[package].add(target)
    return between, within


def _reach(start: str, arrows: Arrows) -> set[str]:
    """Return everything that a node leads to."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = arrows.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


def _reduced(arrows: Arrows) -> Iterator[tuple[str, str]]:
    """Yield the arrows that do not follow from others, in a fixed order."""
    for start in arrows:
        targets = arrows[start] - {start}
        for target in sorted(targets):
            if not any(target in _reach(other, arrows) for other in targets - {target}):
                yield start, target


def architecture_diagram() -> str:
    """Return the diagram in Mermaid's language."""
    between, within = _read()
    lines = ["flowchart TD"]
    for package in _PACKAGES:
        if package not in _WITH_FOLDERS:
            lines.append(f"    {package}")
            continue
        lines.append(f"    subgraph {package}")
        ids = {folder: f"{package}_{folder.replace(' ', '_')}" for folder in sorted(within[package])}
        lines += [f'        {node}["{folder}"]' for folder, node in ids.items()]
        lines += [f"        {ids[start]} --> {ids[target]}" for start, target in sorted(_reduced(within[package]))]
        lines.append("    end")
    lines += [f"    {start} --> {target}" for start, target in _reduced(between)]
    return "\n".join(lines)


if __name__ == "__main__":
    print(architecture_diagram())  # noqa: T201 - this is its purpose
