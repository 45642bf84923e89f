import { EVENT_CATALOGUE } from './event-catalogue.js';

/** The catalogue as a table of Markdown, in the order of its types. */
export function eventTable(): string {
  const rows = [...EVENT_CATALOGUE.values()].sort((a, b) => (a.type < b.type ? -1 : 1)).map(
    ({ type, summary, requires, emitted }) => `| \`${type}\`${emitted ? '' : ' (later)'} | \`${requires}\` | ${summary} |`,
  ); // prettier-ignore
  return ['| type | permission | when |', '|---|---|---|', ...rows].join('\n');
}
