# JavaScript's globals, as the runtime gives them to Python: untyped.
from typing import Any

def __getattr__(name: str) -> Any: ...
