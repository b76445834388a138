import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live.reader import DENIED, Reader

NUMBER = "123456789012"


class Refusing:
    """A client that refuses every call with the same error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def can_paginate(self, operation: str) -> bool:
        return False

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            raise self.error

        return call


class Clients(dict[str, Any]):
    """Made clients instead of those of a session."""

    under_way = threading.BoundedSemaphore(2)


def reader(client: Any) -> Reader:
    return Reader(boto3.Session(region_name="eu-central-1"), NUMBER, clients=Clients(s3=client))  # pyright: ignore


def refusing(code: str) -> Reader:
    return reader(Refusing(ClientError({"Error": {"Code": code}}, "Any")))


@pytest.mark.parametrize("code", sorted(DENIED))
def test_what_is_denied_is_unknown_and_named_as_iam_names_it(code: str) -> None:
    read = refusing(code)
    assert read.get("s3", "list_buckets", absent=["NoSuchBucket"]) is UNKNOWN
    assert read.denied == {"s3:ListAllMyBuckets"}
    assert read.parts("s3", "list_buckets", "Buckets") is UNKNOWN
    assert not read.missed  # the caller has the answer, that it is unknown
    assert read.list("s3", "list_buckets", "Buckets") == []
    assert read.missed == {"the audit role may not call s3:ListAllMyBuckets"}
    assert not read.errors


def test_an_error_code_that_says_absent_is_no_error() -> None:
    read = refusing("NoSuchBucketPolicy")
    assert read.get("s3", "get_bucket_policy", absent=["NoSuchBucketPolicy"]) is ABSENT
    assert read.list("s3", "get_bucket_policy", "Policy", absent=["NoSuchBucketPolicy"]) == []
    assert read.parts("s3", "get_bucket_policy", "Policy", absent=["NoSuchBucketPolicy"]) == []
    assert not read.denied
    assert not read.errors
    assert not read.missed


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ClientError({"Error": {"Code": "InternalError"}}, "Any"), "InternalError"),
        (EndpointConnectionError(endpoint_url="https://s3.nowhere-1"), "EndpointConnectionError"),
        (NotImplementedError("hunter2"), "NotImplementedError"),
    ],
)
def test_any_other_failure_is_an_error_that_does_not_raise_and_quotes_nothing(error: Exception, kind: str) -> None:
    read = reader(Refusing(error))
    assert read.get("s3", "list_buckets") is UNKNOWN
    assert read.list("s3", "list_buckets", "Buckets") == []
    assert read.errors == {"s3:ListAllMyBuckets": kind}
    assert read.missed == {f"s3:ListAllMyBuckets failed: {kind}"}
    assert not read.denied


def test_a_service_that_boto3_does_not_know_is_an_error(session: boto3.Session) -> None:
    read = Reader(session, NUMBER)
    assert read.get("nonesuch", "list_things") is UNKNOWN
    assert read.errors == {"nonesuch:list_things": "UnknownServiceError"}


def test_reads_all_pages(session: boto3.Session) -> None:
    sns = session.client("sns")
    for number in range(120):
        sns.create_topic(Name=f"topic-{number}")
    assert len(sns.list_topics()["Topics"]) == 100
    assert len(Reader(session, NUMBER).list("sns", "list_topics", "Topics")) == 120


def test_a_listing_without_its_key_is_empty(session: boto3.Session) -> None:
    """SQS leaves the key out where there is no queue."""
    read = Reader(session, NUMBER)
    assert read.list("sqs", "list_queues", "QueueUrls") == []
    assert not read.errors


def test_many_at_once_but_no_more_requests_than_allowed_and_in_order() -> None:
    class Counting:
        at_once = most = 0
        lock = threading.Lock()

        def head(self) -> None:
            with self.lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            time.sleep(0.002)
            with self.lock:
                self.at_once -= 1

    client = Counting()
    read = reader(client)

    def one(number: int) -> Iterator[Resource]:
        read.get("s3", "head")
        yield Resource("aws:s3/bucket:Bucket", str(number))

    assert [found.urn for found in read.each(one, range(40))] == [str(number) for number in range(40)]
    assert client.most == 2


def test_a_defect_costs_one_item_and_is_told() -> None:
    read = reader(None)

    def one(number: int) -> Iterator[Resource]:
        yield Resource("aws:s3/bucket:Bucket", str(10 // number))

    assert [found.urn for found in read.each(one, (1, 0, 2))] == ["10", "5"]
    assert read.errors == {"collector": "the collector is defective: ZeroDivisionError"}
    assert read.missed


def test_one_client_a_service_whichever_thread_asks_first(session: boto3.Session) -> None:
    read = Reader(session, NUMBER)
    found = set()

    def ask(_: int) -> Iterator[Resource]:
        found.add(id(read._clients["s3"]))
        yield from ()

    list(read.each(ask, range(50)))
    assert len(found) == 1
