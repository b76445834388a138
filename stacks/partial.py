"""Settings of which some are wrong, for the rules that need only the others."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from stacks.explain import close

M = TypeVar("M", bound=BaseModel)


class UnknownError(Exception):
    """A rule asked for a setting that is wrong, so it cannot be judged."""


class _Unknown:
    """In place of a setting that is wrong: whatever asks for its value raises `UnknownError`."""

    def _refuse(self, *_: Any) -> Any:
        raise UnknownError

    __getattr__ = __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _refuse
    __iter__ = __len__ = __contains__ = __getitem__ = __str__ = __format__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse


UNKNOWN: Any = _Unknown()


def partial(model: type[M], values: Mapping[str, Any]) -> M:
    """The model with everything that is right, defaults where nothing is given, and `UNKNOWN` for the rest."""
    fields = {str(field.alias): field for field in model.model_fields.values()}
    # A setting that is only misspelt is there, whatever it says: nobody needs to hear that it is missing, too.
    meant = {name for key in values if key not in fields for name in close(key, fields)}
    found = {}
    for name, field in model.model_fields.items():
        alias = str(field.alias)
        if alias in values:
            annotation: Any = field.annotation
            found[name] = _value(
                Annotated[annotation, *field.metadata] if field.metadata else annotation, values[alias]
            )
        else:
            given = not field.is_required() and alias not in meant
            found[name] = field.get_default(call_default_factory=True) if given else UNKNOWN
    return model.model_construct(**found)


def _value(annotation: Any, value: Any) -> Any:
    try:
        return TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        pass
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(value, Mapping):
        if origin is dict:
            return {key: _value(inner[1], item) for key, item in value.items()}
        choices = [one for one in inner if one is not type(None)] if origin in (Union, UnionType) else [annotation]
        if len(choices) == 1 and isinstance(choices[0], type) and issubclass(choices[0], BaseModel):
            return partial(choices[0], value)
    return UNKNOWN
