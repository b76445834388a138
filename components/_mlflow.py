"""The MLflow server as plain data: values of its chart, its secret, its network, its pods' budget.

Seen of MLflow 3.17: every path but `/health` wants credentials, `/metrics` too; a host that is not allowed gets 403,
`/health` excepted; and `--expose-prometheus` needs the package prometheus-flask-exporter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components import _images as images
from components import versions
from components._addon_values import SYSTEM, resources
from components._tenant_documents import network_policies

VERSION = "3.17.2"
"""Of MLflow in the image; the chart itself is of an older one."""
PORT, DATABASE_PORT = 5000, 5432
NAME = NAMESPACE = versions.MLFLOW.name
"""Of the release, its namespace, Deployment, Service, service account and pods' label `app`."""
ADMIN, GATE, PROMOTER = "mlflow-admin", "promotion-gate", "promotion"
"""Secret of the administrator, ConfigMap of the gate, and service account of who promotes."""
USER_KEY, PASSWORD_KEY = "MLFLOW_AUTH_ADMIN_USERNAME", "MLFLOW_AUTH_ADMIN_PASSWORD"
IN_CLUSTER = tuple(
    f"{NAME}{rest}" for rest in ("", f".{NAMESPACE}", f".{NAMESPACE}.svc", f".{NAMESPACE}.svc.cluster.local")
)
DATABASE_URI = "postgresql+psycopg2://"
"""Host, user, database and password are in libpq's own variables and password file."""
INI = f"""\
[mlflow]
default_permission = READ
database_uri = {DATABASE_URI}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
"""
"""Who is known needs no hash of a password, about 0.3 s of a processor, for a minute; a changed password holds after
it."""
SWITCHES = {
    # What a later version adds without saying who may use it is refused.
    "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
    # Its workers evaluate prompts, which is nothing for a registry, and need 1.9 GB before they have anything to do.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
_FILES, _TOKENS = "/etc/mlflow-platform", "/run/database"
_FRESH = f'test -n "$(find {_TOKENS}/pgpass -mmin -14)"'
_SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 1001,
    "runAsGroup": 1001,
}
Values = dict[str, Any]


@dataclass(frozen=True)
class Setup:
    """What the values are made from.

    Attributes:
        image: NAME@sha256:...
        replicas: Servers.
        region: Region of the database and of S3.
        bucket: Bucket of the artifacts.
        prefix: Prefix in it.
        host: Host of the database.
        user: User of the database, and the database's name.
        hosts: Host names that requests may be for, besides those in the cluster.
        metrics: Whether it exposes metrics.
        labels: Labels of its pods.
    """

    image: str
    replicas: int
    region: pulumi.Input[str]
    bucket: pulumi.Input[str]
    prefix: str
    host: pulumi.Input[str]
    user: str
    hosts: Sequence[str] = ()
    metrics: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> dict[str, pulumi.Input[str]]:
        """What libpq, and who fills its password file, are told."""
        return {
            "AWS_REGION": self.region,
            "PGHOST": self.host,
            "PGPORT": str(DATABASE_PORT),
            "PGUSER": self.user,
            "PGDATABASE": self.user,
            "PGSSLMODE": "require",
            "PGPASSFILE": f"{_TOKENS}/pgpass",
        }


def values(setup: Setup) -> Values:
    """Values of the chart: only what differs from its own.

    The chart's `auth` keeps users in a file or behind a password that never changes, and its `postgres` wants such a
    password too, so both are left off: the same is said by arguments, variables and two init containers.
    """
    name, digest = images.parts(setup.image)
    mounts = [{"name": "tokens", "mountPath": _TOKENS}, {"name": "tmp", "mountPath": "/tmp"}]
    return {
        **SYSTEM,
        "image": {"repository": name, "tag": VERSION, "digest": digest},
        "replicaCount": setup.replicas,
        "extraPodLabels": dict(setup.labels),
        "serviceAccount": {"name": NAME, "automount": False},
        "podSecurityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "securityContext": _SAFE,
        "resources": resources("500m", "2Gi"),
        "strategy": {"rollingUpdate": {"maxSurge": 1}},
        "affinity": _apart(),
        "artifactRoot": {"s3": {"enabled": True, "bucket": setup.bucket, "path": setup.prefix}},
        "extraArgs": arguments(setup),
        "extraFlags": ["noServeArtifacts"],
        "extraEnvVars": {
            **setup.database,
            "HOME": "/tmp",
            "MLFLOW_AUTH_CONFIG_PATH": f"{_FILES}/basic_auth.ini",
            **SWITCHES,
        },
        "extraSecretNamesForEnvFrom": [ADMIN],
        "serverAllowedHosts": [*IN_CLUSTER, *setup.hosts],
        "initContainers": _before(setup, mounts),
        "extraVolumes": [
            {"name": "tokens", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
            {"name": "files", "configMap": {"name": f"{NAME}-files"}},
        ],
        "extraVolumeMounts": [
            {"name": "tokens", "mountPath": _TOKENS, "readOnly": True},
            {"name": "files", "mountPath": _FILES, "readOnly": True},
        ],
    }


def arguments(setup: Setup) -> dict[str, str]:
    """Arguments of the server after the chart's own; of one given twice the last counts."""
    found = {"backendStoreUri": DATABASE_URI, "appName": "basic-auth", "workers": "2"}
    return {**found, "exposePrometheus": "/tmp/metrics"} if setup.metrics else found


def _before(setup: Setup, mounts: list[Values]) -> list[Values]:
    """A container that fills the password file as long as the pod lives, and one that migrates the schema."""
    env = [{"name": key, "value": value} for key, value in {**setup.database, "HOME": "/tmp"}.items()]
    shared = {"image": setup.image, "securityContext": _SAFE, "env": env, "volumeMounts": mounts}
    is_there = {"exec": {"command": ["test", "-s", f"{_TOKENS}/pgpass"]}}
    return [
        {
            **shared,
            "name": "database-token",
            "command": ["python", "-m", "workloads.tracking.token"],
            "restartPolicy": "Always",
            "startupProbe": {**is_there, "periodSeconds": 2, "failureThreshold": 60},
            "livenessProbe": {"exec": {"command": ["sh", "-c", _FRESH]}, "periodSeconds": 60},
            "resources": resources("10m", "192Mi"),
        },
        {
            **shared,
            "name": "migrate",
            "command": ["python", "-m", "workloads.tracking.migrate"],
            "resources": resources("200m", "1Gi"),
        },
    ]


def _apart() -> Values:
    """Servers on different nodes, where there are some."""
    where = {"labelSelector": {"matchLabels": {"app": NAME}}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": where}]
        }
    }


def secret_store(region: str) -> Values:
    """Spec of a SecretStore; the controller's own identity reads."""
    return {"provider": {"aws": {"service": "SecretsManager", "region": region}}}


def external_secret(secret: pulumi.Input[str]) -> Values:
    """Spec of an ExternalSecret: the secret's text is the administrator's password."""
    return {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "SecretStore", "name": NAME},
        "target": {
            "name": ADMIN,
            "creationPolicy": "Owner",
            "template": {"data": {USER_KEY: "admin", PASSWORD_KEY: "{{ .password }}"}},
        },
        "data": [{"secretKey": "password", "remoteRef": {"key": secret}}],
    }


def service_monitor() -> Values:
    """Spec of a ServiceMonitor; the chart's own cannot sign in."""
    return {
        "selector": {"matchLabels": {"app": NAME}},
        "endpoints": [
            {
                "port": "http",
                "path": "/metrics",
                "interval": "30s",
                "basicAuth": {
                    "username": {"name": ADMIN, "key": USER_KEY},
                    "password": {"name": ADMIN, "key": PASSWORD_KEY},
                },
            }
        ],
    }


def networks(vpc_cidr: Any, callers: Sequence[str], pods: Mapping[str, str]) -> Values:
    """Name to spec of network policies: callers come in to the server, it goes out to database, S3 and credentials.

    Args:
        vpc_cidr: Network of the database, and of the interface endpoints that every pod reaches by TLS.
        callers: Namespaces whose pods may call the server.
        pods: Labels, of those that the release gives its pods, which no other pods of the namespace have.
    """
    found = network_policies(NAMESPACE, [vpc_cidr], ())
    server = {"podSelector": {"matchLabels": dict(pods)}}
    who = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(callers)}]}
    found["callers"] = {
        **server,
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"namespaceSelector": who}], "ports": [{"port": PORT, "protocol": "TCP"}]}],
    }
    found["database"] = {
        **server,
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"ipBlock": {"cidr": vpc_cidr}}], "ports": [{"port": DATABASE_PORT, "protocol": "TCP"}]}],
    }
    return found
