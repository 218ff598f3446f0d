"""The operations of Square's API below `/v2`, imitated here or not (Square: API reference)."""

from lightning_cart_sandbox.known_paths import KnownPaths

PATHS = KnownPaths("""
DELETE:
    customers/*/cards/* invoices/*/attachments/* subscriptions/*/actions/*
DELETE,GET:
    catalog/object/* disputes/*/evidence/* loyalty/rewards/*
DELETE,GET,POST:
    customers/*/custom-attributes/* locations/*/custom-attributes/* merchants/*/custom-attributes/*
    orders/*/custom-attributes/* sites/*/snippet
DELETE,GET,PUT:
    bookings/*/custom-attributes/* bookings/custom-attribute-definitions/* customers/*
    customers/custom-attribute-definitions/* customers/groups/* invoices/* labor/break-types/* labor/shifts/*
    labor/timecards/* locations/custom-attribute-definitions/* merchants/custom-attribute-definitions/*
    online-checkout/payment-links/* orders/custom-attribute-definitions/* webhooks/subscriptions/*
DELETE,PUT:
    customers/*/groups/*
GET:
    bank-accounts bank-accounts/* bank-accounts/by-v1-id/* bookings/*/custom-attributes
    bookings/business-booking-profile bookings/location-booking-profiles bookings/location-booking-profiles/*
    bookings/team-member-booking-profiles bookings/team-member-booking-profiles/* cards/* cash-drawers/shifts
    cash-drawers/shifts/* cash-drawers/shifts/*/events catalog/info catalog/list customers/*/custom-attributes
    customers/segments customers/segments/* devices devices/* devices/codes/* disputes disputes/* disputes/*/evidence
    employees employees/* events/types gift-cards/* inventory/* inventory/*/changes inventory/adjustment/*
    inventory/adjustments/* inventory/physical-count/* inventory/physical-counts/* inventory/transfers/*
    labor/employee-wages labor/employee-wages/* labor/team-member-wages labor/team-member-wages/* labor/workweek-configs
    locations/*/custom-attributes locations/*/transactions locations/*/transactions/* loyalty/accounts/*
    loyalty/programs loyalty/programs/* loyalty/programs/*/promotions/* merchants merchants/*
    merchants/*/custom-attributes orders/*/custom-attributes payouts payouts/* payouts/*/payout-entries refunds/* sites
    subscriptions/*/events terminals/actions/* terminals/checkouts/* terminals/refunds/* webhooks/event-types
GET,POST:
    bookings bookings/custom-attribute-definitions cards customers customers/custom-attribute-definitions
    customers/groups devices/codes gift-cards gift-cards/activities invoices labor/break-types locations
    locations/custom-attribute-definitions loyalty/programs/*/promotions merchants/custom-attribute-definitions
    online-checkout/payment-links orders/custom-attribute-definitions payments refunds team-members/jobs
    webhooks/subscriptions
GET,PUT:
    bookings/* labor/scheduled-shifts/* locations/* online-checkout/location-settings/*
    online-checkout/merchant-settings orders/* payments/* subscriptions/* team-members/* team-members/*/wage-setting
    team-members/jobs/* vendors/*
POST:
    apple-pay/domains bookings/*/cancel bookings/availability/search bookings/bulk-retrieve
    bookings/custom-attributes/bulk-delete bookings/custom-attributes/bulk-upsert
    bookings/team-member-booking-profiles/bulk-retrieve cards/*/disable catalog/batch-delete catalog/batch-retrieve
    catalog/batch-upsert catalog/images catalog/object catalog/search catalog/search-catalog-items
    catalog/update-item-modifier-lists catalog/update-item-taxes customers/*/cards customers/bulk-create
    customers/bulk-delete customers/bulk-retrieve customers/bulk-update customers/custom-attributes/bulk-upsert
    customers/search disputes/*/accept disputes/*/evidence-files disputes/*/evidence-text disputes/*/submit-evidence
    events gift-cards/*/link-customer gift-cards/*/unlink-customer gift-cards/from-gan gift-cards/from-nonce
    inventory/batch-change inventory/batch-retrieve-changes inventory/batch-retrieve-counts
    inventory/changes/batch-create inventory/changes/batch-retrieve inventory/counts/batch-retrieve
    invoices/*/attachments invoices/*/cancel invoices/*/publish invoices/search labor/scheduled-shifts
    labor/scheduled-shifts/*/publish labor/scheduled-shifts/bulk-publish labor/scheduled-shifts/search labor/shifts
    labor/shifts/search labor/timecards labor/timecards/search locations/*/checkouts locations/*/transactions/*/capture
    locations/*/transactions/*/void locations/custom-attributes/bulk-delete locations/custom-attributes/bulk-upsert
    loyalty/accounts loyalty/accounts/*/accumulate loyalty/accounts/*/adjust loyalty/accounts/search
    loyalty/events/search loyalty/programs/*/calculate loyalty/programs/*/promotions/*/cancel loyalty/rewards
    loyalty/rewards/*/redeem loyalty/rewards/search merchants/custom-attributes/bulk-delete
    merchants/custom-attributes/bulk-upsert orders orders/*/pay orders/batch-retrieve orders/calculate orders/clone
    orders/custom-attributes/bulk-delete orders/custom-attributes/bulk-upsert orders/search payments/*/cancel
    payments/*/complete payments/cancel subscriptions subscriptions/*/billing-anchor subscriptions/*/cancel
    subscriptions/*/pause subscriptions/*/resume subscriptions/*/swap-plan subscriptions/bulk-swap-plan
    subscriptions/search team-members team-members/bulk-create team-members/bulk-update team-members/search
    terminals/actions terminals/actions/*/cancel terminals/actions/*/dismiss terminals/actions/search
    terminals/checkouts terminals/checkouts/*/cancel terminals/checkouts/*/dismiss terminals/checkouts/search
    terminals/refunds terminals/refunds/*/cancel terminals/refunds/*/dismiss terminals/refunds/search
    vendors/bulk-create vendors/bulk-retrieve vendors/create vendors/search webhooks/subscriptions/*/signature-key
    webhooks/subscriptions/*/test
PUT:
    catalog/images/* events/disable events/enable labor/workweek-configs/* vendors/bulk-update
""")
