"""JSON: the format that the service documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn, TypeAlias, cast

from ..errors import DecodeError, EncodeError
from ..limits import TOO_DEEP, Limits
from ..problems import Problem, format_value, rules
from ..problems.rules import Rule
from ..tree import Fields, Node, Path, RoundedNumber, guard_stack
from .bounds import check_bounds, text_problem
from .fronts import front_of
from .protocol import Document, Kind
from .text import decode_error, encode_pieces, lone_surrogate, read_text

__all__ = [
    "decode",
    "encode",
    "kind",
    "locate",
    "locate_json",
    "media_types",
    "name",
    "sniff",
    "spell",
    "suffixes",
    "value_end",
]

name: Final = "json"
kind: Final[Kind] = "typed"
suffixes: Final = (".json",)
media_types: Final = ("application/json", "text/json")
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]|NaN|-?Infinity|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?', re.DOTALL
)
_CUT: Final = re.compile(r"[\\\w.+-]*+[ \t\r\n]*+\Z")
"""The end of a body that was cut short: nothing, or the beginning of a value."""
_SHOWN: Final = 50
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_MOST_DIGITS: Final = 640  # the lowest limit on digits that an interpreter can be set to
_SHORT_NUMBER = re.compile(r"-?(?=[0-9.]{1,16}\Z)[0-9]++\.[0-9]++\Z")
"""Matches a number of at most 15 digits without an exponent, which a float can always hold."""
_DEPTH_CHANGES: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def sniff(head: bytes) -> bool:
    """Return whether a body starts with a brace or a bracket."""
    return head.lstrip(b" \t\r\n")[:1] in (b"{", b"[")


class _RefusedNumberError(ValueError):
    pass


def _refuse_constant(constant: str) -> NoReturn:
    raise _RefusedNumberError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _RefusedNumberError(digits)
    return number if _SHORT_NUMBER.match(digits) or _is_exact(digits, number) else RoundedNumber.of(digits)


def _is_exact(digits: str, number: float) -> bool:
    """Return whether a float has exactly the value of the digits from which it was read."""
    try:
        return Decimal(digits) == Decimal(repr(number))
    except InvalidOperation:  # an exponent of many digits
        return False


_DECODER = json.JSONDecoder(object_pairs_hook=Fields, parse_constant=_refuse_constant, parse_float=_finite)


def decode(data: bytes | str, limits: Limits) -> Document:
    """Decode JSON to a tree.

    Raises:
        DecodeError: the encoding or the syntax is wrong, JSON does not allow a number, there is a lone surrogate, or a
            limit is exceeded.
    """
    text, problems = read_text(data, name)
    most = 2 * limits.records + limits.depth
    if text.count("{") + text.count("[") > most:
        _Faults(text, limits).check_containers(most)
    try:
        guard_stack(text)
        root = cast(Node, _DECODER.decode(text))
    except json.JSONDecodeError as error:
        raise _Faults(text, limits).of_syntax(error) from None
    except _RefusedNumberError as error:
        raise _Faults(text, limits).of_number(str(error)) from None
    except ValueError:  # the interpreter's limit on the digits of an integer
        raise _Faults(text, limits).of_number(None) from None
    except RecursionError:
        raise _Faults(text, limits).of_depth() from None
    exceeded = check_bounds(root, limits, surrogates=_ESCAPED_SURROGATE.search(text) is not None)
    if exceeded is not None:
        raise _Faults(text, limits).of_bounds(*exceeded)
    return Document(root, problems)


class _Faults:
    """What is wrong with a text, and where."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._limits = limits

    def check_containers(self, most: int) -> None:
        """Count arrays and objects exactly, after a quick count that may include brackets in strings."""
        for token in self._tokens():
            most -= _DEPTH_CHANGES.get(token[0]) == 1
            if most < 0:
                raise self._error(rules.TOO_MANY_RECORDS, self._limits.passed("records"), token.start())

    def _tokens(self) -> Iterator[re.Match[str]]:
        """Return brackets, braces and numbers that are not in strings."""
        return (token for token in _TOKEN.finditer(self._text) if token[0][0] != '"')

    def _error(self, rule: Rule, message: str, index: int) -> DecodeError:
        return decode_error(name, rule, message, self._text, index)

    def of_syntax(self, error: json.JSONDecodeError) -> DecodeError:
        """Return the error for a text that is not well-formed, in words that name its likely cause."""
        text, message = self._text, error.msg.lower()
        start = _end(_BLANK, text, 0)
        front = front_of(text)
        if front or error.pos == start or text[start] not in "{[":
            got = front or f"expected an object or an array, got {format_value(text[start : start + _SHOWN])}"
            return self._error(rules.JSON_SYNTAX, f"invalid JSON: {got}", start)
        if error.msg == "Extra data":
            message = _after_body(text[error.pos : error.pos + _SHOWN])
        elif error.msg.startswith("Unterminated"):
            message = "the body ends in the middle of a string, which starts here"
        elif error.msg.startswith("Invalid control"):
            message = "a line end or another control character in a string, which is not escaped"
        elif error.msg.startswith("Expecting property name") and text[error.pos : error.pos + 1] == "'":
            message = "a name in single quotes, as Python prints a dict; save the text of the response"
        elif _CUT.match(text, error.pos):
            message = "the body ends before its last array or object is closed"
        return self._error(rules.JSON_SYNTAX, f"invalid JSON: {message}", error.pos)

    def of_number(self, spelling: str | None) -> DecodeError:
        """Return the error for the first number with a spelling. With None, it is the first with too many digits."""
        token = next(
            token
            for token in self._tokens()
            if token[0] == spelling
            or (spelling is None and len(token[0]) > _MOST_DIGITS and token[0].lstrip("-").isdigit())
        )
        message = f"expected a number that JSON allows and that can be held, got {format_value(token[0])}"
        return self._error(rules.JSON_NUMBER, message, token.start())

    def of_bounds(self, problem: Problem, path: Path) -> DecodeError:
        """Return the error for a node that exceeds a limit, or has half of a surrogate pair."""
        if problem.rule is rules.TOO_DEEP:
            return self.of_depth()
        try:
            line, column = locate_json(self._text, [path])[path]
        except RecursionError:  # before this location, the text is nested more deeply than the decoder can go
            return self.of_depth()
        return DecodeError(replace(problem, line=line, column=column), name)

    def of_depth(self) -> DecodeError:
        """Return the error for the first bracket that is too deep."""
        depth = 0
        for token in self._tokens():
            depth += _DEPTH_CHANGES.get(token[0], 0)
            if depth > self._limits.depth:
                return self._error(rules.TOO_DEEP, self._limits.passed("depth"), token.start())
        return self._error(rules.TOO_DEEP, TOO_DEEP, 0)


def _after_body(rest: str) -> str:
    if rest[0] in "{[":
        return "another body after the first; `jq -c .` writes one on each line, which is JSON Lines (.jsonl)"
    return "a comma after the body" if rest[0] == "," else "something after the body"


_CHUNK: Final = 1000


def encode(root: Node) -> bytes:
    """Write a tree as compact JSON in UTF-8.

    Raises:
        EncodeError: JSON cannot represent a string or a number in the tree, or it is nested too deeply.
    """
    problem = Problem.of(rules.CANNOT_CARRY, "a number or the depth of nesting cannot be written as JSON")
    try:
        return encode_pieces(_pieces(root))
    except UnicodeEncodeError:
        problem = text_problem(root, lone_surrogate, "JSON") or problem
    except (ValueError, RecursionError):
        pass
    raise EncodeError(problem, name)


def _pieces(root: Node) -> Iterator[str]:
    """Return the JSON of a tree in pieces: one for each member of the root, several for an array in it."""
    if not isinstance(root, Fields):
        yield spell(root)
        return
    for position, (key, value) in enumerate(root.pairs):
        yield f"{',' if position else '{'}{spell(key)}:"
        if isinstance(value, list) and value:
            for start in range(0, len(value), _CHUNK):
                yield "," if start else "["
                yield spell(value[start : start + _CHUNK])[1:-1]
            yield "]"
        else:
            yield spell(value)
    yield "}" if root.pairs else "{}"


def spell(node: Node) -> str:
    """Return a node as JSON.

    Raises:
        ValueError: JSON does not allow a number, such as NaN.
        RecursionError: the node is nested too deeply.
    """
    return _encode(node)


def _as_dict(fields: Fields) -> dict[str, Node]:
    return dict(fields.pairs)


_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_as_dict, allow_nan=False).encode


_Trie: TypeAlias = "dict[int, _Trie]"
_BLANK: Final = re.compile(r"[ \t\r\n]*+")
_NAME: Final = re.compile(r'"(?:[^"\\]|\\.)*+"[ \t\r\n]*+:[ \t\r\n]*+')
"""The name of a member, up to its value."""
_NEXT: Final = re.compile(r"[ \t\r\n]*+,?[ \t\r\n]*+")
"""The separator between two members."""
_PLAIN_ITEM: Final = re.compile(rf'(?:"[^"\\]*+"|[^"\[\]{{}},]++){_NEXT.pattern}')
"""A plain string, a number or a word, up to the next member."""
_PLAIN_MEMBER: Final = re.compile(_NAME.pattern + _PLAIN_ITEM.pattern)
_SCANNER: Final = json.JSONDecoder(object_pairs_hook=len)


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the lines and columns of nodes in a body that `decode` has accepted."""
    return locate_json(read_text(data, name)[0], paths)


def locate_json(text: str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the lines and columns, both from 1, of nodes in a JSON text that has been decoded before.

    The location of an object's member is its name, that of an array's member its value.
    """
    trie: _Trie = {}
    wanted = set(paths)
    for path in wanted:
        branch = trie
        for step in path:
            branch = branch.setdefault(step, {})
    begin = _end(_BLANK, text, 0)
    starts: dict[Path, int] = {(): begin}
    if trie:
        _walk(text, begin, trie, (), starts)
    return _lines_and_columns(text, {path: starts[path] for path in wanted if path in starts})


def _end(pattern: re.Pattern[str], text: str, index: int) -> int:
    return cast("re.Match[str]", pattern.match(text, index)).end()


def _skip_value(text: str, index: int) -> int:
    """Return the index after a value of any size, which the decoder's C code reads."""
    return _SCANNER.raw_decode(text, index)[1]


def value_end(text: bytes) -> int | None:
    """Return the offset after the first value of a text.

    Returns:
        The offset. It is greater than the length of the text if the value may end after it. None if the text does not
        begin with a value.
    """
    characters = text.decode("iso-8859-1")  # one for each byte
    try:
        return _skip_value(characters, 0)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        return len(text) + 1 if is_cut else None
    except (ValueError, RecursionError):
        return None


def _walk(text: str, index: int, trie: _Trie, path: Path, starts: dict[Path, int]) -> int:
    """Add the start of each wanted member of the array or object at an index, and return the index after it."""
    begin = index
    named = text[index] == "{"
    plain = _PLAIN_MEMBER if named else _PLAIN_ITEM
    left = len(trie)
    position = 0
    index = _end(_BLANK, text, index + 1)
    while left:
        if text[index] in "]}":
            return index + 1
        branch = trie.get(position)
        if branch is not None:
            left -= 1
            starts[(*path, position)] = index
        found = None if branch else plain.match(text, index)
        if found:
            index = found.end()
        else:
            index = _end(_NAME, text, index) if named else index
            index = _walk(text, index, branch, (*path, position), starts) if branch else _skip_value(text, index)
            index = _end(_NEXT, text, index)
        position += 1
    return _skip_value(text, begin) if path else index


def _lines_and_columns(text: str, starts: dict[Path, int]) -> dict[Path, tuple[int, int]]:
    """Convert indexes to lines and columns, counting the line ends of the text once."""
    locations: dict[Path, tuple[int, int]] = {}
    line, counted = 1, 0
    for path, start in sorted(starts.items(), key=lambda item: item[1]):
        line += text.count("\n", counted, start)
        counted = start
        locations[path] = line, start - text.rfind("\n", 0, start)
    return locations
