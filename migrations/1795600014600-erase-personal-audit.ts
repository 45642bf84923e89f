import type { QueryRunner } from 'typeorm';
import { definerFunction, dropFunctions, type Migration } from '#platform/db/migrations/index.js';

/** Erasing a person reaches the audit log: what is personal goes, the events and their commitments stay as they were sealed. */
export class ErasePersonalAudit1795600014600 implements Migration {
  readonly name = 'ErasePersonalAudit1795600014600';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    // No role that signs in may delete from the log. This one may, by one function, and sees every tenant for it.
    await db.query('create policy sealer on audit_events for select to tenantry_sealer using (true)');
    await db.query('create policy sealer on audit_personal to tenantry_sealer using (true)');
    await db.query('grant select (tenant_id, audit_event_id, targets) on audit_events to tenantry_sealer');
    await db.query('grant select, delete on audit_personal to tenantry_sealer');
    // plpgsql, because the body of an SQL function is looked at while the migration runs, as its owner.
    // What the person did, what was done to them, and where their address stands in what others did. A row goes whole: rows never change.
    await definerFunction(db, {
      signature: 'audit_erase(uuid, uuid, text)',
      owner: 'tenantry_sealer',
      callers: ['tenantry_platform'],
      sql: `
        create function audit_erase(tenant uuid, subject uuid, address text) returns int language plpgsql security definer set search_path = public, pg_temp as $$
        declare n int;
        begin
          delete from audit_personal p
           where p.tenant_id = audit_erase.tenant
             and (p.subject_user_id = audit_erase.subject
                  or exists (select from audit_events e
                              where e.tenant_id = p.tenant_id and e.audit_event_id = p.audit_event_id
                                and e.targets @> jsonb_build_array(jsonb_build_object('id', audit_erase.subject::text)))
                  or exists (select from jsonb_each_text(p.fields) field where lower(field.value) = lower(audit_erase.address)));
          get diagnostics n = row_count;
          return n;
        end
        $$`,
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(db, 'audit_erase(uuid, uuid, text)');
    await db.query('revoke all on audit_personal from tenantry_sealer');
    await db.query('revoke all on audit_events from tenantry_sealer');
    await db.query('revoke select (tenant_id, audit_event_id, targets) on audit_events from tenantry_sealer');
    await db.query('drop policy sealer on audit_personal');
    await db.query('drop policy sealer on audit_events');
  }
}
