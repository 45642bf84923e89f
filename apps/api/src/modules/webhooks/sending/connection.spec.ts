import { createServer, type Socket } from 'node:net';
import { SenderLab, to } from '../../../../../../test/support/sender-lab.js';

const lab = new SenderLab();
afterEach(() => lab.close());

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const attemptOf = (request: string): string => /x-webhook-attempt: (\d+)/.exec(request)?.[1] ?? '';

/** Keeps its connections and the attempts that came over each. `answer` gets the nth request of a connection. */
async function keeping(answer: (socket: Socket, nth: number) => void = (socket) => socket.write(ANSWER)) {
  const connections: { readonly socket: Socket; readonly attempts: string[] }[] = [];
  const server = createServer((socket) => {
    const connection = { socket, attempts: [] as string[] };
    connections.push(connection);
    socket.on('data', (chunk) => {
      if (!chunk.includes('POST ')) return;
      connection.attempts.push(attemptOf(chunk.toString()));
      answer(socket, connection.attempts.length);
    });
  });
  const port = await lab.listening(server);
  return { port, connections, server, attempts: () => connections.map(({ attempts }) => attempts) };
}
const untilIdle = () => new Promise((done) => setImmediate(done));

describe('a connection that is used again', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['closed', (socket) => socket.destroy()],
    ['half closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['filled with an answer that nobody asked for', (socket) => socket.write('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n')],
  ])('[004-34] and is %s in that very moment, before a byte went out: the send goes out once, on another one', async (_how, end) => {
    const { port, connections, attempts } = await keeping();
    const sender = lab.sender();
    expect(await sender.send(to(port))).toMatchObject({ kind: 'success' });
    await untilIdle();
    end(connections[0]?.socket as Socket);
    // Sent before the client can have heard of it.
    const second = await sender.send(to(port, { attempt: 2 }));
    expect(second).toMatchObject({ kind: 'success', http_status: 200, error_code: null });
    expect(attempts()).toEqual([['1'], ['2']]);
    // The time of the connection that carried it.
    expect(second.connect_ms).toBeGreaterThan(0);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closed', (socket) => socket.destroy()],
    ['reset', (socket) => socket.resetAndDestroy()],
  ])('[004-34] and is %s after bytes went out: a failure, which is not repeated in silence', async (_how, end) => {
    const { port, attempts } = await keeping((socket, nth) => (nth === 1 ? socket.write(ANSWER) : end(socket)));
    const sender = lab.sender();
    await sender.send(to(port));
    await untilIdle();
    const second = await sender.send(to(port, { attempt: 2 }));
    expect(second).toMatchObject({ kind: 'retry', http_status: null, error_code: 'reset', dns_ms: 0, connect_ms: 0 });
    await new Promise((done) => setTimeout(done, 100));
    expect(attempts()).toEqual([['1', '2']]);
  });

  it('[004-34] and is reset while nobody listens any more: the repeat fails, and there is no third', async () => {
    const { port, connections, server } = await keeping();
    const sender = lab.sender();
    await sender.send(to(port));
    await untilIdle();
    server.close();
    connections[0]?.socket.resetAndDestroy();
    expect(await sender.send(to(port, { attempt: 2 }))).toMatchObject({ kind: 'retry', error_code: 'connect_failed' });
    expect(connections).toHaveLength(1);
  });

  it('[004-34] [004-35] many at once, all reset: each goes out once more, within its deadline', async () => {
    const { port, connections, attempts } = await keeping();
    const sender = lab.sender();
    const sends = (attempt: number) => Promise.all(Array.from({ length: 20 }, () => sender.send(to(port, { attempt }))));
    await sends(1);
    await untilIdle();
    expect(connections).toHaveLength(20);
    for (const { socket } of connections) socket.resetAndDestroy();
    for (const outcome of await sends(2)) expect(outcome).toMatchObject({ kind: 'success', http_status: 200 });
    expect(attempts().flat().toSorted()).toEqual([...Array.from({ length: 20 }, () => '1'), ...Array.from({ length: 20 }, () => '2')]);
  });
});

it('[004-35] a send whose place comes after its deadline is not sent, and leaves the place to the next', async () => {
  const held: Socket[] = [];
  const { port, attempts, connections } = await keeping((socket, nth) => (nth === 1 ? held.push(socket) : socket.write(ANSWER)));
  const sender = lab.sender();
  const first = Array.from({ length: 64 }, () => sender.send(to(port)));
  const waiting = sender.send(to(port, { attempt: 2, timeout_ms: 200 }));
  expect(await waiting).toMatchObject({ kind: 'retry', error_code: 'timeout', connect_ms: null });
  const next = sender.send(to(port, { attempt: 3 }));
  for (const socket of held) socket.write(ANSWER);
  expect(await next).toMatchObject({ kind: 'success', connect_ms: 0 });
  await Promise.all(first);
  await new Promise((done) => setTimeout(done, 50));
  expect(connections.filter(({ socket }) => !socket.destroyed)).toHaveLength(64);
  expect(attempts().flat()).not.toContain('2');
});
