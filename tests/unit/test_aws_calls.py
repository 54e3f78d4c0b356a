"""The record of AWS calls that permissions are compared with."""

from __future__ import annotations

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from tests.aws_calls import Call, recorded


def test_each_call_of_each_client_is_recorded_and_presigned_requests_too() -> None:
    session = Session()
    session.set_credentials("key", "secret")
    calls = recorded(session)
    queue, objects = (session.create_client(name, region_name="eu-central-1") for name in ("sqs", "s3"))
    with Stubber(queue) as stub:
        stub.add_response("send_message", {"MessageId": "1"})
        stub.add_client_error("send_message", "AccessDenied")
        queue.send_message(QueueUrl="https://q.example/1/q", MessageBody="x")
        with pytest.raises(queue.exceptions.ClientError):
            queue.send_message(QueueUrl="https://q.example/1/r", MessageBody="y")
    objects.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert calls == [
        Call("sqs", "SendMessage", {"QueueUrl": "https://q.example/1/q", "MessageBody": "x"}),
        Call("sqs", "SendMessage", {"QueueUrl": "https://q.example/1/r", "MessageBody": "y"}),
        Call("s3", "GetObject", {"Bucket": "b", "Key": "k"}),
    ]
