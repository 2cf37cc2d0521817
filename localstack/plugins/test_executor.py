"""The executor `process`: events, failures, time limits and ends of a function's process."""

import json
import os
import signal
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException

from allclear_localstack.executor import ProcessExecutor

# A function whose behavior the event selects.
BOOTSTRAP = """#!/usr/bin/env python3
import json, os, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"
if os.environ.get("REFUSES"):
    urllib.request.urlopen(api + "/init/error", b'{"errorType": "config"}')
    raise SystemExit(1)
while True:
    with urllib.request.urlopen(api + "/invocation/next") as got:
        request, event = got.headers["Lambda-Runtime-Aws-Request-Id"], json.load(got)
    print("got", json.dumps(event), flush=True)
    if event.get("exit"):
        raise SystemExit(event["exit"])
    time.sleep(event.get("sleep", 0))
    end = "error" if event.get("fail") else "response"
    answer = json.dumps({"pid": os.getpid(), "event": event}).encode()
    urllib.request.urlopen(f"{api}/invocation/{request}/{end}", answer)
"""


class Code:
    def __init__(self, folder):
        self._folder = folder

    def get_unzipped_code_location(self):
        return Path(self._folder)


class Executor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        Path(folder.name, "bootstrap").write_text(BOOTSTRAP)
        config = SimpleNamespace(timeout=1, code=Code(folder.name), runtime="provided.al2023")
        self.executor = ProcessExecutor("id", SimpleNamespace(config=config))
        self.addCleanup(self.executor.stop)

    def invoke(self, event):
        payload = {"invoke-id": "request", "payload": json.dumps(event), "invoked-function-arn": "arn"}
        result = self.executor.invoke(payload)
        return result, json.loads(result.payload)

    def test_a_process_serves_one_event_after_another(self):
        self.executor.start({"SOME": 1})
        first, answer = self.invoke({"n": 1})
        self.assertFalse(first.is_error)
        self.assertEqual(answer["event"], {"n": 1})
        self.assertEqual(self.invoke({"n": 2})[1]["pid"], answer["pid"])

    def test_an_error_of_the_function_is_an_error(self):
        self.executor.start({})
        result, answer = self.invoke({"fail": True})
        self.assertTrue(result.is_error)
        self.assertEqual(answer["event"], {"fail": True})

    def test_a_process_that_ends_is_reported_and_started_again(self):
        self.executor.start({})
        result, answer = self.invoke({"exit": 3})
        self.assertTrue(result.is_error)
        self.assertEqual(answer["errorType"], "Runtime.ExitError")
        self.assertIn("exit status 3", answer["errorMessage"])
        result, answer = self.invoke({"n": 1})
        self.assertFalse(result.is_error)
        os.kill(answer["pid"], signal.SIGKILL)
        # The end of the process is detected before the next event or during it.
        self.invoke({"n": 2})
        self.assertFalse(self.invoke({"n": 3})[0].is_error)

    def test_a_function_that_takes_too_long_is_killed_and_started_again(self):
        self.executor.start({})
        result, answer = self.invoke({"sleep": 30})
        self.assertTrue(result.is_error)
        self.assertEqual(answer["errorType"], "Sandbox.Timedout")
        self.assertFalse(self.invoke({"n": 1})[0].is_error)

    def test_a_process_that_cannot_prepare_itself_says_why(self):
        with self.assertRaises(LambdaRuntimeException) as raised:
            self.executor.start({"REFUSES": "1"})
        self.assertIn("config", str(raised.exception))

    def test_other_runtimes_are_refused(self):
        version = SimpleNamespace(config=SimpleNamespace(runtime="python3.12"))
        with self.assertRaises(LambdaRuntimeException):
            ProcessExecutor.prepare_version(version)


if __name__ == "__main__":
    unittest.main()
