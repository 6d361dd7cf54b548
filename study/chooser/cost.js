'use strict';

// What a number of requests costs on one platform. Pure: prices and usage in, dollars out.
// A plain script: `require` gives it to Node, and a page has it as globalThis.portcullisCost.
(function (root) {
  const MB_PER_GB = 1024;

  function positive(usage, name, fallback, least) {
    const value = usage[name] === undefined || usage[name] === null ? fallback : usage[name];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
      throw new RangeError(`${name}: expected a number of at least ${least}`);
    }
    return value;
  }

  /** Whole steps; a duration that a rounding error puts behind a step counts as the step. */
  function billed(ms, granularity) {
    return granularity > 0 ? Math.ceil(ms / granularity - 1e-9) * granularity : ms;
  }

  /**
   * @param price one platform of prices.toml
   * @param usage { requests, duration_ms, memory_mb, init_ms, requests_per_sandbox, cpu_ms }: the duration and the CPU
   *   time of one request (CPU defaults to the duration), the start of one sandbox, and the requests of its life
   * @returns { requests, duration, init, total } in dollars, or null when the platform has no price for a request
   */
  function cost(price, usage) {
    if (price.per_million_requests === undefined) return null;
    const requests = positive(usage, 'requests', undefined, 0);
    const duration = positive(usage, 'duration_ms', 0, 0);
    const cpu = positive(usage, 'cpu_ms', duration, 0);
    const memory = positive(usage, 'memory_mb', 128, 1);
    const init = positive(usage, 'init_ms', 0, 0);
    const life = positive(usage, 'requests_per_sandbox', 1, 1);
    const perMs = ((price.per_gb_second || 0) * memory) / MB_PER_GB / 1000;
    const perCpuMs = (price.per_million_cpu_ms || 0) / 1e6;
    const step = price.granularity_ms || 0;
    const parts = {
      requests: (requests * (price.per_million_requests + (price.per_million_reads || 0))) / 1e6,
      duration: requests * (billed(duration, step) * perMs + billed(cpu, step) * perCpuMs),
      init: price.init_billed ? (requests / life) * billed(init, step) * (perMs + perCpuMs) : 0,
    };
    return { ...parts, total: parts.requests + parts.duration + parts.init };
  }

  const library = { cost };
  root.portcullisCost = library;
  if (typeof module === 'object' && module.exports) module.exports = library;
})(globalThis);
