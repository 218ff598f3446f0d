"""The amounts that Stripe accepts: currencies, minimum, maximum and special units (Stripe: supported currencies)."""

from lightning_cart_sandbox.money import THREE_DECIMAL, display
from lightning_cart_sandbox.stripe.errors import invalid

MAXIMUM = 99_999_999
"""Maximum in minor units. Newer pages allow more for cards; eight digits is the limit of all methods."""

_MINIMUM_50 = "usd eur aud brl cad chf inr nzd sgd zar ars cop idr ils php rub jpy krw"
MINIMUM = dict.fromkeys(_MINIMUM_50.split(), 50) | {
    "aed": 200,
    "czk": 1500,
    "dkk": 250,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "thb": 1000,
}
"""The minimum in minor units, by currency."""
_TWO_DECIMALS_BY_NAME_ONLY = ("isk", "ugx")
_STEPS = dict.fromkeys(_TWO_DECIMALS_BY_NAME_ONLY, 100) | dict.fromkeys(THREE_DECIMAL, 10)

_CODES = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf clp cny "
    "cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod "
    "jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio "
    "nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd "
    "top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw"
)
CURRENCIES = frozenset(_CODES.split())


def check_currency(currency: str, param: str) -> None:
    """Raise unless Stripe supports the currency, given in lower case."""
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency[:10]}. Stripe does not support it.", param)


def check_unit(amount_minor: int, currency: str, param: str) -> None:
    """Raise unless the amount is possible in the currency: multiples of 100 for ISK and UGX, of 10 with three decimals."""
    step = _STEPS.get(currency, 1)
    if amount_minor % step:
        code = "invalid_charge_amount_no_decimal_compatible" if currency in _TWO_DECIMALS_BY_NAME_ONLY else None
        raise invalid(
            f"Invalid amount: in {currency.upper()} the amount must be a multiple of {step} minor units.", param, code
        )


def check_total(amount_minor: int, currency: str) -> None:
    """Raise unless a total can be charged; 0 is accepted."""
    minimum = MINIMUM.get(currency, 1)
    if 0 < amount_minor < minimum:
        raise invalid(
            f"The Checkout Session's total amount must convert to at least {display(minimum, currency)}.",
            code="amount_too_small",
        )
    if amount_minor > MAXIMUM:
        raise invalid(
            f"The Checkout Session's total amount must be no more than {display(MAXIMUM, currency)}.", code="amount_too_large"
        )
