import { useEffect, useState } from 'react';
import { ApiError } from '../../lib/errors';

/** Seconds until a 429 is over; 0 when there is none. */
export function useCountdown(error: unknown): number {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (!(error instanceof ApiError) || error.status !== 429) return undefined;
    const start = Date.now();
    setNow(start);
    setUntil(start + (error.retryAfter ?? 30) * 1000);
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [error]);
  return until === 0 ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}
