import { withTexts } from '@/i18n'
import { lazily, type DeskParts } from '@/features/desk/slots'

export const parts: DeskParts = {
  composerTools: [{ id: 'emoji', order: 10, component: lazily(() => withTexts('emoji', import('./EmojiTool.vue'))) }],
}
