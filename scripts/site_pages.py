"""Brings to the site of documents what lives elsewhere in the repository, and turns the repository's links into the site's.

A hook of MkDocs; `mkdocs.yml` names it. The README becomes the first page, and each notebook a page. A link to a file that is
no page leads to a copy of it beside the pages; one that leads nowhere stops the build, as one between pages does.
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
from notebook_page import page_of

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "templates/test-checkout/README.md": "storefront.md",
}
NOTEBOOKS = {f"notebooks/{path.name}": f"notebooks/{path.stem}.md" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
DRAWING = "mermaid.tiny.js"
ASSETS = {
    "templates/test-checkout/favicon.svg": "favicon.svg",
    f"node_modules/@mermaid-js/tiny/dist/{DRAWING}": DRAWING,
}
_OURS = {uri: path for path, uri in (PAGES | NOTEBOOKS).items()}
_LINK = re.compile(r"^ *```.*?^ *```$|(?<=\]\()(?!https?:|mailto:|#)([^)#\s]+)", re.MULTILINE | re.DOTALL)  # code has none
_INDENT = re.compile(r"^```.*?^```$|^( {3})", re.MULTILINE | re.DOTALL)


def _uri_of(path: str) -> str:
    """Return where the site has what stands at a path of the repository."""
    if (ROOT / path).is_dir():
        path = posixpath.join(path, "README.md")
    own = (PAGES | NOTEBOOKS).get(path)
    return own or (path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path}")


def _with_links(markdown: str, change: Callable[[str], str]) -> str:
    """Return a page with each link within the project changed; code is left as it is."""
    return _LINK.sub(lambda found: change(found[1]) if found[1] else found[0], markdown)


def _with_lists(markdown: str) -> str:
    """Return a page with what belongs to a numbered item indented by four spaces, as here it must be; GitHub takes three."""
    return _INDENT.sub(lambda found: "    " if found[1] else found[0], markdown)


def _target(uri: str, link: str) -> str:
    """Return the path in the repository that a link on a page of the site stands for."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(_OURS.get(uri, f"docs/{uri}")), link))


def _linked(files: Files) -> Iterator[str]:
    """Go through the paths in the repository that the pages link to."""
    for page in files.documentation_pages():
        yield from (_target(page.src_uri, found[1]) for found in _LINK.finditer(page.content_string) if found[1])


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the notebooks at the end of the contents."""
    config.nav = [*(config.nav or []), {"Notebooks": list(NOTEBOOKS.values())}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands elsewhere in the repository."""
    for path, uri in (PAGES | ASSETS).items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    for path, uri in NOTEBOOKS.items():
        notebook = json.loads((ROOT / path).read_text(encoding="utf-8"))
        files.append(File.generated(config, uri, content=page_of(notebook)))
    for path in _linked(files):
        uri = _uri_of(path)
        if files.get_file_from_path(uri) is None and (ROOT / path).is_file():
            files.append(File.generated(config, uri, abs_src_path=str(ROOT / path), inclusion=InclusionLevel.INCLUDED))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Write a page as the site needs it."""
    here = page.file.src_uri
    folder = posixpath.dirname(here) or "."
    linked = _with_links(markdown, lambda link: posixpath.relpath(_uri_of(_target(here, link)), folder))
    return linked if here in NOTEBOOKS.values() else _with_lists(linked)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Give a page that has diagrams what draws them; the theme would load it from elsewhere."""
    if 'class="mermaid"' not in output:
        return output
    return output.replace("</head>", f'<script src="{get_relative_url(DRAWING, page.url)}"></script></head>', 1)
