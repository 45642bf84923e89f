import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Place } from './retention.repository.js';

const compress = promisify(gzip);
const NOWHERE: Place = { tenant_id: '00000000-0000-0000-0000-000000000000', id: '00000000-0000-0000-0000-000000000000' };

/** How far a spool has come: what lies behind `bytes` was not finished and is cut off. */
interface Progress {
  readonly place: Place;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * A file on this host in which a week grows until it can be uploaded whole. Each append is a gzip member of its own, which any gunzip reads
 * as one stream; so a process that was stopped goes on behind the last one.
 */
export class WeekSpool {
  #progress: Progress = { place: NOWHERE, rows: 0, bytes: 0 };

  private constructor(
    private readonly file: string,
    private readonly note: string,
  ) {}

  static async open(folder: string, week: string): Promise<WeekSpool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const spool = new WeekSpool(path.join(folder, `${week}.ndjson.gz`), path.join(folder, `${week}.json`));
    await spool.#resume();
    return spool;
  }

  /** Behind the last row that is in it. */
  get place(): Place {
    return this.#progress.place;
  }
  get rows(): number {
    return this.#progress.rows;
  }
  get bytes(): number {
    return this.#progress.bytes;
  }

  async append(lines: readonly string[], place: Place): Promise<void> {
    const member = await compress(lines.map((line) => `${line}\n`).join(''));
    const file = await open(this.file, 'a', 0o600);
    try {
      await file.writeFile(member);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#progress = { place, rows: this.rows + lines.length, bytes: this.bytes + member.length };
    await writeWhole(this.note, JSON.stringify(this.#progress));
  }

  /** From its beginning. */
  read(): Readable {
    return createReadStream(this.file);
  }

  async remove(): Promise<void> {
    await rm(this.note, { force: true });
    await rm(this.file, { force: true });
    this.#progress = { place: NOWHERE, rows: 0, bytes: 0 };
  }

  async #resume(): Promise<void> {
    const kept = await readFile(this.note, 'utf8').catch(() => null);
    const size = (await stat(this.file).catch(() => null))?.size ?? 0;
    const progress = kept === null ? null : (JSON.parse(kept) as Progress);
    if (!progress || size < progress.bytes) {
      await this.remove();
      await this.append([], NOWHERE); // a week without rows too is something that unpacks
      return;
    }
    const file = await open(this.file, 'r+');
    await file.truncate(progress.bytes).finally(() => file.close());
    this.#progress = progress;
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
