"""docs/first-deploy.md: its blocks, and what stands for programs of its commands that need a real account."""

import sys
from pathlib import Path

from sandbox.place import CREDENTIALS
from tests.sandbox.conftest import ROOT, Checkout
from tests.sandbox.pages import Shell, blocks

PAGE = (ROOT / "docs" / "first-deploy.md").read_text()
(IN_SANDBOX,) = blocks(PAGE)
"""The stages in the sandbox, up and down."""
BOOTSTRAP, CONNECTION, UP, SECRET, IMAGES, DEPLOY, MODELS, LOOK = blocks(PAGE, "account")
"""What a person does on a real account, in order."""
REGION = BOOTSTRAP.splitlines()[0]
"""The line by which the commands after it use the region of the settings."""
IN_THE_SANDBOX = """
mlp() { if test "$1" = output; then command mlp "$@" --sandbox; else command mlp "$@"; fi; }
kubectl() { test "$1" = --kubeconfig && grep -q '"mlp"' "$2" && shift 2 && mlp kubectl dev "$@"; }
"""
"""Functions of the shell: outputs are those of the sandbox, and so is the cluster."""
AWS = """
import base64, json, sys
from pathlib import Path
import boto3
from botocore import xform_name
from botocore.validate import validate_parameters

service, operation, *words = sys.argv[1:]
given = dict(zip(words[::2], words[1::2], strict=True))
client = boto3.client(service, region_name=given.pop("--region", None))
if operation == "get-login-password":
    (found,) = client.get_authorization_token()["authorizationData"]
    print(base64.b64decode(found["authorizationToken"]).decode().partition(":")[2])
    sys.exit()
method = operation.replace("-", "_")
model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
names = {"--" + xform_name(name, "-"): name for name in model.input_shape.members}
file = "file://"
values = {
    names[option]: Path(text.removeprefix(file)).read_text() if text.startswith(file) else text
    for option, text in given.items()
}
if service == "codeconnections":  # which moto does not have
    validate_parameters(values, model.input_shape)
    print(json.dumps({"ConnectionArn": "arn"}))
    sys.exit()
print(json.dumps(getattr(client, method)(**values), default=str))
"""
"""The AWS CLI: an operation, whose options have the names of the members in AWS's own model of the service."""
GH = """
import json, sys
from pathlib import Path

noted = Path("gh.json")
known = json.loads(noted.read_text()) if noted.exists() else {}
match sys.argv[1:]:
    case ["api", "--method", "PUT", path]:
        known["environment"] = path.rpartition("/")[2]
    case ["variable", "set", name, "--env", environment, "--body", body] if environment == known["environment"]:
        known[name] = body
    case ["workflow", "run", name, "--field", field]:
        known["run"] = [name, *field.split("=")]
    case words:
        sys.exit(f"gh: unknown: {words}")
noted.write_text(json.dumps(known))
"""
"""GitHub's program, which notes what it would send."""
DOCKER = """
import base64, json, sys
from pathlib import Path
import boto3

ecr, words, built = boto3.client("ecr"), sys.argv[1:], Path("built")
KIND = "application/vnd.docker.distribution.manifest.v2+json"

def push(name, layer):
    (host, _, rest), content = name.partition("/"), {"schemaVersion": 2, "mediaType": KIND, "layers": [layer]}
    repository, _, tag = rest.partition(":")
    image = ecr.put_image(repositoryName=repository, imageManifest=json.dumps(content), imageTag=tag)["image"]
    assert host == Path("registry").read_text() == f"{image['registryId']}.dkr.ecr.{ecr.meta.region_name}.amazonaws.com"
    print(f"{tag}: digest: {image['imageId']['imageDigest']} size: 1")

match words:
    case ["build", "--platform", "linux/amd64", "--file", file, "--tag", name, context]:
        assert Path(file).is_file() and Path(context, "tools").is_dir()
        built.write_text(name)
    case ["login", "--username", "AWS", "--password-stdin", host]:
        (found,) = ecr.get_authorization_token()["authorizationData"]
        assert base64.b64decode(found["authorizationToken"]).decode() == f"AWS:{sys.stdin.read().strip()}"
        Path("registry").write_text(host)
    case ["tag", name, other] if name in built.read_text().split():
        built.write_text(f"{built.read_text()} {other}")
    case ["push", name] if name in built.read_text().split():
        push(name, {"digest": "sha256:" + "a" * 64, "size": 1})
    case ["buildx", "imagetools", "create", "--tag", name, source] if source.startswith("quay.io/"):
        push(name, {"digest": "sha256:" + "b" * 64, "size": 1})
    case ["buildx", "imagetools", "inspect", name]:
        repository, _, tag = name.partition("/")[2].partition(":")
        print(ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])["imageDetails"])
    case _:
        sys.exit(f"docker: unknown: {words}")
"""
"""Docker, without images: what it pushes is put into the emulated registry, whose repositories must be there."""


def terminal(checkout: Checkout, endpoint: str) -> Shell:
    """A terminal with credentials of the emulated account of a checkout's sandbox."""
    shell, programs = Shell(checkout.path, IN_THE_SANDBOX), checkout.path / "stand-ins"
    programs.mkdir()
    for name, text in (("aws", AWS), ("docker", DOCKER), ("gh", GH)):
        (programs / name).write_text(f"#!{sys.executable}\n{text}")
        (programs / name).chmod(0o755)
    shell.first_on_path(Path(programs))
    shell.variables |= {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
    shell.run(REGION)
    return shell
