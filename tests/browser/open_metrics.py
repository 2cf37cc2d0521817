"""Reads metrics in the format of OpenMetrics from the standard input with the Prometheus client, and prints the
samples as JSON."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

text = sys.stdin.buffer.read().decode()
samples = [
    {"name": sample.name, "labels": sample.labels, "value": sample.value}
    for family in text_string_to_metric_families(text)
    for sample in family.samples
]
json.dump(samples, sys.stdout)
