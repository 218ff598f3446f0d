"""The discount codes that the demo adds to its own shop, as `lightning-cart codes add` does."""

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.storage.code_store import CodeChange, CodeStore
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.codes import save_codes
from lightning_cart.usecases.engine import Engine

FREE_CODE = "GIFT"
"""Makes goods and delivery free, and says that an order may come to nothing."""
_CODES = (
    Code("SPRING", 0, CodeTerms(percent="10")),
    Code(FREE_CODE, 0, CodeTerms(percent="100", free_delivery=True, free=True)),
)


async def add_codes(engine: Engine) -> None:
    """Add the codes of the demo, unless an earlier run with the same database did.

    Args:
        engine: The demo's own engine.
    """
    change = CodeChange(Operator("demo"), f"log_{engine.ports.new_id()}", engine.now())
    await save_codes(CodeStore(engine.ports.database), _CODES, change, replace=False)
