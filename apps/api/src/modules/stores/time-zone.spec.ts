import { isTimeZone } from './time-zone.js';

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('takes %s', (name) =>
    expect(isTimeZone(name)).toBe(true),
  );
  it.each(['', '+01:00', 'Europe/Atlantis', 'Berlin', 'Europe/Berlin\n', '../etc/passwd'])('refuses %j', (name) =>
    expect(isTimeZone(name)).toBe(false),
  );
});
