// Generated from docs/openapi.json by `npm run openapi`; not to be edited.

export interface paths {
    "/api/v1/admin/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which set of views is shown, and how the last rebuild stands */
        get: operations["getViews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/views/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fold all views anew from the journal, beside those that are shown
         * @description The projection service fills a second set and keeps the first one up meanwhile; when the new one is as far it takes its place, and the old rows are deleted. One at a time.
         */
        post: operations["rebuildViews"];
        /** Give a rebuild up: what is shown stays, and the rows of the new set are deleted */
        delete: operations["cancelViewRebuild"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/appends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Append to runs; each is answered for itself */
        post: operations["agentAppend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/blobs/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A body of a run that is held: a file of it, or what its history names */
        get: operations["agentGetBlob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take runs; waits for the first one where there is none */
        post: operations["agentClaim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Test environments of the workspace, for an agent whose run asks for one */
        get: operations["agentEnvironments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/environments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a test environment of the workspace stands, for an agent whose run asks for one */
        get: operations["agentEnvironment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say how this process is */
        post: operations["agentFigures"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/heartbeats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep runs; says which are lost, and which somebody wants cancelled */
        post: operations["agentHeartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/blobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Store a body that an event of the run will name */
        post: operations["agentPutBlob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a run its test environment, or a place in the queue for it */
        post: operations["agentAcquireEnvironment"];
        /** Wait for no test environment any more */
        delete: operations["agentLeaveEnvironmentQueue"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/environment/lease": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a run's test environment; says whether it is still the run's */
        post: operations["agentExtendEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/environment/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a run's test environment back; false where it was not held */
        post: operations["agentReleaseEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened in a run so far */
        get: operations["agentEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/inputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a run was given, secrets in the clear: only for a run that is held */
        get: operations["agentRunInputs"];
        /** Keep what whoever takes the run over needs and facts must not show */
        put: operations["agentKeepSecret"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/runs/{run_id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a run back; false where it was not held */
        post: operations["agentRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what an agent is, and be told what it may */
        post: operations["agentSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Site agents of the workspace, revoked ones included */
        get: operations["listSiteAgents"];
        put?: never;
        /**
         * Make a site agent; its token is shown this once
         * @description A name is given once for ever: runs say by it who carried them.
         */
        post: operations["createSiteAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A site agent with what its processes tell of themselves, without its token */
        get: operations["getSiteAgent"];
        put?: never;
        post?: never;
        /** Revoke a site agent: it is fenced at once, and its runs go back to the queue */
        delete: operations["revokeSiteAgent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new token; the one before goes on for a while */
        post: operations["rotateSiteAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which flows touch which endpoints, topics and tables
         * @description By what the steps of each flow reached for, with the last run in which they did. Ids in paths are not told apart. Flows that were deleted cover nothing.
         */
        get: operations["listCoverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/flakiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Flows by how often they change their mind, the flakiest first
         * @description A flow that ran in the period is judged by its latest 50 runs. The score is the share of runs that ended otherwise than the one before, times 1 - 2·|pass rate - 0.5|.
         */
        get: operations["listFlakyFlows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the runs of some days went
         * @description Runs count to the day they were asked for. Cancelled runs are in no rate. Percentiles are those of the newest 50,000.
         */
        get: operations["getRunMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Steps by how long they take, the slowest first
         * @description By the 95th percentile, over the newest 50,000 runs. The rounds of a loop are one step.
         */
        get: operations["listSlowestSteps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same, day by day
         * @description A day, week or month in which nothing ran is left out.
         */
        get: operations["getRunTrend"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys of the workspace, revoked ones included */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make a key; its text is shown this once
         * @description Without role and scopes it is an editor. A key cannot make one that may do more than itself.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A key, without its text */
        get: operations["getApiKey"];
        put?: never;
        post?: never;
        /** Revoke a key */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every change of configuration and of test environments, oldest first
         * @description Each commits together with the change it tells of.
         */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/chains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the streams of the workspace are as they were recorded
         * @description Configuration, schedules and test environments, each event against the one before it. Runs: `GET /executions/ID/audit`.
         */
        get: operations["verifyChains"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk/flows/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why.
         */
        post: operations["deleteFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk/flows/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy many flows
         * @description A copy has the name of its flow and the suffix, or a number behind it where that name is taken. Each flow is changed as a single request would do it; `errors` says which were not, and why.
         */
        post: operations["duplicateFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk/flows/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Many flows with the files kept beside them
         * @description Each as a bundle that `createExecution` takes.
         */
        post: operations["exportFlowBundles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk/flows/find-replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a text in many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why. A preview checks the changed flows, too. Flows without a match are left as they are.
         */
        post: operations["findAndReplaceInFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk/flows/tags/add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add tags to many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why. A flow that has them already, or has none of them, is left as it is.
         */
        post: operations["addTagsToFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk/flows/tags/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove tags from many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why. A flow that has them already, or has none of them, is left as it is.
         */
        post: operations["removeTagsFromFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List datasets by name */
        get: operations["listDatasets"];
        put?: never;
        /** Keep a table of rows */
        post: operations["createDataset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dataset, without its rows */
        get: operations["getDataset"];
        /** Make a new version of a dataset */
        put: operations["updateDataset"];
        post?: never;
        /** Delete a dataset */
        delete: operations["deleteDataset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rows of a dataset */
        get: operations["listDatasetRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a flow once per row */
        post: operations["runDataset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs over a dataset, newest first */
        get: operations["listDatasetRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run over a dataset, row by row */
        get: operations["getDatasetRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run over a dataset
         * @description Rows that were not asked for yet never are; those that run carry out their teardown.
         */
        post: operations["cancelDatasetRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/runs/{run_id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the rows of a finished run that did not pass once more
         * @description A run of its own over those rows of the version of then, those that were skipped included, with the flow as it is now. Refused (409) while the first one goes on, and where nothing failed.
         */
        post: operations["rerunDataset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/datasets/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every version of a dataset, newest first */
        get: operations["listDatasetVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
    "/api/v1/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List environments by name */
        get: operations["listEnvironments"];
        put?: never;
        /** Add an environment */
        post: operations["createEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An environment */
        get: operations["getEnvironment"];
        /**
         * Change an environment
         * @description A secret that is sent without a value, or with its mask, stays as it was.
         */
        put: operations["updateEnvironment"];
        post?: never;
        /**
         * Delete an environment
         * @description Refused (409) while schedules run in it.
         */
        delete: operations["deleteEnvironment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/{id}/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make it the default */
        post: operations["makeDefaultEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/{id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy it, with its secrets, under another name */
        post: operations["duplicateEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The environment as POST takes it
         * @description Secrets stand behind ********: imported over the same environment they stay as they are, elsewhere they are given.
         */
        get: operations["exportEnvironment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The default environment
         * @description Where there is none: one without an id that defines nothing.
         */
        get: operations["getDefaultEnvironment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add an exported environment
         * @description A secret that stands masked keeps the value it has; where there is none, the answer (422) names each that needs one.
         */
        post: operations["importEnvironment"];
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
         * @description The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic. A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.
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
         * Follow the chain of the run, fold it anew and compare it with what is shown
         * @description `open`: the run has not ended; `missing`: what is shown is not written yet; `broken`: an event is not as it was recorded. Other streams: `GET /audit/chains`.
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
    "/api/v1/executions/{id}/outline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The steps of a run at a glance
         * @description As `/steps`, without what was sent, answered, captured and asserted: a list of a thousand steps is small.
         */
        get: operations["getExecutionOutline"];
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
        /**
         * The report of a run
         * @description As the run folded from its events, or as `testmesh run --reporter` prints it. The form is `format`, else what Accept likes best of JSON, XML and HTML. `json` and `junit` are for finished runs.
         */
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
         * @description Variables of the first run are used again unless they are given. Values that were secret, of an OS or of an env file are gone: without them the run is refused, with their names.
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
    "/api/v1/executions/{id}/test-environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The test environment of a run, and which service it reached where */
        get: operations["getExecutionTestEnvironment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The run as a trace, in the JSON of OTLP
         * @description Drawn from the journal, whole whatever tracing sampled. Its ids are those of the `traceparent` that the run sent to what it called.
         */
        get: operations["getExecutionTrace"];
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
         * @description Takes what `createExecution` takes and answers as it would, but runs and keeps nothing. A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.
         */
        post: operations["checkExecution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/executions/run-definition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow that comes with the request, and wait for it
         * @description 200 when it passed, 422 with the run when it did not. A run that takes longer than `wait` is answered 202 and goes on; the same Idempotency-Key waits for it again. A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.
         */
        post: operations["runDefinition"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Flows for elsewhere
         * @description As bundles that another server takes, or their HTTP requests as a Postman collection.
         */
        post: operations["exportFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List flows by name */
        get: operations["listFlows"];
        put?: never;
        /**
         * Keep a flow
         * @description The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic.
         */
        post: operations["createFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A flow */
        get: operations["getFlow"];
        /**
         * Change a flow
         * @description The text before is kept as a version; what is kept already makes none. Files that are not sent again are gone from the flow.
         */
        put: operations["updateFlow"];
        post?: never;
        /**
         * Delete a flow
         * @description Its runs stay; its schedules are disabled. Refused (409) while suites name it.
         */
        delete: operations["deleteFlow"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{id}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A flow with the files kept beside it */
        get: operations["getFlowBundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every version of a flow, newest first */
        get: operations["listFlowVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{id}/versions/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an earlier version the current one */
        post: operations["restoreFlowVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gates/{kind}/{id}/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The verdict of a gate as it is now */
        get: operations["getGate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gates/argo-rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow or a suite for a revision, and say what became of it
         * @description For the web metric of an AnalysisTemplate: `jsonPath: "{$.verdict}"`. The same revision leads to the same run for 24 hours, however often it is asked for.
         */
        post: operations["passArgoRolloutsGate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gates/flagger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow or a suite for a canary, and let it go on or not
         * @description For a webhook of a Canary. 200 when it passed; while it runs 425, or 202 with `while_running: advance`; 409 when it did not pass. The canary and its checksum lead to the same run for 24 hours.
         */
        post: operations["passFlaggerGate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/git-trigger-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What pushes run */
        get: operations["listGitTriggerRules"];
        put?: never;
        /**
         * Run a flow or a suite at each push to a repository
         * @description The host sends its webhook to `webhook_path`, signed with the secret.
         */
        post: operations["createGitTriggerRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/git-trigger-rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A rule */
        get: operations["getGitTriggerRule"];
        /** Change a rule */
        put: operations["updateGitTriggerRule"];
        post?: never;
        /** Delete a rule */
        delete: operations["deleteGitTriggerRule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/git-trigger-rules/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What came for a rule, newest first */
        get: operations["listGitDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graphql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for several things at once, in GraphQL
         * @description The schema is docs/graphql.graphql. A subscription is answered with server-sent events when Accept names text/event-stream.
         */
        post: operations["graphql"];
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
    "/api/v1/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep flows from elsewhere
         * @description One that is refused stops none of the others; `errors` says which were, and why.
         */
        post: operations["importFlows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/import/parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would be imported
         * @description Reads curl commands, a HAR file or a Postman collection as flows, and keeps nothing.
         */
        post: operations["parseImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who was asked in, and what became of it */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Ask somebody into the workspace
         * @description The token is shown this once: pass it on to the person, who has a week. A workspace that has no members yet lets a key invite its first owner.
         */
        post: operations["inviteMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take an invitation back */
        delete: operations["revokeInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Come into a workspace
         * @description With a new password, or with the one of an account that exists. It logs in, too.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much the workspace may use at once */
        get: operations["getLimits"];
        /** Decide how much the workspace may use at once */
        put: operations["setLimits"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who belongs to the workspace */
        get: operations["listMembers"];
        put?: never;
        /** Take somebody into the workspace */
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Give a member another role */
        put: operations["setMemberRole"];
        post?: never;
        /** Take a member out of the workspace */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notification-channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where messages are sent */
        get: operations["listNotificationChannels"];
        put?: never;
        /** Send messages to Slack, a webhook or mailboxes */
        post: operations["createNotificationChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notification-channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A channel */
        get: operations["getNotificationChannel"];
        /**
         * Change a channel
         * @description Addresses and secrets that are not sent stay as they are, unless the kind changes.
         */
        put: operations["updateNotificationChannel"];
        post?: never;
        /**
         * Delete a channel
         * @description What was not delivered yet never will be.
         */
        delete: operations["deleteNotificationChannel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notification-channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test message
         * @description What becomes of it stands among the deliveries.
         */
        post: operations["testNotificationChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notification-deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent, waits or was given up, newest first */
        get: operations["listNotificationDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notification-deliveries/{id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send one again that was given up */
        post: operations["redeliverNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What began to fail and what recovered, newest first */
        get: operations["listNotifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a notification, for everybody */
        delete: operations["deleteNotification"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** The caller has read it */
        patch: operations["markNotificationRead"];
        trace?: never;
    };
    "/api/v1/notifications/read-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** The caller has read them all */
        patch: operations["markAllNotificationsRead"];
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
    "/api/v1/outbound-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where runs on this server may connect to */
        get: operations["getOutboundRules"];
        /**
         * Decide where runs on this server may connect to
         * @description Ranges are held against the resolved address, names against the name as written. What the operator denies stays denied. Holds for runs that begin from now on.
         */
        put: operations["setOutboundRules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller may do here */
        get: operations["getRole"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runner/parse-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The columns and the first rows of a table
         * @description Reads it as `runWithData` would, and keeps nothing.
         */
        post: operations["parseRunnerData"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runner/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run flows once per row of a table that comes along
         * @description The rows are kept as a dataset, the same rows once, so the key needs collections:create, too; what came of them stands under `/datasets/ID/runs/ID`.
         */
        post: operations["runWithData"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List schedules by name */
        get: operations["listSchedules"];
        put?: never;
        /** Run a flow, a flow over a dataset, or a suite by the clock */
        post: operations["createSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A schedule */
        get: operations["getSchedule"];
        /** Change a schedule */
        put: operations["updateSchedule"];
        post?: never;
        /** Delete a schedule */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/next-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * When it comes next
         * @description Of a schedule that is paused: when it would come.
         */
        get: operations["previewScheduleRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let its slots pass */
        post: operations["pauseSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on from the next slot */
        post: operations["resumeSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When it fired, newest first */
        get: operations["listScheduleRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How its runs went */
        get: operations["getScheduleStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/trigger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run it now
         * @description Beside its slots, which stay as they are.
         */
        post: operations["triggerSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Expressions people often want */
        get: operations["listSchedulePresets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/timezones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Time zones a schedule may be in */
        get: operations["listTimezones"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/validate-cron": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say whether an expression can be used, and when it would come next */
        post: operations["validateCron"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is logged in */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /** Log out */
        delete: operations["logOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in from a terminal: a key for address and password
         * @description The key may do what its person may, at any time, for 90 days; it opens nothing when they leave the workspace.
         */
        post: operations["exchangeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take another password
         * @description Every other session of the person ends.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in with a browser
         * @description The session is a cookie that no script reads; it ends after a day without use, or a week.
         */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How long runs are kept */
        get: operations["getRetention"];
        /**
         * Change how long runs are kept
         * @description A run that moved to the archive can still be shown and audited by its id.
         */
        put: operations["changeRetention"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List suites by name */
        get: operations["listSuites"];
        put?: never;
        /** Put flows together as a suite */
        post: operations["createSuite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A suite */
        get: operations["getSuite"];
        /** Change a suite */
        put: operations["updateSuite"];
        post?: never;
        /**
         * Delete a suite
         * @description Its flows and their runs stay; its schedules are disabled.
         */
        delete: operations["deleteSuite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run every flow of a suite */
        post: operations["runSuite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of a suite, newest first */
        get: operations["listSuiteRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites/{id}/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run of a suite as it is now */
        get: operations["getSuiteRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites/{id}/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run of a suite
         * @description Flows that were not asked for yet never are; those that run carry out their teardown.
         */
        post: operations["cancelSuiteRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suites/{id}/runs/{run_id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the flows of a finished run that did not pass once more
         * @description A run of its own over those flows as they are now, with the environment and the variables of then. Refused (409) while the first one goes on, and where nothing failed.
         */
        post: operations["rerunSuite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/test-environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List test environments, the newest first */
        get: operations["listTestEnvironments"];
        put?: never;
        /** Create a test environment and begin to provision it */
        post: operations["createTestEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/test-environments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A test environment with its state, services and routes */
        get: operations["getTestEnvironment"];
        put?: never;
        post?: never;
        /**
         * Destroy a test environment
         * @description Answers at once; poll the environment until its `state` is `destroyed`. One that a run uses goes when that run has ended, with `force=true` at once.
         */
        delete: operations["destroyTestEnvironment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/test-environments/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that happened to a test environment, and by whom */
        get: operations["listTestEnvironmentEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/test-environments/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a test environment as server-sent events
         * @description Ends when the environment is destroyed. Who reconnects with `Last-Event-ID` misses nothing and gets nothing twice.
         */
        get: operations["streamTestEnvironment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/gitea": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What Gitea tells of
         * @description Runs what the rules of the repository say. No key opens it: the signature shows who sends it. The same body again is the same run.
         */
        post: operations["receiveGiteaWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/github": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What GitHub tells of
         * @description Runs what the rules of the repository say. No key opens it: the signature shows who sends it. The same body again is the same run.
         */
        post: operations["receiveGitHubWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/gitlab": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What GitLab tells of
         * @description Runs what the rules of the repository say. No key opens it: the signature shows who sends it. The same body again is the same run.
         */
        post: operations["receiveGitLabWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workspace that the key opens */
        get: operations["getOwnWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workspaces that can be opened */
        get: operations["listWorkspaces"];
        put?: never;
        /**
         * Make a workspace
         * @description With a first key that may do everything in it, shown this once. The first key of an installation may make one, and owners.
         */
        post: operations["createWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A workspace */
        get: operations["getWorkspace"];
        /** Change a workspace */
        put: operations["updateWorkspace"];
        post?: never;
        /**
         * Delete a workspace
         * @description Its keys open nothing any more, its schedules are disabled, its runs are cancelled within seconds.
         */
        delete: operations["deleteWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Site agents of the workspace, revoked ones included */
        get: operations["listSiteAgentsInWorkspace"];
        put?: never;
        /**
         * Make a site agent; its token is shown this once
         * @description A name is given once for ever: runs say by it who carried them.
         */
        post: operations["createSiteAgentInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A site agent with what its processes tell of themselves, without its token */
        get: operations["getSiteAgentInWorkspace"];
        put?: never;
        post?: never;
        /** Revoke a site agent: it is fenced at once, and its runs go back to the queue */
        delete: operations["revokeSiteAgentInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/agents/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new token; the one before goes on for a while */
        post: operations["rotateSiteAgentInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/analytics/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which flows touch which endpoints, topics and tables
         * @description By what the steps of each flow reached for, with the last run in which they did. Ids in paths are not told apart. Flows that were deleted cover nothing.
         */
        get: operations["listCoverageInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/analytics/flakiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Flows by how often they change their mind, the flakiest first
         * @description A flow that ran in the period is judged by its latest 50 runs. The score is the share of runs that ended otherwise than the one before, times 1 - 2·|pass rate - 0.5|.
         */
        get: operations["listFlakyFlowsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/analytics/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the runs of some days went
         * @description Runs count to the day they were asked for. Cancelled runs are in no rate. Percentiles are those of the newest 50,000.
         */
        get: operations["getRunMetricsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/analytics/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Steps by how long they take, the slowest first
         * @description By the 95th percentile, over the newest 50,000 runs. The rounds of a loop are one step.
         */
        get: operations["listSlowestStepsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/analytics/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same, day by day
         * @description A day, week or month in which nothing ran is left out.
         */
        get: operations["getRunTrendInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys of the workspace, revoked ones included */
        get: operations["listApiKeysInWorkspace"];
        put?: never;
        /**
         * Make a key; its text is shown this once
         * @description Without role and scopes it is an editor. A key cannot make one that may do more than itself.
         */
        post: operations["createApiKeyInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A key, without its text */
        get: operations["getApiKeyInWorkspace"];
        put?: never;
        post?: never;
        /** Revoke a key */
        delete: operations["revokeApiKeyInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every change of configuration and of test environments, oldest first
         * @description Each commits together with the change it tells of.
         */
        get: operations["listAuditEventsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/audit/chains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the streams of the workspace are as they were recorded
         * @description Configuration, schedules and test environments, each event against the one before it. Runs: `GET /executions/ID/audit`.
         */
        get: operations["verifyChainsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/bulk/flows/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why.
         */
        post: operations["deleteFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/bulk/flows/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy many flows
         * @description A copy has the name of its flow and the suffix, or a number behind it where that name is taken. Each flow is changed as a single request would do it; `errors` says which were not, and why.
         */
        post: operations["duplicateFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/bulk/flows/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Many flows with the files kept beside them
         * @description Each as a bundle that `createExecution` takes.
         */
        post: operations["exportFlowBundlesInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/bulk/flows/find-replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a text in many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why. A preview checks the changed flows, too. Flows without a match are left as they are.
         */
        post: operations["findAndReplaceInFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/bulk/flows/tags/add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add tags to many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why. A flow that has them already, or has none of them, is left as it is.
         */
        post: operations["addTagsToFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/bulk/flows/tags/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove tags from many flows
         * @description Each flow is changed as a single request would do it; `errors` says which were not, and why. A flow that has them already, or has none of them, is left as it is.
         */
        post: operations["removeTagsFromFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List datasets by name */
        get: operations["listDatasetsInWorkspace"];
        put?: never;
        /** Keep a table of rows */
        post: operations["createDatasetInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dataset, without its rows */
        get: operations["getDatasetInWorkspace"];
        /** Make a new version of a dataset */
        put: operations["updateDatasetInWorkspace"];
        post?: never;
        /** Delete a dataset */
        delete: operations["deleteDatasetInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rows of a dataset */
        get: operations["listDatasetRowsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a flow once per row */
        post: operations["runDatasetInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs over a dataset, newest first */
        get: operations["listDatasetRunsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run over a dataset, row by row */
        get: operations["getDatasetRunInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run over a dataset
         * @description Rows that were not asked for yet never are; those that run carry out their teardown.
         */
        post: operations["cancelDatasetRunInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/runs/{run_id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the rows of a finished run that did not pass once more
         * @description A run of its own over those rows of the version of then, those that were skipped included, with the flow as it is now. Refused (409) while the first one goes on, and where nothing failed.
         */
        post: operations["rerunDatasetInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/datasets/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every version of a dataset, newest first */
        get: operations["listDatasetVersionsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List environments by name */
        get: operations["listEnvironmentsInWorkspace"];
        put?: never;
        /** Add an environment */
        post: operations["createEnvironmentInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An environment */
        get: operations["getEnvironmentInWorkspace"];
        /**
         * Change an environment
         * @description A secret that is sent without a value, or with its mask, stays as it was.
         */
        put: operations["updateEnvironmentInWorkspace"];
        post?: never;
        /**
         * Delete an environment
         * @description Refused (409) while schedules run in it.
         */
        delete: operations["deleteEnvironmentInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments/{id}/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make it the default */
        post: operations["makeDefaultEnvironmentInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments/{id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy it, with its secrets, under another name */
        post: operations["duplicateEnvironmentInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The environment as POST takes it
         * @description Secrets stand behind ********: imported over the same environment they stay as they are, elsewhere they are given.
         */
        get: operations["exportEnvironmentInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The default environment
         * @description Where there is none: one without an id that defines nothing.
         */
        get: operations["getDefaultEnvironmentInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/environments/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add an exported environment
         * @description A secret that stands masked keeps the value it has; where there is none, the answer (422) names each that needs one.
         */
        post: operations["importEnvironmentInWorkspace"];
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
         * @description The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic. A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.
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
         * Follow the chain of the run, fold it anew and compare it with what is shown
         * @description `open`: the run has not ended; `missing`: what is shown is not written yet; `broken`: an event is not as it was recorded. Other streams: `GET /audit/chains`.
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
    "/api/v1/workspaces/{workspace_id}/executions/{id}/outline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The steps of a run at a glance
         * @description As `/steps`, without what was sent, answered, captured and asserted: a list of a thousand steps is small.
         */
        get: operations["getExecutionOutlineInWorkspace"];
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
        /**
         * The report of a run
         * @description As the run folded from its events, or as `testmesh run --reporter` prints it. The form is `format`, else what Accept likes best of JSON, XML and HTML. `json` and `junit` are for finished runs.
         */
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
         * @description Variables of the first run are used again unless they are given. Values that were secret, of an OS or of an env file are gone: without them the run is refused, with their names.
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
    "/api/v1/workspaces/{workspace_id}/executions/{id}/test-environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The test environment of a run, and which service it reached where */
        get: operations["getExecutionTestEnvironmentInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The run as a trace, in the JSON of OTLP
         * @description Drawn from the journal, whole whatever tracing sampled. Its ids are those of the `traceparent` that the run sent to what it called.
         */
        get: operations["getExecutionTraceInWorkspace"];
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
         * @description Takes what `createExecution` takes and answers as it would, but runs and keeps nothing. A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.
         */
        post: operations["checkExecutionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/executions/run-definition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow that comes with the request, and wait for it
         * @description 200 when it passed, 422 with the run when it did not. A run that takes longer than `wait` is answered 202 and goes on; the same Idempotency-Key waits for it again. A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.
         */
        post: operations["runDefinitionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Flows for elsewhere
         * @description As bundles that another server takes, or their HTTP requests as a Postman collection.
         */
        post: operations["exportFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List flows by name */
        get: operations["listFlowsInWorkspace"];
        put?: never;
        /**
         * Keep a flow
         * @description The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic.
         */
        post: operations["createFlowInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A flow */
        get: operations["getFlowInWorkspace"];
        /**
         * Change a flow
         * @description The text before is kept as a version; what is kept already makes none. Files that are not sent again are gone from the flow.
         */
        put: operations["updateFlowInWorkspace"];
        post?: never;
        /**
         * Delete a flow
         * @description Its runs stay; its schedules are disabled. Refused (409) while suites name it.
         */
        delete: operations["deleteFlowInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/flows/{id}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A flow with the files kept beside it */
        get: operations["getFlowBundleInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/flows/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every version of a flow, newest first */
        get: operations["listFlowVersionsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/flows/{id}/versions/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an earlier version the current one */
        post: operations["restoreFlowVersionInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/gates/{kind}/{id}/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The verdict of a gate as it is now */
        get: operations["getGateInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/gates/argo-rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow or a suite for a revision, and say what became of it
         * @description For the web metric of an AnalysisTemplate: `jsonPath: "{$.verdict}"`. The same revision leads to the same run for 24 hours, however often it is asked for.
         */
        post: operations["passArgoRolloutsGateInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/gates/flagger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow or a suite for a canary, and let it go on or not
         * @description For a webhook of a Canary. 200 when it passed; while it runs 425, or 202 with `while_running: advance`; 409 when it did not pass. The canary and its checksum lead to the same run for 24 hours.
         */
        post: operations["passFlaggerGateInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/git-trigger-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What pushes run */
        get: operations["listGitTriggerRulesInWorkspace"];
        put?: never;
        /**
         * Run a flow or a suite at each push to a repository
         * @description The host sends its webhook to `webhook_path`, signed with the secret.
         */
        post: operations["createGitTriggerRuleInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/git-trigger-rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A rule */
        get: operations["getGitTriggerRuleInWorkspace"];
        /** Change a rule */
        put: operations["updateGitTriggerRuleInWorkspace"];
        post?: never;
        /** Delete a rule */
        delete: operations["deleteGitTriggerRuleInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/git-trigger-rules/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What came for a rule, newest first */
        get: operations["listGitDeliveriesInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/graphql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for several things at once, in GraphQL
         * @description The schema is docs/graphql.graphql. A subscription is answered with server-sent events when Accept names text/event-stream.
         */
        post: operations["graphqlInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep flows from elsewhere
         * @description One that is refused stops none of the others; `errors` says which were, and why.
         */
        post: operations["importFlowsInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/import/parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would be imported
         * @description Reads curl commands, a HAR file or a Postman collection as flows, and keeps nothing.
         */
        post: operations["parseImportInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who was asked in, and what became of it */
        get: operations["listInvitationsInWorkspace"];
        put?: never;
        /**
         * Ask somebody into the workspace
         * @description The token is shown this once: pass it on to the person, who has a week. A workspace that has no members yet lets a key invite its first owner.
         */
        post: operations["inviteMemberInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take an invitation back */
        delete: operations["revokeInvitationInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much the workspace may use at once */
        get: operations["getLimitsInWorkspace"];
        /** Decide how much the workspace may use at once */
        put: operations["setLimitsInWorkspace"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who belongs to the workspace */
        get: operations["listMembersInWorkspace"];
        put?: never;
        /** Take somebody into the workspace */
        post: operations["addMemberInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Give a member another role */
        put: operations["setMemberRoleInWorkspace"];
        post?: never;
        /** Take a member out of the workspace */
        delete: operations["removeMemberInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notification-channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where messages are sent */
        get: operations["listNotificationChannelsInWorkspace"];
        put?: never;
        /** Send messages to Slack, a webhook or mailboxes */
        post: operations["createNotificationChannelInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notification-channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A channel */
        get: operations["getNotificationChannelInWorkspace"];
        /**
         * Change a channel
         * @description Addresses and secrets that are not sent stay as they are, unless the kind changes.
         */
        put: operations["updateNotificationChannelInWorkspace"];
        post?: never;
        /**
         * Delete a channel
         * @description What was not delivered yet never will be.
         */
        delete: operations["deleteNotificationChannelInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notification-channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test message
         * @description What becomes of it stands among the deliveries.
         */
        post: operations["testNotificationChannelInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notification-deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent, waits or was given up, newest first */
        get: operations["listNotificationDeliveriesInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notification-deliveries/{id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send one again that was given up */
        post: operations["redeliverNotificationInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What began to fail and what recovered, newest first */
        get: operations["listNotificationsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a notification, for everybody */
        delete: operations["deleteNotificationInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notifications/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** The caller has read it */
        patch: operations["markNotificationReadInWorkspace"];
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/notifications/read-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** The caller has read them all */
        patch: operations["markAllNotificationsReadInWorkspace"];
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/outbound-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where runs on this server may connect to */
        get: operations["getOutboundRulesInWorkspace"];
        /**
         * Decide where runs on this server may connect to
         * @description Ranges are held against the resolved address, names against the name as written. What the operator denies stays denied. Holds for runs that begin from now on.
         */
        put: operations["setOutboundRulesInWorkspace"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller may do here */
        get: operations["getRoleInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/runner/parse-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The columns and the first rows of a table
         * @description Reads it as `runWithData` would, and keeps nothing.
         */
        post: operations["parseRunnerDataInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/runner/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run flows once per row of a table that comes along
         * @description The rows are kept as a dataset, the same rows once, so the key needs collections:create, too; what came of them stands under `/datasets/ID/runs/ID`.
         */
        post: operations["runWithDataInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List schedules by name */
        get: operations["listSchedulesInWorkspace"];
        put?: never;
        /** Run a flow, a flow over a dataset, or a suite by the clock */
        post: operations["createScheduleInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A schedule */
        get: operations["getScheduleInWorkspace"];
        /** Change a schedule */
        put: operations["updateScheduleInWorkspace"];
        post?: never;
        /** Delete a schedule */
        delete: operations["deleteScheduleInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}/next-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * When it comes next
         * @description Of a schedule that is paused: when it would come.
         */
        get: operations["previewScheduleRunsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let its slots pass */
        post: operations["pauseScheduleInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on from the next slot */
        post: operations["resumeScheduleInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When it fired, newest first */
        get: operations["listScheduleRunsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How its runs went */
        get: operations["getScheduleStatsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/{id}/trigger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run it now
         * @description Beside its slots, which stay as they are.
         */
        post: operations["triggerScheduleInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Expressions people often want */
        get: operations["listSchedulePresetsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/timezones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Time zones a schedule may be in */
        get: operations["listTimezonesInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/schedules/validate-cron": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say whether an expression can be used, and when it would come next */
        post: operations["validateCronInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/settings/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How long runs are kept */
        get: operations["getRetentionInWorkspace"];
        /**
         * Change how long runs are kept
         * @description A run that moved to the archive can still be shown and audited by its id.
         */
        put: operations["changeRetentionInWorkspace"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List suites by name */
        get: operations["listSuitesInWorkspace"];
        put?: never;
        /** Put flows together as a suite */
        post: operations["createSuiteInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A suite */
        get: operations["getSuiteInWorkspace"];
        /** Change a suite */
        put: operations["updateSuiteInWorkspace"];
        post?: never;
        /**
         * Delete a suite
         * @description Its flows and their runs stay; its schedules are disabled.
         */
        delete: operations["deleteSuiteInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run every flow of a suite */
        post: operations["runSuiteInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of a suite, newest first */
        get: operations["listSuiteRunsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites/{id}/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run of a suite as it is now */
        get: operations["getSuiteRunInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites/{id}/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run of a suite
         * @description Flows that were not asked for yet never are; those that run carry out their teardown.
         */
        post: operations["cancelSuiteRunInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/suites/{id}/runs/{run_id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the flows of a finished run that did not pass once more
         * @description A run of its own over those flows as they are now, with the environment and the variables of then. Refused (409) while the first one goes on, and where nothing failed.
         */
        post: operations["rerunSuiteInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/test-environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List test environments, the newest first */
        get: operations["listTestEnvironmentsInWorkspace"];
        put?: never;
        /** Create a test environment and begin to provision it */
        post: operations["createTestEnvironmentInWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/test-environments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A test environment with its state, services and routes */
        get: operations["getTestEnvironmentInWorkspace"];
        put?: never;
        post?: never;
        /**
         * Destroy a test environment
         * @description Answers at once; poll the environment until its `state` is `destroyed`. One that a run uses goes when that run has ended, with `force=true` at once.
         */
        delete: operations["destroyTestEnvironmentInWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/test-environments/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that happened to a test environment, and by whom */
        get: operations["listTestEnvironmentEventsInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace_id}/test-environments/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a test environment as server-sent events
         * @description Ends when the environment is destroyed. Who reconnects with `Last-Event-ID` misses nothing and gets nothing twice.
         */
        get: operations["streamTestEnvironmentInWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/personal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same, under its older name */
        get: operations["getPersonalWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/slug/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A workspace by its slug */
        get: operations["getWorkspaceBySlug"];
        put?: never;
        post?: never;
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
        __schema1: unknown;
        AgentAppend: {
            results: {
                epoch?: number;
                /** @enum {string} */
                outcome: "applied" | "already_applied" | "conflict" | "fenced" | "terminal" | "refused";
                /** @description what is wrong with events that were refused */
                reason?: string;
                ver?: number;
            }[];
        };
        AgentAppendRequest: {
            batches: {
                epoch: number;
                /** @description a JSON array of events, as text: no digit of a number is lost on the way */
                events: string;
                expected_ver: number;
                run_id: string;
            }[];
        };
        AgentBlob: {
            base64: string;
        };
        AgentBlobName: {
            hash: string;
        };
        AgentBlobRequest: {
            /** Format: base64 */
            base64: string;
            epoch: number;
        };
        AgentClaim: {
            runs: {
                attempt: number;
                epoch: number;
                run_id: string;
                ver: number;
                workspace: string;
            }[];
        };
        AgentClaimRequest: {
            /** @description what this process was given and heard of */
            known: {
                epoch: number;
                run_id: string;
            }[];
            lease_ms: number;
            pools: string[];
            slots: number;
            /** @description for so long the answer may wait for a run */
            wait_ms: number;
        };
        AgentEnvironment: {
            id: string;
            /** @description as its history gives it */
            state: unknown;
            workspace: string;
        };
        AgentEnvironmentAnswer: {
            /** @description of the environment: the fencing token */
            epoch?: number;
            error?: string;
            holder?: string;
            id?: string;
            /** @enum {string} */
            outcome: "acquired" | "waiting" | "failed" | "busy" | "none" | "refused";
            /** @enum {string} */
            refusal?: "NamespaceTaken" | "ApplicationTaken";
            /** @description where its services are reached */
            resources?: unknown[];
            spec?: unknown;
            /** @enum {string} */
            status?: "cold" | "provisioning" | "warm" | "cooling" | "running";
        };
        AgentEnvironmentHeld: {
            held: boolean;
        };
        AgentEnvironmentLease: {
            environment: string;
            environment_epoch: number;
            epoch: number;
            lease_ms: number;
        };
        AgentEnvironmentRequest: {
            /** @description what it was told last that it waits for */
            awaited?: {
                id: string;
                /** @enum {string} */
                status: "cold" | "provisioning" | "warm" | "cooling" | "running";
            };
            /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
            context: string;
            /** @description made where there is none */
            environment: {
                id: string;
                spec?: components["schemas"]["AgentEnvironmentSpec"];
            };
            epoch: number;
            /** @description a run that does not ask again within it waits no more */
            keep_place_ms: number;
            lease_ms: number;
            /** @enum {string} */
            on_busy: "wait" | "new" | "fail";
            /**
             * @description for so long the answer may wait for it to stand otherwise
             * @default 0
             */
            wait_ms?: number;
        };
        AgentEnvironmentReturn: {
            environment: string;
            environment_epoch: number;
            epoch: number;
            reason: string;
        };
        AgentEnvironments: {
            environments: components["schemas"]["AgentEnvironment"][];
            total: number;
        };
        AgentEnvironmentSpec: {
            /** @description the Argo CD Application that is waited for */
            applicationName?: string;
            cluster: string;
            /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
            context: string;
            name: string;
            namespace: string;
            provider: string;
            readyWithinMinutes: number;
            routingHeaders?: {
                [key: string]: string;
            };
            routingPolicy: {
                [key: string]: string;
            };
            services: {
                image?: string;
                name: string;
                repo?: string;
                sourceRef?: string;
            }[];
            settings: {
                [key: string]: components["schemas"]["__schema0"];
            };
            ttlMinutes: number;
        };
        AgentEvents: {
            /** @description in order, as the journal holds them */
            events: components["schemas"]["__schema0"][];
            more: boolean;
        };
        AgentFigures: {
            /** @description runs in hand */
            busy: number;
            memory_bytes: number;
            /** @description to the server, since it started */
            requests: number;
            /** @description of these, those without an answer that says anything */
            requests_failed: number;
            runs_ended: {
                [key: string]: number;
            };
            slots: number;
            /** @description milliseconds since 1970 */
            started_at: number;
        };
        AgentHeartbeat: {
            runs: {
                cancelled_by?: string;
                epoch: number;
                /** @enum {string} */
                lease: "held" | "lost";
                run_id: string;
            }[];
        };
        AgentHeartbeatRequest: {
            lease_ms: number;
            runs: {
                epoch: number;
                run_id: string;
            }[];
        };
        AgentRelease: {
            released: boolean;
        };
        AgentReleaseRequest: {
            epoch: number;
            reason: string;
        };
        AgentRunInputs: {
            outbound: {
                allow: string[] | null;
                deny: string[];
            };
            /** @description what was kept for the run, by name */
            values: {
                [key: string]: string;
            };
        };
        AgentSecretRequest: {
            epoch: number;
            name: string;
            value: string;
        };
        AgentSession: {
            /** @description the name it was given */
            agent: string;
            /** @description whether runs of agents are given test environments */
            environments: boolean;
            /** @description under which this process holds runs */
            executor: string;
            /** @description those its token lets it take runs of */
            pools: string[];
            /** @description what this server speaks */
            protocol: number;
            /** @description milliseconds since 1970 */
            server_time: number;
            workspace: string;
        };
        AgentSessionRequest: {
            host: string;
            labels: {
                [key: string]: string;
            };
            pools: string[];
            protocol: number;
            slots: number;
            version: string;
        };
        ApiKey: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            last_used_at: string | null;
            name: string;
            /** @description how it begins; the rest is known to nobody here */
            prefix: string;
            revoked_at: string | null;
            scopes: string[];
        };
        ApiKeyRequest: {
            /** Format: date-time */
            expires_at?: string;
            name: string;
            /**
             * @description everything a member of this role may do
             * @enum {string}
             */
            role?: "owner" | "admin" | "editor" | "viewer";
            /** @description exactly these permissions */
            scopes?: ("workspace:view" | "workspace:settings" | "workspace:delete" | "workspaces:create" | "members:manage" | "keys:manage" | "audit:view" | "runs:view" | "flows:run" | "flows:view" | "flows:create" | "flows:edit" | "flows:delete" | "environments:view" | "environments:create" | "environments:edit" | "environments:delete" | "schedules:view" | "schedules:create" | "schedules:edit" | "schedules:delete" | "collections:view" | "collections:create" | "collections:edit" | "collections:delete" | "integrations:view" | "integrations:manage")[];
        };
        AuditEvent: {
            actor: string;
            /** Format: date-time */
            at: string;
            /** @description sha256 over the event before and this one */
            chain: string;
            /** @description what it was about; never a secret */
            data: {
                [key: string]: components["schemas"]["Json"];
            };
            /** @description 1, 2, 3 … within the workspace */
            seq: number;
            /** @description `EnvironmentUpdated`, `ApiKeyRevoked`, `TestEnvironmentRegistered` … */
            type: string;
        };
        BrokenEvent: {
            /**
             * @description `added`: it stands behind the end that the journal keeps for the stream
             * @enum {string}
             */
            how: "altered" | "missing" | "added";
            /** @description the first event that is wrong */
            seq: number;
        };
        BulkBundles: {
            errors: components["schemas"]["BulkError"][];
            failed: number;
            flows: {
                bundle: components["schemas"]["FlowBundle"];
                /** Format: uuid */
                flow_id: string;
                name: string;
                version: number;
            }[];
            succeeded: number;
            total: number;
        };
        BulkCopies: {
            copies: {
                /** Format: uuid */
                copy_id: string;
                /** Format: uuid */
                flow_id: string;
                name: string;
            }[];
            errors: components["schemas"]["BulkError"][];
            failed: number;
            succeeded: number;
            total: number;
        };
        BulkError: {
            code: string;
            /** Format: uuid */
            flow_id: string;
            message: string;
        };
        BulkResult: {
            errors: components["schemas"]["BulkError"][];
            failed: number;
            succeeded: number;
            total: number;
        };
        BulkTagsRequest: {
            flow_ids: string[];
            tags: string[];
        };
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
        CheckedFlow: {
            /** Format: date-time */
            created_at: string;
            definition: components["schemas"]["Json"];
            description: string;
            file: string;
            /** @description paths of the further files kept with it */
            files: string[];
            /** Format: uuid */
            id: string;
            name: string;
            suite: string;
            tags: string[];
            /** Format: date-time */
            updated_at: string;
            version: number;
            warnings: {
                code?: string;
                column?: number;
                file?: string;
                help?: string;
                line?: number;
                message: string;
                /** @enum {string} */
                severity?: "error" | "warning";
                suggestion?: string;
            }[];
            /** Format: uuid */
            workspace_id: string;
            yaml: string;
        };
        Coverage: {
            limit: number;
            offset: number;
            targets: components["schemas"]["CoveredTarget"][];
            total: number;
        };
        CoveredTarget: {
            flows: components["schemas"]["CoveringFlow"][];
            /** @enum {string} */
            kind: "endpoint" | "topic" | "table";
            /** @description `POST /orders/{id}`, `orders.created`, `public.orders` */
            name: string;
            /** @description the service, by its address where no name is known; the database of a table */
            system: string;
        };
        CoveringFlow: {
            /** @description of the step that reached for it */
            action: string;
            /** @description null for a flow that was brought along */
            flow_id: string | null;
            flow_name: string;
            /** Format: date-time */
            last_at: string;
            last_execution_id: string;
            last_verdict: string;
        };
        Dataset: {
            columns: string[];
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            name: string;
            row_count: number;
            size_bytes: number;
            /** Format: date-time */
            updated_at: string;
            version: number;
        };
        DatasetOfSchedule: {
            /** Format: uuid */
            id: string;
            mapping: {
                [key: string]: string;
            };
            parallel: number;
            stop_on_failure: boolean;
        };
        DatasetRequest: {
            /** @description with a header; numbers and booleans in their shortest form are typed */
            csv?: string;
            /** @default  */
            description?: string;
            name: string;
            /** @description each with the same columns */
            rows?: {
                [key: string]: components["schemas"]["Json"];
            }[];
        };
        DatasetRun: {
            cancelled_rows: number;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            dataset_id: string;
            dataset_version: number;
            ended_at: string | null;
            environment: string | null;
            failed_rows: number;
            /** Format: uuid */
            flow_id: string;
            /** Format: uuid */
            id: string;
            passed_rows: number;
            pool: string;
            priority: number;
            requested_by: string;
            /** @description the schedule that asked for it */
            schedule_id: string | null;
            skipped_rows: number;
            /** @enum {string} */
            status: "running" | "completed" | "failed" | "cancelled";
            /** @description what its runs say of their test environment */
            test_environment: components["schemas"]["Json"] | null;
            total_rows: number;
            /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
            waiting_for?: string | null;
        };
        DatasetRunRequest: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            /** @description name or id */
            environment?: string;
            /** Format: uuid */
            flow_id: string;
            /**
             * @description column → variable; a column that is not named goes under its own name
             * @default {}
             */
            mapping?: {
                [key: string]: string;
            };
            /**
             * @description rows that go at once
             * @default 5
             */
            parallel?: number;
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /**
             * @description counted from 1; all of them unless said
             * @default {
             *       "from": 1
             *     }
             */
            rows?: {
                /** @default 1 */
                from?: number;
                to?: number;
            };
            /**
             * @description rows that did not begin are skipped after a failure
             * @default false
             */
            stop_on_failure?: boolean;
            /** @description of each row’s run, over what the flow says; rows that share an environment use it in turn */
            test_environment?: string | {
                cluster?: string;
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                name?: string;
                namespace?: string;
                /** @enum {string} */
                on_busy?: "wait" | "new" | "fail";
                provider?: string;
                /** @description the Argo CD Application that is waited for */
                provider_app_name?: string;
                ready_within_minutes?: number;
                routing?: {
                    /**
                     * @description sent with each HTTP request of a run, where isolation goes by headers
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                };
                routing_policy?: {
                    [key: string]: string;
                };
                services?: {
                    image?: string;
                    name: string;
                    repo?: string;
                    source_ref?: string;
                }[];
                settings?: {
                    [key: string]: components["schemas"]["__schema0"];
                };
                ttl_minutes?: number;
                wait_minutes?: number;
            };
            /**
             * @description for every row; a row's own values are stronger
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        DatasetVersion: {
            author: string;
            columns: string[];
            /** Format: date-time */
            created_at: string;
            row_count: number;
            size_bytes: number;
            version: number;
        };
        Environment: {
            color: string;
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            is_default: boolean;
            name: string;
            protected: boolean;
            routing: {
                headers: {
                    [key: string]: components["schemas"]["Json"];
                };
                overrides: {
                    [key: string]: {
                        [key: string]: components["schemas"]["Json"];
                    };
                };
                services: {
                    [key: string]: string;
                };
            };
            /** Format: date-time */
            updated_at: string;
            variables: {
                description: string;
                enabled: boolean;
                is_secret: boolean;
                key: string;
                /** @description a secret has the mask ******** */
                value: components["schemas"]["Json"];
            }[];
            version: number;
            /** Format: uuid */
            workspace_id: string;
        };
        EnvironmentExport: {
            color: string;
            description: string;
            is_default: boolean;
            name: string;
            protected: boolean;
            routing: {
                headers: {
                    [key: string]: components["schemas"]["Json"];
                };
                overrides: {
                    [key: string]: {
                        [key: string]: components["schemas"]["Json"];
                    };
                };
                services: {
                    [key: string]: string;
                };
            };
            variables: {
                description: string;
                enabled: boolean;
                is_secret: boolean;
                key: string;
                /** @description a secret has the mask ******** */
                value: components["schemas"]["Json"];
            }[];
        };
        EnvironmentRequest: {
            /** @default #6B7280 */
            color?: string;
            /** @default  */
            description?: string;
            /** @default false */
            is_default?: boolean;
            name: string;
            /**
             * @description a run here has to be confirmed
             * @default false
             */
            protected?: boolean;
            /** @default {} */
            routing?: {
                /** @description headers under those of each HTTP request */
                headers?: {
                    [key: string]: components["schemas"]["Json"];
                };
                /** @description settings under each step's own */
                overrides?: {
                    [key: string]: {
                        [key: string]: components["schemas"]["Json"];
                    };
                };
                /** @description addresses by the name that `${service.NAME}` uses */
                services?: {
                    [key: string]: string;
                };
            };
            /**
             * @description a list of {key, value, is_secret, enabled}, or an object of names and values
             * @default []
             */
            variables?: {
                /** @default  */
                description?: string;
                /** @default true */
                enabled?: boolean;
                /** @default false */
                is_secret?: boolean;
                key: string;
                value?: components["schemas"]["Json"];
            }[] | {
                [key: string]: components["schemas"]["Json"];
            };
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
            trigger_type: "api" | "schedule" | "suite" | "dataset" | "rerun" | "webhook";
            /** @description null until the run is finished */
            verdict: ("passed" | "failed" | "error" | "cancelled" | "timed_out") | null;
            /** @description events of the run so far; where a stream may go on from */
            version: number;
            /** @description of a single run: what a run that waits needs somebody to do, as when nobody takes runs of its pool */
            waiting_for?: string | null;
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
            /** @description the plugin that brought the action */
            plugin?: string;
            reason: string | null;
            started_at: string | null;
            /** @enum {string} */
            state: "passed" | "failed" | "error" | "skipped" | "running" | "not run";
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "skipped";
            step_id: string;
            step_name: string;
        };
        ExecutionStepOutline: {
            action: string;
            attempt: number;
            duration_ms: number;
            error_code: string | null;
            error_message: string | null;
            excused: boolean;
            /** Format: uuid */
            execution_id: string;
            file: string;
            finished_at: string | null;
            /** @description the path of the step within the run: `loop[2]/check` */
            id: string;
            line: number;
            parent: string | null;
            /** @enum {string} */
            phase: "setup" | "steps" | "teardown";
            /** @description the plugin that brought the action */
            plugin?: string;
            reason: string | null;
            started_at: string | null;
            /** @enum {string} */
            state: "passed" | "failed" | "error" | "skipped" | "running" | "not run";
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "skipped";
            step_id: string;
            step_name: string;
        };
        ExecutionTestEnvironment: {
            context: string;
            /** Format: uuid */
            id: string;
            name: string | null;
            namespace: string | null;
            /** @description it was ready when the run came */
            reused: boolean | null;
            services: {
                name: string;
                url: string;
                /**
                 * @description base: beside the namespace, where everybody reaches it
                 * @enum {string}
                 */
                where: "namespace" | "base";
            }[];
            waited_ms: number | null;
            /** @description how the environment stood that the run waits for; null once it has it */
            waits_for: ("cold" | "provisioning" | "warm" | "running" | "cooling" | "destroyed") | null;
        };
        Export: {
            /** @description a Postman collection (v2.1) */
            collection?: {
                [key: string]: components["schemas"]["Json"];
            };
            errors: components["schemas"]["BulkError"][];
            failed: number;
            flows?: {
                bundle: components["schemas"]["FlowBundle"];
                /** Format: uuid */
                flow_id: string;
                name: string;
            }[];
            /** @enum {string} */
            format: "testmesh" | "postman";
            /** @description what the flows have and this does not */
            notes: string[];
            succeeded: number;
            total: number;
        };
        ExportRequest: {
            flow_ids: string[];
            /**
             * @default testmesh
             * @enum {string}
             */
            format?: "testmesh" | "postman";
        };
        FailedRunProblem: {
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
            run?: components["schemas"]["InlineRun"];
            status: number;
            title: string;
            /** @description where the problem is explained */
            type: string;
        };
        FindReplaceRequest: {
            /** @description text within one line, as it stands in the flow; no pattern */
            find: string;
            flow_ids: string[];
            /** @description only in values of this key, at any depth: `url` */
            in_field?: string;
            /** @default true */
            match_case?: boolean;
            /**
             * @description say what would be replaced, and change nothing
             * @default false
             */
            preview?: boolean;
            replace: string;
            /** @default false */
            whole_word?: boolean;
        };
        FindReplaceResult: {
            errors: components["schemas"]["BulkError"][];
            failed: number;
            matches: {
                count: number;
                /** Format: uuid */
                flow_id: string;
                lines: {
                    after: string;
                    before: string;
                    line: number;
                }[];
                name: string;
                /** @description after the change */
                version: number;
            }[];
            preview: boolean;
            succeeded: number;
            total: number;
        };
        FlaggerRequest: {
            /** @description of the canary: each is gated once */
            checksum: string;
            /** @description the webhook's metadata; every value is a text */
            metadata: {
                /** @description the name of the environment once more, where it is protected */
                confirm_environment?: string;
                /** @description name or id */
                environment?: string;
                /** Format: uuid */
                flow_id?: string;
                /**
                 * @description executors, or a site agent, of this pool carry it out
                 * @default default
                 */
                pool?: string;
                /** @default 0 */
                priority?: number;
                /** Format: uuid */
                suite_id?: string;
                /** @description seconds to wait for the verdict before `running` is answered */
                wait?: number;
                /**
                 * @description what a run that is not over means: hold (default) for confirm hooks, advance for rollout hooks
                 * @enum {string}
                 */
                while_running?: "hold" | "advance";
            };
            /** @description the canary's name */
            name: string;
            namespace: string;
            /** @description of the canary: Progressing, Promoting … */
            phase: string;
        } & {
            [key: string]: unknown;
        };
        FlakyFlow: {
            failure_patterns: {
                count: number;
                error: string;
            }[];
            /** @description null for a flow that came with its runs */
            flow_id: string | null;
            flow_name: string;
            /** @description 0.1 or more, over at least five runs */
            is_flaky: boolean;
            pass_rate: number | null;
            runs: number;
            score: number;
            /** @description runs that ended otherwise than the one before */
            transitions: number;
        };
        FlakyFlows: {
            /** Format: date */
            end_date: string;
            flows: components["schemas"]["FlakyFlow"][];
            limit: number;
            offset: number;
            /** Format: date */
            start_date: string;
            total: number;
        };
        Flow: {
            /** Format: date-time */
            created_at: string;
            definition: components["schemas"]["Json"];
            description: string;
            file: string;
            /** @description paths of the further files kept with it */
            files: string[];
            /** Format: uuid */
            id: string;
            name: string;
            suite: string;
            tags: string[];
            /** Format: date-time */
            updated_at: string;
            version: number;
            /** Format: uuid */
            workspace_id: string;
            yaml: string;
        };
        FlowBundle: {
            entry: string;
            files: {
                [key: string]: string | {
                    /** Format: base64 */
                    base64: string;
                };
            };
        };
        FlowMetrics: {
            average_ms: number | null;
            cancelled: number;
            errors: number;
            executions: number;
            failed: number;
            failed_steps: number;
            /** @description null for a flow that came with its runs */
            flow_id: string | null;
            flow_name: string;
            /** @description percent of those that were not cancelled; null where there are none */
            pass_rate: number | null;
            passed: number;
            passed_steps: number;
            timed_out: number;
        };
        FlowRequest: {
            /** @description the same as an object */
            definition?: {
                [key: string]: components["schemas"]["Json"];
            };
            /** @description where its diagnostics point, and what its other paths are relative to */
            file?: string;
            /**
             * @description further files that the flow names, by path
             * @default {}
             */
            files?: {
                [key: string]: string | {
                    /** Format: base64 */
                    base64: string;
                };
            };
            /**
             * @description what changed, for the list of versions
             * @default
             */
            message?: string;
            /** @description the flow as a file holds it, under `flow:` or bare */
            yaml?: string;
        };
        FlowVersion: {
            author: string;
            /** Format: date-time */
            created_at: string;
            message: string;
            name: string;
            version: number;
            yaml: string;
        };
        Gate: {
            /** @description where the verdict can be read again */
            link: string;
            message: string;
            /** Format: uuid */
            run_id: string;
            /** @enum {string} */
            verdict: "passed" | "failed" | "running";
            /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
            waiting_for?: string | null;
        };
        GateRequest: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            /** @description name or id */
            environment?: string;
            /** Format: uuid */
            flow_id?: string;
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /** @description what is to be promoted: a pod template hash, a commit, an image */
            revision: string;
            /** Format: uuid */
            suite_id?: string;
            /** @default {} */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
            /**
             * @description seconds to wait for the verdict before `running` is answered
             * @default 20
             */
            wait?: number;
        };
        GitDelivery: {
            branch: string;
            /** @description as the host calls it */
            delivery: string;
            error: string | null;
            event: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            received_at: string;
            /** @description of the flow, or of the suite */
            run_id: string | null;
            sha: string;
            /** @enum {string} */
            status: "received" | "started" | "failed";
        };
        GitTriggerRule: {
            branch_filter: string[];
            /** Format: date-time */
            created_at: string;
            enabled: boolean;
            environment_id: string | null;
            event_types: ("push" | "pull_request")[];
            flow_id: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            pool: string;
            priority: number;
            /** @enum {string} */
            provider: "github" | "gitlab" | "gitea";
            repository: string;
            suite_id: string | null;
            /** Format: date-time */
            updated_at: string;
            /** @description a secret as `{"$secret": NAME}`; sent so, it stays as it is */
            variables: {
                [key: string]: components["schemas"]["Json"];
            };
            version: number;
            /** @description where the host sends its webhook, on this server */
            webhook_path: string;
        };
        GitTriggerRuleRequest: {
            /**
             * @description `main`, `release/*`, `**`; for a pull request the branch it is to go into
             * @default *
             */
            branch_filter?: string | string[];
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            /** @default true */
            enabled?: boolean;
            /** @description name or id */
            environment?: string;
            /**
             * @default [
             *       "push",
             *       "pull_request"
             *     ]
             */
            event_types?: ("push" | "pull_request")[];
            /** Format: uuid */
            flow_id?: string;
            name: string;
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /** @enum {string} */
            provider: "github" | "gitlab" | "gitea";
            /** @description `owner/name`, whatever its case */
            repository: string;
            /** @description what the host signs with; where none is given, one is made for a new rule and a kept one stays */
            secret?: string;
            /** Format: uuid */
            suite_id?: string;
            /**
             * @description the one way there is
             * @constant
             */
            trigger_mode?: "direct";
            /**
             * @description beside GIT_SHA, GIT_BRANCH and GIT_REPOSITORY
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        GraphQlAnswer: {
            data?: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            errors?: {
                /** @description what is wrong */
                extensions: {
                    /** @description the problem's code, as REST has it */
                    code: string;
                    status: number;
                } & {
                    [key: string]: unknown;
                };
                locations?: {
                    column: number;
                    line: number;
                }[];
                message: string;
                path?: (string | number)[];
            }[];
        };
        GraphQlRequest: {
            extensions?: ({
                /** @description sha256 of the document */
                persistedQuery?: {
                    sha256Hash: string;
                    /** @constant */
                    version: 1;
                };
            } & {
                [key: string]: unknown;
            }) | null;
            operationName?: string | null;
            /** @description the document; may be left out when its hash is known */
            query?: string;
            variables?: {
                [key: string]: components["schemas"]["Json"];
            } | null;
        };
        Import: {
            errors: {
                code: string;
                message: string;
                pointer: string;
            }[];
            failed: number;
            flows: {
                /** Format: uuid */
                id: string;
                name: string;
            }[];
            /** @description what was there and is not in the flows */
            notes: string[];
            succeeded: number;
            total: number;
            variables: {
                name: string;
                /** @description a credential stood there; its value is kept nowhere */
                secret: boolean;
            }[];
        };
        ImportRequest: {
            /** @description curl commands, a HAR file, or a Postman collection (v2.1) */
            content?: string;
            /** @description what `parseImport` answered, perhaps changed */
            flows?: {
                /** @description for the reader; the text says it */
                name?: string;
                yaml: string;
            }[];
            /** @description the suite of every flow */
            suite?: string;
            /**
             * @description tags of every flow
             * @default []
             */
            tags?: string[];
            /** @enum {string} */
            type?: "curl" | "har" | "postman";
        };
        ImportSource: {
            content: string;
            /**
             * @description what this route always does
             * @constant
             */
            preview?: true;
            /** @enum {string} */
            type: "curl" | "har" | "postman";
        };
        InlineRun: {
            duration_ms: number | null;
            error: string | null;
            /** Format: uuid */
            execution_id: string;
            failed: number;
            passed: number;
            /** @enum {string} */
            status: "passed" | "failed" | "running";
            steps: components["schemas"]["InlineStep"][];
            total_steps: number;
            verdict: ("passed" | "failed" | "error" | "cancelled" | "timed_out") | null;
            /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
            waiting_for?: string | null;
        };
        InlineStep: {
            action: string;
            duration_ms: number;
            error: string | null;
            output: components["schemas"]["Json"] | null;
            /** @enum {string} */
            phase: "setup" | "main" | "teardown";
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "skipped";
            step_id: string;
            step_name: string;
        };
        Invitation: {
            accepted_at: string | null;
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            invited_by: string;
            revoked_at: string | null;
            /** @enum {string} */
            role: "owner" | "admin" | "editor" | "viewer";
        };
        Json: unknown;
        Member: {
            email: string;
            /** Format: date-time */
            joined_at: string;
            name: string;
            /** @enum {string} */
            role: "owner" | "admin" | "editor" | "viewer";
            /** Format: uuid */
            user_id: string;
            version: number;
        };
        NewApiKey: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description the whole key */
            key: string;
            last_used_at: string | null;
            name: string;
            /** @description how it begins; the rest is known to nobody here */
            prefix: string;
            revoked_at: string | null;
            scopes: string[];
        };
        NewInvitation: {
            accepted_at: string | null;
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            invited_by: string;
            revoked_at: string | null;
            /** @enum {string} */
            role: "owner" | "admin" | "editor" | "viewer";
            token: string;
        };
        NewSiteAgent: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            host: string | null;
            /** Format: uuid */
            id: string;
            labels: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            name: string;
            /** @description the pools whose runs it may take */
            pools: string[];
            /** @description how its newest token begins; the rest is known to nobody here */
            prefix: string;
            revoked_at: string | null;
            /** Format: date-time */
            rotated_at: string;
            slots: number | null;
            /** @description the whole token */
            token: string;
            version: string | null;
        };
        Notification: {
            /** Format: date-time */
            created_at: string;
            entity_id: string | null;
            entity_name: string | null;
            entity_type: ("schedule" | "suite" | "flow") | null;
            environment: string | null;
            /** @enum {string} */
            event: "failing" | "recovered" | "passed" | "test";
            /** Format: uuid */
            id: string;
            message: string;
            /** @description by the caller */
            read: boolean;
            run_id: string | null;
            title: string;
            /** @enum {string} */
            type: "info" | "success" | "error";
        };
        NotificationChannel: {
            about: ("schedule" | "suite" | "flow")[];
            /** Format: date-time */
            created_at: string;
            enabled: boolean;
            events: ("failing" | "recovered" | "passed")[];
            from: string | null;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "slack" | "webhook" | "email";
            name: string;
            /** @description the host it sends to */
            target: string;
            to: string[];
            /** Format: date-time */
            updated_at: string;
            version: number;
        };
        NotificationChannelRequest: {
            /**
             * @description `flow`: runs of stored flows that neither a schedule nor a suite asked for
             * @default [
             *       "schedule",
             *       "suite"
             *     ]
             */
            about?: ("schedule" | "suite" | "flow")[];
            /** @default true */
            enabled?: boolean;
            /**
             * @description `passed` is told of schedules that ask for it
             * @default [
             *       "failing",
             *       "recovered"
             *     ]
             */
            events?: ("failing" | "recovered" | "passed")[];
            /** @constant */
            kind: "slack";
            name: string;
            /**
             * Format: uri
             * @description an incoming webhook; never given out again; what is not sent with a change stays as it is
             */
            url?: string;
        } | {
            /**
             * @description `flow`: runs of stored flows that neither a schedule nor a suite asked for
             * @default [
             *       "schedule",
             *       "suite"
             *     ]
             */
            about?: ("schedule" | "suite" | "flow")[];
            /** @default true */
            enabled?: boolean;
            /**
             * @description `passed` is told of schedules that ask for it
             * @default [
             *       "failing",
             *       "recovered"
             *     ]
             */
            events?: ("failing" | "recovered" | "passed")[];
            /** @constant */
            kind: "webhook";
            name: string;
            /** @description made where a new channel brings none, and shown that once; never given out again; what is not sent with a change stays as it is */
            signing_secret?: string;
            /**
             * Format: uri
             * @description never given out again; what is not sent with a change stays as it is
             */
            url?: string;
        } | {
            /**
             * @description `flow`: runs of stored flows that neither a schedule nor a suite asked for
             * @default [
             *       "schedule",
             *       "suite"
             *     ]
             */
            about?: ("schedule" | "suite" | "flow")[];
            /** @default true */
            enabled?: boolean;
            /**
             * @description `passed` is told of schedules that ask for it
             * @default [
             *       "failing",
             *       "recovered"
             *     ]
             */
            events?: ("failing" | "recovered" | "passed")[];
            /** @description the sender: `TestMesh <testmesh@example.com>` */
            from: string;
            /** @constant */
            kind: "email";
            name: string;
            /**
             * Format: uri
             * @description `smtps://user:password@host:port`; never given out again; what is not sent with a change stays as it is
             */
            server?: string;
            /**
             * @description beside a schedule's own addresses
             * @default []
             */
            to?: string[];
        };
        NotificationDelivery: {
            attempts: number;
            channel_id: string | null;
            channel_name: string | null;
            /** Format: date-time */
            created_at: string;
            ended_at: string | null;
            /**
             * Format: uuid
             * @description what the receiver is told, at every attempt
             */
            id: string;
            last_error: string | null;
            next_attempt_at: string | null;
            /** Format: uuid */
            notification_id: string;
            /** @enum {string} */
            state: "waiting" | "delivered" | "dead";
            title: string;
        };
        OutboundRules: {
            /** @description nothing else is reached; null lets everything through that is not denied */
            allow: string[] | null;
            deny: string[];
        };
        ParsedData: {
            columns: string[];
            row_count: number;
            rows: {
                [key: string]: components["schemas"]["Json"];
            }[];
        };
        ParsedImport: {
            flows: {
                name: string;
                requests: number;
                yaml: string;
            }[];
            /** @description what was there and is not in the flows */
            notes: string[];
            variables: {
                name: string;
                /** @description a credential stood there; its value is kept nowhere */
                secret: boolean;
            }[];
        };
        /**
         * @default {
         *       "only": "failed"
         *     }
         */
        PartsAgain: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            /**
             * @description `failed`: what did not pass
             * @default failed
             * @enum {string}
             */
            only?: "failed" | "all";
        };
        /** @description what `--reporter json` prints (`json`) */
        PrintedReport: {
            exitReason: string;
            flows: ({
                name: string;
                status: string;
            } & {
                [key: string]: unknown;
            })[];
            /** @constant */
            schema: "https://testmesh.io/schemas/report-1.json";
        } & {
            [key: string]: unknown;
        };
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
            trigger_type: "api" | "schedule" | "suite" | "dataset" | "rerun" | "webhook";
            /** @description null until the run is finished */
            verdict: ("passed" | "failed" | "error" | "cancelled" | "timed_out") | null;
            /** @description events of the run so far; where a stream may go on from */
            version: number;
            /** @description of a single run: what a run that waits needs somebody to do, as when nobody takes runs of its pool */
            waiting_for?: string | null;
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
        RerunRequest: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
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
            os_variables?: {
                [key: string]: string;
            };
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /**
             * @description variables whose values are masked, beside those the flow marks
             * @default []
             */
            secret_names?: string[];
            /** @description makes random values repeatable */
            seed?: string;
            /** @description lies over what the first run asked for; null for what the flow says alone */
            test_environment?: (string | {
                cluster?: string;
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                name?: string;
                namespace?: string;
                /** @enum {string} */
                on_busy?: "wait" | "new" | "fail";
                provider?: string;
                /** @description the Argo CD Application that is waited for */
                provider_app_name?: string;
                ready_within_minutes?: number;
                routing?: {
                    /**
                     * @description sent with each HTTP request of a run, where isolation goes by headers
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                };
                routing_policy?: {
                    [key: string]: string;
                };
                services?: {
                    image?: string;
                    name: string;
                    repo?: string;
                    source_ref?: string;
                }[];
                settings?: {
                    [key: string]: components["schemas"]["__schema1"];
                };
                ttl_minutes?: number;
                wait_minutes?: number;
            }) | null;
            /**
             * @description strongest of all; what `--var` gives
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        Retention: {
            /** @description days after which runs leave the lists and move to the archive; null keeps them for ever */
            runs_days: number | null;
        };
        RunDefinitionRequest: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            /** @description a flow: YAML text, or the same as an object */
            definition: string | {
                [key: string]: components["schemas"]["Json"];
            };
            /** @description name or id of an environment of the workspace */
            environment?: string;
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
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
            /**
             * @description seconds until 202 is answered
             * @default 25
             */
            wait?: number;
        };
        RunMetrics: {
            average_ms: number | null;
            cancelled: number;
            /** Format: date */
            end_date: string;
            errors: number;
            executions: number;
            failed: number;
            failed_steps: number;
            /** @description the 100 that ran most */
            flows: components["schemas"]["FlowMetrics"][];
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
            /** @description percent of those that were not cancelled; null where there are none */
            pass_rate: number | null;
            passed: number;
            passed_steps: number;
            /** Format: date */
            start_date: string;
            timed_out: number;
        };
        RunnerRequest: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            data_source: {
                content: string;
                /** @constant */
                type: "csv";
            } | {
                content: string;
                /** @constant */
                type: "json";
            } | {
                data: {
                    [key: string]: components["schemas"]["Json"];
                }[];
                /** @constant */
                type: "inline";
            };
            /** @description name or id */
            environment?: string;
            /** @description each runs once per row */
            flow_ids: string[];
            /**
             * @description how often all rows are gone through
             * @default 1
             */
            iterations?: number;
            /**
             * @description rows of a flow that go at once; `true` is 5, `false` one after the other
             * @default false
             */
            parallel?: boolean | number;
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /**
             * @description rows that did not begin are skipped after a failure
             * @default false
             */
            stop_on_error?: boolean;
            /**
             * @description column → variable; a column that is not named goes under its own name
             * @default {}
             */
            variable_mapping?: {
                [key: string]: string;
            };
            /**
             * @description for every row; a row's own values are stronger
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        RunnerRun: {
            /** Format: uuid */
            dataset_id: string;
            runs: components["schemas"]["DatasetRun"][];
        };
        /** @description the run as it is folded from its events (`run`) */
        RunReport: {
            name: string;
            runId: string;
            status: string;
        } & {
            [key: string]: unknown;
        };
        RunRequest: {
            bundle?: components["schemas"]["Bundle"];
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
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
            /** @description actions that plugins of the project bring, with the plugin's name: to say why one is not to be had here */
            plugin_actions?: {
                [key: string]: string;
            };
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
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
            /** @description lies over what the flow says under `test_environment`; a text is its context */
            test_environment?: string | {
                cluster?: string;
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                name?: string;
                namespace?: string;
                /** @enum {string} */
                on_busy?: "wait" | "new" | "fail";
                provider?: string;
                /** @description the Argo CD Application that is waited for */
                provider_app_name?: string;
                ready_within_minutes?: number;
                routing?: {
                    /**
                     * @description sent with each HTTP request of a run, where isolation goes by headers
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                };
                routing_policy?: {
                    [key: string]: string;
                };
                services?: {
                    image?: string;
                    name: string;
                    repo?: string;
                    source_ref?: string;
                }[];
                settings?: {
                    [key: string]: components["schemas"]["__schema1"];
                };
                ttl_minutes?: number;
                wait_minutes?: number;
            };
            /**
             * @description strongest of all; what `--var` gives
             * @default {}
             */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        RunTrend: {
            /** Format: date */
            end_date: string;
            /** @enum {string} */
            group_by: "day" | "week" | "month";
            points: components["schemas"]["TrendPoint"][];
            /** Format: date */
            start_date: string;
        };
        Schedule: {
            allow_overlap: boolean;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            cron: string;
            cron_expr: string;
            dataset: components["schemas"]["DatasetOfSchedule"] | null;
            description: string;
            enabled: boolean;
            environment: string | null;
            flow_id: string | null;
            /** Format: uuid */
            id: string;
            last_run_at: string | null;
            last_run_id: string | null;
            last_run_result: ("success" | "failure") | null;
            max_retries: number;
            /** @enum {string} */
            misfire: "none" | "last" | "all";
            name: string;
            next_run_at: string | null;
            notify_emails: string[];
            notify_on_failure: boolean;
            notify_on_recovery: boolean;
            notify_on_success: boolean;
            /** @enum {string} */
            overlap: "allow" | "skip" | "queue" | "cancel-previous";
            pool: string;
            priority: number;
            /** @description why its `cron` or `timezone` would not be taken today; it keeps its slots, and is not resumed before that is changed */
            problem: string | null;
            /** @description milliseconds */
            retry_delay: number;
            retry_on: ("failed" | "error" | "timed_out")[];
            /** @enum {string} */
            status: "active" | "paused" | "disabled";
            suite_id: string | null;
            tags: string[];
            /** @description what its runs say of their test environment */
            test_environment: components["schemas"]["Json"] | null;
            timezone: string;
            /** Format: date-time */
            updated_at: string;
            /** @description a secret as `{"$secret": NAME}`; sent so, it stays as it is */
            variables: {
                [key: string]: components["schemas"]["Json"];
            };
            version: number;
            /** Format: uuid */
            workspace_id: string;
        };
        ScheduleDataset: {
            /** Format: uuid */
            id: string;
            /**
             * @description column → variable; a column that is not named goes under its own name
             * @default {}
             */
            mapping?: {
                [key: string]: string;
            };
            /**
             * @description rows that go at once
             * @default 5
             */
            parallel?: number;
            /**
             * @description rows that did not begin are skipped after a failure
             * @default false
             */
            stop_on_failure?: boolean;
        };
        ScheduleRequest: {
            /** @description true is the same as the overlap `allow` */
            allow_overlap?: boolean;
            /** @description 5 fields, 6 with seconds first, or a descriptor such as @daily */
            cron?: string;
            /** @description the same as `cron` */
            cron_expr?: string;
            /** @description the flow is run once per row of it, as it is then */
            dataset?: components["schemas"]["ScheduleDataset"] | null;
            /** @default  */
            description?: string;
            /** @description false is the same as the status `paused` */
            enabled?: boolean;
            /**
             * @description name or id of an environment; an object is taken as variables
             * @default null
             */
            environment?: (string | {
                [key: string]: components["schemas"]["Json"];
            }) | null;
            /** Format: uuid */
            flow_id?: string;
            /** @default 0 */
            max_retries?: number;
            /**
             * @description what becomes of slots that passed while nobody watched
             * @default last
             * @enum {string}
             */
            misfire?: "none" | "last" | "all";
            name: string;
            /** @default [] */
            notify_emails?: string[];
            /**
             * @description told when it begins to fail, not at every failure
             * @default false
             */
            notify_on_failure?: boolean;
            /**
             * @description with `notify_on_failure`: told when it passes again
             * @default true
             */
            notify_on_recovery?: boolean;
            /**
             * @description told at every pass
             * @default false
             */
            notify_on_success?: boolean;
            /**
             * @description what happens while the run before still goes on; `skip` unless said
             * @enum {string}
             */
            overlap?: "allow" | "skip" | "queue" | "cancel-previous";
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /** @description `1m`, or milliseconds */
            retry_delay?: string | number;
            /**
             * @description verdicts that are tried again
             * @default [
             *       "failed",
             *       "error",
             *       "timed_out"
             *     ]
             */
            retry_on?: ("failed" | "error" | "timed_out")[];
            /** @enum {string} */
            status?: "active" | "paused" | "disabled";
            /** Format: uuid */
            suite_id?: string;
            /** @default [] */
            tags?: string[];
            test_environment?: (string | {
                cluster?: string;
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                name?: string;
                namespace?: string;
                /** @enum {string} */
                on_busy?: "wait" | "new" | "fail";
                provider?: string;
                /** @description the Argo CD Application that is waited for */
                provider_app_name?: string;
                ready_within_minutes?: number;
                routing?: {
                    /**
                     * @description sent with each HTTP request of a run, where isolation goes by headers
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                };
                routing_policy?: {
                    [key: string]: string;
                };
                services?: {
                    image?: string;
                    name: string;
                    repo?: string;
                    source_ref?: string;
                }[];
                settings?: {
                    [key: string]: components["schemas"]["__schema1"];
                };
                ttl_minutes?: number;
                wait_minutes?: number;
            }) | null;
            /**
             * @description an IANA name: Europe/Berlin
             * @default UTC
             */
            timezone?: string;
            /** @default {} */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        ScheduleRun: {
            completed_at: string | null;
            /** @description the same, where the flow goes over a dataset */
            dataset_run_id: string | null;
            duration_ms: number | null;
            error: string | null;
            execution_id: string | null;
            /** Format: uuid */
            id: string;
            manual: boolean;
            /** @description the first of the slots that were missed together */
            missed_since: string | null;
            result: ("success" | "failure") | null;
            retry_count: number;
            /** Format: uuid */
            schedule_id: string;
            /**
             * Format: date-time
             * @description of slots that were missed together: the last of them
             */
            scheduled_at: string;
            /** @description how many slots it stands for; null where they were not counted */
            slots: number | null;
            started_at: string | null;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "skipped";
            /** @description in place of the execution, where a suite is run */
            suite_run_id: string | null;
        };
        Session: {
            /** @description to be sent as X-CSRF-Token with everything that changes something */
            csrf_token: string;
            user: {
                email: string;
                /** Format: uuid */
                id: string;
                name: string;
            };
            workspaces: {
                name: string;
                /** @enum {string} */
                role: "owner" | "admin" | "editor" | "viewer";
                /** Format: uuid */
                workspace_id: string;
            }[];
        };
        SiteAgent: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            host: string | null;
            /** Format: uuid */
            id: string;
            labels: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            name: string;
            /** @description the pools whose runs it may take */
            pools: string[];
            /** @description how its newest token begins; the rest is known to nobody here */
            prefix: string;
            revoked_at: string | null;
            /** Format: date-time */
            rotated_at: string;
            slots: number | null;
            version: string | null;
        };
        SiteAgentRequest: {
            name: string;
            pools: string[];
        };
        SiteAgentRotation: {
            /**
             * @description 0 ends the old token now
             * @default 3600
             */
            overlap_seconds?: number;
        };
        SiteAgentWithProcesses: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            host: string | null;
            /** Format: uuid */
            id: string;
            labels: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            name: string;
            /** @description the pools whose runs it may take */
            pools: string[];
            /** @description how its newest token begins; the rest is known to nobody here */
            prefix: string;
            /** @description those that were heard of within ten minutes */
            processes: {
                /** @description runs in hand */
                busy: number;
                memory_bytes: number;
                /** @description as it stands after the agent in the `executor` of its runs */
                process: string;
                /** @description to the server, since it started */
                requests: number;
                /** @description of these, those without an answer that says anything */
                requests_failed: number;
                runs_ended: {
                    [key: string]: number;
                };
                slots: number;
                /** @description milliseconds since 1970 */
                started_at: number;
                /** Format: date-time */
                told_at: string;
            }[];
            revoked_at: string | null;
            /** Format: date-time */
            rotated_at: string;
            slots: number | null;
            version: string | null;
        };
        SlowestSteps: {
            /** Format: date */
            end_date: string;
            /** Format: date */
            start_date: string;
            steps: components["schemas"]["StepMetrics"][];
        };
        Span: {
            attributes: {
                key: string;
                value: {
                    stringValue: string;
                } | {
                    intValue: string;
                } | {
                    doubleValue: number;
                } | {
                    boolValue: boolean;
                };
            }[];
            /** @description nanoseconds since 1970 */
            endTimeUnixNano: string;
            events: {
                attributes: {
                    key: string;
                    value: {
                        stringValue: string;
                    } | {
                        intValue: string;
                    } | {
                        doubleValue: number;
                    } | {
                        boolValue: boolean;
                    };
                }[];
                name: string;
                /** @description nanoseconds since 1970 */
                timeUnixNano: string;
            }[];
            /** @description 1 internal, 2 server */
            kind: number;
            links: {
                attributes: {
                    key: string;
                    value: {
                        stringValue: string;
                    } | {
                        intValue: string;
                    } | {
                        doubleValue: number;
                    } | {
                        boolValue: boolean;
                    };
                }[];
                spanId: string;
                traceId: string;
            }[];
            name: string;
            parentSpanId?: string;
            spanId: string;
            /** @description nanoseconds since 1970 */
            startTimeUnixNano: string;
            status: {
                code: number;
                message?: string;
            };
            traceId: string;
        };
        StepDifference: {
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
        };
        StepMetrics: {
            action: string;
            average_ms: number;
            common_error: string | null;
            failed: number;
            flow_name: string;
            max_ms: number;
            p50_ms: number;
            p95_ms: number;
            pass_rate: number | null;
            runs: number;
            step_id: string;
        };
        Suite: {
            /** Format: date-time */
            created_at: string;
            description: string;
            flows: {
                /** Format: uuid */
                flow_id: string;
                order: number;
                parallel: boolean;
            }[];
            /** Format: uuid */
            id: string;
            name: string;
            tags: string[];
            /** @description what its runs say of their test environment */
            test_environment: components["schemas"]["Json"] | null;
            /** Format: date-time */
            updated_at: string;
            version: number;
            /** Format: uuid */
            workspace_id: string;
        };
        SuiteRequest: {
            /** @default  */
            description?: string;
            flows: {
                /** Format: uuid */
                flow_id: string;
                /**
                 * @description parts of a lower order are done first
                 * @default 0
                 */
                order?: number;
                /**
                 * @description runs beside its neighbours instead of after them
                 * @default false
                 */
                parallel?: boolean;
            }[];
            name: string;
            /** @default [] */
            tags?: string[];
            test_environment?: (string | {
                cluster?: string;
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                name?: string;
                namespace?: string;
                /** @enum {string} */
                on_busy?: "wait" | "new" | "fail";
                provider?: string;
                /** @description the Argo CD Application that is waited for */
                provider_app_name?: string;
                ready_within_minutes?: number;
                routing?: {
                    /**
                     * @description sent with each HTTP request of a run, where isolation goes by headers
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                };
                routing_policy?: {
                    [key: string]: string;
                };
                services?: {
                    image?: string;
                    name: string;
                    repo?: string;
                    source_ref?: string;
                }[];
                settings?: {
                    [key: string]: components["schemas"]["__schema0"];
                };
                ttl_minutes?: number;
                wait_minutes?: number;
            }) | null;
        };
        SuiteRun: {
            /** Format: date-time */
            created_at: string;
            environment: string | null;
            /** @description why it failed, where no flow of it says so */
            error: string | null;
            executions: {
                error: string | null;
                /** @description null until the flows before it are done */
                execution_id: string | null;
                /** Format: uuid */
                flow_id: string;
                order: number;
                parallel: boolean;
                /** @enum {string} */
                status: "waiting" | "pending" | "running" | "completed" | "failed" | "cancelled";
            }[];
            failed_flows: number;
            /** Format: uuid */
            id: string;
            passed_flows: number;
            pool: string;
            priority: number;
            requested_by: string;
            /** @enum {string} */
            status: "pending" | "running" | "completed" | "failed" | "cancelled";
            /** Format: uuid */
            suite_id: string;
            total_flows: number;
            trigger_ref: string | null;
            trigger_type: string;
            /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
            waiting_for?: string | null;
        };
        /** @default {} */
        SuiteRunRequest: {
            /** @description the name of the environment once more, where it is protected */
            confirm_environment?: string;
            /** @description name or id */
            environment?: string;
            /**
             * @description executors, or a site agent, of this pool carry it out
             * @default default
             */
            pool?: string;
            /**
             * @description before runs of its workspace and pool that have less
             * @default 0
             */
            priority?: number;
            /** @description lies over what the flow says under `test_environment`; a text is its context */
            test_environment?: string | {
                cluster?: string;
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                name?: string;
                namespace?: string;
                /** @enum {string} */
                on_busy?: "wait" | "new" | "fail";
                provider?: string;
                /** @description the Argo CD Application that is waited for */
                provider_app_name?: string;
                ready_within_minutes?: number;
                routing?: {
                    /**
                     * @description sent with each HTTP request of a run, where isolation goes by headers
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                };
                routing_policy?: {
                    [key: string]: string;
                };
                services?: {
                    image?: string;
                    name: string;
                    repo?: string;
                    source_ref?: string;
                }[];
                settings?: {
                    [key: string]: components["schemas"]["__schema1"];
                };
                ttl_minutes?: number;
                wait_minutes?: number;
            };
            /** @default {} */
            variables?: {
                [key: string]: components["schemas"]["Json"];
            };
        };
        TestEnvironment: {
            /** @description where runs reach a service: what `routing_policy` says, else what the provider found */
            addresses: {
                [key: string]: string;
            };
            /** @default default */
            cluster: string;
            /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
            context: string;
            /** Format: date-time */
            created_at: string;
            destroy_reason: string | null;
            destroyed_at: string | null;
            destroying: boolean;
            /** @description what is wrong with it */
            error: string | null;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_used_at: string;
            name: string;
            namespace: string;
            /** @default argocd */
            provider: string;
            provider_app_name: string | null;
            /** @default 15 */
            ready_within_minutes: number;
            routing: {
                headers: {
                    [key: string]: string;
                };
            };
            /**
             * @description service name to URL
             * @default {}
             */
            routing_policy: {
                [key: string]: string;
            };
            /** @description the run that uses it */
            run_id: string | null;
            /**
             * @description what is deployed in the namespace
             * @default []
             */
            services: {
                image?: string;
                name: string;
                repo?: string;
                source_ref?: string;
            }[];
            /**
             * @description what only the provider understands: a template, variables; no place for secrets
             * @default {}
             */
            settings: {
                [key: string]: components["schemas"]["__schema0"];
            };
            /** @enum {string} */
            state: "cold" | "provisioning" | "warm" | "running" | "cooling" | "destroyed";
            /**
             * @description it is destroyed when no run used it for so long
             * @default 120
             */
            ttl_minutes: number;
            workspace_id: string;
        };
        TestEnvironmentEvent: {
            /** Format: date-time */
            at: string;
            /** @description sha256 over the event before and this one */
            chain: string;
            data: {
                [key: string]: components["schemas"]["Json"];
            };
            /** @description 1, 2, 3 … within the environment */
            seq: number;
            /** @description what happened, in words */
            text: string;
            type: string;
        };
        TestEnvironmentRequest: {
            /** @default default */
            cluster?: string;
            /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
            context: string;
            name: string;
            namespace: string;
            /** @default argocd */
            provider?: string;
            /** @description the Argo CD Application that is waited for */
            provider_app_name?: string;
            /** @default 15 */
            ready_within_minutes?: number;
            routing?: {
                /**
                 * @description sent with each HTTP request of a run, where isolation goes by headers
                 * @default {}
                 */
                headers?: {
                    [key: string]: string;
                };
            };
            /**
             * @description service name to URL
             * @default {}
             */
            routing_policy?: {
                [key: string]: string;
            };
            /**
             * @description what is deployed in the namespace
             * @default []
             */
            services?: {
                image?: string;
                name: string;
                repo?: string;
                source_ref?: string;
            }[];
            /**
             * @description what only the provider understands: a template, variables; no place for secrets
             * @default {}
             */
            settings?: {
                [key: string]: components["schemas"]["__schema0"];
            };
            /**
             * @description it is destroyed when no run used it for so long
             * @default 120
             */
            ttl_minutes?: number;
        };
        Trace: {
            resourceSpans: {
                resource: {
                    attributes: {
                        key: string;
                        value: {
                            stringValue: string;
                        } | {
                            intValue: string;
                        } | {
                            doubleValue: number;
                        } | {
                            boolValue: boolean;
                        };
                    }[];
                };
                scopeSpans: {
                    scope: {
                        name: string;
                    };
                    spans: components["schemas"]["Span"][];
                }[];
            }[];
        };
        TrendPoint: {
            average_ms: number | null;
            cancelled: number;
            errors: number;
            executions: number;
            failed: number;
            failed_steps: number;
            /** @description percent of those that were not cancelled; null where there are none */
            pass_rate: number | null;
            passed: number;
            passed_steps: number;
            /**
             * Format: date
             * @description the first day of it
             */
            start: string;
            timed_out: number;
        };
        ViewRebuild: {
            decided_at: string | null;
            ended_at: string | null;
            /**
             * @description `tidying`: it is decided, and the rows of the other set are deleted
             * @enum {string}
             */
            phase: "building" | "tidying" | "shown" | "cancelled";
            /** @description the set that was shown when it began */
            replaces: string;
            /** Format: date-time */
            requested_at: string;
            requested_by: string;
            /** @description the new set */
            set: string;
            /** @description runs that could not be folded into it */
            set_aside: number;
            /** @description how much of the journal is folded into the new set */
            share: number;
        };
        Views: {
            rebuild: components["schemas"]["ViewRebuild"] | null;
            /** @description the set that lists and pages are read from */
            shown: string;
        };
        WebhookAnswer: {
            branch: string | null;
            commit_sha: string | null;
            /** @description of rules whose run was refused */
            errors: string[];
            event_type: string;
            matched_rules: number;
            message: string;
            repository: string;
            /** @description of flows and of suites */
            triggered_run_ids: string[];
            triggered_runs: number;
            /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
            waiting_for?: string | null;
        };
        Workspace: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            name: string;
            settings: {
                [key: string]: components["schemas"]["Json"];
            };
            slug: string;
            /** @enum {string} */
            type: "personal" | "team";
            /** Format: date-time */
            updated_at: string;
            version: number;
        };
        WorkspaceLimits: {
            /** @description runs at once, over all executors; null for no limit */
            max_running: number | null;
        };
        WorkspaceRequest: {
            /** @default  */
            description?: string;
            name: string;
            /** @default {} */
            settings?: {
                [key: string]: components["schemas"]["Json"];
            };
            /** @description made from the name where it is not given */
            slug?: string;
            /**
             * @default team
             * @enum {string}
             */
            type?: "personal" | "team";
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
    getViews: {
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
                    "application/json": components["schemas"]["Views"];
                };
            };
        };
    };
    rebuildViews: {
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Views"];
                };
            };
        };
    };
    cancelViewRebuild: {
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Views"];
                };
            };
        };
    };
    agentAppend: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentAppendRequest"];
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
                    "application/json": components["schemas"]["AgentAppend"];
                };
            };
        };
    };
    agentGetBlob: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                hash: string;
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
                    "application/json": components["schemas"]["AgentBlob"];
                };
            };
        };
    };
    agentClaim: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentClaimRequest"];
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
                    "application/json": components["schemas"]["AgentClaim"];
                };
            };
        };
    };
    agentEnvironments: {
        parameters: {
            query?: {
                /** @description what runs ask for: `pr-123`, `branch-main`, `nightly` */
                context?: string;
                include_destroyed?: string;
                limit?: number;
                offset?: number;
            };
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
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
                    "application/json": components["schemas"]["AgentEnvironments"];
                };
            };
        };
    };
    agentEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
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
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentEnvironment"];
                };
            };
        };
    };
    agentFigures: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentFigures"];
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    agentHeartbeat: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentHeartbeatRequest"];
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
                    "application/json": components["schemas"]["AgentHeartbeat"];
                };
            };
        };
    };
    agentPutBlob: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentBlobRequest"];
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
                    "application/json": components["schemas"]["AgentBlobName"];
                };
            };
        };
    };
    agentAcquireEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentEnvironmentRequest"];
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
                    "application/json": components["schemas"]["AgentEnvironmentAnswer"];
                };
            };
        };
    };
    agentLeaveEnvironmentQueue: {
        parameters: {
            query: {
                epoch: number;
            };
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    agentExtendEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentEnvironmentLease"];
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
                    "application/json": components["schemas"]["AgentEnvironmentHeld"];
                };
            };
        };
    };
    agentReleaseEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentEnvironmentReturn"];
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
                    "application/json": components["schemas"]["AgentRelease"];
                };
            };
        };
    };
    agentEvents: {
        parameters: {
            query: {
                after?: number;
                epoch: number;
            };
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
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
                    "application/json": components["schemas"]["AgentEvents"];
                };
            };
        };
    };
    agentRunInputs: {
        parameters: {
            query: {
                epoch: number;
            };
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
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
                    "application/json": components["schemas"]["AgentRunInputs"];
                };
            };
        };
    };
    agentKeepSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentSecretRequest"];
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    agentRelease: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentReleaseRequest"];
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
                    "application/json": components["schemas"]["AgentRelease"];
                };
            };
        };
    };
    agentSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description names the process of the agent; a new one for every start */
                "Testmesh-Instance"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentSessionRequest"];
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
                    "application/json": components["schemas"]["AgentSession"];
                };
            };
        };
    };
    listSiteAgents: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        agents: components["schemas"]["SiteAgent"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createSiteAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "berlin",
                 *       "pools": [
                 *         "berlin"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SiteAgentRequest"];
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
                    "application/json": components["schemas"]["NewSiteAgent"];
                };
            };
        };
    };
    getSiteAgent: {
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
                    "application/json": components["schemas"]["SiteAgentWithProcesses"];
                };
            };
        };
    };
    revokeSiteAgent: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rotateSiteAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": components["schemas"]["SiteAgentRotation"];
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
                    "application/json": components["schemas"]["NewSiteAgent"];
                };
            };
        };
    };
    listCoverage: {
        parameters: {
            query?: {
                flow_id?: string;
                kind?: "endpoint" | "topic" | "table";
                limit?: number;
                offset?: number;
                /** @description anywhere in the name */
                q?: string;
                system?: string;
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
                    "application/json": components["schemas"]["Coverage"];
                };
            };
        };
    };
    listFlakyFlows: {
        parameters: {
            query?: {
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["FlakyFlows"];
                };
            };
        };
    };
    getRunMetrics: {
        parameters: {
            query?: {
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["RunMetrics"];
                };
            };
        };
    };
    listSlowestSteps: {
        parameters: {
            query?: {
                action?: string;
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                limit?: number;
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["SlowestSteps"];
                };
            };
        };
    };
    getRunTrend: {
        parameters: {
            query?: {
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                group_by?: "day" | "week" | "month";
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["RunTrend"];
                };
            };
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        api_keys: components["schemas"]["ApiKey"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "CI",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": components["schemas"]["ApiKeyRequest"];
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
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
        };
    };
    getApiKey: {
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
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
        };
    };
    revokeApiKey: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                /** @description who did it, as it stands in `actor` */
                actor?: string;
                /** @description only events after this `seq` */
                after?: number;
                limit?: number;
                /** @description at or after */
                since?: string;
                /** @description what it was about: an id, a name or an address that `data` holds */
                subject?: string;
                /** @description `EnvironmentUpdated` … */
                type?: string;
                /** @description before */
                until?: string;
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
                        events: components["schemas"]["AuditEvent"][];
                        /** @description where to go on, also from a page without events; null at the end */
                        next_after: number | null;
                    };
                };
            };
        };
    };
    verifyChains: {
        parameters: {
            query?: {
                cursor?: string;
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
                        /** @description where to go on, also from a page without streams; null at the end */
                        next_cursor: string | null;
                        streams: {
                            broken: components["schemas"]["BrokenEvent"] | null;
                            /** @description events that are as they were recorded */
                            events: number;
                            /** @description `config-…`, `schedule-…`, `testenv-…` */
                            stream: string;
                        }[];
                    };
                };
            };
        };
    };
    deleteFlows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ]
                 *     }
                 */
                "application/json": {
                    flow_ids: string[];
                };
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
                    "application/json": components["schemas"]["BulkResult"];
                };
            };
        };
    };
    duplicateFlows: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "suffix": "copy"
                 *     }
                 */
                "application/json": {
                    flow_ids: string[];
                    /** @default copy */
                    suffix?: string;
                };
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
                    "application/json": components["schemas"]["BulkCopies"];
                };
            };
        };
    };
    exportFlowBundles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ]
                 *     }
                 */
                "application/json": {
                    flow_ids: string[];
                };
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
                    "application/json": components["schemas"]["BulkBundles"];
                };
            };
        };
    };
    findAndReplaceInFlows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "find": "http://old",
                 *       "replace": "http://new",
                 *       "in_field": "url",
                 *       "preview": true
                 *     }
                 */
                "application/json": components["schemas"]["FindReplaceRequest"];
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
                    "application/json": components["schemas"]["FindReplaceResult"];
                };
            };
        };
    };
    addTagsToFlows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "tags": [
                 *         "nightly"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BulkTagsRequest"];
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
                    "application/json": components["schemas"]["BulkResult"];
                };
            };
        };
    };
    removeTagsFromFlows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "tags": [
                 *         "nightly"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BulkTagsRequest"];
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
                    "application/json": components["schemas"]["BulkResult"];
                };
            };
        };
    };
    listDatasets: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
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
                        datasets: components["schemas"]["Dataset"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createDataset: {
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
                 *       "name": "Customers",
                 *       "csv": "email,country\nada@example.com,DE\nbob@example.com,US\n"
                 *     }
                 */
                "application/json": components["schemas"]["DatasetRequest"];
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
                    "application/json": components["schemas"]["Dataset"];
                };
            };
        };
    };
    getDataset: {
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
                    "application/json": components["schemas"]["Dataset"];
                };
            };
        };
    };
    updateDataset: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Customers",
                 *       "csv": "email,country\nada@example.com,DE\nbob@example.com,US\n"
                 *     }
                 */
                "application/json": components["schemas"]["DatasetRequest"];
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
                    "application/json": components["schemas"]["Dataset"];
                };
            };
        };
    };
    deleteDataset: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listDatasetRows: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description the current one unless said */
                version?: number;
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
                        limit: number;
                        offset: number;
                        rows: {
                            [key: string]: components["schemas"]["Json"];
                        }[];
                        total: number;
                        version: number;
                    };
                };
            };
        };
    };
    runDataset: {
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *       "environment": "staging",
                 *       "parallel": 5
                 *     }
                 */
                "application/json": components["schemas"]["DatasetRunRequest"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRun"];
                };
            };
        };
    };
    listDatasetRuns: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        runs: components["schemas"]["DatasetRun"][];
                        total: number;
                    };
                };
            };
        };
    };
    getDatasetRun: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                id: string;
                run_id: string;
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
                        cancelled_rows: number;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: uuid */
                        dataset_id: string;
                        dataset_version: number;
                        ended_at: string | null;
                        environment: string | null;
                        failed_rows: number;
                        /** Format: uuid */
                        flow_id: string;
                        /** Format: uuid */
                        id: string;
                        limit: number;
                        offset: number;
                        passed_rows: number;
                        pool: string;
                        priority: number;
                        requested_by: string;
                        rows: {
                            error: string | null;
                            /** @description null until it was asked for */
                            execution_id: string | null;
                            row: number;
                            /** @enum {string} */
                            status: "waiting" | "running" | "completed" | "failed" | "cancelled" | "skipped";
                        }[];
                        /** @description the schedule that asked for it */
                        schedule_id: string | null;
                        skipped_rows: number;
                        /** @enum {string} */
                        status: "running" | "completed" | "failed" | "cancelled";
                        /** @description what its runs say of their test environment */
                        test_environment: components["schemas"]["Json"] | null;
                        total: number;
                        total_rows: number;
                        /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
                        waiting_for?: string | null;
                    };
                };
            };
        };
    };
    cancelDatasetRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRun"];
                };
            };
        };
    };
    rerunDataset: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "only": "failed"
                 *     }
                 */
                "application/json": components["schemas"]["PartsAgain"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRun"];
                };
            };
        };
    };
    listDatasetVersions: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        total: number;
                        versions: components["schemas"]["DatasetVersion"][];
                    };
                };
            };
        };
    };
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
    listEnvironments: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
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
                        environments: components["schemas"]["Environment"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createEnvironment: {
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
                 *       "name": "staging",
                 *       "color": "#F59E0B",
                 *       "variables": [
                 *         {
                 *           "key": "AUTH_TOKEN",
                 *           "value": "stg-token-abc",
                 *           "is_secret": true,
                 *           "enabled": true
                 *         }
                 *       ],
                 *       "routing": {
                 *         "services": {
                 *           "order-api": "http://order-service.staging.svc.cluster.local:5003"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EnvironmentRequest"];
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    getEnvironment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name */
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    updateEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                /** @description id or name */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "staging",
                 *       "color": "#F59E0B",
                 *       "variables": [
                 *         {
                 *           "key": "AUTH_TOKEN",
                 *           "value": "stg-token-abc",
                 *           "is_secret": true,
                 *           "enabled": true
                 *         }
                 *       ],
                 *       "routing": {
                 *         "services": {
                 *           "order-api": "http://order-service.staging.svc.cluster.local:5003"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EnvironmentRequest"];
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    deleteEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                /** @description id or name */
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    makeDefaultEnvironment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name */
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    duplicateEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id or name */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "staging-2"
                 *     }
                 */
                "application/json": {
                    name: string;
                };
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    exportEnvironment: {
        parameters: {
            query?: {
                /** @description refused when it is true: no value of a secret is ever returned */
                include_secrets?: string;
            };
            header?: never;
            path: {
                /** @description id or name */
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
                    "application/json": components["schemas"]["EnvironmentExport"];
                };
            };
        };
    };
    getDefaultEnvironment: {
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
                    "application/json": components["schemas"]["Environment"] | {
                        color: string;
                        description: string;
                        id: null;
                        is_default: boolean;
                        name: string;
                        protected: boolean;
                        routing: {
                            headers: {
                                [key: string]: components["schemas"]["Json"];
                            };
                            overrides: {
                                [key: string]: {
                                    [key: string]: components["schemas"]["Json"];
                                };
                            };
                            services: {
                                [key: string]: string;
                            };
                        };
                        variables: {
                            description: string;
                            enabled: boolean;
                            is_secret: boolean;
                            key: string;
                            /** @description a secret has the mask ******** */
                            value: components["schemas"]["Json"];
                        }[];
                    };
                };
            };
        };
    };
    importEnvironment: {
        parameters: {
            query?: {
                /** @description changes the one of the same name */
                overwrite?: string;
            };
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "staging",
                 *       "color": "#F59E0B",
                 *       "variables": [
                 *         {
                 *           "key": "AUTH_TOKEN",
                 *           "value": "stg-token-abc",
                 *           "is_secret": true,
                 *           "enabled": true
                 *         }
                 *       ],
                 *       "routing": {
                 *         "services": {
                 *           "order-api": "http://order-service.staging.svc.cluster.local:5003"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EnvironmentRequest"];
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description as asked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
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
                error_code?: string;
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description words, or how they begin, all of them in flow, file, steps or errors */
                q?: string;
                /** @description asked for at or after */
                since?: string;
                status?: "pending" | "running" | "completed" | "failed" | "cancelled" | "queued" | "parked" | "finished";
                tag?: string;
                trigger_type?: "api" | "schedule" | "suite" | "dataset" | "rerun" | "webhook";
                /** @description asked for before */
                until?: string;
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
                        /** @description counted up to 10,000 */
                        total: number;
                        /** @description false when there are more than `total` */
                        total_is_exact: boolean;
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
                    } | {
                        broken: components["schemas"]["BrokenEvent"] | null;
                        events: number;
                        /** @constant */
                        outcome: "broken";
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
                        steps: components["schemas"]["StepDifference"][];
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
    getExecutionOutline: {
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
                        steps: components["schemas"]["ExecutionStepOutline"][];
                    };
                };
            };
        };
    };
    getExecutionReport: {
        parameters: {
            query?: {
                format?: "run" | "json" | "junit" | "html";
            };
            header?: {
                /** @description `application/json`, `application/xml` or `text/html` */
                Accept?: string;
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
            /** @description as asked; or JUnit (`junit`); or a page that needs nothing else (`html`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrintedReport"] | components["schemas"]["RunReport"];
                    "application/xml": string;
                    "text/html": string;
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
            query?: {
                /** @description all of them unless told */
                limit?: number;
                offset?: number;
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
                        steps: components["schemas"]["ExecutionStep"][];
                        /** @description of the run, shown or not */
                        total: number;
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
    getExecutionTestEnvironment: {
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
                    "application/json": components["schemas"]["ExecutionTestEnvironment"];
                };
            };
        };
    };
    getExecutionTrace: {
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
                    "application/json": components["schemas"]["Trace"];
                };
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
    runDefinition: {
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
                "application/json": components["schemas"]["RunDefinitionRequest"];
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
                    "application/json": components["schemas"]["InlineRun"];
                };
            };
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InlineRun"];
                };
            };
            /** @description the run did not pass, or the flow is invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["FailedRunProblem"];
                };
            };
        };
    };
    exportFlows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "format": "postman"
                 *     }
                 */
                "application/json": components["schemas"]["ExportRequest"];
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
                    "application/json": components["schemas"]["Export"];
                };
            };
        };
    };
    listFlows: {
        parameters: {
            query?: {
                /** @description a flow must carry none of them */
                exclude?: string | string[];
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
                suite?: string;
                /** @description a flow has to carry all of them */
                tags?: string | string[];
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
                        flows: components["schemas"]["Flow"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createFlow: {
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
                 *       "yaml": "flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n      assert: ['message == \"hello\"']\n"
                 *     }
                 */
                "application/json": components["schemas"]["FlowRequest"];
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
                    "application/json": components["schemas"]["CheckedFlow"];
                };
            };
        };
    };
    getFlow: {
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
                    "application/json": components["schemas"]["Flow"];
                };
            };
        };
    };
    updateFlow: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "yaml": "flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n      assert: ['message == \"hello\"']\n"
                 *     }
                 */
                "application/json": components["schemas"]["FlowRequest"];
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
                    "application/json": components["schemas"]["CheckedFlow"];
                };
            };
        };
    };
    deleteFlow: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getFlowBundle: {
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
                    "application/json": components["schemas"]["FlowBundle"];
                };
            };
        };
    };
    listFlowVersions: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        total: number;
                        versions: components["schemas"]["FlowVersion"][];
                    };
                };
            };
        };
    };
    restoreFlowVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                version: number;
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
                    "application/json": components["schemas"]["CheckedFlow"];
                };
            };
        };
    };
    getGate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                kind: "flow" | "suite";
                run_id: string;
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
                    "application/json": components["schemas"]["Gate"];
                };
            };
        };
    };
    passArgoRolloutsGate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "suite_id": "7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f",
                 *       "revision": "6d9c7f8b5d",
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["GateRequest"];
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
                    "application/json": components["schemas"]["Gate"];
                };
            };
        };
    };
    passFlaggerGate: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlaggerRequest"];
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
            /** @description one sentence, which Flagger shows as an event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
            /** @description one sentence, which Flagger shows as an event */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
            /** @description one sentence, which Flagger shows as an event */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
            /** @description one sentence, which Flagger shows as an event */
            425: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    listGitTriggerRules: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        rules: components["schemas"]["GitTriggerRule"][];
                        total: number;
                    };
                };
            };
        };
    };
    createGitTriggerRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Smoke of main",
                 *       "provider": "github",
                 *       "repository": "acme/shop",
                 *       "branch_filter": "main",
                 *       "event_types": [
                 *         "push"
                 *       ],
                 *       "suite_id": "7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f",
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["GitTriggerRuleRequest"];
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
                    "application/json": {
                        branch_filter: string[];
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        environment_id: string | null;
                        event_types: ("push" | "pull_request")[];
                        flow_id: string | null;
                        /** Format: uuid */
                        id: string;
                        name: string;
                        pool: string;
                        priority: number;
                        /** @enum {string} */
                        provider: "github" | "gitlab" | "gitea";
                        repository: string;
                        /** @description where one was made, shown this once */
                        secret?: string;
                        suite_id: string | null;
                        /** Format: date-time */
                        updated_at: string;
                        /** @description a secret as `{"$secret": NAME}`; sent so, it stays as it is */
                        variables: {
                            [key: string]: components["schemas"]["Json"];
                        };
                        version: number;
                        /** @description where the host sends its webhook, on this server */
                        webhook_path: string;
                    };
                };
            };
        };
    };
    getGitTriggerRule: {
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
                    "application/json": components["schemas"]["GitTriggerRule"];
                };
            };
        };
    };
    updateGitTriggerRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Smoke of main",
                 *       "provider": "github",
                 *       "repository": "acme/shop",
                 *       "branch_filter": "main",
                 *       "event_types": [
                 *         "push"
                 *       ],
                 *       "suite_id": "7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f",
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["GitTriggerRuleRequest"];
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
                    "application/json": components["schemas"]["GitTriggerRule"];
                };
            };
        };
    };
    deleteGitTriggerRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listGitDeliveries: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        deliveries: components["schemas"]["GitDelivery"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    graphql: {
        parameters: {
            query?: never;
            header?: {
                /** @description the last `id` a subscription received; it goes on from there */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "query": "{ runs(limit: 5) { executions { id flowName verdict } } }"
                 *     }
                 */
                "application/json": components["schemas"]["GraphQlRequest"];
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
            /** @description as asked; or results, as they come */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphQlAnswer"];
                    "text/event-stream": string;
                };
            };
            /** @description as asked; or the body is none of GraphQL */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphQlAnswer"];
                    "application/problem+json": components["schemas"]["Problem"];
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
    importFlows: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "type": "curl",
                 *       "content": "curl https://shop.example/api/orders -H 'Authorization: Bearer abc'",
                 *       "tags": [
                 *         "imported"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ImportRequest"];
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
                    "application/json": components["schemas"]["Import"];
                };
            };
        };
    };
    parseImport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "type": "curl",
                 *       "content": "curl https://shop.example/api/orders -H 'Authorization: Bearer abc'"
                 *     }
                 */
                "application/json": components["schemas"]["ImportSource"];
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
                    "application/json": components["schemas"]["ParsedImport"];
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        invitations: components["schemas"]["Invitation"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    inviteMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "somebody@example.com",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @enum {string} */
                    role: "owner" | "admin" | "editor" | "viewer";
                };
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
                    "application/json": components["schemas"]["NewInvitation"];
                };
            };
        };
    };
    revokeInvitation: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "tm_invite_0000000000000000000000000000000000000000000000000000000000000000",
                 *       "name": "Somebody",
                 *       "password": "a long sentence"
                 *     }
                 */
                "application/json": {
                    /** @default  */
                    name?: string;
                    password: string;
                    token: string;
                };
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
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    getLimits: {
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
                    "application/json": components["schemas"]["WorkspaceLimits"];
                };
            };
        };
    };
    setLimits: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "max_running": 4
                 *     }
                 */
                "application/json": components["schemas"]["WorkspaceLimits"];
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
                    "application/json": components["schemas"]["WorkspaceLimits"];
                };
            };
        };
    };
    listMembers: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        members: components["schemas"]["Member"][];
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    addMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "somebody@example.com",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @default  */
                    name?: string;
                    /** @enum {string} */
                    role: "owner" | "admin" | "editor" | "viewer";
                    /** Format: uuid */
                    user_id?: string;
                };
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
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    setMemberRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "viewer"
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    role: "owner" | "admin" | "editor" | "viewer";
                };
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
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    removeMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                user_id: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listNotificationChannels: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        channels: components["schemas"]["NotificationChannel"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createNotificationChannel: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Our incident tool",
                 *       "kind": "webhook",
                 *       "url": "https://hooks.example.com/testmesh"
                 *     }
                 */
                "application/json": components["schemas"]["NotificationChannelRequest"];
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
                    "application/json": {
                        about: ("schedule" | "suite" | "flow")[];
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        events: ("failing" | "recovered" | "passed")[];
                        from: string | null;
                        /** Format: uuid */
                        id: string;
                        /** @enum {string} */
                        kind: "slack" | "webhook" | "email";
                        name: string;
                        /** @description where one was made, shown this once */
                        signing_secret?: string;
                        /** @description the host it sends to */
                        target: string;
                        to: string[];
                        /** Format: date-time */
                        updated_at: string;
                        version: number;
                    };
                };
            };
        };
    };
    getNotificationChannel: {
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
                    "application/json": components["schemas"]["NotificationChannel"];
                };
            };
        };
    };
    updateNotificationChannel: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Our incident tool",
                 *       "kind": "webhook",
                 *       "url": "https://hooks.example.com/testmesh"
                 *     }
                 */
                "application/json": components["schemas"]["NotificationChannelRequest"];
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
                    "application/json": components["schemas"]["NotificationChannel"];
                };
            };
        };
    };
    deleteNotificationChannel: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    testNotificationChannel: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
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
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        delivery_id: string;
                    };
                };
            };
        };
    };
    listNotificationDeliveries: {
        parameters: {
            query?: {
                channel_id?: string;
                limit?: number;
                offset?: number;
                state?: "waiting" | "delivered" | "dead";
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
                        deliveries: components["schemas"]["NotificationDelivery"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    redeliverNotification: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
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
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        delivery_id: string;
                    };
                };
            };
        };
    };
    listNotifications: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description only what the caller has not read */
                unread?: "true" | "false";
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
                        limit: number;
                        notifications: components["schemas"]["Notification"][];
                        offset: number;
                        total: number;
                        unread: number;
                    };
                };
            };
        };
    };
    deleteNotification: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    markNotificationRead: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    markAllNotificationsRead: {
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
                        marked: number;
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
    getOutboundRules: {
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
                    "application/json": components["schemas"]["OutboundRules"];
                };
            };
        };
    };
    setOutboundRules: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "allow": null,
                 *       "deny": [
                 *         "10.0.0.0/8",
                 *         "*.internal"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["OutboundRules"];
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
                    "application/json": components["schemas"]["OutboundRules"];
                };
            };
        };
    };
    getRole: {
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
                        permissions: ("workspace:view" | "workspace:settings" | "workspace:delete" | "workspaces:create" | "members:manage" | "keys:manage" | "audit:view" | "runs:view" | "flows:run" | "flows:view" | "flows:create" | "flows:edit" | "flows:delete" | "environments:view" | "environments:create" | "environments:edit" | "environments:delete" | "schedules:view" | "schedules:create" | "schedules:edit" | "schedules:delete" | "collections:view" | "collections:create" | "collections:edit" | "collections:delete" | "integrations:view" | "integrations:manage")[];
                        /** @description the strongest role whose permissions the caller has */
                        role: ("owner" | "admin" | "editor" | "viewer") | null;
                    };
                };
            };
        };
    };
    parseRunnerData: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "type": "csv",
                 *       "content": "email,country\nada@example.com,DE\n"
                 *     }
                 */
                "application/json": {
                    content: string;
                    /** @constant */
                    type: "csv";
                } | {
                    content: string;
                    /** @constant */
                    type: "json";
                };
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
                    "application/json": components["schemas"]["ParsedData"];
                };
            };
        };
    };
    runWithData: {
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
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "data_source": {
                 *         "type": "csv",
                 *         "content": "email,country\nada@example.com,DE\n"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RunnerRequest"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerRun"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: {
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description 1, 2, …; in place of `offset` */
                page?: number;
                /** @description in place of `limit` */
                page_size?: number;
                /** @description part of the name */
                search?: string;
                status?: "active" | "paused" | "disabled";
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
                        limit: number;
                        offset: number;
                        schedules: components["schemas"]["Schedule"][];
                        total: number;
                    };
                };
            };
        };
    };
    createSchedule: {
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
                 *       "name": "Staging E2E — Hourly",
                 *       "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *       "environment": "staging",
                 *       "cron": "0 * * * *",
                 *       "enabled": true,
                 *       "notify_on_failure": true
                 *     }
                 */
                "application/json": components["schemas"]["ScheduleRequest"];
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    getSchedule: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    updateSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Staging E2E — Hourly",
                 *       "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *       "environment": "staging",
                 *       "cron": "0 * * * *",
                 *       "enabled": true,
                 *       "notify_on_failure": true
                 *     }
                 */
                "application/json": components["schemas"]["ScheduleRequest"];
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    deleteSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    previewScheduleRuns: {
        parameters: {
            query?: {
                count?: number;
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
                        next_runs: string[];
                        timezone: string;
                    };
                };
            };
        };
    };
    pauseSchedule: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    resumeSchedule: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    listScheduleRuns: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        runs: components["schemas"]["ScheduleRun"][];
                        total: number;
                    };
                };
            };
        };
    };
    getScheduleStats: {
        parameters: {
            query?: {
                days?: number;
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
                        average_duration_ms: number | null;
                        days: number;
                        failed_runs: number;
                        skipped_runs: number;
                        /** @description percent of the finished ones; null before the first one */
                        success_rate: number | null;
                        successful_runs: number;
                        total_runs: number;
                    };
                };
            };
        };
    };
    triggerSchedule: {
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dataset_run_id: string | null;
                        execution_id: string | null;
                        suite_run_id: string | null;
                        /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
                        waiting_for?: string | null;
                    };
                };
            };
        };
    };
    listSchedulePresets: {
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
                        presets: {
                            cron: string;
                            label: string;
                            name: string;
                        }[];
                    };
                };
            };
        };
    };
    listTimezones: {
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
                        timezones: string[];
                    };
                };
            };
        };
    };
    validateCron: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "cron": "*\/15 * * * *",
                 *       "timezone": "UTC"
                 *     }
                 */
                "application/json": {
                    /** @default 5 */
                    count?: number;
                    cron?: string;
                    cron_expr?: string;
                    /** @default UTC */
                    timezone?: string;
                };
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
                    "application/json": {
                        error: string | null;
                        next_runs: string[];
                        valid: boolean;
                    };
                };
            };
        };
    };
    getSession: {
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
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    logOut: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    exchangeKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "somebody@example.com",
                 *       "password": "a long sentence",
                 *       "name": "laptop"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @default my key */
                    name?: string;
                    password: string;
                    /**
                     * Format: uuid
                     * @description needed by who belongs to several workspaces
                     */
                    workspace_id?: string;
                };
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
                    "application/json": {
                        /** Format: date-time */
                        expires_at: string;
                        key: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "editor" | "viewer";
                        /** Format: uuid */
                        workspace_id: string;
                    };
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "current": "a long sentence",
                 *       "new": "another long sentence"
                 *     }
                 */
                "application/json": {
                    current: string;
                    new: string;
                };
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "somebody@example.com",
                 *       "password": "a long sentence"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                };
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
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    getRetention: {
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
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    changeRetention: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "runs_days": 90
                 *     }
                 */
                "application/json": components["schemas"]["Retention"];
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
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    listSuites: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
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
                        limit: number;
                        offset: number;
                        suites: components["schemas"]["Suite"][];
                        total: number;
                    };
                };
            };
        };
    };
    createSuite: {
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
                 *       "name": "Nightly",
                 *       "flows": [
                 *         {
                 *           "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *           "order": 1,
                 *           "parallel": true
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SuiteRequest"];
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
                    "application/json": components["schemas"]["Suite"];
                };
            };
        };
    };
    getSuite: {
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
                    "application/json": components["schemas"]["Suite"];
                };
            };
        };
    };
    updateSuite: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly",
                 *       "flows": [
                 *         {
                 *           "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *           "order": 1,
                 *           "parallel": true
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SuiteRequest"];
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
                    "application/json": components["schemas"]["Suite"];
                };
            };
        };
    };
    deleteSuite: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    runSuite: {
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
                "application/json": components["schemas"]["SuiteRunRequest"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    listSuiteRuns: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        runs: components["schemas"]["SuiteRun"][];
                        total: number;
                    };
                };
            };
        };
    };
    getSuiteRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                run_id: string;
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
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    cancelSuiteRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    rerunSuite: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "only": "failed"
                 *     }
                 */
                "application/json": components["schemas"]["PartsAgain"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    listTestEnvironments: {
        parameters: {
            query?: {
                context?: string;
                /** @description destroyed ones are shown for a day */
                include_destroyed?: string;
                limit?: number;
                offset?: number;
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
                        environments: components["schemas"]["TestEnvironment"][];
                        total: number;
                    };
                };
            };
        };
    };
    createTestEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "PR-123 Review Environment",
                 *       "context": "pr-123",
                 *       "provider": "argocd",
                 *       "provider_app_name": "testmesh-pr-123",
                 *       "namespace": "review-pr-123",
                 *       "ttl_minutes": 60,
                 *       "services": [
                 *         {
                 *           "name": "user-service",
                 *           "image": "myrepo/user-service:pr-123",
                 *           "repo": "github.com/org/user-service",
                 *           "source_ref": "pr-123"
                 *         }
                 *       ],
                 *       "routing_policy": {
                 *         "user-service": "http://user-service.review-pr-123.svc.cluster.local:8080"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TestEnvironmentRequest"];
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
                    "application/json": components["schemas"]["TestEnvironment"];
                };
            };
        };
    };
    getTestEnvironment: {
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
                    "application/json": components["schemas"]["TestEnvironment"];
                };
            };
        };
    };
    destroyTestEnvironment: {
        parameters: {
            query?: {
                /** @description take it from the run that uses it */
                force?: string;
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
        };
    };
    listTestEnvironmentEvents: {
        parameters: {
            query?: {
                /** @description only events after this `seq` */
                after?: number;
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
                        events: components["schemas"]["TestEnvironmentEvent"][];
                    };
                };
            };
        };
    };
    streamTestEnvironment: {
        parameters: {
            query?: {
                /** @description the `seq` of the last event already known */
                after?: number;
            };
            header?: {
                /** @description the last `id` that was received; stronger than `after` */
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
        };
    };
    receiveGiteaWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description kept with the delivery */
                "X-Gitea-Delivery"?: string;
                /** @description `push` or `pull_request` */
                "X-Gitea-Event"?: string;
                /** @description the HMAC-SHA256 of the body, with the secret of the rule */
                "X-Gitea-Signature"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    action?: string;
                    after?: string;
                    deleted?: boolean;
                    object_attributes?: {
                        action?: string;
                        last_commit?: {
                            id: string;
                        } & {
                            [key: string]: unknown;
                        };
                        oldrev?: string;
                        source_branch?: string;
                        target_branch?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    project?: {
                        path_with_namespace?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    pull_request?: {
                        base: {
                            ref: string;
                            sha: string;
                        };
                        head: {
                            ref: string;
                            sha: string;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                    ref?: string;
                    repository?: {
                        full_name?: string;
                    } & {
                        [key: string]: unknown;
                    };
                } & {
                    [key: string]: unknown;
                };
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
                    "application/json": components["schemas"]["WebhookAnswer"];
                };
            };
        };
    };
    receiveGitHubWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description kept with the delivery */
                "X-GitHub-Delivery"?: string;
                /** @description `push` or `pull_request` */
                "X-GitHub-Event"?: string;
                /** @description `sha256=` and the HMAC of the body, with the secret of the rule */
                "X-Hub-Signature-256"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    action?: string;
                    after?: string;
                    deleted?: boolean;
                    object_attributes?: {
                        action?: string;
                        last_commit?: {
                            id: string;
                        } & {
                            [key: string]: unknown;
                        };
                        oldrev?: string;
                        source_branch?: string;
                        target_branch?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    project?: {
                        path_with_namespace?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    pull_request?: {
                        base: {
                            ref: string;
                            sha: string;
                        };
                        head: {
                            ref: string;
                            sha: string;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                    ref?: string;
                    repository?: {
                        full_name?: string;
                    } & {
                        [key: string]: unknown;
                    };
                } & {
                    [key: string]: unknown;
                };
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
                    "application/json": components["schemas"]["WebhookAnswer"];
                };
            };
        };
    };
    receiveGitLabWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description `Push Hook` or `Merge Request Hook` */
                "X-Gitlab-Event"?: string;
                /** @description kept with the delivery */
                "X-Gitlab-Event-UUID"?: string;
                /** @description the secret of the rule */
                "X-Gitlab-Token"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    action?: string;
                    after?: string;
                    deleted?: boolean;
                    object_attributes?: {
                        action?: string;
                        last_commit?: {
                            id: string;
                        } & {
                            [key: string]: unknown;
                        };
                        oldrev?: string;
                        source_branch?: string;
                        target_branch?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    project?: {
                        path_with_namespace?: string;
                    } & {
                        [key: string]: unknown;
                    };
                    pull_request?: {
                        base: {
                            ref: string;
                            sha: string;
                        };
                        head: {
                            ref: string;
                            sha: string;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                    ref?: string;
                    repository?: {
                        full_name?: string;
                    } & {
                        [key: string]: unknown;
                    };
                } & {
                    [key: string]: unknown;
                };
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
                    "application/json": components["schemas"]["WebhookAnswer"];
                };
            };
        };
    };
    getOwnWorkspace: {
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
                    "application/json": components["schemas"]["Workspace"];
                };
            };
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
                /** @description by time the newest first */
                sort_by?: "name" | "created_at" | "updated_at";
                type?: "personal" | "team";
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
                        limit: number;
                        offset: number;
                        total: number;
                        workspaces: components["schemas"]["Workspace"][];
                    };
                };
            };
        };
    };
    createWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Shop team"
                 *     }
                 */
                "application/json": components["schemas"]["WorkspaceRequest"];
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
                    "application/json": {
                        /** Format: date-time */
                        created_at: string;
                        description: string;
                        /** Format: uuid */
                        id: string;
                        key: string;
                        name: string;
                        settings: {
                            [key: string]: components["schemas"]["Json"];
                        };
                        slug: string;
                        /** @enum {string} */
                        type: "personal" | "team";
                        /** Format: date-time */
                        updated_at: string;
                        version: number;
                    };
                };
            };
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["Workspace"];
                };
            };
        };
    };
    updateWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
                 *       "name": "Shop team"
                 *     }
                 */
                "application/json": components["schemas"]["WorkspaceRequest"];
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
                    "application/json": components["schemas"]["Workspace"];
                };
            };
        };
    };
    deleteWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listSiteAgentsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        agents: components["schemas"]["SiteAgent"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createSiteAgentInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "name": "berlin",
                 *       "pools": [
                 *         "berlin"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SiteAgentRequest"];
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
                    "application/json": components["schemas"]["NewSiteAgent"];
                };
            };
        };
    };
    getSiteAgentInWorkspace: {
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
                    "application/json": components["schemas"]["SiteAgentWithProcesses"];
                };
            };
        };
    };
    revokeSiteAgentInWorkspace: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rotateSiteAgentInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": components["schemas"]["SiteAgentRotation"];
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
                    "application/json": components["schemas"]["NewSiteAgent"];
                };
            };
        };
    };
    listCoverageInWorkspace: {
        parameters: {
            query?: {
                flow_id?: string;
                kind?: "endpoint" | "topic" | "table";
                limit?: number;
                offset?: number;
                /** @description anywhere in the name */
                q?: string;
                system?: string;
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
                    "application/json": components["schemas"]["Coverage"];
                };
            };
        };
    };
    listFlakyFlowsInWorkspace: {
        parameters: {
            query?: {
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["FlakyFlows"];
                };
            };
        };
    };
    getRunMetricsInWorkspace: {
        parameters: {
            query?: {
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["RunMetrics"];
                };
            };
        };
    };
    listSlowestStepsInWorkspace: {
        parameters: {
            query?: {
                action?: string;
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                limit?: number;
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["SlowestSteps"];
                };
            };
        };
    };
    getRunTrendInWorkspace: {
        parameters: {
            query?: {
                /** @description the last day; today where it is not said */
                end_date?: string;
                environment?: string;
                /** @description by its name, for flows that are not kept too */
                flow?: string;
                flow_id?: string;
                group_by?: "day" | "week" | "month";
                /** @description the first day, in UTC; 29 days before the last one where it is not said */
                start_date?: string;
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
                    "application/json": components["schemas"]["RunTrend"];
                };
            };
        };
    };
    listApiKeysInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        api_keys: components["schemas"]["ApiKey"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createApiKeyInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "name": "CI",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": components["schemas"]["ApiKeyRequest"];
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
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
        };
    };
    getApiKeyInWorkspace: {
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
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
        };
    };
    revokeApiKeyInWorkspace: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listAuditEventsInWorkspace: {
        parameters: {
            query?: {
                /** @description who did it, as it stands in `actor` */
                actor?: string;
                /** @description only events after this `seq` */
                after?: number;
                limit?: number;
                /** @description at or after */
                since?: string;
                /** @description what it was about: an id, a name or an address that `data` holds */
                subject?: string;
                /** @description `EnvironmentUpdated` … */
                type?: string;
                /** @description before */
                until?: string;
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
                        events: components["schemas"]["AuditEvent"][];
                        /** @description where to go on, also from a page without events; null at the end */
                        next_after: number | null;
                    };
                };
            };
        };
    };
    verifyChainsInWorkspace: {
        parameters: {
            query?: {
                cursor?: string;
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
                        /** @description where to go on, also from a page without streams; null at the end */
                        next_cursor: string | null;
                        streams: {
                            broken: components["schemas"]["BrokenEvent"] | null;
                            /** @description events that are as they were recorded */
                            events: number;
                            /** @description `config-…`, `schedule-…`, `testenv-…` */
                            stream: string;
                        }[];
                    };
                };
            };
        };
    };
    deleteFlowsInWorkspace: {
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
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ]
                 *     }
                 */
                "application/json": {
                    flow_ids: string[];
                };
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
                    "application/json": components["schemas"]["BulkResult"];
                };
            };
        };
    };
    duplicateFlowsInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "suffix": "copy"
                 *     }
                 */
                "application/json": {
                    flow_ids: string[];
                    /** @default copy */
                    suffix?: string;
                };
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
                    "application/json": components["schemas"]["BulkCopies"];
                };
            };
        };
    };
    exportFlowBundlesInWorkspace: {
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
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ]
                 *     }
                 */
                "application/json": {
                    flow_ids: string[];
                };
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
                    "application/json": components["schemas"]["BulkBundles"];
                };
            };
        };
    };
    findAndReplaceInFlowsInWorkspace: {
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
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "find": "http://old",
                 *       "replace": "http://new",
                 *       "in_field": "url",
                 *       "preview": true
                 *     }
                 */
                "application/json": components["schemas"]["FindReplaceRequest"];
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
                    "application/json": components["schemas"]["FindReplaceResult"];
                };
            };
        };
    };
    addTagsToFlowsInWorkspace: {
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
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "tags": [
                 *         "nightly"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BulkTagsRequest"];
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
                    "application/json": components["schemas"]["BulkResult"];
                };
            };
        };
    };
    removeTagsFromFlowsInWorkspace: {
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
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "tags": [
                 *         "nightly"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BulkTagsRequest"];
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
                    "application/json": components["schemas"]["BulkResult"];
                };
            };
        };
    };
    listDatasetsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
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
                        datasets: components["schemas"]["Dataset"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createDatasetInWorkspace: {
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
                 *       "name": "Customers",
                 *       "csv": "email,country\nada@example.com,DE\nbob@example.com,US\n"
                 *     }
                 */
                "application/json": components["schemas"]["DatasetRequest"];
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
                    "application/json": components["schemas"]["Dataset"];
                };
            };
        };
    };
    getDatasetInWorkspace: {
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
                    "application/json": components["schemas"]["Dataset"];
                };
            };
        };
    };
    updateDatasetInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Customers",
                 *       "csv": "email,country\nada@example.com,DE\nbob@example.com,US\n"
                 *     }
                 */
                "application/json": components["schemas"]["DatasetRequest"];
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
                    "application/json": components["schemas"]["Dataset"];
                };
            };
        };
    };
    deleteDatasetInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listDatasetRowsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description the current one unless said */
                version?: number;
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
                        limit: number;
                        offset: number;
                        rows: {
                            [key: string]: components["schemas"]["Json"];
                        }[];
                        total: number;
                        version: number;
                    };
                };
            };
        };
    };
    runDatasetInWorkspace: {
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *       "environment": "staging",
                 *       "parallel": 5
                 *     }
                 */
                "application/json": components["schemas"]["DatasetRunRequest"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRun"];
                };
            };
        };
    };
    listDatasetRunsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        runs: components["schemas"]["DatasetRun"][];
                        total: number;
                    };
                };
            };
        };
    };
    getDatasetRunInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                id: string;
                run_id: string;
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
                        cancelled_rows: number;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: uuid */
                        dataset_id: string;
                        dataset_version: number;
                        ended_at: string | null;
                        environment: string | null;
                        failed_rows: number;
                        /** Format: uuid */
                        flow_id: string;
                        /** Format: uuid */
                        id: string;
                        limit: number;
                        offset: number;
                        passed_rows: number;
                        pool: string;
                        priority: number;
                        requested_by: string;
                        rows: {
                            error: string | null;
                            /** @description null until it was asked for */
                            execution_id: string | null;
                            row: number;
                            /** @enum {string} */
                            status: "waiting" | "running" | "completed" | "failed" | "cancelled" | "skipped";
                        }[];
                        /** @description the schedule that asked for it */
                        schedule_id: string | null;
                        skipped_rows: number;
                        /** @enum {string} */
                        status: "running" | "completed" | "failed" | "cancelled";
                        /** @description what its runs say of their test environment */
                        test_environment: components["schemas"]["Json"] | null;
                        total: number;
                        total_rows: number;
                        /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
                        waiting_for?: string | null;
                    };
                };
            };
        };
    };
    cancelDatasetRunInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRun"];
                };
            };
        };
    };
    rerunDatasetInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "only": "failed"
                 *     }
                 */
                "application/json": components["schemas"]["PartsAgain"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRun"];
                };
            };
        };
    };
    listDatasetVersionsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        total: number;
                        versions: components["schemas"]["DatasetVersion"][];
                    };
                };
            };
        };
    };
    listEnvironmentsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
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
                        environments: components["schemas"]["Environment"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createEnvironmentInWorkspace: {
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
                 *       "name": "staging",
                 *       "color": "#F59E0B",
                 *       "variables": [
                 *         {
                 *           "key": "AUTH_TOKEN",
                 *           "value": "stg-token-abc",
                 *           "is_secret": true,
                 *           "enabled": true
                 *         }
                 *       ],
                 *       "routing": {
                 *         "services": {
                 *           "order-api": "http://order-service.staging.svc.cluster.local:5003"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EnvironmentRequest"];
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    getEnvironmentInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name */
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    updateEnvironmentInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                /** @description id or name */
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "staging",
                 *       "color": "#F59E0B",
                 *       "variables": [
                 *         {
                 *           "key": "AUTH_TOKEN",
                 *           "value": "stg-token-abc",
                 *           "is_secret": true,
                 *           "enabled": true
                 *         }
                 *       ],
                 *       "routing": {
                 *         "services": {
                 *           "order-api": "http://order-service.staging.svc.cluster.local:5003"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EnvironmentRequest"];
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    deleteEnvironmentInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                /** @description id or name */
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    makeDefaultEnvironmentInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name */
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    duplicateEnvironmentInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id or name */
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "staging-2"
                 *     }
                 */
                "application/json": {
                    name: string;
                };
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    exportEnvironmentInWorkspace: {
        parameters: {
            query?: {
                /** @description refused when it is true: no value of a secret is ever returned */
                include_secrets?: string;
            };
            header?: never;
            path: {
                /** @description id or name */
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
                    "application/json": components["schemas"]["EnvironmentExport"];
                };
            };
        };
    };
    getDefaultEnvironmentInWorkspace: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["Environment"] | {
                        color: string;
                        description: string;
                        id: null;
                        is_default: boolean;
                        name: string;
                        protected: boolean;
                        routing: {
                            headers: {
                                [key: string]: components["schemas"]["Json"];
                            };
                            overrides: {
                                [key: string]: {
                                    [key: string]: components["schemas"]["Json"];
                                };
                            };
                            services: {
                                [key: string]: string;
                            };
                        };
                        variables: {
                            description: string;
                            enabled: boolean;
                            is_secret: boolean;
                            key: string;
                            /** @description a secret has the mask ******** */
                            value: components["schemas"]["Json"];
                        }[];
                    };
                };
            };
        };
    };
    importEnvironmentInWorkspace: {
        parameters: {
            query?: {
                /** @description changes the one of the same name */
                overwrite?: string;
            };
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "name": "staging",
                 *       "color": "#F59E0B",
                 *       "variables": [
                 *         {
                 *           "key": "AUTH_TOKEN",
                 *           "value": "stg-token-abc",
                 *           "is_secret": true,
                 *           "enabled": true
                 *         }
                 *       ],
                 *       "routing": {
                 *         "services": {
                 *           "order-api": "http://order-service.staging.svc.cluster.local:5003"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EnvironmentRequest"];
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
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description as asked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
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
                error_code?: string;
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description words, or how they begin, all of them in flow, file, steps or errors */
                q?: string;
                /** @description asked for at or after */
                since?: string;
                status?: "pending" | "running" | "completed" | "failed" | "cancelled" | "queued" | "parked" | "finished";
                tag?: string;
                trigger_type?: "api" | "schedule" | "suite" | "dataset" | "rerun" | "webhook";
                /** @description asked for before */
                until?: string;
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
                        /** @description counted up to 10,000 */
                        total: number;
                        /** @description false when there are more than `total` */
                        total_is_exact: boolean;
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
                    } | {
                        broken: components["schemas"]["BrokenEvent"] | null;
                        events: number;
                        /** @constant */
                        outcome: "broken";
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
                        steps: components["schemas"]["StepDifference"][];
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
    getExecutionOutlineInWorkspace: {
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
                        steps: components["schemas"]["ExecutionStepOutline"][];
                    };
                };
            };
        };
    };
    getExecutionReportInWorkspace: {
        parameters: {
            query?: {
                format?: "run" | "json" | "junit" | "html";
            };
            header?: {
                /** @description `application/json`, `application/xml` or `text/html` */
                Accept?: string;
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
            /** @description as asked; or JUnit (`junit`); or a page that needs nothing else (`html`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrintedReport"] | components["schemas"]["RunReport"];
                    "application/xml": string;
                    "text/html": string;
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
            query?: {
                /** @description all of them unless told */
                limit?: number;
                offset?: number;
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
                        steps: components["schemas"]["ExecutionStep"][];
                        /** @description of the run, shown or not */
                        total: number;
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
    getExecutionTestEnvironmentInWorkspace: {
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
                    "application/json": components["schemas"]["ExecutionTestEnvironment"];
                };
            };
        };
    };
    getExecutionTraceInWorkspace: {
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
                    "application/json": components["schemas"]["Trace"];
                };
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
    runDefinitionInWorkspace: {
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
                "application/json": components["schemas"]["RunDefinitionRequest"];
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
                    "application/json": components["schemas"]["InlineRun"];
                };
            };
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InlineRun"];
                };
            };
            /** @description the run did not pass, or the flow is invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["FailedRunProblem"];
                };
            };
        };
    };
    exportFlowsInWorkspace: {
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
                /**
                 * @example {
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "format": "postman"
                 *     }
                 */
                "application/json": components["schemas"]["ExportRequest"];
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
                    "application/json": components["schemas"]["Export"];
                };
            };
        };
    };
    listFlowsInWorkspace: {
        parameters: {
            query?: {
                /** @description a flow must carry none of them */
                exclude?: string | string[];
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
                suite?: string;
                /** @description a flow has to carry all of them */
                tags?: string | string[];
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
                        flows: components["schemas"]["Flow"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createFlowInWorkspace: {
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
                 *       "yaml": "flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n      assert: ['message == \"hello\"']\n"
                 *     }
                 */
                "application/json": components["schemas"]["FlowRequest"];
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
                    "application/json": components["schemas"]["CheckedFlow"];
                };
            };
        };
    };
    getFlowInWorkspace: {
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
                    "application/json": components["schemas"]["Flow"];
                };
            };
        };
    };
    updateFlowInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "yaml": "flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n      assert: ['message == \"hello\"']\n"
                 *     }
                 */
                "application/json": components["schemas"]["FlowRequest"];
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
                    "application/json": components["schemas"]["CheckedFlow"];
                };
            };
        };
    };
    deleteFlowInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getFlowBundleInWorkspace: {
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
                    "application/json": components["schemas"]["FlowBundle"];
                };
            };
        };
    };
    listFlowVersionsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        total: number;
                        versions: components["schemas"]["FlowVersion"][];
                    };
                };
            };
        };
    };
    restoreFlowVersionInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                version: number;
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
                    "application/json": components["schemas"]["CheckedFlow"];
                };
            };
        };
    };
    getGateInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                kind: "flow" | "suite";
                run_id: string;
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
                    "application/json": components["schemas"]["Gate"];
                };
            };
        };
    };
    passArgoRolloutsGateInWorkspace: {
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
                /**
                 * @example {
                 *       "suite_id": "7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f",
                 *       "revision": "6d9c7f8b5d",
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["GateRequest"];
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
                    "application/json": components["schemas"]["Gate"];
                };
            };
        };
    };
    passFlaggerGateInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlaggerRequest"];
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
            /** @description one sentence, which Flagger shows as an event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
            /** @description one sentence, which Flagger shows as an event */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
            /** @description one sentence, which Flagger shows as an event */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
            /** @description one sentence, which Flagger shows as an event */
            425: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    listGitTriggerRulesInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        rules: components["schemas"]["GitTriggerRule"][];
                        total: number;
                    };
                };
            };
        };
    };
    createGitTriggerRuleInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "name": "Smoke of main",
                 *       "provider": "github",
                 *       "repository": "acme/shop",
                 *       "branch_filter": "main",
                 *       "event_types": [
                 *         "push"
                 *       ],
                 *       "suite_id": "7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f",
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["GitTriggerRuleRequest"];
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
                    "application/json": {
                        branch_filter: string[];
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        environment_id: string | null;
                        event_types: ("push" | "pull_request")[];
                        flow_id: string | null;
                        /** Format: uuid */
                        id: string;
                        name: string;
                        pool: string;
                        priority: number;
                        /** @enum {string} */
                        provider: "github" | "gitlab" | "gitea";
                        repository: string;
                        /** @description where one was made, shown this once */
                        secret?: string;
                        suite_id: string | null;
                        /** Format: date-time */
                        updated_at: string;
                        /** @description a secret as `{"$secret": NAME}`; sent so, it stays as it is */
                        variables: {
                            [key: string]: components["schemas"]["Json"];
                        };
                        version: number;
                        /** @description where the host sends its webhook, on this server */
                        webhook_path: string;
                    };
                };
            };
        };
    };
    getGitTriggerRuleInWorkspace: {
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
                    "application/json": components["schemas"]["GitTriggerRule"];
                };
            };
        };
    };
    updateGitTriggerRuleInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Smoke of main",
                 *       "provider": "github",
                 *       "repository": "acme/shop",
                 *       "branch_filter": "main",
                 *       "event_types": [
                 *         "push"
                 *       ],
                 *       "suite_id": "7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f",
                 *       "environment": "staging"
                 *     }
                 */
                "application/json": components["schemas"]["GitTriggerRuleRequest"];
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
                    "application/json": components["schemas"]["GitTriggerRule"];
                };
            };
        };
    };
    deleteGitTriggerRuleInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listGitDeliveriesInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        deliveries: components["schemas"]["GitDelivery"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    graphqlInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the last `id` a subscription received; it goes on from there */
                "Last-Event-ID"?: string;
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
                 *       "query": "{ runs(limit: 5) { executions { id flowName verdict } } }"
                 *     }
                 */
                "application/json": components["schemas"]["GraphQlRequest"];
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
            /** @description as asked; or results, as they come */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphQlAnswer"];
                    "text/event-stream": string;
                };
            };
            /** @description as asked; or the body is none of GraphQL */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphQlAnswer"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    importFlowsInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "type": "curl",
                 *       "content": "curl https://shop.example/api/orders -H 'Authorization: Bearer abc'",
                 *       "tags": [
                 *         "imported"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ImportRequest"];
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
                    "application/json": components["schemas"]["Import"];
                };
            };
        };
    };
    parseImportInWorkspace: {
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
                /**
                 * @example {
                 *       "type": "curl",
                 *       "content": "curl https://shop.example/api/orders -H 'Authorization: Bearer abc'"
                 *     }
                 */
                "application/json": components["schemas"]["ImportSource"];
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
                    "application/json": components["schemas"]["ParsedImport"];
                };
            };
        };
    };
    listInvitationsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        invitations: components["schemas"]["Invitation"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    inviteMemberInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "email": "somebody@example.com",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @enum {string} */
                    role: "owner" | "admin" | "editor" | "viewer";
                };
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
                    "application/json": components["schemas"]["NewInvitation"];
                };
            };
        };
    };
    revokeInvitationInWorkspace: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getLimitsInWorkspace: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["WorkspaceLimits"];
                };
            };
        };
    };
    setLimitsInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
                 *       "max_running": 4
                 *     }
                 */
                "application/json": components["schemas"]["WorkspaceLimits"];
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
                    "application/json": components["schemas"]["WorkspaceLimits"];
                };
            };
        };
    };
    listMembersInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        members: components["schemas"]["Member"][];
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    addMemberInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "email": "somebody@example.com",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @default  */
                    name?: string;
                    /** @enum {string} */
                    role: "owner" | "admin" | "editor" | "viewer";
                    /** Format: uuid */
                    user_id?: string;
                };
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
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    setMemberRoleInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                user_id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "viewer"
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    role: "owner" | "admin" | "editor" | "viewer";
                };
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
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    removeMemberInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                user_id: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listNotificationChannelsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        channels: components["schemas"]["NotificationChannel"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    createNotificationChannelInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "name": "Our incident tool",
                 *       "kind": "webhook",
                 *       "url": "https://hooks.example.com/testmesh"
                 *     }
                 */
                "application/json": components["schemas"]["NotificationChannelRequest"];
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
                    "application/json": {
                        about: ("schedule" | "suite" | "flow")[];
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        events: ("failing" | "recovered" | "passed")[];
                        from: string | null;
                        /** Format: uuid */
                        id: string;
                        /** @enum {string} */
                        kind: "slack" | "webhook" | "email";
                        name: string;
                        /** @description where one was made, shown this once */
                        signing_secret?: string;
                        /** @description the host it sends to */
                        target: string;
                        to: string[];
                        /** Format: date-time */
                        updated_at: string;
                        version: number;
                    };
                };
            };
        };
    };
    getNotificationChannelInWorkspace: {
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
                    "application/json": components["schemas"]["NotificationChannel"];
                };
            };
        };
    };
    updateNotificationChannelInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Our incident tool",
                 *       "kind": "webhook",
                 *       "url": "https://hooks.example.com/testmesh"
                 *     }
                 */
                "application/json": components["schemas"]["NotificationChannelRequest"];
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
                    "application/json": components["schemas"]["NotificationChannel"];
                };
            };
        };
    };
    deleteNotificationChannelInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    testNotificationChannelInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
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
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        delivery_id: string;
                    };
                };
            };
        };
    };
    listNotificationDeliveriesInWorkspace: {
        parameters: {
            query?: {
                channel_id?: string;
                limit?: number;
                offset?: number;
                state?: "waiting" | "delivered" | "dead";
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
                        deliveries: components["schemas"]["NotificationDelivery"][];
                        limit: number;
                        offset: number;
                        total: number;
                    };
                };
            };
        };
    };
    redeliverNotificationInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
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
            /** @description as asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        delivery_id: string;
                    };
                };
            };
        };
    };
    listNotificationsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description only what the caller has not read */
                unread?: "true" | "false";
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
                        limit: number;
                        notifications: components["schemas"]["Notification"][];
                        offset: number;
                        total: number;
                        unread: number;
                    };
                };
            };
        };
    };
    deleteNotificationInWorkspace: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    markNotificationReadInWorkspace: {
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    markAllNotificationsReadInWorkspace: {
        parameters: {
            query?: never;
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
                        marked: number;
                    };
                };
            };
        };
    };
    getOutboundRulesInWorkspace: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["OutboundRules"];
                };
            };
        };
    };
    setOutboundRulesInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
                 *       "allow": null,
                 *       "deny": [
                 *         "10.0.0.0/8",
                 *         "*.internal"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["OutboundRules"];
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
                    "application/json": components["schemas"]["OutboundRules"];
                };
            };
        };
    };
    getRoleInWorkspace: {
        parameters: {
            query?: never;
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
                        permissions: ("workspace:view" | "workspace:settings" | "workspace:delete" | "workspaces:create" | "members:manage" | "keys:manage" | "audit:view" | "runs:view" | "flows:run" | "flows:view" | "flows:create" | "flows:edit" | "flows:delete" | "environments:view" | "environments:create" | "environments:edit" | "environments:delete" | "schedules:view" | "schedules:create" | "schedules:edit" | "schedules:delete" | "collections:view" | "collections:create" | "collections:edit" | "collections:delete" | "integrations:view" | "integrations:manage")[];
                        /** @description the strongest role whose permissions the caller has */
                        role: ("owner" | "admin" | "editor" | "viewer") | null;
                    };
                };
            };
        };
    };
    parseRunnerDataInWorkspace: {
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
                /**
                 * @example {
                 *       "type": "csv",
                 *       "content": "email,country\nada@example.com,DE\n"
                 *     }
                 */
                "application/json": {
                    content: string;
                    /** @constant */
                    type: "csv";
                } | {
                    content: string;
                    /** @constant */
                    type: "json";
                };
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
                    "application/json": components["schemas"]["ParsedData"];
                };
            };
        };
    };
    runWithDataInWorkspace: {
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
                 *       "flow_ids": [
                 *         "0190a000-0000-7000-8000-000000000001"
                 *       ],
                 *       "data_source": {
                 *         "type": "csv",
                 *         "content": "email,country\nada@example.com,DE\n"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RunnerRequest"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerRun"];
                };
            };
        };
    };
    listSchedulesInWorkspace: {
        parameters: {
            query?: {
                flow_id?: string;
                limit?: number;
                offset?: number;
                /** @description 1, 2, …; in place of `offset` */
                page?: number;
                /** @description in place of `limit` */
                page_size?: number;
                /** @description part of the name */
                search?: string;
                status?: "active" | "paused" | "disabled";
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
                        limit: number;
                        offset: number;
                        schedules: components["schemas"]["Schedule"][];
                        total: number;
                    };
                };
            };
        };
    };
    createScheduleInWorkspace: {
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
                 *       "name": "Staging E2E — Hourly",
                 *       "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *       "environment": "staging",
                 *       "cron": "0 * * * *",
                 *       "enabled": true,
                 *       "notify_on_failure": true
                 *     }
                 */
                "application/json": components["schemas"]["ScheduleRequest"];
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    getScheduleInWorkspace: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    updateScheduleInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Staging E2E — Hourly",
                 *       "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *       "environment": "staging",
                 *       "cron": "0 * * * *",
                 *       "enabled": true,
                 *       "notify_on_failure": true
                 *     }
                 */
                "application/json": components["schemas"]["ScheduleRequest"];
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    deleteScheduleInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    previewScheduleRunsInWorkspace: {
        parameters: {
            query?: {
                count?: number;
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
                        next_runs: string[];
                        timezone: string;
                    };
                };
            };
        };
    };
    pauseScheduleInWorkspace: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    resumeScheduleInWorkspace: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
        };
    };
    listScheduleRunsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        runs: components["schemas"]["ScheduleRun"][];
                        total: number;
                    };
                };
            };
        };
    };
    getScheduleStatsInWorkspace: {
        parameters: {
            query?: {
                days?: number;
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
                        average_duration_ms: number | null;
                        days: number;
                        failed_runs: number;
                        skipped_runs: number;
                        /** @description percent of the finished ones; null before the first one */
                        success_rate: number | null;
                        successful_runs: number;
                        total_runs: number;
                    };
                };
            };
        };
    };
    triggerScheduleInWorkspace: {
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dataset_run_id: string | null;
                        execution_id: string | null;
                        suite_run_id: string | null;
                        /** @description what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists */
                        waiting_for?: string | null;
                    };
                };
            };
        };
    };
    listSchedulePresetsInWorkspace: {
        parameters: {
            query?: never;
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
                        presets: {
                            cron: string;
                            label: string;
                            name: string;
                        }[];
                    };
                };
            };
        };
    };
    listTimezonesInWorkspace: {
        parameters: {
            query?: never;
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
                        timezones: string[];
                    };
                };
            };
        };
    };
    validateCronInWorkspace: {
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
                /**
                 * @example {
                 *       "cron": "*\/15 * * * *",
                 *       "timezone": "UTC"
                 *     }
                 */
                "application/json": {
                    /** @default 5 */
                    count?: number;
                    cron?: string;
                    cron_expr?: string;
                    /** @default UTC */
                    timezone?: string;
                };
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
                    "application/json": {
                        error: string | null;
                        next_runs: string[];
                        valid: boolean;
                    };
                };
            };
        };
    };
    getRetentionInWorkspace: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    changeRetentionInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
                 *       "runs_days": 90
                 *     }
                 */
                "application/json": components["schemas"]["Retention"];
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
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    listSuitesInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of the name */
                search?: string;
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
                        limit: number;
                        offset: number;
                        suites: components["schemas"]["Suite"][];
                        total: number;
                    };
                };
            };
        };
    };
    createSuiteInWorkspace: {
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
                 *       "name": "Nightly",
                 *       "flows": [
                 *         {
                 *           "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *           "order": 1,
                 *           "parallel": true
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SuiteRequest"];
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
                    "application/json": components["schemas"]["Suite"];
                };
            };
        };
    };
    getSuiteInWorkspace: {
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
                    "application/json": components["schemas"]["Suite"];
                };
            };
        };
    };
    updateSuiteInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
            };
            path: {
                id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly",
                 *       "flows": [
                 *         {
                 *           "flow_id": "0190a000-0000-7000-8000-000000000001",
                 *           "order": 1,
                 *           "parallel": true
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SuiteRequest"];
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
                    "application/json": components["schemas"]["Suite"];
                };
            };
        };
    };
    deleteSuiteInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag that was read; the change is refused with 412 when somebody changed it in between */
                "If-Match"?: string;
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
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    runSuiteInWorkspace: {
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
                "application/json": components["schemas"]["SuiteRunRequest"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    listSuiteRunsInWorkspace: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
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
                        limit: number;
                        offset: number;
                        runs: components["schemas"]["SuiteRun"][];
                        total: number;
                    };
                };
            };
        };
    };
    getSuiteRunInWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                run_id: string;
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
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    cancelSuiteRunInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    rerunSuiteInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                run_id: string;
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "only": "failed"
                 *     }
                 */
                "application/json": components["schemas"]["PartsAgain"];
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuiteRun"];
                };
            };
        };
    };
    listTestEnvironmentsInWorkspace: {
        parameters: {
            query?: {
                context?: string;
                /** @description destroyed ones are shown for a day */
                include_destroyed?: string;
                limit?: number;
                offset?: number;
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
                        environments: components["schemas"]["TestEnvironment"][];
                        total: number;
                    };
                };
            };
        };
    };
    createTestEnvironmentInWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description with a key that came before it is not done again, but answered 409; kept for 24 hours */
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
                 *       "name": "PR-123 Review Environment",
                 *       "context": "pr-123",
                 *       "provider": "argocd",
                 *       "provider_app_name": "testmesh-pr-123",
                 *       "namespace": "review-pr-123",
                 *       "ttl_minutes": 60,
                 *       "services": [
                 *         {
                 *           "name": "user-service",
                 *           "image": "myrepo/user-service:pr-123",
                 *           "repo": "github.com/org/user-service",
                 *           "source_ref": "pr-123"
                 *         }
                 *       ],
                 *       "routing_policy": {
                 *         "user-service": "http://user-service.review-pr-123.svc.cluster.local:8080"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TestEnvironmentRequest"];
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
                    "application/json": components["schemas"]["TestEnvironment"];
                };
            };
        };
    };
    getTestEnvironmentInWorkspace: {
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
                    "application/json": components["schemas"]["TestEnvironment"];
                };
            };
        };
    };
    destroyTestEnvironmentInWorkspace: {
        parameters: {
            query?: {
                /** @description take it from the run that uses it */
                force?: string;
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
        };
    };
    listTestEnvironmentEventsInWorkspace: {
        parameters: {
            query?: {
                /** @description only events after this `seq` */
                after?: number;
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
                        events: components["schemas"]["TestEnvironmentEvent"][];
                    };
                };
            };
        };
    };
    streamTestEnvironmentInWorkspace: {
        parameters: {
            query?: {
                /** @description the `seq` of the last event already known */
                after?: number;
            };
            header?: {
                /** @description the last `id` that was received; stronger than `after` */
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
        };
    };
    getPersonalWorkspace: {
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
                    "application/json": components["schemas"]["Workspace"];
                };
            };
        };
    };
    getWorkspaceBySlug: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                slug: string;
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
                    "application/json": components["schemas"]["Workspace"];
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
