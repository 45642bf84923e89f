import { useBlocker } from '@tanstack/react-router';
import { useCallback, useEffect, useId, useRef, useState, type FocusEvent, type FormEvent, type RefObject } from 'react';
import type { ErrorCode } from '#contracts/errors.js';
import { ApiError, errorText, hasCode, mapErrors, refusalDetails } from './errors';

/** 16 to 128 of `[A-Za-z0-9_-]`; `randomUUID` is missing on plain http. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type Values = Readonly<Record<string, unknown>>;
export type FieldErrors<V> = Partial<Record<keyof V, string>>;

interface FormOptions<V extends Values> {
  readonly initial: V;
  readonly validate?: (values: V) => FieldErrors<V>;
  /** Sends it. `key` stays the same for every try of this form, so that a double click or a lost answer makes one row. */
  readonly submit: (values: V, key: string) => Promise<void>;
  /** Where the API names a field otherwise: `{ owner_email: 'owner.email' }`. */
  readonly paths?: Partial<Record<keyof V, string>>;
  /** Refusals that are about one field: `{ slug_taken: 'slug' }`. */
  readonly codes?: Partial<Record<ErrorCode, keyof V & string>>;
  /** Ask before leaving with unsaved values. */
  readonly guard?: boolean;
}

export interface FieldProps<T> {
  readonly id: string;
  readonly name: string;
  readonly value: T;
  readonly error: string | undefined;
  readonly onChange: (value: T) => void;
  readonly onBlur: (event?: FocusEvent) => void;
}

export interface Form<V extends Values> {
  readonly values: V;
  readonly dirty: boolean;
  readonly pending: boolean;
  /** What went wrong besides the fields. */
  readonly failure: { text: string; details: readonly string[]; error: unknown } | null;
  readonly ref: RefObject<HTMLFormElement | null>;
  readonly blocker: { proceed: () => void; stay: () => void } | null;
  set<K extends keyof V>(name: K, value: V[K]): void;
  field<K extends keyof V & string>(name: K): FieldProps<V[K]>;
  onSubmit(event?: FormEvent): void;
}

export function useForm<V extends Values>(options: FormOptions<V>): Form<V> {
  const id = useId();
  const ref = useRef<HTMLFormElement>(null);
  const [key] = useState(idempotencyKey);
  const [start, setStart] = useState(options.initial);
  const [values, setValues] = useState(options.initial);
  const [touched, setTouched] = useState<ReadonlySet<keyof V>>(new Set());
  const [refused, setRefused] = useState<FieldErrors<V>>({});
  const [failure, setFailure] = useState<Form<V>['failure']>(null);
  const [pending, setPending] = useState(false);
  const [focusOn, setFocusOn] = useState(0);
  const sending = useRef(false);

  const names = Object.keys(options.initial) as (keyof V & string)[];
  const wrong: FieldErrors<V> = options.validate?.(values) ?? {};
  const dirty = names.some((name) => values[name] !== start[name]);

  const guarded = (options.guard ?? true) && dirty && !pending;
  const block = useBlocker({
    shouldBlockFn: () => guarded && !sending.current,
    enableBeforeUnload: () => guarded,
    withResolver: true,
    disabled: !guarded,
  });

  useEffect(() => {
    if (focusOn > 0) ref.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-failure]')?.focus();
  }, [focusOn]);

  const set = useCallback(<K extends keyof V>(name: K, value: V[K]): void => {
    setValues((before) => ({ ...before, [name]: value }));
    setRefused((before) => (before[name] === undefined ? before : { ...before, [name]: undefined }));
  }, []);

  const refuse = (cause: unknown): void => {
    // The sign-in over the page speaks for itself; the values wait here.
    if (hasCode(cause, 'signed_out')) return;
    if (cause instanceof ApiError) {
      const pathOf = (name: keyof V & string): string => options.paths?.[name] ?? name;
      const mapped = mapErrors(cause.problem, names.map(pathOf));
      const fields: FieldErrors<V> = {};
      for (const name of names) if (mapped.fields[pathOf(name)] !== undefined) fields[name] = mapped.fields[pathOf(name)];
      setRefused(fields);
      const about = (options.codes as Record<string, (keyof V & string) | undefined> | undefined)?.[cause.code];
      if (about !== undefined && fields[about] === undefined) fields[about] = errorText(cause);
      const placed = Object.keys(fields).length > 0;
      setFailure(
        placed && mapped.rest.length === 0
          ? null
          : { text: errorText(cause), details: [...mapped.rest, ...refusalDetails(cause.problem)], error: cause },
      );
    } else {
      setFailure({ text: errorText(cause), details: [], error: cause });
    }
    setFocusOn((count) => count + 1);
  };

  const run = async (): Promise<void> => {
    sending.current = true;
    setPending(true);
    setFailure(null);
    try {
      await options.submit(values, key);
      setStart(values);
    } catch (cause) {
      refuse(cause);
    } finally {
      sending.current = false;
      setPending(false);
    }
  };

  return {
    values,
    dirty,
    pending,
    failure,
    ref,
    blocker: block.status === 'blocked' ? { proceed: block.proceed, stay: block.reset } : null,
    set,
    field: (name) => ({
      id: `${id}-${name}`,
      name,
      value: values[name],
      error: refused[name] ?? (touched.has(name) ? wrong[name] : undefined),
      onChange: (value) => set(name, value),
      onBlur: (event) => {
        // On the way to a button: a message now would push the button away from under the pointer. Sending shows all messages.
        if (event?.relatedTarget instanceof HTMLButtonElement) return;
        setTouched((before) => (before.has(name) ? before : new Set(before).add(name)));
      },
    }),
    onSubmit(event) {
      event?.preventDefault();
      if (sending.current) return;
      setTouched(new Set(names));
      if (names.some((name) => wrong[name] !== undefined)) setFocusOn((count) => count + 1);
      else void run();
    },
  };
}
