/** Imported by the screens of webhooks; nobody else loads these texts. */
import enWebhooks from '../../locales/en.webhooks.json';
import { addMessages } from '../../lib/i18n';

addMessages(enWebhooks);
