import { useState } from 'react';
import { t } from '../../lib/i18n';
import type { WebhookEventType } from '../../lib/types';
import { CodeBlock } from './code-block';

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

/** Schema and example of a type; made when it is opened, for there are many types. */
export function EventSample({ entry }: { entry: WebhookEventType }) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary aria-label={`${t('webhooks.sample')}: ${entry.type}`}>{t('webhooks.sample')}</summary>
      {opened && (
        <>
          <CodeBlock label={`${t('webhooks.example')}: ${entry.type}`} code={pretty(entry.example)} copy={t('webhooks.copy_example')} />
          <CodeBlock label={`${t('webhooks.schema')}: ${entry.type}`} code={pretty(entry.schema)} copy={t('webhooks.copy_code')} />
        </>
      )}
    </details>
  );
}
