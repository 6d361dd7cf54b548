// Wraps a contender for workerd and answers the driver's requests; see harness/worker.py.
// Clocks stand still inside a Worker while it computes, so nothing is timed here.

import { handler } from './worker.js';

const requestOf = (event) => event?.Records?.[0]?.cf?.request;

function outcomeOf(result, event) {
  const request = requestOf(event);
  if (request !== undefined && result === request) return 'allow';
  return typeof result?.status === 'string' ? result.status : 'neither a request nor a response';
}

async function gate(cases) {
  const outcomes = {};
  for (const { id, event } of cases) {
    const before = JSON.stringify(event);
    try {
      const result = await handler(event);
      const changed = JSON.stringify(event) !== before;
      const outcome = changed ? 'event changed' : outcomeOf(result, event);
      outcomes[id] = { outcome, response: outcome === 'allow' ? null : result };
    } catch (error) {
      outcomes[id] = { outcome: 'throws', response: String(error) };
    }
  }
  return { outcomes };
}

// The cell that is being timed, kept from request to request: plain data, nothing of a request.
let cell = null;
let at = 0;

async function prepare({ events, expected }) {
  cell = { events, requests: events.map(requestOf), status: expected === 'allow' ? null : expected, isPromise: false };
  at = 0;
  for (const event of events) {
    const answer = handler(event);
    cell.isPromise ||= typeof answer?.then === 'function';
    const outcome = outcomeOf(await answer, event);
    if (outcome !== expected) return { wrong: `answered ${outcome}, expected ${expected}` };
  }
  return {};
}

const isExpected = (result, request, status) => (status === null ? result === request : result?.status === status);

function timeSync(calls) {
  const { events, requests, status } = cell;
  let right = 0;
  for (let i = 0; i < calls; i += 1) {
    if (isExpected(handler(events[at]), requests[at], status)) right += 1;
    at = at + 1 === events.length ? 0 : at + 1;
  }
  return right;
}

async function timeAsync(calls) {
  const { events, requests, status } = cell;
  let right = 0;
  for (let i = 0; i < calls; i += 1) {
    if (isExpected(await handler(events[at]), requests[at], status)) right += 1;
    at = at + 1 === events.length ? 0 : at + 1;
  }
  return right;
}

async function calls(count) {
  const right = await (cell.isPromise ? timeAsync(count) : timeSync(count));
  return { right };
}

export default {
  async fetch(request) {
    const task = await request.json();
    try {
      const answer = task.cases ? await gate(task.cases) : task.prepare ? await prepare(task.prepare) : await calls(task.calls);
      return Response.json(answer);
    } catch (error) {
      return Response.json({ wrong: String(error) });
    }
  },
};
