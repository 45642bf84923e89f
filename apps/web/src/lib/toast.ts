import { createStore } from './store';

export interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly text: string;
  readonly requestId?: string;
  readonly undo?: () => void;
}

const KEEP_MS = 8000;
let last = 0;
export const toasts = createStore<readonly Toast[]>([]);

export const dismissToast = (id: number): void => toasts.set(toasts.get().filter((toast) => toast.id !== id));

export const clearToasts = (): void => toasts.set([]);

export function showToast(toast: Omit<Toast, 'id'>): void {
  last += 1;
  const id = last;
  toasts.set([...toasts.get().slice(-2), { ...toast, id }]);
  // A failure stays until it is read; a success goes by itself.
  if (toast.tone === 'ok') setTimeout(() => dismissToast(id), KEEP_MS);
}
