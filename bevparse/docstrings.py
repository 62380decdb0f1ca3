"""The docstrings of model fields, used as the descriptions of the fields.

pydantic can do the same (`use_attribute_docstrings`), but parses the source of a module again for each of its models.
That took half of the time of importing the models. Here one regular expression finds all docstrings.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Sequence
from inspect import cleandoc
from typing import Final

from pydantic import BaseModel, ConfigDict

__all__ = ["describe"]

_CLASS: Final = re.compile(r"^class (\w+)", re.MULTILINE)
_FIELD: Final = re.compile(r'^    (\w+): .+\n    """((?:[^"]|"(?!""))*+)"""', re.MULTILINE)


def describe(models: Sequence[type[BaseModel]]) -> None:
    """Set the description of each field of the models to its docstring. Each field must be written on one line.

    pydantic builds these models when they are first used. Classes that a program derives from them are built at once,
    and pydantic itself reads their docstrings.

    Args:
        models: models of one module, declared with `defer_build`. A base class comes before its subclasses.
    """
    module = sys.modules[models[0].__module__]
    lines = linecache.getlines(
        module.__file__ or "", vars(module)
    )  # reads the file if the loader has no get_source, as pytest's
    _, *parts = _CLASS.split("".join(lines))  # an application may be packed without its source
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    for model in models:
        fields = model.__pydantic_fields__
        for base in model.__mro__[::-1]:
            for name, text in _FIELD.findall(texts.get(base.__name__, "")):
                if name in fields:
                    fields[name].description = cleandoc(text)
        model.model_config.update(ConfigDict(defer_build=False, use_attribute_docstrings=True))
