'use strict';

// The loops that are timed. The runner loads this file twice: the floor's loop has compiled code of its own, so that
// neither call site ever sees the other's handler.

const now = () => Number(process.hrtime.bigint());

// `result` must be the very request, or a response of this status. Every result is looked at, so none can be skipped.
const isExpected = (result, request, status) => (status === null ? result === request : result?.status === status);

// Both return [nanoseconds, right answers, next index].

function timeSync(handler, { events, requests, status }, at, calls) {
  const count = events.length;
  let right = 0;
  let index = at;
  const begin = now();
  for (let i = 0; i < calls; i += 1) {
    if (isExpected(handler(events[index]), requests[index], status)) right += 1;
    index = index + 1 === count ? 0 : index + 1;
  }
  return [now() - begin, right, index];
}

async function timeAsync(handler, { events, requests, status }, at, calls) {
  const count = events.length;
  let right = 0;
  let index = at;
  const begin = now();
  for (let i = 0; i < calls; i += 1) {
    if (isExpected(await handler(events[index]), requests[index], status)) right += 1;
    index = index + 1 === count ? 0 : index + 1;
  }
  return [now() - begin, right, index];
}

module.exports = { timeSync, timeAsync };
