"""Says what is wrong with settings: the path, the value, what is allowed."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, StringConstraints, ValidationError

Location = tuple[str | int, ...]
_WORDS: dict[str, str] = {}
"""Pattern of a text to how it is said to a user."""


def like(pattern: str, words: str) -> StringConstraints:
    """A constraint on a text, and what to call it."""
    _WORDS[pattern] = words
    return StringConstraints(pattern=pattern)


def explain(error: ValidationError, model: type[BaseModel], prefix: str) -> Iterator[str]:
    """A line for each wrong setting; pydantic's own words where they say what is allowed."""
    details = error.errors(include_url=False)
    for detail in details:
        loc = detail["loc"]
        if any(other["loc"][: len(loc)] == loc and other["loc"] != loc for other in details if loc):
            continue  # only follows from what is wrong inside
        _, path, kind = _walk(model, loc)
        if not path:
            yield detail["msg"].removeprefix("Value error, ")
        elif detail["type"] == "extra_forbidden":
            # Of several kinds of settings: why this one has no use for it.
            why = f"would be ignored: {kind[1]} {_doing(kind[0])}" if kind else "no such setting"
            yield f"{prefix}:{path}: {why}; allowed here: {', '.join(_fields_at(model, loc[:-1]))}"
        elif detail["type"] == "missing":
            field = _fields_at(model, loc[:-1]).get(str(loc[-1]))
            yield f"{prefix}:{path}: missing; add {(field and field.description) or 'it'}"
        else:
            yield f"{prefix}:{path} = {shown(detail['input'])}: {_allowed(detail)}"


def shown(value: Any) -> str:
    """A value as the user wrote it, cut where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _allowed(detail: Any) -> str:
    if words := _WORDS.get(str(detail.get("ctx", {}).get("pattern"))):
        return f"allowed: {words}"
    if detail["type"] == "string_type":
        return "allowed: a text; put a number in quotes"
    return detail["msg"][0].lower() + detail["msg"][1:]


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
