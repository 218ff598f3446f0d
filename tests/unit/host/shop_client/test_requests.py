"""URLs of a purchase as they are shown."""

from lightning_cart_host.shop_client.requests import without_secrets


def test_a_shown_url_has_no_receipt() -> None:
    assert without_secrets("https://shop.example/success.html#order=ord_1&receipt=eyJ") == "https://shop.example/success.html"


def test_a_shown_return_url_has_no_token() -> None:
    assert (
        without_secrets("https://pay.example/return/ord_1/0a1b?token=EC-1") == "https://pay.example/return/ord_1/…?token=EC-1"
    )


def test_a_shown_url_of_a_page_or_a_receipt_has_no_token() -> None:
    for page in ("page", "receipt"):
        url = f"https://pay.example/orders/ord_1/{page}/"
        assert without_secrets(f"{url}0a1b?look=1") == f"{url}…?look=1"


def test_another_url_is_shown_whole() -> None:
    assert without_secrets("https://pay.example/orders/ord_1?site=a") == "https://pay.example/orders/ord_1?site=a"
