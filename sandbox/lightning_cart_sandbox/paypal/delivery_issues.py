"""The issues about delivery, patches and tracking, with PayPal's sentences (PayPal: Orders v2 errors)."""

DELIVERY_ISSUES: dict[str, tuple[int, str]] = {
    "FIELD_NOT_PATCHABLE": (400, "Field cannot be patched."),
    "INVALID_COUNTRY_CODE": (
        400,
        (
            "Country code is invalid. Please refer to https://developer.paypal.com/api/rest/reference/country-codes/ for "
            "a list of supported country codes."
        ),
    ),
    "TRACKER_ID_NOT_FOUND": (404, "Specified tracker ID does not exist. Check the tracker ID and try again."),
    "AMOUNT_CHANGE_NOT_ALLOWED": (422, "The amount specified is different from the amount authorized by payer."),
    "CAPTURE_ID_NOT_FOUND": (422, "Specified capture ID does not exist. Check the capture ID and try again."),
    "CAPTURE_STATUS_NOT_VALID": (
        422,
        "Invalid capture status. Tracker information can only be added to captures in `COMPLETED` state.",
    ),
    "CITY_REQUIRED": (422, "The specified country requires a city (address.admin_area_2)."),
    "DONATION_ITEMS_NOT_SUPPORTED": (
        422,
        (
            "If 'purchase_unit' has \"DONATION\" as the 'items.category' then the Order can at most have one purchase_unit."
            " Multiple purchase_units are not supported if either of them have at least one items with category as "
            '"DONATION".'
        ),
    ),
    "ITEM_SKU_MISMATCH": (422, "Item sku must match one of the items sku that was provided during order creation."),
    "MISSING_PICKUP_ADDRESS": (422, "A pickup address(`shipping.address`) is required for the provided `shipping.type`."),
    "MSP_NOT_SUPPORTED": (422, "Multiple purchase units are not supported for this operation."),
    "MULTIPLE_ITEM_CATEGORIES": (
        422,
        (
            "For a given 'purchase_unit' the 'items.category' could be either \"PHYSICAL_GOODS\" and/or \"DIGITAL_GOODS\" or "
            'just "DONATION".  \'items.category\' as "DONATION" cannot be combined with items with either "PHYSICAL_GOODS" '
            'or "DIGITAL_GOODS".'
        ),
    ),
    "MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED": (422, "Multiple shipping addresses are not supported."),
    "MULTIPLE_SHIPPING_OPTION_SELECTED": (422, "Only one shipping.option can be set to 'selected = true'."),
    "MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED": (422, "Different `shipping.type` are not supported across purchase units."),
    "PATCH_PATH_REQUIRED": (422, "Please specify a 'path' for the field for which the operation needs to be performed."),
    "POSTAL_CODE_REQUIRED": (422, "The specified country requires a postal code."),
    "PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH": (
        422,
        "The amount provided in the preferred shipping option should match the amount provided in amount breakdown",
    ),
    "SHIPPING_ADDRESS_INVALID": (422, "Provided shipping address is invalid."),
    "SHIPPING_OPTIONS_NOT_SUPPORTED": (
        422,
        (
            "Shipping options are not supported when `shipping.type` is specified or when "
            "'application_context.shipping_preference' is set as 'NO_SHIPPING' or 'SET_PROVIDED_ADDRESS'."
        ),
    ),
    "SHIPPING_OPTION_NOT_SELECTED": (422, "At least one of the shipping.option should be set to 'selected = true'."),
    "SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT": (
        422,
        (
            "The API Caller account is not setup to be able to support a `shipping.type`=`PICKUP_IN_PERSON`. This feature"
            ' is only supported for <a href="https://www.paypal.com/us/business/platforms-and-marketplaces">PayPal '
            "Commerce Platform for Platforms and Marketplaces</a>."
        ),
    ),
    "UNSUPPORTED_PATCH_PARAMETER_VALUE": (422, "The value specified for this field is not currently supported."),
    "UNSUPPORTED_SHIPPING_TYPE": (
        422,
        (
            "The provided `shipping.type` is only supported for "
            "`application_context.shipping_preference`=`SET_PROVIDED_ADDRESS` or `NO_SHIPPING`."
        ),
    ),
}
"""The HTTP status and the description of each issue."""
