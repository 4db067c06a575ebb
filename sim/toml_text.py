"""Write plain values as TOML: the inverse of `tomllib` for what scenario files hold. It keeps no comments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def document(content: Mapping[str, object]) -> str:
    """Return ``content`` as a TOML text: scalars first, then tables, then arrays of tables, in the order given."""
    lines: list[str] = []
    _table(content, (), lines)
    return "\n".join(lines).strip() + "\n"


def _table(content: Mapping[str, object], path: tuple[str, ...], lines: list[str]) -> None:
    tables = {key: value for key, value in content.items() if isinstance(value, Mapping) and len(path) < 2}
    arrays = {key: value for key, value in content.items() if _is_tables(value) and not path}
    plain = [key for key in content if key not in tables and key not in arrays]
    if path and (plain or not tables):
        lines += ["", "[" + ".".join(_key(part) for part in path) + "]"]
    lines += [f"{_key(key)} = {inline(content[key])}" for key in plain]
    for key, value in tables.items():
        _table(value, (*path, key), lines)
    for key, items in arrays.items():
        for item in items:  # type: ignore[attr-defined]
            lines += ["", f"[[{_key(key)}]]", *(f"{_key(k)} = {inline(v)}" for k, v in item.items())]


def inline(value: object) -> str:
    """Return one value as TOML writes it on a line. Raises: TypeError for what TOML cannot hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        safe = value.encode("utf-8", "replace").decode("utf-8")
        return json.dumps(safe, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {inline(v)}" for k, v in value.items()) + " }"
    raise TypeError(f"TOML has no form for {type(value).__name__}")


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if _BARE.match(key) else inline(key)
