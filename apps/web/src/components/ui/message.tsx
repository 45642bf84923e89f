import { Fragment, type ReactNode } from 'react';
import { parts, type MessageKey, type Params } from '../../lib/i18n';

/** A sentence with elements in its slots: `<Message id="confirm.type" values={{ name: <strong>…</strong> }} />`. */
export function Message({ id, values, params }: { id: MessageKey; values: Record<string, ReactNode>; params?: Params }) {
  return parts(id, params).map((piece, index) => <Fragment key={index}>{typeof piece === 'string' ? piece : values[piece.slot]}</Fragment>);
}
