"""The tables of an order that its page and its receipt share, in HTML: the lines, the parts of the total, and the tax."""

from collections.abc import Iterable, Mapping, Sequence

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.receipt import TaxShare
from lightning_cart.web.page_frame import BASE_STYLE, escape

ORDER_STYLE = BASE_STYLE + (
    "main{max-width:46rem;margin:0 auto;padding:2rem 1rem}h2{font-size:1.15rem;line-height:1.3;margin:2rem 0 .5rem}"
    "address{font-style:normal}.kept{white-space:pre-line}.sides{display:flex;flex-wrap:wrap;gap:1rem}"
    ".sides{margin-bottom:1.5rem}.sides>*{flex:1 1 16rem;min-width:0}.sides h2,.sides .shop{margin-top:0}"
    "dl{margin:0;display:grid;gap:.15rem .6rem;"
    "grid-template-columns:auto 1fr;font-size:.875rem}dd{margin:0}dt,small,thead th{color:#4c5266}.table{overflow-x:auto}"
    "table{width:100%;border-collapse:collapse}th,td{text-align:left;vertical-align:top;font-weight:400;"
    "padding:.4rem 0 .4rem .75rem;border-top:1px solid #8886}th:first-child{padding-left:0}thead th{border:0;font-size:.9rem}"
    ".lines tbody th{min-width:6rem}small{display:block;line-height:1.4}small::first-letter{text-transform:uppercase}"
    ".n{text-align:right;white-space:nowrap;overflow-wrap:normal;font-variant-numeric:tabular-nums}"
    ".sums th,.sums td{border:0;padding-block:.15rem}.sums tr:first-child>*{border-top:1px solid #8886;padding-top:.4rem}"
    ".sums .total>*{font-weight:700;border-top:2px solid}section,tr{break-inside:avoid}h2{break-after:avoid}a{color:inherit}"
    ".button{display:inline-block;margin:.25rem .75rem .25rem 0;padding:.6rem 1.25rem;border-radius:.5rem;font-weight:600;"
    "text-decoration:none;color:#fff;background:#1f2a5c}@media(min-width:30.01rem){.narrow{display:none}}"
    "@media screen and (max-width:30rem){.wide{display:none}table{font-size:.9rem}th,td{padding-left:.5rem}"
    ".n{white-space:normal}}"
    "@media screen and (prefers-color-scheme:dark){dt,small,thead th{color:#b9bfd2}.button{color:#1a1e2b;background:#ffc53d}}"
    "@page{size:A4;margin:18mm}@media print{:root{color-scheme:light;font-size:10pt}body{font-size:1rem;line-height:1.45;"
    "color:#000;background:#fff}main{max-width:none;padding:0}dt,small,thead th{color:#000}nav,.narrow{display:none}}"
)


def delivery_words(delivery: Delivery) -> str:
    """Return the name of a delivery and how long it takes: `Delivery: Standard post (2 to 4 working days)`."""
    name = delivery.name if delivery.pick_up else f"Delivery: {delivery.name}"
    if delivery.days is None:
        return name
    first, last = delivery.days
    days = f"{first} to {last}" if first != last else f"{last}"
    return f"{name} ({days} working {'day' if days == '1' else 'days'})"


def tax_words(share: TaxShare) -> str:
    """Return how the tax of a share is written beside a total: `includes VAT 20 %` or `plus VAT 20 %`."""
    return f"{'includes' if share.included else 'plus'} {share.label} {share.rate}\N{NO-BREAK SPACE}%"


def _input_labels(line: LineItem, catalog: Catalog) -> Mapping[str, str]:
    product = catalog.products.get(line.product_id)
    return {one.id: one.label for one in product.inputs} if product is not None else {}


def _details(order: Order, line: LineItem, texts: Mapping[str, str], catalog: Catalog) -> Iterable[str]:
    """Yield what is written below a line's name, in HTML."""
    for name, value in line.options.items():
        yield f"<small>{escape(name)}: <bdi>{escape(value)}</bdi></small>"
    labels = _input_labels(line, catalog)
    for name, text in texts.items():
        yield f'<small class="kept">{escape(labels.get(name, name))}: <bdi>{escape(text)}</bdi></small>'
    if line.discount_minor:
        yield f"<small>Discount: {_amount(order, -line.discount_minor)}</small>"


def _amount(order: Order, minor: int) -> str:
    return escape(Money(minor, order.total.currency).display)


def _line(order: Order, line: LineItem, texts: Mapping[str, str], catalog: Catalog) -> str:
    unit = escape(line.unit_price.display) + (f" per {line.interval}" if line.interval else "")
    name, details = escape(line.name), "".join(_details(order, line, texts, catalog))
    return (
        f'<tr><th scope="row"><bdi>{name}</bdi>{details}<small class="narrow">Each {unit}</small></th>'
        f'<td class="n">{line.quantity}</td><td class="n wide">{unit}</td><td class="n">{escape(line.total.display)}</td></tr>'
    )


def lines_table(order: Order, catalog: Catalog) -> str:
    """Return the table of an order's lines, with what the buyer chose and wrote.

    Args:
        order: The order, with its buyer.
        catalog: It has the labels of the buyer's texts.
    """
    rows = (_line(order, line, texts, catalog) for line, texts in zip(order.lines, order.inputs, strict=True))
    return (
        '<div class="table"><table class="lines"><thead><tr><th scope="col">Product</th><th scope="col" class="n">Quantity</th>'
        '<th scope="col" class="n wide">Price</th><th scope="col" class="n">Total</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _sums(order: Order, shares: Sequence[TaxShare]) -> Iterable[tuple[str, int, str]]:
    """Yield the label, the amount and the class of each row of an order's parts."""
    parts, taxed = order.parts, [share for share in shares if share.rate]
    if parts.goods != parts.total:
        yield "Products", parts.goods.minor, ""
    if parts.discount.minor:
        yield f"Discount ({order.code})" if order.code else "Discount", -parts.discount.minor, ""
    if order.delivery is not None:
        yield delivery_words(order.delivery), parts.shipping.minor, ""
    yield from ((tax_words(share), share.tax_minor, "") for share in taxed if not share.included)
    yield "Total", parts.total.minor, "total"
    yield from ((tax_words(share), share.tax_minor, "") for share in taxed if share.included)
    if order.tip_minor:
        yield "Tip, paid beside the total", order.tip_minor, ""
    if order.renewal_minor:
        yield f"Charged again each {order.interval}", order.renewal_minor, ""


def sums_table(order: Order, shares: Sequence[TaxShare], more: Sequence[tuple[str, int]] = ()) -> str:
    """Return the table of what an order's total is made of.

    Args:
        order: The order.
        shares: Its tax shares.
        more: What is written below, each with an amount in minor units.
    """
    rows = (*_sums(order, shares), *((label, minor, "") for label, minor in more))
    return '<div class="table"><table class="sums" aria-label="Total"><tbody>{}</tbody></table></div>'.format(
        "".join(
            f'<tr{f' class="{mark}"' if mark else ""}><th scope="row">{escape(label[:1].upper() + label[1:])}</th>'
            f'<td class="n">{_amount(order, minor)}</td></tr>'
            for label, minor, mark in rows
        )
    )


def tax_table(order: Order, shares: Sequence[TaxShare]) -> str:
    """Return the table of net, tax and gross of each rate, or "" if nothing is taxed."""
    if not any(share.rate for share in shares):
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(f"{share.label} {share.rate}\N{NO-BREAK SPACE}%") if share.rate else "Without tax"}</th>'
        + "".join(
            f'<td class="n">{_amount(order, minor)}</td>' for minor in (share.net_minor, share.tax_minor, share.gross_minor)
        )
        + "</tr>"
        for share in shares
    )
    return (
        '<div class="table"><table><thead><tr><th scope="col">Rate</th><th scope="col" class="n">Net</th>'
        '<th scope="col" class="n">Tax</th><th scope="col" class="n">Gross</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
