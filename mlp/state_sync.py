"""Holds a stack of a real account while the engine changes it, and uploads its state in the background.

The engine saves its state before and after each resource. In S3 each save takes several requests and uploads the whole
state; in a folder it takes milliseconds. So the engine works on a copy in a folder, and the newest state goes to the
bucket at most every `SECONDS`. After a crash of the engine, of `mlp` or of the machine the copy is newer than the
bucket, and the next change on this machine uploads it first. docs/state.md says what each crash loses.
"""

import _thread
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError, ClientError

from mlp.places import SessionError
from mlp.state_bucket import ForeignWrite
from mlp.state_copy import Say, StateCopy, replace
from sandbox import claims

SECONDS = 5.0
"""Pause between two uploads while the engine works: what the bucket can lack if this machine is lost."""
TRIES = 6
"""Attempts of the last upload, with pauses of 1, 2, 4, 8 and 16 s, beside the retries of boto3 itself."""
NO_ANSWER = (BotoCoreError, ClientError, OSError)


class _Uploads(threading.Thread):
    """Uploads the newest state again and again until it is stopped; never two at a time."""

    def __init__(self, copy: StateCopy) -> None:
        super().__init__(daemon=True)
        self.copy, self.stopping, self.foreign = copy, threading.Event(), False

    def run(self) -> None:
        """Upload until stopped, or until another program has written the state: then end the engine in order."""
        while not self.stopping.wait(SECONDS):
            try:
                self.copy.upload()
            except ForeignWrite:
                self.foreign = True
                return _thread.interrupt_main(signal.SIGTERM)
            except NO_ANSWER:
                continue  # the copy has it all; the last upload reports what is still wrong
        return None

    def finish(self) -> SessionError | None:
        """Stop, and upload what is left; what prevents it."""
        self.stopping.set()
        self.join()
        error: Exception | None = None
        for number in range(TRIES):
            if self.foreign:
                break
            if number:
                time.sleep(2 ** (number - 1))
            try:
                self.copy.upload()
                return self._history()
            except ForeignWrite:
                self.foreign = True
            except NO_ANSWER as failed:
                error = failed
        return self.copy.conflict() if self.foreign else self._kept(error)

    def _history(self) -> None:
        with suppress(*NO_ANSWER):  # what is left goes with the next change
            self.copy.send_history()

    def _kept(self, error: Exception | None) -> SessionError:
        stack = self.copy.bucket.stack
        return SessionError(
            f"the state of {stack} could not be uploaded: {error}\nNothing is lost: it is in {self.copy.root}, and the "
            f"stack stays locked. Run `mlp up {stack}` on this machine once the bucket can be reached."
        )


@contextmanager
def changing(copy: StateCopy, unlock: str, say: Say) -> Iterator[None]:
    """Hold a stack while the engine changes its copy: it stays locked until the bucket has the newest state.

    Args:
        copy: The copy.
        unlock: The command that removes a lock whose holder has died.
        say: Called with a line for the user when something had to be made good.

    Raises:
        SessionError: The stack is locked, bucket and copy have both changed, or the state could not be uploaded.
    """
    stack = copy.bucket.stack
    copy.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy.root.chmod(0o700)
    if not (lock := claims.claim(copy.root / "lock")):
        raise SessionError(f"another `mlp` on this machine is changing {stack}; wait until it has ended")
    with lock:
        copy.drop_dead_locks()
        try:
            with _locked(copy, unlock):
                copy.catch_up(say)
        except (BotoCoreError, ClientError) as error:
            raise SessionError(
                f"the state of {stack} in {copy.bucket.bucket} cannot be used: {error}; nothing was changed"
            ) from None
        uploads = _Uploads(copy)
        uploads.start()
        try:
            yield
        finally:
            problem = uploads.finish()
            _unlock(copy)
            if problem:
                raise problem


@contextmanager
def _locked(copy: StateCopy, unlock: str) -> Iterator[None]:
    """Lock the stack in the bucket, and keep it locked unless something fails.

    A dead `mlp` of this machine may have left its lock, which is used again. As in Pulumi: look for locks, write one,
    and look again, because another program may have written one at the same time.
    """
    file = copy.root / "lock-name"
    name = file.read_text() if file.exists() else f"{uuid.uuid4()}.json"
    _refuse_locked(copy, unlock, name)
    replace(file, name.encode())
    try:
        copy.bucket.lock(name)
        _refuse_locked(copy, unlock, name)
        yield
    except BaseException:
        with suppress(*NO_ANSWER):
            _unlock(copy)
        raise


def _unlock(copy: StateCopy) -> None:
    """Unlock the stack, unless only this machine has its newest state."""
    if copy.ahead:
        return
    file = copy.root / "lock-name"
    copy.bucket.unlock(file.read_text())
    file.unlink()


def _refuse_locked(copy: StateCopy, unlock: str, ours: str) -> None:
    others = [holder for name, holder in copy.bucket.locks().items() if name != ours]
    if others:
        holder, stack = others[0], copy.bucket.stack
        raise SessionError(
            f"{stack} is locked by {holder['username']}@{holder['hostname']} (process {holder['pid']}) since "
            f"{holder['timestamp']}; wait until that change has ended.\nIf its process has died, run `mlp up {stack}` "
            f"on {holder['hostname']}, which has the newest state. If that machine is lost, remove the lock with\n"
            f"  {unlock}\nand go on from the bucket's state; it lacks at most the last {SECONDS:.0f} s and one upload."
        )
