import { lazyDialog, type DeskParts } from '@/features/desk/slots'
import type { OpenContact } from '@/features/desk/open_contact'
import { useSession } from '@/stores/session'

const TranscriptDialog = lazyDialog(() => import('./TranscriptDialog.vue'), 'transcript')

/** A chat, and whoever reads this has it in hand, had it, or steers. */
function isTheirs(open: OpenContact): boolean {
  const can = open.can.value
  const { me, supervises } = useSession()
  return can?.live === true && !can.call && (supervises || open.row.value?.agent_id === me?.id)
}

export const parts: DeskParts = {
  texts: 'transcript',
  contactActions: [
    {
      id: 'contact.transcript',
      label: 'transcript.action',
      keys: '',
      when: isTheirs,
      run: ({ show }) => show(TranscriptDialog),
    },
  ],
}
