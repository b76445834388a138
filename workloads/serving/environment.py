"""The environment variables of the server, besides those that MLServer reads itself."""

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict  # pyright: ignore[reportMissingImports]


class Serving(BaseSettings):
    """What the server accepts, and how it computes and ends: `SERVING_...`."""

    model_config = SettingsConfigDict(env_prefix="SERVING_", frozen=True)

    request_bytes: PositiveInt | None = Field(default=None, description="largest body after decompression; then 413")
    request_seconds: PositiveFloat | None = Field(default=None, description="longest time to an answer; then 504")
    requests: PositiveInt | None = Field(default=None, description="most requests in the server; then 503")
    predictions: PositiveInt = Field(default=1, description="predictions at the same time, a thread each")
    warm_up: str | None = Field(default=None, description="file in the model's folder with a request to begin with")
    keep_alive_seconds: PositiveInt = Field(default=5, description="how long an idle connection is kept")
    finish_seconds: PositiveInt | None = Field(default=None, description="time that requests have left after SIGTERM")
    flush_seconds: PositiveFloat = Field(default=10, description="time that captures have left after that")


class Captures(BaseSettings):
    """What is captured, and in which form: `CAPTURE_...`; lists are JSON."""

    model_config = SettingsConfigDict(env_prefix="CAPTURE_", frozen=True)

    stream: str | None = Field(default=None, description="stream of InferenceCapture; none: nothing is captured")
    sampling_parameter: str | None = Field(default=None, description="its parameter of model to percentage")
    refresh_seconds: float = Field(default=60, ge=0, description="how old what is known of the parameter may be")
    queue_bytes: PositiveInt = Field(default=32 << 20, description="most memory of requests that wait for the stream")
    columns: tuple[str, ...] | None = Field(default=None, description="input columns that are captured; none: all")
    hashed: tuple[str, ...] = Field(default=(), description="columns of which an HMAC-SHA256 is captured")
    masked: tuple[str, ...] = Field(default=(), description="columns of which only is captured if there is a value")
    key_secret: str | None = Field(default=None, description="ARN of the secret with the key of the HMAC")
