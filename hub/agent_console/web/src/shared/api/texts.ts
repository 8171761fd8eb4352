import type { Purpose } from './consent'
import { http } from './http'

export interface NewText {
  /** A customer's own number, which may be masked here. */
  identityId: string
  entryPointId: string
  text: string
  purpose: Purpose
  overrideReason: string
}

/** Begin a contact with a text to a customer; it is the sender's own at once. */
export const startText = (text: NewText): Promise<{ contact_id: string; conversation_id: string }> =>
  http.post('/contacts', {
    channel: 'sms',
    direction: 'out',
    entry_point_id: text.entryPointId,
    identity_id: text.identityId,
    text: text.text,
    purpose: text.purpose,
    override_reason: text.overrideReason || null,
  })
