import type { ReactNode } from 'react';
import { useForm } from '../../lib/form';
import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Webhook, WebhookEventType, WebhookInput } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, SelectField, TextArea, TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { parseHeaders } from './endpoint-rules';
import { EventPicker } from './event-picker';
import { RetryTimeline } from './retry-timeline';
import css from './webhooks.module.css';

const RETRIES = Array.from({ length: 13 }, (_, count) => String(count));
const split = (patterns: string): string[] => patterns.split(' ').filter((one) => one !== '');
const isAddress = (text: string): boolean => /^https?:\/\/[^\s/]/i.test(text);

interface Props {
  /** What is changed; undefined: a new one. */
  webhook?: Webhook;
  catalogue: readonly WebhookEventType[];
  label: string;
  submitText: string;
  more?: ReactNode;
  onSubmit: (input: WebhookInput, key: string) => Promise<void>;
}

/** The fields of a webhook. Its headers are written, never read: a change leaves them or replaces all. */
export function WebhookForm({ webhook, catalogue, label, submitText, more, onSubmit }: Props) {
  const kept = webhook?.header_names ?? [];
  const form = useForm({
    initial: {
      name: webhook?.name ?? '',
      url: webhook?.url ?? '',
      events: webhook?.events.join(' ') ?? '',
      replace: webhook === undefined,
      headers: '',
      retry_count: String(webhook?.retry_count ?? 3),
      timeout: String((webhook?.timeout_ms ?? 30_000) / 1000),
    },
    paths: { timeout: 'timeout_ms' },
    codes: {
      destination_not_allowed: 'url',
      header_not_allowed: 'headers',
      unknown_event: 'events',
      event_not_permitted: 'events',
      name_taken: 'name',
    },
    validate: (values) => {
      const { wrong } = parseHeaders(values.headers);
      const timeout = Number(values.timeout);
      return {
        ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
        ...(isAddress(values.url.trim()) ? {} : { url: t('webhooks.url_wrong') }),
        ...(values.events === '' ? { events: t('webhooks.choose_event') } : {}),
        ...(values.replace && wrong !== null ? { headers: t('webhooks.headers_wrong', { line: wrong }) } : {}),
        ...(timeout >= 1 && timeout <= 60 ? {} : { timeout: t('webhooks.timeout_wrong') }),
      };
    },
    submit: (values, key) =>
      onSubmit(
        {
          name: values.name.trim(),
          url: values.url.trim(),
          events: split(values.events),
          ...(values.replace ? { headers: parseHeaders(values.headers).headers } : {}),
          retry_count: Number(values.retry_count),
          timeout_ms: Math.round(Number(values.timeout) * 1000),
        },
        key,
      ),
  });
  const events = form.field('events');
  const count = Number(form.values.retry_count);
  return (
    <FormFrame
      form={form}
      label={label}
      actions={
        <>
          <Button type="submit" variant="primary" pending={form.pending} pendingText={t('saving')}>
            {submitText}
          </Button>
          {more}
        </>
      }
    >
      <TextField {...form.field('name')} label={t('webhooks.name')} help={t('webhooks.name_help')} maxLength={80} />
      <TextField
        {...form.field('url')}
        type="url"
        label={t('webhooks.url')}
        help={t('webhooks.url_help')}
        placeholder="https://"
        maxLength={2048}
        autoComplete="off"
        mono
      />
      <EventPicker
        id={events.id}
        catalogue={catalogue}
        chosen={split(events.value)}
        error={events.error}
        onChange={(chosen) => events.onChange(chosen.join(' '))}
      />
      {webhook !== undefined && (
        <div>
          <p className={css.hint}>{kept.length === 0 ? t('webhooks.headers_none') : t('webhooks.headers_kept', { names: list(kept) })}</p>
          <Choice
            label={t('webhooks.headers_replace')}
            checked={form.values.replace}
            onChange={(replace) => form.set('replace', replace)}
          />
        </div>
      )}
      {form.values.replace && (
        <TextArea
          {...form.field('headers')}
          label={t('webhooks.headers')}
          help={t('webhooks.headers_help')}
          placeholder="Authorization: Bearer …"
          optional
          rows={3}
          maxLength={4096}
        />
      )}
      <SelectField
        {...form.field('retry_count')}
        label={t('webhooks.retries')}
        options={RETRIES.map((value) => ({ value, label: value === '0' ? t('webhooks.no_retry') : value }))}
      />
      <RetryTimeline count={count} />
      <TextField {...form.field('timeout')} label={t('webhooks.timeout')} inputMode="decimal" maxLength={5} />
    </FormFrame>
  );
}
