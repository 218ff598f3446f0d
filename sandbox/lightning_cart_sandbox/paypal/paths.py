"""The operations of PayPal's API, imitated here or not (PayPal: REST reference)."""

from lightning_cart_sandbox.known_paths import KnownPaths

PATHS = KnownPaths("""
DELETE,GET:
    v1/notifications/webhooks-lookup/* v3/vault/payment-tokens/*
DELETE,GET,PATCH:
    v1/notifications/webhooks/*
GET:
    v1/billing/subscriptions/*/transactions v1/customer/disputes v1/notifications/webhooks-event-types
    v1/notifications/webhooks-events v1/notifications/webhooks-events/* v1/notifications/webhooks/*/event-types
    v1/reporting/balances v1/reporting/transactions v2/payments/authorizations/* v2/payments/captures/*
    v2/payments/refunds/* v3/vault/setup-tokens/*
GET,PATCH:
    v1/billing/plans/* v1/billing/subscriptions/* v1/catalogs/products/* v1/customer/disputes/* v2/checkout/orders/*
GET,POST:
    v1/billing/plans v1/billing/subscriptions v1/catalogs/products v1/notifications/webhooks
    v1/notifications/webhooks-lookup v3/vault/payment-tokens
PATCH:
    v2/checkout/orders/*/trackers/*
POST:
    v1/billing/plans/*/activate v1/billing/plans/*/deactivate v1/billing/plans/*/update-pricing-schemes
    v1/billing/subscriptions/*/activate v1/billing/subscriptions/*/cancel v1/billing/subscriptions/*/capture
    v1/billing/subscriptions/*/revise v1/billing/subscriptions/*/suspend v1/customer/disputes/*/accept-claim
    v1/customer/disputes/*/accept-offer v1/customer/disputes/*/acknowledge-return-item v1/customer/disputes/*/adjudicate
    v1/customer/disputes/*/appeal v1/customer/disputes/*/deny-offer v1/customer/disputes/*/escalate
    v1/customer/disputes/*/make-offer v1/customer/disputes/*/provide-evidence
    v1/customer/disputes/*/provide-supporting-info v1/customer/disputes/*/require-evidence
    v1/customer/disputes/*/send-message v1/notifications/simulate-event v1/notifications/verify-webhook-signature
    v1/notifications/webhooks-events/*/resend v1/oauth2/token v2/checkout/orders v2/checkout/orders/*/authorize
    v2/checkout/orders/*/capture v2/checkout/orders/*/confirm-payment-source v2/checkout/orders/*/track
    v2/payments/authorizations/*/capture v2/payments/authorizations/*/reauthorize v2/payments/authorizations/*/void
    v2/payments/captures/*/refund v3/vault/setup-tokens
""")
