# ruff: noqa: E402 - Django's models can be imported only after its settings are made
"""dj-stripe, set up as its documentation says: it reads the account, sells, hears of it by webhooks, refunds, and syncs.

`python dj_stripe.py STRIPE_ROOT KEY` prints its steps.
"""

import io
import logging
import sys
import threading
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
import stripe
from buyer import pay
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from reporting import check, step

MODELS = (
    "BalanceTransaction",
    "Charge",
    "Coupon",
    "Customer",
    "Dispute",
    "Event",
    "Invoice",
    "PaymentIntent",
    "PaymentMethod",
    "Price",
    "Product",
    "PromotionCode",
    "Refund",
    "Session",
    "ShippingRate",
    "Subscription",
    "WebhookEndpoint",
)


class Quiet(WSGIRequestHandler):
    """A handler that logs nothing."""

    def log_message(self, *_: object) -> None:
        """Do nothing."""


stripe.api_base, key = sys.argv[1:]
folder = TemporaryDirectory()
settings.configure(
    SECRET_KEY="of-a-trial",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="__main__",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(folder.name) / "shop.db"),
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},  # webhooks are handled by a thread of their own
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "djstripe"],
    MIGRATION_MODULES={"auth": None, "contenttypes": None, "djstripe": None},  # making the tables takes seconds, not minutes
    STRIPE_TEST_SECRET_KEY=key,
    STRIPE_LIVE_MODE=False,
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
)
logging.disable()
django.setup()

from django.contrib.auth.models import User
from djstripe import models
from djstripe.settings import djstripe_settings

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
call_command("migrate", run_syncdb=True, verbosity=0)
user = User.objects.create_user("ada", "ada@example.com")

with step("reads the account of its key"):
    models.Account.get_default_account()
with step("creates a webhook endpoint"):
    number = str(uuid.uuid4())
    made = models.WebhookEndpoint._api_create(
        url=f"http://127.0.0.1:{server.server_port}/stripe/webhook/{number}/",
        api_version=djstripe_settings.STRIPE_API_VERSION,
        enabled_events=["*"],
        metadata={"djstripe_uuid": number},
    )
    endpoint = models.WebhookEndpoint.sync_from_stripe_data(made)
    endpoint.secret = made["secret"]
    endpoint.djstripe_uuid = number
    endpoint.save()
with step("creates a customer for a user"):
    customer, _ = models.Customer.get_or_create(subscriber=user)
with step("creates a product and a price"):
    product = models.Product.sync_from_stripe_data(models.Product._api_create(name="Mug"))
    price = models.Price.create(product=product.id, unit_amount=12.5, currency="usd")
with step("sells at a Checkout Session"):
    session = stripe.checkout.Session.create(
        api_key=key,
        stripe_version=djstripe_settings.STRIPE_API_VERSION,
        mode="payment",
        customer=customer.id,
        success_url="https://shop.example/thanks",
        line_items=[{"price": price.id, "quantity": 1}],
    )
    pay(session.url)
with step("hears of the sale by signed webhooks"):
    triggers = models.WebhookEventTrigger.objects
    check([one.exception for one in triggers.exclude(exception="")], [])
    check(triggers.filter(event__type="checkout.session.completed").count(), 1)
    check(models.Session.objects.get(id=session.id).payment_status, "paid")
with step("has the charge of the sale"):
    charge = models.Charge.objects.get()
    check((charge.amount, charge.paid), (12.5, True))
with step("refunds the charge"):
    refund = charge.refund()
    check((refund.status, refund.amount), ("succeeded", 1250))
with step("adds a payment method to the customer"):
    customer.add_payment_method("pm_card_visa")
with step("reads its customer again"):
    customer.api_retrieve()
for model in MODELS:
    with step(f"syncs every {model}"):
        printed = io.StringIO()
        call_command("djstripe_sync_models", model, fail_on_error=False, stdout=printed, stderr=printed)
        failed = [line for line in printed.getvalue().splitlines() if "rror" in line or "ailed" in line]
        check(failed, [])
server.shutdown()
