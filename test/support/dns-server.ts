import dgram from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { addressBytes } from './address-bytes.js';

/** What a name has: addresses of either family, or another name that it stands for. */
export type Record = { readonly addresses: readonly string[] } | { readonly alias: string };

const TYPES = { A: 1, CNAME: 5, AAAA: 28 } as const;
const NAME_ERROR = 3;

/** A name server on loopback that says what a test says. Its answers are good for no second (TTL 0). */
export class DnsServer {
  readonly #names = new Map<string, readonly Record[]>();
  readonly #asked = new Map<string, number>();

  private constructor(private readonly socket: dgram.Socket) {
    socket.on('message', (query, from) => socket.send(this.#answer(query), from.port, from.address));
  }

  static async start(): Promise<DnsServer> {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket);
  }

  /** One after the other for each question of a family; the last one stays. */
  set(name: string, ...answers: readonly Record[]): void {
    this.#names.set(name, answers);
    for (const type of [TYPES.A, TYPES.AAAA]) this.#asked.delete(`${name} ${type}`);
  }

  /** Asks this server, with the resolver that the product uses. */
  resolver(): Resolver {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([`127.0.0.1:${this.socket.address().port}`]);
    return resolver;
  }

  stop(): Promise<void> {
    return new Promise((done) => this.socket.close(() => done()));
  }

  /** RFC 1035 §4. */
  #answer(query: Buffer): Buffer {
    const end = query.indexOf(0, 12) + 5; // of the one question
    const question = query.subarray(12, end);
    const type = question.readUInt16BE(question.length - 4);
    const records = this.#recordsOf(nameIn(question), type);
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8580 | (records === null ? NAME_ERROR : 0), 2); // an answer, authoritative, recursion wanted and had
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records?.length ?? 0, 6);
    return Buffer.concat([header, question, ...(records ?? [])]);
  }

  /** With every alias on the way, as a resolver gives them. null: there is no such name. */
  #recordsOf(name: string, type: number): Buffer[] | null {
    const answers = this.#names.get(name);
    if (answers === undefined) return null;
    const key = `${name} ${type}`;
    const nth = this.#asked.get(key) ?? 0;
    this.#asked.set(key, nth + 1);
    const answer = answers[Math.min(nth, answers.length - 1)];
    if (answer === undefined) return null;
    if ('alias' in answer) return [record(name, TYPES.CNAME, encoded(answer.alias)), ...(this.#recordsOf(answer.alias, type) ?? [])];
    return answer.addresses
      .filter((address) => isIPv4(address) === (type === TYPES.A))
      .map((address) => record(name, type, addressBytes(address)));
  }
}

function record(name: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10); // TTL 0
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encoded(name), fixed, data]);
}

const encoded = (name: string): Buffer =>
  Buffer.concat([...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);

function nameIn(question: Buffer): string {
  const labels: string[] = [];
  for (let at = 0; question[at]; at += (question[at] ?? 0) + 1)
    labels.push(question.subarray(at + 1, at + 1 + (question[at] ?? 0)).toString());
  return labels.join('.').toLowerCase();
}
