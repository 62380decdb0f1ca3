from collections.abc import Mapping
from contextlib import AbstractContextManager

def set(values: Mapping[str, object]) -> AbstractContextManager[object]: ...  # noqa: A001
