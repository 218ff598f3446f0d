"""The hosted payment page, an HTML form that posts to its own URL and needs no script.

`GET /square/u/{slug}` shows the form. `POST` to the same URL, with an `action`:

- `pay`: fields `card_number`, `expiry` (MM/YY), `cvc`, `postal_code`, `name` and `email`. Optional are `gift_card`, the part of
  the total that a gift card pays, and, if the link or else the seller offers it, `tip`, which is added to the total; both are
  decimals such as `2.00`. If the link asks for an address: `phone`, `ship_name`, `ship_line_1`, `ship_city`, `ship_postal_code`
  and `ship_country`, optionally `ship_line_2`, and `ship_state`, which some countries need. The seller's own fields are
  `custom_0` and `custom_1`. Returns 303 to the link's `redirect_url`, or to this page if there is none. Returns 402 with the
  reason if the card is declined, and 422 if a field is wrong.
- `coupon`: field `coupon`, if the link accepts coupons. Returns the page with the lower total, or 422 with the reason.
- `cancel`: returns 200 with a page that says nothing was charged. Square does not redirect to the shop; the link stays open.

The page of a paid link says so (200); posting again redirects to the shop and never pays twice. The page of a deleted link says
so, too (410).

Like Square's sandbox, this one appends nothing to `redirect_url`, unless it is set to return like live. Then it appends
`orderId`, as production does according to Square's staff. A shop must not depend on it.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.country_names import country_choices
from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.square.account import LINK, ORDER, Account
from lightning_cart_sandbox.square.buyer_form import KEPT_FIELDS, PageOptions, page_options, prefilled, read_buyer_form
from lightning_cart_sandbox.square.countries import DELIVERABLE
from lightning_cart_sandbox.square.coupons import add_coupon
from lightning_cart_sandbox.square.locations import LOCATIONS
from lightning_cart_sandbox.square.payments import pay_link
from lightning_cart_sandbox.square.seller_settings import offers_tips, returns_like_live
from lightning_cart_sandbox.types import Json


class Panel:
    """The pages below `/u`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def pay(self, request: Request) -> Response:
        """Handle `/u/{slug}`."""
        # The form is read first, because there must be no `await` between reading the link and deciding.
        form = await read_form(request) if request.method == "POST" else {}
        found = self._account.store.find(LINK, _slug=request.path_params["slug"])
        if not found:
            words = "Check the URL, or go back to the shop and start again."
            return _closed("There is no such checkout", words, status=404)
        link = found[0]
        order = self._account.get(ORDER, link["order_id"])
        if order["state"] in {"OPEN", "COMPLETED"}:
            return self._paid(link, form)
        if link["_deleted"]:
            return _closed("This link is no longer available", "Nothing was charged. Go back to the shop to start again.", 410)
        return self._act(link, order, form) if form else self._page(link, order, prefilled(link), {})

    def _act(self, link: Json, order: Json, form: dict[str, str]) -> Response:
        action = form.get("action", "pay")
        if action == "cancel":
            return _closed("You did not pay", "Nothing was charged. You can close this page, or come back to it later.")
        if action == "coupon" and self._options(link).coupons:
            refusal = add_coupon(self._account, order, form.get("coupon", ""))
            return self._page(link, order, prefilled(link), {"coupon": refusal} if refusal else {}, 422 if refusal else 200)
        if action != "pay":
            return self._page(link, order, form, {"": "This page does not know that button."}, 400)
        return self._pay(link, order, form)

    def _pay(self, link: Json, order: Json, form: dict[str, str]) -> Response:
        typed = read_buyer_form(self._options(link), order, form, self._account.now())
        if typed.errors:
            return self._page(link, order, form, typed.errors, 422)
        refusal = pay_link(self._account, link, typed.shares, typed.buyer)
        if refusal:
            return self._page(link, order, form, {"": refusal}, 402)
        return RedirectResponse(self._return_url(link) or f"/square/u/{link['_slug']}", 303)

    def _paid(self, link: Json, form: dict[str, str]) -> Response:
        shop = self._return_url(link)
        if form.get("action", "pay") == "pay" and form:  # a second click on "Pay" redirects as the first one did
            return RedirectResponse(shop or f"/square/u/{link['_slug']}", 303)
        return _closed("This order is paid", "Thank you. It cannot be paid twice.", link=shop)

    def _return_url(self, link: Json) -> str:
        """Return the shop's URL for a buyer who has paid, or ""."""
        url = str((link["checkout_options"] or {}).get("redirect_url", ""))
        if not url or not returns_like_live(self._account):
            return url
        page, mark, fragment = url.partition("#")
        return f"{page}{'&' if '?' in page else '?'}{urlencode({'orderId': link['order_id']})}{mark}{fragment}"

    def _page(self, link: Json, order: Json, form: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
        options = link["checkout_options"] or {}
        return render(
            "square/pay.html",
            status=status,
            form_targets=tuple(filter(None, (options.get("redirect_url"),))),
            link=link,
            order=order,
            shown=self._options(link),
            support=options.get("merchant_support_email", ""),
            shop=LOCATIONS[order["location_id"]]["business_name"],
            countries=country_choices(DELIVERABLE),
            values={name: form.get(name, "") for name in KEPT_FIELDS},
            field_errors={name: text for name, text in errors.items() if name},
            refusal=errors.get("", ""),
        )

    def _options(self, link: Json) -> PageOptions:
        return page_options(link, offers_tips=offers_tips(self._account))


def _closed(title: str, words: str, status: int = 200, link: str = "") -> Response:
    return render("square/closed.html", status=status, title=title, words=words, link=link)
