/** One JSON line as a person reads it: `12:30:05.123 WARN  slow_query  ms=120 statement=…`. Control characters stay escaped. */
export function prettyLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { time, level, channel, msg, ...fields } = entry;
  const errors = Object.entries(fields).filter(([, value]) => isError(value));
  for (const [name] of errors) delete fields[name];
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${channel === 'security' ? '[security] ' : ''}${escape(String(msg ?? ''))}`;
  const rest = Object.entries(fields).map(
    ([name, value]) =>
      `${escape(name)}=${typeof value === 'string' && !/[\s"=]/.test(value) ? escape(value) : escape(JSON.stringify(value))}`,
  );
  return `${[head, ...rest].join('  ')}${errors.map(([, error]) => errorLines(error)).join('')}\n`;
}

/** As redact.ts writes one. */
const isError = (value: unknown): boolean => typeof value === 'object' && value !== null && 'type' in value && 'message' in value;

function errorLines(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { type, message, code, stack, cause } = error as Record<string, unknown>;
  const head = `\n    ${escape(`${String(type)}${code === undefined ? '' : ` (${String(code)})`}: ${String(message)}`)}`;
  const frames = typeof stack === 'string' ? stack.split('\n').map((frame) => `\n      ${escape(frame)}`) : [];
  return head + frames.join('') + errorLines(cause);
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
const escape = (text: string): string => text.replace(CONTROL, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`);
