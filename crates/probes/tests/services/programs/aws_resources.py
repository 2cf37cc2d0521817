"""Makes the resources of a test in a local AWS, by the client library of AWS.

    aws_resources.py ENDPOINT RESOURCES

RESOURCES is a JSON object: `queues` maps names to the numbers of messages that wait and that are in flight;
`metrics` is a list of arguments of PutMetricData, each with the age of its value in seconds; `functions` maps names to
files with a function `handler`.
"""

import io
import json
import sys
import time
import zipfile

import boto3


def client(service, endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def make_queues(sqs, queues):
    for name, (waiting, in_flight) in queues.items():
        url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
        for _ in range(waiting + in_flight):
            sqs.send_message(QueueUrl=url, MessageBody="job")
        for _ in range(in_flight):
            assert sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]


def put_metrics(cloudwatch, metrics):
    for metric in metrics:
        metric = dict(metric)
        namespace, age = metric.pop("Namespace"), metric.pop("age")
        metric["Timestamp"] = time.time() - age
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[metric])


def make_functions(functions_client, functions):
    for name, path in functions.items():
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.write(path, "function.py")
        functions_client.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role="arn:aws:iam::000000000000:role/function",
            Handler="function.handler",
            Code={"ZipFile": archive.getvalue()},
            Timeout=2,
        )


def main():
    endpoint, resources = sys.argv[1], json.loads(sys.argv[2])
    make_queues(client("sqs", endpoint), resources.get("queues", {}))
    put_metrics(client("cloudwatch", endpoint), resources.get("metrics", []))
    make_functions(client("lambda", endpoint), resources.get("functions", {}))


main()
