import IconChevronDown from '@tabler/icons-react/icons/IconChevronDown';
import IconEye from '@tabler/icons-react/icons/IconEye';
import IconEyeOff from '@tabler/icons-react/icons/IconEyeOff';
import { useState, type HTMLInputAutoCompleteAttribute, type KeyboardEvent, type ReactNode } from 'react';
import type { FieldProps } from '../../lib/form';
import { t } from '../../lib/i18n';
import { IconButton } from '../ui/button';
import { Icon } from '../ui/icon';
import { IconOctagonX } from '../ui/octagon-x';
import css from './field.module.css';

interface Common {
  label: string;
  help?: ReactNode;
  /** Said in words; required is the rule. */
  optional?: boolean;
  disabled?: boolean;
}

interface Text extends Common, FieldProps<string> {
  type?: 'text' | 'email' | 'url' | 'number';
  autoComplete?: HTMLInputAutoCompleteAttribute;
  placeholder?: string;
  suffix?: string;
  mono?: boolean;
  maxLength?: number;
  inputMode?: 'numeric' | 'decimal' | 'email';
  autoFocus?: boolean;
}

const describe = (id: string, help: ReactNode, error: string | undefined): string | undefined =>
  [help !== undefined && `${id}-help`, error !== undefined && `${id}-error`].filter(Boolean).join(' ') || undefined;

export function Field({
  id,
  label,
  help,
  error,
  optional,
  children,
}: Common & { id: string; error: string | undefined; children: ReactNode }) {
  return (
    <div className={css.field}>
      <label className={css.label} htmlFor={id}>
        {label}
        {optional && <span className={css.optional}>{t('form.optional')}</span>}
      </label>
      {children}
      {error !== undefined && (
        <p id={`${id}-error`} className={css.error}>
          <Icon of={IconOctagonX} />
          {error}
        </p>
      )}
      {help !== undefined && (
        <div id={`${id}-help`} className={css.help}>
          {help}
        </div>
      )}
    </div>
  );
}

export function TextField({ label, help, optional, onChange, error, suffix, mono, value, type = 'text', ...rest }: Text) {
  const input = (
    <input
      {...rest}
      data-autofocus={rest.autoFocus || undefined}
      type={type}
      value={value}
      required={!optional}
      aria-invalid={error !== undefined}
      aria-describedby={describe(rest.id, help, error)}
      className={mono ? `${css.input} ${css.mono}` : css.input}
      spellCheck={mono || type === 'email' ? false : undefined}
      autoCapitalize={mono || type === 'email' ? 'none' : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
  return (
    <Field id={rest.id} label={label} help={help} error={error} optional={optional}>
      {suffix === undefined ? (
        input
      ) : (
        <div className={css.affix}>
          {input}
          <span className={css.suffix}>{suffix}</span>
        </div>
      )}
    </Field>
  );
}

export function PasswordField({ label, help, error, onChange, autoComplete, autoFocus, ...rest }: Text) {
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const watchCaps = (event: KeyboardEvent): void => setCaps(event.getModifierState('CapsLock'));
  const hint = caps ? t('form.caps_lock') : help;
  return (
    <Field id={rest.id} label={label} help={hint} error={error}>
      <div className={css.reveal}>
        <input
          {...rest}
          type={shown ? 'text' : 'password'}
          required
          autoComplete={autoComplete}
          autoFocus={autoFocus}
          data-autofocus={autoFocus || undefined}
          spellCheck={false}
          autoCapitalize="none"
          aria-invalid={error !== undefined}
          aria-describedby={describe(rest.id, hint, error)}
          className={css.input}
          onKeyUp={watchCaps}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        <IconButton
          icon={shown ? IconEyeOff : IconEye}
          label={shown ? t('form.hide_password') : t('form.show_password')}
          onClick={() => setShown(!shown)}
        />
      </div>
    </Field>
  );
}

export function TextArea({
  label,
  help,
  optional,
  error,
  onChange,
  ...rest
}: Common & FieldProps<string> & { rows?: number; placeholder?: string; maxLength?: number }) {
  return (
    <Field id={rest.id} label={label} help={help} error={error} optional={optional}>
      <textarea
        {...rest}
        required={!optional}
        aria-invalid={error !== undefined}
        aria-describedby={describe(rest.id, help, error)}
        className={css.input}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Field>
  );
}

export interface Option<T extends string> {
  value: T;
  label: string;
  help?: string;
  disabled?: boolean;
}

export function SelectField<T extends string>({
  label,
  help,
  optional,
  error,
  onChange,
  options,
  ...rest
}: Common & FieldProps<T> & { options: readonly Option<T>[] }) {
  return (
    <Field id={rest.id} label={label} help={help} error={error} optional={optional}>
      <div className={css.select}>
        <select
          {...rest}
          required={!optional}
          aria-invalid={error !== undefined}
          aria-describedby={describe(rest.id, help, error)}
          className={css.input}
          onChange={(event) => onChange(event.currentTarget.value as T)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon of={IconChevronDown} />
      </div>
    </Field>
  );
}

export function Choice({
  type = 'checkbox',
  label,
  help,
  checked,
  disabled,
  name,
  onChange,
}: {
  type?: 'checkbox' | 'radio';
  label: ReactNode;
  help?: string;
  checked: boolean;
  disabled?: boolean;
  name?: string;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className={css.choice}>
      <input type={type} name={name} checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
      {help !== undefined && <small>{help}</small>}
    </label>
  );
}

export function ChoiceGroup({ legend, error, id, children }: { legend: string; error?: string; id: string; children: ReactNode }) {
  return (
    <fieldset
      className={css.group}
      aria-invalid={error !== undefined || undefined}
      aria-describedby={error === undefined ? undefined : `${id}-error`}
      tabIndex={error === undefined ? undefined : -1}
    >
      <legend>{legend}</legend>
      {children}
      {error !== undefined && (
        <p id={`${id}-error`} className={css.error}>
          <Icon of={IconOctagonX} />
          {error}
        </p>
      )}
    </fieldset>
  );
}
