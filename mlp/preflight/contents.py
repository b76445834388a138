"""What people put into the environment: values of secrets, images, confirmed subscriptions."""

from collections.abc import Iterator

from mlp import passwords
from mlp.preflight.account import Account, Finding
from stacks.images import full_name, images, in_ecr, repository
from stacks.stages import Stage, stage_of

TOPIC = "aws:sns/topic:Topic"


def secrets(account: Account) -> Iterator[Finding]:
    """Every secret has a value, but for those that `mlp up` gives one."""
    generated = passwords.names(account.settings)
    for one in account.resources:
        name = one["urn"].rpartition("::")[2]
        if one["type"] != passwords.SECRET or name in generated:
            continue
        gone = ["ResourceNotFoundException"]
        found = account.get("secretsmanager", "describe_secret", absent=gone, SecretId=one["id"])
        if not passwords.has_value(found or {}):
            yield Finding(
                f"the secret {name} has no value",
                "pods that read it do not start",
                f"aws secretsmanager put-secret-value --region {account.settings.region} --secret-id {one['id']} "
                "--secret-string file:///dev/stdin",
            )


def platform_images(account: Account) -> Iterator[Finding]:
    """The images of the platform's own programs are in the environment's repositories."""
    yield from _images(account, Stage.PLATFORM)


def model_images(account: Account) -> Iterator[Finding]:
    """The images of models and their jobs are in the environment's repositories."""
    yield from _images(account, Stage.MODELS)


def subscriptions(account: Account) -> Iterator[Finding]:
    """Every e-mail address has confirmed its subscription."""
    for one in account.resources:
        if one["type"] != TOPIC:
            continue
        found = account.list(
            "sns", "list_subscriptions_by_topic", "Subscriptions", absent=["NotFound"], TopicArn=one["id"]
        )
        if waiting := [each["Endpoint"] for each in found if each["SubscriptionArn"] == "PendingConfirmation"]:
            yield Finding(
                f"{', '.join(waiting)} of the topic {one['id'].rpartition(':')[2]} has not confirmed the subscription",
                "SNS sends nothing to an address that has not confirmed",
                "open the link in the mail of AWS Notifications; it is valid for three days, then subscribe again",
                blocks=False,
            )


def _images(account: Account, stage: Stage) -> Iterator[Finding]:
    """The images that a stage needs and the environment's repositories lack."""
    settings, seen = account.settings, set[str]()
    for path, image in images(settings):
        name = repository(image)
        if not name or image in seen or stage_of(path) is not stage:
            continue
        seen.add(image)
        there, ids = in_ecr(settings, name), [{"imageDigest": image.partition("@")[2]}]
        gone = ["RepositoryNotFoundException", "ImageNotFoundException"]
        if account.get("ecr", "describe_images", absent=gone, repositoryName=there, imageIds=ids):
            continue
        yield Finding(
            f"{account.setting(path)} names {image}, which is not in the repository {there}",
            "pods and jobs that use it do not start",
            f"push it to {full_name(settings, name)} once `mlp up` has created the repository, and set its digest; "
            "docs/first-deploy.md has the commands",
        )
