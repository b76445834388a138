"""Settings of what watches models for drift."""

from typing import Literal

from pydantic import Field

from stacks._fields import Image, Model, Prefix, Slug


class Measured(Model):
    """What is measured of a model's predictions as soon as their true outcomes are known."""

    output: str = Field(min_length=1, description="output that is the prediction, such as predict_proba")
    kind: Literal["classifier", "regression"] = Field(default="classifier", description="what the model is")
    positive: str = Field(default="1", min_length=1, description="true outcome that is the class of the probability")
    least: float = Field(lt=1, description="AUC of a classifier, or R2 of a regression, that it must have at least")
    days: int = Field(default=30, ge=1, le=400, description="days of predictions that are looked at")
    delay_days: int = Field(ge=0, description="days after which the outcome of a prediction is known")
    slices: tuple[str, ...] = Field(
        default=(), max_length=5, description="inputs whose most frequent values are compared with all other rows"
    )


class WatchedModel(Model):
    """A model that is watched; its reference lies in `<prefix>/<model>/` of a store, and true outcomes likewise."""

    store: Slug = Field(description="artifact store of the reference data, and of true outcomes")
    prefix: Prefix = Field(description="prefix of the store with reference data, a folder each model")
    truth: Prefix | None = Field(default=None, description="prefix of the store that true outcomes arrive in")
    threshold: float = Field(default=0.1, gt=0, le=1, description="share of drifted columns that is drift")
    least_distance: float = Field(
        default=0.05, ge=0, lt=0.83, description="Jensen-Shannon distance of a column that matters"
    )
    false_alarms_per_day: float = Field(
        default=0.01, gt=0, le=1, description="share of the days with unchanged data in which a column seems to drift"
    )
    window_hours: int = Field(
        default=168, ge=24, le=672, multiple_of=24, description="hours of predictions that are judged together"
    )
    min_rows: int = Field(default=500, ge=100, description="predictions below which there is no verdict")
    quality: Measured | None = Field(default=None, description="what is measured with true outcomes")
    time_column: str | None = Field(
        default=None, min_length=1, description="column of the reference with the time of a row"
    )


class Drift(Model):
    """What watches models for drift."""

    image: Image = Field(description="image with the platform's programs")
    every_minutes: int = Field(default=60, ge=5, le=1440, description="minutes from one run to the next")
    models: dict[Slug, WatchedModel] = Field(min_length=1, description="model to how it is watched")
