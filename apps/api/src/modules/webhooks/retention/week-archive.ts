import { Injectable } from '@nestjs/common';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { platformStorageScope } from '#platform/queue/index.js';
import { Storage } from '#platform/storage/index.js';
import { contentOf, type ArchiveContent } from './archive-content.js';
import { RetentionRepository, type ArchivedRow, type KeptByWeek } from './retention.repository.js';
import { WeekSpool } from './week-spool.js';

/** Rows may be of a megabyte. */
const ROWS_A_PAGE = 100;
/** Of text, before it is compressed and appended. */
const APPEND_FROM = 4 * 1024 * 1024;

/** What the object beside the rows says of them. */
export interface ArchiveManifest extends ArchiveContent {
  readonly table: KeptByWeek;
  readonly week: string;
  readonly archived_at: string;
}

/** Why a week stays. */
export class NotArchived extends Error {
  constructor(
    readonly outcome: 'not_configured' | 'unverified' | 'interrupted',
    message: string,
  ) {
    super(message);
    this.name = 'NotArchived';
  }
}

/**
 * Copies of weeks that are to be dropped: one object of compressed lines and one manifest a table and week. Nothing counts as kept before
 * the object was read back and has the hash and the rows of what was written.
 */
@Injectable()
export class WeekArchive {
  readonly #scope = platformStorageScope('webhooks.retain');
  readonly #folder: string;

  constructor(
    private readonly repository: RetentionRepository,
    private readonly storage: Storage,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.#folder = path.resolve(config.data_dir, 'archive');
  }

  /** Until a verified copy of the week is there; one that is there already is verified again. @throws NotArchived, Problem storage_unavailable */
  async keep(scope: PlatformScope, table: KeptByWeek, week: string, signal: AbortSignal): Promise<ArchiveManifest> {
    if (this.storage.driver !== 's3') throw new NotArchived('not_configured', 'no bucket is configured for the archive (S3_BUCKET)');
    const rows = await this.repository.count(scope, table, week);
    const known = await this.#manifest(table, week);
    if (known?.rows === rows && same(known, await this.#stored(table, week))) return known;
    const spool = await WeekSpool.open(this.#folder, week);
    await this.#fill(scope, table, week, spool, signal);
    const written = await contentOf(spool.read());
    if (written.rows !== rows || spool.rows !== rows) {
      await spool.remove(); // rows came or went meanwhile, or the file is damaged: from the beginning
      throw new NotArchived('unverified', `the copy has ${written.rows} rows and the week ${rows}`);
    }
    await this.storage.put(this.#scope, keyOf(table, week, 'ndjson.gz'), spool.read(), { type: 'application/gzip', size: spool.bytes });
    if (!same(written, await this.#stored(table, week))) throw new NotArchived('unverified', 'the object is not what was written');
    const manifest: ArchiveManifest = { table, week, ...written, archived_at: this.clock.now().toISOString() };
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    await this.storage.put(this.#scope, keyOf(table, week, 'json'), text, { type: 'application/json' });
    await spool.remove();
    return manifest;
  }

  async #fill(scope: PlatformScope, table: KeptByWeek, week: string, spool: WeekSpool, signal: AbortSignal): Promise<void> {
    let waiting: ArchivedRow[] = [];
    let size = 0;
    for (;;) {
      if (signal.aborted) throw new NotArchived('interrupted', 'the copy goes on with the next run');
      const page = await this.repository.page(scope, table, week, waiting.at(-1) ?? spool.place, ROWS_A_PAGE);
      waiting.push(...page);
      size += page.reduce((sum, { line }) => sum + line.length, 0);
      const isEnd = page.length < ROWS_A_PAGE;
      const last = waiting.at(-1);
      if (last && (isEnd || size >= APPEND_FROM)) {
        await spool.append(
          waiting.map(({ line }) => line),
          { tenant_id: last.tenant_id, id: last.id },
        );
        waiting = [];
        size = 0;
      }
      if (isEnd) return;
    }
  }

  async #manifest(table: KeptByWeek, week: string): Promise<ArchiveManifest | null> {
    const found = await this.storage.get(this.#scope, keyOf(table, week, 'json'));
    return found && (JSON.parse((await buffer(found.body)).toString()) as ArchiveManifest);
  }

  /** What the storage gives back; null when there is nothing, or nothing that unpacks. */
  async #stored(table: KeptByWeek, week: string): Promise<ArchiveContent | null> {
    const found = await this.storage.get(this.#scope, keyOf(table, week, 'ndjson.gz'));
    return found && contentOf(found.body).catch(() => null);
  }
}

const keyOf = (table: KeptByWeek, week: string, ending: 'ndjson.gz' | 'json'): string =>
  `platform/archive/webhooks/${table}/${week}.${ending}`;

const same = (a: ArchiveContent, b: ArchiveContent | null): boolean =>
  b !== null && a.sha256 === b.sha256 && a.bytes === b.bytes && a.rows === b.rows;
