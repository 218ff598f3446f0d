"""What is wrong with a value of the catalogue files, and the line to write instead."""

from collections.abc import Callable

import pytest

from lightning_cart.domain.catalog_faults import (
    descriptor_fault,
    fulfilment_url_fault,
    is_private,
    origin_fault,
    origin_of,
    page_fault,
    price_fault,
    quantity_fault,
    switch_fault,
)

PAGE = "must be an https URL, or a path on the engine's own origin"
ORIGIN = "must be an origin as browsers send it: https://, the host in lower case, and nothing behind it"
URL = "must be an https URL (http on a loopback host)"
DESCRIPTOR = "must be 1 to 10 letters, digits or spaces, with at least one letter"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.Example/thanks?a=1", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("http://localhost:80", "http://localhost"),
        ("https://shop.example:", "https://shop.example"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
    ],
)
def test_an_origin_is_what_browsers_send(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        (page_fault, "/success.html"),
        (page_fault, "/success?site=shop"),
        (page_fault, "https://shop.example/thanks"),
        (page_fault, "http://localhost:3000/thanks"),
        (fulfilment_url_fault, "https://shop.example/hook?a=1"),
        (origin_fault, "https://shop.example"),
        (origin_fault, "https://shop.example:8443"),
        (origin_fault, "https://xn--mller-kva.example"),
        (origin_fault, "http://127.0.0.1:3000"),
        (descriptor_fault, "TEST SHOP"),
        (quantity_fault, 999_999),
        (switch_fault, False),
    ],
)
def test_a_right_value_has_no_fault(fault: Callable[[object], str], value: object) -> None:
    assert fault(value) == ""


@pytest.mark.parametrize(
    ("fault", "value", "reason"),
    [
        (page_fault, "success.html", "must be an https URL, or a path with a slash: write /success.html"),
        (page_fault, "images/mug.jpeg", "must be an https URL, or a path with a slash: write /images/mug.jpeg"),
        (page_fault, "shop.example/thanks.html", f"{PAGE}: write https://shop.example/thanks.html"),
        (page_fault, "http://shop.example/x", f"{PAGE}: write https://shop.example/x"),
        (page_fault, "//shop.example/x", f"{PAGE}: write https://shop.example/x"),
        (page_fault, "https:/shop.example/x", f"{PAGE}: write https://shop.example/x"),
        (page_fault, "www.shop.example/thanks", f"{PAGE}: write https://www.shop.example/thanks"),
        (page_fault, "https://müller.example/danke", f"{PAGE}: write https://xn--mller-kva.example/danke"),
        (page_fault, "https://shop.example/#paid", "may not have a # part: write https://shop.example/"),
        (page_fault, "a page", f"{PAGE}, such as /success.html"),
        (page_fault, "/thank you", f"{PAGE}, such as /success.html"),
        (page_fault, "/a\nb", f"{PAGE}, such as /success.html"),
        (page_fault, "ftp://shop.example/", f"{PAGE}, such as /success.html"),
        (page_fault, "https://[::1", f"{PAGE}, such as /success.html"),
        (page_fault, 1, f"{PAGE}, such as /success.html"),
        (fulfilment_url_fault, "http://shop.example/hook", f"{URL}: write https://shop.example/hook"),
        (fulfilment_url_fault, "/hook", f"{URL}, such as https://shop.example/hook"),
        (fulfilment_url_fault, "https://shop.example/#a", "may not have a # part: write https://shop.example/"),
        (fulfilment_url_fault, None, f"{URL}, such as https://shop.example/hook"),
        (origin_fault, "https://shop.example/", f"{ORIGIN}: write https://shop.example"),
        (origin_fault, "https://shop.example/thanks", f"{ORIGIN}: write https://shop.example"),
        (origin_fault, "https://Shop.Example", f"{ORIGIN}: write https://shop.example"),
        (origin_fault, "https://shop.example:443", f"{ORIGIN}: write https://shop.example"),
        (origin_fault, "http://shop.example", f"{ORIGIN}: write https://shop.example"),
        (origin_fault, "shop.example", f"{ORIGIN}: write https://shop.example"),
        (origin_fault, "https://müller.example", f"{ORIGIN}: write https://xn--mller-kva.example"),
        (origin_fault, "null", f"{ORIGIN}, such as https://shop.example"),
        (origin_fault, 7, f"{ORIGIN}, such as https://shop.example"),
        (origin_fault, "*", "would let every page of the web call the engine: name each origin, such as https://shop.example"),
        (descriptor_fault, "A VERY LONG SHOP", f"{DESCRIPTOR}: it has 16"),
        (descriptor_fault, "SHOP*", f"{DESCRIPTOR}: banks do not print '*'"),
        (descriptor_fault, "123", DESCRIPTOR),
        (descriptor_fault, "", DESCRIPTOR),
        (descriptor_fault, True, DESCRIPTOR),
        (quantity_fault, 0, "must be a whole number from 1 to 999999"),
        (quantity_fault, "3", "must be a whole number from 1 to 999999: write 3 without quotation marks"),
        (switch_fault, "yes", "must be true or false"),
    ],
)
def test_a_wrong_value_has_a_line_to_write(fault: Callable[[object], str], value: object, reason: str) -> None:
    assert fault(value) == reason


NUMBER = "is not a plain decimal number: write"
QUOTED = "must be a decimal string in quotation marks:"


@pytest.mark.parametrize(
    ("value", "currency", "reason"),
    [
        ("10.00", "USD", ""),
        ("10", "JPY", ""),
        ("10,00", "EUR", f'{NUMBER} EUR = "10.00"'),
        ("1.250,50", "EUR", f'{NUMBER} EUR = "1250.50"'),
        ("1,250.50", "USD", f'{NUMBER} USD = "1250.50"'),
        ("$10.00", "USD", f'{NUMBER} USD = "10.00"'),
        ("10.00 EUR", "EUR", f'{NUMBER} EUR = "10.00"'),
        (" 10.00", "EUR", f'{NUMBER} EUR = "10.00"'),
        ("10,00", "JPY", "'10,00' is not a plain decimal number such as 10"),
        ("free", "USD", "'free' is not a plain decimal number such as 10.00"),
        ("10.001", "USD", "'10.001' has more decimals than the 2 that USD has: write fewer digits"),
        (10, "USD", f'{QUOTED} write USD = "10.00"'),
        (10.5, "USD", f'{QUOTED} write USD = "10.50"'),
        (10.555, "USD", f'{QUOTED} such as USD = "10.00"'),
        (True, "USD", f'{QUOTED} such as USD = "10.00"'),
        (10.5, "JPY", f'{QUOTED} such as JPY = "10"'),
        ("0.00", "USD", "must be above zero"),
        ("-1.00", "USD", "must be above zero"),
        ("1.00", "usd", "is not a current currency code in capitals: did you mean USD?"),
        ("1.00", "EURO", "is not a current currency code in capitals: did you mean EUR?"),
        ("1.00", "DOLLARS", "is not a current currency code in capitals: write an ISO 4217 code such as USD"),
    ],
)
def test_a_wrong_price_has_the_price_to_write(value: object, currency: str, reason: str) -> None:
    assert price_fault(value, currency) == reason


@pytest.mark.parametrize(
    "host",
    [
        "localhost:3000",
        "127.0.0.1",
        "[::1]:80",
        "10.0.0.8",
        "192.168.1.5:8443",
        "172.31.0.1",
        "169.254.1.1",
        "[fd00::1]",
        "shop",
        "shop.local",
        "shop.internal",
    ],
)
def test_this_machine_and_those_beside_it_are_private(host: str) -> None:
    assert is_private(f"https://{host}/x")


@pytest.mark.parametrize("host", ["shop.example", "172.32.0.1", "11.0.0.1", "10.example", "local.example", "[2001:db8::1]"])
def test_every_other_machine_is_public(host: str) -> None:
    assert not is_private(f"https://{host}/x")
