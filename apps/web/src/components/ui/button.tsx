import { createLink, type LinkComponent } from '@tanstack/react-router';
import { forwardRef, type AnchorHTMLAttributes, type ButtonHTMLAttributes, type ReactNode, type Ref } from 'react';
import { Icon, type IconType } from './icon';
import css from './button.module.css';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: ButtonVariant;
  icon?: IconType;
  wide?: boolean;
  pending?: boolean;
  /** What the button says while it works: "Inviting…". It keeps its width. */
  pendingText?: string;
  ref?: Ref<HTMLButtonElement>;
}

const join = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ');

export function Button({
  variant = 'secondary',
  icon,
  wide,
  pending = false,
  pendingText,
  className,
  children,
  type = 'button',
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      className={join(css.button, css[variant], wide && css.wide, className)}
    >
      {pendingText === undefined ? (
        <>
          {icon && <Icon of={icon} />}
          {children}
        </>
      ) : (
        <span className={css.stack}>
          <span className={pending ? css.hidden : undefined}>
            {icon && <Icon of={icon} />}
            {children}
          </span>
          <span className={pending ? undefined : css.hidden} aria-hidden={!pending}>
            {pendingText}
          </span>
        </span>
      )}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  icon: IconType;
  label: string;
  size?: 16 | 20;
  ref?: Ref<HTMLButtonElement>;
}
/** An icon never stands without a name: it is the accessible name and the tip. */
export function IconButton({ icon, label, size = 16, className, type = 'button', ...rest }: IconButtonProps) {
  return (
    <button {...rest} type={type} aria-label={label} data-tip={label} className={join(css.button, css.quiet, css.icon, className)}>
      <Icon of={icon} size={size} />
    </button>
  );
}

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  variant?: ButtonVariant;
  icon?: IconType;
  wide?: boolean;
  children?: ReactNode;
}
const ButtonAnchor = forwardRef<HTMLAnchorElement, AnchorProps>(
  ({ variant = 'secondary', icon, wide, className, children, ...rest }, ref) => (
    <a {...rest} ref={ref} className={join(css.button, css[variant], wide && css.wide, className)}>
      {icon && <Icon of={icon} />}
      {children}
    </a>
  ),
);
const Made = createLink(ButtonAnchor);
/** A link that looks like a button, because it goes somewhere. */
export const LinkButton: LinkComponent<typeof ButtonAnchor> = (props) => <Made preload="intent" {...props} />;
