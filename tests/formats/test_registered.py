"""Formats that are registered in another process, too."""

from __future__ import annotations

from typing import cast

import pytest

from bevparse.formats import Format, get, known, load_registered, register, registered, registry_restored

from .. import yaml_format

NAME = yaml_format.__name__


def test_registered_format_is_known_by_its_module() -> None:
    with registry_restored():
        register(cast(Format, yaml_format))

        assert ("yaml", NAME) in registered()


def test_format_is_registered_by_its_module_once() -> None:
    with registry_restored():
        load_registered([("yaml", NAME)])
        format = get("yaml")
        load_registered([("yaml", NAME), ("yaml", "")])

        assert get("yaml") is format


def test_format_that_is_no_module_is_refused() -> None:
    with registry_restored():
        with pytest.raises(TypeError, match="own"):
            load_registered([("own", "")])

        assert "own" not in known()
