import { deviceOf } from './user-agent';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36', 'Chrome, Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1', 'Safari, iOS'],
  ['curl/8.5.0', 'curl'],
  ['Something/1.0', 'Something/1.0'],
  ['', null],
  [null, null],
])('%j is %j', (agent, words) => expect(deviceOf(agent)).toBe(words));
