import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { newId } from '../crypto/index.js';
import {
  exactly,
  type ListedObject,
  type ObjectList,
  type OpenObject,
  Storage,
  type StorageObserver,
  type StoredObject,
} from './storage.js';

/** A file is a head of 512 bytes (what S3 keeps as headers), then the content: one rename makes both visible. */
const HEAD_BYTES = 512;
const MAGIC = 'tenantry1';
/** Not allowed in keys, so object `a` and the folder of `a/b` can both exist. */
const MARK = '~';
const TEMPORARY = '.tmp';
const TEMPORARY_MAX_AGE_MS = 86_400_000;
const MOVES = 3;

/** Files in a folder of this machine. Only this class looks into it. */
export class LocalStorage extends Storage {
  readonly driver = 'local';
  private prepared: Promise<void> | null = null;

  /** @param root is made when it is needed, for its owner only */
  constructor(
    private readonly root: string,
    observe?: StorageObserver,
  ) {
    super(observe);
  }

  protected async write(key: string, body: Uint8Array | Readable, { type, size }: { type: string; size: number }): Promise<StoredObject> {
    await this.prepare();
    const temporary = path.join(this.root, TEMPORARY, newId());
    const file = await open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, 0o600);
    try {
      const etag = await writeContent(file, body, size);
      await file.write(header({ type, size, etag }), 0, HEAD_BYTES, 0);
      await file.sync();
      await file.close();
      await this.publish(temporary, this.fileOf(key));
      return { size, type, etag };
    } catch (error) {
      await file.close().catch(() => undefined); // closed already, or beyond help: the first error counts
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
  }

  protected async look(key: string): Promise<StoredObject | null> {
    const found = await this.openFile(key);
    await found?.file.close();
    return found && { size: found.size, type: found.type, etag: found.etag };
  }

  protected async open(key: string): Promise<OpenObject | null> {
    const found = await this.openFile(key);
    if (!found) return null;
    const { file, ...object } = found;
    return { ...object, body: file.createReadStream({ start: HEAD_BYTES, autoClose: true }) };
  }

  protected async remove(key: string): Promise<void> {
    await unlink(this.fileOf(key)).catch(ifPresent);
  }

  protected async listKeys(prefix: string, cursor: string | null, limit: number): Promise<ObjectList> {
    const objects: ListedObject[] = [];
    const folder = prefix.slice(0, prefix.lastIndexOf('/'));
    for await (const object of this.walk(folder, prefix, cursor)) {
      if (objects.length === limit) return { objects, next_cursor: objects.at(-1)?.key ?? null };
      objects.push(object);
    }
    return { objects, next_cursor: null };
  }

  protected async tryOut(): Promise<void> {
    await this.prepare();
    const probe = path.join(this.root, TEMPORARY, newId());
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.writeFile('probe');
      await file.sync();
    } finally {
      await file.close();
      await unlink(probe);
    }
  }

  private fileOf(key: string): string {
    return path.join(this.root, ...key.split('/')) + MARK;
  }

  private prepare(): Promise<void> {
    this.prepared ??= this.makeRoot().catch((error: unknown) => {
      this.prepared = null;
      throw error;
    });
    return this.prepared;
  }

  /** Also sweeps what a killed process left half-written. */
  private async makeRoot(): Promise<void> {
    const folder = path.join(this.root, TEMPORARY);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const file = path.join(folder, name);
      const found = await stat(file).catch(ifPresent);
      if (found && Date.now() - found.mtimeMs > TEMPORARY_MAX_AGE_MS) await unlink(file).catch(ifPresent);
    }
  }

  private async publish(temporary: string, file: string): Promise<void> {
    const folder = path.dirname(file);
    for (let attempt = 1; ; attempt += 1) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      try {
        await rename(temporary, file);
        break;
      } catch (error) {
        if (attempt === MOVES || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // somebody tidied the empty folder away
      }
    }
    const parent = await open(folder, 'r');
    await parent.sync().finally(() => parent.close());
  }

  private async openFile(key: string): Promise<(StoredObject & { file: FileHandle }) | null> {
    const file = await open(this.fileOf(key), constants.O_RDONLY | constants.O_NOFOLLOW).catch(ifPresent);
    if (!file) return null;
    try {
      return { ...(await readHeader(file)), file };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** In the order of S3: the bytes of the whole key, in which `a-b` comes before `a/b`. */
  private async *walk(folder: string, prefix: string, cursor: string | null): AsyncGenerator<ListedObject> {
    const entries = ((await readdir(path.join(this.root, ...folder.split('/')), { withFileTypes: true }).catch(ifPresent)) ??
      []) as Dirent[];
    const named = entries.flatMap((entry) => {
      if (entry.isDirectory()) return [{ key: `${folder}/${entry.name}/`, is_folder: true }];
      return entry.isFile() && entry.name.endsWith(MARK)
        ? [{ key: `${folder}/${entry.name.slice(0, -MARK.length)}`, is_folder: false }]
        : [];
    });
    for (const { key, is_folder } of named.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      if (!key.startsWith(prefix) && !(is_folder && prefix.startsWith(key))) continue;
      if (is_folder) {
        if (cursor !== null && key < cursor && !cursor.startsWith(key)) continue;
        yield* this.walk(key.slice(0, -1), prefix, cursor);
      } else if (cursor === null || key > cursor) {
        const found = await stat(this.fileOf(key)).catch(ifPresent);
        if (found) yield { key, size: found.size - HEAD_BYTES, modified_at: found.mtime };
      }
    }
  }
}

/** @returns SHA-256 of the content, hex */
async function writeContent(file: FileHandle, body: Uint8Array | Readable, size: number): Promise<string> {
  const hash = createHash('sha256');
  let position = HEAD_BYTES;
  for await (const chunk of body instanceof Readable ? exactly(size, body) : [body]) {
    const bytes = chunk as Uint8Array;
    hash.update(bytes);
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  }
  return hash.digest('hex');
}

function header(object: StoredObject): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES, ' ');
  bytes.write(`${MAGIC} ${JSON.stringify(object)}`);
  return bytes;
}

async function readHeader(file: FileHandle): Promise<StoredObject> {
  const bytes = Buffer.alloc(HEAD_BYTES);
  await file.read(bytes, 0, HEAD_BYTES, 0);
  const text = bytes.toString();
  if (!text.startsWith(`${MAGIC} `)) throw new Error('a file in the storage folder is not ours');
  return JSON.parse(text.slice(MAGIC.length)) as StoredObject;
}

/** For a `catch`: what is not there is null, every other error goes on. ENOTDIR: a part of the path is a file. */
function ifPresent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
