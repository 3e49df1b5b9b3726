"""Cuts one value after another from a file of JSON, whatever its size: only the value at hand is in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from ..errors import LoadRefused
from .unpack import BLOCK_BYTES, UnpackedFile

MAX_VALUE_LENGTH = 16 << 20  # Characters of one record.
DIGITS = "-+.0123456789eE"
WHITE_SPACE = " \t\r\n\x1e"  # Sequences of JSON texts (RFC 7464) begin each with a record separator.


class Number(str):
    """A number of JSON, as it is written."""

    __slots__ = ()


class JsonReader:
    """A place in a file of JSON that moves forward. Use it as a context; its methods raise LoadRefused for what is not JSON.

    `strict`: keep numbers as they are written, and refuse a key that occurs twice; otherwise values are read as fast as possible.
    """

    def __init__(self, file: UnpackedFile, strict: bool) -> None:
        self.file = file
        self.text, self.at, self.line, self.ended = "", 0, 1, False
        pairs = without_repeated_keys if strict else None
        self.decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant)

    def __enter__(self) -> JsonReader:
        self.source = self.file.path.open(encoding="utf-8-sig", newline="")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.source.close()

    @property
    def line_here(self) -> int:
        """The number of the line in which the reader stands."""
        return self.line + self.text.count("\n", 0, self.at)

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self.at < len(self.text):
                if (character := self.text[self.at]) not in WHITE_SPACE:
                    return character
                self.at += 1
            if not self._more():
                return ""

    def value(self) -> Any:
        """The value here, after which the reader then stands."""
        first = self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                # The value may only go on beyond what was read.
                if len(self.text) - self.at > MAX_VALUE_LENGTH or _is_final(error) or not self._more():
                    raise self._invalid(error) from error
                continue
            if first not in DIGITS or self.text[end : end + 1] not in DIGITS or not self._more():  # The digits of a number may go on.
                self.at = end
                return value

    def items(self) -> Iterator[None]:
        """Stop before each item of the list here. Take each, with `value` for example, before asking for the next."""
        self._expect("[")
        yield from self._separated("]")

    def members(self) -> Iterator[str]:
        """The keys of the object here. Stops before each value, as `items` does."""
        self._expect("{")
        for _ in self._separated("}"):
            if self.peek() != '"':
                raise self._unexpected("a key in quotation marks")
            key = self.value()
            self._expect(":")
            yield key

    def _separated(self, end: str) -> Iterator[None]:
        if self.peek() == end:
            self.at += 1
            return
        while True:
            yield
            if self.peek() == end:
                self.at += 1
                return
            self._expect(",", f"a comma or {end}")

    def _expect(self, character: str, words: str = "") -> None:
        if self.peek() != character:
            raise self._unexpected(words or character)
        self.at += 1

    def _more(self) -> bool:
        """Read on, and forget what lies behind. False at the end of the file."""
        if not (block := self.source.read(max(BLOCK_BYTES, len(self.text) - self.at))):
            return False
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + block, 0
        return True

    def _unexpected(self, words: str) -> LoadRefused:
        found = self.peek()
        line = self.line_here
        if not found:
            return self.file.refusal(f"is not complete: it ends in line {line}, where {words} should follow")
        return self.file.refusal(f"is not valid JSON: line {line} has {self.text[self.at : self.at + 20]!r} where {words} should be")

    def _invalid(self, error: Exception) -> LoadRefused:
        line = self.line_here
        if isinstance(error, _RepeatedKey):
            return self.file.refusal(f"has {error}, in the value that begins in line {line}; rename or remove one of the two")
        if not isinstance(error, json.JSONDecodeError):
            reason = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
            return self.file.refusal(f"is not valid JSON: the value that begins in line {line}: {reason}")
        if error.pos >= len(self.text.rstrip()) or error.msg.startswith("Unterminated string"):
            if len(self.text) - self.at <= MAX_VALUE_LENGTH:
                return self.file.refusal(f"is not complete: the value that begins in line {line} has no end")
            size = MAX_VALUE_LENGTH >> 20
            return self.file.refusal(f"has a value of more than {size} MB, which begins in line {line}; save the file as a list of records")
        place = line + self.text.count("\n", self.at, error.pos)
        near = self.text[error.pos : error.pos + 20]
        return self.file.refusal(f"is not valid JSON: line {place}, at {near!r}: {error.msg[0].lower()}{error.msg[1:]}")


class _Final(ValueError):
    """A fault that reading on does not mend."""


class _RepeatedKey(_Final):
    """An object with a key that occurs twice, which is valid JSON."""


def _is_final(error: Exception) -> bool:
    return isinstance(error, (_Final, RecursionError))


def _refuse_constant(constant: str) -> None:
    raise _Final(f"{constant} is not a value of JSON; write null for what is not known")


def without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. Raises ValueError for a key that occurs twice: the second value would hide the first."""
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKey(f"the key {next(key for key in keys if keys.count(key) > 1)!r} twice in one object")
    return value


def as_written(value: object) -> str:
    """A value as JSON, its numbers as the file has them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{as_written(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_written, value)) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value)
