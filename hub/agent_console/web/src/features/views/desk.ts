import { AlarmClock } from '@lucide/vue'

import { mayPark } from '@/features/desk/contact_actions'
import { lazyDialog, type DeskParts } from '@/features/desk/slots'

const ParkThis = lazyDialog(() => import('./ParkThis.vue'), 'views')

export const parts: DeskParts = {
  contactActions: [
    {
      id: 'contact.parkUntil',
      label: 'header.parkUntil',
      keys: 'Shift+S',
      icon: AlarmClock,
      when: mayPark,
      run: ({ show }) => show(ParkThis),
    },
  ],
}
