"""Wrong settings files: what each is told."""

from typing import Any

import pytest

from components.retraining_bus import MAX_COOLDOWN_MINUTES
from tests.stacks.test_settings import DELETE, changed, local, prod, refusal, shipped

PROMOTION = {
    "account": "222222222222",
    "stack": "staging",
    "bucket": "artifacts-1",
    "kmsKeyArn": "arn:aws:kms:eu-central-1:222222222222:key/k",
}
STOP = {"stop": "cron(0 20 * * ? *)", "start": "cron(0 7 * * ? *)", "timezone": "Europe/Berlin"}
STORE = {"dataClass": "confidential", "noncurrentVersionDays": 7}
REPLICA = {"region": "eu-west-1", "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"environment": "production"}, "environment = \"production\": input should be 'local', 'dev'"),
        ({"account": 123456789012}, "account = 123456789012: allowed: a text; put a number in quotes"),
        ({"account": "1234"}, 'account = "1234": allowed: 12 digits'),
        ({"account": DELETE}, "account: missing; add the only AWS account"),
        ({"region": "frankfurt"}, 'region = "frankfurt": allowed: an AWS region'),
        ({"owner": "A Team"}, 'owner = "A Team": allowed: 3 to 32'),
        ({"costCentre": ""}, 'costCentre = "": allowed: 3 to 32'),
        ({"cost_centre": "x"}, "cost_centre: no such setting; did you mean costCentre?"),
        ({"owner": None}, "owner: has no value; add team that answers for it"),
        ({"audit__lock__days": None}, "audit.lock.days: has no value; add days from the creation"),
        ({"deletionProtection": "maybe"}, 'deletionProtection = "maybe": input should be a valid boolean'),
        ({"deletionProtection": True}, "deletionProtection = true: allowed in local: false"),
        ({"keys": DELETE}, "keys: missing"),
        ({"keys__users": []}, "keys.users: no such setting; allowed here: dataClasses, administrators, del"),
        ({"keys__deletionWindowDays": DELETE}, "keys.deletionWindowDays: missing; add days before"),
        ({"keys__deletionWindowDays": 7.5}, "keys.deletionWindowDays = 7.5: input should be a valid integer"),
        ({"keys__dataClasses__Bad Name": {}}, "keys.dataClasses.Bad Name: allowed as a name: 3 to 32 of a-z"),
        ({"keys": {}}, "keys.dataClasses: missing; add a key for each data class"),
        ({"keys__dataClasses": {}}, "keys.dataClasses = {}: dictionary should have at least 1 item"),
        ({"keys__administrators": ["root"]}, 'keys.administrators.0 = "root": allowed: the ARN'),
        ({"keys__dataClasses__confidential__users": ["*"]}, 'keys.dataClasses.confidential.users.0 = "*": allowed'),
        ({"keys__dataClasses__audit__user": []}, "dataClasses.audit.user: no such setting; allowed here: users"),
        ({"accessLogs": {}}, "accessLogs.retentionDays: missing; add days until an access log expires"),
        ({"accessLogs__days": 1}, "accessLogs.days: no such setting; allowed here: retentionDays"),
        ({"accessLogs__retentionDays": "week"}, 'accessLogs.retentionDays = "week": input should be a valid integer'),
        ({"stores": DELETE}, "stores: missing"),
        ({"stores__B": {}}, "stores.B: allowed as a name: 3 to 32 of a-z"),
        ({"stores__artifacts__dataClass": DELETE}, "stores.artifacts.dataClass: missing; add names the key"),
        ({"stores": {}}, "stores = {}: dictionary should have at least 1 item"),
        (
            {"stores__artifacts__dataClass": "secret"},
            'stores.artifacts.dataClass = "secret": allowed: a data class that',
        ),
        ({"stores__artifacts__prefixes": []}, "stores.artifacts.prefixes = []: tuple should have at least 1 item"),
        ({"stores__artifacts__prefixes": ["/models"]}, 'stores.artifacts.prefixes.0 = "/models": allowed: a path'),
        ({"stores__artifacts__bucket": "b"}, "stores.artifacts.bucket: no such setting; allowed here: dataClass"),
        (
            {"stores__artifacts__lock": {"mode": "NONE", "days": 1}},
            'artifacts.lock.mode = "NONE": input should be \'GOV',
        ),
        ({"stores__artifacts__lock": {"mode": "COMPLIANCE", "days": 1}}, "allowed in local: GOVERNANCE"),
        ({"stores__artifacts__replica": {**REPLICA, "region": "eu-central-1"}}, "allowed: any other region than"),
        (
            {"stores__artifacts__replica": {**REPLICA, "kmsKeyArn": "k"}},
            'kmsKeyArn = "k": allowed: the ARN of a KMS key',
        ),
        (
            {"stores__artifacts__replica": {**REPLICA, "region": "eu-north-1"}},
            f'replica.kmsKeyArn = "{REPLICA["kmsKeyArn"]}": allowed: a key in eu-north-1',
        ),
        (
            {"stores__artifacts__replica": {**REPLICA, "key": "k"}},
            "artifacts.replica.key: no such setting; allowed here: region, kmsKeyArn",
        ),
        (
            {"stores__artifacts__replica": REPLICA, "stores__artifacts-replica": {**STORE, "prefixes": ["a"]}},
            "stores.artifacts-replica",
        ),
        ({"stores__artifacts__replica": {"region": "eu-west-1"}}, "replica.kmsKeyArn: missing; add key in that region"),
        ({"audit__dataClass": "logs"}, 'audit.dataClass = "logs": allowed: a data class that keys.dataClasses defines'),
        ({"audit__lock__day": 1}, "audit.lock.day: no such setting; allowed here: mode, days"),
        ({"audit__logGroupDays": 2}, "audit.logGroupDays = 2: "),
        ({"audit__lock": DELETE}, "audit.lock: missing; add write-once retention"),
        ({"audit__trail": "t"}, "audit.trail: no such setting; allowed here: dataClass, lock, logGroupDays"),
        ({"audit": DELETE}, "audit: missing"),
        ({"audit": "yes"}, 'audit = "yes": input should be a valid dictionary'),
    ],
)
def test_a_wrong_setting_is_refused_by_path_value_and_what_is_allowed(change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(local(), **change))
    assert any(told in line and line.startswith("ml-platform:") for line in lines), lines


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"deletionProtection": False}, "deletionProtection = false: allowed in prod: true"),
        ({"audit__lock__mode": "GOVERNANCE"}, 'audit.lock.mode = "GOVERNANCE": allowed in prod: COMPLIANCE'),
        ({"audit__lock__days": 364}, "audit.lock.days = 364: allowed in prod: 365 or more"),
        ({"keys__deletionWindowDays": 29}, "keys.deletionWindowDays = 29: allowed in prod: 30"),
        ({"decommission": "perhaps"}, 'decommission = "perhaps": input should be a valid boolean'),
        ({"network": DELETE}, "network = null: prod needs it: add it"),
        ({"network__zones": ["eu-central-1a", "eu-central-1b"]}, "allowed in prod: three zones or more"),
        ({"network__nat": "single"}, 'network.nat = "single": allowed in prod: per-zone'),
        ({"costs": DELETE}, "costs = null: prod needs it: add it"),
        ({"costs__idleStop": STOP}, 'costs.idleStop = "...": prod is never idle: remove it'),
        ({"threats": DELETE}, "threats = null: prod needs it"),
        ({"backups": DELETE}, "backups = null: prod needs it"),
        ({"notifications": DELETE}, "notifications = null: prod needs it"),
        ({"notifications__page": []}, "notifications.page = []: allowed in prod: at least one subscriber"),
        ({"database__multiZone": False}, "database.multiZone = false: allowed in prod: true"),
        ({"database__backupDays": 13}, "database.backupDays = 13: allowed in prod: 14 or more"),
        ({"features__replicas": 0}, "features.replicas = 0: allowed in prod: 1 or more"),
        ({"cluster__publicAccess": ["192.0.2.0/24"]}, 'cluster.publicAccess = ["192.0.2.0/24"]: allowed in prod: none'),
        ({"capture__retentionDays": 182}, "capture.retentionDays = 182: allowed in prod: 183 or more"),
    ],
)
def test_prod_and_staging_demand_more(change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(prod(), **change))
    assert any(told in line for line in lines), lines


NO_CLUSTER = {"cluster": DELETE, "workloads": {}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"layer": "attic"}, "layer = \"attic\": input should be 'foundation', 'platform' or 'models'"),
        ({"deletionProtection": False, "environment": "staging"}, "allowed in staging: true"),
        ({"network__cidr": "10.0.0.0"}, 'network.cidr = "10.0.0.0": allowed: an IPv4 network'),
        ({"network__cidr": "10.0.0.1/16"}, 'network.cidr = "10.0.0.1/16": allowed: the address of a network'),
        ({"network__cidr": "10.0.0.0/24"}, 'network.cidr = "10.0.0.0/24": allowed: /16 to /20'),
        ({"network__zones": ["eu-central-1a"]}, "network.zones"),
        ({"region": "eu-centrl-1"}, 'region = "eu-centrl-1": allowed: eu-central-1, the region of all network.zones'),
        ({"network__zones__0": "eu-west-1a"}, 'network.zones.0 = "eu-west-1a": allowed: a zone of eu-central-1'),
        ({"network__zones__0": "eu-central-1b"}, "allowed: each zone once"),
        ({"network__zones__0": "Frankfurt"}, 'network.zones.0 = "Frankfurt": allowed: an availability zone'),
        ({"network__nat": "two"}, "network.nat = \"two\": input should be 'none', 'single' or 'per-zone'"),
        ({"network__nat": "none"}, 'network.nat = "none": nodes could not start: allowed: single or per-zone, or'),
        ({"network__flowLogDays": 2}, "network.flowLogDays = 2: "),
        ({"network": DELETE}, 'cluster = "...": needs a network: add `network`'),
        ({"costs__monthlyLimitUsd": 0}, "costs.monthlyLimitUsd = 0: input should be greater than or equal to 1"),
        ({"costs__emails": ["nobody"]}, 'costs.emails.0 = "nobody": allowed: an e-mail address'),
        ({"costs__idleStop__stop": "20:00"}, 'costs.idleStop.stop = "20:00": allowed: rate(...), cron(...) or at(...)'),
        ({"costs__idleStop__start": DELETE}, "costs.idleStop.start: missing; add when to start again"),
        ({"gpu__monthlyLimitUsd": 99999}, "gpu.monthlyLimitUsd = 99999: allowed: at most costs.monthlyLimitUsd, 3000"),
        ({"costs": DELETE}, "gpu.maxGpus = 8: GPUs need a budget: add `costs`"),
        ({"gpu__maxGpus": 0}, "gpu.maxGpus = 0: input should be greater"),
        ({**NO_CLUSTER}, 'gpu = "...": needs a cluster: add `cluster`'),
        ({"cluster": DELETE, "gpu": DELETE}, 'workloads = "...": needs a cluster'),
        ({"cluster__version": "1.3"}, 'cluster.version = "1.3": string should match pattern'),
        ({"cluster__publicAccess": ["0.0.0.0/0"]}, 'publicAccess.0 = "0.0.0.0/0": allowed: networks of yours'),
        ({"cluster__systemNodes__min": 2}, "cluster.systemNodes.min = 2: allowed: 3 or more, one for each zone"),
        ({"cluster__systemNodes__release": "1.34.2-20261023"}, "allowed: an AMI of cluster.version, 1.35"),
        ({"cluster__systemNodes__max": 1}, "cluster.systemNodes.max = 1: allowed: 3 or more"),
        ({"cluster__access__operators__principal": "arn:aws:iam::111111111111:role/*"}, "one role or user, without *"),
        ({"cluster__access__operators__namespaces": ["team"]}, "cluster-admin has none"),
        ({"cluster__access__operators__policy": "root"}, "policy = \"root\": input should be 'cluster-admin'"),
        ({"cluster__addons": {}}, "cluster.addons = {}: dictionary should have at least 1 item"),
        ({"database__engineVersion": "17.6"}, 'database.engineVersion = "17.6": string should match pattern'),
        ({"database__instanceClass": "large"}, 'database.instanceClass = "large": string should match'),
        ({"database__maxStorageGib": 19}, "database.maxStorageGib = 19: input should be greater"),
        ({"database__storageGib": 200}, "database.maxStorageGib = 100: allowed: 200 or more"),
        ({"database__users": ["Root"]}, 'database.users.0 = "Root": allowed: 2 to 31 of a-z'),
        ({"database__password": "secret"}, "database.password: no such setting"),
        ({"features__engine": "memcached"}, "features.engine = \"memcached\": input should be 'valkey' or 'redis'"),
        ({"features__nodeType": "t4g"}, 'features.nodeType = "t4g": string should match'),
        ({"lake__dataClass": "public"}, 'lake.dataClass = "public": allowed: a data class that keys.dataClasses'),
        ({"lake__lineageLock": {"mode": "COMPLIANCE", "days": 1}}, "lake.lineageLock.mode"),
        ({"registry__pullAccounts": ["111111111111"]}, 'registry.pullAccounts = "111111111111": allowed: other'),
        ({"registry__repositories": ["Serving"]}, 'repositories.0 = "Serving": allowed: a repository name in lower'),
        ({"ci__promotion": {**PROMOTION, "account": "111111111111"}}, "ci.promotion.account = "),
        ({"ci__promotion": PROMOTION, "registry": DELETE}, "promotes images: add `registry`"),
        ({"ci__promotion": {**PROMOTION, "bucket": "A"}}, 'ci.promotion.bucket = "A": allowed: the name of a bucket'),
        ({"notifications": DELETE}, 'costs = "...": has nobody to tell: add `notifications`'),
        ({"ci__repository": "example/*"}, 'ci.repository = "example/*": allowed: OWNER/NAME, without wildcards'),
        ({"retraining__triggers__a-b": {"kind": "drift", "model": "abc"}}, "threshold = null: kind drift needs it"),
        ({"retraining__triggers__fraud-manual__threshold": 0.5}, "threshold = 0.5: kind manual has none: remove it"),
        ({"retraining__triggers__fraud-weekly__schedule": DELETE}, "schedule = null: kind schedule needs it: add it"),
        ({"retraining__triggers__fraud-data__store": "lost"}, 'lost = "lost": allowed: a store of stores (artifacts'),
        (
            {"retraining__triggers__fraud-data__prefix": "dirt"},
            "allowed: a prefix of stores.datasets (raw, curated, reference, outcomes)",
        ),
        ({"retraining__cooldownMinutes": 0}, "retraining.cooldownMinutes = 0: input should be greater"),
        ({"retraining__cooldownMinutes": MAX_COOLDOWN_MINUTES + 1}, f"less than or equal to {MAX_COOLDOWN_MINUTES}"),
        ({"capture__samplingPercent__fraud": 101}, "samplingPercent.fraud = 101: input should be less"),
        ({"batch__jobs__score-fraud__image": "repo:latest"}, "allowed: an image pinned by its digest"),
        ({"batch__jobs__score-fraud__image": f"repo@v1@sha256:{'0' * 64}"}, "allowed: an image pinned by its digest"),
        ({"batch__instanceTypes": ["g5.xlarge"]}, "batch.instanceTypes"),
        ({"edge__publicKey": "ssh-rsa"}, 'edge.publicKey = "ssh-rsa": string should match'),
        ({"edge__aliases": []}, "edge.aliases"),
        ({"edge__webAcl": "arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/a"}, "a web ACL of CloudFront"),
        ({"edge__certificate": "arn:aws:acm:eu-west-1:111111111111:certificate/a"}, "a certificate in us-east-1"),
        ({"workloads__trainer__reads": {"lost": ["raw"]}}, 'reads.lost = "lost": allowed: a store of stores'),
        ({"workloads__trainer__writes": {"datasets": ["dirt"]}}, 'writes.datasets = "dirt": allowed: a prefix of'),
        ({"workloads__trainer__databaseUser": "root"}, 'databaseUser = "root": allowed: a user of database (mlflow'),
        ({"workloads__trainer__secrets": ["key"]}, 'workloads.trainer.secrets = "key": allowed: a secret of'),
        ({"capture": DELETE}, "workloads.serving.captures = true: needs `capture`: add it"),
        ({"workloads__trainer__policies": ["*"]}, "workloads.trainer.policies: no such setting; allowed here: names"),
        ({"notifications__page": [{"protocol": "sms", "endpoint": "+49"}]}, 'protocol = "sms": input should be'),
        (
            {"notifications__info": [{"protocol": "https", "endpoint": "http://user:canary@example.com"}]},
            'info.0.endpoint = "http://u...": allowed: what protocol https takes: https://',
        ),
        ({"secrets__administrators": []}, "secrets.administrators = []: tuple should have at least 1 item"),
        ({"secrets__values": {"a": "b"}}, "secrets.values: no such setting"),
    ],
)
def test_what_does_not_go_together_is_refused(change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(shipped("dev"), **change))
    assert any(told in line and line.startswith("ml-platform:") for line in lines), lines
