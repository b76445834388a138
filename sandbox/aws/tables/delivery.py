"""CloudFront."""

import secrets
from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing
from sandbox.aws.model import operation
from sandbox.aws.shapes import to_api

_NAMES = {
    "Id": "originId",
    "CloudFrontDefaultCertificate": "cloudfrontDefaultCertificate",
    "IAMCertificateId": "iamCertificateId",
    "ARN": "arn",
}
_PLAIN = ("comment", "enabled", "httpVersion", "isIpv6Enabled", "priceClass", "webAclId")
_PARTS = (*_PLAIN, "aliases", "defaultCacheBehavior", "origins", "restrictions", "viewerCertificate")
_ID = {"Id": "{id}"}
_MATCHING = {**_ID, "IfMatch": "*"}  # moto compares no ETags


def _counted(items: list[Any], **more: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items, **more}


def _config(values: dict[str, Any]) -> dict[str, Any]:
    """A distribution as the API takes it, with every list counted."""
    shape = operation("cloudfront", "create_distribution").input_shape.members["DistributionConfig"]

    def part(value: Any, member: str, inner: Any = None) -> Any:
        return to_api(value, inner or shape.members[member], _NAMES, member)

    behaviour = dict(values["defaultCacheBehavior"])
    allowed, cached = (_counted(behaviour.pop(f"{which}Methods")) for which in ("allowed", "cached"))
    groups = behaviour.pop("trustedKeyGroups", [])
    limits = dict(values["restrictions"]["geoRestriction"])
    origins = shape.members["Origins"].members["Items"].member
    return {
        **part({key: values[key] for key in _PLAIN if values.get(key) is not None}, "DistributionConfig", shape),
        "CallerReference": secrets.token_hex(8),
        "Aliases": _counted(values.get("aliases") or []),
        "Origins": _counted(
            [{"S3OriginConfig": {"OriginAccessIdentity": ""}, **part(one, "", origins)} for one in values["origins"]]
        ),
        "DefaultCacheBehavior": {
            **part(behaviour, "DefaultCacheBehavior"),
            "AllowedMethods": {**allowed, "CachedMethods": cached},
            "TrustedKeyGroups": _counted(groups, Enabled=bool(groups)),
        },
        "Restrictions": {
            "GeoRestriction": _counted(
                limits.pop("locations", []),
                **part(limits, "GeoRestriction", shape.members["Restrictions"].members["GeoRestriction"]),
            )
        },
        "ViewerCertificate": part(values["viewerCertificate"], "ViewerCertificate"),
    }


def _labels(values: dict[str, Any]) -> dict[str, Any]:
    return {"Items": [{"Key": key, "Value": value} for key, value in (values.get("tags") or {}).items()]}


KINDS = (
    Kind(
        token="aws:cloudfront/distribution:Distribution",
        client="cloudfront",
        id="{distributionId}",
        create=(
            Call(
                "create_distribution_with_tags",
                {
                    "DistributionConfigWithTags": lambda values: {
                        "DistributionConfig": _config(values),
                        "Tags": _labels(values),
                    }
                },
                {"Id": "distributionId", "ARN": "arn"},
                uses=(*_PARTS, "tags"),
                at="Distribution",
            ),
        ),
        update=(
            Call("update_distribution", {**_MATCHING, "DistributionConfig": _config}, uses=_PARTS),
            Call("tag_resource", {"Resource": "{arn}", "Tags": _labels}, uses=("tags",)),
        ),
        read=(
            Get("get_distribution", _ID, {"ARN": "arn"}, at="Distribution"),
            Get("get_distribution", _ID, _NAMES, at="Distribution.DistributionConfig"),
            Get("list_tags_for_resource", {"Resource": "{arn}"}, at="Tags.Items", into="tags", optional=True),
        ),
        delete=(Call("delete_distribution", _MATCHING),),
        outputs={"hostedZoneId": "Z2FDTNDATAQYW2"},
        computed=("arn", "distributionId", "domainName", "status"),
        defaults={"httpVersion": "http2", "priceClass": "PriceClass_All", "retainOnDelete": False},
        local=("retainOnDelete", "waitForDeployment"),
        # Nested otherwise in the API, and moto drops access control and policies.
        recorded=("aliases", "defaultCacheBehavior", "origins", "viewerCertificate"),
        listing=Listing("list_distributions", "DistributionList.Items", "Id"),
    ),
    Kind(
        token="aws:cloudfront/originAccessControl:OriginAccessControl",
        client="cloudfront",
        id="{controlId}",
        autoname="name",
        create=(
            Call(
                "create_origin_access_control",
                rename={"Id": "controlId"},
                wrap="OriginAccessControlConfig",
                at="OriginAccessControl",
            ),
        ),
        update=(Call("update_origin_access_control", _MATCHING, wrap="OriginAccessControlConfig"),),
        read=(Get("get_origin_access_control", _ID, at="OriginAccessControl.OriginAccessControlConfig"),),
        delete=(Call("delete_origin_access_control", _MATCHING),),
        outputs={"arn": "arn:aws:cloudfront::{account}:origin-access-control/{id}"},
        computed=("controlId",),
        recorded=("originAccessControlOriginType",),
    ),
    Kind(
        token="aws:cloudfront/publicKey:PublicKey",
        client="cloudfront",
        id="{publicKeyId}",
        autoname="name",
        create=(
            Call(
                "create_public_key",
                {"PublicKeyConfig": lambda values: {"CallerReference": secrets.token_hex(8)}},
                {"Id": "publicKeyId"},
                uses=("encodedKey", "name", "comment"),
                wrap="PublicKeyConfig",
                at="PublicKey",
            ),
        ),
        update=(),
        read=(Get("get_public_key", _ID, at="PublicKey.PublicKeyConfig", missing="500"),),  # moto ends in a KeyError
        delete=(Call("delete_public_key", _MATCHING),),
        computed=("callerReference", "publicKeyId"),
    ),
    Kind(
        token="aws:cloudfront/keyGroup:KeyGroup",
        client="cloudfront",
        id="{keyGroupId}",
        autoname="name",
        create=(Call("create_key_group", wrap="KeyGroupConfig"),),
        update=(Call("update_key_group", _MATCHING, wrap="KeyGroupConfig"),),
        read=(),
        delete=(Call("delete_key_group", _MATCHING),),
        invented={"keyGroupId": "group-"},
        emulated=False,  # moto makes key groups, but neither changes nor deletes them
    ),
)
