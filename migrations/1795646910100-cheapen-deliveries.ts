import type { QueryRunner } from 'typeorm';
import type { Migration } from '#platform/db/migrations/index.js';

/** What every delivery pays, two moves and one id, under the same rules: without a call where nothing is refused, and in a third of the time. */
export class CheapenDeliveries1795646910100 implements Migration {
  readonly name = 'CheapenDeliveries1795646910100';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create or replace function webhook_delivery_moves() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        raise exception 'a delivery does not go from % to %', old.status, new.status using errcode = '55000', table = 'webhook_deliveries';
      end $$`);
    await this.trigger(
      db,
      `old.status is distinct from new.status and (old.status || ' ' || new.status) not in (
        'pending delivering', 'pending held', 'pending cancelled', 'held pending', 'held cancelled',
        'delivering success', 'delivering pending', 'delivering dlq', 'delivering held', 'delivering cancelled',
        'success pending', 'dlq pending', 'dlq cancelled', 'cancelled pending')`,
    );
    // A body in the standard's form is bound to its functions here and now, so it needs no search_path; and a function without settings,
    // of immutable parts alone (`convert_to` is not), becomes part of the statement that calls it.
    await db.query(`
      create or replace function webhook_delivery_id(event_id uuid, webhook_id uuid) returns uuid language sql immutable parallel safe
      return (substr(event_id::text, 1, 13) || '7'
        || substr(overlay(encode(sha256(decode(event_id::text || webhook_id::text, 'escape')), 'hex') placing '8' from 4 for 0), 1, 19))::uuid`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      create or replace function webhook_delivery_id(event_id uuid, webhook_id uuid) returns uuid language sql immutable parallel safe set search_path = public, pg_temp as $$
        -- The time of the event, so that both lie in the same week; the rest is fixed by the pair, so that a second fan-out makes no second row.
        select (substr(replace(event_id::text, '-', ''), 1, 12) || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
          from encode(sha256(convert_to(event_id::text || webhook_id::text, 'UTF8')), 'hex') as h
      $$`);
    await db.query(`
      create or replace function webhook_delivery_moves() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if new.status = old.status or (old.status || ' ' || new.status) in (
          'pending delivering', 'pending held', 'pending cancelled', 'held pending', 'held cancelled',
          'delivering success', 'delivering pending', 'delivering dlq', 'delivering held', 'delivering cancelled',
          'success pending', 'dlq pending', 'dlq cancelled', 'cancelled pending')
        then return new; end if;
        raise exception 'a delivery does not go from % to %', old.status, new.status using errcode = '55000', table = 'webhook_deliveries';
      end $$`);
    await this.trigger(db, 'old.status is distinct from new.status');
  }

  private async trigger(db: QueryRunner, when: string): Promise<void> {
    await db.query('drop trigger webhook_deliveries_moves on webhook_deliveries');
    await db.query(`
      create trigger webhook_deliveries_moves before update of status on webhook_deliveries
        for each row when (${when}) execute function webhook_delivery_moves()`);
  }
}
