"""The reference of a version: the data that it was trained on, where that is known."""

from typing import Any

from workloads.drift import store, tables
from workloads.drift.profile import Profile, profile

ROWS = 40_000
"""Rows of a reference that are looked at, a random sample: half of them choose the bins, half are counted."""


class References:
    """Profiles of references; a file is read again only when another has taken its place."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._known: dict[tuple[str, str | None], tuple[str, Profile]] = {}

    def of(self, uri: str, version: str, time: str | None = None) -> Profile:
        """The reference of a version: the newest file in `<uri>/<version>/`, else the newest in `<uri>/` itself.

        Args:
            uri: `s3://` URI of the model's folder.
            version: Version whose captures are judged.
            time: Column with the time of a row. Default: none.

        Raises:
            ValueError: There is none, or it cannot be read.
        """
        bucket, prefix = store.split(uri)
        found = tables.files(self._s3, uri)
        own, above = f"{prefix.rstrip('/')}/{version}/", f"{prefix.rstrip('/')}/"
        # What lies in the folder of another version was not this one's training data.
        places = [[one for one in found if one["Key"].startswith(own)]]
        places.append([one for one in found if "/" not in one["Key"].removeprefix(above)])
        file = next((place[0] for place in places if place), None)
        if file is None:
            raise ValueError(
                f"{uri} has no .csv or .parquet file for version {version}; put the data that it was trained on in"
                f" {uri}/{version}/, or the data of all versions in {uri}/"
            )
        key, tag = (f"s3://{bucket}/{file['Key']}", time), file["ETag"]
        if self._known.get(key, ("",))[0] != tag:
            rows = tables.sample(tables.parts(self._s3, bucket, file), ROWS)
            self._known[key] = tag, profile(key[0], rows, time)
        return self._known[key][1]
