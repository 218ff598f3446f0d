"""Pages as tests read them: as text, as rows of tables, and whether their elements are closed."""

import re
from html import unescape
from html.parser import HTMLParser

_VOID = {"meta", "br"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs)}
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"


def names_in(page: bytes) -> set[str]:
    """Return the names of all elements and attributes of a page, and fail if an element is not closed."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    assert reader.open == []
    return reader.seen


def text_of(html: str) -> str:
    """Return the text of a part of a page, each element on a line of its own."""
    return unescape(re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", "\n", re.sub(r"</?bdi>", "", html)))).strip()


def rows_of(page: bytes) -> list[list[str]]:
    """Return the cells of all rows of a page's tables. What is below a name is on lines of its own."""
    rows = re.findall(r"<tr.*?</tr>", page.decode(), re.DOTALL)
    return [[text_of(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]
