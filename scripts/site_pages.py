"""Adds files from outside `docs` to the documentation site and rewrites links between them.

This is an MkDocs hook, named in `mkdocs.yml`. The README becomes the first page, and each notebook becomes a page. A linked
file that is no page is copied to the site. A broken link stops the build.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from notebook_page import notebook_to_markdown

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "templates/test-checkout/README.md": "storefront.md",
    "examples/acorn/README.md": "acorn.md",
}
NOTEBOOKS = {f"notebooks/{path.name}": f"notebooks/{path.stem}.md" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
MERMAID = "mermaid.tiny.js"
ASSETS = {
    "templates/test-checkout/favicon.svg": "favicon.svg",
    f"node_modules/@mermaid-js/tiny/dist/{MERMAID}": MERMAID,
}
_PATHS = {uri: path for path, uri in (PAGES | NOTEBOOKS).items()}
_LINK = re.compile(r"^ *```.*?^ *```$|(?<=\]\()(?!https?:|mailto:|#)([^)#\s]+)", re.MULTILINE | re.DOTALL)  # not in code
_INDENT = re.compile(r"^```.*?^```$|^( {3})", re.MULTILINE | re.DOTALL)


def _path_to_uri(path: str) -> str:
    """Return the site's URI of a path in the repository."""
    if (ROOT / path).is_dir():
        path = posixpath.join(path, "README.md")
    own = (PAGES | NOTEBOOKS).get(path)
    return own or (path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path}")


def _rewrite_links(markdown: str, change: Callable[[str], str]) -> str:
    """Apply a change to each link within the project, except in code."""
    return _LINK.sub(lambda found: change(found[1]) if found[1] else found[0], markdown)


def _indent_lists(markdown: str) -> str:
    """Indent the content of numbered items by four spaces, which Python-Markdown needs. GitHub takes three."""
    return _INDENT.sub(lambda found: "    " if found[1] else found[0], markdown)


def _target(uri: str, link: str) -> str:
    """Return the path in the repository that a link on a page of the site leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(_PATHS.get(uri, f"docs/{uri}")), link))


def _linked(files: Files) -> Iterator[str]:
    """Yield the paths in the repository that the pages link to."""
    for page in files.documentation_pages():
        yield from (_target(page.src_uri, found[1]) for found in _LINK.finditer(page.content_string) if found[1])


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the notebooks at the end of the navigation."""
    config.nav = [*(config.nav or []), {"Notebooks": list(NOTEBOOKS.values())}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files from outside `docs`."""
    for path, uri in (PAGES | ASSETS).items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    for path, uri in NOTEBOOKS.items():
        notebook = json.loads((ROOT / path).read_text(encoding="utf-8"))
        files.append(File.generated(config, uri, content=notebook_to_markdown(notebook)))
    for path in _linked(files):
        uri = _path_to_uri(path)
        if files.get_file_from_path(uri) is None and (ROOT / path).is_file():
            files.append(File.generated(config, uri, abs_src_path=str(ROOT / path), inclusion=InclusionLevel.INCLUDED))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Rewrite the links and lists of a page for the site."""
    here = page.file.src_uri
    folder = posixpath.dirname(here) or "."
    rewritten = _rewrite_links(markdown, lambda link: posixpath.relpath(_path_to_uri(_target(here, link)), folder))
    return rewritten if here in NOTEBOOKS.values() else _indent_lists(rewritten)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Add the local copy of Mermaid to a page with diagrams. The theme would download it."""
    if 'class="mermaid"' not in output:
        return output
    return output.replace("</head>", f'<script src="{get_relative_url(MERMAID, page.url)}"></script></head>', 1)
