import { limitAmount } from '../../lib/format';
import { tryText } from '../../lib/i18n';
import { Meter } from '../ui/meter';

/** Every limit with what is used of it. */
export const LimitMeters = ({ limits }: { limits: readonly { code: string; max: number | null; used: number }[] }) =>
  limits.map(({ code, used, max }) => (
    <Meter key={code} label={tryText(`limit.${code}`, code)} used={used} max={max} write={(amount) => limitAmount(code, amount)} />
  ));
