import { hash } from 'node:crypto';
import { Problem } from '@testmesh/contracts';
import type { Route } from '../http/route.ts';
import { type ProtocolDeps, protocolRoute } from './protocol-deps.ts';
import {
  blobBody,
  blobParams,
  blobRequest,
  epochQuery,
  hashBody,
  inputsBody,
  LARGE_BYTES,
  MOST_BLOB_BYTES,
  runParams,
  secretRequest,
} from './wire.ts';

// What a run was given and what it keeps: values that may be secret, and bodies.

const inputs = ({ guard, secrets, outbound }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'GET',
    path: '/api/v1/agent/runs/:run_id/inputs',
    operationId: 'agentRunInputs',
    summary: 'What a run was given, secrets in the clear: only for a run that is held',
    params: runParams,
    query: epochQuery,
    responses: { 200: inputsBody },
    handle: async ({ params, query, agent }) => {
      await guard.demandHeld(agent, { runId: params.run_id, epoch: query.epoch });
      const values = Object.fromEntries(await secrets.of(params.run_id));
      return {
        status: 200,
        headers: { 'cache-control': 'no-store' },
        body: { values, outbound: await outbound(agent.workspace) },
      };
    },
  });

const keep = ({ guard, secrets }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'PUT',
    path: '/api/v1/agent/runs/:run_id/inputs',
    operationId: 'agentKeepSecret',
    summary: 'Keep what whoever takes the run over needs and facts must not show',
    params: runParams,
    body: secretRequest,
    mostBytes: LARGE_BYTES,
    responses: { 204: 'nothing' },
    handle: async ({ params, body: { epoch, name, value }, agent }) => {
      const run = { runId: params.run_id, epoch };
      await guard.demandHeld(agent, run);
      await guard.keeping(run, name, value);
      await secrets.keep(run.runId, name, value);
      return { status: 204 };
    },
  });

const putBlob = ({ guard, blobs }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/runs/:run_id/blobs',
    operationId: 'agentPutBlob',
    summary: 'Store a body that an event of the run will name',
    params: runParams,
    body: blobRequest,
    mostBytes: LARGE_BYTES,
    responses: { 200: hashBody },
    handle: async ({ params, body: { epoch, base64 }, agent }) => {
      const run = { runId: params.run_id, epoch };
      await guard.demandHeld(agent, run);
      const bytes = Buffer.from(base64, 'base64');
      if (bytes.length > MOST_BLOB_BYTES) throw new Problem('too-large', `a body has ${MOST_BLOB_BYTES} bytes at most`);
      await guard.putting(run, bytes, hash('sha256', bytes));
      return { status: 200, body: { hash: await blobs.put(bytes) } };
    },
  });

const getBlob = ({ guard, blobs }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'GET',
    path: '/api/v1/agent/blobs/:hash',
    operationId: 'agentGetBlob',
    summary: 'A body of a run that is held: a file of it, or what its history names',
    params: blobParams,
    responses: { 200: blobBody },
    handle: async ({ params, agent }) => {
      const bytes = (await guard.mayGet(agent, params.hash)) ? await blobs.get(params.hash) : undefined;
      if (bytes === undefined) throw new Problem('not-found', `no run that this agent holds has a body ${params.hash}`);
      return { status: 200, body: { base64: Buffer.from(bytes).toString('base64') } };
    },
  });

export const inputRoutes = (deps: ProtocolDeps): readonly Route[] =>
  [inputs, keep, putBlob, getBlob].map((route) => route(deps));
