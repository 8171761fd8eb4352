import { LifeBuoy } from '@lucide/vue'

import { lazily, type DeskParts } from '@/features/desk/slots'
import type { OpenContact } from '@/features/desk/open_contact'

const RaiseHand = lazily(() => import('./RaiseHand.vue'), 'beside')

/** Who works on a contact may ask whoever steers its queue to help. */
function isWorkedOn(open: OpenContact): boolean {
  return open.answerable.value
}

export const parts: DeskParts = {
  texts: 'beside',
  contactActions: [
    {
      id: 'contact.help',
      label: 'beside.help.action',
      keys: '',
      icon: LifeBuoy,
      when: isWorkedOn,
      run: ({ show }) => show(RaiseHand),
    },
  ],
}
