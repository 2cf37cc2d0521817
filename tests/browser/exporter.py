"""Reads the status page at an address with statuspage-prometheus-exporter, and prints the result as JSON."""

import json
import os
import sys
import tempfile

address = sys.argv[1]
# The exporter reads its config when it is imported, and keeps answers in the working directory.
os.chdir(tempfile.mkdtemp())
with open("services.json", "w") as file:
    json.dump({"page": {"url": f"{address}/api/v2/summary.json", "name": "Page"}}, file)

from statuspage_prometheus_exporter.service_checker import SERVICES, check_service_status  # noqa: E402

json.dump(check_service_status("page", SERVICES["page"]), sys.stdout)
