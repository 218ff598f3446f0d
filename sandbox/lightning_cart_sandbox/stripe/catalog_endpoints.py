"""The endpoints of customers, products, prices, coupons, promotion codes, payment and setup intents, and payment methods."""

from lightning_cart_sandbox.endpoint import Endpoint
from lightning_cart_sandbox.stripe import catalog_parameters as c
from lightning_cart_sandbox.stripe import intent_parameters as i
from lightning_cart_sandbox.stripe import setup_parameters as s
from lightning_cart_sandbox.stripe.account import StripeCall
from lightning_cart_sandbox.stripe.coupons import (
    create_coupon,
    create_promotion_code,
    current_coupon,
    delete_coupon,
    list_coupons,
    update_coupon,
    update_promotion_code,
)
from lightning_cart_sandbox.stripe.customer_handlers import (
    create_customer,
    delete_customer,
    list_customers,
    list_sources,
    update_customer,
)
from lightning_cart_sandbox.stripe.handlers import StripeEndpoint, list_of, retrieve, retrieve_intent
from lightning_cart_sandbox.stripe.parameters import NOTHING, RETRIEVE
from lightning_cart_sandbox.stripe.payment_intents import (
    cancel_intent,
    capture_intent,
    confirm_intent,
    create_intent,
    update_intent,
)
from lightning_cart_sandbox.stripe.payment_methods import (
    attach_method,
    create_method,
    detach_method,
    list_methods,
    update_method,
)
from lightning_cart_sandbox.stripe.prices import create_price, list_prices, update_price
from lightning_cart_sandbox.stripe.products import create_product, delete_product, list_products, update_product
from lightning_cart_sandbox.stripe.setup_intents import (
    cancel_setup,
    confirm_setup,
    create_setup,
    update_setup,
)
from lightning_cart_sandbox.types import Json


def _retrieve_coupon(call: StripeCall) -> Json:
    return current_coupon(call.account, call.identifier)


_list_promotion_codes = list_of("promotion_code", "promotion_codes", coupon="promotion.coupon")

CATALOG_ENDPOINTS: tuple[StripeEndpoint, ...] = (
    Endpoint("POST", "customers", c.CUSTOMER_CREATE, create_customer),
    Endpoint("GET", "customers", c.CUSTOMER_LIST, list_customers),
    Endpoint("GET", "customers/*", RETRIEVE, retrieve("customer")),
    Endpoint("POST", "customers/*", c.CUSTOMER_UPDATE, update_customer),
    Endpoint("DELETE", "customers/*", NOTHING, delete_customer),
    Endpoint("GET", "customers/*/sources", c.SOURCE_LIST, list_sources),
    Endpoint("GET", "customers/*/payment_methods", i.CUSTOMER_METHOD_LIST, list_methods),
    Endpoint("POST", "products", c.PRODUCT_CREATE, create_product),
    Endpoint("GET", "products", c.PRODUCT_LIST, list_products),
    Endpoint("GET", "products/*", RETRIEVE, retrieve("product")),
    Endpoint("POST", "products/*", c.PRODUCT_UPDATE, update_product),
    Endpoint("DELETE", "products/*", NOTHING, delete_product),
    Endpoint("POST", "prices", c.PRICE_CREATE, create_price),
    Endpoint("GET", "prices", c.PRICE_LIST, list_prices),
    Endpoint("GET", "prices/*", RETRIEVE, retrieve("price")),
    Endpoint("POST", "prices/*", c.PRICE_UPDATE, update_price),
    Endpoint("POST", "coupons", c.COUPON_CREATE, create_coupon),
    Endpoint("GET", "coupons", c.COUPON_LIST, list_coupons),
    Endpoint("GET", "coupons/*", RETRIEVE, _retrieve_coupon),
    Endpoint("POST", "coupons/*", c.COUPON_UPDATE, update_coupon),
    Endpoint("DELETE", "coupons/*", NOTHING, delete_coupon),
    Endpoint("POST", "promotion_codes", c.PROMOTION_CODE_CREATE, create_promotion_code),
    Endpoint("GET", "promotion_codes", c.PROMOTION_CODE_LIST, _list_promotion_codes),
    Endpoint("GET", "promotion_codes/*", RETRIEVE, retrieve("promotion_code")),
    Endpoint("POST", "promotion_codes/*", c.PROMOTION_CODE_UPDATE, update_promotion_code),
    Endpoint("POST", "payment_intents", i.INTENT_CREATE, create_intent),
    Endpoint("GET", "payment_intents", i.INTENT_LIST, list_of("payment_intent", "payment_intents")),
    Endpoint("GET", "payment_intents/*", i.INTENT_RETRIEVE, retrieve_intent("payment_intent", "PaymentIntent")),
    Endpoint("POST", "payment_intents/*", i.INTENT_UPDATE, update_intent),
    Endpoint("POST", "payment_intents/*/confirm", i.INTENT_CONFIRM, confirm_intent),
    Endpoint("POST", "payment_intents/*/capture", i.INTENT_CAPTURE, capture_intent),
    Endpoint("POST", "payment_intents/*/cancel", i.INTENT_CANCEL, cancel_intent),
    Endpoint("POST", "setup_intents", s.SETUP_CREATE, create_setup),
    Endpoint("GET", "setup_intents", s.SETUP_LIST, list_of("setup_intent", "setup_intents")),
    Endpoint("GET", "setup_intents/*", s.SETUP_RETRIEVE, retrieve_intent("setup_intent", "SetupIntent")),
    Endpoint("POST", "setup_intents/*", s.SETUP_UPDATE, update_setup),
    Endpoint("POST", "setup_intents/*/confirm", s.SETUP_CONFIRM, confirm_setup),
    Endpoint("POST", "setup_intents/*/cancel", s.SETUP_CANCEL, cancel_setup),
    Endpoint("POST", "payment_methods", i.METHOD_CREATE, create_method),
    Endpoint("GET", "payment_methods", i.METHOD_LIST, list_methods),
    Endpoint("GET", "payment_methods/*", RETRIEVE, retrieve("payment_method")),
    Endpoint("POST", "payment_methods/*", i.METHOD_UPDATE, update_method),
    Endpoint("POST", "payment_methods/*/attach", i.METHOD_ATTACH, attach_method),
    Endpoint("POST", "payment_methods/*/detach", RETRIEVE, detach_method),
)
