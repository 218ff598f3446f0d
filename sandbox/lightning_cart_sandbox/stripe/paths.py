"""The operations of Stripe's API below `/v1`, imitated here or not (Stripe: API reference)."""

from lightning_cart_sandbox.known_paths import KnownPaths

PATHS = KnownPaths("""
DELETE:
    customers/*/discount ephemeral_keys/* subscriptions/*/discount
DELETE,GET:
    apple_pay/domains/* customers/*/tax_ids/* products/*/features/* radar/value_list_items/* tax_ids/*
    test_helpers/test_clocks/*
DELETE,GET,POST:
    accounts/* accounts/*/external_accounts/* accounts/*/persons/* coupons/* customers/* customers/*/sources/*
    invoiceitems/* invoices/* plans/* products/* radar/value_lists/* subscription_items/* subscriptions/*
    terminal/configurations/* terminal/locations/* terminal/readers/* webhook_endpoints/*
GET:
    account accounts/*/capabilities application_fees application_fees/* apps/secrets/find balance balance_transactions
    balance_transactions/* billing/alerts/* billing/credit_balance_summary billing/credit_balance_transactions
    billing/credit_balance_transactions/* billing/meters/*/event_summaries charges/search checkout/sessions/*/line_items
    climate/products climate/products/* climate/suppliers climate/suppliers/* confirmation_tokens/* country_specs
    country_specs/* credit_notes/*/lines credit_notes/preview credit_notes/preview/lines
    customers/*/cash_balance_transactions customers/*/cash_balance_transactions/* customers/*/payment_methods
    customers/*/payment_methods/* customers/search disputes entitlements/active_entitlements
    entitlements/active_entitlements/* events events/* exchange_rates exchange_rates/* files/*
    financial_connections/accounts financial_connections/accounts/* financial_connections/accounts/*/owners
    financial_connections/sessions/* financial_connections/transactions financial_connections/transactions/*
    forwarding/requests/* identity/verification_reports identity/verification_reports/* invoice_payments
    invoice_payments/* invoice_rendering_templates invoice_rendering_templates/* invoices/*/lines invoices/search
    issuing/authorizations issuing/physical_bundles issuing/physical_bundles/* issuing/tokens issuing/transactions
    mandates/* payment_attempt_records payment_attempt_records/* payment_intents/*/amount_details_line_items
    payment_intents/search payment_links/*/line_items payment_records payment_records/* prices/search products/search
    quotes/*/computed_upfront_line_items quotes/*/line_items quotes/*/pdf radar/early_fraud_warnings
    radar/early_fraud_warnings/*
    reporting/report_runs/* reporting/report_types reporting/report_types/* reviews reviews/* setup_attempts
    sigma/scheduled_query_runs sigma/scheduled_query_runs/* sources/*/source_transactions subscriptions/search
    tax/associations/find tax/calculations/* tax/calculations/*/line_items tax/locations/* tax/transactions/*
    tax/transactions/*/line_items tax_codes tax_codes/* three_d_secure/authentications/* tokens/*
    treasury/credit_reversals/* treasury/debit_reversals/* treasury/inbound_transfers/* treasury/outbound_payments/*
    treasury/outbound_transfers/* treasury/received_credits treasury/received_credits/* treasury/received_debits
    treasury/received_debits/* treasury/transaction_entries treasury/transaction_entries/* treasury/transactions
    treasury/transactions/*
GET,POST:
    accounts accounts/*/capabilities/* accounts/*/external_accounts accounts/*/persons apple_pay/domains
    application_fees/*/refunds application_fees/*/refunds/* apps/installs apps/installs/* apps/secrets balance_settings
    billing/alerts billing/credit_grants billing/credit_grants/* billing/feedback_options billing/feedback_options/*
    billing/meters billing/meters/* billing_portal/configurations billing_portal/configurations/* charges charges/*
    checkout/sessions checkout/sessions/* climate/orders climate/orders/* coupons credit_notes credit_notes/* customers
    customers/*/balance_transactions customers/*/balance_transactions/* customers/*/cash_balance customers/*/sources
    customers/*/tax_ids disputes/* entitlements/features entitlements/features/* file_links file_links/* files
    forwarding/requests identity/verification_sessions identity/verification_sessions/* invoiceitems invoices
    issuing/authorizations/* issuing/cardholders issuing/cardholders/* issuing/cards issuing/cards/* issuing/disputes
    issuing/disputes/* issuing/personalization_designs issuing/personalization_designs/* issuing/tokens/*
    issuing/transactions/* payment_intents payment_intents/* payment_links payment_links/* payment_method_configurations
    payment_method_configurations/* payment_method_domains payment_method_domains/* payment_methods payment_methods/*
    payouts payouts/* plans prices prices/* product_catalog/trial_offers product_catalog/trial_offers/* products
    products/*/features promotion_codes promotion_codes/* quotes quotes/* radar/value_list_items radar/value_lists
    refunds refunds/* reporting/report_runs setup_intents setup_intents/* shipping_rates shipping_rates/* sources/*
    subscription_items subscription_schedules subscription_schedules/* subscriptions tax/locations tax/registrations
    tax/registrations/* tax/settings tax_ids tax_rates tax_rates/* terminal/configurations terminal/locations
    terminal/readers test_helpers/test_clocks three_d_secure/authentications topups topups/* transfers transfers/*
    transfers/*/reversals transfers/*/reversals/* treasury/credit_reversals treasury/debit_reversals
    treasury/financial_accounts treasury/financial_accounts/* treasury/financial_accounts/*/features
    treasury/inbound_transfers treasury/outbound_payments treasury/outbound_transfers webhook_endpoints
POST:
    account_links account_sessions accounts/*/login_links accounts/*/reject accounts/*/unreject
    apps/installs/*/uninstall apps/secrets/delete billing/alerts/*/activate billing/alerts/*/archive
    billing/alerts/*/deactivate billing/credit_grants/*/expire billing/credit_grants/*/void
    billing/feedback_options/*/deactivate billing/meter_event_adjustments billing/meter_events
    billing/meters/*/deactivate billing/meters/*/reactivate billing_portal/sessions charges/*/capture
    checkout/sessions/*/expire climate/orders/*/cancel credit_notes/*/void customer_sessions
    customers/*/funding_instructions customers/*/sources/*/verify disputes/*/close ephemeral_keys
    financial_connections/accounts/*/disconnect financial_connections/accounts/*/refresh
    financial_connections/accounts/*/subscribe financial_connections/accounts/*/unsubscribe
    financial_connections/sessions identity/verification_sessions/*/cancel identity/verification_sessions/*/redact
    invoice_rendering_templates/*/archive invoice_rendering_templates/*/unarchive invoices/*/add_lines
    invoices/*/attach_payment invoices/*/finalize invoices/*/lines/* invoices/*/mark_uncollectible invoices/*/pay
    invoices/*/remove_lines invoices/*/send invoices/*/update_lines invoices/*/void invoices/create_preview
    issuing/authorizations/*/approve issuing/authorizations/*/decline issuing/disputes/*/submit
    payment_intents/*/apply_customer_balance payment_intents/*/cancel payment_intents/*/capture
    payment_intents/*/confirm payment_intents/*/increment_authorization payment_intents/*/verify_microdeposits
    payment_method_domains/*/validate payment_methods/*/attach payment_methods/*/detach
    payment_records/*/report_payment_attempt payment_records/*/report_payment_attempt_canceled
    payment_records/*/report_payment_attempt_failed payment_records/*/report_payment_attempt_guaranteed
    payment_records/*/report_payment_attempt_informational payment_records/*/report_refund
    payment_records/report_payment payouts/*/cancel payouts/*/reverse quotes/*/accept quotes/*/cancel quotes/*/finalize
    radar/payment_evaluations refunds/*/cancel reviews/*/approve setup_intents/*/cancel setup_intents/*/confirm
    setup_intents/*/verify_microdeposits sources sources/*/verify subscription_schedules/*/cancel
    subscription_schedules/*/release subscriptions/*/migrate subscriptions/*/pause subscriptions/*/resume
    tax/calculations tax/transactions/create_from_calculation tax/transactions/create_reversal
    terminal/connection_tokens terminal/onboarding_links terminal/readers/*/cancel_action
    terminal/readers/*/collect_inputs terminal/readers/*/collect_payment_method
    terminal/readers/*/confirm_payment_intent terminal/readers/*/process_payment_intent
    terminal/readers/*/process_setup_intent terminal/readers/*/refund_payment terminal/readers/*/set_reader_display
    test_helpers/confirmation_tokens test_helpers/customers/*/fund_cash_balance test_helpers/issuing/authorizations
    test_helpers/issuing/authorizations/*/capture test_helpers/issuing/authorizations/*/expire
    test_helpers/issuing/authorizations/*/finalize_amount test_helpers/issuing/authorizations/*/fraud_challenges/respond
    test_helpers/issuing/authorizations/*/increment test_helpers/issuing/authorizations/*/reverse
    test_helpers/issuing/cards/*/shipping/deliver test_helpers/issuing/cards/*/shipping/fail
    test_helpers/issuing/cards/*/shipping/return test_helpers/issuing/cards/*/shipping/ship
    test_helpers/issuing/cards/*/shipping/submit test_helpers/issuing/personalization_designs/*/activate
    test_helpers/issuing/personalization_designs/*/deactivate test_helpers/issuing/personalization_designs/*/reject
    test_helpers/issuing/transactions/*/refund test_helpers/issuing/transactions/create_force_capture
    test_helpers/issuing/transactions/create_unlinked_refund test_helpers/refunds/*/expire
    test_helpers/terminal/readers/*/present_payment_method test_helpers/terminal/readers/*/succeed_input_collection
    test_helpers/terminal/readers/*/timeout_input_collection test_helpers/test_clocks/*/advance
    test_helpers/treasury/inbound_transfers/*/fail test_helpers/treasury/inbound_transfers/*/return
    test_helpers/treasury/inbound_transfers/*/succeed test_helpers/treasury/outbound_payments/*
    test_helpers/treasury/outbound_payments/*/fail test_helpers/treasury/outbound_payments/*/post
    test_helpers/treasury/outbound_payments/*/return test_helpers/treasury/outbound_transfers/*
    test_helpers/treasury/outbound_transfers/*/fail test_helpers/treasury/outbound_transfers/*/post
    test_helpers/treasury/outbound_transfers/*/return test_helpers/treasury/received_credits
    test_helpers/treasury/received_debits three_d_secure/authentications/*/cancel
    three_d_secure/authentications/*/submit tokens topups/*/cancel treasury/financial_accounts/*/close
    treasury/inbound_transfers/*/cancel treasury/outbound_payments/*/cancel treasury/outbound_transfers/*/cancel
""")
