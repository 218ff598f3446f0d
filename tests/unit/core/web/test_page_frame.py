"""What all pages share: escaping, and headers under which only the page's own style applies."""

import hashlib
import re
from base64 import b64encode

import pytest

from lightning_cart.web.order_tables import ORDER_STYLE
from lightning_cart.web.page_frame import escape, page, page_headers


def test_a_text_is_a_text_in_an_element_and_in_an_attribute() -> None:
    assert escape("""<a href="x" id='y'>&amp;""") == "&lt;a href=&quot;x&quot; id=&#x27;y&#x27;&gt;&amp;amp;"


def test_only_the_style_of_the_page_applies() -> None:
    body = page("A", ORDER_STYLE, "<p>B</p>").decode()
    (style,) = re.findall(r"<style>(.*)</style>", body, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page_headers(ORDER_STYLE)["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("x-content-type-options", "nosniff"),
        ("content-type", "text/html; charset=utf-8"),
    ],
)
def test_a_page_is_kept_and_passed_on_by_nobody(name: str, value: str) -> None:
    assert page_headers(ORDER_STYLE)[name] == value


def test_a_page_has_a_language_and_loads_nothing() -> None:
    body = page("A", ORDER_STYLE, "").decode()
    assert body.startswith('<!doctype html>\n<html lang="en">')
    assert not re.search(r"url\(|@import|<script|<link|<img|src=", body)
