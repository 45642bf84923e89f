import { TOGGLE_MODULES, type ToggleModule } from '../../libs/contracts/modules.js';

/**
 * The id of an acceptance row at the start of a title, from the day every module that the row names is built; until then the test shows
 * only a part of the row, and its title claims none.
 */
export const rowOf = (id: string, ...modules: readonly ToggleModule[]): string =>
  modules.every((code) => TOGGLE_MODULES[code].built) ? `[${id}] ` : '';
