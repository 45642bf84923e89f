import { number } from '../../lib/format';
import { t } from '../../lib/i18n';
import { usageOf } from '../../lib/usage';
import { Status, toneClass } from './status';
import css from './meter.module.css';

interface MeterProps {
  label: string;
  used: number;
  max: number | null;
  /** How an amount is written: bytes, say. */
  write?: (amount: number) => string;
}

/** How much of a limit is used: words and icon first, the bar beside them. */
export function Meter({ label, used, max, write = number }: MeterProps) {
  const { share, tone, word } = usageOf(used, max);
  return (
    <div className={css.meter}>
      <strong>{label}</strong>
      <span className={css.count}>
        {max === null ? t('usage.used', { used: write(used) }) : t('usage.used_of', { used: write(used), max: write(max) })}
      </span>
      {share !== null && (
        <svg
          className={`${css.track} ${toneClass(tone)}`}
          viewBox="0 0 100 1"
          preserveAspectRatio="none"
          role="meter"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={max ?? 0}
          aria-valuenow={Math.min(used, max ?? used)}
        >
          <rect width={share * 100} height="1" />
        </svg>
      )}
      <span className={css.word}>
        <Status word={word} tone={tone}>
          {t(`usage.${word}`)}
        </Status>
      </span>
    </div>
  );
}
