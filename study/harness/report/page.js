'use strict';

// What is interactive on the page: theme, filters, sorting, the chooser's form and the cost explorer.
// The figures and tables are all in the HTML; without this script everything is shown.
(function () {
  const root = document.documentElement;
  const one = (id) => document.getElementById(id);
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const json = (id) => {
    const element = one(id);
    return element ? JSON.parse(element.textContent) : null;
  };

  /** An element; strings become text, never markup. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) element.setAttribute(key, '');
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  // --- state in the URL: #anchor;key=value;key=value ----------------------------------------------------------------

  const [firstAnchor, ...pairs] = location.hash.replace(/^#/, '').split(';');
  const state = new Map(pairs.filter((pair) => pair.includes('=')).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  let anchor = firstAnchor;

  function remember(key, value) {
    if (value === null) state.delete(key);
    else state.set(key, value);
    const rest = Array.from(state, ([name, text]) => `;${name}=${text}`).join('');
    try {
      history.replaceState(null, '', `#${anchor}${rest}`);
    } catch {
      // A page inside another one may not change its address.
    }
  }

  function stored(value) {
    try {
      if (value === undefined) return localStorage.getItem('portcullis-theme');
      localStorage.setItem('portcullis-theme', value);
    } catch {
      // Storage may be switched off: the URL still has it.
    }
    return null;
  }

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && one(link.getAttribute('href').slice(1));
    if (!target) return;
    event.preventDefault();
    anchor = target.id;
    remember('', null);
    show(target);
  });

  function show(target) {
    for (let fold = target.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    target.scrollIntoView();
    if (!target.hasAttribute('tabindex')) target.setAttribute('tabindex', '-1');
    target.focus({ preventScroll: true });
  }

  // --- theme --------------------------------------------------------------------------------------------------------

  const themeButton = one('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
  function nameTheme() {
    themeButton.textContent = isDark() ? 'Light theme' : 'Dark theme';
  }
  const wanted = state.get('theme') || stored();
  if (wanted === 'dark' || wanted === 'light') root.dataset.theme = wanted;
  themeButton.hidden = false;
  nameTheme();
  system.addEventListener('change', nameTheme);
  themeButton.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    stored(root.dataset.theme);
    remember('theme', root.dataset.theme);
    nameTheme();
  });

  // --- filters ------------------------------------------------------------------------------------------------------

  const filters = one('filters');
  const groups = all('fieldset[data-filter]', filters).map((set) => ({ key: set.dataset.filter, buttons: all('button', set) }));
  const roles = new Map(all('#t-summary tr[data-name]').map((row) => [row.dataset.name, row.dataset.role]));
  const valueOf = (data, key) => data[key] || (key === 'role' ? roles.get(data.name) : undefined);
  const pressed = (group) => group.buttons.filter((button) => button.getAttribute('aria-pressed') === 'true').map((button) => button.dataset.value);

  function filter() {
    const kept = Object.fromEntries(groups.map((group) => [group.key, new Set(pressed(group))]));
    const fits = (data) => groups.every(({ key }) => !valueOf(data, key) || kept[key].has(valueOf(data, key)));
    for (const element of all('main [data-rt], main [data-alg], main [data-role], main [data-name]')) element.hidden = !fits(element.dataset);
    for (const element of all('svg [data-c]')) {
      const role = roles.get(element.dataset.c);
      element.classList.toggle('off', Boolean(kept.role && role && !kept.role.has(role)));
    }
    for (const section of all('main section')) {
      const empty = section.querySelector('.empty');
      const charts = all('figure, .table', section);
      if (empty) empty.style.display = charts.length && charts.every((chart) => chart.hidden || chart.closest('[hidden]')) ? 'block' : 'none';
    }
    const words = groups.map((group) => {
      const names = group.buttons.filter((button) => button.getAttribute('aria-pressed') === 'true').map((button) => button.textContent);
      if (names.length === group.buttons.length) return `every ${{ alg: 'algorithm', rt: 'runtime', role: 'role' }[group.key]}`;
      return names.length ? names.join(', ') : 'nothing';
    });
    one('now').textContent = `showing ${words.join(' · ')}`;
  }

  for (const group of groups) {
    const given = state.get(group.key);
    if (given !== undefined) {
      const values = new Set(given.split(','));
      for (const button of group.buttons) button.setAttribute('aria-pressed', String(values.has(button.dataset.value)));
    }
    for (const button of group.buttons) {
      button.addEventListener('click', () => {
        button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
        remember(group.key, pressed(group).join(','));
        filter();
      });
    }
  }
  if (filters && groups.length) {
    filters.hidden = false;
    one('all').addEventListener('click', () => {
      for (const group of groups) {
        for (const button of group.buttons) button.setAttribute('aria-pressed', 'true');
        remember(group.key, pressed(group).join(','));
      }
      filter();
    });
    filter();
  }

  // --- sorting ------------------------------------------------------------------------------------------------------

  document.addEventListener('click', (event) => {
    const button = event.target.closest('thead button');
    if (!button) return;
    const head = button.closest('th');
    const table = head.closest('table');
    const column = Array.from(head.parentElement.children).indexOf(head);
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of all('th[aria-sort]', table)) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const keyed = all('tbody tr', table).map((row) => {
      const cell = row.children[column];
      const number = cell && cell.dataset.s !== undefined ? Number(cell.dataset.s) : null;
      return { row, number, text: cell ? cell.textContent : '' };
    });
    const order = (a, b) => {
      if (a.number !== null && b.number !== null) return a.number - b.number;
      if (a.number !== null || b.number !== null) return a.number === null ? 1 : -1;
      return a.text.localeCompare(b.text, 'en');
    };
    keyed.sort((a, b) => (up ? order(a, b) : order(b, a)));
    table.tBodies[0].append(...keyed.map(({ row }) => row));
  });

  // --- fields -------------------------------------------------------------------------------------------------------

  function field(row, value, changed) {
    const id = `in-${row.name}`;
    if (row.kind === 'some') {
      const boxes = row.values.map((word) => {
        const box = make('input', { type: 'checkbox', name: row.name, value: word });
        box.checked = value.includes(word);
        box.addEventListener('change', changed);
        return make('label', { class: 'pick' }, box, word.replace('-', ' '));
      });
      return make('fieldset', { class: 'field' }, make('legend', {}, row.label), ...boxes);
    }
    let input;
    if (row.kind === 'one') {
      input = make('select', { id, name: row.name }, ...row.values.map((word) => make('option', { value: word }, word.replace(/-/g, ' '))));
      input.value = value;
    } else {
      input = make('input', { id, name: row.name, type: 'number', min: row.least, max: row.most, step: row.whole ? 1 : 'any', inputmode: 'decimal' });
      input.value = value === null ? '' : value;
      if (row.optional) input.placeholder = 'none';
    }
    input.addEventListener(row.kind === 'one' ? 'change' : 'input', changed);
    return make('div', { class: 'field' }, make('label', { for: id }, row.label), input);
  }

  const list = (texts) => make('ul', {}, ...texts.map((text) => make('li', {}, text)));
  const share = (value) => (value === null || value === undefined ? '–' : `${(value * 100).toPrecision(2)} %`.replace('1.0e+2', '100'));

  function table(caption, heads, rows) {
    const head = make('tr', {}, ...heads.map((text) => make('th', { scope: 'col' }, make('button', { type: 'button' }, text))));
    const body = rows.map((cells) =>
      make('tr', {}, ...cells.map((cell, i) => make(i ? 'td' : 'th', i ? { class: cell.words ? 'words' : null, 'data-s': cell.sort } : { scope: 'row' }, cell.text, cell.small ? make('small', {}, cell.small) : null))),
    );
    const inner = make('table', {}, make('caption', {}, make('span', {}, caption)), make('thead', {}, head), make('tbody', {}, ...body));
    return make('div', { class: 'table scroll', tabindex: '0', role: 'region', 'aria-label': caption }, inner);
  }

  // --- chooser ------------------------------------------------------------------------------------------------------

  function chooser() {
    const place = one('chooser');
    const data = json('choice-data');
    const library = globalThis.portcullisChoose;
    if (!place || !data || !library) return;
    let input = library.defaults();
    if (state.has('choose')) {
      try {
        input = library.decode(state.get('choose').replace(/\+/g, '&'));
      } catch {
        // Someone else's address: begin with the defaults.
      }
    }
    const form = make('form', { 'aria-label': 'Chooser' });
    const result = make('div', { class: 'result', 'aria-live': 'polite', id: 'choice' });
    form.addEventListener('submit', (event) => event.preventDefault());

    function read() {
      const given = {};
      for (const row of library.inputs) {
        const elements = all(`[name="${row.name}"]`, form);
        if (row.kind === 'some') given[row.name] = elements.filter((box) => box.checked).map((box) => box.value);
        else if (row.kind === 'number') given[row.name] = elements[0].value.trim() === '' ? (row.optional ? null : NaN) : Number(elements[0].value);
        else given[row.name] = elements[0].value;
      }
      return given;
    }

    function answer() {
      const given = read();
      let told;
      try {
        told = library.choose(data, given);
      } catch (error) {
        result.replaceChildren(make('p', { class: 'wrong' }, ...(error.problems || [error.message]).flatMap((text) => [text, make('br')])));
        return;
      }
      remember('choose', library.encode(given).replace(/&/g, '+'));
      const parts = [make('p', { class: 'said' }, told.answer), list(told.sentences)];
      if (told.cautions.length) parts.push(make('h4', {}, 'Caution'), list(told.cautions));
      if (told.probability_best !== null && told.probability_best !== undefined) {
        const near = told.probability_near_best === null ? '' : `; within the margin of the least in ${share(told.probability_near_best)}`;
        parts.push(make('p', { class: 'note' }, `It takes the least time of all that are left in ${share(told.probability_best)} of the resamplings${near}.`));
      }
      if (told.runner_up) parts.push(make('p', { class: 'note' }, `Runner-up: ${told.runner_up.name}. ${told.runner_up.why}.`));
      if (told.flip_points.length) parts.push(make('h4', {}, 'The answer changes'), list(told.flip_points.map((flip) => flip.sentence)));
      const time = (ns) => (ns === null ? '–' : library.time(ns));
      const money = (dollars) => (dollars === null ? '–' : library.money ? library.money(dollars) : `$${dollars.toPrecision(3)}`);
      const rows = told.considered.map((row) => [
        { text: row.name },
        { text: row.why, words: true },
        { text: time(row.score), sort: row.score },
        { text: time(row.p99), sort: row.p99 },
        { text: money(row.cost), sort: row.cost },
        { text: share(row.probability_best), sort: row.probability_best },
      ]);
      const heads = ['variant', 'why, or why not', 'a request, start included', 'p99', '$ for a million', 'least time in'];
      const opened = result.querySelector('details');
      const more = make('details', { open: Boolean(opened && opened.open) }, make('summary', {}, `Everything considered (${rows.length})`), table('Every variant and what became of it', heads, rows));
      result.replaceChildren(...parts, more);
    }

    const fields = library.inputs.map((row) => field(row, input[row.name], answer));
    const reset = make('button', { type: 'button' }, 'Back to the defaults');
    reset.addEventListener('click', () => {
      state.delete('choose');
      remember('', null);
      place.replaceChildren();
      place.removeAttribute('data-ready');
      chooser();
    });
    form.append(make('div', { class: 'fields' }, ...fields));
    place.replaceChildren(make('h3', {}, 'Chooser'), form, result, reset);
    place.hidden = false;
    answer();
    if (!state.get('choose') || state.get('choose') === library.encode(library.defaults()).replace(/&/g, '+')) remember('choose', null);
  }

  // --- cost explorer ------------------------------------------------------------------------------------------------

  function explorer() {
    const place = one('cost-explorer');
    const data = json('cost-data');
    const library = globalThis.portcullisCost;
    if (!place || !data || !library) return;
    const priced = Object.entries(data.prices.platforms || data.prices).filter(([, price]) => price && price.per_million_requests !== undefined);
    const measured = { 'lambda-edge': ['node', 'python'], lambda: ['node', 'python'], workers: ['workerd'] };
    const usable = priced.filter(([name]) => measured[name]);
    if (!usable.length) return;
    const fixed = priced.filter(([name, price]) => !measured[name] && !price.per_gb_second);
    const result = make('div', { class: 'result', 'aria-live': 'polite', id: 'costs' });
    const fields = make('div', { class: 'fields' });
    const values = { platform: data.defaults.platform, requests: data.defaults.requests, life: data.defaults.life, memory: data.defaults.memory };

    /** The mean of what a request takes in a life of so many; between the known sums lie straight lines. */
    function duration(usage, life) {
      let before = [0, 0];
      for (const [k, sum] of usage.sums) {
        if (life <= k) return (before[1] + ((life - before[0]) / (k - before[0])) * (sum - before[1])) / life;
        before = [k, sum];
      }
      return (before[1] + (life - before[0]) * usage.steady_ms) / life;
    }

    function numbers() {
      for (const element of all('input, select', fields)) {
        if (element.type === 'checkbox') values[element.name] = element.checked;
        else values[element.name] = element.type === 'number' ? Number(element.value) : element.value;
      }
    }

    function count() {
      numbers();
      const price = { ...Object.fromEntries(usable)[values.platform] };
      for (const key of ['per_million_requests', 'per_gb_second', 'per_million_cpu_ms', 'granularity_ms']) if (values[key] !== undefined) price[key] = values[key];
      price.init_billed = values.init_billed;
      try {
        const dollars = (value) => (value === 0 ? '$0' : value < 1 ? `$${value.toPrecision(3)}` : `$${value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`);
        const rows = data.usage
          .filter((usage) => measured[values.platform].includes(usage.family))
          .map((usage) => {
            const billed = (form) =>
              library.cost(price, {
                requests: values.requests,
                duration_ms: duration(form, values.life),
                init_ms: form.ready_ms,
                memory_mb: values.memory,
                requests_per_sandbox: values.life,
              });
            const ends = usage.low && [billed(usage.low), billed(usage.high)];
            return { usage, ms: duration(usage, values.life), bill: billed(usage), ends };
          });
        if (!rows.length) throw new RangeError('No variant was measured for this platform in this run.');
        const cells = rows.map(({ usage, ms, bill, ends }) => [
          { text: usage.name, small: usage.note },
          { text: `${ms.toPrecision(3)} ms`, sort: ms, small: `n ${usage.n}` },
          ...['requests', 'duration', 'init', 'total'].map((key) => ({
            text: dollars(bill[key]),
            sort: bill[key],
            small: key !== 'requests' && ends && bill[key] ? `${dollars(ends[0][key])} to ${dollars(ends[1][key])}` : '',
          })),
        ]);
        for (const [, other] of fixed) {
          if (values.platform === 'workers') break;
          const bill = library.cost(other, { requests: values.requests });
          cells.push([{ text: other.title }, { text: 'not measured' }, ...['requests', 'duration', 'init', 'total'].map((key) => ({ text: dollars(bill[key]), sort: bill[key] }))]);
        }
        result.replaceChildren(table(`US dollars for ${values.requests.toLocaleString('en')} requests`, ['variant', 'a request', 'requests', 'duration', 'starts', 'together, below it the 95 % interval'], cells));
      } catch (error) {
        result.replaceChildren(make('p', { class: 'wrong' }, error.message));
      }
    }

    function build() {
      const price = Object.fromEntries(usable)[values.platform];
      const number = (name, label, value, least) => ({ name, kind: 'number', label, least, most: null, value });
      const rows = [
        number('requests', 'requests', values.requests, 0),
        number('life', 'requests in the life of one sandbox', values.life, 1),
        number('memory', 'memory in MB', values.memory, 1),
        number('per_million_requests', '$ for a million requests', price.per_million_requests, 0),
      ];
      if (price.per_gb_second !== undefined) rows.push(number('per_gb_second', '$ for a GB-second', price.per_gb_second, 0));
      if (price.per_million_cpu_ms !== undefined) rows.push(number('per_million_cpu_ms', '$ for a million ms of CPU', price.per_million_cpu_ms, 0));
      if (price.granularity_ms !== undefined) rows.push(number('granularity_ms', 'billed in steps of ms', price.granularity_ms, 0));
      for (const key of ['per_gb_second', 'per_million_cpu_ms', 'granularity_ms']) delete values[key];
      const select = make('select', { id: 'in-platform', name: 'platform' }, ...usable.map(([name, entry]) => make('option', { value: name }, entry.title || name)));
      select.value = values.platform;
      select.addEventListener('change', () => {
        numbers();
        build();
        count();
      });
      const billed = make('input', { type: 'checkbox', name: 'init_billed' });
      billed.checked = Boolean(price.init_billed);
      billed.addEventListener('change', count);
      fields.replaceChildren(
        make('div', { class: 'field' }, make('label', { for: 'in-platform' }, 'platform'), select),
        ...rows.map((row) => field({ ...row, name: row.name }, row.value, count)),
        make('fieldset', { class: 'field' }, make('legend', {}, 'starts'), make('label', { class: 'pick' }, billed, 'are billed')),
      );
      const source = price.source ? `Source: ${price.source}. ` : '';
      note.textContent = `${source}${price.note || ''} Prices as of ${data.prices.dated || data.prices.prices_dated || 'the run'}; change them above.`;
    }

    const note = make('p', { class: 'note' });
    build();
    place.replaceChildren(make('h3', {}, 'Cost explorer'), fields, note, result);
    place.hidden = false;
    count();
  }

  // --- claims -------------------------------------------------------------------------------------------------------

  function claims() {
    const place = one('claims');
    const packed = json('claims-data');
    if (!place || !packed) return;
    // Signs for names and frequent phrases: sections/reproduce.py puts them in.
    const unpack = ([s, r, text, verdict, own]) => {
      const [subject, reference] = [packed.names[s], packed.names[r]];
      const told = text.replace(/[\ue000-\ue0ff]/g, (sign) => {
        if (sign === '\ue000') return subject;
        return sign === '\ue001' ? reference : packed.phrases[sign.charCodeAt(0) - packed.first];
      });
      return [subject, reference, told, packed.verdicts[verdict], own];
    };
    const groupsOfClaims = packed.groups.map((group) => ({ ...group, claims: group.claims.map(unpack) }));
    const input = make('input', { type: 'text', id: 'in-find', placeholder: 'napi warm node24', autocomplete: 'off' });
    const box = make('div', { class: 'result', id: 'claim-list' });
    const idOf = (group, [subject, reference, , , own]) => own || `${group.metric}:${subject}:${reference}:${group.tail}`;

    function fill(fold, group, kept) {
      fold.append(make('ul', {}, ...kept.map((claim) => make('li', {}, `${claim[3]}: ${claim[2]}${group.end} `, make('code', {}, idOf(group, claim))))));
    }

    function find() {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const folds = [];
      for (const group of groupsOfClaims) {
        const kept = group.claims.filter((claim) => {
          const text = `${idOf(group, claim)} ${claim[2]} ${claim[3]}`.toLowerCase();
          return words.every((word) => text.includes(word));
        });
        if (!kept.length) continue;
        const fold = make('details', {}, make('summary', {}, `${group.metric}; ${group.where} (${kept.length})`));
        // Filled when it is opened: two thousand sentences at once are slow on a phone.
        fold.addEventListener('toggle', () => fold.children.length === 1 && fill(fold, group, kept));
        folds.push(fold);
      }
      box.replaceChildren(...(folds.length ? folds : [make('p', {}, 'No claim has all of these words.')]));
    }

    input.addEventListener('input', find);
    const total = groupsOfClaims.reduce((sum, group) => sum + group.claims.length, 0);
    place.replaceChildren(make('div', { class: 'field' }, make('label', { for: 'in-find' }, `Find among ${total.toLocaleString('en')} claims, by words of the id or the sentence`), input), box);
    place.hidden = false;
    find();
  }

  chooser();
  explorer();
  claims();

  const contents = document.querySelector('.contents details');
  if (contents && matchMedia('(max-width: 70rem)').matches) contents.open = false;
  const start = anchor && one(anchor);
  if (start && pairs.length) show(start);

  // The list of contents follows the reader.
  if ('IntersectionObserver' in globalThis) {
    const links = new Map(all('.contents a').map((link) => [link.getAttribute('href').slice(1), link]));
    const seen = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) continue;
          for (const link of links.values()) link.removeAttribute('aria-current');
          const link = links.get(target.id);
          if (link) link.setAttribute('aria-current', 'true');
        }
      },
      { rootMargin: '-15% 0px -75% 0px' },
    );
    for (const section of all('main > section')) seen.observe(section);
  }
})();
