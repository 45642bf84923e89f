/** Imported by the screens that speak of plans and prices; nobody else loads these texts. */
import enSubscription from '../locales/en.subscription.json';
import { addMessages } from './i18n';

addMessages(enSubscription);
