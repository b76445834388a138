"""Says what is wrong with settings: the path, the value, what is allowed."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, StringConstraints, ValidationError

Location = tuple[str | int, ...]
_WORDS: dict[str, str] = {}
"""Pattern of a text to how it is said to a user."""


def like(pattern: str, words: str) -> StringConstraints:
    """A constraint on a text, and what to call it."""
    _WORDS[pattern] = words
    return StringConstraints(pattern=pattern)


LONG = 12  # more allowed names than this are not listed where one of them is near to what was written


class Finding(NamedTuple):
    """A wrong setting: its path with dots, empty for all of them, and what is wrong, to be written after the path."""

    path: str
    text: str


def close(name: str, known: Iterable[str], least: float = 0.6) -> list[str]:
    """The known name that a misspelt one most resembles, whatever its case; none if none is near."""
    by_lower = {one.lower(): one for one in known}
    return [by_lower[found] for found in get_close_matches(name.lower(), by_lower, 1, least)]


def nearest(name: str, known: Iterable[str], least: float = 0.6) -> str:
    """The end of a message that offers the known name nearest to a misspelt one; empty if none is near."""
    return "".join(f"; did you mean {found}?" for found in close(name, known, least))


def explain(error: ValidationError, model: type[BaseModel], prefix: str) -> Iterator[str]:
    """A line for each wrong setting."""
    for path, text in findings(error, model):
        yield f"{prefix}:{path}{text}" if path else text


def findings(error: ValidationError, model: type[BaseModel]) -> Iterator[Finding]:
    """Every wrong setting; pydantic's own words where they say what is allowed."""
    details = error.errors(include_url=False)
    for detail in details:
        loc = detail["loc"]
        if any(other["loc"][: len(loc)] == loc and other["loc"] != loc for other in details if loc):
            continue  # only follows from what is wrong inside
        _, path, kind = _walk(model, loc)
        if not path:
            yield Finding("", detail["msg"].removeprefix("Value error, "))
        elif detail["type"] == "extra_forbidden":
            yield Finding(path, _extra(kind, str(loc[-1]), _fields_at(model, loc[:-1])))
        elif detail["type"] == "missing":
            yield Finding(path, f": missing; {_add(model, loc)}")
        elif detail["input"] is None:
            yield Finding(path, f": has no value; {_add(model, loc)}")
        elif loc[-1] == "[key]":
            yield Finding(path, f": {_allowed(detail).replace('allowed', 'allowed as a name', 1)}")
        else:
            yield Finding(path, f" = {shown(detail['input'])}: {_allowed(detail)}")


def _extra(kind: tuple[type[BaseModel], str] | None, name: str, fields: dict[str, Any]) -> str:
    """What to say of a setting that there is none of."""
    # Of several kinds of settings: why this one has no use for it.
    why = f"would be ignored: {kind[1]} {_doing(kind[0])}" if kind else "no such setting"
    hint = "" if kind else nearest(name, fields)
    allowed = "" if hint and len(fields) > LONG else f"; allowed here: {', '.join(fields)}"
    return f": {why}{allowed}{hint}"


def _add(model: type[BaseModel], loc: Location) -> str:
    """What to add where a setting or its value is missing."""
    field = _fields_at(model, loc[:-1]).get(str(loc[-1]))
    return f"add {(field and field.description) or 'it'}"


def shown(value: Any) -> str:
    """A value as the user wrote it, cut where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _allowed(detail: Any) -> str:
    if words := _WORDS.get(str(detail.get("ctx", {}).get("pattern"))):
        return f"allowed: {words}"
    if detail["type"] == "string_type":
        return "allowed: a text; put a number in quotes"
    choices = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
    return detail["msg"][0].lower() + detail["msg"][1:] + nearest(str(detail["input"]), choices)


def _doing(model: type[BaseModel]) -> str:
    """What a kind of settings does, as its documentation begins."""
    text = (model.__doc__ or "").partition("\n")[0].rstrip(".")
    return text[:1].lower() + text[1:]


def _fields_at(model: type[BaseModel], loc: Location) -> dict[str, Any]:
    """The fields, by alias, of the model that a location lies in; empty where there is none."""
    return _fields(_walk(model, loc)[0])


def _walk(model: type[BaseModel], loc: Location) -> tuple[Any, str, tuple[type[BaseModel], str] | None]:
    """What is at a location, its path as the user wrote it, and which of several kinds it is in, if there are."""
    annotation: Any = model
    path, kind = [], None
    for part in loc:
        if found := _member(annotation, part):
            # Which of several kinds it is: pydantic says that in the location, the user did not write it there.
            annotation, kind = found, (found, str(part))
            continue
        if part == "[key]":
            continue  # pydantic's mark for the name itself, which the part before already is
        path.append(str(part))
        # A part that is no field is a key of a mapping, whose value type the annotation already names.
        field = _fields(annotation).get(str(part))
        kind = None if field else kind
        annotation = field.annotation if field else annotation
    return annotation, ".".join(path), kind


def _member(annotation: Any, part: str | int) -> type[BaseModel] | None:
    """The one of several models that has this text as a literal, its kind."""
    models = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    fields = [(one, field) for one in models for field in one.model_fields.values()]
    kinds = {text: one for one, field in fields for text in get_args(field.annotation) if isinstance(text, str)}
    return kinds.get(str(part)) if len(models) > 1 else None


def _fields(annotation: Any) -> dict[str, Any]:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return {str(field.alias): field for field in candidate.model_fields.values()}
    return {}
