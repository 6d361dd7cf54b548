'use strict';

// Which variant to deploy, and when the answer would change. The one implementation of the rule: the command line and
// the page both ask it. Pure: the same data and the same input give the same answer; no clock, no chance, no network.
// A plain script: `require` gives it to Node, and a page has it as globalThis.portcullisChoose (after cost.js).
//
// `data` is the member "data" of choice.json. All its times are nanoseconds; money is US dollars for a million requests.
(function (root) {
  const { cost } = root.portcullisCost || require('./cost.js');

  // --- input ---------------------------------------------------------------------------------------------------------

  // One row an input; the page makes its form of them and the command line its options.
  const INPUTS = [
    {
      name: 'trigger',
      kind: 'one',
      values: ['viewer-request', 'origin-request', 'lambda-authorizer', 'worker', 'server'],
      default: 'viewer-request',
      label: 'where the check runs',
    },
    { name: 'runtime', kind: 'one', values: ['node', 'python', 'either'], default: 'node', label: 'language in use' },
    {
      name: 'algorithms',
      kind: 'some',
      values: ['HS256', 'RS256', 'ES256', 'EdDSA'],
      least: 1,
      default: ['HS256'],
      label: 'signatures to verify',
    },
    { name: 'rps', kind: 'number', least: 0.001, most: 1e7, default: 50, label: 'requests per second' },
    {
      name: 'requests_per_sandbox',
      kind: 'number',
      whole: true,
      least: 1,
      most: 1e9,
      default: 200,
      label: 'requests in the life of one sandbox',
    },
    { name: 'p99_ms', kind: 'number', least: 0.001, most: 1e6, optional: true, default: null, label: 'p99 budget in ms' },
    { name: 'accepts', kind: 'some', values: ['native-binary', 'toolchain', 'own-code'], least: 0, default: [], label: 'the team accepts' },
    {
      name: 'need',
      kind: 'one',
      values: ['identity', 'files'],
      default: 'identity',
      label: 'who a user is, or only that they may see the files',
    },
    { name: 'claims', kind: 'one', values: ['rules', 'scope'], default: 'rules', label: 'rules on claims, or one scope only' },
    { name: 'keys', kind: 'one', values: ['fixed', 'rotate'], default: 'fixed', label: 'do the keys change by themselves' },
    {
      name: 'current',
      kind: 'one',
      values: ['nothing', 'string-secret', 'key-object'],
      default: 'nothing',
      label: 'in use today: nothing, jsonwebtoken with a string, jsonwebtoken with a KeyObject',
    },
  ];
  const ROWS = new Map(INPUTS.map((row) => [row.name, row]));

  class InputError extends Error {
    constructor(problems) {
      super(problems.join('; '));
      this.name = 'InputError';
      this.code = 'bad-input';
      this.problems = problems;
    }
  }

  function defaults() {
    return Object.fromEntries(INPUTS.map((row) => [row.name, Array.isArray(row.default) ? [...row.default] : row.default]));
  }

  function problemOf(row, value) {
    const shown = JSON.stringify(value);
    if (row.kind === 'one') {
      return row.values.includes(value) ? null : `${row.name}: expected one of ${row.values.join(', ')}; got ${shown}`;
    }
    if (row.kind === 'some') {
      if (!Array.isArray(value)) return `${row.name}: expected a list; got ${shown}`;
      const unknown = value.filter((word) => !row.values.includes(word));
      if (unknown.length) return `${row.name}: expected some of ${row.values.join(', ')}; got ${unknown.map(String).join(', ')}`;
      return value.length < row.least ? `${row.name}: expected at least ${row.least}` : null;
    }
    if (value === null && row.optional) return null;
    const fits = typeof value === 'number' && value >= row.least && value <= row.most;
    if (fits && (!row.whole || Number.isInteger(value))) return null;
    const what = row.whole ? 'a whole number' : 'a number';
    return `${row.name}: expected ${what} from ${row.least} to ${row.most}${row.optional ? ', or nothing' : ''}; got ${shown}`;
  }

  /** The input with its defaults, checked; lists in the order of the table and without repetition. */
  function normalise(input) {
    if (input === null || typeof input !== 'object' || Array.isArray(input)) {
      throw new InputError(['input: expected an object']);
    }
    const problems = Object.keys(input)
      .filter((name) => !ROWS.has(name))
      .map((name) => `${name}: not an input; known: ${[...ROWS.keys()].join(', ')}`);
    const whole = defaults();
    for (const row of INPUTS) {
      if (input[row.name] === undefined) continue;
      const problem = problemOf(row, input[row.name]);
      if (problem) problems.push(problem);
      else whole[row.name] = row.kind === 'some' ? row.values.filter((word) => input[row.name].includes(word)) : input[row.name];
    }
    if (problems.length) throw new InputError(problems);
    return whole;
  }

  /** The input as the part of a URL behind "#". */
  function encode(input) {
    const whole = normalise(input);
    return INPUTS.map((row) => {
      const value = whole[row.name];
      return `${row.name}=${value === null ? '' : Array.isArray(value) ? value.join(',') : value}`;
    }).join('&');
  }

  /** What `encode` made, with or without its "#". */
  function decode(hash) {
    const input = {};
    const problems = [];
    for (const pair of hash.replace(/^#/, '').split('&').filter(Boolean)) {
      const at = pair.indexOf('=');
      const name = at < 0 ? pair : pair.slice(0, at);
      let text = at < 0 ? '' : pair.slice(at + 1);
      try {
        text = decodeURIComponent(text);
      } catch {
        problems.push(`${name}: expected text of a URL`);
      }
      const row = ROWS.get(name);
      if (!row) problems.push(`${name}: not an input; known: ${[...ROWS.keys()].join(', ')}`);
      else if (row.kind === 'some') input[name] = text.split(',').filter(Boolean);
      else if (row.kind === 'number') input[name] = text === '' ? (row.optional ? null : NaN) : Number(text);
      else input[name] = text;
    }
    if (problems.length) throw new InputError(problems);
    return normalise(input);
  }

  // --- figures -------------------------------------------------------------------------------------------------------

  const unpacked = new WeakMap();

  /** Series by mode, contender and algorithm, and the claims by their key: unpacked once for each data. */
  function tables(data) {
    let made = unpacked.get(data);
    if (!made) {
      const series = new Map();
      for (const row of data.series) {
        const [mode, contender, algorithm, runtime, profile, client, n] = row.of.split(' ');
        const places = data.columns[mode];
        const point = Object.fromEntries(row.point.split(' ').map((value, i) => [places[i], Number(value)]));
        const spread = Object.fromEntries(
          row.spread.split(';').map((text, i) => [data.spreads[mode][i], text.split(' ').map(Number)]),
        );
        const whose = {
          mode,
          contender,
          algorithm,
          runtime,
          profile,
          client: client === '-' ? null : client,
          n: Number(n),
          where: row.where,
        };
        series.set(`${mode}|${contender}|${algorithm}`, { ...whose, point, spread });
      }
      made = { series, claims: new Map(data.claims.map((row) => claimOf(data, row)).map((claim) => [claimKey(claim), claim])) };
      unpacked.set(data, made);
    }
    return made;
  }

  function claimOf(data, row) {
    const [metric, subject, reference, algorithm, verdict, ...texts] = row.of.split(' ');
    const [ratio, low, high, floor, n, pairs] = texts.map((text) => (text === '-' ? null : Number(text)));
    const sentence = row.says && row.at !== undefined ? row.says + data.places[row.at] : row.says || '';
    return { metric, subject, reference, algorithm, verdict, ratio, low, high, floor, n, pairs, sentence };
  }

  function claimKey({ metric, subject, reference, algorithm }) {
    return `${metric}|${subject}|${reference}|${algorithm}`;
  }

  /** The values of one resampling; its spread is in thousandths of the whole run's value. */
  function resampled(data, series, number) {
    const values = {};
    for (const [name, value] of Object.entries(series.point)) {
      values[name] = value * (1 + series.spread[spreadOf(data, name)][number] / 1000);
    }
    return values;
  }

  /** Whose spread a figure has: the p99s of lives up to the measured hundred requests share one, those of longer ones another. */
  function spreadOf(data, name) {
    if (!name.startsWith('tail')) return name;
    const [short, long] = data.spread_tails;
    return `tail${Number(name.slice('tail'.length)) <= Math.max(...data.lives) ? short : long}`;
  }

  /** Between two measured places, in a straight line. */
  function between(places, values, at) {
    const last = places.length - 1;
    if (at <= places[0]) return values[0];
    for (let i = 1; i <= last; i += 1) {
      if (at <= places[i]) {
        const share = (at - places[i - 1]) / (places[i] - places[i - 1]);
        return values[i - 1] + share * (values[i] - values[i - 1]);
      }
    }
    return values[last];
  }

  /** The time of the first k requests without the start: measured to the hundredth, steady behind it. */
  function firstRequests(data, values, k) {
    if (values.warm !== undefined) return k * values.warm;
    const places = [0, ...data.lives];
    const sums = [0, ...data.lives.map((n) => values[`sum${n}`])];
    const last = places[places.length - 1];
    return k <= last ? between(places, sums, k) : sums[sums.length - 1] + (k - last) * values.steady;
  }

  /**
   * The p99 of what a request waits for, the start included; null where it is not measured: of single calls a process keeps
   * averages over half a millisecond, whose p99 is another thing.
   */
  function p99Of(data, values, k) {
    if (values.warm !== undefined) return null;
    return between(
      data.tails.map((n) => Math.log(n)),
      data.tails.map((n) => values[`tail${n}`]),
      Math.log(k),
    );
  }

  /** One value for all the algorithms: the mean of what a request takes, and the worst p99. */
  function figures(data, input, platform, parts) {
    const k = input.requests_per_sandbox;
    const price = data.prices.platforms[platform.price];
    const counted = price.init_billed ? 1 : 0;
    let score = 0;
    let p99 = 0;
    let money = 0;
    for (const values of parts) {
      const requests = firstRequests(data, values, k) / k;
      score += (requests + (counted * (values.ready || 0)) / k) / parts.length;
      const slow = p99Of(data, values, k);
      p99 = slow === null ? null : Math.max(p99, slow);
      const bill = cost(price, {
        requests: 1e6,
        duration_ms: requests / 1e6,
        init_ms: (values.ready || 0) / 1e6,
        memory_mb: 128,
        requests_per_sandbox: k,
      });
      money = bill === null ? null : money + bill.total / parts.length;
    }
    return { score, p99, cost: money };
  }

  // --- filters -------------------------------------------------------------------------------------------------------

  const FAMILY = { node: 'Node', python: 'Python', workerd: 'Workers' };

  function modeOf(platform) {
    return { workers: 'worker', server: 'server' }[platform.target] || 'lambda';
  }

  function families(input, platform) {
    if (platform.runtimes.includes('workerd')) return ['workerd'];
    return input.runtime === 'either' ? platform.runtimes : [input.runtime];
  }

  function size(bytes) {
    return bytes >= 1e6 ? `${(bytes / 1e6).toPrecision(3)} MB` : `${(bytes / 1e3).toPrecision(3)} KB`;
  }

  /** Why this contender cannot be the answer, whatever its figures are; null when it can. */
  function filter(input, platform, one) {
    if (one.role === 'baseline' || !one.decides) return 'decides nothing: it is the floor that the others stand on';
    if (one.role === 'historical') return 'kept as history: it decides differently from the policy';
    if (!families(input, platform).includes(one.runtime)) {
      return `runs on ${FAMILY[one.runtime]}, which isn't what was asked for`;
    }
    if (!one.targets.includes(platform.target)) return `can't be deployed to ${platform.title}`;
    const missing = input.algorithms.filter((algorithm) => !one.algorithms.includes(algorithm));
    if (missing.length) return `can't verify ${missing.join(', ')}`;
    const refused = one.accepts.filter((thing) => !input.accepts.includes(thing));
    if (refused.length) return `needs ${refused.join(' and ').replace('-', ' ')}, which the team doesn't accept`;
    if (one.status !== 'measured') return `${one.status} in this run: ${one.reasons[0] || 'no reason was kept'}`;
    for (const algorithm of input.algorithms) {
      const sizes = one.sizes[algorithm] || {};
      if (platform.zip && sizes.zip > platform.zip) return `its zip of ${size(sizes.zip)} is over ${size(platform.zip)}`;
      if (platform.unpacked && sizes.unpacked > platform.unpacked) return `unpacked it is over ${size(platform.unpacked)}`;
      if (platform.compressed && sizes.gzip > platform.compressed) return `compressed it is over ${size(platform.compressed)}`;
    }
    return null;
  }

  /** The contenders, each with the reason that keeps it out or with its figures. */
  function judge(data, input, platform) {
    const { series } = tables(data);
    const mode = modeOf(platform);
    return data.contenders.map((one) => {
      const why = filter(input, platform, one);
      if (why) return { one, why };
      const parts = input.algorithms.map((algorithm) => series.get(`${mode}|${one.name}|${algorithm}`));
      const missing = input.algorithms.filter((_, i) => !parts[i]);
      if (missing.length) return { one, unmeasured: true, why: `this run has no figures of it with ${missing.join(', ')}` };
      const started = parts.map((part) => part.point.ready || 0);
      if (platform.startup_ms && Math.max(...started) > platform.startup_ms * 1e6) {
        return { one, why: `its start takes more than ${platform.startup_ms} ms` };
      }
      const found = {
        one,
        parts,
        why: null,
        ...figures(
          data,
          input,
          platform,
          parts.map((part) => part.point),
        ),
      };
      if (input.p99_ms !== null && found.p99 !== null && found.p99 > input.p99_ms * 1e6) {
        return { ...found, late: true, why: `its p99 of ${time(found.p99)} is over the budget of ${input.p99_ms} ms` };
      }
      return found;
    });
  }

  // --- the rule ------------------------------------------------------------------------------------------------------

  /** js-tuned is no step at all for a team that has jsonwebtoken already. */
  function complexity(input, one) {
    return input.current !== 'nothing' && one.name === 'js-tuned' ? -1 : one.complexity;
  }

  /** One that is at least as good in all of time, p99, money and simplicity, and better in one of them. */
  function dominator(input, kept, found) {
    const of = (one) => [one.score, one.p99 || 0, one.cost || 0, complexity(input, one.one)];
    const mine = of(found);
    const better = kept.filter((other) => {
      const theirs = of(other);
      return theirs.every((value, i) => value <= mine[i]) && theirs.some((value, i) => value < mine[i]);
    });
    return better.sort(byPreference(input))[0] || null;
  }

  function paretoSet(input, kept) {
    return kept.filter((found) => dominator(input, kept, found) === null);
  }

  /**
   * Which of the analysis's metrics decide for a life of this length, the first one that is not in doubt. Under a CPU
   * quota the wait is CPU time, stretched; the wait itself comes in steps of the quota's period and is far noisier. So the
   * second metric is the CPU time of the same life, from the lives of which the run has most: those at full speed.
   */
  function decidingMetrics(input, platform) {
    if (modeOf(platform) !== 'lambda') return ['warm'];
    if (input.requests_per_sandbox < 10) return ['ready'];
    return input.requests_per_sandbox < 1000 ? ['lifetime', 'lifetime_cpu'] : ['warm'];
  }

  function marginOf(data, metric) {
    return metric === 'warm' ? data.margins.warm : data.margins.cold;
  }

  /** The claims that compare two contenders: the direct one, or both against the reference that they share. */
  function claimsBetween(data, metric, algorithm, subject, other) {
    const { claims } = tables(data);
    const find = (name, reference) => claims.get(claimKey({ metric, subject: name, reference, algorithm }));
    const direct = find(subject, other);
    if (direct) return { ratio: direct.ratio, low: direct.low, high: direct.high, verdict: direct.verdict, from: [direct] };
    const inverse = find(other, subject);
    if (inverse) {
      const turned = { faster: 'slower', slower: 'faster' };
      const verdict = turned[inverse.verdict] || inverse.verdict;
      const [low, high] = [inverse.high, inverse.low].map((end) => (end === null ? null : 1 / end));
      return { ratio: 1 / inverse.ratio, low, high, verdict, from: [inverse] };
    }
    for (const reference of data.references) {
      const a = find(subject, reference);
      const b = find(other, reference);
      if (a && b) return indirect(data, metric, a, b);
    }
    return null;
  }

  /** Two claims against one reference: they tell the two apart only when both have intervals, which don't meet. */
  function indirect(data, metric, a, b) {
    const ratio = a.ratio / b.ratio;
    const from = [a, b];
    if (from.some((claim) => claim.verdict === 'invalid')) return { ratio, low: null, high: null, verdict: 'invalid', from };
    if ([a.low, a.high, b.low, b.high].includes(null)) return { ratio, low: null, high: null, verdict: 'undecided', from };
    const low = a.low / b.high;
    const high = a.high / b.low;
    const margin = marginOf(data, metric);
    const floor = Math.max(a.floor || 1, b.floor || 1);
    let verdict = 'undecided';
    if (low > 1 - margin && high < 1 + margin) verdict = high < 1 / floor || low > floor ? 'small' : 'equivalent';
    else if (high < 1 / floor && ratio <= 1 - margin) verdict = 'faster';
    else if (low > floor && ratio >= 1 / (1 - margin)) verdict = 'slower';
    return { ratio, low, high, verdict, from };
  }

  /** What the claims say on one against another: "faster", "slower", "doubt", "none" or "no claim". */
  function compare(data, input, platform, subject, other) {
    const [first, ...others] = decidingMetrics(input, platform).map((metric) => compareBy(data, input, metric, subject, other));
    if (first.says !== 'doubt') return first;
    return others.find((one) => one.says !== 'doubt' && one.says !== 'no claim') || first;
  }

  function compareBy(data, input, metric, subject, other) {
    const found = input.algorithms.map((algorithm) => claimsBetween(data, metric, algorithm, subject.one.name, other.one.name));
    if (found.some((claim) => claim === null)) return { says: 'no claim', metric, found: found.filter(Boolean) };
    const verdicts = found.map((claim) => claim.verdict);
    const doubtful = verdicts.some((verdict) => verdict === 'undecided' || verdict === 'invalid');
    let says = 'none';
    if (verdicts.includes('slower')) says = 'slower';
    else if (doubtful) says = 'doubt';
    else if (verdicts.includes('faster')) says = 'faster';
    return { says, metric, found };
  }

  /** The share of the resamplings in which one takes less time a request than another. */
  function shareFaster(data, input, platform, subject, other) {
    let faster = 0;
    for (let i = 0; i < data.resamplings; i += 1)
      faster += scoreIn(data, input, platform, subject, i) < scoreIn(data, input, platform, other, i);
    return faster / data.resamplings;
  }

  function scoreIn(data, input, platform, found, number) {
    return figures(
      data,
      input,
      platform,
      found.parts.map((part) => resampled(data, part, number)),
    ).score;
  }

  function byPreference(input) {
    return (a, b) =>
      complexity(input, a.one) - complexity(input, b.one) || a.score - b.score || (a.one.name < b.one.name ? -1 : 1);
  }

  // In so many of the resamplings the gain that a claim is about has to show in the time of a request, too.
  const SURE = 0.95;

  /** What speaks for one in the place of another: "beats", "unsure", "doubt", "below" the margin, "none" or "no claim". */
  function contest(data, input, platform, found, other) {
    const verdict = compare(data, input, platform, found, other);
    const gain = 1 - found.score / other.score;
    const share = () => shareFaster(data, input, platform, found, other);
    let says = verdict.says === 'no claim' ? 'no claim' : 'none';
    if (gain < marginOf(data, verdict.metric)) says = 'below';
    else if (verdict.says === 'faster') says = share() < SURE ? 'unsure' : 'beats';
    else if (verdict.says === 'doubt' && share() >= 0.5) says = 'doubt';
    return { says, verdict, gain };
  }

  /** Of equally simple ones the reference, unless the quickest beats it: the run's estimates alone don't decide between them. */
  function amongEquals(data, input, platform, equals) {
    const [quickest] = equals.sort(byPreference(input));
    const known = equals.find((found) => found.one.role === 'reference');
    if (!known || known === quickest) return quickest;
    return contest(data, input, platform, quickest, known).says === 'beats' ? quickest : known;
  }

  /**
   * From the simplest on: a more complex one takes its place only by a claim, and only for a gain worth having. It has to
   * beat those that were passed over on the way and are simpler than itself as well; else it is a doubt.
   */
  function prefer(data, input, platform, kept) {
    const rank = (found) => complexity(input, found.one);
    const order = paretoSet(input, kept).sort(byPreference(input));
    const least = Math.min(...kept.map(rank));
    let chosen = amongEquals(
      data,
      input,
      platform,
      kept.filter((found) => rank(found) === least),
    );
    let reason = null;
    let doubts = [];
    let passed = [];
    const notes = new Map();
    const note = (found, why) => notes.set(found.one.name, why);
    for (const found of order.filter((one) => one !== chosen)) {
      if (rank(found) === rank(chosen)) {
        note(found, `as simple as ${chosen.one.name}`);
        passed.push(found);
        continue;
      }
      const { says, verdict, gain } = contest(data, input, platform, found, chosen);
      if (says === 'beats') {
        const simpler = passed.filter((other) => rank(other) < rank(found));
        const contests = simpler.map((other) => ({ other, ...contest(data, input, platform, found, other) }));
        const open = contests.find((one) => one.says !== 'beats');
        if (open === undefined) {
          for (const beaten of [chosen, ...simpler]) note(beaten, `simpler, but ${found.one.name} beats it by a claim`);
          reason = { beaten: chosen, verdict, gain };
          chosen = found;
          doubts = [];
          passed = passed.filter((other) => !simpler.includes(other));
          continue;
        }
        note(found, `beats ${chosen.one.name} by a claim, but not ${open.other.one.name}, which is simpler`);
        doubts.push({ found, beaten: chosen, against: open.other, verdict: open.verdict, gain });
      } else if (says === 'below') {
        const by = gain > 0 ? `saves ${percent(gain)} of the time of a request` : 'saves no time';
        const margin = percent(marginOf(data, verdict.metric));
        note(found, `more complex than ${chosen.one.name} and ${by}: below the ${margin} called practical`);
      } else if (says === 'unsure') {
        note(found, `beats ${chosen.one.name} by a claim, but the time of a request in such a life does not show it for sure`);
      } else if (says === 'doubt') {
        note(found, `more complex than ${chosen.one.name}; this run cannot tell them apart`);
        doubts.push({ found, beaten: null, against: chosen, verdict, gain });
      } else {
        const why = says === 'no claim' ? 'no claim of this run compares them' : 'no claim makes it the faster one';
        note(found, `more complex than ${chosen.one.name}, and ${why}`);
      }
      passed.push(found);
    }
    return { chosen, reason, doubts, notes };
  }

  /** Why one as simple as the choice is not the choice: null where the run cannot tell the two apart. */
  function slowerThan(data, input, platform, found, chosen) {
    const { says } = compare(data, input, platform, chosen, found);
    if (says === 'faster') return 'a claim makes it the slower one';
    if (says !== 'no claim' || shareFaster(data, input, platform, chosen, found) < SURE) return null;
    return 'no claim compares them, but it takes more time in nearly all the resamplings';
  }

  /** Those as simple as the choice, and as good as this run can tell; with a note of each that is as simple. */
  function peersOf(data, input, { platform, kept, picked }) {
    if (!picked) return [];
    const { chosen, notes } = picked;
    const peers = [];
    for (const found of [...kept].sort(byPreference(input))) {
      if (found === chosen || complexity(input, found.one) !== complexity(input, chosen.one)) continue;
      const why = slowerThan(data, input, platform, found, chosen);
      if (why === null) peers.push(found);
      notes.set(found.one.name, `as simple as ${chosen.one.name}, and ${why || 'as good as this run can tell'}`);
    }
    return peers;
  }

  /** The doubt that is most worth settling first. */
  function byGain(doubts) {
    return [...doubts].sort((a, b) => b.gain - a.gain);
  }

  /**
   * Rounds until the claims in doubt would be settled, if the differences are as large as they look; null when the run
   * itself is in doubt. At least half as many again: the noise floor and Holm's correction stand in the way as well.
   * A round holds one pair of some rows, several of others, and of those that take turns one in a few rounds: so what is
   * reckoned is by how much the run has to be longer.
   */
  function roundsMore(data, doubts) {
    let most = null;
    for (const { verdict } of doubts) {
      for (const found of verdict.found) {
        if (found.verdict !== 'undecided') continue;
        const [claim] = found.from;
        const direct = found.from.length === 1 && claim.pairs !== null;
        const times = direct ? timesToFind(data, verdict.metric, claim) : timesToTell(data, verdict.metric, found);
        if (times !== null) most = Math.max(most || 1, Math.ceil(data.rounds * (Math.max(times, 1.5) - 1)));
      }
    }
    return most;
  }

  /** How many times the pairs find a difference of this size; how many find one of the margin is known. */
  function timesToFind(data, metric, claim) {
    const margin = -Math.log(1 - marginOf(data, metric));
    const effect = Math.max(Math.abs(Math.log(claim.ratio)), margin);
    return (claim.pairs * (margin / effect) ** 2) / claim.n;
  }

  /** An interval narrows with the root of the pairs: how many times as many until it no longer reaches over its own effect? */
  function timesToTell(data, metric, { ratio, low, high }) {
    if (low === null || high === null) return null;
    const half = Math.log(high / low) / 2;
    const effect = Math.max(Math.abs(Math.log(ratio)), -Math.log(1 - marginOf(data, metric)));
    return (half / effect) ** 2;
  }

  // --- answers that are none of the variants -------------------------------------------------------------------------

  function signedCookies(input) {
    if (!['viewer-request', 'origin-request'].includes(input.trigger)) return 'only CloudFront checks its signed cookies';
    return input.need === 'files' ? null : 'they say that somebody may see the files, not who it is';
  }

  function cloudfrontFunctions(data, input) {
    if (input.trigger !== 'viewer-request') return 'runs on viewer events only';
    const can = data.platforms['cloudfront-functions'].algorithms;
    const missing = input.algorithms.filter((algorithm) => !can.includes(algorithm));
    if (missing.length) return `can't verify ${missing.join(', ')}: its crypto module has hashes and HMAC only`;
    if (input.claims !== 'scope') return 'rules on claims want more code than its 10 KB and about 1 ms leave room for';
    return null;
  }

  // --- words ---------------------------------------------------------------------------------------------------------

  function digits(value) {
    if (value === 0) return '0';
    const rounded = Number(value.toPrecision(3));
    if (Math.abs(rounded) >= 1000) return String(rounded).replace(/\B(?=(\d{3})+$)/g, ',');
    return rounded.toPrecision(3);
  }

  function time(ns) {
    const [unit, name] = [
      [1e9, 's'],
      [1e6, 'ms'],
      [1e3, 'µs'],
      [1, 'ns'],
    ].find(([one]) => Math.abs(ns) >= 0.9995 * one) || [1, 'ns'];
    return `${digits(ns / unit)} ${name}`;
  }

  function percent(share) {
    return `${Number((share * 100).toPrecision(2))} %`;
  }

  function count(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
  }

  function money(dollars) {
    return dollars === null
      ? 'no price'
      : `$${dollars >= 100 ? count(Math.round(dollars)) : dollars.toFixed(dollars >= 0.1 ? 2 : 4)}`;
  }

  /** Where the figures come from, in the words of the claims. */
  function basis(data, found) {
    const n = Math.min(...found.parts.map((one) => one.n));
    const wheres = new Set(found.parts.map((one) => data.wheres[one.where]));
    return `${[...wheres].join('; ')}; n = ${n} processes`;
  }

  function figuresSentence(data, input, platform, found) {
    const billed = data.prices.platforms[platform.price].init_billed;
    const life = `a life of ${count(input.requests_per_sandbox)} requests`;
    const start = billed ? 'the start included, since it is billed' : 'the start not counted, since it is not billed';
    const price = found.cost === null ? '' : `; ${money(found.cost)} for a million requests`;
    const p99 = found.p99 === null ? 'the p99 of a request was not measured' : `p99 ${time(found.p99)}`;
    return `${time(found.score)} for a request in ${life}, ${start}; ${p99}${price} (${basis(data, found)}).`;
  }

  const METRIC_WORDS = {
    ready: 'start',
    lifetime: 'start and first 100 requests',
    lifetime_cpu: 'CPU time of start and first 100 requests',
    warm: 'warm call',
  };

  function claimSentences(verdict) {
    const own = [...new Set(verdict.found.flatMap((one) => one.from.map((claim) => claim.sentence)).filter(Boolean))];
    if (own.length) return own;
    return verdict.found.map(
      (one) =>
        `The ratio of the ${METRIC_WORDS[verdict.metric]} is ${digits(one.ratio)} ` +
        (one.low === null ? '(too few rounds for an interval).' : `(95 % CI ${digits(one.low)} to ${digits(one.high)}).`),
    );
  }

  function cautions(data, input, platform, found) {
    const said = [];
    const one = found.one;
    if (data.exploratory) said.push('This was a quick run: its claims are exploratory. `./dev study --full` settles them.');
    if (input.p99_ms !== null && found.p99 === null) {
      said.push('The p99 of a request was not measured: the p99 budget was not applied.');
    } else if (input.p99_ms !== null) {
      const within = shareWithin(data, input, platform, found);
      if (within < 0.95) {
        said.push(`The p99 is within the budget in ${percent(within)} of the ${data.resamplings} resamplings only.`);
      }
    }
    const zip = Math.max(...input.algorithms.map((algorithm) => (one.sizes[algorithm] || {}).zip || 0));
    if (platform.zip_older && zip > platform.zip_older) {
      said.push(`Its zip of ${size(zip)} is over the older limit of ${size(platform.zip_older)}, which some tools still apply.`);
    }
    const inRegion = platform.requests_per_second_per_region;
    if (inRegion && input.rps > inRegion) {
      said.push(`${count(input.rps)} requests/s are over the quota of ${count(inRegion)} in one Region, if they all come there.`);
    }
    if (input.keys === 'rotate' && platform.environment_variables === false) {
      said.push('The keys travel in the zip: each change of keys is a deployment, which takes minutes to reach every edge.');
    }
    if (input.trigger === 'origin-request') {
      said.push('Origin events do not run for what the cache answers: the token has to be part of the cache key.');
    }
    if (input.trigger === 'worker' && input.runtime === 'python') {
      said.push('The study measures JavaScript in Workers only; the language in use did not count.');
    }
    if (one.accepted) said.push(`${one.name} accepts ${one.accepted} crafted inputs that the policy's own variants refuse.`);
    return [...said, ...one.caveats.map((caveat) => `${one.name}: ${caveat}.`)];
  }

  function shareWithin(data, input, platform, found) {
    let within = 0;
    for (let i = 0; i < data.resamplings; i += 1) {
      within +=
        figures(
          data,
          input,
          platform,
          found.parts.map((part) => resampled(data, part, i)),
        ).p99 <=
        input.p99_ms * 1e6;
    }
    return within / data.resamplings;
  }

  // --- the answer ----------------------------------------------------------------------------------------------------

  function platformOf(data, input) {
    const found = Object.values(data.platforms).find(
      (platform) => platform.triggers.includes(input.trigger) && platform.target !== 'cloudfront-functions',
    );
    if (!found) throw new Error(`no platform has the trigger ${input.trigger}`);
    return found;
  }

  /** The answer without its words: cheap enough to be asked a few hundred times. */
  function decide(data, input) {
    const platform = platformOf(data, input);
    const judged = judge(data, input, platform);
    const kept = judged.filter((found) => found.why === null);
    const cookies = signedCookies(input);
    const functions = cloudfrontFunctions(data, input);
    const common = {
      platform,
      judged,
      kept,
      cookies,
      functions,
      picked: kept.length ? prefer(data, input, platform, kept) : null,
    };
    const variant = common.picked ? common.picked.chosen.one.name : null;
    if (cookies === null) return { ...common, kind: 'signed-cookies', variant: null };
    if (functions === null) return { ...common, kind: 'cloudfront-functions', variant: null };
    if (!kept.length) return { ...common, kind: judged.some((found) => found.unmeasured) ? 'undecided' : 'none', variant };
    if (common.picked.doubts.length) return { ...common, kind: 'undecided', variant };
    return { ...common, kind: variant === 'js-tuned' ? 'javascript-keyobject' : 'variant', variant };
  }

  function nameOf(decision) {
    if (decision.kind === 'variant' || decision.kind === 'javascript-keyobject') return decision.variant;
    return decision.kind === 'undecided' && decision.variant ? `undecided, until then ${decision.variant}` : decision.kind;
  }

  function headline(data, input, decision, rounds) {
    const { kind, platform, picked } = decision;
    const title = picked ? picked.chosen.one.title : '';
    const more = rounds === null ? 'it again' : `about ${count(rounds)} more rounds`;
    const elsewhere = data.mode === 'quick' ? '; ./dev study --full has' : '';
    switch (kind) {
      case 'signed-cookies':
        return 'Use CloudFront signed cookies: no code runs for a request.';
      case 'cloudfront-functions':
        return 'Use CloudFront Functions with the secret in a KeyValueStore: none of the variants here.';
      case 'javascript-keyobject':
        return input.current === 'string-secret'
          ? 'Pass a KeyObject instead of the string, and stay with JavaScript.'
          : 'Stay with JavaScript: jsonwebtoken, given a KeyObject.';
      case 'undecided':
        if (!picked)
          return `Undecided: this ${data.mode} run has no figures for ${input.algorithms.join(', ')} here${elsewhere}.`;
        return `Undecided: run ${more}. Until then ${picked.chosen.one.name} (${title}).`;
      case 'none':
        return decision.judged.some((found) => found.late)
          ? `None of the variants keeps the p99 below ${input.p99_ms} ms.`
          : `None of the variants can be deployed to ${platform.title} as asked.`;
      default:
        return `Deploy ${decision.variant} (${title}).`;
    }
  }

  function whyNone(input, { judged }) {
    const said = [];
    const late = judged.filter((found) => found.late).sort((a, b) => a.p99 - b.p99);
    if (late.length) {
      const [{ one, p99 }] = late;
      const nearest = `the nearest is ${one.name} with ${time(p99)}`;
      said.push(`The p99 of ${late.length} of ${judged.length} is over the budget of ${input.p99_ms} ms; ${nearest}.`);
      if (input.requests_per_sandbox <= 100) said.push('With 100 requests per sandbox or fewer, the p99 is that of a start.');
    }
    const reasons = new Map();
    for (const { why } of judged.filter((found) => !found.late)) reasons.set(why, (reasons.get(why) || 0) + 1);
    for (const [why, times] of reasons) said.push(`${times} of ${judged.length}: ${why}.`);
    return said;
  }

  function doubtSentence({ found, beaten, against, gain }) {
    const saves = `${percent(gain)} of the time of a request`;
    if (beaten === null) return `${found.one.name} would save ${saves}, if this run could tell:`;
    return (
      `${found.one.name} beats ${beaten.one.name} by a claim and saves ${saves}, ` +
      `but nothing shows it better than ${against.one.name}, which is simpler:`
    );
  }

  function sentences(data, input, decision, peers) {
    const { kind, platform, picked, kept } = decision;
    const said = [];
    if (kind === 'signed-cookies') {
      said.push(
        'Only "may see the files" is needed, and CloudFront checks a signed cookie by itself, once it was set after the login.',
      );
    }
    if (kind === 'cloudfront-functions') {
      const [here, there] = ['cloudfront-functions', platform.price].map((name) => data.prices.platforms[name]);
      said.push(
        'HS256 and one scope fit into its limits, it has no start to wait for, and it costs ' +
          `${money(cost(here, { requests: 1e6 }).total)} for a million requests against at least ` +
          `${money(there.per_million_requests)}. This study has not measured it.`,
      );
      if (input.keys === 'rotate') said.push('The secret changes in the KeyValueStore, without a deployment.');
    }
    if (!picked) return [...said, ...whyNone(input, decision)];
    const { chosen, reason, doubts, notes } = picked;
    if (kind === 'signed-cookies' || kind === 'cloudfront-functions') {
      said.push(`If that is no way for you: ${chosen.one.name} (${chosen.one.title}).`);
    }
    if (reason) {
      said.push(
        `${chosen.one.name} is more complex than ${reason.beaten.one.name} and saves ${percent(reason.gain)} ` +
          'of the time of a request, by a claim:',
      );
      said.push(...claimSentences(reason.verdict));
    } else if (kept.length === 1) {
      said.push(`${chosen.one.name} is the only variant left.`);
    } else {
      // One that beats it by a claim, and cannot be told from another one, is spoken of below.
      const claimed = doubts.some((doubt) => doubt.beaten !== null);
      const more = claimed ? '' : ', and no claim of this run makes a more complex one worth its price';
      said.push(`None of the ${kept.length} variants left is simpler than ${chosen.one.name}${more}.`);
    }
    if (peers.length) {
      const share = shareLeast(data, input, platform, [chosen, ...peers]);
      said.push(
        `As simple, and as good as this run can tell: ${peers.map((found) => found.one.name).join(', ')}. Of them ` +
          `${chosen.one.name} takes the least time in ${percent(share)} of the ${data.resamplings} resamplings.`,
      );
    }
    const [most, ...lesser] = byGain(doubts);
    if (most) {
      said.push(doubtSentence(most));
      said.push(...claimSentences(most.verdict));
    }
    if (lesser.length) {
      const gains = lesser.map((doubt) => `${doubt.found.one.name} (${percent(doubt.gain)})`);
      said.push(`Nor can it tell of ${gains.join(', ')}.`);
    }
    if (input.current === 'string-secret' && chosen.one.name === 'js-tuned') {
      const claims = input.algorithms.map((algorithm) => claimsBetween(data, 'warm', algorithm, 'js-article', 'js-tuned'));
      const found = claims.filter(Boolean);
      if (found.length) said.push('What the string costs:', ...found.flatMap((one) => claimSentences({ metric: 'warm', found: [one] })));
    }
    said.push(figuresSentence(data, input, platform, chosen));
    const next = [...notes].find(([name]) => peers.every((found) => found.one.name !== name));
    if (next && !reason) {
      const [name, why] = next;
      said.push(`Next: ${name}, ${why}.`);
    }
    if (kind === 'variant' && chosen.one.pack && platform.target !== 'server') {
      said.push(`\`./dev pack --variant ${chosen.one.pack} --target ${platform.target}\` makes its bundle.`);
    }
    return said;
  }

  /** In how many of the resamplings the first one takes the least time of them. */
  function shareLeast(data, input, platform, list) {
    let least = 0;
    for (let i = 0; i < data.resamplings; i += 1) {
      const scores = list.map((found) => scoreIn(data, input, platform, found, i));
      least += scores[0] === Math.min(...scores);
    }
    return least / data.resamplings;
  }

  /** In how many of the resamplings it takes the least time of all that are left, and in how many nearly the least. */
  function probabilities(data, input, decision) {
    const { kept, picked, platform } = decision;
    const best = new Map(kept.map((found) => [found.one.name, 0]));
    let near = 0;
    if (!picked) return { best, near: null };
    const margin = marginOf(data, decidingMetrics(input, platform)[0]);
    for (let i = 0; i < data.resamplings; i += 1) {
      const scores = kept.map((found) => scoreIn(data, input, platform, found, i));
      const least = Math.min(...scores);
      const first = kept[scores.indexOf(least)].one.name;
      best.set(first, best.get(first) + 1);
      near += scores[kept.indexOf(picked.chosen)] * (1 - margin) <= least;
    }
    for (const [name, times] of best) best.set(name, times / data.resamplings);
    return { best, near: near / data.resamplings };
  }

  function runnerUp(data, input, decision) {
    const others = decision.kept.filter((found) => found !== decision.picked.chosen);
    if (!others.length) return null;
    const { one, score, p99, cost: dollars } = prefer(data, input, decision.platform, others).chosen;
    const found = others.find((other) => other.one === one);
    const why = decision.picked.notes.get(one.name) || dominated(input, decision, found);
    return { name: one.name, title: one.title, why, score, p99, cost: dollars };
  }

  function dominated(input, decision, found) {
    const better = dominator(input, decision.kept, found);
    return better ? `${better.one.name} is no worse in time, p99, money and simplicity` : 'kept';
  }

  function considered(data, input, decision, best) {
    const notes = decision.picked ? decision.picked.notes : new Map();
    const rows = decision.judged.map((found) => {
      const name = found.one.name;
      let why = found.why;
      if (why === null) why = found === decision.picked.chosen ? 'the choice among the variants' : notes.get(name);
      if (why === undefined) why = dominated(input, decision, found);
      return {
        name,
        title: found.one.title,
        kept: found.why === null,
        why,
        complexity: found.one.complexity,
        score: found.score === undefined ? null : found.score,
        p99: found.p99 === undefined ? null : found.p99,
        cost: found.cost === undefined ? null : found.cost,
        probability_best: best.has(name) ? best.get(name) : null,
      };
    });
    for (const [name, why] of [
      ['signed-cookies', decision.cookies],
      ['cloudfront-functions', decision.functions],
    ]) {
      const price = data.prices.platforms[name];
      rows.push({
        name,
        title: price.title,
        kept: why === null,
        why: why === null ? 'can be used here' : why,
        complexity: null,
        score: null,
        p99: null,
        cost: why === null ? cost(price, { requests: 1e6 }).total : null,
        probability_best: null,
      });
    }
    return rows;
  }

  // --- flip points ---------------------------------------------------------------------------------------------------

  function hundredths(value) {
    return Math.round(value * 100) / 100;
  }

  // Where to look: a geometric ladder, and between two rungs with different answers by halving.
  const LADDERS = {
    requests_per_sandbox: { from: 1, to: 1e6, step: 1.3, round: Math.round, least: 1, words: 'requests per sandbox' },
    p99_ms: { from: 0.1, to: 10000, step: 1.25, round: hundredths, least: 0.01, words: 'ms of p99 budget' },
  };
  const TOGGLED = ['runtime', 'need', 'claims'];

  function rungs({ from, to, step, round }) {
    const values = [];
    for (let value = from; value < to * step; value *= step) values.push(round(Math.min(value, to)));
    return [...new Set(values)];
  }

  function numberFlips(data, input, name, own) {
    const ladder = LADDERS[name];
    const answer = (value) => nameOf(decide(data, { ...input, [name]: value }));
    const start = input[name];
    const found = [];
    for (const up of [false, true]) {
      // No budget is an endless one: every value is below it.
      if (start === null && up) continue;
      let same = start === null ? Infinity : start;
      const values = rungs(ladder).filter((value) => (up ? value > same : value < same));
      if (!up) values.reverse();
      for (const value of values) {
        if (answer(value) === own) {
          same = value;
          continue;
        }
        let other = value;
        if (same !== Infinity) {
          while (Math.abs(other - same) > ladder.least * 1.5) {
            const middle = ladder.round((other + same) / 2);
            if (middle === other || middle === same) break;
            if (answer(middle) === own) same = middle;
            else other = middle;
          }
        }
        found.push({ at: other, keeps: same === Infinity ? null : same, becomes: answer(other), up });
        break;
      }
    }
    return found.map(({ at, keeps, becomes, up }) => {
      const edge = `${count(at)} ${ladder.words}`;
      const why = ruleChanges(data, input, name, Math.max(at, keeps));
      const mark = why === null ? '' : ` (here the rule itself changes: ${why})`;
      const sentence = `${up ? `From ${edge} on` : `At ${edge} and below`}: ${becomes}${mark}.`;
      return { input: name, at, keeps, becomes, rule: why !== null, sentence };
    });
  }

  // The first life of each other way to decide. A flip at one of them is the rule's, and says nothing on the variants.
  const CHANGES = new Map([
    [10, 'below 10 requests the start alone decides'],
    [101, 'up to 100 requests the p99 is that of a start'],
    [1000, 'from 1,000 requests on the warm call decides'],
  ]);

  function ruleChanges(data, input, name, life) {
    if (name !== 'requests_per_sandbox' || modeOf(platformOf(data, input)) !== 'lambda') return null;
    if (life === 101 && input.p99_ms === null) return null;
    return CHANGES.get(life) || null;
  }

  function toggleFlips(data, input, own) {
    const flips = [];
    const look = (name, value, sentence) => {
      const becomes = nameOf(decide(data, { ...input, [name]: value }));
      if (becomes !== own)
        flips.push({ input: name, at: value, keeps: input[name], becomes, rule: false, sentence: `${sentence}: ${becomes}.` });
    };
    for (const thing of ROWS.get('accepts').values) {
      const has = input.accepts.includes(thing);
      const value = ROWS.get('accepts').values.filter((word) => (word === thing ? !has : input.accepts.includes(word)));
      look('accepts', value, `If the team ${has ? 'no longer accepts' : 'accepts'} ${thing.replace('-', ' ')}`);
    }
    const words = {
      runtime: (value) => (value === 'either' ? 'If both languages are open' : `If the language is ${value}`),
      need: (value) => (value === 'files' ? 'If only "may see the files" is needed' : 'If it matters who the user is'),
      claims: (value) => (value === 'scope' ? 'If one scope is all that is checked' : 'If there are more rules on claims'),
    };
    for (const name of TOGGLED) {
      for (const value of ROWS.get(name).values) {
        if (value !== input[name]) look(name, value, words[name](value));
      }
    }
    return flips;
  }

  function flipPoints(data, input, decision) {
    const own = nameOf(decision);
    return [...Object.keys(LADDERS).flatMap((name) => numberFlips(data, input, name, own)), ...toggleFlips(data, input, own)];
  }

  // --- the door ------------------------------------------------------------------------------------------------------

  function choose(data, given) {
    const input = normalise(given);
    const decision = decide(data, input);
    const { kind, variant, picked, platform } = decision;
    const rounds = kind === 'undecided' && picked ? roundsMore(data, byGain(picked.doubts).slice(0, 1)) : null;
    const peers = peersOf(data, input, decision);
    const { best, near } = probabilities(data, input, decision);
    const measured = variant !== null;
    const monthly = input.rps * 86400 * 30;
    return {
      answer: headline(data, input, decision, rounds),
      kind,
      variant,
      name: nameOf(decision),
      sentences: sentences(data, input, decision, peers),
      cautions: picked ? cautions(data, input, platform, picked.chosen) : [],
      exploratory: data.exploratory,
      probability_best: measured ? best.get(variant) : null,
      probability_near_best: measured ? near : null,
      resamplings: data.resamplings,
      figures: picked ? pickedFigures(picked.chosen, monthly) : null,
      runner_up: picked ? runnerUp(data, input, decision) : null,
      flip_points: flipPoints(data, input, decision),
      considered: considered(data, input, decision, best),
      rounds_more: rounds,
      platform: platform.title,
      run: data.run,
      input,
    };
  }

  function pickedFigures({ one, score, p99, cost: dollars }, monthly) {
    const perMonth = dollars === null ? null : (dollars * monthly) / 1e6;
    return { name: one.name, score, p99, cost: dollars, cost_per_month: perMonth };
  }

  const library = { choose, normalise, defaults, encode, decode, inputs: INPUTS, InputError, time, money };
  root.portcullisChoose = library;
  if (typeof module === 'object' && module.exports) module.exports = library;
})(globalThis);
