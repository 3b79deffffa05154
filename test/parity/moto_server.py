"""moto's server on a free port of 127.0.0.1; prints the port, and ends when its standard input does.

Where moto differs from AWS in what the product's definition needs, it is mended here, each time in the smallest way,
so that the tests need not look away. "Recorded" names the case of AWS's own answers in localstack's tests.

- `$$.Execution.RedriveCount` is there (recorded: context_object/test_context_object.py::test_input_path[$$]).
- The cause of SendTaskFailure arrives (recorded: callback/test_callback.py::test_sqs_failure_in_wait_for_task_token).
- A retry has a token of its own: SendTaskFailure ended the task of the first one, and AWS answers TaskTimedOut to it.
- An answer that comes while moto still records the sending of the message is not overlooked.
- DescribeExecution gives an output that is a text as JSON, as GetExecutionHistory does.

One thing AWS does not have: POST /dandori/advance {"ms": ...} sets the clock of the queues forward.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import moto.sqs.models
from moto.core.responses import EmptyResult
from moto.core.utils import unix_time_millis
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint, HeartbeatEndpoint
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData, States
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.responses import StepFunctionResponse
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

make_states = States.__init__
evaluate_attempt = StateTaskServiceCallback._evaluate_with_timeout
set_up_heartbeat = CallbackEndpoint.setup_heartbeat_endpoint
execution_terminated = BaseExecutionWorkerCommunication.terminated


def states_with_redrive_count(self: States, context: ContextObjectData) -> None:
    context["Execution"].setdefault("RedriveCount", 0)
    make_states(self, context)


def send_task_failure(self: StepFunctionResponse) -> EmptyResult:
    token, error, cause = (self._get_param(name) for name in ("taskToken", "error", "cause"))
    self.stepfunction_backend.send_task_failure(token, error=error, cause=cause)
    return EmptyResult()


def evaluate_attempt_with_own_token(self: StateTaskServiceCallback, env: Environment) -> None:
    context = env.states.context_object
    is_retry = context.context_object_data["State"]["RetryCount"] > 0
    if is_retry and self.resource.condition == ResourceCondition.WaitForTaskToken:
        env.callback_pool_manager.add(context.update_task_token())
    evaluate_attempt(self, env)


def set_up_heartbeat_and_look(self: CallbackEndpoint, heartbeat_seconds: int) -> HeartbeatEndpoint:
    heartbeat = set_up_heartbeat(self, heartbeat_seconds)
    if self.get_outcome() is not None:
        heartbeat.notify()
    return heartbeat


def terminated_with_json_output(self: BaseExecutionWorkerCommunication) -> None:
    execution_terminated(self)
    if isinstance(self.execution.output, str):
        self.execution.output = json.dumps(self.execution.output)


def mend() -> None:
    States.__init__ = states_with_redrive_count
    StepFunctionResponse.send_task_failure = send_task_failure
    StateTaskServiceCallback._evaluate_with_timeout = evaluate_attempt_with_own_token
    CallbackEndpoint.setup_heartbeat_endpoint = set_up_heartbeat_and_look
    BaseExecutionWorkerCommunication.terminated = terminated_with_json_output


class Application:
    """moto's application, with the clock of its queues."""

    def __init__(self) -> None:
        self.ahead_ms = 0
        self.moto = DomainDispatcherApplication(create_backend_app)
        moto.sqs.models.unix_time_millis = lambda: unix_time_millis() + self.ahead_ms

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/dandori/advance":
            return self.moto(environ, start_response)
        self.ahead_ms += json.loads(Request(environ).data)["ms"]
        return Response()(environ, start_response)


class QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


def main() -> None:
    mend()
    server = make_server("127.0.0.1", 0, Application(), threaded=True, request_handler=QuietHandler)
    # The executor of state machines reaches the queues through this port.
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
