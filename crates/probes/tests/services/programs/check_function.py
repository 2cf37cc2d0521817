"""A function that implements the contract of the `lambda` check, as its input tells it to behave."""

import datetime
import time


def handler(event, context):
    if event["allclear_check"] != 1:
        return {"status": "unknown", "message": f"unknown contract {event['allclear_check']}"}
    datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00"))
    given = event["input"]
    time.sleep(given.get("sleep", 0))
    if "error" in given:
        raise RuntimeError(given["error"])
    if "large" in given:
        return {"status": "healthy", "message": "x" * given["large"]}
    if "answer" in given:
        return given["answer"]
    return {
        "status": "healthy",
        "message": "42 orders",
        "metrics": {"orders": 42, "time_limit_ms": event["timeout_ms"]},
    }
