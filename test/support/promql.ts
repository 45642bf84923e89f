/**
 * As much of PromQL as the queries of our guide take: selectors, `rate`, `sum`, `sum by`, `topk`, `histogram_quantile` and division, over
 * two scrapes. Anything else is refused, so a query that is evaluated here was read to its last letter.
 */
export type Labels = Readonly<Record<string, string>>;
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
/** The samples of a scrape by metric name. */
export type Scrape = ReadonlyMap<string, readonly Sample[]>;

/** Prometheus text format. */
export function readScrape(text: string): Scrape {
  const scrape = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text] as const);
    scrape.set(name, [...(scrape.get(name) ?? []), { labels: Object.fromEntries(pairs), value: Number(value) }]);
  }
  return scrape;
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)(?![a-z])|(\[\d+[smhd]\])|("[^"]*")|([a-z_]\w*)|([(){},=/]))/iy;

/** @param seconds between the scrapes. @throws Error for a query that it cannot read or that names a metric which is not scraped */
export function evaluate(query: string, before: Scrape, after: Scrape, seconds: number): Sample[] {
  const tokens = tokensOf(query);
  let at = 0;
  const peek = (): string | undefined => tokens[at];
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new Error(`${wanted ?? 'more'} expected at ${token ?? 'the end'} of ${query}`); // prettier-ignore
    return token;
  };
  const list = <T>(one: () => T, end: string): T[] => {
    const items: T[] = [];
    while (peek() !== end) {
      items.push(one());
      if (peek() === ',') take(',');
    }
    take(end);
    return items;
  };

  const expression = (): Sample[] => {
    let left = term();
    while (peek() === '/') {
      take('/');
      left = divided(left, term());
    }
    return left;
  };
  const parenthesized = (): Sample[] => {
    take('(');
    const inner = expression();
    take(')');
    return inner;
  };
  const term = (): Sample[] => {
    const name = take();
    switch (name) {
      case '(':
        at -= 1;
        return parenthesized();
      case 'sum': {
        if (peek() !== 'by') return summed(parenthesized(), []);
        take('by');
        take('(');
        const labels = list(() => take(), ')');
        return summed(parenthesized(), labels);
      }
      case 'topk':
      case 'histogram_quantile': {
        take('(');
        const number = Number(take());
        take(',');
        const of = expression();
        take(')');
        return name === 'topk' ? [...of].sort((a, b) => b.value - a.value).slice(0, number) : quantile(number, of);
      }
      case 'rate': {
        take('(');
        const samples = selected(take());
        if (!/^\[\d+[smhd]\]$/.test(take())) throw new Error(`rate takes a range: ${query}`);
        take(')');
        return samples;
      }
      default:
        throw new Error(`${name} is not known here: ${query}`);
    }
  };
  /** The growth by second of each series. */
  const selected = (metric: string): Sample[] => {
    const wanted: [string, string][] = [];
    if (peek() === '{') {
      take('{');
      wanted.push(...list((): [string, string] => [take(), (take('='), take().slice(1, -1))], '}'));
    }
    const series = after.get(metric);
    if (!series) throw new Error(`${metric} is not scraped`);
    for (const [label] of wanted)
      if (!series.some(({ labels }) => Object.hasOwn(labels, label))) throw new Error(`${metric} has no label ${label}`);
    const old = new Map((before.get(metric) ?? []).map(({ labels, value }) => [keyOf(labels), value]));
    return series
      .filter(({ labels }) => wanted.every(([label, value]) => labels[label] === value))
      .map(({ labels, value }) => ({ labels, value: (value - (old.get(keyOf(labels)) ?? 0)) / seconds }));
  };

  const result = expression();
  if (at < tokens.length) throw new Error(`${peek()} is left over of ${query}`);
  return result;
}

function tokensOf(query: string): string[] {
  const text = query.replace(/^#.*$/gm, '').trim();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const [, ...groups] = TOKEN.exec(text) ?? [];
    const token = groups.find((group) => group !== undefined);
    if (token === undefined) throw new Error(`cannot be read: ${text.slice(from)}`);
    tokens.push(token);
  }
  return tokens;
}

const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b)));
const only = (labels: Labels, names: readonly string[]): Labels => Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));

function summed(samples: readonly Sample[], by: readonly string[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const { labels, value } of samples) {
    const kept = only(labels, by);
    sums.set(keyOf(kept), { labels: kept, value: (sums.get(keyOf(kept))?.value ?? 0) + value });
  }
  return [...sums.values()];
}

function divided(left: readonly Sample[], right: readonly Sample[]): Sample[] {
  const byLabels = new Map(right.map(({ labels, value }) => [keyOf(labels), value]));
  return left.flatMap(({ labels, value }) => {
    const divisor = byLabels.get(keyOf(labels));
    return divisor === undefined ? [] : [{ labels, value: value / divisor }];
  });
}

/** Linear within the bucket, as Prometheus does it. */
function quantile(q: number, buckets: readonly Sample[]): Sample[] {
  const groups = new Map<string, { labels: Labels; buckets: { le: number; count: number }[] }>();
  for (const { labels, value } of buckets) {
    const { le, ...rest } = labels;
    if (le === undefined) throw new Error('histogram_quantile takes buckets');
    const group = groups.get(keyOf(rest)) ?? { labels: rest, buckets: [] };
    group.buckets.push({ le: le === '+Inf' ? Infinity : Number(le), count: value });
    groups.set(keyOf(rest), group);
  }
  return [...groups.values()].flatMap(({ labels, buckets: found }) => {
    const sorted = found.sort((a, b) => a.le - b.le);
    const total = sorted.at(-1)?.count ?? 0;
    if (total === 0) return [];
    const index = sorted.findIndex(({ count }) => count >= q * total);
    const [low, high] = [sorted[index - 1] ?? { le: 0, count: 0 }, sorted[index] ?? { le: Infinity, count: total }];
    if (high.le === Infinity) return [{ labels, value: low.le }];
    return [{ labels, value: low.le + ((high.le - low.le) * (q * total - low.count)) / Math.max(high.count - low.count, Number.EPSILON) }];
  });
}
