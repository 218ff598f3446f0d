"""Reads the forms of an HTML page, as a browser without scripts does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """One form.

    Args:
        action: Where it goes, as written; empty for the page's own address.
        method: In upper case.
        fields: What it sends if nobody types anything: name to value, without its buttons.
        buttons: Name and value of each.
    """

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").upper()))
            self._open = True
        elif self._open and name and tag in {"button", "input"}:
            form = self.forms[-1]
            if tag == "button" or given.get("type") == "submit":
                form.buttons.append((name, value))
            else:
                form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


def read_forms(page: str) -> list[Form]:
    """The forms of a page, in its order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.forms
