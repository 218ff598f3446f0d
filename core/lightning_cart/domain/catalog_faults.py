"""Says what is wrong with a value of the catalogue files, and what to write instead.

Each function returns the end of a sentence whose subject is the key, or "".
"""

import re
from urllib.parse import urlsplit

from lightning_cart.domain.money import EXPONENTS, Money
from lightning_cart.domain.text import text_fault
from lightning_cart.errors import MoneyError
from lightning_cart.spelling import did_you_mean
from lightning_cart.urls import LOOPBACK, is_https_or_loopback

MAX_URL = 2048
MAX_QUANTITY = 999_999  # Stripe: adjustable_quantity.maximum, the limit that every provider accepts
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/%-]*(\?[A-Za-z0-9._~/%=&-]*)?", re.ASCII)
_FILE = re.compile(r"(?:[A-Za-z0-9_~-]+/)*[A-Za-z0-9._~-]+\.(?:html?|svg|png|jpe?g|gif|webp)", re.ASCII)
_HOST = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?(?:/.*)?", re.ASCII | re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?:/{0,2}|//)", re.IGNORECASE)
_DEFAULT_PORT = re.compile(r"(?<=^http:)(//.*):(?:80)?$|(?<=^https:)(//.*):(?:443)?$")
_PRIVATE = re.compile(
    r"(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2[0-9]|3[01]))(?:\.[0-9]+)+|(?:f[cd]|fe80:)[0-9a-f:]+"
    r"|[^.:]+|.+\.(?:home|internal|lan|local|localhost)"
)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_COMMON = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY")
# Stripe: statement descriptors. Ten characters fit after any account's own prefix.
MAX_DESCRIPTOR = 10


def origin_of(url: str) -> str:
    """Return the web origin of a URL as browsers send it: in lower case, and without the scheme's default port."""
    parts = urlsplit(url)
    return _DEFAULT_PORT.sub(lambda found: found[1] or found[2], f"{parts.scheme}://{parts.netloc}".lower())


def _ascii_host(url: str) -> str:
    """Return a URL whose host's labels have the form that browsers send: `xn--` and ASCII."""
    scheme, slashes, rest = url.partition("//")
    host, slash, path = rest.partition("/")
    labels = [label if label.isascii() else f"xn--{label.lower().encode('punycode').decode()}" for label in host.split(".")]
    return f"{scheme}{slashes}{'.'.join(labels)}{slash}{path}"


def _better_url(text: str) -> str:
    """Return the https URL that was probably meant, or ""."""
    url = _ascii_host(f"https://{_SCHEME.sub('', text.strip())}").partition("#")[0]
    return url if _HOST.fullmatch(url.removeprefix("https://")) and is_https_or_loopback(url) else ""


def _url_fault(value: object, reason: str, example: str) -> str:
    """Return what is wrong with a value that is no URL of the wanted kind."""
    text = value if isinstance(value, str) and not text_fault(value, MAX_URL) else ""
    if "#" in text and is_https_or_loopback(text):
        return f"may not have a # part: write {text.partition('#')[0]}"
    return f"{reason}: write {_better_url(text)}" if _better_url(text) else f"{reason}, such as {example}"


def page_fault(value: object) -> str:
    """Return what is wrong with a page or an image, which is a URL or a path on the engine's own origin."""
    if isinstance(value, str) and not text_fault(value, MAX_URL) and "#" not in value:
        if _PATH.fullmatch(value) or is_https_or_loopback(value):
            return ""
        if _FILE.fullmatch(value):
            return f"must be an https URL, or a path with a slash: write /{value}"
    return _url_fault(value, "must be an https URL, or a path on the engine's own origin", "/success.html")


def fulfilment_url_fault(value: object) -> str:
    """Return what is wrong with the URL of fulfilment webhooks."""
    if isinstance(value, str) and not text_fault(value, MAX_URL) and "#" not in value and is_https_or_loopback(value):
        return ""
    return _url_fault(value, "must be an https URL (http on a loopback host)", "https://shop.example/hook")


def origin_fault(value: object) -> str:
    """Return what is wrong with a web origin."""
    text = value if isinstance(value, str) else ""
    if is_https_or_loopback(text) and origin_of(text) == text:
        return ""
    reason = "must be an origin as browsers send it: https://, the host in lower case, and nothing behind it"
    better = text if is_https_or_loopback(text) else _better_url(text)
    if text == "*":
        return "would let every page of the web call the engine: name each origin, such as https://shop.example"
    return f"{reason}: write {origin_of(better)}" if better else f"{reason}, such as https://shop.example"


def is_private(url: str) -> bool:
    """Return whether a URL's host is this machine or one of a private network, by its name alone."""
    host = urlsplit(url).hostname or ""
    return host in LOOPBACK or _PRIVATE.fullmatch(host) is not None


def _meant_price(text: str, currency: str) -> str:
    """Return the decimal string that was probably meant by an amount with a comma, a sign or a name; or ""."""
    digits = re.sub(r"[^0-9.,]", "", text)
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+),[0-9]{1,3}", digits):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        return Money.parse(digits, currency).decimal
    except MoneyError:
        return ""


def price_fault(value: object, currency: str, *, may_be_zero: bool = False) -> str:
    """Return what is wrong with an amount, or with its currency.

    Args:
        value: Any value.
        currency: The key of the value.
        may_be_zero: Whether 0 is an amount here.
    """
    if currency not in EXPONENTS:
        hint = did_you_mean(currency, (*_COMMON, *EXPONENTS), "write an ISO 4217 code such as USD")
        return f"is not a current currency code in capitals: {hint}"
    if not isinstance(value, str):
        meant = _meant_price(repr(value), currency)
        example = Money(10 ** (EXPONENTS[currency] + 1), currency).decimal
        what = f'write {currency} = "{meant}"' if meant else f'such as {currency} = "{example}"'
        return f"must be a decimal string in quotation marks: {what}"
    try:
        price = Money.parse(value, currency)
    except MoneyError as error:
        if _NUMBER.fullmatch(value):
            return f"{error}: write fewer digits"
        meant = _meant_price(value, currency)
        return f'is not a plain decimal number: write {currency} = "{meant}"' if meant else str(error)
    if may_be_zero:
        return "" if price.minor >= 0 else "must not be below zero"
    return "" if price.minor > 0 else "must be above zero"


def descriptor_fault(value: object) -> str:
    """Return what is wrong with the suffix of a statement descriptor."""
    allowed = f"must be 1 to {MAX_DESCRIPTOR} letters, digits or spaces, with at least one letter"
    if not isinstance(value, str):
        return allowed
    if wrong := re.search(r"[^A-Za-z0-9 ]", value):
        return f"{allowed}: banks do not print {wrong[0]!r}"
    if len(value) > MAX_DESCRIPTOR:
        return f"{allowed}: it has {len(value)}"
    return "" if re.search("[A-Za-z]", value) else allowed


def number_fault(value: object, least: int, most: int, unit: str = "") -> str:
    """Return what is wrong with a whole number.

    Args:
        value: Any value.
        least: The smallest number.
        most: The largest number.
        unit: What it counts, or empty.
    """
    if type(value) is int and least <= value <= most:
        return ""
    of = f" of {unit}" if unit else ""
    reason = f"must be a whole number{of} from {least} to {most}"
    is_quoted = isinstance(value, str) and re.fullmatch("[1-9][0-9]{0,8}", value) and least <= int(value) <= most
    return f"{reason}: write {value} without quotation marks" if is_quoted else reason


def quantity_fault(value: object) -> str:
    """Return what is wrong with a maximum quantity."""
    return number_fault(value, 1, MAX_QUANTITY)


def switch_fault(value: object) -> str:
    """Return what is wrong with a value that is true or false."""
    return "" if type(value) is bool else "must be true or false"
