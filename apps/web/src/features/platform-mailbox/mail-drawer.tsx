import IconExternalLink from '@tabler/icons-react/icons/IconExternalLink';
import { useQuery } from '@tanstack/react-query';
import { ok, publicApi } from '../../lib/api';
import { exactTime } from '../../lib/format';
import { t } from '../../lib/i18n';
import { mailFrame } from '../../lib/mail-frame';
import { cspNonce } from '../../lib/nonce';
import { platformKey } from '../../lib/queries';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Icon } from '../../components/ui/icon';
import { Facts, Section } from '../../components/ui/layout';
import css from './mailbox.module.css';

export function MailDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: platformKey('mailbox', 'one', id),
    queryFn: ({ signal }) =>
      ok(publicApi.GET('/api/v1/dev/mailbox/{mail_message_id}', { params: { path: { mail_message_id: id } }, signal })),
  });
  const mail = query.data;
  return (
    <Drawer title={mail?.subject ?? t('mailbox.mail')} size={640} focusTitle onClose={onClose}>
      {query.isError && <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />}
      {mail !== undefined && (
        <>
          <Facts
            items={[
              [t('mailbox.to'), mail.to_email],
              [t('audit.time'), exactTime(mail.created_at)],
              [t('mailbox.template'), <code key="template">{mail.template}</code>],
            ]}
          />
          {mail.links.length > 0 && (
            <Section title={t('mailbox.links')}>
              <ul className={css.links}>
                {mail.links.map((link) => (
                  <li key={link}>
                    <a href={safeHref(link)} target="_blank" rel="noreferrer">
                      {link}
                      <Icon of={IconExternalLink} />
                    </a>
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <Section title={t('mailbox.message')}>
            {/* No scripts, no forms, no origin: the sandbox is empty but for links that open a new page. */}
            <iframe
              className={css.frame}
              title={t('mailbox.message')}
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              srcDoc={mailFrame(mail.html, cspNonce())}
            />
          </Section>
          <Section title={t('mailbox.text')}>
            <pre className={css.text}>{mail.text}</pre>
          </Section>
        </>
      )}
    </Drawer>
  );
}

const safeHref = (link: string): string | undefined => (/^https?:\/\//i.test(link) ? link : undefined);
