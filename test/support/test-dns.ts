import { DnsTxt } from '../../libs/platform/dns/index.js';

/** DNS as a test says it is. */
export class TestDns extends DnsTxt {
  private readonly records = new Map<string, readonly string[]>();
  /** Names that were asked for. */
  readonly asked: string[] = [];

  set(name: string, ...texts: readonly string[]): void {
    this.records.set(name, texts);
  }

  override lookup(name: string): Promise<readonly string[]> {
    this.asked.push(name);
    return Promise.resolve(this.records.get(name) ?? []);
  }
}
