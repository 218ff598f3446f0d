"""Reads e-mail addresses as people type and copy them, into the form that every provider accepts."""

import re

from lightning_cart.domain.typed import trim

# Accepted by every provider: RFC 5322's dot-atom and a host name. Sources: PayPal, Orders v2, email; RFC 1123, 2.1.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.){{1,8}}(?=[A-Za-z][^.])(?:{_LABEL})", re.ASCII)
MAX_EMAIL = 254  # characters; RFC 5321, 4.5.3.1.3: a path of 256 with its brackets
_MAX_TYPED = 512  # characters of what is looked at: more is no address, whatever it becomes
_MIDDLE_DOTS = "\u00b7\u30fb"  # allowed inside of Catalan and Japanese names; RFC 5892, A.3 and A.7


def _ascii_domain(domain: str) -> str:
    """Return a domain in ASCII and lower case: IDNA's form of other letters, or "" if one of them is no letter or digit.

    `ß` stays `ß`, as in IDNA 2008 and browsers.
    """
    for dot in "\u3002\uff61":  # IDNA's other full stops; RFC 3490, 3.1
        domain = domain.replace(dot, ".")
    domain = domain.removesuffix(".").lower()
    if domain.isascii():
        return domain
    from unicodedata import category, normalize  # noqa: PLC0415 - few addresses need it

    labels = normalize("NFC", domain).split(".")
    for number, label in enumerate(labels):
        if label.isascii():
            continue
        if not all(character in f"-{_MIDDLE_DOTS}" or category(character)[0] in "LMN" for character in label):
            return ""
        labels[number] = f"xn--{label.encode('punycode').decode()}"
    return ".".join(labels)


def read_email(value: object) -> str | None:
    """Return an e-mail address in ASCII, or None if some provider would refuse it.

    Blanks around it, `mailto:`, a name before `<ada@example.com>`, a full stop behind it and domains with letters of any
    script are taken. The part before the `@` has to be ASCII, because providers refuse any other.

    Args:
        value: Any value.
    """
    if not isinstance(value, str) or len(value) > _MAX_TYPED:
        return None
    typed = trim(value)
    if typed[:7].lower() == "mailto:":
        typed = typed[7:].partition("?")[0]
    elif typed.endswith(">"):
        typed = typed[:-1].rpartition("<")[2]
    local, _, domain = typed.rpartition("@")
    address = f"{trim(local)}@{_ascii_domain(trim(domain))}"
    return address if len(address) <= MAX_EMAIL and _EMAIL.fullmatch(address) else None
