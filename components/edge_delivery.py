"""Models for edge devices: signed releases, delivered worldwide to whoever holds a signed URL."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _edge_bundle as bundle
from components import _lifecycle as lifecycle
from components._component import Component
from components._secure_bucket import _SecureBucket
from components.access_logs import LOGS_REGION

PRICE_CLASSES = ("PriceClass_100", "PriceClass_200", "PriceClass_All")
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""AWS's own cache policy: nothing of the request but its path and encoding tells objects apart."""
_SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
"""AWS's own response headers policy: HSTS for a year, no guessing of content types, no frames of other sites."""


class EdgeDeliveryArgs(TypedDict):
    """Inputs of EdgeDelivery."""

    models: Sequence[str]
    """Models that are delivered, in small letters, digits and hyphens; each has its own publish policy."""
    url_public_keys: Mapping[str, pulumi.Input[str]]
    """Name to public key (PEM, RSA 2048 or ECDSA P-256) that verifies signed URLs; two while they are exchanged."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the releases; `cloudfront` and `s3` must be allowed to use it."""
    log_bucket: pulumi.Input[str]
    """Bucket of AccessLogs, which receives the access logs of CloudFront and of the releases' bucket."""
    aliases: Sequence[str]
    """Own domain names, one or more. For its own name and certificate CloudFront still accepts TLS 1.0."""
    certificate_arn: pulumi.Input[str]
    """Certificate (ACM, us-east-1) of `aliases`."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    price_class: NotRequired[str]
    """Where CloudFront answers from: `PriceClass_100` (Europe and North America, the default), `PriceClass_200`,
    `PriceClass_All`."""
    web_acl_arn: NotRequired[pulumi.Input[str]]
    """Web ACL (WAF, us-east-1) that filters requests. Default: none."""
    publishers: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs, or ARN patterns with `*`, of the principals that may sign. Default: whom the account's policies let."""
    noncurrent_version_days: NotRequired[int]
    """Days until an overwritten or deleted version expires. Default 90."""
    deletion_window_days: NotRequired[int]
    """Days between the deletion of the signing key and its loss, 7 to 30. Default 30."""
    force_destroy: NotRequired[bool]
    """Delete the releases with the component. Default false."""


class EdgeDelivery(Component):
    """Releases in a private bucket that only one distribution reads, for URLs and manifests that are signed."""

    distribution_domain: pulumi.Output[str]
    """Domain name that CloudFront gives."""
    distribution_arn: pulumi.Output[str]
    """ARN of the distribution."""
    distribution_id: pulumi.Output[str]
    """Id of the distribution."""
    bucket_name: pulumi.Output[str]
    """Name of the bucket that releases are put into, `<model>/<version>/<file>`."""
    bucket_arn: pulumi.Output[str]
    """ARN of that bucket."""
    key_group_id: pulumi.Output[str]
    """Id of the group of keys that verify signed URLs."""
    public_key_ids: pulumi.Output[dict[str, str]]
    """Name of a URL key to its id, the `Key-Pair-Id` of signed URLs."""
    signing_key_arn: pulumi.Output[str]
    """ARN of the key (ECDSA on P-256) that signs manifests and never leaves KMS."""
    signing_key_alias: pulumi.Output[str]
    """Alias of that key, `alias/...`."""
    publish_policies: pulumi.Output[dict[str, str]]
    """Model to the IAM policy document (JSON) that puts its releases and signs their manifests."""

    def __init__(self, name: str, args: EdgeDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        _validate(name, args)
        # The bucket's policy names the distribution, which is made from the bucket.
        reader, resolve = pulumi.deferred_output()
        store = _SecureBucket(
            name,
            {
                "tags": self._tags,
                "kms_key_arn": args["kms_key_arn"],
                "log_bucket": args["log_bucket"],
                "lifecycle": [lifecycle.expire_versions(int(args.get("noncurrent_version_days", 90)))],
                "force_destroy": args.get("force_destroy", False),
                "context": {"distribution": reader},
                "statements": lambda bucket, values: release_access(bucket, values["distribution"]),
            },
            self._child(),
        )
        keys = {
            key: aws.cloudfront.PublicKey(
                f"{name}-{key}",
                # CloudFront keeps it with a line break at its end.
                encoded_key=pulumi.Output.from_input(pem).apply(lambda text: f"{text.strip()}\n"),
                opts=self._child(),
            )
            for key, pem in args["url_public_keys"].items()
        }
        group = aws.cloudfront.KeyGroup(name, items=[key.id for key in keys.values()], opts=self._child())
        distribution = self._distribution(name, args, store, group)
        resolve(distribution.arn)
        self._log(name, distribution, args["log_bucket"])
        signer = self._signer(name, args)
        grants = pulumi.Output.all(store.arn, args["kms_key_arn"], signer.arn)
        alias = aws.kms.Alias(
            f"{name}-signing",
            name=f"alias/{self._physical_name('signing')}",
            target_key_id=signer.key_id,
            opts=self._child(),
        )
        self._finish(
            distribution_domain=distribution.domain_name,
            distribution_arn=distribution.arn,
            distribution_id=distribution.id,
            bucket_name=store.bucket.bucket,
            bucket_arn=store.arn,
            key_group_id=group.id,
            public_key_ids=pulumi.Output.all(**{key: one.id for key, one in keys.items()}),
            signing_key_arn=signer.arn,
            signing_key_alias=alias.name,
            publish_policies=grants.apply(
                lambda v: {model: documents.render(publication(v[0], v[1], v[2], model)) for model in args["models"]}
            ),
        )

    def _distribution(
        self, name: str, args: EdgeDeliveryArgs, store: _SecureBucket, group: "aws.cloudfront.KeyGroup"
    ) -> "aws.cloudfront.Distribution":
        access = aws.cloudfront.OriginAccessControl(
            name,
            description=f"Reads the releases of {name}",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child(),
        )
        return aws.cloudfront.Distribution(
            name,
            enabled=True,
            comment=f"Releases of {name}",
            aliases=list(args["aliases"]),
            price_class=args.get("price_class", PRICE_CLASSES[0]),
            web_acl_id=args.get("web_acl_arn"),
            http_version="http2and3",
            is_ipv6_enabled=True,
            origins=[
                {
                    "origin_id": "releases",
                    "domain_name": store.bucket.bucket_regional_domain_name,
                    "origin_access_control_id": access.id,
                }
            ],
            default_cache_behavior={
                "target_origin_id": "releases",
                "allowed_methods": ["GET", "HEAD"],
                "cached_methods": ["GET", "HEAD"],
                "viewer_protocol_policy": "https-only",
                "trusted_key_groups": [group.id],
                "cache_policy_id": _CACHING_OPTIMIZED,
                "response_headers_policy_id": _SECURITY_HEADERS,
                "compress": True,
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate={
                "acm_certificate_arn": args["certificate_arn"],
                "minimum_protocol_version": "TLSv1.2_2021",
                "ssl_support_method": "sni-only",
            },
            tags=self._tags,
            opts=self._child(),
        )

    def _log(self, name: str, distribution: "aws.cloudfront.Distribution", bucket: pulumi.Input[str]) -> None:
        """Log every request to CloudFront (CloudFront Developer Guide, "Configure standard logging (v2)")."""
        called = self._physical_name()
        source = aws.cloudwatch.LogDeliverySource(
            name,
            name=called,
            log_type="ACCESS_LOGS",
            resource_arn=distribution.arn,
            region=LOGS_REGION,
            tags=self._tags,
            opts=self._child(),
        )
        arn = pulumi.Output.concat("arn:", self._caller()["partition"], ":s3:::", bucket)
        destination = aws.cloudwatch.LogDeliveryDestination(
            name,
            name=called,
            output_format="json",
            delivery_destination_configuration={"destination_resource_arn": arn},
            region=LOGS_REGION,
            tags=self._tags,
            opts=self._child(),
        )
        aws.cloudwatch.LogDelivery(
            name,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            region=LOGS_REGION,
            tags=self._tags,
            opts=self._child(),
        )

    def _signer(self, name: str, args: EdgeDeliveryArgs) -> "aws.kms.Key":
        policy = pulumi.Output.all(self._caller(), list(args.get("publishers", [])))
        return aws.kms.Key(
            f"{name}-signing",
            description=f"Signs the releases of {name}",
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            policy=policy.apply(lambda v: documents.render(signing_key_policy(*v))),
            deletion_window_in_days=int(args.get("deletion_window_days", 30)),
            tags=self._tags,
            opts=self._child(),
        )


def release_access(bucket_arn: str, distribution_arn: str) -> list[documents.Statement]:
    """Let the one distribution read, and let nobody write over a release."""
    return [
        {
            "Sid": "ReadByDistribution",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"{bucket_arn}/*",
            "Condition": {"StringEquals": {"aws:SourceArn": distribution_arn}},
        },
        {
            "Sid": "DenyOverwritingReleases",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:PutObject",
            # `<model>/latest.json` has one slash less.
            "Resource": f"{bucket_arn}/*/*/*",
            # Only what completes an object can carry the header, not the parts of a multipart upload.
            "Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
        },
    ]


def publication(bucket_arn: str, key_arn: str, signing_key_arn: str, model: str) -> list[documents.Statement]:
    """What a publisher of one model needs: put its releases, sign their manifests, check the signatures."""
    signing = {"Effect": "Allow", "Resource": signing_key_arn}
    algorithm = {"StringEquals": {"kms:SigningAlgorithm": bundle.SIGNING_ALGORITHM}}
    return [
        *documents.write_prefix(bucket_arn, key_arn, model),
        {"Sid": "Sign", **signing, "Action": ["kms:Sign", "kms:Verify"], "Condition": algorithm},
        {"Sid": "GetPublicKey", **signing, "Action": ["kms:DescribeKey", "kms:GetPublicKey"]},
    ]


def signing_key_policy(caller: Mapping[str, str], publishers: Sequence[str]) -> list[documents.Statement]:
    """Let the account administer the key and read its public half, and only publishers sign."""
    root = {"Principal": {"AWS": f"arn:{caller['partition']}:iam::{caller['account']}:root"}, "Resource": "*"}
    algorithm = {"StringEquals": {"kms:SigningAlgorithm": bundle.SIGNING_ALGORITHM}}
    only = {"ArnLike": {"aws:PrincipalArn": list(publishers)}} if publishers else {}
    return [
        {
            "Sid": "Administer",
            "Effect": "Allow",
            **root,
            "Action": [*documents.ADMINISTER_KEY, *documents.READ_KEY_METADATA],
        },
        {"Sid": "Verify", "Effect": "Allow", **root, "Action": "kms:Verify"},
        {"Sid": "Sign", "Effect": "Allow", **root, "Action": "kms:Sign", "Condition": {**algorithm, **only}},
    ]


def _validate(name: str, args: EdgeDeliveryArgs) -> None:
    """Refuse what AWS would refuse late, and private keys."""
    for model in args["models"]:
        try:
            bundle.model_name(model)
        except ValueError as error:
            raise ValueError(f"EdgeDelivery {name!r}: models: {error}") from None
    if not args["url_public_keys"]:
        raise ValueError(f"EdgeDelivery {name!r}: url_public_keys is empty; allowed: one public key or more")
    for key, pem in args["url_public_keys"].items():
        if isinstance(pem, str) and not pem.strip().startswith("-----BEGIN PUBLIC KEY-----"):
            # The value is not quoted: it may be the private key.
            raise ValueError(f"EdgeDelivery {name!r}: url_public_keys.{key} is no public key; allowed: PEM, PUBLIC KEY")
    if (price := args.get("price_class", PRICE_CLASSES[0])) not in PRICE_CLASSES:
        raise ValueError(f"EdgeDelivery {name!r}: price_class is {price!r}; allowed: {', '.join(PRICE_CLASSES)}")
    if not args["aliases"]:
        raise ValueError(f"EdgeDelivery {name!r}: aliases is empty; allowed: one domain name or more")
