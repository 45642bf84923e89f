import type { MigrationClass } from '#platform/db/migrations/index.js';
import { CreateGround1795600000000 } from './1795600000000-create-ground.js';
import { CreateRegistry1795600001000 } from './1795600001000-create-registry.js';
import { CreateTenants1795600002000 } from './1795600002000-create-tenants.js';
import { CreateIdentity1795600003000 } from './1795600003000-create-identity.js';
import { CreateRbac1795600004000 } from './1795600004000-create-rbac.js';
import { CreateAccessGrants1795600005000 } from './1795600005000-create-access-grants.js';
import { CreateEntitlements1795600006000 } from './1795600006000-create-entitlements.js';
import { CreateAuthzVersions1795600007000 } from './1795600007000-create-authz-versions.js';
import { KeepLastAdministrator1795600008000 } from './1795600008000-keep-last-administrator.js';
import { CreateAudit1795600009000 } from './1795600009000-create-audit.js';
import { CreateOutbox1795600010000 } from './1795600010000-create-outbox.js';
import { CreatePlatformServices1795600011000 } from './1795600011000-create-platform-services.js';
import { CreateProvisioning1795600012000 } from './1795600012000-create-provisioning.js';
import { CreateCatalog1795600013000 } from './1795600013000-create-catalog.js';
import { CloseAndMoveTenants1795600014100 } from './1795600014100-close-and-move-tenants.js';
import { AddStaffLinks1795600014300 } from './1795600014300-add-staff-links.js';
import { CreatePlanRollOuts1795600014400 } from './1795600014400-create-plan-roll-outs.js';
import { CreateStaffApprovals1795600014500 } from './1795600014500-create-staff-approvals.js';
import { ErasePersonalAudit1795600014600 } from './1795600014600-erase-personal-audit.js';
import { CreateRateLimits1795600014700 } from './1795600014700-create-rate-limits.js';
import { CheapenDeliveries1795646910100 } from './1795646910100-cheapen-deliveries.js';
import { MakeFewerWeeks1795646910200 } from './1795646910200-make-fewer-weeks.js';
import { CreateWebhooks1795646910000 } from './1795646910000-create-webhooks.js';
import { KeepWeeklyPartitions1795657562271 } from './1795657562271-keep-weekly-partitions.js';
import { CreateInstallationState1795659247305 } from './1795659247305-create-installation-state.js';

/** Every migration, in order of time. Imported one by one: a glob would run whatever lies in the folder. */
export const MIGRATIONS: readonly MigrationClass[] = [
  CreateGround1795600000000,
  CreateRegistry1795600001000,
  CreateTenants1795600002000,
  CreateIdentity1795600003000,
  CreateRbac1795600004000,
  CreateAccessGrants1795600005000,
  CreateEntitlements1795600006000,
  CreateAuthzVersions1795600007000,
  KeepLastAdministrator1795600008000,
  CreateAudit1795600009000,
  CreateOutbox1795600010000,
  CreatePlatformServices1795600011000,
  CreateProvisioning1795600012000,
  CreateCatalog1795600013000,
  CloseAndMoveTenants1795600014100,
  AddStaffLinks1795600014300,
  CreatePlanRollOuts1795600014400,
  CreateStaffApprovals1795600014500,
  ErasePersonalAudit1795600014600,
  CreateRateLimits1795600014700,
  CreateWebhooks1795646910000,
  CheapenDeliveries1795646910100,
  MakeFewerWeeks1795646910200,
  KeepWeeklyPartitions1795657562271,
  CreateInstallationState1795659247305,
];
