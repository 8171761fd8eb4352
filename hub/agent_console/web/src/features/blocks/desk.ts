import { Ban } from '@lucide/vue'

import { lazyDialog, type DeskParts } from '@/features/desk/slots'
import { useSession } from '@/stores/session'

const BlockDialog = lazyDialog(() => import('./BlockDialog.vue'), 'blocks')

export const parts: DeskParts = {
  contactActions: [
    {
      id: 'block',
      label: 'header.block',
      keys: '',
      icon: Ban,
      when: (open) => open.mine.value || useSession().supervises,
      run: ({ show }) => show(BlockDialog),
    },
  ],
}
