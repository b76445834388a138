"""Records the event logs of this folder: `python -m tests.mlp.events.record`, with the engine on this machine.

Each is what the real engine wrote (`--event-log`) for a small program on the emulated account: `create` brings it up,
`preview` and `up` change it so that something is created, updated, replaced and deleted, `again` previews it
unchanged, `destroy` deletes it. Of the events only those are kept that say something of a resource or of the end.
"""

import json
import tempfile
from pathlib import Path

from tests.sandbox.conftest import Checkout

HERE = Path(__file__).parent
KEPT = ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent", "policyEvent", "summaryEvent")
PROGRAM = """
import os, pulumi, pulumi_aws as aws
new = os.environ.get("RECORD") == "new"

class Store(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("ml-platform:index:ArtifactStore", name)
        mine = pulumi.ResourceOptions(parent=self)
        tags = {"owner": "them" if new else "us"}
        self.bucket = aws.s3.Bucket(name, bucket=f"{name}-{2 if new else 1}-example", tags=tags, opts=mine)
        on = {"status": "Enabled"}
        aws.s3.BucketVersioning(f"{name}-versioning", bucket=self.bucket.bucket, versioning_configuration=on, opts=mine)
        token = {"token": pulumi.Output.secret("second-token" if new else "first-token")}
        aws.sqs.Queue(f"{name}-events", visibility_timeout_seconds=60 if new else 30, tags=token, opts=mine)

class Topics(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("ml-platform:index:Notifications", name)
        for one in ("page", "ticket", "info"):
            aws.sns.Topic(f"{name}-{one}", opts=pulumi.ResourceOptions(parent=self))

store = Store("models")
aws.s3.Bucket("untouched")
if new:
    Topics("alarms")
else:
    aws.cloudwatch.LogGroup("old-logs", retention_in_days=7)
pulumi.export("bucket", store.bucket.bucket)
pulumi.export("password", pulumi.Output.secret("a-password"))
"""
RUNS = {
    "create": ("old", "up", "--yes", "--skip-preview"),
    "preview": ("new", "preview"),
    "up": ("new", "up", "--yes", "--skip-preview"),
    "again": ("new", "preview"),
    "destroy": ("new", "destroy", "--yes", "--skip-preview"),
}


def main() -> None:
    """Run the program through all of it, and keep the logs."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder))
        try:
            checkout.program(PROGRAM)
            for name, (state, *arguments) in RUNS.items():
                log = Path(folder, f"{name}.json")
                more = ("--stack", "local", "--non-interactive", "--event-log", str(log))
                done = checkout.pulumi(*arguments, *more, PULUMI_DEBUG_COMMANDS="true", RECORD=state)
                assert done.returncode == 0, done.stdout + done.stderr
                events = [
                    line for line in log.read_text().splitlines() if any(kind in json.loads(line) for kind in KEPT)
                ]
                (HERE / f"{name}.jsonl").write_text("\n".join(events) + "\n")
            checkout.run("down")
        finally:
            checkout.end()


if __name__ == "__main__":
    main()
