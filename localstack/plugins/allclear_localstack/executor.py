"""The executor `process`: functions of the runtimes `provided.*` as processes of this machine.

LocalStack's own executor runs each function in a container. `LAMBDA_RUNTIME_EXECUTOR=process` chooses
this one. It serves Lambda's runtime API to the function's `bootstrap` and starts a process that has ended
again at its next event, as Lambda does.
"""

import json
import os
import queue
import subprocess
import threading
import time

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from allclear_localstack.runtime_api import Event, RuntimeApi

HOST = "127.0.0.1"
# A process that requests no event within this time does not implement the runtime API.
STARTUP_SECONDS = 60
# The interval at which a working process is checked.
LOOK_SECONDS = 0.1


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """The entry in LocalStack's list of executors."""

    name = "process"

    def load(self, *_args, **_kwargs):
        return ProcessExecutor


class ProcessExecutor(RuntimeExecutor):
    """One execution environment: a process, its runtime API and its output."""

    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self._api = None
        self._process = None
        self._variables = {}
        self._output = _Output()

    def start(self, env_vars):
        """Starts the process and waits until it asks for its first event."""
        self._variables = {name: str(value) for name, value in env_vars.items()}
        self._spawn()

    def stop(self):
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._api is not None:
            self._api.close()

    def invoke(self, payload):
        """Passes one event to the process and waits for its response, its end or its time limit."""
        request = payload["invoke-id"]
        if self._process.poll() is not None:
            self._api.close()
            try:
                self._spawn()
            except LambdaRuntimeException as error:
                return self._failed(request, "Runtime.ExitError", str(error))
        seconds = int(self.function_version.config.timeout)
        deadline = time.time() + seconds
        answers = self._api.hand_over(
            Event(
                request=request,
                payload=payload["payload"].encode(),
                deadline_ms=int(deadline * 1000),
                function=payload["invoked-function-arn"],
                trace=payload.get("trace-id", ""),
            )
        )
        while time.time() < deadline:
            try:
                answer = answers.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if self._process.poll() is None:
                    continue
                status = self._process.returncode
                said = f"RequestId: {request} Error: Runtime exited with error: {_ending(status)}"
                return self._failed(request, "Runtime.ExitError", said)
            return InvocationResult(request, answer.body, answer.is_error, self._output.take())
        self._process.kill()
        self._process.wait()
        said = f"RequestId: {request} Error: Task timed out after {seconds}.00 seconds"
        return self._failed(request, "Sandbox.Timedout", said)

    def get_logs(self):
        """Returns the output that no invocation has returned yet."""
        return self._output.take()

    def get_address(self):
        return HOST

    def get_endpoint_from_executor(self):
        return HOST

    def get_runtime_endpoint(self):
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version):
        """Unpacks the code, and refuses a runtime that is not a program for this machine."""
        if not (function_version.config.runtime or "").startswith("provided"):
            raise LambdaRuntimeException("the executor `process` runs runtimes `provided.*` only")
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        """Keeps the code, because LocalStack deletes it with the function."""

    def _spawn(self):
        folder = str(self.function_version.config.code.get_unzipped_code_location())
        program = os.path.join(folder, "bootstrap")
        os.chmod(program, 0o755)
        self._api = RuntimeApi(HOST)
        variables = {
            "PATH": os.environ["PATH"],
            **self._variables,
            "AWS_LAMBDA_RUNTIME_API": f"{HOST}:{self._api.port}",
            "LAMBDA_TASK_ROOT": folder,
        }
        # In LocalStack's process group, so that a signal to the group reaches it.
        self._process = subprocess.Popen(
            [program],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._output.follow(self._process.stdout)
        self._wait_for_first_request()

    def _wait_for_first_request(self):
        deadline = time.time() + STARTUP_SECONDS
        while not self._api.is_ready.wait(LOOK_SECONDS):
            if self._process.poll() is not None:
                raise LambdaRuntimeException(
                    f"the process ended before its first event ({_ending(self._process.returncode)}): {self._output.take()}"
                )
            if time.time() > deadline:
                self._process.kill()
                raise LambdaRuntimeException(f"the process asked for no event within {STARTUP_SECONDS} s")
        if self._api.init_error is not None:
            raise LambdaRuntimeException(self._api.init_error.decode(errors="replace"))

    def _failed(self, request, kind, message):
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        logs = self._output.take() + message + "\n"
        return InvocationResult(request, body, is_error=True, logs=logs)


class _Output:
    """The output of the processes of an environment since the last call of `take`."""

    def __init__(self):
        self._lines = []
        self._lock = threading.Lock()

    def follow(self, pipe):
        """Reads lines from a pipe in a separate thread, until the process ends."""
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def take(self):
        with self._lock:
            lines, self._lines = self._lines, []
        return "".join(lines)

    def _read(self, pipe):
        with pipe:
            for line in pipe:
                with self._lock:
                    self._lines.append(line.decode(errors="replace"))


def _ending(status):
    return f"signal: {-status}" if status < 0 else f"exit status {status}"
