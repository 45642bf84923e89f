import type { AttemptOut, DeliveryOut } from './deliveries.dto.js';
import type { AttemptRow, DeliveryRow } from './deliveries.repository.js';

export function deliveryOut(row: DeliveryRow): DeliveryOut {
  return {
    delivery_id: row.delivery_id,
    webhook_id: row.webhook_id,
    event_id: row.event_id,
    event_type: row.event_type,
    status: row.status,
    attempts: row.attempts,
    failures: row.failures,
    http_status: row.http_status,
    error_code: row.error_code,
    error_message: row.error_message,
    next_retry_at: row.next_retry_at?.toISOString() ?? null,
    trigger: row.trigger,
    created_at: row.created_at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
  };
}

export const attemptOut = ({ started_at, ...row }: AttemptRow): AttemptOut => ({ ...row, started_at: started_at.toISOString() });
