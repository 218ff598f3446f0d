"""Forms as `fetch` and browsers send them in parts: read exactly, and everything else refused."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import InvalidField, MalformedRequest
from lightning_cart.web.multipart import MAX_FORM_FIELDS, parse_multipart

TYPE = "multipart/form-data; boundary=----WebKitFormBoundary7MA4"
OPEN, CLOSE = b"------WebKitFormBoundary7MA4\r\n", b"------WebKitFormBoundary7MA4--\r\n"


def part(name: str, value: bytes, more: bytes = b"") -> bytes:
    return OPEN + f'Content-Disposition: form-data; name="{name}"'.encode() + more + b"\r\n\r\n" + value + b"\r\n"


def test_the_fields_of_a_form_are_read_with_all_their_lines() -> None:
    body = part("id", b"mug") + part("metadata[note]", "Grüße,\r\n\r\n--Ada".encode()) + part("id", b"") + CLOSE
    assert parse_multipart(TYPE, body) == [("id", "mug"), ("metadata[note]", "Grüße,\r\n\r\n--Ada"), ("id", "")]


def test_a_quote_in_a_name_is_one() -> None:
    assert parse_multipart(TYPE, part("option[Size %22US%22]", b"9") + CLOSE) == [('option[Size "US"]', "9")]


def test_a_form_without_fields_is_empty() -> None:
    assert parse_multipart(TYPE, CLOSE) == []


def test_a_file_input_without_a_file_is_left_out() -> None:
    body = part("photo", b"", b'; filename=""\r\nContent-Type: application/octet-stream') + CLOSE
    assert parse_multipart(TYPE, body) == []


@pytest.mark.parametrize(("name", "field"), [("photo", "photo"), ("\x1b[31m\u202e", "body")])
def test_a_file_is_refused_by_the_name_of_its_field_if_that_can_be_shown(name: str, field: str) -> None:
    with pytest.raises(InvalidField, match="carts have no files") as caught:
        parse_multipart(TYPE, part(name, b"GIF89a", b'; filename="a.gif"') + CLOSE)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"id=mug",
        part("id", b"mug"),
        part("id", b"mug") + OPEN,
        b"before" + part("id", b"mug") + CLOSE,
        part("id", b"mug") + CLOSE + b"after",
        part("id", b"\xff") + CLOSE,
        OPEN + b"Content-Type: text/plain\r\n\r\nmug\r\n" + CLOSE,
        OPEN + b'Content-Disposition: form-data; name="id"\r\n' + CLOSE,
        part("id", b"mug").replace(b"\r\n", b"x\r\n", 1) + CLOSE,
        part("id", b"mug") * (MAX_FORM_FIELDS + 1) + CLOSE,
    ],
    ids=["empty", "URL-encoded", "cut off", "cut", "preamble", "epilogue", "latin", "no name", "no value", "longer", "many"],
)
def test_what_is_no_form_in_parts_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_multipart(TYPE, body)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_content_type_without_a_boundary_says_who_sets_it(content_type: str) -> None:
    with pytest.raises(MalformedRequest, match="let fetch set it"):
        parse_multipart(content_type, part("id", b"mug") + CLOSE)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=b1", b"b1"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="a b"', b"a b"),
    ],
)
def test_a_boundary_may_be_quoted_and_behind_other_parameters(content_type: str, boundary: bytes) -> None:
    body = b'--%b\r\nContent-Disposition: form-data; name="id"\r\n\r\nmug\r\n--%b--\r\n' % (boundary, boundary)
    assert parse_multipart(content_type, body) == [("id", "mug")]


@given(
    st.lists(st.tuples(st.sampled_from(["id", "quantity", "metadata[a]"]), st.text(st.characters(codec="utf-8"), max_size=20)))
)
def test_what_another_library_writes_is_read_back(fields: list[tuple[str, str]]) -> None:
    sent = httpx.Request("POST", "http://shop", files=[(name, (None, text)) for name, text in fields] or {"x": (None, "")})
    assert parse_multipart(sent.headers["content-type"], sent.read()) == (fields or [("x", "")])
