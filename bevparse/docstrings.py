"""The docstrings of fields, which become their descriptions.

`use_attribute_docstrings` of pydantic parses the source of a module again for each of its models, which took half of
the time of importing them. Here one expression finds all docstrings.
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
    """Describe the fields of models by their docstrings. The fields must be written on one line each.

    The models are built by pydantic when they are first used. Models that are derived from them are described and built
    when they are made, as if these had been, too.

    Args:
        models: the models of a module that are made with `defer_build`, each after those that it is derived from.
    """
    module = sys.modules[models[0].__module__]
    lines = linecache.getlines(module.__file__ or "", vars(module))  # pytest's loader of a plug-in has no get_source
    _, *parts = _CLASS.split("".join(lines))  # an application may be packed without its source
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    for model in models:
        fields = model.__pydantic_fields__
        for base in model.__mro__[::-1]:
            for name, text in _FIELD.findall(texts.get(base.__name__, "")):
                if name in fields:
                    fields[name].description = cleandoc(text)
        model.model_config.update(ConfigDict(defer_build=False, use_attribute_docstrings=True))
