import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { Can } from '../../components/can/tenant-context';
import { Section } from '../../components/ui/layout';
import { SendTest } from './send-test';
import { SignatureDebugger } from './signature-debugger';
import { VerifierSnippets } from './verifier-snippets';
import { WebhookPage } from './webhook-page';

export const VerifyScreen = () => <WebhookPage>{(webhook) => <Verify webhook={webhook} />}</WebhookPage>;

const Verify = ({ webhook }: { webhook: Webhook }) => (
  <>
    <Can do="webhooks:write">
      <Section title={t('webhooks.test')}>
        <SendTest webhook={webhook} />
      </Section>
    </Can>
    <Section title={t('webhooks.snippets')}>
      <VerifierSnippets />
    </Section>
    <Section title={t('webhooks.debugger')}>
      <SignatureDebugger webhook={webhook} />
    </Section>
  </>
);
