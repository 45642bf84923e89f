import { execFileSync } from 'node:child_process';
import { curlOf } from './curl';

it('survives the shell whatever the body holds', () => {
  const body = { text: `it's $HOME \`id\` "quoted"`, n: 1 };
  const command = curlOf('https://hooks.example/in?a=1&b=2', '0192f0c1-0000-7000-8000-000000000001', body);
  const printed = execFileSync('sh', ['-c', command.replace(/^curl/, `printf '%s\\n'`)], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
  expect(printed).toEqual([
    '-i',
    'https://hooks.example/in?a=1&b=2',
    '-H',
    'content-type: application/json',
    '-H',
    'webhook-id: msg_0192f0c1000070008000000000000001',
    '--data-binary',
    JSON.stringify(body),
  ]);
});
