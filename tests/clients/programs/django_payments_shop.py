# ruff: noqa: E402 - Django's models can be imported only after its settings are made
"""A shop with django-payments and its Stripe provider, set up as its documentation says, in one file.

`python django_payments_shop.py STRIPE_ROOT KEY` registers its webhook endpoint, prints its own address, and serves.
"""

import sys
from decimal import Decimal
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
import stripe
from django.apps import AppConfig
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import include, path


class Shop(AppConfig):
    name, label = "__main__", "shop"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


stripe.api_base, key = sys.argv[1:]
server = make_server("127.0.0.1", 0, None, handler_class=Quiet)
origin = f"http://127.0.0.1:{server.server_port}"
stripe.api_key = key
endpoint = stripe.WebhookEndpoint.create(
    url=f"{origin}/payments/process/stripe/",
    enabled_events=[
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
    ],
)
settings.configure(
    SECRET_KEY="of-the-test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="__main__",
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["payments", "__main__.Shop"],
    PAYMENT_HOST=origin.partition("://")[2],
    PAYMENT_USES_SSL=False,
    PAYMENT_MODEL="shop.Payment",
    PAYMENT_VARIANTS={
        "stripe": ("payments.stripe.StripeProviderV3", {"api_key": key, "endpoint_secret": endpoint.secret}),
    },
)
django.setup()

from payments import RedirectNeeded
from payments.models import BasePayment


class Payment(BasePayment):
    class Meta:
        app_label = "shop"

    def get_success_url(self) -> str:
        return f"{origin}/orders/{self.pk}"

    def get_failure_url(self) -> str:
        return f"{origin}/cart"


def show(payment: Payment) -> HttpResponse:
    return JsonResponse({"status": payment.status, "captured": str(payment.captured_amount), "token": payment.token})


def buy(_: HttpRequest) -> HttpResponse:
    payment = Payment.objects.create(
        variant="stripe",
        description="Mug",
        total=Decimal("12.50"),
        currency="USD",
        billing_first_name="Ada",
        billing_last_name="Lovelace",
        billing_email="ada@example.com",
    )
    try:
        payment.get_form()
    except RedirectNeeded as to:
        return HttpResponseRedirect(str(to))
    return HttpResponse("there is no page to pay on", status=500)


def order(_: HttpRequest, number: int) -> HttpResponse:
    return show(Payment.objects.get(pk=number))


def refund(_: HttpRequest, number: int) -> HttpResponse:
    payment = Payment.objects.get(pk=number)
    payment.refund()
    return show(payment)


urlpatterns = [
    path("buy", buy),
    path("orders/<int:number>", order),
    path("orders/<int:number>/refund", refund),
    path("payments/", include("payments.urls")),
]
with connection.schema_editor() as editor:
    editor.create_model(Payment)
server.set_app(get_wsgi_application())
print(origin, flush=True)
server.serve_forever()
