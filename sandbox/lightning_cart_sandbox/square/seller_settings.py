"""Settings of the seller's account, which the sandbox's buttons and tests switch. They hold for all links."""

from lightning_cart_sandbox.square.account import SETTING, Account


def returns_like_live(account: Account) -> bool:
    """Return whether `orderId` is appended to the shop's URL."""
    return _read(account, "return", "like_live")


def return_like_live(account: Account, *, wanted: bool) -> None:
    """Set whether `orderId` is appended to the shop's URL."""
    account.save(SETTING, {"id": "return", "like_live": wanted})


def offers_tips(account: Account) -> bool:
    """Return whether the payment page of a link that does not say so asks for a tip."""
    return _read(account, "tips", "offered")


def offer_tips(account: Account, *, wanted: bool) -> None:
    """Set whether the payment page of a link that does not say so asks for a tip."""
    account.save(SETTING, {"id": "tips", "offered": wanted})


def _read(account: Account, identifier: str, name: str) -> bool:
    return bool((account.store.get(SETTING, identifier) or {}).get(name))
