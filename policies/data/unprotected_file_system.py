"""EFS-01: shared files are encrypted, and no client chooses who it is."""

from policies._controls import cis_4, cis_7, nist
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import Verdict, require, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
_ACCESS_POINT = "aws:efs/accessPoint:AccessPoint"


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type == _FILE_SYSTEM:
        encrypted = require(resource, "encrypted", lambda on: on is True, "true")
        return worst([encrypted, require_customer_key(resource, "kmsKeyId")])
    below_root = "a directory below the root"
    return worst(
        [
            require(resource, "posixUser.uid", lambda uid: uid > 0, "a user other than root"),
            require(resource, "posixUser.gid", lambda gid: gid > 0, "a group other than root"),
            require(resource, "rootDirectory.path", lambda path: path.strip("/") != "", below_root),
        ]
    )


RULE = Rule(
    id="EFS-01",
    name="unprotected-file-system",
    title="A shared file system encrypts with an own key, and its access points fix user and directory.",
    why="NFS believes what a client says of its user. A notebook that mounts the root as root reads and changes "
    "the files of every team.",
    instead="Set `encrypted` and `kmsKeyId`, and give each access point a `posixUser` and an own `rootDirectory`.",
    severity=Severity.MEDIUM,
    types=(_FILE_SYSTEM, _ACCESS_POINT),
    controls=(*cis_4("2.3.1"), *cis_7("3.3.1"), *nist("SC-28(1)", "AC-6")),
    check=_check,
    good="""
key = aws.kms.Key("notebooks", enable_key_rotation=True)
files = aws.efs.FileSystem("notebooks", encrypted=True, kms_key_id=key.arn)
aws.efs.AccessPoint(
    "vision",
    file_system_id=files.id,
    posix_user={"uid": 1001, "gid": 1001},
    root_directory={"path": "/vision"},
)
""",
    bad="""
files = aws.efs.FileSystem("notebooks", encrypted=True)
aws.efs.AccessPoint("vision", file_system_id=files.id)
""",
    joins=True,
)
