// Generated from docs/openapi.json by `npm run openapi`; not to be edited.

export interface paths {
    "/api/v1/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The reference page */
        get: operations["getReference"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs, newest first */
        get: operations["listExecutions"];
        put?: never;
        /**
         * Run a flow
         * @description The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic.
         */
        post: operations["createExecution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run as it is now */
        get: operations["getExecution"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fold the run anew and compare it with what is shown
         * @description `open`: the run has not ended; `missing`: what is shown is not written yet.
         */
        get: operations["auditExecution"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run
         * @description A run that nobody carries out ends at once (200); of one that is running the executor is told (202): it carries out the teardown and ends it.
         */
        post: operations["cancelExecution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is different between two runs */
        get: operations["diffExecutions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every event of a run, oldest first */
        get: operations["listExecutionEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run as lines of text */
        get: operations["getExecutionLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report of a run, with the texts its failures point into */
        get: operations["getExecutionReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the same files again
         * @description Variables of the first run are used again unless they are given; values that were secret are gone and have to be given.
         */
        post: operations["rerunExecution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The run as it was after its first events */
        get: operations["getExecutionState"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The steps of a run, those within others included */
        get: operations["listExecutionSteps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/steps/{step_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One step of a run */
        get: operations["getExecutionStep"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a run as server-sent events
         * @description Ends with the run. Who reconnects with `Last-Event-ID` misses nothing and gets nothing twice; who has all of it gets 204.
         */
        get: operations["streamExecution"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/unpark": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a parked run go on
         * @description A run that lost its executor too often is parked until somebody has looked at it.
         */
        post: operations["unparkExecution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check what would be run
         * @description Takes what `createExecution` takes and answers as it would, but runs and keeps nothing.
         */
        post: operations["checkExecution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can do its work */
        get: operations["getApiHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs, newest first */
        get: operations["listExecutionsInWorkspace"];
        put?: never;
        /**
         * Run a flow
         * @description The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic.
         */
        post: operations["createExecutionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run as it is now */
        get: operations["getExecutionInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fold the run anew and compare it with what is shown
         * @description `open`: the run has not ended; `missing`: what is shown is not written yet.
         */
        get: operations["auditExecutionInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run
         * @description A run that nobody carries out ends at once (200); of one that is running the executor is told (202): it carries out the teardown and ends it.
         */
        post: operations["cancelExecutionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is different between two runs */
        get: operations["diffExecutionsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every event of a run, oldest first */
        get: operations["listExecutionEventsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run as lines of text */
        get: operations["getExecutionLogsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report of a run, with the texts its failures point into */
        get: operations["getExecutionReportInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the same files again
         * @description Variables of the first run are used again unless they are given; values that were secret are gone and have to be given.
         */
        post: operations["rerunExecutionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The run as it was after its first events */
        get: operations["getExecutionStateInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The steps of a run, those within others included */
        get: operations["listExecutionStepsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/steps/{step_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One step of a run */
        get: operations["getExecutionStepInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a run as server-sent events
         * @description Ends with the run. Who reconnects with `Last-Event-ID` misses nothing and gets nothing twice; who has all of it gets 204.
         */
        get: operations["streamExecutionInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/unpark": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a parked run go on
         * @description A run that lost its executor too often is parked until somebody has looked at it.
         */
        post: operations["unparkExecutionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check what would be run
         * @description Takes what `createExecution` takes and answers as it would, but runs and keeps nothing.
         */
        post: operations["checkExecutionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can do its work */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        __schema0: unknown;
        Bundle: {
            /** @description the flow to run, one of the files */
            entry: string;
            /** @description every file that the flow names, by its path in the project */
            files: {
                [key: string]: string | {
                    /** Format: base64 */
                    base64: string;
                };
            };
        };
        CheckedExecution: {
            flow_name: string;
            warnings: {
                code: string;
                column: number;
                file: string;
                help?: string;
                line: number;
                message: string;
                /** @enum {string} */
                severity: "error" | "warning";
                suggestion?: string;
            }[];
        };
        Execution: {
            duration_ms: number | null;
            environment: string | null;
            /** @description why it did not pass, or why it is parked */
            error: string | null;
            error_code: string | null;
            executor: string | null;
            failed_steps: number;
            finished_at: string | null;
            flow_file: string;
            /** @description null for a flow that came with the request */
            flow_id: string | null;
            flow_name: string;
            /** Format: uuid */
            id: string;
            passed_steps: number;
            pool: string;
            /** Format: date-time */
            requested_at: string;
            requested_by: string;
            started_at: string | null;
            /** @enum {string} */
            state: "queued" | "running" | "parked" | "finished";
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "cancelled";
            tags: string[];
            total_steps: number;
            trace_id: string;
            trigger_ref: string | null;
            /** @enum {string} */
            trigger_type: "api" | "schedule" | "suite" | "rerun";
            /** @description null until the run is finished */
            verdict: ("passed" | "failed" | "error" | "cancelled" | "timed_out") | null;
            /** @description events of the run so far; where a stream may go on from */
            version: number;
            /** Format: uuid */
            workspace_id: string;
        };
        ExecutionEvent: {
            actor: string;
            data: {
                [key: string]: components["schemas"]["Json"];
            };
            /** @description the claim under which it was written */
            epoch: number;
            id: string;
            /**
             * Format: date-time
             * @description the journal's clock
             */
            recorded_at: string;
            schema_version: number;
            /** @description 1, 2, 3 … within the run */
            seq: number;
            /**
             * Format: date-time
             * @description the writer's clock
             */
            time: string;
            type: string;
        };
        ExecutionStep: {
            action: string;
            assertions: components["schemas"]["Json"][];
            attempt: number;
            attempts: components["schemas"]["Json"][];
            captured: {
                [key: string]: components["schemas"]["Json"];
            };
            duration_ms: number;
            error_code: string | null;
            error_message: string | null;
            exchange: components["schemas"]["Json"] | null;
            excused: boolean;
            /** Format: uuid */
            execution_id: string;
            file: string;
            finished_at: string | null;
            /** @description the path of the step within the run: `loop[2]/check` */
            id: string;
            line: number;
            output: components["schemas"]["Json"] | null;
            parent: string | null;
            /** @enum {string} */
            phase: "setup" | "steps" | "teardown";
            reason: string | null;
            started_at: string | null;
            /** @enum {string} */
            state: "passed" | "failed" | "error" | "skipped" | "running" | "not run";
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "skipped";
            step_id: string;
            step_name: string;
        };
        Json: unknown;
        Problem: {
            code: string;
            detail: string;
            error: string;
            errors?: {
                code?: string;
                column?: number;
                file?: string;
                help?: string;
                line?: number;
                message: string;
                pointer?: string;
                /** @enum {string} */
                severity?: "error" | "warning";
                suggestion?: string;
            }[];
            /** @description the request it answers, by its id */
            instance: string;
            status: number;
            title: string;
            /** @description where the problem is explained */
            type: string;
        };
        RequestedExecution: {
            duration_ms: number | null;
            environment: string | null;
            /** @description why it did not pass, or why it is parked */
            error: string | null;
            error_code: string | null;
            executor: string | null;
            failed_steps: number;
            finished_at: string | null;
            flow_file: string;
            /** @description null for a flow that came with the request */
            flow_id: string | null;
            flow_name: string;
            /** Format: uuid */
            id: string;
            passed_steps: number;
            pool: string;
            /** Format: date-time */
            requested_at: string;
            requested_by: string;
            started_at: string | null;
            /** @enum {string} */
            state: "queued" | "running" | "parked" | "finished";
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "cancelled";
            tags: string[];
            total_steps: number;
            trace_id: string;
            trigger_ref: string | null;
            /** @enum {string} */
            trigger_type: "api" | "schedule" | "suite" | "rerun";
            /** @description null until the run is finished */
            verdict: ("passed" | "failed" | "error" | "cancelled" | "timed_out") | null;
            /** @description events of the run so far; where a stream may go on from */
            version: number;
            warnings: {
                code: string;
                column: number;
                file: string;
                help?: string;
                line: number;
                message: string;
                /** @enum {string} */
                severity: "error" | "warning";
                suggestion?: string;
            }[];
            /** Format: uuid */
            workspace_id: string;
        };
        /**
         * @default {
         *       "variables": {},
         *       "env_file_variables": {},
         *       "os_variables": {},
         *       "priority": 0
         *     }
         */
        RerunRequest: {
            /**
             * @description what `--env-file` gives
             * @default {}
             */
            env_file_variables?: {
                [key: string]: string;
            };
            /** @description name or id of an environment of the workspace */
            environment?: string;
            /** @description what the flow's own `env_file` holds, where it is not in the bundle */
            flow_env_file_variables?: {
                [key: string]: string;
            };
            /**
             * @description OS variables of the machine that asks; only those the flow mentions are kept
             * @default {}
             */
            os_variables?: {
                [key: string]: string;
            };
            pool?: string;
            /** @default 0 */
            priority?: number;
            /** @description makes random values repeatable */
            seed?: string;
            /**
             * @description strongest of all; what `--var` gives
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        RunReport: {
            name: string;
            runId: string;
            status: string;
        } & {
            [key: string]: unknown;
        };
        RunRequest: {
            bundle?: components["schemas"]["Bundle"];
            /** @description a flow: YAML text, or the same as an object */
            definition?: string | {
                [key: string]: components["schemas"]["Json"];
            };
            /**
             * @description what `--env-file` gives
             * @default {}
             */
            env_file_variables?: {
                [key: string]: string;
            };
            /** @description name or id of an environment of the workspace */
            environment?: string;
            /** @description what the flow's own `env_file` holds, where it is not in the bundle */
            flow_env_file_variables?: {
                [key: string]: string;
            };
            /**
             * Format: uuid
             * @description a flow kept on the server
             */
            flow_id?: string;
            /**
             * @description OS variables of the machine that asks; only those the flow mentions are kept
             * @default {}
             */
            os_variables?: {
                [key: string]: string;
            };
            /** @default default */
            pool?: string;
            /** @default 0 */
            priority?: number;
            /**
             * @description variables whose values are masked, beside those the flow marks
             * @default []
             */
            secret_names?: string[];
            /** @description makes random values repeatable */
            seed?: string;
            /**
             * @description beside the flow's own
             * @default []
             */
            tags?: string[];
            /**
             * @description strongest of all; what `--var` gives
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getReference: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    listExecutions: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before; instead of `offset` */
                cursor?: string;
                environment?: string;
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description words in flow, file, step or error */
                q?: string;
                status?: "pending" | "running" | "completed" | "failed" | "cancelled" | "queued" | "parked" | "finished";
                verdict?: "passed" | "failed" | "error" | "cancelled" | "timed_out";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        executions: components["schemas"]["Execution"][];
                        limit: number;
                        next_cursor: string | null;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createExecution: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "definition": "flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n"
                 *     }
                 */
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedExecution"];
                };
            };
        };
    };
    getExecution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    auditExecution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        events: number;
                        /** @constant */
                        outcome: "equal";
                        sha256: string;
                    } | {
                        events: number;
                        folded: string;
                        /** @constant */
                        outcome: "different";
                        stored: string;
                    } | {
                        events: number;
                        /** @enum {string} */
                        outcome: "open" | "missing";
                    };
                };
            };
        };
    };
    cancelExecution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    diffExecutions: {
        parameters: {
            query: {
                with: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        here: components["schemas"]["Execution"];
                        steps: {
                            changes: {
                                here: components["schemas"]["Json"];
                                there: components["schemas"]["Json"];
                                what: string;
                            }[];
                            here_ms: number | null;
                            /** @enum {string} */
                            kind: "only here" | "only there" | "different";
                            path: string;
                            there_ms: number | null;
                        }[];
                        there: components["schemas"]["Execution"];
                    };
                };
            };
        };
    };
    listExecutionEvents: {
        parameters: {
            query?: {
                /** @description a `seq`; `next` of the page before */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        events: components["schemas"]["ExecutionEvent"][];
                        /** @description null when there are no more yet */
                        next: number | null;
                    };
                };
            };
        };
    };
    getExecutionLogs: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        logs: string[];
                    };
                };
            };
        };
    };
    getExecutionReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunReport"];
                };
            };
        };
    };
    rerunExecution: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "variables": {
                 *         "PASSWORD": "given-again"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RerunRequest"];
            };
        };
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    getExecutionState: {
        parameters: {
            query?: {
                /** @description a `seq`; now, when it is left out */
                at?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: number;
                        execution: components["schemas"]["Execution"];
                        report: {
                            runId: string;
                        } & {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    listExecutionSteps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        steps: components["schemas"]["ExecutionStep"][];
                    };
                };
            };
        };
    };
    getExecutionStep: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description the path of the step, or its id */
                step_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionStep"];
                };
            };
        };
    };
    streamExecution: {
        parameters: {
            query?: {
                /** @description the `seq` of the last event already known */
                since?: number;
            };
            header?: {
                /** @description the last `id` that was received; stronger than `since` */
                "Last-Event-ID"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    unparkExecution: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    checkExecution: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckedExecution"];
                };
            };
        };
    };
    getApiHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        database: "connected" | "unreachable";
                        error?: string;
                        /** @constant */
                        service: "testmesh-api";
                        /** @enum {string} */
                        status: "ok" | "error";
                        version: string;
                    };
                };
            };
            /** @description as asked */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        database: "connected" | "unreachable";
                        error?: string;
                        /** @constant */
                        service: "testmesh-api";
                        /** @enum {string} */
                        status: "ok" | "error";
                        version: string;
                    };
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    listExecutionsInWorkspace: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before; instead of `offset` */
                cursor?: string;
                environment?: string;
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description words in flow, file, step or error */
                q?: string;
                status?: "pending" | "running" | "completed" | "failed" | "cancelled" | "queued" | "parked" | "finished";
                verdict?: "passed" | "failed" | "error" | "cancelled" | "timed_out";
            };
            header?: never;
            path: {
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        executions: components["schemas"]["Execution"][];
                        limit: number;
                        next_cursor: string | null;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "definition": "flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n"
                 *     }
                 */
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedExecution"];
                };
            };
        };
    };
    getExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    auditExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        events: number;
                        /** @constant */
                        outcome: "equal";
                        sha256: string;
                    } | {
                        events: number;
                        folded: string;
                        /** @constant */
                        outcome: "different";
                        stored: string;
                    } | {
                        events: number;
                        /** @enum {string} */
                        outcome: "open" | "missing";
                    };
                };
            };
        };
    };
    cancelExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    diffExecutionsInWorkspace: {
        parameters: {
            query: {
                with: string;
            };
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        here: components["schemas"]["Execution"];
                        steps: {
                            changes: {
                                here: components["schemas"]["Json"];
                                there: components["schemas"]["Json"];
                                what: string;
                            }[];
                            here_ms: number | null;
                            /** @enum {string} */
                            kind: "only here" | "only there" | "different";
                            path: string;
                            there_ms: number | null;
                        }[];
                        there: components["schemas"]["Execution"];
                    };
                };
            };
        };
    };
    listExecutionEventsInWorkspace: {
        parameters: {
            query?: {
                /** @description a `seq`; `next` of the page before */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        events: components["schemas"]["ExecutionEvent"][];
                        /** @description null when there are no more yet */
                        next: number | null;
                    };
                };
            };
        };
    };
    getExecutionLogsInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        logs: string[];
                    };
                };
            };
        };
    };
    getExecutionReportInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunReport"];
                };
            };
        };
    };
    rerunExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "variables": {
                 *         "PASSWORD": "given-again"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RerunRequest"];
            };
        };
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    getExecutionStateInWorkspace: {
        parameters: {
            query?: {
                /** @description a `seq`; now, when it is left out */
                at?: number;
            };
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: number;
                        execution: components["schemas"]["Execution"];
                        report: {
                            runId: string;
                        } & {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    listExecutionStepsInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        steps: components["schemas"]["ExecutionStep"][];
                    };
                };
            };
        };
    };
    getExecutionStepInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description the path of the step, or its id */
                step_id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutionStep"];
                };
            };
        };
    };
    streamExecutionInWorkspace: {
        parameters: {
            query?: {
                /** @description the `seq` of the last event already known */
                since?: number;
            };
            header?: {
                /** @description the last `id` that was received; stronger than `since` */
                "Last-Event-ID"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    unparkExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Execution"];
                };
            };
        };
    };
    checkExecutionInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckedExecution"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        database: "connected" | "unreachable";
                        error?: string;
                        /** @constant */
                        service: "testmesh-api";
                        /** @enum {string} */
                        status: "ok" | "error";
                        version: string;
                    };
                };
            };
            /** @description as asked */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        database: "connected" | "unreachable";
                        error?: string;
                        /** @constant */
                        service: "testmesh-api";
                        /** @enum {string} */
                        status: "ok" | "error";
                        version: string;
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the request cannot be answered as asked */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the server failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
}
