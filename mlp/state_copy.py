"""The copy of a stack's state on this machine, which the engine works on, and how it and the bucket become the same."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp.places import SessionError
from mlp.state_bucket import FORMATS, HISTORY, STACKS, Checkpoint, ForeignWrite, StateBucket, locks_of
from sandbox.files import decoded, write_private
from sandbox.processes import runs

Say = Callable[[str], None]


def folder_of(bucket: str, stack: str) -> Path:
    """Where this user's copies of states lie: outside the checkout, so that every checkout finds the newest."""
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "ml-platform" / bucket / stack


@dataclass(frozen=True)
class StateCopy:
    """The copy of one stack's state on this machine.

    Attributes:
        bucket: Where the state belongs.
        root: Folder of the copy; only its user can read it.
    """

    bucket: StateBucket
    root: Path

    @property
    def variables(self) -> dict[str, str]:
        """The variables that lead the engine to the copy."""
        return {
            # Without metadata files, which the engine does not replace atomically.
            "PULUMI_BACKEND_URL": f"file://{self.root}?metadata=skip",
            # The bucket keeps every version.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        }

    @property
    def ahead(self) -> bool:
        """Whether the copy holds changes that the bucket has not confirmed."""
        here = self.read()
        return here is not None and here.digest != self.record.get("digest")

    def read(self) -> Checkpoint | None:
        """The copy's checkpoint."""
        files = [file for format_ in FORMATS if (file := self._path(self.bucket.stack + format_)).is_file()]
        if not files:
            return None
        newest = max(files, key=lambda file: file.stat().st_mtime_ns)
        return Checkpoint(newest.name, newest.read_bytes())

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources in the copy, as the engine's state has them.

        Raises:
            SessionError: It is compressed with zstd, which the standard library cannot read.
        """
        here = self.read()
        return here.resources if here else []

    @property
    def record(self) -> dict[str, Any]:
        """What reached the bucket last: `name`, `etag`, `digest`; `sending` is the digest of an unfinished upload."""
        return decoded(self.root / "uploaded.json")

    def upload(self) -> bool:
        """Bring the bucket up to date; whether it was not.

        Raises:
            ForeignWrite: Another program has written the state meanwhile; it is left alone.
            ClientError: S3 refuses it.
            BotoCoreError: S3 does not answer.
        """
        here, record = self.read(), self.record
        if here is None or here.digest == record.get("digest"):
            return False
        before = record.get("name")
        self._note({**record, "sending": here.digest})
        etag = self.bucket.write(here, record.get("etag") if here.name == before else None)
        self._note_of(Checkpoint(here.name, here.body, etag))
        if before and before != here.name:
            self.bucket.forget(before)
        return True

    def catch_up(self, say: Say) -> None:
        """Make bucket and copy the same before a change, whichever is newer; fetch the other stacks of the project.

        Raises:
            SessionError: Both have changed; the message says how to keep either.
        """
        self._drop_broken(say)
        here, record, names = self.read(), self.record, self.bucket.names()
        mine = {name: etag for name, etag in names.items() if name in self._names}
        name, etag = next(iter(mine.items()), (None, None))
        if here is not None and here.digest != record.get("digest"):
            self._upload_first(here, self.bucket.read(name) if name else None, say)
        elif here is None or etag != record.get("etag"):
            self._take(self.bucket.read(name) if name else None)
        for other in names.keys() - self._names:  # read by references between stacks
            self._write(self.bucket.read(other))

    def send_history(self) -> None:
        """Move what the engine noted about its updates to the bucket, so that `pulumi stack history` finds it."""
        for file in sorted((self.root / HISTORY / self.bucket.stack).glob("*")):
            self.bucket.add_history(file)
            file.unlink()

    def drop_dead_locks(self) -> None:
        """Delete the locks that engines left in the copy.

        Raises:
            SessionError: An engine still runs; it outlived its `mlp`.
        """
        for lock in (self.root / locks_of(self.bucket.stack)).glob("*.json"):
            holder = json.loads(lock.read_text())["pid"]
            if runs(holder, "pulumi"):
                raise SessionError(
                    f"the engine with process id {holder} is still changing {self.bucket.stack}, although its `mlp` "
                    f"has ended; wait until it has ended too, then repeat the command"
                )
            lock.unlink()

    def _upload_first(self, here: Checkpoint, there: Checkpoint | None, say: Say) -> None:
        record, since = self.record, there.etag if there else None
        if there and there.digest == here.digest:
            self._note_of(there)
            return
        if since != record.get("etag") and not (there and there.digest == record.get("sending")):
            raise self._conflict(here.name)
        if there:
            self._note_of(there)
        say(f"the bucket lacks the last change made on this machine; uploading {self._path(here.name)} first")
        try:
            self.upload()
        except ForeignWrite:
            raise self._conflict(here.name) from None

    def conflict(self) -> SessionError:
        """The message when another program has written the state."""
        here = self.read()
        return self._conflict(here.name if here else f"{self.bucket.stack}.json")

    def _conflict(self, name: str) -> SessionError:
        mine, theirs, stack = self._path(name), self.bucket.uri(name), self.bucket.stack
        return SessionError(
            f"the state of {stack} was changed on this machine and in the bucket; nothing was overwritten\n"
            f"  on this machine: {mine}\n"
            f"  in the bucket:   {theirs}\n"
            f"compare both with what the account holds, then keep one:\n"
            f"  the bucket's:    mv '{mine}' '{mine}.mine' && mlp up {stack}\n"
            f"  this machine's:  aws s3 cp '{mine}' '{theirs}' && mlp up {stack}   (the bucket keeps the other version)"
        )

    def _take(self, there: Checkpoint | None) -> None:
        for name in self._names:
            self._path(name).unlink(missing_ok=True)
        self._note({})
        if there:
            self._write(there)
            self._note_of(there)

    def _drop_broken(self, say: Say) -> None:
        """Set a checkpoint aside that a failing disk or machine left half written."""
        here = self.read()
        if here is None:
            return
        try:
            here.parse()
        except SessionError:  # compressed with zstd: not known
            return
        except (ValueError, OSError, EOFError):
            file = self._path(here.name)
            file.rename(file.with_name(f"{file.name}.broken"))
            say(f"{file} is damaged and was renamed to {file.name}.broken; taking the state in the bucket")

    @property
    def _names(self) -> list[str]:
        return [self.bucket.stack + format_ for format_ in FORMATS]

    def _path(self, name: str) -> Path:
        return self.root / STACKS / name

    def _write(self, there: Checkpoint) -> None:
        replace(self._path(there.name), there.body)

    def _note_of(self, there: Checkpoint) -> None:
        self._note({"name": there.name, "etag": there.etag, "digest": there.digest})

    def _note(self, record: dict[str, Any]) -> None:
        replace(self.root / "uploaded.json", json.dumps(record).encode())


def replace(file: Path, content: bytes) -> None:
    """Write a file of the copy, and its folder, so that a power failure leaves the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(file, content, durable=True)
