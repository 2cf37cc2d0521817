"""Fires the schedules of LocalStack, which stores them and never fires them.

Reads all schedules from the Scheduler API at the beginning of each minute (UTC) and invokes the functions
of those that are due, asynchronously, as EventBridge Scheduler does. Environment: AWS_ENDPOINT_URL and
AWS_REGION. Only Python's standard library is needed.

Supported: `rate(N minutes|hours|days)`, counted from midnight of 1 January 1970, and `cron(…)` of six
fields with numbers, `*`, `?`, lists, ranges and steps. Anything else is named in the log and not fired:
`at(…)`, time zones except UTC, targets except functions.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone

MINUTES_OF = {"minute": 1, "hour": 60, "day": 1440}
# Name, first value, last value of the fields of a cron expression.
CRON_FIELDS = [("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 1, 7), ("year", 1970, 2199)]


class Unsupported(Exception):
    """An expression or a target that this program does not support."""


class Aws:
    """The interfaces of Scheduler and Lambda at an address."""

    def __init__(self, address, region):
        self.address = address.rstrip("/")
        self.region = region
        # The local AWS is on this machine, so no proxy is used.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def schedules(self):
        """Returns all schedules that are enabled, with their targets."""
        found, token = [], None
        while True:
            page = self._call("scheduler", "GET", "/schedules", {"NextToken": token} if token else {})
            for one in page["Schedules"]:
                path = "/schedules/" + urllib.parse.quote(one["Name"], safe="")
                found.append(self._call("scheduler", "GET", path, {"groupName": one["GroupName"]}))
            token = page.get("NextToken")
            if not token:
                return [one for one in found if one.get("State", "ENABLED") == "ENABLED"]

    def invoke(self, function, event):
        """Invokes a function without waiting for its response."""
        path = f"/2015-03-31/functions/{urllib.parse.quote(function, safe='')}/invocations"
        self._call("lambda", "POST", path, {}, event.encode(), {"X-Amz-Invocation-Type": "Event"})

    def _call(self, service, method, path, query, body=None, headers=None):
        url = self.address + path + ("?" + urllib.parse.urlencode(query) if query else "")
        # LocalStack reads service and region from the scope of a signature and does not check the
        # signature.
        scope = f"test/20260101/{self.region}/{service}/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=not-checked"
        request = urllib.request.Request(url, body, {"Authorization": signed, **(headers or {})}, method=method)
        with self._opener.open(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")


def is_due(expression, at):
    """Returns whether a schedule fires in the minute that begins at a time."""
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        every = int(found[1]) * MINUTES_OF[found[2]]
        return int(at.timestamp()) // 60 % every == 0
    if found := re.fullmatch(r"cron\((.+)\)", expression):
        fields = found[1].split()
        if len(fields) != len(CRON_FIELDS):
            raise Unsupported(f"`{expression}` has not six fields")
        # Weekdays count from Sunday as 1.
        now = [at.minute, at.hour, at.day, at.month, at.isoweekday() % 7 + 1, at.year]
        return all(value in values(field, limits) for field, limits, value in zip(fields, CRON_FIELDS, now))
    raise Unsupported(f"`{expression}` is neither `rate` nor `cron`")


def values(field, limits):
    """Returns the numbers that a field of a cron expression selects."""
    name, first, last = limits
    found = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:[*?]|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        if not match:
            raise Unsupported(f"`{part}` is no {name}")
        begin, end, step = (int(group) if group else None for group in match.groups())
        if begin is None:
            begin, end = first, last
        elif end is None:
            end = last if step else begin
        found.update(range(begin, end + 1, step or 1))
    return found


def event_of(schedule, at):
    """Returns the event that the target gets for a minute, as text."""
    target, scheduled = schedule["Target"], at.strftime("%Y-%m-%dT%H:%M:%SZ")
    execution = str(uuid.uuid4())
    placeholders = {
        "<aws.scheduler.scheduled-time>": scheduled,
        "<aws.scheduler.schedule-arn>": schedule["Arn"],
        "<aws.scheduler.execution-id>": execution,
        "<aws.scheduler.attempt-number>": "1",
    }
    if target.get("Input"):
        text = target["Input"]
        for placeholder, value in placeholders.items():
            text = text.replace(placeholder, value)
        return text
    _, _, _, region, account, _ = schedule["Arn"].split(":", 5)
    event = {
        "version": "0",
        "id": execution,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": scheduled,
        "region": region,
        "resources": [schedule["Arn"]],
        "detail": "{}",
    }
    return json.dumps(event)


def fire(aws, schedule, at):
    """Invokes the target of a schedule if it is due."""
    if schedule.get("ScheduleExpressionTimezone", "UTC") != "UTC":
        raise Unsupported(f"the time zone `{schedule['ScheduleExpressionTimezone']}`")
    if not is_due(schedule["ScheduleExpression"], at):
        return
    target = schedule["Target"]["Arn"]
    if ":lambda:" not in target:
        raise Unsupported(f"the target `{target}` is no function")
    aws.invoke(target, event_of(schedule, at))
    log(f"fired {schedule['Name']} for {at:%H:%M}")


def tick(aws, at):
    """Fires all schedules that are due at a time. A failure of one does not prevent the others."""
    try:
        schedules = aws.schedules()
    except (OSError, ValueError, KeyError) as error:
        log(f"the schedules cannot be read: {error}")
        return
    for schedule in schedules:
        try:
            fire(aws, schedule, at)
        except (OSError, ValueError, KeyError, Unsupported) as error:
            log(f"{schedule.get('Name')} was not fired: {error}")


def log(text):
    print(f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ} {text}", flush=True)


def main():
    aws = Aws(os.environ["AWS_ENDPOINT_URL"], os.environ.get("AWS_REGION", "us-east-1"))
    while True:
        minute = int(time.time() // 60 + 1) * 60
        while (rest := minute - time.time()) > 0:
            time.sleep(rest)
        tick(aws, datetime.fromtimestamp(minute, timezone.utc))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
