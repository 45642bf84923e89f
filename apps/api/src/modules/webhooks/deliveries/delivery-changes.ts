export interface ChangedDelivery {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly delivery_id: string;
  readonly status: string;
}

/** What one message says. `more`: further deliveries have changed, read the list. */
export interface DeliveriesChanged {
  readonly tenant_id: string;
  readonly topic: string;
  readonly deliveries: readonly Omit<ChangedDelivery, 'tenant_id'>[];
  readonly more: boolean;
}

/** A message has 4 kB at most; a delivery takes up to 130 bytes of it. */
const NAMED_MOST = 25;

interface Collected {
  readonly tenant_id: string;
  readonly topic: string;
  readonly deliveries: Map<string, Omit<ChangedDelivery, 'tenant_id'>>;
  more: boolean;
}

/** Changes by tenant and topic until they are told: the last state of each delivery, the first 25 by name, the others as `more`. */
export class DeliveryChanges {
  readonly #byTenant = new Map<string, Map<string, Collected>>();

  get isEmpty(): boolean {
    return this.#byTenant.size === 0;
  }

  add(topic: string, { tenant_id, webhook_id, delivery_id, status }: ChangedDelivery): void {
    const topics = this.#byTenant.get(tenant_id) ?? new Map<string, Collected>();
    this.#byTenant.set(tenant_id, topics);
    const collected = topics.get(topic) ?? { tenant_id, topic, deliveries: new Map(), more: false };
    topics.set(topic, collected);
    if (collected.deliveries.size >= NAMED_MOST && !collected.deliveries.has(delivery_id)) collected.more = true;
    else collected.deliveries.set(delivery_id, { webhook_id, delivery_id, status });
  }

  /** The oldest topics of each tenant, `most` of them; they are forgotten here. */
  take(most: number): DeliveriesChanged[] {
    return [...this.#byTenant].flatMap(([tenant_id, topics]) => {
      const taken = [...topics.values()].slice(0, most);
      for (const { topic } of taken) topics.delete(topic);
      if (topics.size === 0) this.#byTenant.delete(tenant_id);
      return taken.map(({ deliveries, ...rest }) => ({ ...rest, deliveries: [...deliveries.values()] }));
    });
  }
}
