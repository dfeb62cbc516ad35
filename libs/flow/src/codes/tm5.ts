/** Codes of the engine: limits, control flow, and what a run comes to. */
export const tm5 = {
  TM5001: {
    title: 'a step took longer than its timeout',
    explanation:
      'The step was stopped because one attempt took longer than `timeout`. What was in flight (request, query, wait) was aborted. With `retry` the next attempt has the whole time again.',
    example: { wrong: 'timeout: 100ms', right: 'timeout: 5s' },
  },
  TM5002: {
    title: 'all attempts together took too long',
    explanation:
      '`retry.max_elapsed` limits all attempts and the pauses between them. The attempt that was running then was stopped.',
    example: {
      wrong: 'retry: {max_attempts: 10, delay: 2s, max_elapsed: 3s}',
      right: 'retry: {max_attempts: 10, delay: 2s, max_elapsed: 30s}',
    },
  },
  TM5003: {
    title: 'the flow took longer than its timeout',
    explanation:
      "The flow's `timeout` limits everything but teardown. The step that was running was stopped, teardown ran, and the run ends as timed out.",
    example: { wrong: 'flow:\n  timeout: 1s', right: 'flow:\n  timeout: 2m' },
  },
  TM5004: {
    title: 'teardown took longer than its limit',
    explanation:
      'Teardown has a limit of its own, 60s unless the flow says otherwise, so that a hanging clean-up cannot hold a run for ever. The steps after the one that hung were not run.',
    example: { wrong: 'flow:\n  teardown_timeout: 1s', right: 'flow:\n  teardown_timeout: 2m' },
  },
  TM5005: {
    title: 'the run was cancelled',
    explanation:
      'Somebody asked for the run to stop (Ctrl-C, a cancellation, the limit of the whole invocation). What was in flight was stopped, teardown ran.',
    example: { wrong: 'testmesh run slow.yaml --timeout 1s', right: 'testmesh run slow.yaml --timeout 10m' },
  },
  TM5006: {
    title: 'teardown was given up',
    explanation:
      'A second Ctrl-C ends teardown too. What the run opened is still closed, but clean-up steps that had not run are left out: look for what they would have removed.',
    example: { wrong: 'Ctrl-C, Ctrl-C', right: 'Ctrl-C, then wait for teardown' },
  },
  TM5007: {
    title: 'stopped because another branch failed',
    explanation:
      'Branches of `parallel` and iterations of `for_each` that run at the same time are stopped by the first that fails. With `fail_fast: false` (`continue_on_error: true` for a loop) each runs to its end; the step fails all the same.',
    example: { wrong: 'action: parallel', right: 'action: parallel\nconfig:\n  fail_fast: false' },
  },
  TM5008: {
    title: 'stopped because the wait was over',
    explanation:
      'A step inside `wait_until` was still running when `max_duration` had passed. The report of the wait says what its condition last was.',
    example: { wrong: 'max_duration: 1s', right: 'max_duration: 30s' },
  },
  TM5009: {
    title: 'the run could not record what happened',
    explanation:
      "The run's journal could not be written (a full disk, a missing permission), so the run was stopped after teardown: a run without a record proves nothing.",
    example: {
      wrong: 'a full disk under .testmesh',
      right: 'free some space, or run from a folder that can be written to',
    },
  },
  TM5010: {
    title: 'an assertion does not hold',
    explanation:
      'This is `error.code` inside `error_steps` when the step failed by its assertions rather than by an error; `error.message` says which and what was there instead.',
    example: { wrong: 'assert:\n  - status == 200', right: 'assert:\n  - status == 201' },
  },
  TM5011: {
    title: 'something the run opened could not be closed',
    explanation:
      'Connections, containers and servers that steps open are closed when the run ends. This one failed to close or took too long; the others were closed all the same.',
    example: { wrong: 'a container that ignores its stop signal', right: 'a container that stops within seconds' },
  },
  TM5012: {
    title: 'a nested step did not pass',
    explanation:
      'A step of control flow (`parallel`, `for_each`, `condition`, `run_flow`) fails when a step inside it fails and nothing excuses that one. Its report shows the nested step.',
    example: {
      wrong: 'steps:\n  - id: check\n    action: assert',
      right: 'steps:\n  - id: check\n    action: assert\n    on_error: continue',
    },
  },
  TM5013: {
    title: 'an action broke',
    explanation:
      'The action itself failed in a way it does not know about. That is a fault in TestMesh, not in your flow: please report it with the flow and the message.',
    example: { wrong: 'any step', right: 'the same step with the next version' },
  },
  TM5014: {
    title: 'an action could not be loaded',
    explanation: 'The code behind the action, or the driver it needs, could not be loaded. The message says why.',
    example: { wrong: 'an installation with files missing', right: 'npm ci' },
  },
  TM5015: {
    title: 'a JSON Schema file could not be read',
    explanation:
      '`matches_schema_file` names a file relative to the flow, inside the project. It is not there, or it is not JSON.',
    example: {
      wrong: 'assert:\n  - body matches_schema_file "schema.json"',
      right: 'assert:\n  - body matches_schema_file "schemas/user.json"',
    },
  },
  TM5020: {
    title: 'a required input is missing',
    explanation:
      'The flow declares an input under `inputs` with `required: true`, and neither a variable nor the parent flow gives it. Nothing was sent.',
    example: { wrong: 'testmesh run order.yaml', right: 'testmesh run order.yaml --var customer=42' },
  },
  TM5021: {
    title: 'an input has the wrong type',
    explanation: 'The value given for an input is not of the type that the flow declares. Nothing was sent.',
    example: { wrong: 'input:\n  quantity: "three"', right: 'input:\n  quantity: 3' },
  },
  TM5022: {
    title: 'a flow has no such input',
    explanation: 'A flow that declares `inputs` takes only those. The message lists them.',
    example: { wrong: 'input:\n  quantty: 3', right: 'input:\n  quantity: 3' },
  },
  TM5030: {
    title: 'a setting has the wrong type once its template is rendered',
    explanation:
      'A setting given as a template (`timeout: ${LIMIT}`) is checked when its value is known: a duration is a text with a unit, a count is a whole number, a config is a map.',
    example: { wrong: 'env:\n  LIMIT: 30', right: 'env:\n  LIMIT: 30s' },
  },
  TM5040: {
    title: 'there was nothing to loop over',
    explanation:
      'A loop over nothing checks nothing, so it fails unless the flow says that an empty list is fine. Often a query or a pattern matched less than was thought.',
    example: { wrong: 'items: ${list.body.orders}', right: 'items: ${list.body.orders}\nallow_empty: true' },
  },
  TM5041: {
    title: 'more items than max_iterations allows',
    explanation:
      'The loop would run more often than its own limit, or than the 100,000 times that a loop without one may run. Nothing of it was run.',
    example: { wrong: 'max_iterations: 10', right: 'max_iterations: 1000' },
  },
  TM5042: {
    title: 'items is not a list',
    explanation: '`for_each.items` must be a list once its template is rendered.',
    example: { wrong: 'items: ${list.body}', right: 'items: ${list.body.orders}' },
  },
  TM5043: {
    title: 'a range that never ends',
    explanation: 'A range steps from `start` to `end`, both included; with `step: 0` it would never get there.',
    example: { wrong: 'range: {start: 1, end: 5, step: 0}', right: 'range: {start: 1, end: 5, step: 1}' },
  },
  TM5044: {
    title: 'the rows of a file could not be read',
    explanation:
      'Rows come from a CSV file with a header line or from a JSON list, relative to the flow and inside the project.',
    example: { wrong: 'items_from: data/users.txt', right: 'items_from: data/users.csv' },
  },
  TM5050: {
    title: 'a wait was in vain',
    explanation:
      '`wait_until` ran its steps until `max_duration` had passed, and its condition never held. The message says what it was at last, or that its path never existed.',
    example: { wrong: 'condition: job.body.state == "don"', right: 'condition: job.body.state == "done"' },
  },
  TM5051: {
    title: 'a wait was given up',
    explanation: '`stop_if` held: waiting longer would not have helped, so the step failed at once.',
    example: { wrong: 'stop_if: job.body.state != "done"', right: 'stop_if: job.body.state == "failed"' },
  },
  TM5060: {
    title: 'a flow that another one runs could not be read',
    explanation:
      '`run_flow` names a file relative to the flow it stands in. It is not there, or it is not a valid flow.',
    example: { wrong: 'flow: login.yml', right: 'flow: ./shared/login.yaml' },
  },
  TM5061: {
    title: 'flows that run each other without end',
    explanation: 'A flow reached itself through `run_flow`. The message shows the way it took.',
    example: { wrong: 'flow: ./this-very-file.yaml', right: 'flow: ./another.yaml' },
  },
  TM5062: {
    title: 'flows nested too deep',
    explanation: 'More than 16 flows lead into each other through `run_flow`.',
    example: { wrong: 'sixteen flows, each running the next', right: 'one flow that runs sixteen' },
  },
  TM5063: {
    title: "a child flow's env_file could not be read",
    explanation: '`env_file` is relative to the flow it stands in, inside the project.',
    example: { wrong: 'env_file: .env.missing', right: 'env_file: .env' },
  },
  TM5064: {
    title: 'an input_file could not be read',
    explanation:
      '`input_file` of `run_flow` is a JSON file with a map of inputs, relative to the flow it stands in, inside the project.',
    example: { wrong: '["ada"]', right: '{"USER": "ada"}' },
  },
  TM5070: {
    title: 'nothing was checked',
    explanation:
      'No assertion was judged and no step expects anything by itself, or every step was skipped. A run that checks nothing would be green whatever the services do, so it fails.',
    example: {
      wrong: 'steps:\n  - id: note\n    action: log\n    config: {message: hello}',
      right:
        'steps:\n  - id: health\n    action: http_request\n    config: {method: GET, url: "${API}/health"}\n    assert:\n      - status == 200',
    },
  },
  TM5080: {
    title: 'the outcome of a step is unknown',
    explanation:
      'The executor was lost while it carried out a step that must not happen twice (`effect: once`), so nobody knows whether it happened. The run went on elsewhere and did not carry it out again. Say `effect: repeatable` or `on_unknown: rerun` where doing it twice does no harm, or give `verify` steps that find out whether it happened.',
    example: {
      wrong: 'action: http_request\nconfig: {method: POST, url: "${SHOP}/payments"}',
      right:
        'action: http_request\nconfig: {method: POST, url: "${SHOP}/payments"}\non_unknown: verify\nverify:\n  - id: was_paid\n    action: http_request\n    config: {url: "${SHOP}/payments/${RUN_ID}"}\n    assert: body.state == "paid"',
    },
  },
  TM5081: {
    title: 'the executor was lost with what the run held',
    explanation:
      'A run goes on elsewhere when its executor is lost, unless it holds something that lived in that executor: a mock server, a container, a subscription. Then its teardown is carried out and the run ends. With `restartable: true` the flow begins anew instead.',
    example: { wrong: 'flow:\n  name: With a mock', right: 'flow:\n  name: With a mock\n  restartable: true' },
  },
  TM5090: {
    title: 'test environments are kept by a server',
    explanation:
      'The flow says `test_environment`, and this run has nobody who could give it one: environments are made, kept and shared by a server. Nothing was sent.',
    example: { wrong: 'testmesh run checkout.yaml', right: 'testmesh run checkout.yaml --api http://localhost:5016' },
  },
  TM5091: {
    title: 'the test environment could not be provisioned',
    explanation:
      'What deploys the environment says it cannot be made ready, or it took longer than `ready_within_minutes`. The message holds what the cluster said; `testmesh testenv logs` shows the whole story. The next run that asks for it has it tried again.',
    example: { wrong: 'image: shop/orders:pr-132', right: 'image: shop/orders:pr-123' },
  },
  TM5092: {
    title: 'the test environment was not ready in time',
    explanation:
      'The run waited `wait_minutes` for its environment: other runs had it, or it was being made. Nothing was sent.',
    example: {
      wrong: 'test_environment: {context: nightly, wait_minutes: 1}',
      right: 'test_environment: {context: nightly, wait_minutes: 30}',
    },
  },
  TM5093: {
    title: 'the test environment is in use',
    explanation: 'Another run has it, and `on_busy: fail` says not to wait. Nothing was sent.',
    example: {
      wrong: 'test_environment: {context: nightly, on_busy: fail}',
      right: 'test_environment: {context: nightly, on_busy: wait}',
    },
  },
  TM5094: {
    title: 'there is no such test environment',
    explanation:
      'No environment of the workspace has the context, and the request does not say how one is made, or the names it would need belong to another environment. Create it, or give `namespace` and what deploys it.',
    example: {
      wrong: 'test_environment: pr-124',
      right: 'test_environment:\n  context: pr-124\n  namespace: review-pr-124\n  provider_app_name: testmesh-pr-124',
    },
  },
  TM5095: {
    title: 'the test environment was lost under the run',
    explanation:
      'Somebody destroyed the environment by force, its namespace was deleted, or the executor could not keep its hold on it. What the run did by then cannot be judged.',
    example: { wrong: 'testmesh testenv destroy pr-123 --force', right: 'testmesh testenv destroy pr-123' },
  },
  TM5096: {
    title: 'a `test_environment` that says nothing useful',
    explanation: 'What its templates gave is no context, number, name or address that an environment can have.',
    example: { wrong: 'test_environment: "${UNSET:}"', right: 'test_environment: pr-123' },
  },
} as const;
