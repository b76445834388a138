"""EKS-09: volumes of nodes and pods are encrypted with a key of the customer's."""

from collections.abc import Iterator

from policies._controls import nist
from policies._keys import require_customer_key
from policies._nodes import LAUNCH_TEMPLATE, NODE_CLASS
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, at, fail, not_applicable, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_PROVISIONERS = ["ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com"]
_NAMES = {
    LAUNCH_TEMPLATE: ("blockDeviceMappings", "kmsKeyId"),
    NODE_CLASS: ("spec.blockDeviceMappings", "kmsKeyID"),
    _STORAGE_CLASS: ("parameters", "kmsKeyId"),
}


def _check(resource: Resource, stack: Stack) -> Verdict:
    path, key = _NAMES[resource.type]
    if resource.type == _STORAGE_CLASS:
        if resource.get("provisioner") not in (*_PROVISIONERS, UNKNOWN):
            return not_applicable("it makes no EBS volumes")
        return worst(_encrypted(resource, path, key))
    found = resource.get(path)
    if found is UNKNOWN:
        return unknown(at(resource, path))
    if found is ABSENT or found == []:
        return fail(f"{at(resource, path)} is not set, so that the image decides", path)
    mappings = [f"{path}[{index}].ebs" for index in range(len(found) if isinstance(found, list) else 1)]
    # One without `ebs` is a local disk, or leaves one of the image out.
    return worst(one for ebs in mappings if resource.get(ebs) is not ABSENT for one in _encrypted(resource, ebs, key))


def _encrypted(resource: Resource, path: str, key: str) -> Iterator[Verdict]:
    yield require(resource, f"{path}.encrypted", lambda on: on in (True, "true"), "true")
    yield require_customer_key(resource, f"{path}.{key}")


_EBS = "object.spec.?blockDeviceMappings.orValue([]).filter(one, has(one.ebs))"
RULE = Rule(
    id="EKS-09",
    name="volume-without-customer-key",
    title="Launch templates, node classes and storage classes encrypt their volumes with a customer-managed key.",
    why="Training data, weights and caches lie on the disks of nodes, and a snapshot of a disk is a file that can be "
    "shared with another account by one call; without the key it cannot be read there.",
    instead="Set `encrypted` and the key of each volume; a StorageClass has them among its `parameters`.",
    severity=Severity.HIGH,
    types=tuple(_NAMES),
    controls=nist("SC-28(1)"),
    check=_check,
    good="""
key = "arn:aws:kms:eu-central-1:111122223333:key/1"
k8s.storage.v1.StorageClass(
    "volumes",
    metadata={"name": "volumes"},
    provisioner="ebs.csi.aws.com",
    parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": key},
)
volume = {"volume_size": 50, "encrypted": "true", "kms_key_id": key}
aws.ec2.LaunchTemplate("system", block_device_mappings=[{"device_name": "/dev/xvda", "ebs": volume}])
""",
    bad="""
k8s.storage.v1.StorageClass(
    "volumes", metadata={"name": "volumes"}, provisioner="ebs.csi.aws.com", parameters={"type": "gp3"}
)
aws.ec2.LaunchTemplate("system", block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"volume_size": 50}}])
""",
    admission=(
        Admission(
            Target.NODE_CLASSES,
            {
                f"{_EBS}.size() > 0 && {_EBS}.all(one, one.ebs.?encrypted.orValue(false) && "
                "!one.ebs.?kmsKeyID.orValue('alias/aws/').contains('alias/aws/'))": "each volume of "
                "spec.blockDeviceMappings must have encrypted and a kmsKeyID of your own",
            },
        ),
        Admission(
            Target.STORAGE_CLASSES,
            {
                f"!(object.provisioner in {_PROVISIONERS}) || object.?parameters.?encrypted.orValue('') == 'true' && "
                "!object.?parameters.?kmsKeyId.orValue('alias/aws/').contains('alias/aws/')": "parameters must have "
                "encrypted and a kmsKeyId of your own",
            },
        ),
    ),
)
