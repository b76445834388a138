"""Certificates and the DNS zone of the addresses that models are served at."""

from collections.abc import Iterator, Sequence

from mlp.preflight.account import Account, Finding

KEY_TYPES = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
"""ACM lists certificates with RSA keys of 1024 and 2048 bits only, unless it is asked for others.

https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html
"""
CLOUDFRONT = "us-east-1"
"""Region of the certificates of CloudFront."""


def certificate(account: Account) -> Iterator[Finding]:
    """ACM has issued a certificate for the models' addresses; the load balancer's controller looks for it by name."""
    settings = account.settings
    if not settings.serving or not settings.serves:
        return
    found = account.list(
        "acm",
        "list_certificates",
        "CertificateSummaryList",
        CertificateStatuses=["ISSUED"],
        Includes={"keyTypes": KEY_TYPES},
    )
    wildcard = f"*.{settings.serving.domain}"
    if not any(wildcard in _names(account, one["CertificateArn"]) for one in found):
        yield Finding(
            f"ACM in {settings.region} has issued no certificate for {wildcard}",
            "AWS Load Balancer Controller creates no load balancer without one, so no model could be reached",
            f"aws acm request-certificate --region {settings.region} --domain-name '{wildcard}' --validation-method "
            "DNS, and create the record that it asks for",
        )


def edge_certificate(account: Account) -> Iterator[Finding]:
    """The certificate of edge delivery is issued, and covers its host names."""
    edge = account.settings.edge
    if not edge or not edge.certificate:
        return
    path = account.setting("edge.certificate")
    found = account.get(
        "acm",
        "describe_certificate",
        absent=["ResourceNotFoundException"],
        region=CLOUDFRONT,
        CertificateArn=edge.certificate,
    )
    status = found["Certificate"]["Status"] if found else "missing"
    if status != "ISSUED":
        yield Finding(
            f"the certificate of {path} is {status}",
            "CloudFront refuses a certificate that is not issued",
            _request(edge.aliases, path),
        )
    elif lacking := [name for name in edge.aliases if not _covers(found["Certificate"], name)]:
        yield Finding(
            f"the certificate of {path} does not cover {', '.join(lacking)}",
            "CloudFront refuses an alias that the certificate does not cover (InvalidViewerCertificate)",
            _request(edge.aliases, path),
        )


def hosted_zone(account: Account) -> Iterator[Finding]:
    """Route 53 has the zone that the models' addresses lie in."""
    settings = account.settings
    if not settings.serving or not settings.serves:
        return
    domain = settings.serving.domain
    zones = [one["Name"].rstrip(".") for one in account.list("route53", "list_hosted_zones", "HostedZones")]
    if not any(domain == zone or domain.endswith(f".{zone}") for zone in zones):
        yield Finding(
            f"the account has no hosted zone for {domain}",
            f"*.{domain} does not resolve to the load balancer, unless another account has the zone",
            f"aws route53 create-hosted-zone --name {domain} --caller-reference {domain}, or create the record "
            f"*.{domain} where the zone is",
            blocks=False,
        )


def _names(account: Account, arn: str) -> list[str]:
    found = account.get("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
    return found.get("SubjectAlternativeNames", [found["DomainName"]])


def _request(names: Sequence[str], path: str) -> str:
    """How a certificate for CloudFront is requested, and named by a setting."""
    first, *others = names or ("DOMAIN",)
    more = f" --subject-alternative-names {' '.join(others)}" if others else ""
    return (
        f"aws acm request-certificate --region {CLOUDFRONT} --domain-name {first}{more} --validation-method DNS, "
        f"create the record that it asks for, and set {path} to its ARN"
    )


def _covers(certificate: dict, name: str) -> bool:
    """Whether a name is one of the certificate's, or one level below a wildcard of it."""
    names = certificate.get("SubjectAlternativeNames", [certificate["DomainName"]])
    return name in names or f"*.{name.partition('.')[2]}" in names
