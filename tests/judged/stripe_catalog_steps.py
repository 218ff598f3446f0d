"""Steps of the tour: what a payment page collects, what a shop sells, customers, and payments through the API."""

from judged.stripe_client import LINK, TourClient

_CUSTOM_FIELDS = {
    "custom_fields[0][key]": "engraving",
    "custom_fields[0][label][type]": "custom",
    "custom_fields[0][label][custom]": "Engraving",
    "custom_fields[0][type]": "text",
    "custom_fields[1][key]": "size",
    "custom_fields[1][label][type]": "custom",
    "custom_fields[1][label][custom]": "Size",
    "custom_fields[1][type]": "dropdown",
    "custom_fields[1][dropdown][options][0][label]": "Large",
    "custom_fields[1][dropdown][options][0][value]": "l",
    "custom_fields[2][key]": "floor",
    "custom_fields[2][label][type]": "custom",
    "custom_fields[2][label][custom]": "Floor",
    "custom_fields[2][type]": "numeric",
    "custom_fields[2][optional]": "true",
}
_SWITCHES = {
    "adaptive_pricing[enabled]": "false",
    "after_expiration[recovery][enabled]": "false",
    "automatic_tax[enabled]": "false",
    "excluded_payment_method_types[0]": "klarna",
    "invoice_creation[enabled]": "false",
    "managed_payments[enabled]": "false",
    "saved_payment_method_options[payment_method_save]": "disabled",
    "wallet_options[link][display]": "never",
}
_OF_LINKS = ("billing_address", "consent", "custom", "name_collection", "phone", "shipping_address", "tax_id", "managed")
_BUYER = {
    "billing_same": "on",
    "custom_engraving": "Ada",
    "custom_floor": "3",
    "custom_size": "l",
    "business_name": "Analytical Engines SL",
    "individual_name": "Ada Lovelace",
    "phone": "+34 600 123 456",
    "shipping_city": "Madrid",
    "shipping_country": "ES",
    "shipping_line1": "Calle Mayor 1",
    "shipping_name": "Ada Lovelace",
    "shipping_postal_code": "28013",
    "shipping_state": "M",
    "tax_id": "DE123456789",
    "terms": "on",
}


def collecting_sessions(client: TourClient) -> None:
    """Collect everything that a payment page can ask for."""
    options = {
        "allow_promotion_codes": "true",
        "billing_address_collection": "required",
        "consent_collection[terms_of_service]": "required",
        "custom_text[submit][message]": "Thank you",
        "customer_creation": "always",
        "name_collection[individual][enabled]": "true",
        "phone_number_collection[enabled]": "true",
        "shipping_address_collection[allowed_countries][0]": "ES",
        "shipping_options[0][shipping_rate_data][display_name]": "Post",
        "shipping_options[0][shipping_rate_data][fixed_amount][amount]": "300",
        "shipping_options[0][shipping_rate_data][fixed_amount][currency]": "usd",
        "shipping_options[0][shipping_rate_data][delivery_estimate][maximum][unit]": "business_day",
        "shipping_options[0][shipping_rate_data][delivery_estimate][maximum][value]": "3",
        "tax_id_collection[enabled]": "true",
        **_CUSTOM_FIELDS,
        **_SWITCHES,
    }
    client.post("coupons", percent_off="10", duration="once", id="TEN")
    client.post("promotion_codes", code="TEN", **{"promotion[type]": "coupon", "promotion[coupon]": "TEN"})
    session = client.session(**options)
    rate = session["shipping_options"][0]["shipping_rate"]
    answer = client.pay(session, **_BUYER, shipping_option=rate, promotion_code="TEN")
    assert answer.status_code == 303, answer.text
    client.session(**{"discounts[0][coupon]": "TEN"})
    client.post("payment_links", **LINK, **{name: options[name] for name in options if name.startswith(_OF_LINKS)})


def shipping_rates(client: TourClient) -> None:
    amount = {"fixed_amount[amount]": "500", "fixed_amount[currency]": "usd"}
    rate = client.post("shipping_rates", display_name="Courier", type="fixed_amount", **amount)["id"]
    client.post(f"shipping_rates/{rate}", active="false")


def catalog(client: TourClient) -> None:
    amount = {"currency": "usd", "unit_amount": "1500"}
    product = client.post("products", name="Mug", description="Blue", **{"marketing_features[0][name]": "Large"})["id"]
    client.post("prices", product=product, lookup_key="mug", **amount)
    yearly = client.post("prices", product=product, **amount, **{"recurring[interval]": "year"})["id"]
    client.post(f"prices/{yearly}", nickname="Yearly")
    client.post(f"products/{product}", active="false", default_price=yearly)
    client.api("DELETE", f"products/{client.post('products', name='Cup')['id']}")
    coupon = client.post("coupons", duration="repeating", duration_in_months="3", amount_off="100", currency="usd")["id"]
    client.post(f"coupons/{coupon}", name="Welcome")
    code = client.post("promotion_codes", **{"promotion[type]": "coupon", "promotion[coupon]": coupon})["id"]
    client.post(f"promotion_codes/{code}", active="false")
    client.api("DELETE", f"coupons/{coupon}")


def customers(client: TourClient) -> None:
    address = {"address[line1]": "Calle 1", "address[country]": "ES"}
    customer = client.post("customers", email="a@b.co", name="Ada", **address)["id"]
    method = client.post("payment_methods", type="card", **{"card[token]": "tok_visa"})["id"]
    client.post(f"payment_methods/{method}/attach", customer=customer)
    client.get("payment_methods", customer=customer)
    client.post(f"payment_methods/{method}", **{"billing_details[name]": "Ada"})
    client.post(f"customers/{customer}", description="A buyer", **{"invoice_settings[default_payment_method]": method})
    client.session(customer=customer)
    client.post(f"payment_methods/{method}/detach")
    client.api("DELETE", f"customers/{client.post('customers')['id']}")


def payment_intents(client: TourClient) -> None:
    amount = {"amount": "2000", "currency": "usd"}
    now = {**amount, "confirm": "true", "return_url": "https://shop.test/ok"}
    client.post("payment_intents", **now, payment_method="pm_card_visa", receipt_email="a@b.co")
    client.api("POST", "payment_intents", {**now, "payment_method": "pm_card_chargeDeclined"})
    client.post("payment_intents", **now, payment_method="pm_card_authenticationRequired")
    for end in ("capture", "cancel"):
        held = client.post("payment_intents", **now, payment_method="pm_card_visa", capture_method="manual")["id"]
        client.post(f"payment_intents/{held}/{end}")
    part = client.post("payment_intents", **now, payment_method="pm_card_visa", capture_method="manual")["id"]
    client.post(f"payment_intents/{part}/capture", amount_to_capture="500")
    later = client.post("payment_intents", **amount)["id"]
    delivery = {"shipping[name]": "Ada", "shipping[address][line1]": "Calle Mayor 1"}
    client.post(f"payment_intents/{later}", description="Mug", **{"metadata[a]": "b"}, **delivery)
    client.api("POST", f"payment_intents/{later}/confirm")
    client.post(f"payment_intents/{later}/confirm", payment_method="pm_card_mastercard")


def setup_intents(client: TourClient) -> None:
    customer = client.post("customers", email="a@b.co")["id"]
    now = {"customer": customer, "confirm": "true", "return_url": "https://shop.test/ok"}
    client.post("setup_intents", **now, payment_method="pm_card_visa", usage="on_session")
    client.api("POST", "setup_intents", {**now, "payment_method": "pm_card_chargeDeclined"})
    later = client.post("setup_intents", description="Card")["id"]
    client.api("POST", f"setup_intents/{later}/confirm")
    client.post(f"setup_intents/{later}", customer=customer, **{"metadata[a]": "b"})
    client.post(f"setup_intents/{later}/confirm", payment_method="pm_card_mastercard")
    client.post(f"setup_intents/{client.post('setup_intents')['id']}/cancel", cancellation_reason="abandoned")
