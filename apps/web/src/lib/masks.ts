import { t, tryText } from './i18n';

/** Why a permission does not count although a role gives it: in words, with what it is about. */
export function maskText(mask: string, detail: string | null): string {
  const named = detail === null ? null : `mask.${mask}.${detail}`;
  const about = detail === null ? '' : mask === 'module' || mask === 'plan' ? tryText(`module.${detail}`, detail) : detail;
  if (named !== null) {
    const exact = tryText(named, '');
    if (exact !== '') return exact;
  }
  const words = tryText(`mask.${mask}`, mask);
  return about === '' ? words : t('mask.with', { what: words, detail: about });
}
