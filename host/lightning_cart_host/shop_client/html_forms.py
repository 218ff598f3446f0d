"""Parses the forms of an HTML page, without running scripts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """One form.

    Args:
        action: The form's URL, as written; empty for the page's own URL.
        method: The HTTP method, in upper case.
        fields: The initial values by field name, without buttons and without choices that are not checked. A list has its
            selected option, or else the first one with a value.
        buttons: The name and value of each button.
        options: The values that each list offers, by field name; without the empty one.
        filled_in: The names of the fields that the page has filled in: with a text, or with an option marked as selected.
    """

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)
    filled_in: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open = False
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "form":
            self.forms.append(Form(attributes.get("action", ""), attributes.get("method", "get").upper()))
            self._open = True
        elif self._open and name and tag in {"button", "input"}:
            form = self.forms[-1]
            kind = attributes.get("type", "")
            if tag == "button" or kind == "submit":
                form.buttons.append((name, value))
            elif kind not in {"radio", "checkbox"} or "checked" in attributes:
                form.fields[name] = value
                form.filled_in |= {name} if value else set()
        elif self._open and name and tag == "select":
            self._list = name
            self.forms[-1].fields[name] = ""
            self.forms[-1].options[name] = []
        elif self._list and tag == "option":
            self._read_option(value, selected="selected" in attributes)

    def _read_option(self, value: str, *, selected: bool) -> None:
        form = self.forms[-1]
        form.options[self._list] += [value] if value else []
        form.filled_in |= {self._list} if selected and value else set()
        if selected or not form.fields[self._list]:
            form.fields[self._list] = value

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"
        self._list = "" if tag == "select" else self._list


def read_forms(page: str) -> list[Form]:
    """Return the forms of a page, in document order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.forms
