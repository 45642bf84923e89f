/** Imported by the frame of the console; nobody else loads these texts. */
import enConsole from '../locales/en.console.json';
import { addMessages } from './i18n';

addMessages(enConsole);
