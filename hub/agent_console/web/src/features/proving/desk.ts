import { lazily, type DeskParts } from '@/features/desk/slots'
import { withTexts } from '@/i18n'

const ProofLine = lazily(() => withTexts('proving', import('./ProofLine.vue')))

export const parts: DeskParts = {
  panel: [{ id: 'proof', place: 'first', order: 0, component: ProofLine, when: (open) => Boolean(open.row.value?.proof) }],
}
